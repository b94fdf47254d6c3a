"""
The nouns of answering: query -> passage -> statement -> section -> answer -> turn.

``service.rendering`` writes them as JSON; field names are the same there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ingest.documents import Chunk, Source, SourceType, Status
from service.apparatus import Difference, Disclaimer, FollowUp, Provenance, Reference, Timing


class Audience(StrEnum):
    """Who reads; changes register and order, never facts."""

    PHYSICIAN = "physician"
    PHARMACIST = "pharmacist"
    NURSE = "nurse"
    STUDENT = "student"
    PATIENT = "patient"


class Outcome(StrEnum):
    """How the service dealt with a question; declining is a result, not an error."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    CLARIFY = "clarify"
    DECLINED = "declined"


class DeclineReason(StrEnum):
    """Why there is no answer."""

    NO_EVIDENCE = "no_evidence"
    UNKNOWN_DRUG = "unknown_drug"
    OUT_OF_SCOPE = "out_of_scope"
    UNSUPPORTED = "unsupported"


class Topic(StrEnum):
    """The attribute a question asks about; steers label sections and the evidence gate."""

    INDICATION = "indication"
    DOSE = "dose"
    ADVERSE_REACTION = "adverse_reaction"
    INTERACTION = "interaction"
    CONTRAINDICATION = "contraindication"
    WARNING = "warning"
    PREGNANCY = "pregnancy"
    LACTATION = "lactation"
    PEDIATRIC = "pediatric"
    GERIATRIC = "geriatric"
    RENAL = "renal"
    HEPATIC = "hepatic"
    MECHANISM = "mechanism"
    EFFICACY = "efficacy"
    COMPARISON = "comparison"
    MONITORING = "monitoring"
    OVERDOSE = "overdose"
    PHARMACOKINETICS = "pharmacokinetics"
    STORAGE = "storage"


@dataclass(frozen=True, slots=True)
class Drug:
    """
    A drug as the question names it, resolved.

    ``ingredients`` is the identity (two or more for a combination product); ``name`` is what to
    call it; ``formulation`` what the brand or the words fix ("extended-release injection").
    ``indexed`` tells whether a label of exactly these ingredients is in the snapshot.
    """

    name: str
    ingredients: tuple[str, ...]
    formulation: str | None = None
    indexed: bool = False


@dataclass(frozen=True, slots=True)
class NamedClass:
    """A class of drugs that the question names; ``members`` are those with a label indexed."""

    name: str
    members: tuple[Drug, ...] = ()


class CorrectionKind(StrEnum):
    """Why the service read a word as something else."""

    MISSPELLING = "misspelling"
    BRAND = "brand"
    SYNONYM = "synonym"


@dataclass(frozen=True, slots=True)
class Correction:
    """A word of the question and what it was read as; always shown."""

    heard: str
    meant: str
    kind: CorrectionKind


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to settle an ambiguous question; ``question`` is ready to be asked."""

    label: str
    question: str


@dataclass(frozen=True, slots=True)
class Query:
    """
    A question, understood: what is searched, and shown as ``understood_as``.

    ``text`` stands alone without the conversation; ``bare`` is the question as typed.
    ``classes`` stand beside the drugs: a class is not one. ``carried`` lists what came from
    earlier turns, or was taken back ("drug: naltrexone", "left out: tramadol"). ``choices`` is not
    empty when the question must be clarified first. ``decline`` is set when it must not be
    searched at all. ``reason`` says in a sentence why it is asked back or declined.
    """

    text: str
    bare: str
    drugs: tuple[Drug, ...] = ()
    condition: str | None = None
    topics: tuple[Topic, ...] = ()
    corrections: tuple[Correction, ...] = ()
    carried: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    decline: DeclineReason | None = None
    notice: str | None = None
    reason: str | None = None
    classes: tuple[NamedClass, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """
    A chunk, retrieved for one query.

    ``rank`` starts at 1 within its source type and orders the passages. ``similarity`` is the
    cosine to the query, 4 decimals: it, never the fused score, decides whether there is evidence.
    """

    chunk: Chunk
    source: Source
    status: Status
    rank: int
    similarity: float

    @property
    def id(self) -> str:
        """The chunk's id: the same in every answer of one snapshot."""
        return self.chunk.id


class StatementKind(StrEnum):
    """Whose words a statement is in."""

    QUOTE = "quote"
    PARAPHRASE = "paraphrase"


class Support(StrEnum):
    """What the quotes say about a statement."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Citation:
    """
    Marker ``[n]`` of a statement, resolved to the exact words it rests on.

    ``passage.chunk.text[start - chunk.start : end - chunk.start] == quote``: the offsets count
    into the stored document.
    """

    marker: int
    passage: Passage
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Statement:
    """
    One sentence of an answer: the unit that is cited, verified and shown.

    ``subject`` restores what the sentence leans on (drug, section, list head, table head) and is
    shown apart from the words quoted. ``reasons`` are the codes of the gates it failed.
    """

    text: str
    kind: StatementKind
    citations: tuple[Citation, ...]
    support: Support = Support.SUPPORTED
    subject: str = ""
    reasons: tuple[str, ...] = ()


class SectionKind(StrEnum):
    """The evidence sections of an answer, in the order they are shown."""

    GUIDELINES = "guidelines"
    LABEL = "label"
    RESEARCH = "research"


SECTION_OF: dict[SourceType, SectionKind] = {
    SourceType.GUIDELINE: SectionKind.GUIDELINES,
    SourceType.LABEL: SectionKind.LABEL,
    SourceType.STUDY: SectionKind.RESEARCH,
}


@dataclass(frozen=True, slots=True)
class AnswerSection:
    """One evidence section; ``note`` tells that nothing was found, ``more`` is for reading on."""

    kind: SectionKind
    heading: str
    statements: tuple[Statement, ...]
    note: str | None = None
    more: tuple[Statement, ...] = ()


class SafetyKind(StrEnum):
    """Which part of a label a safety notice quotes."""

    BOXED_WARNING = "boxed_warning"
    CONTRAINDICATION = "contraindication"


@dataclass(frozen=True, slots=True)
class SafetyNotice:
    """A boxed warning or contraindication of a drug asked about, verbatim."""

    drug: str
    kind: SafetyKind
    statement: Statement


@dataclass(frozen=True, slots=True)
class Conflict:
    """
    Two statements that disagree, and the qualifiers that differ.

    ``about`` names the drug and what they disagree on ("naltrexone: insomnia"); ``says`` tells
    in a few words of ours which way each side points.
    """

    first: Statement
    second: Statement
    differences: tuple[Difference, ...]
    about: str
    says: tuple[str, str]

    @property
    def differs_in(self) -> tuple[str, ...]:
        """The names of the qualifiers that differ."""
        return tuple(each.qualifier for each in self.differences)


@dataclass(frozen=True, slots=True)
class AnswerPart:
    """The answer to one of several questions that were asked at once."""

    query: Query
    outcome: Outcome
    decline: DeclineReason | None = None
    reason: str | None = None
    sections: tuple[AnswerSection, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What the clinician sees, and why it may be trusted.

    ``lead`` is the one statement of the sections that answers the question by itself, repeated
    above them; None where none does, and for several questions at once. ``sections`` hold
    supported statements only; what verification held back is in ``withheld`` for audit and is
    never shown as an answer. ``reason`` says in a sentence why an answer was declined or is
    partial. ``parts`` is empty but for several questions at once: then each has its own, and the
    fields beside it hold for them all, under one numbering.
    """

    outcome: Outcome
    query: Query
    audience: Audience
    safety: tuple[SafetyNotice, ...]
    sections: tuple[AnswerSection, ...]
    conflicts: tuple[Conflict, ...]
    references: tuple[Reference, ...]
    follow_ups: tuple[FollowUp, ...]
    withheld: tuple[Statement, ...]
    disclaimer: Disclaimer
    review: str
    provenance: Provenance
    decline: DeclineReason | None = None
    reason: str | None = None
    lead: Statement | None = None
    timings: tuple[Timing, ...] = ()
    parts: tuple[AnswerPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """
    One question and what the next question needs to know of its answer.

    ``query`` is how it was understood; ``cited`` the passage ids its statements rest on.
    """

    question: str
    query: Query
    outcome: Outcome
    cited: tuple[str, ...] = ()
