"""
Gate 6: the passage's section may carry such a claim.

An adverse-reaction line cannot support an indication, an overdose is no recommended dose, and
what a study set out to find is not what it found. A claim needs either its own cue in the quote,
or a section that is about it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.documents import Chunk, SourceType
from service.answers import Passage, Statement, Topic
from service.gates.grounds import says_the_quote
from service.gates.marks import Reader
from service.gates.patterns import any_of
from service.topics import in_section


@dataclass(frozen=True, slots=True)
class Claim:
    """
    A kind of claim: ``made`` finds it in a statement, ``carried`` in a quote that supports it.

    ``topics`` are those whose label sections carry it without saying so.
    """

    code: str
    made: re.Pattern[str]
    carried: re.Pattern[str]
    topics: tuple[Topic, ...]


def _claim(code: str, made: str, carried: str, *topics: Topic) -> Claim:
    return Claim(
        code,
        re.compile(rf"(?<![A-Za-z])(?:{any_of(made)})(?![A-Za-z])", re.IGNORECASE),
        re.compile(rf"(?<![A-Za-z])(?:{any_of(carried)})(?![A-Za-z])", re.IGNORECASE),
        topics,
    )


_USE = r"(?<!contra)(?<!contra-)indicated indications? approved used?_(?:for|to_treat)"
_DOSE = r"(?:starting|initial|usual|maintenance|maximum|target|standard)\b[^.;]{0,30}\bdos\w+"
CLAIMS = (
    _claim(
        "indication",
        rf"""
        {_USE} (?:is|are)_(?:a_)?(?:treatments?|therapy)_(?:for|of) treats prescribed_for works?_for
        for_the_treatment_of
        """,
        rf"""
        {_USE} used?_in_the_(?:treatment|management) treats? effective efficac\w+
        for_the_(?:treatment|management|relief|prevention) in_the_(?:treatment|management)
        for_(?:use_in_)?treat\w+
        """,
        Topic.INDICATION,
    ),
    _claim(
        "contraindication",
        r"contra-?indicat\w+ must_not_be_(?:used|given|taken)",
        r"""
        contra-?indicat\w+ (?:must|should|do|can)(?:_?not|n't) never avoid\w*
        not_(?:be_)?(?:used?|recommended|given)
        """,
        Topic.CONTRAINDICATION,
    ),
    _claim(
        "adverse_reaction",
        r"adverse side[-_]effects? caus(?:es?|ed|ing) undesirable_effects?",
        r"""
        adverse side[-_]effects? caus\w+ reactions? reported occur\w* experienc\w+ toxicit\w+
        induc\w+ associated_with result(?:s|ed|ing)?_in lead(?:s|ing)?_to risks? due_to produc\w+
        events?
        """,
        Topic.ADVERSE_REACTION,
        Topic.WARNING,
    ),
    _claim(
        "recommended_dose",
        rf"""
        recommended\b[^.;]{{0,40}}\bdos\w+ {_DOSE.replace(" ", "_")} dos(?:e|age)_(?:is|of)
        should_(?:be_given|be_dosed|take|receive) dosed_at
        """,
        r"recommend\w* dos(?:e|es|age|ages|ing) should administer\w* given",
        Topic.DOSE,
    ),
)
"""The kinds of claim that sections are for."""

_FOUND = re.compile(
    any_of(
        r"""
        \b(?:found_that|(?:was|were)_found|showed|shown|demonstrated|proved|resulted|significantly|improved|reduced)\b
        \b(?:increased|decreased)\b \bw(?:as|ere)_(?:effective|superior|associated)\b
        """
    ),
    re.IGNORECASE,
)
_AIM = re.compile(
    any_of(
        r"""
        \b(?:aim(?:s|ed)?|objectives?|purpose|whether|hypothes\w+|sought_to|designed_to|set_out_to)\b
        \bto_(?:determine|evaluate|assess|examine|investigate|compare|test|study|explore)\b
        \bto_(?:describe|estimate|characteri[sz]e|establish|measure|identify)\b
        \bwe_(?:evaluated|assessed|examined|investigated|compared|studied)\b
        """
    ),
    re.IGNORECASE,
)
_AIMS = re.compile(
    any_of(r"\b(?:objectives?|aims?|purpose|background|introduction|methods?|design|rationale)\b"),
    re.IGNORECASE,
)


def section_gate(statement: Statement, passages: Sequence[Passage], reader: Reader) -> str | None:
    """Return which claim of *statement* its citations' sections cannot carry, or None."""
    del passages, reader
    if says_the_quote(statement):
        return None
    for claim in CLAIMS:
        if claim.made.search(statement.text) and not any(
            _carries(c.passage.chunk, c.quote, claim) for c in statement.citations
        ):
            return f"section_cannot_carry:{claim.code}"
    if all(_only_aims(c.passage.chunk, c.quote) for c in statement.citations) and _FOUND.search(
        statement.text
    ):
        return None if _AIM.search(statement.text) else "section_cannot_carry:finding"
    return None


def _carries(chunk: Chunk, quote: str, claim: Claim) -> bool:
    if any(in_section(topic, chunk.code, chunk.headings[-1:]) for topic in claim.topics):
        return True
    return claim.carried.search(quote) is not None


def _only_aims(chunk: Chunk, quote: str) -> bool:
    """Tell whether a quote says what a study set out to do, and not what came of it."""
    if chunk.type is not SourceType.STUDY or _FOUND.search(_AIM.split(quote)[0]):
        return False
    aimed = _AIMS.search(" ".join(chunk.headings[-1:])) or not _FOUND.search(quote)
    return _AIM.search(quote) is not None and bool(aimed)
