"""Question -> answer: the use case, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from ingest.documents import SourceType
from service.answers import (
    Answer,
    Audience,
    Conflict,
    Outcome,
    Passage,
    Query,
    SafetyNotice,
    SectionKind,
    Statement,
    Support,
    Topic,
    Turn,
)
from service.apparatus import Provenance, Timing
from service.asked import asked
from service.assembling import Worked, assembled, beside_note, citations, shown
from service.citing import CitedStatement, Numbering, cite
from service.comparing import compare
from service.composing import Composer
from service.disclaimers import read_disclaimer
from service.drugs import Vocabulary, merged, same_drug
from service.gating import Thresholds, gate
from service.leading import lead
from service.references import references
from service.rehearing import rehear
from service.retractions import Retractions, no_retractions
from service.retrieving import Retriever
from service.safety import safety_notices
from service.splitting import joined, understand_all
from service.suggesting import follow_ups
from service.understanding import understand
from service.verifying import gates, verify
from service.wording import wording


@dataclass(frozen=True, slots=True)
class Understood:
    """The question was understood; searching begins."""

    query: Query


@dataclass(frozen=True, slots=True)
class Begun:
    """One of several questions comes next: ``part`` counts from 0."""

    part: int
    query: Query


@dataclass(frozen=True, slots=True)
class Warned:
    """A boxed warning or contraindication of a drug asked about."""

    notice: SafetyNotice


@dataclass(frozen=True, slots=True)
class Stated:
    """
    A statement passed verification and may be shown; ``part`` tells of which of several.

    ``note`` is what its section begins with, where that is known before the section is complete.
    """

    section: SectionKind
    statement: Statement
    part: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; what came before is part of it."""

    answer: Answer


Step = Understood | Begun | Warned | Stated | Finished


@dataclass(slots=True)
class _Watch:
    """Times the stages of one answer, those of its parts together."""

    spent: dict[str, float] = field(default_factory=dict)
    last: float = field(default_factory=perf_counter)

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.spent[stage] = self.spent.get(stage, 0.0) + now - self.last
        self.last = now

    @property
    def timings(self) -> tuple[Timing, ...]:
        return tuple(Timing(stage, round(held * 1000, 3)) for stage, held in self.spent.items())


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the parts of one answer have in common."""

    retriever: Retriever
    watch: _Watch
    numbering: Numbering = field(default_factory=Numbering)


@dataclass(frozen=True, slots=True)
class Answerer:
    """
    Holds what the answers of one snapshot share; has no other state.

    ``retractions`` is asked once an answer which studies no longer stand. ``corpus_date`` (ISO
    8601), ``embedder`` and ``settings`` (a digest) go to the provenance.
    """

    vocabulary: Vocabulary
    retriever: Retriever
    composer: Composer
    thresholds: Thresholds = field(default_factory=Thresholds)
    retractions: Callable[[], Retractions] = no_retractions
    corpus_date: str | None = None
    embedder: str = ""
    settings: str = ""

    def answer(
        self,
        question: str,
        history: Sequence[Turn] = (),
        audience: Audience = Audience.PHYSICIAN,
        article: Turn | None = None,
    ) -> Answer:
        """Answer from retrieved passages only, or decline and say why."""
        *_, last = self.stream(question, history, audience, article)
        if not isinstance(last, Finished):
            raise TypeError("the last step of an answer is the answer")
        return last.answer

    def search(self, question: str) -> tuple[Query, Mapping[SourceType, list[Passage]]]:
        """
        Return what *question* was understood as, and the passages that its answer is made from.

        None, where the question must be asked back or is not searched.
        """
        query = understand(question, (), self.vocabulary)
        if query.decline is not None or query.reason is not None:
            return query, {}
        retriever = self.retriever.heeding(self.retractions())
        return query, retriever.retrieve(query, retriever.embed(query))

    def rehear(self, questions: Sequence[str]) -> list[Turn]:
        """Return the turns that earlier questions would have been, without answering them."""
        return rehear(questions, self.vocabulary)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        audience: Audience = Audience.PHYSICIAN,
        article: Turn | None = None,
    ) -> Generator[Step, None, None]:
        """Answer step by step: understood, warnings, statements, and the whole answer last."""
        watch = _Watch()
        queries = understand_all(question, history, self.vocabulary, article)
        whole = joined(question, queries, self.vocabulary)
        watch.lap("understanding")
        yield Understood(whole)
        retractions = self.retractions()
        retriever = self.retriever.heeding(retractions)
        searched = [query for query in queries if query.decline is None and query.reason is None]
        shared = _Shared(retriever, watch)
        drugs = merged(drug for query in searched for drug in query.drugs)
        safety = safety_notices(drugs, retriever, shared.numbering)
        yield from (Warned(notice) for notice in safety)
        watch.lap("safety")
        worked: list[Worked] = []
        for number, query in enumerate(queries):
            part = number if len(queries) > 1 else None
            if part is not None:
                yield Begun(part, query)
            if query not in searched:
                worked.append(Worked(query))
                continue
            # Only the first part can hang on what the turn before cited.
            cited = () if number else _still_cited(query, history, article)
            worked.append((yield from self._work(query, cited, shared, part)))
        answer = assembled(self._blank(whole, audience, retractions), safety, worked)
        conflicts = compare(shown(answer), self.vocabulary)
        answer = replace(answer, conflicts=conflicts, lead=self._lead(worked, conflicts))
        watch.lap("comparing")
        if searched:
            topics = _topics_so_far(whole, history)
            answer = replace(
                answer,
                references=references(citations(answer), self.corpus_date, retractions),
                follow_ups=follow_ups(whole, retriever, topics),
            )
        watch.lap("finishing")
        yield Finished(replace(answer, timings=watch.timings))

    def _work(
        self, query: Query, cited: Sequence[str], shared: _Shared, part: int | None
    ) -> Generator[Step, None, Worked]:
        """Search, gate, compose and verify one question."""
        watch = shared.watch
        vectors = shared.retriever.embed(query)
        watch.lap("embedding")
        found = shared.retriever.retrieve(query, vectors, cited)
        watch.lap("retrieving")
        wanted = asked(query, self.vocabulary)
        evidence = gate(wanted, found, self.thresholds)
        watch.lap("gating")
        draft = [] if evidence.is_empty else self.composer.compose(wanted, evidence.numbered)
        watch.lap("composing")
        passages, checks = [p for _, p in evidence.numbered], gates(self.vocabulary)
        verified: list[CitedStatement] = []
        for each in cite(draft, evidence.numbered, shared.numbering):
            statement = verify(each.statement, passages, checks)
            verified.append(replace(each, statement=statement))
            if statement.support is Support.SUPPORTED and not each.more:
                note = beside_note(each.section, evidence, query)
                yield Stated(each.section, statement, part, note)
        watch.lap("verifying")
        return Worked(query, evidence, found, tuple(verified))

    def _lead(self, worked: Sequence[Worked], conflicts: Sequence[Conflict]) -> Statement | None:
        """Return the statement that answers the one question asked by itself, or None."""
        if len(worked) != 1:
            return None
        (only,) = worked
        supported = [
            c for c in only.verified if c.statement.support is Support.SUPPORTED and not c.more
        ]
        return lead(asked(only.query, self.vocabulary), supported, conflicts, self.vocabulary)

    def _blank(self, query: Query, audience: Audience, retractions: Retractions) -> Answer:
        """Return the answer that says nothing yet, with all that every answer carries."""
        return Answer(
            outcome=Outcome.DECLINED,
            query=query,
            audience=audience,
            safety=(),
            sections=(),
            conflicts=(),
            references=(),
            follow_ups=(),
            withheld=(),
            disclaimer=read_disclaimer(),
            review=wording("review.unreviewed"),
            provenance=Provenance(
                snapshot=self.retriever.snapshot,
                corpus_date=self.corpus_date,
                embedder=self.embedder,
                composer=self.composer.id,
                settings=self.settings,
                retractions=retractions.digest,
            ),
        )


def _still_cited(query: Query, history: Sequence[Turn], article: Turn | None) -> tuple[str, ...]:
    """Return what the last answer cited, where the question hangs on the conversation."""
    if not query.carried:
        return ()
    turns = (article, *history) if article is not None else history
    return next((turn.cited for turn in reversed(turns) if turn.cited), ())


def _topics_so_far(query: Query, history: Sequence[Turn]) -> set[Topic]:
    """Return the topics already asked about the query's drugs."""
    return {
        topic
        for turn in history
        if any(same_drug(held, drug) for held in turn.query.drugs for drug in query.drugs)
        for topic in turn.query.topics
    }
