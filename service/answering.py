"""Question -> answer: the use case, top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from ingest.documents import SourceType
from service.answers import (
    Answer,
    AnswerSection,
    Audience,
    Citation,
    DeclineReason,
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
from service.citing import CitedStatement, Numbering, cite
from service.comparing import compare
from service.composing import Composer
from service.disclaimers import read_disclaimer
from service.drugs import Vocabulary, same_drug
from service.gating import Evidence, Thresholds, gate
from service.references import references
from service.retractions import Retractions, no_retractions
from service.retrieving import Retriever
from service.safety import safety_notices
from service.suggesting import follow_ups
from service.understanding import understand
from service.verifying import verify
from service.wording import wording


@dataclass(frozen=True, slots=True)
class Understood:
    """The question was understood; searching begins."""

    query: Query


@dataclass(frozen=True, slots=True)
class Warned:
    """A boxed warning or contraindication of a drug asked about."""

    notice: SafetyNotice


@dataclass(frozen=True, slots=True)
class Stated:
    """A statement passed verification and may be shown."""

    section: SectionKind
    statement: Statement


@dataclass(frozen=True, slots=True)
class Finished:
    """The whole answer; what came before is part of it."""

    answer: Answer


Step = Understood | Warned | Stated | Finished


@dataclass(slots=True)
class _Watch:
    """Times the stages of one answer."""

    timings: list[Timing] = field(default_factory=list)
    last: float = field(default_factory=perf_counter)

    def lap(self, stage: str) -> None:
        now = perf_counter()
        self.timings.append(Timing(stage, round((now - self.last) * 1000, 3)))
        self.last = now


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

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        audience: Audience = Audience.PHYSICIAN,
        article: Turn | None = None,
    ) -> Generator[Step, None, None]:
        """Answer step by step: understood, warnings, statements, and the whole answer last."""
        watch = _Watch()
        query = understand(question, history, self.vocabulary, article)
        watch.lap("understanding")
        yield Understood(query)
        retractions = self.retractions()
        retriever = self.retriever.heeding(retractions)
        blank = self._blank(query, audience, retractions)
        if query.decline is not None or query.reason is not None:
            yield Finished(replace(_unsearched(blank), timings=tuple(watch.timings)))
            return

        vectors = retriever.embed(query)
        watch.lap("embedding")
        found = retriever.retrieve(query, vectors, _still_cited(query, history, article))
        watch.lap("retrieving")
        wanted = asked(query, self.vocabulary)
        evidence = gate(wanted, found, self.thresholds)
        watch.lap("gating")
        numbering = Numbering()
        safety = safety_notices(query.drugs, retriever, numbering)
        yield from (Warned(notice) for notice in safety)
        watch.lap("safety")
        draft = (
            [] if evidence.is_empty else self.composer.compose(wanted, evidence.numbered, audience)
        )
        watch.lap("composing")
        passages = [passage for _, passage in evidence.numbered]
        verified: list[CitedStatement] = []
        for cited in cite(draft, evidence.numbered, numbering):
            statement = verify(cited.statement, passages)
            verified.append(replace(cited, statement=statement))
            if statement.support is Support.SUPPORTED:
                yield Stated(cited.section, statement)
        watch.lap("verifying")
        answer = _assembled(blank, safety, verified, evidence, found)
        answer = replace(answer, conflicts=compare(_shown(answer), self.vocabulary))
        watch.lap("comparing")
        topics = _topics_so_far(query, history)
        answer = replace(
            answer,
            references=references(_citations(answer), self.corpus_date, retractions),
            follow_ups=follow_ups(query, retriever, topics),
        )
        watch.lap("finishing")
        yield Finished(replace(answer, timings=tuple(watch.timings)))

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


def _unsearched(blank: Answer) -> Answer:
    """Return the answer to a question that is asked back or declined before any search."""
    query = blank.query
    outcome = Outcome.CLARIFY if query.decline is None else Outcome.DECLINED
    return replace(blank, outcome=outcome, decline=query.decline, reason=query.reason)


def _assembled(
    blank: Answer,
    safety: tuple[SafetyNotice, ...],
    verified: Sequence[CitedStatement],
    evidence: Evidence,
    found: Mapping[SourceType, Sequence[Passage]],
) -> Answer:
    """Return the answer that the verified statements make, or the decline they leave."""
    searched = tuple(f"{name}: {len(found.get(name, ()))} passages" for name in SourceType)
    shown = [c for c in verified if c.statement.support is Support.SUPPORTED]
    sections = tuple(_section(kind, shown, evidence, blank.query) for kind in SectionKind)
    held = [c.statement for c in verified if c.statement.support is not Support.SUPPORTED]
    held += [n.statement for n in safety if n.statement.support is not Support.SUPPORTED]
    answer = replace(
        blank,
        safety=tuple(n for n in safety if n.statement.support is Support.SUPPORTED),
        withheld=tuple(held),
        provenance=replace(blank.provenance, searched=searched),
    )
    if not shown:
        return _declined(answer, drafted=bool(verified))
    if all(section.note is None for section in sections):
        return replace(answer, outcome=Outcome.ANSWERED, sections=sections)
    full = ", ".join(section.heading for section in sections if section.note is None)
    reason = wording("partial.some", found=full) if full else None
    return replace(answer, outcome=Outcome.PARTIAL, sections=sections, reason=reason)


def _declined(answer: Answer, *, drafted: bool) -> Answer:
    drugs = answer.query.drugs
    unknown = bool(drugs) and not any(drug.indexed for drug in drugs)
    decline = DeclineReason.UNKNOWN_DRUG if unknown else DeclineReason.NO_EVIDENCE
    if drafted:
        decline = DeclineReason.UNSUPPORTED
    subject = subject_of(answer.query)
    searched = "; ".join(answer.provenance.searched)
    reason = wording(f"declined.{decline.value}", subject=subject, searched=searched)
    return replace(answer, decline=decline, reason=reason)


def _section(
    kind: SectionKind, shown: Sequence[CitedStatement], evidence: Evidence, query: Query
) -> AnswerSection:
    statements = tuple(c.statement for c in shown if c.section is kind)
    note = None
    if not statements:
        unlabelled = query.drugs and not any(drug.indexed for drug in query.drugs)
        key = "label_not_indexed" if kind is SectionKind.LABEL and unlabelled else kind.value
        note = wording(f"nothing_found.{key}", subject=subject_of(query))
    elif kind is SectionKind.GUIDELINES and evidence.beside:
        subject, condition = subject_of(query), query.condition
        note = wording("nothing_found.beside", subject=subject, condition=condition)
    return AnswerSection(kind, wording(f"heading.{kind.value}"), statements, note)


def subject_of(query: Query) -> str:
    """Return what a query is about in a few words: "naltrexone (insomnia)"."""
    names = [drug.name for drug in query.drugs] + [held.name for held in query.classes]
    drugs = " and ".join(names)
    topics = (topic.value.replace("_", " ") for topic in query.topics)
    rest = ", ".join([*([query.condition] if query.condition else []), *topics])
    if drugs:
        return f"{drugs} ({rest})" if rest else drugs
    return rest or f"“{query.text}”"


def _shown(answer: Answer) -> list[Statement]:
    return [statement for section in answer.sections for statement in section.statements]


def _citations(answer: Answer) -> list[Citation]:
    statements = [notice.statement for notice in answer.safety]
    statements += _shown(answer)
    return [citation for statement in statements for citation in statement.citations]


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
