"""Facts about drug names as identities."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.naming import ingredient, ingredient_set


@pytest.mark.parametrize(
    ("name", "identity"),
    [
        ("NALTREXONE HYDROCHLORIDE", "naltrexone"),
        ("Atorvastatin calcium trihydrate", "atorvastatin"),
        ("lisinopril anhydrous", "lisinopril"),
        ("Anhydrous theophylline", "theophylline"),
        ("lithium carbonate", "lithium"),
        ("sodium chloride", "sodium chloride"),
        ("magnesium sulfate", "magnesium sulfate"),
        ("penicillin G benzathine", "penicillin g"),
        ("naloxone hydrochloride dihydrate", "naloxone"),
        ("valproic acid", "valproic acid"),
        ("insulin  glargine", "insulin glargine"),
        ("olanzapine (pamoate)", "olanzapine"),
        ("", ""),
    ],
)
def test_a_salt_is_not_part_of_a_drugs_identity(name: str, identity: str) -> None:
    """Salts, hydrates and case go; what is the drug itself stays."""
    assert ingredient(name) == identity


def test_look_alikes_stay_apart() -> None:
    """Names that differ by more than a salt are different drugs."""
    assert ingredient("hydroxyzine hydrochloride") != ingredient("hydralazine hydrochloride")
    assert ingredient("citalopram hydrobromide") != ingredient("escitalopram oxalate")


def test_a_set_is_sorted_distinct_and_without_blanks() -> None:
    """Two salts of one drug are one ingredient; an empty name is none."""
    names = ["NALOXONE HCl", "buprenorphine", "Naloxone hydrochloride", " "]

    assert ingredient_set(names) == ("buprenorphine", "naloxone")


@given(st.text())
def test_an_identity_is_its_own_identity(name: str) -> None:
    """Naming what is already an identity changes nothing."""
    identity = ingredient(name)

    assert ingredient(identity) == identity


@given(st.lists(st.text(alphabet="abc sodium", max_size=12)))
def test_the_order_of_names_does_not_matter(names: list[str]) -> None:
    """A combination product is the same whichever ingredient is listed first."""
    assert ingredient_set(names) == ingredient_set(names[::-1])
