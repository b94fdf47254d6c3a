"""
Claims that their section cannot carry, and statements cited to a passage that says otherwise.

The words are the source's; what is false is the use made of them: a reaction as an indication,
an indication as a contraindication, an overdose as a dose, an aim as a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from random import Random

from eval.verifier.cases import Edit
from eval.verifier.changes import Change, Scene
from ingest.documents import LabelFacts, SourceType
from service.answers import Passage
from service.quoting import Unit, units
from service.words import STOP_WORDS, stem, words

_TERM = r"[A-Za-z][a-z]+(?: [a-z]+){0,2}"
_ROW_TERM = re.compile(rf"^({_TERM}) \|.*\d")
_ITEM_TERM = re.compile(rf"^(?:[•*-] )?({_TERM})\.?$")
_MOST_COMMON = re.compile(
    r"adverse (?:reactions|events|effects)\b(?:(?!patients|dose)[^.:]){0,90}?(?:\bwere|\bare"
    r"|\binclud(?:e|ed)|:) "
    rf"({_TERM})(?=,| \()"
)
_REPORTED = re.compile(rf"^({_TERM}) (?:(?:has|have) been|was|were) (?:reported|observed)\b")
_NOT_EFFECTS = re.compile(
    r"\b(?:total|any|patients?|body|system|general|other|event|reaction|disorders?|percent|number"
    r"|dose|treatment|adverse|overall|group|all|most|the|these|there|we|it|this|women|men|data"
    r"|stud(?:y|ies)|drug|clinical|reactions|events|discontinu\w+|safety|subjects?|in|for|no|not"
    r"|similar|laboratory|and|with|of|table|serious|severe|cases|reports|children|adults|age"
    r"|placebo|male|female|race|sex|white|black|although|because|when|since|while|each|some|many"
    r"|gastrointestinal|cardiovascular|hepatobiliary|psychiatric|musculoskeletal|urogenital"
    r"|genitourinary|endocrine|metabolic|hematologic|neurologic\w*|dermatologic\w*|skin|vascular"
    r"|if|two|three|one|four|deaths?|during|following|postmarketing|experience|product|tablets?"
    r"|capsules?|injection)\b",
    re.IGNORECASE,
)
_INDICATED = re.compile(r"\b(is|are) (indicated)(?= (?:for|in|as|to|solely|only|alone)\b)")
_CONTRAINDICATED = re.compile(r"\b(is|are) (contraindicated)(?= (?:in|for|with|when)\b)")
_NOTHING = re.compile(r"(?!)")
ROWS_LEFT_OUT = 0.7
"""Share of table rows of reactions that are passed over: there are thousands."""
TURNED_KEPT = 0.5
"""Share of indications and contraindications that are turned into each other."""
_AMOUNT = re.compile(r"(?<![\w.,/–-])\d[\d,.]* ?(?:mg|mcg|g|mL|units|mEq)\b(?!/| ?/|/dL)")
_SERIOUS = re.compile(r"\b(?:overdos\w*|ingest\w*|toxic\w*|fatal|death|lethal|LD)\b", re.IGNORECASE)
_WHETHER = re.compile(
    r"\bto (?:determine|assess|evaluate|examine|investigate|test|study|explore|establish) "
    r"(?:whether|if) ([^;:]{20,220}?)\.?$"
)
_HYPOTHESIS = re.compile(
    r"\b(?:we|is|was)? ?hypothesi[sz]ed that ([^;:]{20,220}?)\.?$", re.IGNORECASE
)
_EFFECT = re.compile(
    r"\bto (?:determine|assess|evaluate|examine|investigate|compare|test|study) the "
    r"(?:efficacy|effectiveness|benefits?)(?: and (?:safety|tolerability))? of "
    r"([^,;:]{4,90}?) ((?:in|on|for|among) [^;:]{4,140}?)\.?$"
)
_AIMS = re.compile(
    r"objective|aim|purpose|background|introduction|methods?\b|design", re.IGNORECASE
)


def section(scene: Scene, rng: Random) -> Iterator[Change]:
    """Yield claims of another kind than the section of the quote can carry."""
    passage = scene.passage
    facts = passage.source.facts
    if isinstance(facts, LabelFacts):
        yield from _of_label(scene, facts, rng)
    elif passage.chunk.type is SourceType.STUDY:
        yield from _of_study(scene)


def _of_label(scene: Scene, facts: LabelFacts, rng: Random) -> Iterator[Change]:
    text, place = scene.text, _place(scene.passage)
    if not facts.ingredients or len(facts.ingredients) > 2:  # noqa: PLR2004 - a name, not a list
        return
    name = " and ".join(facts.ingredients)
    name = name[:1].upper() + name[1:]
    if place == "reactions":
        yield from _of_reaction(scene, name, rng)
    elif place == "overdosage":
        yield from _of_overdose(text, name, rng)
    elif " not " not in text:
        yield from _turned(text, place, rng)
    item = _ITEM_TERM.match(text)
    if item and place == "contraindications":
        claim = f"{name} is indicated for {{{item.start(1)}:{item.end(1)}_}}."
        yield Change((Edit(0, len(text), claim),))


def _turned(text: str, place: str, rng: Random) -> Iterator[Change]:
    """Claim the contrary of what an indication or a contraindication says."""
    pattern, word = {
        "indications": (_INDICATED, "contraindicated"),
        "contraindications": (_CONTRAINDICATED, "indicated"),
    }.get(place, (_NOTHING, ""))
    for match in pattern.finditer(text):
        if rng.random() < TURNED_KEPT:
            yield Change((Edit(match.start(2), match.end(2), word),))


def _of_reaction(scene: Scene, name: str, rng: Random) -> Iterator[Change]:
    """Claim that a drug is for, or must not be used with, what it was seen to cause."""
    text = scene.text
    if " | " in text and rng.random() < ROWS_LEFT_OUT:
        return
    for start, stop in _effects(text):
        if scene.vocabulary.drug(text[start:stop]) is None:
            term = f"{{{start}:{stop}_}}"
            claim = rng.choice(
                (
                    f"{name} is indicated for {term}.",
                    f"{name} is indicated for the treatment of {term}.",
                    f"{name} is approved to treat {term}.",
                    f"{name} is contraindicated in patients with {term}.",
                )
            )
            yield Change((Edit(0, len(text), claim),))


def _of_overdose(text: str, name: str, rng: Random) -> Iterator[Change]:
    """Claim that an amount taken in an overdose is the dose to give."""
    if not _SERIOUS.search(text):
        return
    for match in _AMOUNT.finditer(text):
        amount = f"{{{match.start()}:{match.end()}}}"
        claim = rng.choice(
            (
                f"The recommended dose of {name.lower()} is {amount}.",
                f"The maximum recommended dose is {amount}.",
                f"Give {name.lower()} {amount} once daily.",
            )
        )
        yield Change((Edit(0, len(text), claim),))


def _of_study(scene: Scene) -> Iterator[Change]:
    text = scene.text
    for pattern in (_WHETHER, _HYPOTHESIS):
        for match in pattern.finditer(text):
            yield Change((Edit(0, len(text), f"{{{match.start(1)}:{match.end(1)}^}}."),))
    for match in _EFFECT.finditer(text):
        start, end = match.span(1)
        where = f"{{{match.start(2)}:{match.end(2)}}}"
        be = "were" if re.search(r"\band\b", match[1]) else "was"
        yield Change((Edit(0, len(text), f"{{{start}:{end}^}} {be} effective {where}."),))


def _effects(text: str) -> Iterator[tuple[int, int]]:
    for pattern in (_ROW_TERM, _ITEM_TERM, _MOST_COMMON, _REPORTED):
        for match in pattern.finditer(text):
            if not _NOT_EFFECTS.search(match[1]):
                yield match.span(1)
                return


def _place(passage: Passage) -> str:
    """Return which section of a label a passage is of, "" for one that is not used here."""
    chunk = passage.chunk
    top = " ".join(chunk.headings[:2]).lower()
    for name, code, word in (
        ("reactions", "34084-4", "adverse reactions"),
        ("indications", "34067-9", "indications"),
        ("contraindications", "34070-3", "contraindications"),
        ("overdosage", "34088-5", "overdosage"),
    ):
        if chunk.code == code or word in top.replace(
            "contraindications", "contra" if word == "indications" else "contraindications"
        ):
            return name
    return ""


def content_of(text: str) -> frozenset[str]:
    """Return the stems of the content words of *text*, figures among them."""
    return frozenset(stem(w) for w in words(text) if w not in STOP_WORDS)


MOST_SHARED = 0.5
"""Share of a statement's content that the wrongly cited quote may hold and still not say it."""
LEAST_CONTENT = 6


def wrong_quote(
    statement: str, passages: Sequence[Passage], rng: Random, tries: int = 12
) -> tuple[Passage, Unit] | None:
    """
    Return a quote out of *passages* that is near *statement* and does not say it.

    The nearest of some drawn at random, among those whose whole passage holds no more than half
    of the statement's content words.
    """
    said = content_of(statement)
    if len(said) < LEAST_CONTENT:
        return None
    drawn = rng.sample(list(passages), min(tries, len(passages)))
    best: tuple[float, Passage, Unit] | None = None
    for passage in drawn:
        if _shared(said, passage.chunk.text) > MOST_SHARED:
            continue
        for unit in units(passage):
            share = _shared(said, unit.text)
            if best is None or share > best[0]:
                best = share, passage, unit
    return (best[1], best[2]) if best else None


def _shared(said: frozenset[str], text: str) -> float:
    return len(said & content_of(text)) / len(said)


def is_usable(text: str, seen: Iterable[str] = ()) -> bool:
    """Tell whether a statement says enough to be cited wrongly."""
    return len(content_of(text)) >= LEAST_CONTENT and text not in set(seen)
