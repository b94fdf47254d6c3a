"""Numbers, units, ranges, comparators and frequencies, read as values."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.gates.frequencies import frequencies
from service.gates.numerals import NUMBER, value
from service.gates.quantities import quantities
from service.gates.units import PATTERN, unit
from service.gates.writing import normalised


def values(text: str) -> list[str]:
    """The keys of the quantities of a text."""
    return [quantity.key for quantity in quantities(normalised(text))]


def rates(text: str) -> list[str]:
    """The keys of the frequencies of a text."""
    return [frequency.key for frequency in frequencies(normalised(text))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("0.5 g", "500 mg"),
        ("500 mcg", "0.5 mg"),
        ("4,523 patients", "4523 patients"),
        ("4 523 patients", "4523 patients"),
        (".5 mg", "0.5 mg"),
        ("0·5 mg", "0.50 mg"),
        ("50-mg tablets", "50 mg tablets"),
        ("24 hours", "1 day"),
        ("12 months", "one year"),
        ("28 days", "four weeks"),
        ("1 to 4.5 mg", "1-4.5 mg"),
        ("1–4.5 mg", "between 1 and 4.5 mg"),
        ("5 mg/kg", "5 mg per kg"),
        ("50 mcg/mL", "50 mg/L"),
        ("115 mg/m 2", "115 mg/m²"),
        ("1.5 × 10⁹/L", "1.5 x 10^9/L"),
        ("51/91", "51 of 91"),
        ("5, 10 and 15 mg", "5 mg, 10 mg and 15 mg"),
        ("≥65 years", "65 years and older"),
        ("≥65 years", "65 or older"),
        ("age 65 years or greater", "at least 65 years"),
        ("≤50 mg", "no more than 50 mg"),
        ("up to 50 mg", "not to exceed 50 mg"),
        ("maximum dose is 50 mg", "at most 50 mg"),
        ("<18 years", "younger than 18 years"),
        (">3 times", "more than 3 times"),
        ("15 kg to less than 20 kg", "at least 15 kg but under 20 kg"),
        ("twofold", "2-fold"),
        ("twice the dose", "2 times the dose"),
        ("week 12", "12 weeks"),
        ("days 1 to 5", "1 to 5 days"),
        ("the second or third day", "day two or three"),
        ("phase III", "phase 3"),
        ("a quarter of patients", "25% of patients"),
        ("12 weeks at most", "no longer than 12 weeks"),
        ("twenty-one days", "21 days"),
        ("14 percent", "14%"),
    ],
)
def test_one_value_written_in_two_ways_is_one_value(one: str, other: str) -> None:
    """Units are converted, numbers in words are read, comparators have one sign."""
    assert values(one)
    assert values(one) == values(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("5 mg", "0.5 mg"),
        ("5 mg", "5 mcg"),
        ("5 mg", "5 mg/kg"),
        ("5 mg", "5 mL"),
        ("5%", "5"),
        ("1-4.5 mg", "1-4 mg"),
        ("≤50 mg", "<50 mg"),
        ("≤50 mg", "50 mg"),
        ("at least 50 mg", "at most 50 mg"),
        ("once daily or up to 6 cycles", "once daily or more than 6 cycles"),
        ("more than 50 mg", "at least 50 mg"),
        ("5 days", "5 weeks"),
        ("50 units", "50 mg"),
        ("10⁹/L", "109/L"),
        ("4,523", "4.523"),
        ("-2.1", "2.1"),
    ],
)
def test_two_values_are_never_one(one: str, other: str) -> None:
    """A decimal point, a unit, a bound or a sign makes another value."""
    assert values(one) != values(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("twice daily", "two times a day"),
        ("twice daily", "b.i.d."),
        ("10 mg every 12 hours", "10 mg twice a day"),
        ("every 8 hours", "three times daily"),
        ("once a week", "weekly"),
        ("once daily", "every day"),
        ("50 mg/day", "50 mg per day"),
        ("every other day", "on alternate days"),
        ("every 12 months", "annually"),
        ("biennially", "every two years"),
        ("at least twice a week", "≥ 2 times a week"),
        ("every 28 days", "every 4 weeks"),
    ],
)
def test_one_frequency_written_in_two_ways_is_one(one: str, other: str) -> None:
    """Latin, words and intervals that divide a day are one schedule."""
    assert rates(one)
    assert rates(one) == rates(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("daily", "weekly"),
        ("twice daily", "once daily"),
        ("every 4 weeks", "monthly"),
        ("every 6 hours as needed", "four times a day as needed"),
        ("every 4 to 6 hours", "every 4 hours"),
        ("at least twice a week", "twice a week"),
    ],
)
def test_two_frequencies_are_never_one(one: str, other: str) -> None:
    """An interval "as needed" is a limit and no schedule; four weeks are no month."""
    assert rates(one) != rates(other)


@pytest.mark.parametrize(
    "text", ["CYP2D6", "vitamin B12", "half-life", "no one", "over 90 minutes", "HbA1c"]
)
def test_what_only_looks_like_a_value_is_none(text: str) -> None:
    """Digits within a name are a name; a duration is not a bound."""
    assert not any(key.startswith(("≥", ">", "≤", "<")) for key in values(text))
    assert values(text) in ([], ["5400 [time]"])


@given(st.decimals("0.001", "99999", places=3))
def test_milligrams_and_grams_agree_on_every_number(number: Decimal) -> None:
    """The law of conversion: n mg is n/1000 g, whatever n."""
    assert values(f"{number} mg") == values(f"{number / 1000:f} g")


@given(st.decimals("0.01", "9999", places=2), st.sampled_from(["mg", "mL", "units", "%", "hours"]))
def test_a_shifted_decimal_is_another_value(number: Decimal, its: str) -> None:
    """Ten times a dose is never the dose."""
    assert values(f"{number} {its}") != values(f"{number * 10} {its}")


@given(st.integers(1, 999_999_999))
def test_a_number_reads_the_same_with_and_without_commas(number: int) -> None:
    """Thousands are grouped for the eye alone."""
    assert value(f"{number:,}") == value(str(number)) == number


def test_a_compound_unit_keeps_what_it_is_per() -> None:
    """mg/kg is no percentage, although both have no dimension in physics."""
    assert unit("mg/kg").dimension != unit("%").dimension
    assert unit("mg/kg").factor == unit("mcg/g").factor


def test_patterns_are_read_whole() -> None:
    """The patterns that other modules build on name one number, one unit."""
    assert "(?P<" not in NUMBER + PATTERN
