"""
Medicines that exist, whether or not a label of theirs is indexed.

Names come from ``drug-named-entity-recognition`` (MIT; MedlinePlus, NHS and DrugBank's open
vocabulary, CC0). Its module is never imported: that builds n-gram tables for 2.5 s and 400 MB
and opens files under the home folder. Only its data file is read, by an unpickler that can
build nothing but plain containers.
"""

from __future__ import annotations

import bz2
import pickle
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from ingest.naming import ingredient_set
from service.spelling import english_words
from service.words import words

PACKAGE = "drug-named-entity-recognition"
_FILE = "drug_named_entity_recognition/drug_ner_dictionary.pkl.bz2"

# Brand names that are also entries of the English word list: kept, because clinicians say them.
_BRANDS_IN_DICTIONARY = frozenset(
    """
    advil allegra antabuse benadryl botox cipro clonidine dexedrine dilantin emend imodium
    levodopa librium maalox metamucil motrin nitroglycerine oxycontin paracetamol pethidine
    prozac ritalin robitussin thorazine tylenol valium ventolin viagra xanax zoloft zyrtec
    adrenaline noradrenaline salbutamol hyoscine phytonadione
    """.split()
)

# Substances of the body, of the kitchen and of the laboratory: naming one does not ask about a
# medicine, unless an indexed label is about it.
NOT_A_MEDICINE = frozenset(
    """
    alcohol ethanol caffeine calcium chloride copper cortisol estrogen fluoride glucose gold
    hemoglobin iodine iron lactate magnesium nitrogen oxygen phosphate phosphorus potassium
    progesterone protein selenium sodium starch sugar sulfur testosterone thyroid urea water zinc
    dextrose carbon air soap honey tobacco nicotine generics phospholipids
    """.split()
)

_FORM_WORDS = re.compile(
    r"\b(?:buccal|dental|implant|inhalation|injection|intranasal|intravenous|lipid complex"
    r"|liposomal|nasal|ophthalmic|oral|otic|patch|powder|rectal|spray|sublingual|suppository"
    r"|systemic|topical|transdermal|urogenital|vaginal)\b"
)


class _ContainersOnly(pickle.Unpickler):
    """Reads dictionaries, lists, strings and numbers; refuses to look up any class."""

    def find_class(self, module_name: str, global_name: str, /) -> Any:  # noqa: ANN401
        """Refuse: a data file has no business naming code."""
        raise pickle.UnpicklingError(f"refused to load {module_name}.{global_name}")


@dataclass(frozen=True, slots=True)
class Medicines:
    """
    Lower-case name -> ingredient set.

    ``common`` holds medicines in use, with their brands: a misspelling may mean one of them.
    ``rare`` holds other substances under their own name: recognised, never guessed.
    """

    common: Mapping[str, tuple[str, ...]]
    rare: Mapping[str, tuple[str, ...]]


NO_MEDICINES = Medicines({}, {})

_COMBINATIONS = {
    "namzaric": ("donepezil", "memantine"),
    "soliqua": ("insulin glargine", "lixisenatide"),
    "synjardy": ("empagliflozin", "metformin"),
    "trijardy": ("empagliflozin", "linagliptin", "metformin"),
    "xultophy": ("insulin degludec", "liraglutide"),
}
"""Brands of combinations that the list gives to one of their parts alone."""


def load_medicines() -> Medicines:
    """
    Return about 13,000 names of 2,100 medicines in use, and 8,000 other substances.

    In use are the medicines of MedlinePlus, the NHS list, and combinations with an encyclopedia
    page. A brand made of English words alone ("Relief") is left out, and so are substances that
    are rather food, analytes or elements ("potassium").
    Empty where the package is not installed: then only indexed drugs are known. Takes about
    half a second; the caller keeps the result.
    """
    try:
        path = Path(str(distribution(PACKAGE).locate_file(_FILE)))
    except PackageNotFoundError:
        return NO_MEDICINES
    with bz2.open(path, "rb") as file:
        content = _ContainersOnly(file).load()
    english = english_words()
    records: dict[str, dict[str, Any]] = content["drug_canonical_to_data"]
    common: dict[str, tuple[str, ...]] = {}
    rare: dict[str, tuple[str, ...]] = {}
    for name, canonicals in sorted(content["drug_variant_to_canonical"].items()):
        for canonical in sorted(canonicals):
            record = records.get(canonical, {})
            if _in_use(canonical, record) and _is_a_name(name, canonical, english):
                common.setdefault(name, ingredients_of(canonical))
            elif _is_substance(name, canonical, record) and name not in english:
                rare.setdefault(name, ingredients_of(canonical))
    return Medicines(common | _COMBINATIONS, rare)


def _in_use(canonical: str, record: Mapping[str, Any]) -> bool:
    combination = "/" in canonical and "wikipedia_url" in record
    return "medline_plus_id" in record or "nhs_url" in record or combination


def _is_substance(name: str, canonical: str, record: Mapping[str, Any]) -> bool:
    own = name == canonical and "drugbank_id" in record
    return own and name.isalpha() and _is_a_name(name, canonical, ())


def _is_a_name(name: str, canonical: str, english: Collection[str]) -> bool:
    parts = words(name)
    if not parts or len(name) < 4:  # noqa: PLR2004 - shorter names are abbreviations of anything
        return False
    if all(part in NOT_A_MEDICINE or len(part) < 4 for part in parts):  # noqa: PLR2004
        return False
    ordinary = all(part in english for part in parts)
    return not ordinary or name in _BRANDS_IN_DICTIONARY or name == canonical


def ingredients_of(canonical: str) -> tuple[str, ...]:
    """Return the ingredient set a canonical name spells: "x, y, and z" -> ("x", "y", "z")."""
    plain = re.sub(r"\([^)]*\)|\[|\]", " ", canonical.lower())
    parts = re.split(r",? and |, |/|\+| with ", plain)
    return ingredient_set([_FORM_WORDS.sub(" ", part).strip() for part in parts])
