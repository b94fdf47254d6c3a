"""Verified statements -> the answer they make, part by part, or the decline they leave. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from ingest.documents import SourceType
from service.answers import (
    Answer,
    AnswerPart,
    AnswerSection,
    Citation,
    DeclineReason,
    Outcome,
    Passage,
    Query,
    SafetyNotice,
    SectionKind,
    Statement,
    Support,
)
from service.citing import CitedStatement
from service.gating import Evidence
from service.wording import wording


@dataclass(frozen=True, slots=True)
class Worked:
    """One question, worked on: ``evidence`` is None where it was not searched."""

    query: Query
    evidence: Evidence | None = None
    found: Mapping[SourceType, Sequence[Passage]] = field(default_factory=dict)
    verified: tuple[CitedStatement, ...] = ()


def assembled(blank: Answer, safety: tuple[SafetyNotice, ...], worked: Sequence[Worked]) -> Answer:
    """Return the answer to the one question worked on, or to all of several, in parts."""
    searched = [each for each in worked if each.evidence is not None]
    held = [
        c.statement
        for each in worked
        for c in each.verified
        if c.statement.support is not Support.SUPPORTED
    ]
    held += [n.statement for n in safety if n.statement.support is not Support.SUPPORTED]
    answer = replace(
        blank,
        safety=tuple(n for n in safety if n.statement.support is Support.SUPPORTED),
        withheld=tuple(held),
        provenance=replace(blank.provenance, searched=_searched(searched) if searched else ()),
    )
    parts = tuple(map(_part, worked))
    if len(parts) == 1:
        (only,) = parts
        return replace(
            answer,
            outcome=only.outcome,
            decline=only.decline,
            reason=only.reason,
            sections=only.sections,
        )
    return _in_parts(answer, parts)


def shown(answer: Answer) -> list[Statement]:
    """Return the statements of the answer's sections."""
    return [statement for section in answer.sections for statement in section.statements]


def citations(answer: Answer) -> list[Citation]:
    """Return every citation of the answer, those of what it shows at once first."""
    statements = [notice.statement for notice in answer.safety]
    statements += shown(answer)
    statements += [statement for section in answer.sections for statement in section.more]
    return [citation for statement in statements for citation in statement.citations]


def subject_of(query: Query) -> str:
    """Return what a query is about in a few words: "naltrexone (insomnia)"."""
    names = [drug.name for drug in query.drugs] + [held.name for held in query.classes]
    drugs = " and ".join(names)
    topics = (topic.value.replace("_", " ") for topic in query.topics)
    rest = ", ".join([*([query.condition] if query.condition else []), *topics])
    if drugs:
        return f"{drugs} ({rest})" if rest else drugs
    return rest or f"“{query.text}”"


def beside_note(kind: SectionKind, evidence: Evidence, query: Query) -> str | None:
    """Return the note of a section that is about the condition alone, which heads it; or None."""
    if kind is not SectionKind.GUIDELINES or not evidence.beside:
        return None
    return wording("nothing_found.beside", subject=subject_of(query), condition=query.condition)


def _in_parts(answer: Answer, parts: tuple[AnswerPart, ...]) -> Answer:
    """Return the answer whose sections hold what all parts show."""
    outcomes = [part.outcome for part in parts]
    some = [o for o in outcomes if o in {Outcome.ANSWERED, Outcome.PARTIAL}]
    if len(set(outcomes)) == 1:
        outcome = outcomes[0]
    else:
        outcome = Outcome.PARTIAL if some else Outcome.CLARIFY
    told = dict.fromkeys(part.reason for part in parts if part.reason is not None)
    reason: str | None = " ".join(told) or None
    if some and reason is not None:
        reason = wording("partial.parts", answered=len(some), asked=len(parts))
    declined = outcome is Outcome.DECLINED
    return replace(
        answer,
        outcome=outcome,
        decline=parts[0].decline if declined else None,
        reason=reason,
        sections=tuple(_merged(kind, parts) for kind in SectionKind) if some else (),
        parts=parts,
    )


def _merged(kind: SectionKind, parts: Sequence[AnswerPart]) -> AnswerSection:
    held = [section for part in parts for section in part.sections if section.kind is kind]
    notes = dict.fromkeys(section.note for section in held if section.note is not None)
    return AnswerSection(
        kind,
        wording(f"heading.{kind.value}"),
        tuple(statement for section in held for statement in section.statements),
        " ".join(notes) or None,
        tuple(statement for section in held for statement in section.more),
    )


def _part(worked: Worked) -> AnswerPart:
    query, evidence = worked.query, worked.evidence
    if evidence is None:
        outcome = Outcome.CLARIFY if query.decline is None else Outcome.DECLINED
        return AnswerPart(query, outcome, query.decline, query.reason)
    supported = [c for c in worked.verified if c.statement.support is Support.SUPPORTED]
    if all(c.more for c in supported):
        return _declined(worked)
    sections = tuple(_section(kind, supported, evidence, query) for kind in SectionKind)
    if all(section.note is None for section in sections):
        return AnswerPart(query, Outcome.ANSWERED, sections=sections)
    full = ", ".join(section.heading for section in sections if section.note is None)
    reason = wording("partial.some", found=full) if full else None
    return AnswerPart(query, Outcome.PARTIAL, reason=reason, sections=sections)


def _declined(worked: Worked) -> AnswerPart:
    drugs = worked.query.drugs
    unknown = bool(drugs) and not any(drug.indexed for drug in drugs)
    decline = DeclineReason.UNKNOWN_DRUG if unknown else DeclineReason.NO_EVIDENCE
    if worked.verified:
        decline = DeclineReason.UNSUPPORTED
    searched = "; ".join(_searched([worked]))
    subject = subject_of(worked.query)
    reason = wording(f"declined.{decline.value}", subject=subject, searched=searched)
    return AnswerPart(worked.query, Outcome.DECLINED, decline, reason)


def _searched(worked: Sequence[Worked]) -> tuple[str, ...]:
    """Return how many passages of each source type were looked at."""
    return tuple(
        f"{name}: {sum(len(each.found.get(name, ())) for each in worked)} passages"
        for name in SourceType
    )


def _section(
    kind: SectionKind, supported: Sequence[CitedStatement], evidence: Evidence, query: Query
) -> AnswerSection:
    held = [c for c in supported if c.section is kind]
    statements = tuple(c.statement for c in held if not c.more)
    more = tuple(c.statement for c in held if c.more) if statements else ()
    note = None
    if not statements:
        unlabelled = query.drugs and not any(drug.indexed for drug in query.drugs)
        key = "label_not_indexed" if kind is SectionKind.LABEL and unlabelled else kind.value
        note = wording(f"nothing_found.{key}", subject=subject_of(query))
    else:
        note = beside_note(kind, evidence, query)
    return AnswerSection(kind, wording(f"heading.{kind.value}"), statements, note, more)
