"""The numbered reference list, and the badges that tell what each source is worth today."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ingest.documents import (
    GuidelineFacts,
    LabelFacts,
    NoticeKind,
    Source,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)
from service.answers import Citation, Passage
from service.apparatus import Reference
from service.retractions import NO_RETRACTIONS, Retractions
from service.subjects import recommendation_line
from service.wording import wording

OLD_YEARS = 10
"""Age in years from which a source carries it as a badge, counted to the corpus date."""


def references(
    citations: Iterable[Citation],
    corpus_date: str | None,
    retractions: Retractions = NO_RETRACTIONS,
) -> tuple[Reference, ...]:
    """
    Return one reference per marker, in order of number.

    *corpus_date* (ISO 8601) is the day the age of a source is counted to: the same index gives
    the same badges on any day. *retractions* tells of concerns and corrections.
    """
    cited: dict[int, list[Passage]] = {}
    for citation in citations:
        cited.setdefault(citation.marker, []).append(citation.passage)
    return tuple(
        Reference(
            marker=marker,
            source=passages[0].source,
            status=passages[0].status,
            document_id=passages[0].chunk.document_id,
            badges=badges(passages[0], corpus_date, retractions),
        )
        for marker, passages in sorted(cited.items())
    )


def badges(
    passage: Passage, corpus_date: str | None, retractions: Retractions = NO_RETRACTIONS
) -> tuple[str, ...]:
    """Return what a source is, in words: type, year, evidence, standing, age, whose words."""
    source = passage.source
    year = year_of(source)
    told = [wording(f"badge.{source.type.value}")]
    if (notice := summary_notice(source)) is not None:
        told.append(notice)
    if year is not None:
        told.append(str(year))
    told += _evidence(passage)
    if passage.status is not Status.CURRENT:
        told.append(wording(f"badge.{passage.status.value}"))
    told += _notices(source, retractions)
    if year is not None and corpus_date and int(corpus_date[:4]) - year > OLD_YEARS:
        told.append(wording("badge.old", years=OLD_YEARS))
    return tuple(told)


def summary_notice(source: Source) -> str | None:
    """Return "Project summary of X, not its words" for this project's summaries, else None."""
    if source.kind is not SourceKind.SUMMARY:
        return None
    return wording("summary.notice", original=source.summary_of or wording("summary.unnamed"))


def year_of(source: Source) -> int | None:
    """Return the year a source is from, as far as its record says."""
    facts = source.facts
    if isinstance(facts, StudyFacts | GuidelineFacts) and facts.year is not None:
        return facts.year
    dated = facts.effective if isinstance(facts, LabelFacts) else None
    written = (dated or source.published or "")[:4]
    return int(written) if written.isascii() and written.isdigit() else None


def _evidence(passage: Passage) -> list[str]:
    facts = passage.source.facts
    if passage.chunk.recommendation is not None:
        return [recommendation_line(passage.chunk.recommendation)]
    if not isinstance(facts, StudyFacts) or passage.source.type is not SourceType.STUDY:
        return []
    told = [facts.design] if facts.design else []
    if facts.evidence_level is not None:
        told.append(wording("badge.level", level=facts.evidence_level))
    return told


def _notices(source: Source, retractions: Retractions) -> list[str]:
    """Return the concerns and corrections published on a study, by its record or the table."""
    facts = source.facts
    own = {notice.kind for notice in facts.notices} if isinstance(facts, StudyFacts) else set()
    standing = retractions.standing(source)
    told = []
    if standing.concern or NoticeKind.CONCERN_IN in own:
        told.append(wording("badge.concern"))
    if standing.corrected or NoticeKind.ERRATUM_IN in own:
        told.append(wording("badge.corrected"))
    return told


def by_document(listed: Iterable[Reference]) -> list[tuple[tuple[int, ...], Reference]]:
    """Return one reference per document, with all its markers and the badges they share."""
    grouped: dict[str, tuple[tuple[int, ...], Reference]] = {}
    for each in listed:
        markers, merged = grouped.get(each.document_id, ((), each))
        shared = tuple(badge for badge in merged.badges if badge in each.badges)
        grouped[each.document_id] = ((*markers, each.marker), replace(merged, badges=shared))
    return list(grouped.values())
