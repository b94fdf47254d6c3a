"""
Answer -> JSON-ready dictionaries: the same fields on every surface.

Field names and their order are fixed; two renderings of one answer differ in ``timings`` alone.
A quote of a project summary always travels with the sentence that says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote as percent_encoded

from ingest.documents import (
    Chunk,
    GuidelineFacts,
    LabelFacts,
    Source,
    SourceKind,
    Status,
    StudyFacts,
)
from service.answers import (
    Answer,
    AnswerPart,
    AnswerSection,
    Citation,
    Conflict,
    Query,
    SafetyNotice,
    Statement,
)
from service.apparatus import Reference
from service.references import summary_notice, year_of

Json = dict[str, Any]

_FRAGMENT_WORDS = 5
_WEB = re.compile(r"https?://[^\s<>\"']+", re.IGNORECASE)


def as_json(answer: Answer) -> Json:
    """Return *answer* as plain dictionaries, lists, strings and numbers, in a fixed order."""
    retrieved = answer.provenance.corpus_date
    return {
        "outcome": answer.outcome.value,
        "reason": answer.reason,
        "decline": answer.decline.value if answer.decline else None,
        "understood_as": query_json(answer.query),
        "audience": answer.audience.value,
        "safety": [safety_json(notice, retrieved) for notice in answer.safety],
        "lead": statement_json(answer.lead, retrieved) if answer.lead else None,
        "sections": [section_json(section, retrieved) for section in answer.sections],
        "parts": [part_json(part, retrieved) for part in answer.parts],
        "conflicts": [conflict_json(conflict, retrieved) for conflict in answer.conflicts],
        "references": [reference_json(reference) for reference in answer.references],
        "follow_ups": [follow_up.question for follow_up in answer.follow_ups],
        "review": answer.review,
        "disclaimer": {"version": answer.disclaimer.version, "text": answer.disclaimer.text},
        "provenance": {
            "snapshot": answer.provenance.snapshot,
            "corpus_date": answer.provenance.corpus_date,
            "embedder": answer.provenance.embedder,
            "composer": answer.provenance.composer,
            "settings": answer.provenance.settings,
            "searched": list(answer.provenance.searched),
            "retractions": answer.provenance.retractions,
        },
        "withheld": [statement_json(statement, retrieved) for statement in answer.withheld],
        "timings": {timing.stage: timing.milliseconds for timing in answer.timings},
    }


def part_json(part: AnswerPart, retrieved: str | None = None) -> Json:
    """Return the answer to one of several questions."""
    return {
        "outcome": part.outcome.value,
        "reason": part.reason,
        "decline": part.decline.value if part.decline else None,
        "understood_as": query_json(part.query),
        "sections": [section_json(section, retrieved) for section in part.sections],
    }


def query_json(query: Query) -> Json:
    """Return what the question was understood as."""
    return {
        "text": query.text,
        "asked": query.bare,
        "drugs": [
            {
                "name": drug.name,
                "ingredients": list(drug.ingredients),
                "formulation": drug.formulation,
                "indexed": drug.indexed,
            }
            for drug in query.drugs
        ],
        "classes": [
            {"name": held.name, "members": [member.name for member in held.members]}
            for held in query.classes
        ],
        "condition": query.condition,
        "topics": [topic.value for topic in query.topics],
        "corrections": [
            {"heard": c.heard, "meant": c.meant, "kind": c.kind.value} for c in query.corrections
        ],
        "carried": list(query.carried),
        "choices": [{"label": c.label, "question": c.question} for c in query.choices],
        "notice": query.notice,
    }


def safety_json(notice: SafetyNotice, retrieved: str | None = None) -> Json:
    """Return a boxed warning or contraindication."""
    return {
        "drug": notice.drug,
        "kind": notice.kind.value,
        **statement_json(notice.statement, retrieved, kind_key="statement_kind"),
    }


def section_json(section: AnswerSection, retrieved: str | None = None) -> Json:
    """Return one evidence section."""
    return {
        "kind": section.kind.value,
        "heading": section.heading,
        "note": section.note,
        "statements": [statement_json(s, retrieved) for s in section.statements],
        "more": [statement_json(s, retrieved) for s in section.more],
    }


def statement_json(
    statement: Statement, retrieved: str | None = None, *, kind_key: str = "kind"
) -> Json:
    """Return one statement with its citations."""
    return {
        "text": statement.text,
        kind_key: statement.kind.value,
        "subject": statement.subject,
        "support": statement.support.value,
        "reasons": list(statement.reasons),
        "citations": [citation_json(c, statement, retrieved) for c in statement.citations],
    }


def conflict_json(conflict: Conflict, retrieved: str | None = None) -> Json:
    """Return two statements that disagree, which way each points, and what differs."""
    return {
        "about": conflict.about,
        "first": statement_json(conflict.first, retrieved),
        "second": statement_json(conflict.second, retrieved),
        "says": list(conflict.says),
        "differs_in": list(conflict.differs_in),
        "differences": [
            {"qualifier": each.qualifier, "first": each.first, "second": each.second}
            for each in conflict.differences
        ],
    }


def citation_json(
    citation: Citation, statement: Statement | None = None, retrieved: str | None = None
) -> Json:
    """
    Return one citation: who says it, where, in which words, and what it is worth.

    ``start`` and ``end`` count into the stored document, ``answer_start`` and ``answer_end`` into
    the statement's text. ``passage`` is the text around the quote, with offsets of its own, so
    that a stored answer can show its words in their place on any later snapshot. *retrieved* is
    the date of the corpus.
    """
    passage, chunk = citation.passage, citation.passage.chunk
    source = passage.source
    at = statement.text.find(citation.quote) if statement else -1
    return {
        "marker": citation.marker,
        "passage_id": passage.id,
        "document_id": chunk.document_id,
        "source_id": source.id,
        "source_type": source.type.value,
        "kind": source.kind.value,
        "summary_notice": summary_notice(source),
        "summary_of": source.summary_of,
        "title": source.title,
        "year": year_of(source),
        "publisher": source.publisher,
        "section_path": list(chunk.headings),
        "section_code": chunk.code,
        "page": None,
        "quote": citation.quote,
        "lead": chunk.lead,
        "passage": {"text": chunk.text, "start": chunk.start, "end": chunk.end},
        "start": citation.start,
        "end": citation.end,
        "answer_start": max(at, 0),
        "answer_end": at + len(citation.quote)
        if at >= 0
        else len(statement.text if statement else ""),
        "evidence": evidence_json(source, chunk),
        "status": passage.status.value,
        "similarity": passage.similarity,
        "url": link_to(source, citation.quote),
        **_facts_json(source),
        "retrieved": retrieved,
    }


def evidence_json(source: Source, chunk: Chunk) -> Json:
    """Return what a passage is worth as evidence, as its own scheme says."""
    told = chunk.recommendation
    return {
        "level": _level(source),
        "direction": told.direction.value if told and told.direction else None,
        "strength": told.strength if told else None,
        "certainty": told.certainty if told else None,
        "scheme": told.scheme if told else None,
        "population": told.population if told else None,
    }


def reference_json(reference: Reference) -> Json:
    """Return one entry of the reference list."""
    return {
        "marker": reference.marker,
        "document_id": reference.document_id,
        **source_json(reference.source, reference.status),
        "badges": list(reference.badges),
    }


def source_json(source: Source, status: Status) -> Json:
    """Return who says it, and whether it stands today."""
    return {
        "source_id": source.id,
        "source_type": source.type.value,
        "kind": source.kind.value,
        "summary_notice": summary_notice(source),
        "summary_of": source.summary_of,
        "title": source.title,
        "publisher": source.publisher,
        "year": year_of(source),
        "status": status.value,
        "url": web_address(source),
        **_facts_json(source),
        "authors": list(source.facts.authors) if isinstance(source.facts, StudyFacts) else [],
        "licence": source.licence,
    }


def understood_line(read: Json) -> str | None:
    """Return how a question was ``understood_as``; None where it was read as it was typed."""
    told = [f"“{c['heard']}” read as {c['meant']} ({c['kind']})" for c in read["corrections"]]
    if read["carried"]:
        told.append(f"carried over: {'; '.join(read['carried'])}")
    if not told and read["text"] == read["asked"]:
        return None
    return "Understood as: " + " · ".join([read["text"], *told])


def link_to(source: Source, quote: str) -> str | None:
    """
    Return the source's address, opening at the quoted words where these are its own.

    A text fragment (https://wicg.github.io/scroll-to-text-fragment/) of the first and last five
    words. A summary's words are not on the page it summarises, so its link has none.
    """
    address = web_address(source)
    if address is None or source.kind is SourceKind.SUMMARY or "#" in address:
        return address
    spoken = quote.replace("\n", " ").replace(" | ", " ").split()
    if len(spoken) <= 2 * _FRAGMENT_WORDS:
        return f"{address}#:~:text={_encoded(spoken)}"
    first, last = _encoded(spoken[:_FRAGMENT_WORDS]), _encoded(spoken[-_FRAGMENT_WORDS:])
    return f"{address}#:~:text={first},{last}"


def web_address(source: Source) -> str | None:
    """
    Return the source's address where it is one of the web, else None.

    It comes from an ingested file: "javascript:" and its kin must not become a link, nor must
    white space or angle brackets, which end one in Markdown.
    """
    return source.url if source.url and _WEB.fullmatch(source.url) else None


def _encoded(words: list[str]) -> str:
    # The fragment's own syntax uses these three, so they are encoded too.
    return percent_encoded(" ".join(words), safe="").replace("-", "%2D")


def _level(source: Source) -> int | None:
    return source.facts.evidence_level if isinstance(source.facts, StudyFacts) else None


def _facts_json(source: Source) -> Mapping[str, Any]:
    """Return the identifiers and dates that the source's type has; the others are None."""
    study = source.facts if isinstance(source.facts, StudyFacts) else StudyFacts()
    label = source.facts if isinstance(source.facts, LabelFacts) else LabelFacts(())
    guide = source.facts if isinstance(source.facts, GuidelineFacts) else GuidelineFacts()
    return {
        "doi": study.doi,
        "pmid": study.pmid,
        "pmcid": study.pmcid,
        "journal": study.journal,
        "design": study.design,
        "participants": study.participants,
        "set_id": label.set_id,
        "version": label.version or guide.version,
        "effective": label.effective,
        "labeler": label.labeler,
        "superseded_by": list(guide.superseded_by),
    }
