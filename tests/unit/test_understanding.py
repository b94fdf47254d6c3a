"""Questions and conversations, understood without a model."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from ingest.documents import LabelFacts
from service.answers import CorrectionKind, DeclineReason, Outcome, Query, Topic, Turn
from service.drugs import Vocabulary
from service.medicines import Medicines
from service.understanding import understand

LABELS = [
    LabelFacts(("naltrexone",), ("ReVia",), ("naltrexone hydrochloride",), "a", routes=("ORAL",)),
    LabelFacts(("naltrexone",), ("Vivitrol",), ("naltrexone",), "b", routes=("INTRAMUSCULAR",)),
    LabelFacts(
        ("bupropion", "naltrexone"),
        ("Contrave",),
        ("naltrexone hydrochloride and bupropion hydrochloride",),
        "c",
    ),
    LabelFacts(("doxepin",), ("Silenor",), ("doxepin",), "d"),
    LabelFacts(("tramadol",), ("Ultram",), ("tramadol hydrochloride",), "e"),
    LabelFacts(("hydroxyzine",), (), ("hydroxyzine hydrochloride",), "f"),
    LabelFacts(("hydralazine",), (), ("hydralazine hydrochloride",), "g"),
    LabelFacts(("lithium",), (), ("lithium carbonate",), "h"),
    LabelFacts(("metformin",), (), ("metformin hydrochloride",), "i"),
]
ENGLISH = frozenset(
    "what is the role of for and a an injection about liver back to dose in renal impairment how"
    " much can i take with it safe pregnancy capital france write poem sea store wine insomnia"
    " recommended hypertension adults weight loss maximum lithium yes first second".split()
)
MEDICINES = Medicines(common={"melatonin": ("melatonin",), "apixaban": ("apixaban",)}, rare={})
VOCABULARY = Vocabulary.of(LABELS, medicines=MEDICINES, english=ENGLISH)


def dialogue(*questions: str, article: Turn | None = None) -> list[Query]:
    """Ask one question after the other and return what each was understood as."""
    turns: list[Turn] = []
    for question in questions:
        query = understand(question, turns, VOCABULARY, article)
        turns.append(Turn(question, query, outcome_of(query)))
    return [turn.query for turn in turns]


def outcome_of(query: Query) -> Outcome:
    """Return the outcome that follows from understanding alone."""
    if query.decline is not None:
        return Outcome.DECLINED
    return Outcome.CLARIFY if query.reason is not None else Outcome.ANSWERED


def names(query: Query) -> list[str]:
    """Return what the query's drugs are called."""
    return [drug.name for drug in query.drugs]


def test_a_self_contained_question_keeps_its_words() -> None:
    """The misspelling is put right and shown; nothing else changes."""
    (query,) = dialogue("What is the role of Neltraxone for insomnia?")

    assert query.text == "What is the role of naltrexone for insomnia?"
    assert (names(query), query.condition) == (["naltrexone"], "insomnia")
    assert [(c.heard, c.meant, c.kind) for c in query.corrections] == [
        ("Neltraxone", "naltrexone", CorrectionKind.MISSPELLING)
    ]
    assert query.carried == ()


def test_the_golden_dialogue_is_followed() -> None:
    """Each turn replaces one slot of the one before and keeps the others."""
    _, injection, liver, doxepin, renal, tramadol = dialogue(
        "What is the role of Neltraxone for insomnia?",
        "and the injection?",
        "what about the liver?",
        "and doxepin?",
        "back to naltrexone: dose in renal impairment?",
        "How much tramadol can I take with it?",
    )

    assert injection.drugs[0].formulation == "extended-release injection"
    assert injection.condition == "insomnia"
    assert liver.text == "naltrexone extended-release injection: insomnia, hepatic impairment"
    assert liver.topics == (Topic.HEPATIC,)
    assert (names(doxepin), doxepin.condition) == (["doxepin"], "insomnia")
    assert (names(renal), renal.topics) == (["naltrexone"], (Topic.DOSE, Topic.RENAL))
    assert renal.carried == ()
    assert names(tramadol) == ["tramadol", "naltrexone"]
    assert tramadol.text == "How much tramadol can I take with naltrexone?"
    assert Topic.INTERACTION in tramadol.topics


@pytest.mark.parametrize(
    ("follow_up", "drugs", "text"),
    [
        ("Is it safe in pregnancy?", ["naltrexone"], "Is naltrexone safe in pregnancy?"),
        ("and in liver disease?", ["naltrexone"], "naltrexone: insomnia, hepatic impairment"),
        ("What is its half-life?", ["naltrexone"], "What is naltrexone's half-life?"),
        ("and with lithium?", ["lithium", "naltrexone"], None),
        ("What is the maximum dose?", ["naltrexone"], None),
        ("in older adults?", ["naltrexone"], "naltrexone: insomnia, older adults"),
        ("no, I meant doxepin", ["doxepin"], None),
    ],
)
def test_follow_ups_take_over_what_they_leave_out(
    follow_up: str, drugs: list[str], text: str | None
) -> None:
    """Pronouns, ellipses, additions and corrections stand alone once understood."""
    query = dialogue("naltrexone for insomnia", follow_up)[-1]

    assert names(query) == drugs
    assert text is None or query.text == text


@pytest.mark.parametrize(
    ("first", "correction", "drugs", "text", "left_out"),
    [
        (
            "dose of tramadol",
            "sorry, not tramadol, doxepin",
            ["doxepin"],
            "doxepin: dose",
            "tramadol",
        ),
        ("dose of hydroxyzine", "no, I meant hydralazine", ["hydralazine"], None, "hydroxyzine"),
        (
            "Can I take hydroxyzine with lithium?",
            "no, hydralazine",
            ["hydralazine", "lithium"],
            "hydralazine and lithium: drug interactions",
            "hydroxyzine",
        ),
        (
            "Can I take tramadol with lithium?",
            "I didn't mean tramadol, I meant doxepin",
            ["doxepin", "lithium"],
            "doxepin and lithium: drug interactions",
            "tramadol",
        ),
        (
            "Is doxepin safe in adults?",
            "I meant in children, not adults",
            ["doxepin"],
            "doxepin: warnings, children",
            None,
        ),
        (
            "What is the dose of doxepin?",
            "the side effects, not the dose",
            ["doxepin"],
            "doxepin: adverse reactions",
            "dose",
        ),
        ("doxepin for depression", "not depression, insomnia", ["doxepin"], None, "depression"),
        ("doxepin for insomnia", "without the doxepin?", [], "insomnia", "doxepin"),
        ("Contrave for weight loss?", "not Contrave, only naltrexone", ["naltrexone"], None, None),
    ],
)
def test_a_correction_replaces_its_slot_and_keeps_the_rest(
    first: str, correction: str, drugs: list[str], text: str | None, left_out: str | None
) -> None:
    """Drug, condition, topic or group of patients; what was taken back is shown."""
    query = dialogue(first, correction)[-1]

    assert names(query) == drugs
    assert text is None or query.text == text
    assert left_out is None or f"left out: {left_out}" in query.carried


@pytest.mark.parametrize(
    ("question", "drugs"),
    [
        ("Is doxepin not recommended for insomnia?", ["doxepin"]),
        ("Can tramadol be used without lithium?", ["tramadol", "lithium"]),
        ("Why should children not take tramadol?", ["tramadol"]),
        ("doxepin, not tramadol, for insomnia in adults", ["doxepin"]),
    ],
)
def test_what_is_said_of_a_drug_is_not_taken_back(question: str, drugs: list[str]) -> None:
    """A negation within the question's own sense leaves its drugs alone."""
    assert names(dialogue("metformin dose", question)[-1]) == drugs


def test_the_dose_is_meant_in_the_group_named_next() -> None:
    """After a dose, organ failure or age asks for its dose; another topic drops it."""
    assert dialogue("dose of lithium", "and in renal impairment?")[-1].topics == (
        Topic.DOSE,
        Topic.RENAL,
    )
    assert dialogue("side effects of lithium", "and in renal impairment?")[-1].topics == (
        Topic.RENAL,
    )


@pytest.mark.parametrize(
    "question",
    [
        "What is recommended for hypertension in adults?",
        "treatment of hypertension in pregnancy",
        "What is the dose of metformin?",
        "Contrave for weight loss?",
        "metformin dose",
    ],
)
def test_a_new_subject_takes_over_nothing(question: str) -> None:
    """A question that says everything itself is not bent to the conversation."""
    query = dialogue("naltrexone for insomnia", question)[-1]

    assert query.carried == ()
    assert "naltrexone" not in names(query)


def test_carried_parts_are_shown() -> None:
    """What was taken over is listed for the reader, in words."""
    query = dialogue("naltrexone for insomnia", "and in pregnancy?")[-1]

    assert query.carried == ("drug: naltrexone", "condition: insomnia")


def test_a_pronoun_beside_its_own_drug_means_that_drug() -> None:
    """The word "it" after "naltrexone" in one sentence does not reach into the conversation."""
    query = dialogue("doxepin for insomnia", "Is metformin safer if it is taken with food?")[-1]

    assert names(query) == ["metformin"]


def test_the_article_is_the_first_turn() -> None:
    """A conversation that hangs on an article starts from what the article is about."""
    about = understand("naltrexone for insomnia", (), VOCABULARY)
    article = Turn("naltrexone for insomnia", about, Outcome.ANSWERED)

    (query,) = dialogue("what about the liver?", article=article)

    assert names(query) == ["naltrexone"]


def test_look_alikes_are_asked_back_with_choices() -> None:
    """The question is repeated with each drug in the place of the doubtful word."""
    (query,) = dialogue("hydroxizine dose")

    assert [choice.question for choice in query.choices] == ["hydroxyzine dose", "hydralazine dose"]
    assert query.drugs == ()
    assert query.reason is not None
    assert "hydroxyzine" in query.reason


@pytest.mark.parametrize(
    ("reply", "drug"),
    [
        ("yes", "hydroxyzine"),
        ("the first", "hydroxyzine"),
        ("2", "hydralazine"),
        ("hydralazine", "hydralazine"),
    ],
)
def test_a_reply_to_a_choice_settles_it(reply: str, drug: str) -> None:
    """A "yes" takes the drug proposed; an ordinal or a name takes its own."""
    query = dialogue("hydroxizine dose", reply)[-1]

    assert names(query) == [drug]
    assert query.topics == (Topic.DOSE,)
    assert query.bare == reply


@pytest.mark.parametrize("reply", ["no", "Neither.", "none of them"])
def test_to_decline_every_choice_is_to_be_asked_for_the_drug(reply: str) -> None:
    """Nothing is assumed; the name that comes next is asked about as the first question was."""
    _, refused, filled = dialogue("hydroxizine dose", reply, "metformin")

    assert outcome_of(refused) is Outcome.CLARIFY
    assert refused.choices == ()
    assert names(filled) == ["metformin"]
    assert filled.topics == (Topic.DOSE,)


def test_a_misspelled_brand_without_a_label_is_asked_back() -> None:
    """There are too many to guess among, and one is offered, not taken."""
    brands = Medicines(common={"eliquis": ("apixaban",), "apixaban": ("apixaban",)}, rare={})
    query = understand("dose of Eliqius", (), Vocabulary.of(LABELS, medicines=brands))

    assert [choice.question for choice in query.choices] == ["dose of apixaban"]
    assert query.reason is not None
    assert query.reason.endswith("Do you mean apixaban?")


@pytest.mark.parametrize("question", ["Is it safe in pregnancy?", "What is the maximum dose?"])
def test_a_question_without_its_drug_is_asked_back(question: str) -> None:
    """Nothing to lean on: the drug is asked for, and the next word fills it in."""
    asked, filled = dialogue(question, "naltrexone")

    assert outcome_of(asked) is Outcome.CLARIFY
    assert names(filled) == ["naltrexone"]
    assert filled.topics == asked.topics


@pytest.mark.parametrize(
    "question", ["What is the capital of France?", "Write a poem about the sea"]
)
def test_what_is_not_medical_is_out_of_scope(question: str) -> None:
    """In the middle of a conversation too."""
    assert dialogue("naltrexone dose", question)[-1].decline is DeclineReason.OUT_OF_SCOPE


def test_a_request_to_act_is_out_of_scope() -> None:
    """Reporting is offered, prescribing is not; asking whether one may is a question."""
    acted, asked = dialogue(
        "Please prescribe naltrexone for my patient", "Can I prescribe naltrexone with opioids?"
    )

    assert acted.decline is DeclineReason.OUT_OF_SCOPE
    assert asked.decline is None


@pytest.mark.parametrize("question", ["dose of zorbinib", "What is the dose of Flumoxitan?"])
def test_an_unheard_of_drug_is_declined(question: str) -> None:
    """A name nobody knows is not answered with another drug."""
    query = dialogue("naltrexone for insomnia", question)[-1]

    assert query.decline is DeclineReason.UNKNOWN_DRUG


def test_a_known_drug_without_label_is_searched() -> None:
    """Melatonin has no label here; guidelines and studies may still speak of it."""
    (query,) = dialogue("What is the evidence for melatonin?")

    assert query.decline is None
    assert [drug.indexed for drug in query.drugs] == [False]


def test_emergencies_and_patient_details_are_noticed() -> None:
    """Emergency care comes first, and identifying details are pointed out, not repeated."""
    (query,) = dialogue("Mr. Smith, MRN 1234567, took 40 tablets of tramadol")

    assert query.notice is not None
    assert query.notice.startswith("If this is happening now")
    assert "record number" in query.notice
    assert "1234567" not in query.notice


@pytest.mark.parametrize(
    ("question", "condition"),
    [
        ("naltrexone for cholestatic itching", "pruritus"),
        ("Is naltrexone used for trichotillomania?", "trichotillomania"),
        ("metformin in patients with PCOS", "polycystic ovary syndrome"),
        ("naltrexone in patients with renal disease", None),
    ],
)
def test_conditions_are_found_by_name_and_by_place(question: str, condition: str | None) -> None:
    """Listed conditions under any name; others after "for" and "patients with"."""
    assert dialogue(question)[-1].condition == condition


def test_the_same_conversation_is_understood_the_same() -> None:
    """Understanding has no state and no chance in it."""
    asked: Sequence[str] = ("What is the role of Neltraxone for insomnia?", "and the injection?")

    assert dialogue(*asked) == dialogue(*asked)
