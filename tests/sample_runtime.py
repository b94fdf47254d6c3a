"""
A runtime made by hand: three short documents about a drug that does not exist, and their answer.

Zorvanex is invented so that no sentence here can be mistaken for a fact about a medicine.
"""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from ingest.documents import (
    Block,
    BlockKind,
    Chunk,
    Direction,
    Document,
    GuidelineFacts,
    LabelFacts,
    Origin,
    Recommendation,
    Section,
    Source,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)
from ingest.embedding import Identity
from ingest.recalling import DocumentReader
from ingest.records import Standing
from ingest.snapshots import Manifest, Snapshot
from ingest.storing import DocumentWriter
from service.answering import Answerer, Begun, Finished, Stated, Step, Understood, Warned
from service.answers import (
    Answer,
    AnswerPart,
    AnswerSection,
    Audience,
    Choice,
    Citation,
    Conflict,
    Correction,
    CorrectionKind,
    DeclineReason,
    Drug,
    Outcome,
    Passage,
    Query,
    SafetyKind,
    SafetyNotice,
    SectionKind,
    Statement,
    StatementKind,
    Topic,
    Turn,
)
from service.apparatus import Difference, Disclaimer, FollowUp, Provenance, Reference, Timing
from service.article_store import Articles
from service.bootstrap import Runtime
from service.conversations import Conversations
from service.drugs import Vocabulary
from service.feedback import FeedbackStore
from service.keys import Keys
from service.migrating import open_database
from service.opening import LiveIndex, Reading, Tally
from service.retraction_table import RetractionTable
from service.sessions import Sessions
from service.settings import Settings
from service.shares import Shares
from tests.sample_evidence import VOCABULARY

SNAPSHOT = "20260301T120000-0a1b2c3d"
QUESTION = "What is the role of Zorvanix for insomnia?"
BOXED = "WARNING: DEEP SLEEP. Zorvanex has caused sleep from which patients could not be woken."
CONTRAINDICATED = "Zorvanex is contraindicated in patients with severe hepatic impairment."
INSOMNIA = "Insomnia was reported in 14% of patients given zorvanex 50 mg and 5% given placebo."
DOSE = "The recommended dosage is 50 mg taken by mouth once daily."
AGAINST = (
    "We suggest that clinicians not use zorvanex for insomnia in adults (weak, low certainty)."
)
INSTEAD = "We recommend cognitive behavioral therapy for chronic insomnia (strong)."
TRIAL = "Sleep onset improved by 9 minutes with zorvanex (95% CI 2 to 16; n = 120)."
METHODS = "Adults with insomnia were randomised to zorvanex 50 mg or placebo for 4 weeks."


def _prose(text: str) -> Block:
    return Block(BlockKind.PROSE, text)


LABEL = Document(
    id="label:zorvanex-set-id@7",
    source=Source(
        id="label:zorvanex-set-id",
        type=SourceType.LABEL,
        title="Zorvanex (zorvaxone) tablets",
        facts=LabelFacts(
            ingredients=("zorvaxone",),
            brands=("Zorvanex",),
            set_id="zorvanex-set-id",
            version="7",
            effective="2025-06-01",
            labeler="Example Laboratories",
            forms=("tablet",),
        ),
        publisher="Example Laboratories",
        published="2025-06-01",
        url="https://labels.example.org/zorvanex",
    ),
    sections=(
        Section(("Boxed Warning",), (_prose(BOXED),), "34066-1"),
        Section(("Dosage and Administration",), (_prose(DOSE),), "34068-7"),
        Section(("Contraindications",), (_prose(CONTRAINDICATED),), "34070-3"),
        Section(
            ("Adverse Reactions", "Clinical Trials Experience"),
            (
                _prose("The most common adverse reactions are described below."),
                _prose(INSOMNIA),
                Block(BlockKind.ROW, "Headache | 12% | 11%", "Reaction | Zorvanex | Placebo"),
                Block(BlockKind.ROW, "Nausea | 9% | 4%", "Reaction | Zorvanex | Placebo"),
                Block(BlockKind.ITEM, "Platelets below 100 × 10⁹/L were seen twice.", "Rare:"),
            ),
            "34084-4",
        ),
    ),
    origin=Origin("labels/zorvanex.xml", "0" * 64, "spl/1"),
)
GUIDELINE = Document(
    id="guideline:example-insomnia@2024",
    source=Source(
        id="guideline:example-insomnia",
        type=SourceType.GUIDELINE,
        title="Insomnia in adults: a clinical practice guideline",
        facts=GuidelineFacts(series="example-insomnia", year=2024, scheme="GRADE"),
        kind=SourceKind.SUMMARY,
        publisher="Example College of Sleep",
        published="2024",
        url="https://guidelines.example.org/insomnia",
        summary_of="Insomnia in adults, Example College of Sleep, 2024",
    ),
    sections=(
        Section(
            ("Recommendations", "Drugs"),
            (
                Block(
                    BlockKind.RECOMMENDATION,
                    AGAINST,
                    recommendation=Recommendation(Direction.AGAINST, "weak", "low", "GRADE"),
                ),
            ),
        ),
        Section(
            ("Recommendations", "Therapy"),
            (
                Block(
                    BlockKind.RECOMMENDATION,
                    INSTEAD,
                    recommendation=Recommendation(Direction.FOR, "strong", "moderate", "GRADE"),
                ),
            ),
        ),
    ),
    origin=Origin("guidelines/insomnia.md", "1" * 64, "markdown/1"),
)
STUDY = Document(
    id="study:example-trial",
    source=Source(
        id="study:example-trial",
        type=SourceType.STUDY,
        title="Zorvanex for insomnia: a randomised trial",
        facts=StudyFacts(
            journal="Journal of Examples",
            year=2012,
            authors=("Example A", "Sample B"),
            doi="10.5555/zorvanex",
            design="randomized controlled trial",
            participants=120,
            evidence_level=2,
        ),
        publisher="Journal of Examples",
        published="2012",
    ),
    sections=(
        Section(("Methods",), (_prose(METHODS),), "methods"),
        Section(("Results",), (_prose(f"{TRIAL} Nausea was more common."),), "results"),
    ),
    origin=Origin("studies/trial.xml", "2" * 64, "pubmed/1"),
)
DOCUMENTS = (GUIDELINE, LABEL, STUDY)


def _chunks(document: Document) -> list[Chunk]:
    """One chunk per block, as the splitter would cut these short documents."""
    chunks: list[Chunk] = []
    at = 0
    for section in document.sections:
        for block in section.blocks:
            chunks.append(
                Chunk(
                    id=f"{document.source.type}{len(chunks):016d}",
                    document_id=document.id,
                    type=document.source.type,
                    headings=section.headings,
                    code=section.code,
                    header=f"{document.source.title} > {' > '.join(section.headings)}",
                    lead=block.lead,
                    text=block.text,
                    start=at,
                    end=at + len(block.text),
                    recommendation=block.recommendation,
                )
            )
            at += len(block.text) + 1
        at += 1
    return chunks


CHUNKS = {document.id: _chunks(document) for document in DOCUMENTS}


def passage(document: Document, words: str) -> Passage:
    """Return the passage of *document* that holds *words*."""
    chunk = next(chunk for chunk in CHUNKS[document.id] if words in chunk.text)
    return Passage(chunk, document.source, Status.CURRENT, rank=1, similarity=0.7312)


def cited(marker: int, document: Document, quote: str, subject: str = "") -> Statement:
    """Return *quote* as a statement resting on its own passage."""
    held = passage(document, quote)
    start = held.chunk.start + held.chunk.text.index(quote)
    citation = Citation(marker, held, quote, start, start + len(quote))
    return Statement(quote, StatementKind.QUOTE, (citation,), subject=subject)


def an_answer(question: str = QUESTION, audience: Audience = Audience.PHYSICIAN) -> Answer:
    """Return an answer with something in every field."""
    insomnia = cited(2, LABEL, INSOMNIA, "zorvanex · Adverse Reactions")
    trial = cited(3, STUDY, TRIAL)
    return Answer(
        outcome=Outcome.ANSWERED,
        query=Query(
            text="What is the role of zorvanex for insomnia?",
            bare=question,
            drugs=(Drug("Zorvanex", ("zorvaxone",), indexed=True),),
            condition="insomnia",
            topics=(Topic.INDICATION,),
            corrections=(Correction("Zorvanix", "zorvanex", CorrectionKind.MISSPELLING),),
        ),
        audience=audience,
        safety=(
            SafetyNotice("Zorvanex", SafetyKind.BOXED_WARNING, cited(2, LABEL, BOXED)),
            SafetyNotice("Zorvanex", SafetyKind.CONTRAINDICATION, cited(2, LABEL, CONTRAINDICATED)),
        ),
        sections=(
            AnswerSection(
                SectionKind.GUIDELINES,
                "From the Guidelines",
                (cited(1, GUIDELINE, AGAINST), cited(1, GUIDELINE, INSTEAD)),
            ),
            AnswerSection(SectionKind.LABEL, "From the FDA Drug Label", (insomnia,)),
            AnswerSection(
                SectionKind.RESEARCH,
                "From the Research",
                (trial,),
                more=(cited(3, STUDY, METHODS, "Methods"),),
            ),
        ),
        conflicts=(
            Conflict(
                insomnia,
                trial,
                (
                    Difference("population", "adults with insomnia", ""),
                    Difference("comparator", "placebo", "no treatment"),
                ),
                about="zorvaxone: insomnia",
                says=("reported as an adverse reaction: insomnia", "less insomnia"),
            ),
        ),
        references=(
            Reference(
                1,
                GUIDELINE.source,
                Status.CURRENT,
                GUIDELINE.id,
                ("Guideline", "2024", "Project summary"),
            ),
            Reference(
                2, LABEL.source, Status.CURRENT, LABEL.id, ("FDA drug label", "2025", "Version 7")
            ),
            Reference(
                3,
                STUDY.source,
                Status.CURRENT,
                STUDY.id,
                ("Study", "2012", "Evidence level 2", "Older than 10 years"),
            ),
        ),
        follow_ups=(
            FollowUp("What is the dose of zorvanex?"),
            FollowUp("What are the contraindications of zorvanex?"),
        ),
        withheld=(),
        disclaimer=Disclaimer("2026-01-01", "A reference aid for health care professionals."),
        review="Educational purpose only; not reviewed by a human",
        provenance=Provenance(
            SNAPSHOT, "2026-02-01", "test@0", "extractive/1", "s0", ("guidelines", "labels")
        ),
        lead=cited(1, GUIDELINE, AGAINST),
        timings=(Timing("understand", 1.25), Timing("embedding", 12.5), Timing("retrieving", 3.0)),
    )


def a_declined(question: str) -> Answer:
    """Return a declined answer."""
    return replace(
        an_answer(question),
        outcome=Outcome.DECLINED,
        decline=DeclineReason.NO_EVIDENCE,
        reason="The indexed sources do not answer this question, so there is no answer.",
        safety=(),
        sections=tuple(
            replace(section, statements=(), note="Nothing in the indexed sources answers this.")
            for section in an_answer().sections
        ),
        conflicts=(),
        references=(),
        lead=None,
    )


def a_clarification(question: str) -> Answer:
    """Return an answer that asks back."""
    declined = a_declined(question)
    choices = (
        Choice("hydroxyzine", "What is the dose of hydroxyzine?"),
        Choice("hydralazine", "What is the dose of hydralazine?"),
    )
    return replace(
        declined,
        outcome=Outcome.CLARIFY,
        decline=None,
        reason="“hydraxyzine”: do you mean hydroxyzine? It may also mean hydralazine.",
        sections=(),
        query=replace(declined.query, choices=choices, corrections=()),
    )


def an_answer_in_parts(question: str) -> Answer:
    """Return the answer to three questions: one answered, one declined, one asked back."""
    answer = an_answer(question)
    first = AnswerPart(
        replace(answer.query, corrections=()), Outcome.ANSWERED, sections=answer.sections
    )
    declined, asked_back = a_declined("What is the dose?"), a_clarification("And hydraxyzine?")
    second = AnswerPart(
        replace(declined.query, text="What is its dose?", corrections=()),
        Outcome.DECLINED,
        declined.decline,
        declined.reason,
    )
    third = AnswerPart(
        replace(asked_back.query, text="And hydraxyzine?"),
        Outcome.CLARIFY,
        reason=asked_back.reason,
    )
    query = replace(answer.query, choices=asked_back.query.choices)
    return replace(
        answer,
        query=query,
        outcome=Outcome.PARTIAL,
        parts=(first, second, third),
        reason="1 of 3",
        lead=None,
    )


def an_outdated_answer(question: str) -> Answer:
    """Return an answer whose guideline is superseded and whose study is retracted."""
    answer = an_answer(question)
    statuses = {1: Status.SUPERSEDED, 3: Status.RETRACTED}

    def dated(statement: Statement) -> Statement:
        citations = (
            replace(c, passage=replace(c.passage, status=statuses.get(c.marker, Status.CURRENT)))
            for c in statement.citations
        )
        return replace(statement, citations=tuple(citations))

    return replace(
        answer,
        lead=None,
        conflicts=(),
        sections=tuple(
            replace(section, statements=tuple(map(dated, section.statements)), more=())
            for section in answer.sections
        ),
        references=tuple(
            replace(each, status=status, badges=(*each.badges, status.value.capitalize()))
            if (status := statuses.get(each.marker))
            else each
            for each in answer.references
        ),
    )


@dataclass
class FakeAnswerer:
    """
    Answers every question with the same answer, and remembers what it was given.

    A question that holds "several" is answered in parts, "superseded" from outdated sources;
    "nothing", "which" or "fail" is declined, asked back or raises. While ``hold`` is cleared an
    answer waits after its first statement; ``closed`` counts the answers whose steps ended,
    finished or not.
    """

    heard: list[tuple[str, tuple[Turn, ...], Audience]] = field(default_factory=list)
    articles: list[Turn | None] = field(default_factory=list)
    hold: threading.Event = field(default_factory=threading.Event)
    waiting: threading.Event = field(default_factory=threading.Event)
    failure: Exception = field(default_factory=lambda: RuntimeError("a secret question"))
    vocabulary: Vocabulary = VOCABULARY
    finished: int = 0
    closed: int = 0

    def __post_init__(self) -> None:
        """Let answers through at first."""
        self.hold.set()

    def rehear(self, questions: Sequence[str]) -> list[Turn]:
        """Return a turn for each question."""
        return [
            Turn(one, _answer_to(one, Audience.PHYSICIAN).query, Outcome.ANSWERED)
            for one in questions
        ]

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        audience: Audience = Audience.PHYSICIAN,
        article: Turn | None = None,
    ) -> Generator[Step, None, None]:
        """Yield the steps of the sample answer."""
        self.articles.append(article)
        self.heard.append((question, tuple(history), audience))
        answer = _answer_to(question, audience)
        try:
            yield Understood(answer.query)
            yield from (Warned(notice) for notice in answer.safety)
            self.waiting.set()
            while not self.hold.wait(timeout=0.02):
                # A step that shows nothing, as a slow stage would give its caller a chance to stop.
                yield Understood(answer.query)
            if "fail" in question:
                raise self.failure
            for number, part in enumerate(answer.parts):
                yield Begun(number, part.query)
                for section in part.sections:
                    for statement in section.statements:
                        yield Stated(section.kind, statement, number)
            for section in () if answer.parts else answer.sections:
                yield from (Stated(section.kind, statement) for statement in section.statements)
            yield Finished(answer)
            self.finished += 1
        finally:
            self.closed += 1


def _answer_to(question: str, audience: Audience) -> Answer:
    if "several" in question:
        return an_answer_in_parts(question)
    if "superseded" in question:
        return an_outdated_answer(question)
    if "nothing" in question:
        return a_declined(question)
    if "which" in question:
        return a_clarification(question)
    return an_answer(question, audience)


@dataclass
class FakeSnapshot:
    """A snapshot that holds documents and a manifest, and no vectors."""

    documents: DocumentReader
    manifest: Manifest
    id: str = SNAPSHOT


@dataclass
class FakeLive:
    """A live index that never changes; ``failure`` makes it unusable."""

    snapshot: FakeSnapshot
    answerer: FakeAnswerer
    failure: Exception | None = None
    refused: str | None = None
    moves: Tally = field(default_factory=Tally)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """Hand out the one reading."""
        if self.failure is not None:
            raise self.failure
        yield Reading(cast(Snapshot, self.snapshot), cast(Answerer, self.answerer))

    def tally(self) -> Tally:
        """Say what is to be said."""
        return self.moves

    def close(self) -> None:
        """Close the documents."""
        self.snapshot.documents.close()


def a_manifest() -> Manifest:
    """Return a manifest with something in every field."""
    return Manifest(
        format=1,
        id=SNAPSHOT,
        content="c0ffee",
        built="2026-03-01T12:00:00+00:00",
        corpus_date="2026-02-01",
        embedder=Identity("test", 4, 16, "ab" * 32),
        splitter="structure/1",
        lexical="tantivy/1",
        parsers={"spl": "1"},
        sources={"corpus": "d1"},
        documents=3,
        embedded=3,
        chunks={"guideline": 2, "label": 8, "study": 2},
        seconds={"parsing": 0.5},
        verified={"recall": 1.0},
        files={"documents.sqlite": "ef" * 32},
    )


def write_documents(path: Path) -> DocumentReader:
    """Store the sample documents at *path*, as ingestion does."""
    writer = DocumentWriter(path)
    row = 0
    for document in DOCUMENTS:
        writer.keep(writer.stage(document), Standing(Status.CURRENT))
        writer.add_chunks(row, CHUNKS[document.id])
        row += len(CHUNKS[document.id])
    writer.settle()
    writer.close()
    return DocumentReader(path)


def a_runtime(folder: Path, **settings: object) -> tuple[Runtime, FakeLive]:
    """Return a runtime over the sample documents and a real database, both in *folder*."""
    live = FakeLive(
        FakeSnapshot(write_documents(folder / "documents.sqlite"), a_manifest()), FakeAnswerer()
    )
    chosen = Settings(_env_file=None, home=folder, **settings)  # type: ignore[call-arg, arg-type]
    engine = open_database(chosen.database_url)
    runtime = Runtime(
        chosen,
        cast(LiveIndex, live),
        Conversations(engine),
        RetractionTable(engine),
        FeedbackStore(engine),
        Articles(engine),
        Shares(engine, days=chosen.share_days),
        Keys(engine),
        Sessions(engine, chosen.session_hours),
    )
    return runtime, live
