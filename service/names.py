"""Which names a drug goes by: labels and known medicines -> names, the surest first."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations

from ingest.documents import LabelFacts
from ingest.naming import ingredient
from service.answers import Correction, CorrectionKind, Drug
from service.formulations import formulation_of
from service.medicines import NOT_A_MEDICINE, Medicines
from service.spelling import MAX_DISTANCE, edits
from service.words import GENERIC_WORDS, STOP_WORDS, words

_SHORT = 3
_LISTED = 3  # ingredients; a longer list is not a name anyone says
# International names that differ from the United States adopted name.
_OTHER_GENERICS = frozenset(
    """
    paracetamol pethidine adrenaline noradrenaline salbutamol hyoscine glibenclamide rifampicin
    ciclosporin aciclovir frusemide furosemide lignocaine isoprenaline suxamethonium
    bendroflumethiazide chlorphenamine aminosalicylate
    """.split()
) | {"acetylsalicylic acid", "glyceryl trinitrate", "valproate sodium", "sodium valproate"}
_ALIAS = 5  # letters; a shorter first word is rarely a name of its own


@dataclass(frozen=True, slots=True)
class Name:
    """
    One way to write a drug, as words in a row.

    ``order`` ranks where it comes from (0 label, 1 short form of a label's name, 2 known
    medicine, 3 other substance): names of a lower order win. ``kind`` is what reading it takes:
    None for the drug's own name.
    """

    words: tuple[str, ...]
    drug: Drug
    order: int
    kind: CorrectionKind | None = None
    needs_capital: bool = False

    @property
    def guessable(self) -> bool:
        """Whether a misspelled word may mean this name."""
        return self.order < 3 and not self.needs_capital  # noqa: PLR2004 - see order

    @property
    def is_foreign_brand(self) -> bool:
        """Whether it is a brand that no indexed label has: too many to guess among."""
        return self.order == 2 and self.kind is CorrectionKind.BRAND  # noqa: PLR2004 - see order

    @property
    def misspelled(self) -> bool:
        """Whether the name is itself a variant spelling of the drug's own."""
        return self.kind is CorrectionKind.MISSPELLING

    def correction(self, heard: str) -> Correction | None:
        """Return what to show for reading *heard* so; None where it is the drug's own name."""
        if self.kind is None:
            return None
        meant = self.drug.name
        if self.drug.formulation:
            meant = f"{meant}, {self.drug.formulation}"
        return Correction(heard, meant, self.kind)


def label_names(
    labels: Iterable[LabelFacts], english: Collection[str], known: Mapping[str, tuple[str, ...]]
) -> Iterator[Name]:
    """
    Yield the names of the labels' drugs: generic, ingredient, combination and brand.

    A brand that is one plain word of *english* ("Tabloid") counts only with a capital, and one
    that is a word of the trade or a substance of everyday life ("Iron") not at all. The first
    word of a longer name is a name too ("Depakote" for "Depakote ER") unless *known* has it.
    """
    ordered = sorted(labels, key=lambda f: (f.ingredients, f.brands, f.set_id or ""))
    aliases: list[Name] = []
    for facts in ordered:
        if not facts.ingredients:
            continue
        plain = Drug(_called(facts), facts.ingredients, None, indexed=True)
        for written in _own_names(facts):
            yield from _admitted(Name(written, plain, 0), english)
            aliases += _first_word(written, plain, None, english)
        fixed = Drug(plain.name, plain.ingredients, formulation_of(facts), indexed=True)
        for brand in facts.brands:
            written = words(brand)
            if not written or _means_generic(brand, facts):
                yield from _admitted(Name(written, plain, 0), english)
                continue
            yield from _admitted(Name(written, fixed, 0, CorrectionKind.BRAND), english)
            aliases += _first_word(written, plain, CorrectionKind.BRAND, english)
    yield from _short_names(aliases, known)


def medicine_names(medicines: Medicines, indexed: Mapping[tuple[str, ...], str]) -> Iterator[Name]:
    """
    Yield the names of known medicines; those of *indexed* ingredient sets resolve to these.

    *indexed* maps an ingredient set to what its drug is called.
    """
    for order, held in ((2, medicines.common), (3, medicines.rare)):
        for name, ingredients in held.items():
            if not ingredients:
                continue
            called = indexed.get(ingredients) or _joined(ingredients, name)
            drug = Drug(called, ingredients, None, indexed=ingredients in indexed)
            yield Name(words(name), drug, order, _kind(name, drug))
            if 1 < len(ingredients) <= _LISTED:
                yield Name(words(" ".join(ingredients)), drug, order)


def _called(facts: LabelFacts) -> str:
    own = (*facts.brands, *facts.generics, facts.ingredients[0])
    return _joined(facts.ingredients, own[0])


def _joined(ingredients: tuple[str, ...], otherwise: str) -> str:
    return " and ".join(ingredients) if len(ingredients) <= _LISTED else otherwise


def _own_names(facts: LabelFacts) -> Iterator[tuple[str, ...]]:
    yield words(_called(facts))
    for generic in facts.generics:
        yield words(generic)
        yield words(" and ".join(ingredient(p) for p in re.split(r",? and |, |/", generic)))
    if 1 < len(facts.ingredients) <= _LISTED:
        for order in permutations(facts.ingredients):
            yield words(" and ".join(order))
            yield words(" ".join(order))
            yield words(f"{' '.join(order[:-1])} and {order[-1]}")
    if len(facts.ingredients) == 1:
        yield words(facts.ingredients[0])


def _means_generic(brand: str, facts: LabelFacts) -> bool:
    """Tell whether a "brand" is only the generic name: "Venlafaxine Hydrochloride"."""
    own = {words(generic) for generic in facts.generics} | {words(i) for i in facts.ingredients}
    return words(brand) in own or words(ingredient(brand)) in own


def _admitted(name: Name, english: Collection[str]) -> Iterator[Name]:
    if not name.words or all(len(word) < _SHORT for word in name.words):
        return
    if len(name.words) > 1:
        yield name
        return
    word = name.words[0]
    if word in NOT_A_MEDICINE or word in STOP_WORDS or word in GENERIC_WORDS:
        return
    if name.kind is CorrectionKind.BRAND and word in english:
        yield Name(name.words, name.drug, name.order, name.kind, needs_capital=True)
    else:
        yield name


def _first_word(
    written: tuple[str, ...],
    drug: Drug,
    kind: CorrectionKind | None,
    english: Collection[str],
) -> list[Name]:
    if len(written) < 2:  # noqa: PLR2004 - a one-word name has no shorter form
        return []
    first = written[0]
    if len(first) < _ALIAS or first in english or not first.isalpha():
        return []
    if kind is None and len(drug.ingredients) > 1:
        return []
    return [Name((first,), drug, 1, kind or CorrectionKind.SYNONYM)]


def _short_names(aliases: list[Name], known: Mapping[str, tuple[str, ...]]) -> Iterator[Name]:
    """Yield short forms that are brands, that nothing else is called, or that several share."""
    shared: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for name in aliases:
        shared.setdefault(name.words, set()).add(name.drug.ingredients)
    for name in aliases:
        brand = name.kind is CorrectionKind.BRAND
        if brand or name.words[0] not in known or len(shared[name.words]) > 1:
            yield name


def _kind(name: str, drug: Drug) -> CorrectionKind | None:
    """Tell a variant spelling ("naltrexon") from a brand or another name ("paracetamol")."""
    if words(name) == words(drug.name):
        return None
    if any(words(name) == words(part) for part in drug.ingredients):
        return None
    plain = words(ingredient(name))
    if plain == words(drug.name):
        return None
    target = drug.ingredients[0] if len(drug.ingredients) == 1 else ""
    if len(plain) == 1 and target.isalpha() and 0 < edits(plain[0], target) <= MAX_DISTANCE:
        return CorrectionKind.MISSPELLING
    return CorrectionKind.SYNONYM if name in _OTHER_GENERICS else CorrectionKind.BRAND
