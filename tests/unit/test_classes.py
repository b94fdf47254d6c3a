"""Drug classes in questions, in conversations, in retrieval's words and at the evidence gate."""

from __future__ import annotations

import pytest

from ingest.documents import LabelFacts
from service.answers import Outcome, Query, Topic, Turn
from service.asked import asked
from service.classes import CLASSES, classes_in
from service.drugs import Vocabulary
from service.gating import Thresholds, is_evidence
from service.medicines import load_medicines
from service.seeking import names_beside
from service.spelling import english_words
from service.understanding import understand
from tests.sample_evidence import passage, source

TRAMADOL = LabelFacts(("tramadol",), (), ("tramadol hydrochloride",), "t")
SERTRALINE = LabelFacts(("sertraline",), (), ("sertraline hydrochloride",), "s")
MEDICINES = load_medicines()
VOCABULARY = Vocabulary.of([TRAMADOL, SERTRALINE], medicines=MEDICINES, english=english_words())


def read(question: str, *before: str) -> Query:
    """Return what *question* is understood as after the questions *before*."""
    turns: list[Turn] = []
    for each in before:
        turns.append(Turn(each, understand(each, turns, VOCABULARY), Outcome.ANSWERED))
    return understand(question, turns, VOCABULARY)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Can I take an SSRI with tramadol?", ["SSRIs"]),
        ("statins, or HMG-CoA reductase inhibitors", ["statins", "statins"]),
        ("benzodiazepines with opioids", ["benzodiazepines", "opioids"]),
        ("NSAIDs and an ACE inhibitor", ["NSAIDs", "ACE inhibitors"]),
        ("monoamine oxidase inhibitors", ["MAO inhibitors"]),
        ("loop diuretics", ["loop diuretics"]),
        ("a diuretic", ["diuretics"]),
        ("opioid antagonists", ["opioid antagonists"]),
        ("non-opioid analgesics in opioid use disorder", []),
        ("nonbenzodiazepine hypnotics", ["Z-drugs"]),
    ],
)
def test_classes_are_found_under_their_names(text: str, names: list[str]) -> None:
    """Short and long names, singular and plural; never inside the name of something else."""
    assert [mention.drug_class.name for mention in classes_in(text)] == names


def test_every_member_is_a_medicine_by_its_own_name() -> None:
    """A member that nobody knows would never be met; one misspelled would be another drug."""
    known = {name for held in (MEDICINES.common, MEDICINES.rare) for name in held}
    known |= {part for held in MEDICINES.common.values() for part in held}
    strange = {m for held in CLASSES.values() for m in held.members if m not in known}

    assert strange == set()


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_a_class_name_is_no_drug_known_or_unknown(name: str) -> None:
    """Asked about, it stands among the classes, and the question is searched."""
    query = read(f"What are the side effects of {name}?")

    assert [held.name for held in query.classes] == [name]
    assert query.drugs == ()
    assert (query.decline, query.reason) == (None, None)


def test_a_class_and_a_drug_ask_for_their_interaction() -> None:
    """Two subjects in one question; the class is shown with its indexed members."""
    query = read("Can I take an SSRI with tramadol?")

    assert [drug.name for drug in query.drugs] == ["tramadol"]
    assert [(held.name, [m.name for m in held.members]) for held in query.classes] == [
        ("SSRIs", ["sertraline"])
    ]
    assert Topic.INTERACTION in query.topics


def test_a_class_is_carried_and_replaced_like_a_drug() -> None:
    """An ellipsis keeps it, a drug of its own takes its place, and a pronoun does not."""
    kept = read("and in liver disease?", "Are statins safe in pregnancy?")
    replaced = read("and tramadol?", "Are statins safe in pregnancy?")

    assert kept.text == "statins: hepatic impairment"
    assert kept.carried == ("class: statins",)
    assert replaced.classes == ()
    assert [drug.name for drug in replaced.drugs] == ["tramadol"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Selective serotonin reuptake inhibitors add to the risk.", True),
        ("Given with sertraline, it may cause serotonin syndrome.", True),
        ("Given with alcohol, it may slow breathing.", False),
    ],
)
def test_evidence_on_a_drug_and_a_class_names_it_or_a_member(text: str, *, expected: bool) -> None:
    """What the drug's label says of others does not answer."""
    wanted = asked(read("Can I take an SSRI with tramadol?"), VOCABULARY)
    held = passage(source(TRAMADOL, "label"), text, headings=("Interactions",), code="34073-7")

    assert is_evidence(held, wanted, Thresholds()) is expected


def test_a_question_on_a_class_alone_is_answered_from_its_members_labels() -> None:
    """The label of another drug does not speak for the class, though it names it."""
    wanted = asked(read("What are the side effects of SSRIs?"), VOCABULARY)

    def speaks(facts: LabelFacts) -> bool:
        held = passage(source(facts, "label"), "Nausea was common.", code="34084-4")
        return is_evidence(held, wanted, Thresholds())

    assert speaks(SERTRALINE)
    assert not speaks(TRAMADOL)


def test_a_label_is_searched_for_the_names_of_the_class_beside_its_drug() -> None:
    """The class, its members and the other drugs; not the class that the drug is of."""
    query = read("Can I take an SSRI with tramadol?")
    (tramadol,) = query.drugs
    (sertraline,) = query.classes[0].members

    assert {"SSRIs", "sertraline", "fluoxetine"} <= set(names_beside(query, tramadol).split())
    assert names_beside(query, sertraline) == "tramadol"
