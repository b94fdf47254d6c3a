"""
Articles watch their sources: what they cite is compared with the live snapshot.

A difference takes an approved version back to Under Review and is recorded once, so that the same
snapshot read twice changes nothing, and a rollback approves nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import structlog

from ingest.activating import current_id
from ingest.documents import Chunk, Status
from ingest.errors import IndexMissingError
from ingest.locking import Lease
from ingest.recalling import DocumentReader
from ingest.records import Stored
from ingest.sentences import sentence_spans
from ingest.snapshots import DOCUMENTS, MANIFEST, folder_of
from service.article_store import Articles
from service.articles import (
    WATCHER,
    Article,
    ArticleStatus,
    ChangeKind,
    Move,
    SourceChange,
)
from service.errors import NotFoundError
from service.opening import Reading
from service.retraction_table import RetractionTable
from service.retractions import Retractions
from service.serialising import Json
from service.showing import keyed
from service.wording import wording
from service.words import stems

log = structlog.get_logger()

_PAGE = 50
_ALIKE = 0.35
"""Share of words in common (Jaccard) from which a text may be what became of another."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What articles are compared with: the documents of one snapshot, and the retractions."""

    snapshot: str
    documents: DocumentReader
    retractions: Retractions


@dataclass(frozen=True, slots=True)
class Watched:
    """What a look at the sources came to: articles looked at, and the ids of those with news."""

    snapshot: str
    checked: int
    returned: tuple[str, ...]
    noted: tuple[str, ...]


def watch(articles: Articles, evidence: Evidence) -> Watched:
    """Compare every article with *evidence*, recording what is new. Raises ConversationError."""
    checked = 0
    returned: list[str] = []
    noted: list[str] = []
    for article in every_article(articles):
        checked += 1
        for move in look_at(articles, article, evidence):
            went = move.was is ArticleStatus.APPROVED
            (returned if went else noted).append(article.id)
    found = Watched(evidence.snapshot, checked, tuple(returned), tuple(noted))
    log.info(
        "articles_checked",
        snapshot=found.snapshot,
        articles=checked,
        returned=len(returned),
        noted=len(noted),
    )
    return found


def watcher(
    articles: Articles, retractions: Callable[[], Retractions]
) -> Callable[[Reading], None]:
    """Return what compares every article with a snapshot that became the live one."""

    def look(reading: Reading) -> None:
        snapshot = reading.snapshot
        watch(articles, Evidence(snapshot.id, snapshot.documents, retractions()))

    return look


def watch_index(index: Path, articles: Articles, retractions: Retractions) -> Watched:
    """
    Compare every article with the live snapshot of an index, without an embedder.

    Raises IndexMissingError, IndexDamagedError, ConversationError.
    """
    snapshot = current_id(index)
    folder = folder_of(index, snapshot)
    with Lease(folder / MANIFEST), DocumentReader(folder / DOCUMENTS) as documents:
        return watch(articles, Evidence(snapshot, documents, retractions))


def watch_now(index: Path, articles: Articles, table: RetractionTable) -> Watched | None:
    """Do as ``watch_index`` does with the retractions at hand; None without an index."""
    try:
        return watch_index(index, articles, table.current())
    except IndexMissingError:
        return None


def look_at(articles: Articles, article: Article, evidence: Evidence) -> list[Move]:
    """Record what is new for the newest and the published version of *article*; return it."""
    made: list[Move] = []
    numbers = {article.current.number}
    if article.published is not None:
        numbers.add(article.published.number)
    for number in sorted(numbers):
        try:
            found = standing(articles, article.id, number, evidence)
            if noticed(article, number, found) is None:  # and nobody has to wait for their turn
                continue
            seen = articles.move(article.id, lambda held, n=number, f=found: noticed(held, n, f))  # type: ignore[misc] # a default of a lambda has no type
        except NotFoundError:  # deleted meanwhile
            return made
        if len(seen.moves) > len(article.moves) and seen.moves[-1].by == WATCHER:
            made.append(seen.moves[-1])
            _tell(article.id, seen.moves[-1])
        article = seen
    return made


def standing(
    articles: Articles, article_id: str, number: int, evidence: Evidence
) -> tuple[SourceChange, ...]:
    """Return how a version's sources differ today. Raises NotFoundError."""
    return differences(json.loads(articles.answer(article_id, number)), evidence)


def noticed(article: Article, number: int, found: Sequence[SourceChange]) -> Move | None:
    """Return the move that records what of *found* is new for a version; None for nothing."""
    known = {change.key for change in article.changes_of(number)}
    fresh = tuple(change for change in found if change.key not in known)
    if not fresh:
        return None
    was = article.status_of(number)
    now = ArticleStatus.UNDER_REVIEW if was is ArticleStatus.APPROVED else was
    at = datetime.now(UTC).replace(microsecond=0)
    return Move(number, at, WATCHER, was, now, wording("article.sources_changed"), fresh)


def differences(answer: Json, evidence: Evidence) -> tuple[SourceChange, ...]:
    """Return how the passages that *answer* cites stand in *evidence*, each quote once."""
    cited = {
        (citation["passage_id"], citation["start"], citation["end"]): citation
        for *_, statement in keyed(answer)
        for citation in statement["citations"]
    }
    before = answer["provenance"]["snapshot"]
    if before == evidence.snapshot and answer["provenance"]["retractions"] == (
        evidence.retractions.digest
    ):
        return ()
    held: dict[str, Stored | None] = {}
    found: list[SourceChange] = []
    for citation in cited.values():
        name = citation["document_id"]
        if name not in held:
            held[name] = evidence.documents.get(name)
        change = _change(citation, held[name], before, evidence)
        if change is not None:
            found.append(change)
    return tuple(found)


def every_article(articles: Articles) -> Iterator[Article]:
    """Yield every article, a page in memory at a time."""
    page = articles.by_id(limit=_PAGE)
    while page:
        yield from page
        page = articles.by_id(after=page[-1].id, limit=_PAGE)


def _change(
    citation: Json, stored: Stored | None, before: str, evidence: Evidence
) -> SourceChange | None:
    """Return what became of one cited passage, None where it stands as it stood."""
    kind, by, new = None, None, None
    if stored is None:
        by = _successor(citation["source_id"], evidence.documents)
        kind = ChangeKind.REMOVED if by is None else ChangeKind.SUPERSEDED
    else:
        source, indexed = stored.document.source, stored.standing
        status = evidence.retractions.status(source, indexed.status)
        if status.value == citation["status"] or status is Status.CURRENT:
            if citation["quote"] in stored.document.text:
                return None
            kind, by = ChangeKind.CHANGED, None
        elif status is Status.RETRACTED:
            kind = ChangeKind.RETRACTED
        else:
            kind, by = ChangeKind.SUPERSEDED, indexed.superseded_by
    if kind in {ChangeKind.CHANGED, ChangeKind.SUPERSEDED}:
        new = _words_now(citation, by or citation["document_id"], evidence.documents)
    return SourceChange(
        kind=kind,
        passage_id=citation["passage_id"],
        document_id=citation["document_id"],
        title=citation["title"],
        old=citation["quote"],
        new=new,
        by=by,
        before=before,
        after=evidence.snapshot,
    )


def _successor(source_id: str, documents: DocumentReader) -> str | None:
    """Return the newest current document of a source, None where it has left."""
    ids = documents.listing(after=f"{source_id}@", limit=_PAGE)
    ours = [each for each in ids if each.startswith(f"{source_id}@")]
    ours += [source_id] if documents.get(source_id) is not None else []
    current = [each for each in ours if documents.source(each)[1].status is Status.CURRENT]
    return max(current, default=None)


def _words_now(citation: Json, document_id: str, documents: DocumentReader) -> str | None:
    """Return the words of a document that stand where the cited ones stood; None for none."""
    old: str = citation["quote"]
    chunks = documents.chunks_of(document_id)
    if any(old in chunk.text for chunk in chunks):
        return old
    wanted = stems(old)
    best = max(_pieces(chunks, citation), key=lambda text: _alike(wanted, text), default="")
    return best if _alike(wanted, best) >= _ALIKE else None


def _pieces(chunks: Sequence[Chunk], citation: Json) -> Iterator[str]:
    """Yield the sentences and passages of the cited section, of the whole where it is gone."""
    code, path = citation["section_code"], tuple(citation["section_path"])
    same = [chunk for chunk in chunks if chunk.code == code and chunk.headings == path]
    for chunk in same or chunks:
        yield from (chunk.text[start:end] for start, end in sentence_spans(chunk.text))
        yield chunk.text


def _alike(wanted: frozenset[str], text: str) -> float:
    held = stems(text)
    return len(wanted & held) / len(wanted | held) if wanted and held else 0.0


def _tell(article_id: str, move: Move) -> None:
    log.info(
        "article_sources_changed",
        article_id=article_id,
        version=move.version,
        was=move.was,
        now=move.now,
        changes=len(move.changes),
    )
