"""
Units of doses, times and laboratory values -> a factor and a dimension, by Pint.

Pint knows what a unit is worth; the table here only knows how clinical texts write it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import pint

# As written, lower case -> Pint's name. Plurals in -s are read as well.
_WRITTEN = {
    "kg": "kilogram", "g": "gram", "gm": "gram", "mg": "milligram", "mcg": "microgram",
    "µg": "microgram", "ug": "microgram", "ng": "nanogram", "pg": "picogram",
    "kilogram": "kilogram", "gram": "gram", "milligram": "milligram", "microgram": "microgram",
    "nanogram": "nanogram", "picogram": "picogram", "lb": "pound", "pound": "pound",
    "l": "liter", "dl": "deciliter", "ml": "milliliter", "µl": "microliter", "mcl": "microliter",
    "ul": "microliter", "cc": "milliliter", "liter": "liter", "litre": "liter",
    "deciliter": "deciliter", "decilitre": "deciliter", "milliliter": "milliliter",
    "millilitre": "milliliter", "microliter": "microliter", "microlitre": "microliter",
    "mol": "mole", "mmol": "millimole", "µmol": "micromole", "umol": "micromole",
    "nmol": "nanomole", "pmol": "picomole", "millimole": "millimole", "micromole": "micromole",
    "meq": "milliequivalent", "milliequivalent": "milliequivalent",
    "iu": "drug_unit", "international unit": "drug_unit", "unit": "drug_unit", "u": "drug_unit",
    "miu": "millidrug_unit", "milliunit": "millidrug_unit", "million unit": "megadrug_unit",
    "mm hg": "mmHg", "mmhg": "mmHg", "kpa": "kilopascal",
    "cm": "centimeter", "mm": "millimeter", "m": "meter", "nm": "nanometer", "inch": "inch",
    "inches": "inch",
    "m^2": "meter**2", "m2": "meter**2", "cm^2": "centimeter**2", "mm^3": "millimeter**3",
    "mm3": "millimeter**3", "cm2": "centimeter**2",
    "square meter": "meter**2",
    "second": "second", "sec": "second", "minute": "minute", "min": "minute", "mins": "minute",
    "hour": "hour", "hr": "hour", "h": "hour", "day": "day", "d": "day", "week": "week",
    "wk": "week", "month": "month", "mo": "month", "year": "year", "yr": "year",
    "msec": "millisecond",
    "ms": "millisecond", "millisecond": "millisecond",
    "kcal": "kilocalorie", "calorie": "calorie", "mev": "megaelectron_volt", "gy": "gray",
    "mci": "millicurie", "millicurie": "millicurie", "mbq": "megabecquerel",
    "°c": "delta_degree_Celsius", "°f": "delta_degree_Fahrenheit",
    "%": "percentage", "percent": "percentage", "per cent": "percentage",
    "cell": "cell", "copy": "genome_copy", "copies": "genome_copy", "beat": "beat",
    "person-year": "person_year", "patient-year": "person_year",
}  # fmt: skip

_LONGEST_FIRST = sorted(_WRITTEN, key=len, reverse=True)
_ONE = rf"(?:{'|'.join(re.escape(word) for word in _LONGEST_FIRST)})s?"
_COUNT = r"[1-9]\d*(?:,\d{3})*(?:\.\d+)?"
_END = r"(?![A-Za-z^])"

PATTERN = (
    rf"(?:{_ONE}|/ ?(?:µl|mcl|ul|dl|ml|l|mm\^?3)){_END}"
    rf"(?: ?(?:/|\bper\b) ?(?:{_COUNT} ?)?(?:{_ONE}){_END})*"
)
"""A unit, simple or compound: mg, mg/kg, mL/min/1.73 m^2, or only "per": 10^9/L."""

_PER = re.compile(r" ?(?:/|\bper\b) ?")
_PART = re.compile(rf"(?P<count>{_COUNT})? ?(?P<unit>{_ONE}){_END}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """
    A unit: ``factor`` times the base unit of its ``dimension``.

    A compound unit keeps the dimensions of its parts ("[mass]/[mass]" for mg/kg): a dose per body
    weight is no percentage, although both are without dimension in physics.
    """

    factor: Decimal
    dimension: str


COUNT = Unit(Decimal(1), "count")
"""No unit at all: a number of patients, an odds ratio, a score."""


@lru_cache(maxsize=1)
def _registry() -> pint.UnitRegistry[Decimal]:
    registry: pint.UnitRegistry[Decimal] = pint.UnitRegistry(non_int_type=Decimal)
    # Units of biological activity and equivalents have no conversion to mass, by definition.
    registry.define("drug_unit = [activity_of_a_drug]")
    registry.define("equivalent = [charge_equivalent]")
    registry.define("cell = [cells]")
    registry.define("genome_copy = [copies]")
    registry.define("beat = [beats]")
    registry.define("percentage = [share]")
    registry.define("person_year = [person_time]")
    return registry


@lru_cache(maxsize=1024)
def unit(written: str) -> Unit:
    """
    Return the unit that *written*, a match of `PATTERN`, spells.

    Raises KeyError where a part of it is no unit.
    """
    factor, dimensions = Decimal(1), []
    for at, part in enumerate(_PER.split(written.strip())):
        if not part and at == 0:
            dimensions.append("count")
            continue
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise KeyError(part)
        one = _simple(match.group("unit"))
        if match.group("count"):
            one = Unit(one.factor * Decimal(match.group("count").replace(",", "")), one.dimension)
        factor = factor * one.factor if at == 0 else factor / one.factor
        dimensions.append(one.dimension)
    return Unit(factor, "/".join(dimensions))


def _simple(written: str) -> Unit:
    word = written.lower()
    name = _WRITTEN.get(word) or _WRITTEN[word.removesuffix("s")]
    base = _registry().Quantity(Decimal(1), name).to_base_units()
    return Unit(Decimal(base.magnitude), str(base.dimensionality))
