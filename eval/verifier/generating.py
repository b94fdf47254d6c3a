"""
Data folder and seed -> the cases of the set, the same bytes every time.

Every kind takes its cases from all documents in turn, a quote at most once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from eval.verifier.cases import Case, Edit, Part, Source, Span, digest, edited
from eval.verifier.changes import Change, Mutator, Scene
from eval.verifier.cues import direction, negation
from eval.verifier.groups import population, route
from eval.verifier.honest import paraphrase
from eval.verifier.library import Library
from eval.verifier.misplacing import is_usable, section, wrong_quote
from eval.verifier.names import drug
from eval.verifier.shelving import SEED, Quote, Shelf, in_turn, part_of, seeded, shelved
from eval.verifier.values import comparator, decimal_shift, frequency, number, range_end, unit
from service.answers import Passage
from service.drugs import Vocabulary

PER_PART = 420
"""Cases of each kind in each part."""
_NEAR_EVERY = {"number": 2, "drug": 2, "population": 3}
"""One case in so many takes its wrong value from the same passage, or drops a restriction."""
_HONEST_EVERY = 3
"""One mutant in so many is made of an honest paraphrase of its quote."""
_WHOLE = {"section"}
"""Kinds whose mutants write the whole statement."""

_MUTATORS: dict[str, Mutator] = {
    "number": number,
    "decimal_shift": decimal_shift,
    "unit": unit,
    "frequency": frequency,
    "comparator": comparator,
    "range_end": range_end,
    "negation": negation,
    "direction": direction,
    "drug": drug,
    "population": population,
    "route": route,
    "section": section,
}


def generate(
    library: Library,
    files: Sequence[str],
    vocabulary: Vocabulary,
    *,
    seed: int = SEED,
    per_part: int = PER_PART,
    tell: Callable[[str], None] = lambda _: None,
) -> tuple[list[Source], list[Case]]:
    """
    Return the sources and cases that *seed* makes of *files*.

    A kind has fewer cases than *per_part* only where the documents give no more.
    """
    sources, shelves = shelved(library, files, seed)
    cases: list[Case] = []
    for part in Part:
        own = [s for s in shelves if part_of(s.held, seed) is part]
        for kind, mutator in _MUTATORS.items():
            cases += _mutants(kind, mutator, part, own, vocabulary, seed, per_part)
            tell(f"{part.value} {kind}: {sum(c.kind == kind and c.part is part for c in cases)}")
        cases += _swapped(part, own, seed, per_part)
        cases += _exact(part, own, seed, per_part)
        cases += _paraphrased(part, own, seed, per_part)
        tell(f"{part.value}: {sum(c.part is part for c in cases)} cases")
    return _renumbered(sources, cases)


def _mutants(
    kind: str,
    mutator: Mutator,
    part: Part,
    shelves: Sequence[Shelf],
    vocabulary: Vocabulary,
    seed: int,
    most: int,
) -> list[Case]:
    found: list[Case] = []
    every = _NEAR_EVERY.get(kind)
    for quote in in_turn(shelves):
        rng = seeded(seed, kind, quote.digest)
        number = len(found)
        honest: tuple[Edit, ...] = ()
        if kind not in _WHOLE and number % _HONEST_EVERY == 1:
            honest = paraphrase(quote.unit.text, rng, structural=False)
        text = edited(quote.unit.text, honest)
        scene = Scene(text, quote.passage, quote.unit, vocabulary)
        wanted = None if every is None else number % every == 0
        changes = [
            c
            for c in mutator(scene, rng)
            if (wanted is None or c.near is wanted) and _is_false(c, text, quote.unit.text)
        ]
        if changes:
            change = _chosen(changes, rng)
            found.append(
                Case(
                    f"{kind}-{part.value[0]}{number:03d}",
                    kind,
                    part,
                    quote.span,
                    honest=honest,
                    mutation=change.edits,
                )
            )
        if len(found) == most:
            break
    return found


def _chosen(changes: list[Change], rng: Random) -> Change:
    """Draw a change; an exchange of two values first where there is one, half of the time."""
    exchanged = [c for c in changes if c.near and len(c.edits) > 1]
    return rng.choice(exchanged if exchanged and rng.random() < 0.5 else changes)  # noqa: PLR2004


def _is_false(change: Change, text: str, quote: str) -> bool:
    """Leave out what does not change the words, but for spaces and capitals."""
    made = edited(text, change.edits)
    return made.split() != text.split() and made.lower() not in quote.lower()


def _swapped(part: Part, shelves: Sequence[Shelf], seed: int, most: int) -> list[Case]:
    """
    Cite statements to other passages.

    In turn: of the same document, of the same section or kind of another one.
    """
    found: list[Case] = []
    for quote in in_turn([s for s in shelves if len(s.held.passages) > 3]):  # noqa: PLR2004
        rng = seeded(seed, "swapped", quote.digest)
        if not is_usable(quote.unit.text):
            continue
        number = len(found)
        honest = (
            paraphrase(quote.unit.text, rng, structural=False)
            if number % _HONEST_EVERY == 1
            else ()
        )
        shelf, passages = _nearby(quote, shelves, rng, own=number % 3 != 2)  # noqa: PLR2004
        wrong = wrong_quote(quote.unit.text, passages, rng)
        if wrong is None:
            continue
        span = Span(shelf.number, wrong[1].start, wrong[1].end, digest(wrong[1].text))
        name = f"swapped_citation-{part.value[0]}{number:03d}"
        found.append(Case(name, "swapped_citation", part, span, quote.span, honest))
        if len(found) == most:
            break
    return found


def _nearby(
    quote: Quote, shelves: Sequence[Shelf], rng: Random, *, own: bool
) -> tuple[Shelf, list[Passage]]:
    """Return a document and those of its passages that a statement may be cited to by mistake."""
    chunk = quote.passage.chunk
    if own:
        shelf = next(s for s in shelves if s.number == quote.number)
        others = [p for p in shelf.held.passages if p.id != quote.passage.id]
        same = [p for p in others if p.chunk.headings == chunk.headings]
        return shelf, same if len(same) > 1 and rng.random() < 0.5 else others  # noqa: PLR2004
    kin = [s for s in shelves if s.number != quote.number and _type(s) == chunk.type]
    shelf = rng.choice(kin) if kin else next(s for s in shelves if s.number == quote.number)
    passages = [p for p in shelf.held.passages if p.id != quote.passage.id]
    same = [p for p in passages if chunk.code is not None and p.chunk.code == chunk.code]
    return shelf, same or passages


def _type(shelf: Shelf) -> str:
    return shelf.held.document.source.type


def _exact(part: Part, shelves: Sequence[Shelf], seed: int, most: int) -> list[Case]:
    del seed
    found: list[Case] = []
    for quote in in_turn(shelves):
        if len(found) == most:
            break
        name = f"exact_quote-{part.value[0]}{len(found):03d}"
        found.append(Case(name, "exact_quote", part, quote.span))
    return found


def _paraphrased(part: Part, shelves: Sequence[Shelf], seed: int, most: int) -> list[Case]:
    found: list[Case] = []
    for quote in in_turn(shelves):
        if len(found) == most:
            break
        if " | " in quote.unit.text:
            continue
        edits = paraphrase(quote.unit.text, seeded(seed, "paraphrase", quote.digest))
        if edits and edited(quote.unit.text, edits).split() != quote.unit.text.split():
            name = f"paraphrase-{part.value[0]}{len(found):03d}"
            found.append(Case(name, "paraphrase", part, quote.span, honest=edits))
    return found


def _renumbered(
    sources: Sequence[Source], cases: Sequence[Case]
) -> tuple[list[Source], list[Case]]:
    """Keep the sources that cases name, in order."""
    used = sorted({s.document for c in cases for s in (c.cited, c.taken) if s is not None})
    new = {old: at for at, old in enumerate(used)}

    def moved(span: Span) -> Span:
        return Span(new[span.document], span.start, span.end, span.digest)

    renumbered = [
        Case(
            c.id,
            c.kind,
            c.part,
            moved(c.cited),
            moved(c.taken) if c.taken else None,
            c.honest,
            c.mutation,
        )
        for c in cases
    ]
    return [sources[old] for old in used], renumbered
