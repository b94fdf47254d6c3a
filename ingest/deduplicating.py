"""
Stage 3: which documents say the same, which edition is in force, which study was retracted. Pure.

Every document ends as exactly one thing: kept, with its status, or a duplicate of one kept. The
result depends on the set of documents alone, never on the order in which they were read. A
summary of this project is only ever compared with other summaries.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from ingest.documents import (
    GuidelineFacts,
    LabelFacts,
    NoticeKind,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)
from ingest.fingerprints import Dropped, Fingerprint, Kept, Resolution
from ingest.sketching import resemblance

NEAR = 0.85
"""Labels of one drug whose wording agrees this far are one label under two labelers."""

_REPACKS = re.compile(r"re-?pack|pre-?pack|re-?label", re.IGNORECASE)


def resolve(fingerprints: Sequence[Fingerprint]) -> Resolution:
    """
    Decide what every document is.

    In turn: the same text or id; the same study under its identifiers; editions of one source;
    labels nearly alike under other labelers; retractions.
    """
    state = _State({each.key: each for each in fingerprints})
    state.merge(_text_digest, "same text", newest=True)
    state.merge(lambda each: [f"{each.kind}:{each.document_id}"], "same version")
    state.merge(_study_ids, "same study")
    _supersede(state)
    _merge_near_labels(state)
    _retract(state)
    return state.resolution()


@dataclass(slots=True)
class _State:
    """The decisions so far, by key."""

    alive: dict[int, Fingerprint]
    dropped: list[tuple[Fingerprint, int, str]] = field(default_factory=list)
    superseded: dict[int, str] = field(default_factory=dict)
    retracted: set[int] = field(default_factory=set)
    merged: set[int] = field(default_factory=set)

    def merge(
        self,
        names: Callable[[Fingerprint], Iterable[str]],
        reason: str,
        *,
        newest: bool = False,
    ) -> None:
        """
        Make one of all documents that share a name, directly or through others.

        The preferred one stays; with *newest*, the newest edition, which is then in force.
        """
        for group in _connected(self.alive.values(), names):
            ranked = sorted(group, key=lambda each: each.preference)
            if newest:
                ranked.sort(key=lambda each: each.edition[:-1], reverse=True)
            best, *others = ranked
            for other in others:
                self.drop(other, best.key, reason)

    def drop(self, other: Fingerprint, best: int, reason: str) -> None:
        """Make *other* a duplicate, whatever it knew of the study going to the one kept."""
        del self.alive[other.key]
        self.dropped.append((other, best, reason))
        kept = self.alive[best]
        if isinstance(kept.facts, StudyFacts) and isinstance(other.facts, StudyFacts):
            facts = _united(kept.facts, other.facts)
            if facts != kept.facts:
                self.alive[best] = replace(kept, facts=facts)
                self.merged.add(best)

    def resolution(self) -> Resolution:
        """Write the decisions down, by document id."""
        target = {key: key for key in self.alive}
        for other, best, _ in reversed(self.dropped):
            target[other.key] = target[best]
        siblings: dict[int, set[str]] = defaultdict(set)
        for other, _, _ in self.dropped:
            kept = self.alive[target[other.key]]
            if other.document_id != kept.document_id:
                siblings[kept.key].add(other.document_id)
        kept_ids = {
            other.document_id: self.alive[target[other.key]].document_id
            for other, _, _ in self.dropped
        }
        return Resolution(
            tuple(
                Kept(
                    key=each.key,
                    document_id=each.document_id,
                    status=self._status(each),
                    superseded_by=_through(self.superseded.get(each.key), kept_ids),
                    siblings=tuple(sorted(siblings[each.key])),
                    facts=each.facts if each.key in self.merged else None,
                    label=each.facts if isinstance(each.facts, LabelFacts) else None,
                )
                for each in sorted(self.alive.values(), key=lambda each: each.document_id)
            ),
            tuple(
                Dropped(
                    other.key,
                    other.document_id,
                    self.alive[target[other.key]].document_id,
                    reason,
                )
                for other, _, reason in sorted(
                    self.dropped, key=lambda entry: (entry[0].document_id, entry[0].path)
                )
            ),
        )

    def _status(self, each: Fingerprint) -> Status:
        if each.key in self.retracted:
            return Status.RETRACTED
        return Status.SUPERSEDED if each.key in self.superseded else Status.CURRENT


def _through(document_id: str | None, kept_ids: dict[str, str]) -> str | None:
    """Name the document kept where the newer edition was itself a duplicate."""
    return kept_ids.get(document_id, document_id) if document_id else None


def _connected(
    items: Iterable[Fingerprint], names: Callable[[Fingerprint], Iterable[str]]
) -> list[list[Fingerprint]]:
    """Return the groups of two and more that share names, directly or through others."""
    holder: dict[str, int] = {}
    parent: dict[int, int] = {}
    members = {item.key: item for item in items}

    def root(key: int) -> int:
        while parent[key] != key:
            key = parent[key]
        return key

    for item in members.values():
        parent[item.key] = item.key
        for name in names(item):
            parent[root(item.key)] = root(holder.setdefault(name, item.key))
    groups: dict[int, list[Fingerprint]] = defaultdict(list)
    for key, item in members.items():
        groups[root(key)].append(item)
    return [group for group in groups.values() if len(group) > 1]


def _text_digest(each: Fingerprint) -> list[str]:
    """Two studies with identifiers of their own are two, though both say only "Erratum."."""
    return [] if _study_ids(each) else [f"{each.kind}:{each.digest}"]


def _study_ids(each: Fingerprint) -> list[str]:
    facts = each.facts
    if not isinstance(facts, StudyFacts):
        return []
    ids = {"pmid": facts.pmid, "pmcid": facts.pmcid, "doi": (facts.doi or "").lower() or None}
    return [f"{each.kind}:{name}:{value}" for name, value in ids.items() if value]


def _united(kept: StudyFacts, other: StudyFacts) -> StudyFacts:
    """Return what either record knows; the kept one's word where both do."""
    filled = {
        name: getattr(other, name)
        for name in StudyFacts.__dataclass_fields__
        if getattr(kept, name) in (None, ()) and getattr(other, name) not in (None, ())
    }
    notices = tuple(dict.fromkeys((*kept.notices, *other.notices)))
    united = replace(kept, **filled)
    return replace(united, notices=notices, retracted=kept.retracted or other.retracted)


def _supersede(state: _State) -> None:
    """Of the editions of one label or guideline, only the newest is in force."""
    sources: dict[str, list[Fingerprint]] = defaultdict(list)
    for each in state.alive.values():
        if each.type is not SourceType.STUDY:
            sources[f"{each.kind}:{each.source_id}"].append(each)
    for editions in sources.values():
        newest = max(editions, key=lambda each: each.edition)
        for each in editions:
            if each.key != newest.key:
                state.superseded[each.key] = newest.document_id
    _honour_named_successors(state)


def _honour_named_successors(state: _State) -> None:
    """Believe a guideline that names what replaced it, or what it replaces."""
    named = {name: each for each in state.alive.values() for name in _guideline_names(each)}
    for each in sorted(state.alive.values(), key=lambda each: each.document_id):
        if not isinstance(each.facts, GuidelineFacts):
            continue
        for words in each.facts.superseded_by:
            successor = named.get(f"{each.kind}:{words.lower()}")
            state.superseded.setdefault(each.key, successor.document_id if successor else words)
        for words in each.facts.supersedes:
            older = named.get(f"{each.kind}:{words.lower()}")
            if older is not None and older.key != each.key:
                state.superseded.setdefault(older.key, each.document_id)


def _guideline_names(each: Fingerprint) -> list[str]:
    if not isinstance(each.facts, GuidelineFacts):
        return []
    names = [each.document_id, each.title]
    return [f"{each.kind}:{name.lower()}" for name in names]


def _merge_near_labels(state: _State) -> None:
    """Keep one of the labels that differ in little but the labeler: the newest."""
    drugs: dict[tuple[object, ...], list[Fingerprint]] = defaultdict(list)
    for each in state.alive.values():
        comparable = each.kind is SourceKind.ORIGINAL and each.key not in state.superseded
        if comparable and isinstance(each.facts, LabelFacts) and each.facts.ingredients:
            drugs[each.facts.ingredients].append(each)
    for labels in drugs.values():
        newest_first = sorted(labels, key=lambda each: (_is_repackaged(each), each.preference))
        newest_first.sort(key=lambda each: each.edition[:1], reverse=True)
        kept: list[Fingerprint] = []
        for each in newest_first:
            twin = next((other for other in kept if _near(each, other)), None)
            if twin is None:
                kept.append(each)
            else:
                state.drop(each, twin.key, "near duplicate")


def _is_repackaged(each: Fingerprint) -> bool:
    """Tell a labeler that says by its name that it packs what another makes."""
    labeler = each.facts.labeler if isinstance(each.facts, LabelFacts) else None
    return _REPACKS.search(labeler or "") is not None


def _near(one: Fingerprint, other: Fingerprint) -> bool:
    first, second = one.facts, other.facts
    if not isinstance(first, LabelFacts) or not isinstance(second, LabelFacts):
        return False
    for mine, theirs in ((first.routes, second.routes), (first.forms, second.forms)):
        if mine and theirs and not set(mine) & set(theirs):
            return False
    return resemblance(one.sketch, other.sketch) >= NEAR


def _retract(state: _State) -> None:
    """Mark studies whose own record, or another's notice in the corpus, says retracted."""
    withdrawn: set[str] = set()
    for each in state.alive.values():
        if isinstance(each.facts, StudyFacts):
            for notice in each.facts.notices:
                if notice.kind is NoticeKind.RETRACTION_OF:
                    ids = {"pmid": notice.pmid, "doi": (notice.doi or "").lower() or None}
                    withdrawn |= {f"{each.kind}:{name}:{v}" for name, v in ids.items() if v}
    for each in state.alive.values():
        if not isinstance(each.facts, StudyFacts):
            continue
        announced = any(n.kind is NoticeKind.RETRACTION_IN for n in each.facts.notices)
        if each.facts.retracted or announced or withdrawn & set(_study_ids(each)):
            state.retracted.add(each.key)
