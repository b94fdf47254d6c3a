"""
The drug vocabulary: names -> drugs, as the indexed labels and known medicines write them.

Exact names first, the longest that fits; then misspellings, and only where one drug is clearly
nearer than every other and is not mistaken for another. What cannot be decided is a choice for
the person who asked, never a guess.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace

from ingest.documents import LabelFacts
from service.answers import Correction, CorrectionKind, Drug, NamedClass
from service.classes import DrugClass
from service.lookalikes import LOOK_ALIKES
from service.medicines import NO_MEDICINES, Medicines
from service.names import Name, label_names, medicine_names
from service.spelling import Nearby, Speller
from service.words import GENERIC_WORDS, STOP_WORDS, Token, stem, tokens

MARGIN = 1.0
"""How much nearer the best drug must be than the second best, in edits, to be chosen."""

CHOICES = 4
"""Drugs offered at most when a name is ambiguous."""

_SEPARATE = re.compile(
    r"\b(?:together|interact\w*|each other|versus|vs|compar\w+|either|both|switch\w*|between"
    r"|combin(?:e|ed|ing)|safe(?:ly)? with)\b"
)
_STEMS = re.compile(
    r"\w{2,}(?:mab|nib|pril|sartan|statin|olol|azole|cillin|mycin|floxacin|vir|tidine|prazole"
    r"|gliptin|gliflozin|glutide|triptan|setron|caine|azepam|azolam|barbital|dronate|parin"
    r"|xaban|gatran|grel|ciclib|parib|platin|rubicin|taxel|oxetine|tyline|idone|azine|lukast"
    r"|terol|solone|onide|thiazide|semide|zosin|dipine|fibrate|formin|glitazone|trexone|xepin"
    r"|cycline|penem|bactam|cept|kinra|limus|zodone|peridol|apine|pressin|relin|tocin|trombopag)"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """
    A drug in a text; ``text[start:end] == heard``.

    ``drugs`` holds one drug when the name is settled and several when it must be asked back;
    ``doubtful`` asks back about one alone.
    """

    heard: str
    start: int
    end: int
    drugs: tuple[Drug, ...]
    correction: Correction | None = None
    doubtful: bool = False

    @property
    def settled(self) -> bool:
        """Whether the name means one drug."""
        return len(self.drugs) == 1 and not self.doubtful


@dataclass(frozen=True, slots=True)
class Found:
    """The drugs of a text in order, and words that look like a drug nobody knows."""

    mentions: tuple[Mention, ...] = ()
    unknown: tuple[str, ...] = ()


class Vocabulary:
    """Every drug name that is understood; built once per snapshot, then only read."""

    def __init__(
        self,
        names: Iterable[Name],
        *,
        english: Collection[str] = frozenset(),
        corpus: Collection[str] = frozenset(),
    ) -> None:
        """Index *names* (earlier ones win); see `of` for the rest."""
        self._formulations: dict[tuple[str, ...], set[str]] = {}
        self._names: dict[tuple[str, ...], list[Name]] = {}
        self._of_drug: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
        for name in names:
            held = self._names.setdefault(name.words, [])
            if not held or (held[0].order == name.order and not _held(held, name)):
                held.append(name)
            stemmed = tuple(map(stem, name.words))
            self._of_drug.setdefault(name.drug.ingredients, set()).add(stemmed)
            if name.drug.formulation is not None:
                held_forms = self._formulations.setdefault(name.drug.ingredients, set())
                held_forms.add(name.drug.formulation)
        self._longest: dict[str, int] = {}
        for written in self._names:
            self._longest[written[0]] = max(self._longest.get(written[0], 0), len(written))
        own = {n[0] for n, held in self._names.items() if len(n) == 1 and held[0].guessable}
        self._english = frozenset(english) - own
        self._corpus = corpus
        guessable = (n for n, held in self._names.items() if held[0].guessable)
        self._speller = Speller(w for n in guessable for w in n if w not in self._english)

    @classmethod
    def of(
        cls,
        labels: Iterable[LabelFacts],
        *,
        medicines: Medicines = NO_MEDICINES,
        english: Collection[str] = frozenset(),
        corpus: Collection[str] = frozenset(),
    ) -> Vocabulary:
        """
        Return the vocabulary of a snapshot's current labels.

        *medicines* adds known drugs that are not indexed. *english* and *corpus* (lower-case
        words of the language and of the indexed texts) are words that are never taken for a
        misspelled drug.
        """
        own = tuple(label_names(labels, english, medicines.common))
        indexed = {name.drug.ingredients: name.drug.name for name in own}
        return cls((*own, *medicine_names(medicines, indexed)), english=english, corpus=corpus)

    def find(self, text: str) -> Found:
        """Return the drugs that *text* names, and the words that look like unknown ones."""
        line = tokens(text)
        apart = _SEPARATE.search(text.lower()) is not None
        mentions: list[Mention] = []
        unknown: list[str] = []
        at = 0
        while at < len(line):
            mention, size = self._exact(text, line, at, apart=apart)
            if mention is None:
                mention, size = self._misspelled(text, line, at)
            if mention is not None:
                mentions.append(mention)
            elif self._looks_unknown(line[at]):
                unknown.append(text[line[at].start : line[at].end])
            at += size
        return Found(tuple(mentions), tuple(unknown))

    def is_word(self, word: str) -> bool:
        """Tell whether a lower-case word is English, of the corpus, or of the trade."""
        return (
            word in self._english
            or word in self._corpus
            or word in STOP_WORDS
            or word in GENERIC_WORDS
        )

    def names_of(self, drug: Drug) -> tuple[tuple[str, ...], ...]:
        """Return every name of *drug*, as stems in a row, in alphabetical order."""
        return tuple(sorted(self._of_drug.get(drug.ingredients, ())))

    def drug(self, name: str) -> Drug | None:
        """Return the drug of exactly this name, or None."""
        held = self._names.get(tuple(token.word for token in tokens(name)))
        return held[0].drug if held and len(held) == 1 else None

    def named_class(self, drug_class: DrugClass) -> NamedClass:
        """Return a class with those of its drugs that have a label indexed."""
        members = (self.drug(name) for name in drug_class.members)
        return NamedClass(drug_class.name, tuple(d for d in members if d is not None and d.indexed))

    def formulated(self, drug: Drug, asked: str) -> Drug:
        """
        Return *drug* in the formulation asked for, in the words of its label where one fits.

        "injection" becomes "extended-release injection" where that is the drug's only injection.
        """
        labelled = sorted(self._formulations.get(drug.ingredients, ()))
        fitting = [form for form in labelled if set(asked.split()) <= set(form.split())]
        return replace(drug, formulation=fitting[0] if len(fitting) == 1 else asked)

    def _exact(
        self, text: str, line: list[Token], at: int, *, apart: bool
    ) -> tuple[Mention | None, int]:
        longest = self._longest.get(line[at].word, 0)
        for size in range(min(longest, len(line) - at), 0, -1):
            part = line[at : at + size]
            held = self._names.get(tuple(token.word for token in part))
            if held is None or (apart and "and" in {token.word for token in part}):
                continue
            heard = text[part[0].start : part[-1].end]
            if held[0].needs_capital and not heard[0].isupper():
                continue
            if held[0].misspelled:
                return self._decided(text, part, [(n.drug, 0.0) for n in held]), size
            drugs = tuple(name.drug for name in held[:CHOICES])
            settled = held[0].correction(heard) if len(held) == 1 else None
            return Mention(heard, part[0].start, part[-1].end, drugs, settled), size
        return None, 1

    def _misspelled(self, text: str, line: list[Token], at: int) -> tuple[Mention | None, int]:
        word = line[at].word
        if self.is_word(word):
            return None, 1
        near: dict[tuple[str, ...], tuple[Name, Nearby, int]] = {}
        for candidate in self._speller.nearest(word):
            name, size = self._name_with(candidate.word, line, at)
            if name is not None:
                near.setdefault(name.drug.ingredients, (name, candidate, size))
        if not near:
            return None, 1
        name, best, size = next(iter(near.values()))
        scored = [(other.drug, candidate.score) for other, candidate, _ in near.values()]
        mention = self._decided(text, line[at : at + size], scored)
        if mention.settled and not best.sure:
            return None, 1
        if mention.settled and name.is_foreign_brand:
            mention = replace(mention, correction=None, doubtful=True)
        return mention, size

    def _name_with(self, word: str, line: list[Token], at: int) -> tuple[Name | None, int]:
        """Return the longest name that begins with *word* and goes on as the text does."""
        following = tuple(token.word for token in line[at + 1 : at + 6])
        for size in range(min(self._longest.get(word, 0), len(following) + 1), 0, -1):
            if held := self._names.get((word, *following[: size - 1])):
                return held[0], size
        return None, 1

    def _decided(self, text: str, part: list[Token], scored: list[tuple[Drug, float]]) -> Mention:
        """Choose the nearest drug, or offer choices: near ties, and names that are mistaken."""
        heard = text[part[0].start : part[-1].end]
        best, score = scored[0]
        rivals = [drug for drug, other in scored[1:] if other - score < MARGIN]
        names = {best.name, *best.ingredients} if len(best.ingredients) == 1 else {best.name}
        for partner in sorted({p for name in names for p in LOOK_ALIKES.get(name, ())}):
            drug = self.drug(partner)
            if drug is not None and drug.ingredients not in {d.ingredients for d in rivals}:
                rivals.append(drug)
        drugs = (best, *rivals)[:CHOICES]
        meant = Correction(heard, called(best), CorrectionKind.MISSPELLING)
        correction = meant if len(drugs) == 1 else None
        return Mention(heard, part[0].start, part[-1].end, drugs, correction)

    def _looks_unknown(self, token: Token) -> bool:
        return not self.is_word(token.word) and _STEMS.fullmatch(token.word) is not None


def _held(held: list[Name], name: Name) -> bool:
    return any(other.drug.ingredients == name.drug.ingredients for other in held)


def drug_names(drugs: Iterable[Drug]) -> str:
    """Return what to call the drugs together: "naltrexone, extended-release injection"."""
    return " and ".join(called(drug) for drug in drugs)


def called(drug: Drug) -> str:
    """Return the drug's name and, where one is fixed, its formulation."""
    return f"{drug.name}, {drug.formulation}" if drug.formulation else drug.name


def same_drug(first: Drug, second: Drug) -> bool:
    """Tell whether two drugs are of the same ingredients, formulation apart."""
    return first.ingredients == second.ingredients


def merged(drugs: Iterable[Drug]) -> tuple[Drug, ...]:
    """Return the drugs in order, each ingredient set once, the first formulation kept."""
    found: dict[tuple[str, ...], Drug] = {}
    for drug in drugs:
        held = found.get(drug.ingredients)
        if held is None or (held.formulation is None and drug.formulation is not None):
            found[drug.ingredients] = drug
    return tuple(found.values())
