"""The text of a chat message: complete, the same in pieces, every marker where it is said to be."""

from __future__ import annotations

import re

import pytest

from service.answering import Answerer
from service.answers import Answer, Outcome, SectionKind
from service.chatting import Chat, Piece, words_in
from service.composing import ExtractiveComposer
from service.rehearing import LONGEST_MEMORY, rehear
from service.serialising import as_json
from service.streaming import Event, Teller
from tests.sample_evidence import VOCABULARY, FakeRetriever
from tests.sample_runtime import (
    AGAINST,
    BOXED,
    INSOMNIA,
    TRIAL,
    FakeAnswerer,
)

ANSWERER = Answerer(VOCABULARY, FakeRetriever(), ExtractiveComposer(), corpus_date="2026-11-01")
QUESTIONS = (
    "What is the role of Neltraxone for insomnia?",
    "Does naltrexone cause purple warts?",
    "What is the capital of France?",
    "hydroxizine dose",
    "What is the dose of naltrexone? What is the dose of hydroxizine?",
)


def pieces_of(question: str, answerer: Answerer | FakeAnswerer = ANSWERER) -> list[Piece]:
    """Write the message that answers *question*."""
    chat, teller = Chat(), Teller("2026-11-01")
    told = [piece for e in teller.tell(answerer.stream(question)) for piece in chat.tell(e)]
    answer = teller.answer
    assert isinstance(answer, Answer)
    return [*told, *chat.close(as_json(answer))]


def message(question: str, answerer: Answerer | FakeAnswerer = ANSWERER) -> str:
    """Return the whole message."""
    return "".join(piece.text for piece in pieces_of(question, answerer))


def test_a_message_holds_everything_in_its_order() -> None:
    """Understood, safety, sections, what leads, conflicts, references, next, disclaimer."""
    text = message("What is the role of Zorvanix?", FakeAnswerer())

    parts = [
        "Understood as: What is the role of zorvanex for insomnia?",
        "## Safety first",
        "**Zorvanex: boxed warning**",
        f"> “{BOXED}” [2]",
        "## From the Guidelines",
        f"“{AGAINST}” [1] *[1] Project summary of".replace("*[1]", r"*\[1\]"),
        "## From the FDA Drug Label",
        f"**zorvanex · Adverse Reactions** “{INSOMNIA}” [2]",
        "## From the Research",
        f"“{TRIAL}” [3]",
        "## In short",
        "## Where the sources disagree",
        "- less insomnia (population: not stated; comparator: no treatment): “",
        "**References**",
        "- [1] Insomnia in adults: a clinical practice guideline",
        "<https://labels.example.org/zorvanex>",
        "**You could ask next**",
        "- What is the dose of zorvanex?",
        "Educational purpose only; not reviewed by a human",
        "Disclaimer (2026-01-01): A reference aid for health care professionals.",
    ]
    at = [text.find(part) for part in parts]
    assert -1 not in at, parts[at.index(-1)]
    assert at == sorted(at)
    assert text.rstrip().endswith("A reference aid for health care professionals.")


@pytest.mark.parametrize("question", QUESTIONS)
def test_every_message_ends_with_review_and_disclaimer(question: str) -> None:
    """Answered, partial, declined or asked back."""
    answer = ANSWERER.answer(question)

    text = message(question)
    assert answer.review in text
    assert answer.disclaimer.version in text.rstrip().rpartition("\n\n")[2]


def test_offsets_enclose_the_marker() -> None:
    """Each annotation points at its own marker in the joined text, beyond the basic plane too."""
    answerer = FakeAnswerer()
    told = pieces_of("What is the role of 💊 Zorvanix?", answerer)
    text = "".join(piece.text for piece in told)
    noted = [one for piece in told for one in piece.noted]

    assert len(noted) >= 6
    urls = {text[one.start : one.end]: one.url.partition("#")[0] for one in noted}
    assert urls == {
        "[1]": "https://guidelines.example.org/insomnia",
        "[2]": "https://labels.example.org/zorvanex",
    }


def test_a_marker_without_a_reference_does_not_occur() -> None:
    """The references are those of the markers in the text, all of them and no more."""
    text = message("What is the role of Neltraxone for insomnia?")
    body, _, listed = text.partition("**References**")

    markers = set(re.findall(r"\[(\d+)\]", body))
    lines = [line for line in listed.split("\n") if line.startswith("- [")]
    references = re.findall(r"\[(\d+)\]", " ".join(line.partition(" (")[0] for line in lines))
    assert set(references) == markers
    assert len(references) == len(set(references))


def test_asked_back_has_its_choices_and_declined_its_reason() -> None:
    """Neither is an error, and both say what to do."""
    asked_back = message("hydroxizine dose")
    declined = ANSWERER.answer("What is the capital of France?")

    assert "\n1. " in asked_back
    assert "\n2. " in asked_back
    assert declined.reason is not None
    assert declined.reason in message("What is the capital of France?")


def test_each_of_several_questions_has_its_heading() -> None:
    """And what became of it is told by its number."""
    text = message("several at once", FakeAnswerer())

    assert "# 1. What is the role of zorvanex for insomnia?" in text
    assert "# 2. What is its dose?" in text
    assert "Question 2: The indexed sources do not answer" in text


def test_recommendations_for_the_condition_alone_are_headed_by_what_is_missing() -> None:
    """Before the first of them, not after the last: they are not about the drug asked about."""
    text = message("What is the role of Neltraxone for insomnia?")
    answer = ANSWERER.answer("What is the role of Neltraxone for insomnia?")
    (section,) = (one for one in answer.sections if one.kind is SectionKind.GUIDELINES)

    assert section.note is not None
    assert section.note.startswith("No indexed guideline passage answers this about naltrexone")
    assert f"## From the Guidelines\n\n*{section.note}*\n\n" in text
    assert text.count(section.note) == 1


def test_source_words_are_no_markup() -> None:
    """What a source says cannot become a link, a heading or an instruction to a terminal."""
    chat = Chat()
    told = [
        *chat.tell(
            Event("section", {"kind": "label", "heading": "Label", "part": None, "note": None})
        ),
        *chat.tell(_statement("# [x](javascript:1) <b>\n\n\x1b[2J ![i](http://h)")),
        *chat.close(as_json(ANSWERER.answer("What is the capital of France?"))),
    ]

    text = told[1].text
    assert "\\# \\[x\\](javascript:1) \\<b\\>" in text
    assert "\x1b" not in text
    assert "!\\[i\\]" in text


def test_usage_counts_words_and_marks() -> None:
    """Two words and a mark are three."""
    assert words_in("Take 5 mg, once.") == 6
    assert words_in("") == 0


def test_earlier_questions_are_understood_and_not_answered() -> None:
    """A follow-up finds its drug in them."""
    turns = rehear(["What is the role of naltrexone for insomnia?", "and doxepin?"], VOCABULARY)

    assert [turn.query.drugs[0].name for turn in turns] == ["naltrexone", "doxepin"]
    assert turns[1].query.condition == "insomnia"
    assert {turn.cited for turn in turns} == {()}


def test_a_choice_can_be_made_by_a_word() -> None:
    """What was asked back is known to have been, so that the next message may settle it."""
    (turn,) = rehear(["hydroxizine dose"], VOCABULARY)

    assert turn.outcome is Outcome.CLARIFY
    assert turn.query.choices
    assert rehear(["What is the capital of France?"], VOCABULARY)[0].outcome is Outcome.DECLINED


def test_a_long_chat_is_remembered_to_its_length() -> None:
    """Only the latest questions are understood again."""
    assert len(rehear(["naltrexone dose"] * (LONGEST_MEMORY + 5), VOCABULARY)) == LONGEST_MEMORY


def _statement(text: str) -> Event:
    return Event(
        "statement",
        {
            "section": "label",
            "part": None,
            "kind": "quote",
            "text": text,
            "subject": "",
            "citations": [],
        },
    )
