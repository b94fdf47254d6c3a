"""The use case with hand-written fakes: no index, no model, no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.documents import SourceType, Status
from service.answering import Answerer, Begun, Finished, Stated, Understood, Warned
from service.answers import (
    Answer,
    Audience,
    DeclineReason,
    Outcome,
    Passage,
    SafetyKind,
    SectionKind,
    StatementKind,
    Turn,
)
from service.asked import Asked
from service.composing import DraftSentence, ExtractiveComposer
from service.rendering import as_json
from tests.sample_evidence import (
    FOR_DOXEPIN,
    PASSAGES,
    TRIAL_RESULT,
    VOCABULARY,
    FakeRetriever,
)

ROOT = Path(__file__).parents[2]


def answerer(retriever: FakeRetriever | None = None) -> Answerer:
    """Wire the real stages to the fake retriever, as bootstrap wires them to the index."""
    return Answerer(
        VOCABULARY,
        retriever or FakeRetriever(),
        ExtractiveComposer(),
        corpus_date="2026-11-01",
        embedder="fake/1",
        settings="abc",
    )


def dialogue(*questions: str) -> list[Answer]:
    """Ask one question after the other, as one conversation."""
    turns: list[Turn] = []
    answers: list[Answer] = []
    for question in questions:
        answer = answerer().answer(question, turns)
        answers.append(answer)
        turns.append(Turn(question, answer.query, answer.outcome))
    return answers


def texts(answer: Answer, kind: SectionKind) -> list[str]:
    """Return the texts shown in one section."""
    return [
        s.text for section in answer.sections if section.kind is kind for s in section.statements
    ]


def test_the_golden_question_is_answered_from_every_kind_of_source() -> None:
    """The label's insomnia row, the trial's direction, what the guideline recommends instead."""
    (answer,) = dialogue("What is the role of Neltraxone for insomnia?")

    assert answer.query.corrections[0].heard == "Neltraxone"
    assert any("Insomnia | 3%" in text for text in texts(answer, SectionKind.LABEL))
    assert texts(answer, SectionKind.RESEARCH)[0].startswith("Insomnia fell further")
    guidelines = answer.sections[0]
    assert guidelines.note is not None
    assert "Recommendation against · weak · GRADE · adults" in {
        s.subject for s in guidelines.statements
    }
    assert answer.outcome is Outcome.PARTIAL


def test_the_golden_dialogue_keeps_to_its_drugs() -> None:
    """Injection, liver, drug switch and back: each answer quotes the right label only."""
    _, injection, liver, doxepin, renal = dialogue(
        "What is the role of Neltraxone for insomnia?",
        "and the injection?",
        "what about the liver?",
        "and doxepin?",
        "back to naltrexone: dose in renal impairment?",
    )

    assert texts(injection, SectionKind.LABEL)[0].startswith("Insomnia was reported by 14%")
    assert any("liver injury" in text for text in texts(liver, SectionKind.LABEL))
    assert any("3 mg" in text for text in texts(doxepin, SectionKind.LABEL))
    assert texts(renal, SectionKind.LABEL) == [
        "No dose of naltrexone has been established for patients with renal impairment."
    ]


def test_two_drugs_together_are_answered_from_both_labels() -> None:
    """Each label speaks of the other drug, and the warnings of both are shown."""
    answer = dialogue("naltrexone dose", "How much tramadol can I take with it?")[-1]

    assert len(texts(answer, SectionKind.LABEL)) == 2
    assert {notice.drug for notice in answer.safety} == {"tramadol", "naltrexone"}


def test_a_combination_product_is_answered_from_its_own_label() -> None:
    """Contrave is not naltrexone."""
    (answer,) = dialogue("Contrave for weight loss?")

    assert texts(answer, SectionKind.LABEL) == [
        "Contrave is indicated for weight loss beside a diet with fewer calories."
    ]


def test_boxed_warnings_come_first_and_whole() -> None:
    """Every boxed passage of a drug named, verbatim and in order, before contraindications."""
    (answer,) = dialogue("What is the dose of tramadol with naltrexone?")

    kinds = [notice.kind for notice in answer.safety]
    boxed = [n.statement for n in answer.safety if n.kind is SafetyKind.BOXED_WARNING]
    assert kinds == sorted(kinds, key=list(SafetyKind).index)
    assert [statement.text for statement in boxed] == [
        "WARNING: respiratory depression. Tramadol can slow breathing.\nMonitor patients closely.",
        "Tramadol with sedatives can end in death.",
    ]
    assert all(s.citations[0].quote == s.text for s in boxed)


def test_references_count_from_one_in_order_of_appearance() -> None:
    """Every marker shown is in the list, and the list has no other."""
    (answer,) = dialogue("What is the role of naltrexone for insomnia?")

    shown = [n.statement for n in answer.safety]
    shown += [s for section in answer.sections for s in section.statements]
    order = list(dict.fromkeys(c.marker for s in shown for c in s.citations))
    assert order == list(range(1, len(order) + 1))
    assert [reference.marker for reference in answer.references] == order


@pytest.mark.parametrize(
    ("question", "decline"),
    [
        ("Does naltrexone cause purple warts?", DeclineReason.NO_EVIDENCE),
        ("What is the dose of apixaban?", DeclineReason.UNKNOWN_DRUG),
        ("dose of zorbinib", DeclineReason.UNKNOWN_DRUG),
        ("What is the capital of France?", DeclineReason.OUT_OF_SCOPE),
        ("Please prescribe naltrexone", DeclineReason.OUT_OF_SCOPE),
    ],
)
def test_what_the_sources_do_not_say_is_declined(question: str, decline: DeclineReason) -> None:
    """With the reason in a sentence, and no statement."""
    (answer,) = dialogue(question)

    assert (answer.outcome, answer.decline) == (Outcome.DECLINED, decline)
    assert answer.reason
    assert answer.sections == ()
    assert answer.disclaimer.text


def test_a_declined_question_says_what_was_searched() -> None:
    """The reason counts the passages looked at, and provenance holds the same."""
    (answer,) = dialogue("Does naltrexone cause purple warts?")

    assert answer.reason is not None
    assert "label: " in answer.reason
    assert len(answer.provenance.searched) == len(SourceType)


def test_a_look_alike_is_asked_back_without_searching() -> None:
    """Clarifying costs no search, and "yes" then answers."""
    retriever = FakeRetriever()
    asked = answerer(retriever).answer("hydroxizine dose")

    assert asked.outcome is Outcome.CLARIFY
    assert retriever.queries == []
    assert asked.reason is not None


def test_a_question_without_its_drug_is_asked_back() -> None:
    """Nothing is guessed where no drug was named."""
    (answer,) = dialogue("What is the maximum dose?")

    assert answer.outcome is Outcome.CLARIFY


def test_retracted_and_superseded_passages_support_nothing() -> None:
    """Only what is in force today is evidence."""
    old = [
        replace(TRIAL_RESULT, status=Status.RETRACTED),
        replace(FOR_DOXEPIN, status=Status.SUPERSEDED),
    ]
    answer = answerer(FakeRetriever(old)).answer("What is the role of naltrexone for insomnia?")

    assert answer.outcome is Outcome.DECLINED


def test_follow_ups_are_known_to_have_evidence() -> None:
    """Each suggested question, asked, is answered."""
    (answer,) = dialogue("What is the role of naltrexone for insomnia?")

    assert answer.follow_ups
    for follow_up in answer.follow_ups:
        (next_answer,) = dialogue(follow_up.question)
        assert next_answer.outcome in {Outcome.ANSWERED, Outcome.PARTIAL}, follow_up


def test_the_stream_is_the_answer_in_pieces() -> None:
    """Understood first, warnings, statements, then the whole, which holds all of them."""
    steps = list(answerer().stream("What is the dose of tramadol with naltrexone?"))

    answer = steps[-1].answer if isinstance(steps[-1], Finished) else None
    assert isinstance(steps[0], Understood)
    assert answer is not None
    assert [s.notice for s in steps if isinstance(s, Warned)] == list(answer.safety)
    stated = [s.statement for s in steps if isinstance(s, Stated)]
    assert stated == [s for section in answer.sections for s in section.statements]


def test_facts_do_not_depend_on_the_audience() -> None:
    """Statements, citations and safety are the same for every reader."""
    question = "What is the role of naltrexone for insomnia?"

    said = [
        (a.safety, a.sections, a.references)
        for audience in Audience
        for a in [answerer().answer(question, (), audience)]
    ]

    assert all(other == said[0] for other in said)


def test_the_same_question_gives_the_same_bytes() -> None:
    """Timings apart, whatever order equal passages come in."""

    def rendered(passages: Sequence[Passage]) -> str:
        answer = as_json(answerer(FakeRetriever(passages)).answer("naltrexone and insomnia"))
        del answer["timings"]
        return json.dumps(answer)

    assert rendered(PASSAGES) == rendered(PASSAGES)


class LiarComposer:
    """Says what no passage says, and cites a passage that is not there."""

    id = "liar/1"

    def compose(
        self, asked: Asked, evidence: Sequence[tuple[SectionKind, Passage]]
    ) -> list[DraftSentence]:
        """Return one wrong quote and one unknown marker."""
        del asked, evidence
        label, quote = SectionKind.LABEL, StatementKind.QUOTE
        return [
            DraftSentence(label, "Take 500 mg.", quote, (1,), ("Take 500 mg.",), (None,)),
            DraftSentence(label, "Take 50 mg.", quote, (99,), ("Take 50 mg.",), (None,)),
        ]


def test_a_lying_composer_is_withheld_with_reasons() -> None:
    """What fails verification is kept for audit, and the answer says why there is none."""
    liar = Answerer(VOCABULARY, FakeRetriever(), LiarComposer())

    answer = liar.answer("What is the dose of naltrexone?")

    assert answer.decline is DeclineReason.UNSUPPORTED
    assert [statement.reasons for statement in answer.withheld] == [
        ("quote_not_in_passage",),
        ("unknown_marker:99",),
    ]


def test_stage_timings_are_collected() -> None:
    """Every stage is timed, embedding apart from retrieving."""
    (answer,) = dialogue("What is the dose of naltrexone?")

    assert [timing.stage for timing in answer.timings] == [
        "understanding",
        "safety",
        "embedding",
        "retrieving",
        "gating",
        "composing",
        "verifying",
        "comparing",
        "finishing",
    ]


def test_two_processes_give_the_same_bytes() -> None:
    """Nothing depends on the hash seed: the answer is the same in another process."""
    program = (
        "import json; from tests.unit.test_answering import answerer, as_json;"
        "body = as_json(answerer().answer('What is the role of Neltraxone for insomnia?'));"
        "del body['timings']; print(json.dumps(body))"
    )

    said = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]

    assert said[0] == said[1]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("what about the liver?", ("passage-1", "passage-2")),
        ("What is the dose of doxepin?", ()),
        ("insomnia in adults", ()),
    ],
)
def test_what_the_turn_before_cited_stays_a_candidate_of_a_follow_up(
    question: str, expected: tuple[str, ...]
) -> None:
    """A question that takes over nothing takes over no passage either."""
    retriever = FakeRetriever()
    before = answerer().answer("naltrexone for insomnia")
    turn = Turn("naltrexone for insomnia", before.query, before.outcome, ("passage-1", "passage-2"))

    answerer(retriever).answer(question, [turn])
    answerer(retriever).answer(question, article=turn)

    assert retriever.cited == [expected, expected]


def test_the_article_a_conversation_hangs_on_is_its_first_context() -> None:
    """Its drug and its condition are taken over, and the answer quotes that drug's label."""
    about = answerer().answer("naltrexone for insomnia")
    article = Turn("naltrexone for insomnia", about.query, about.outcome)

    answer = answerer().answer("what about the liver?", article=article)

    assert answer.query.carried == ("drug: naltrexone", "condition: insomnia")
    assert any("liver injury" in text for text in texts(answer, SectionKind.LABEL))


def test_several_questions_are_answered_in_parts_under_one_numbering() -> None:
    """Each part has its own sections; safety comes once, and the references cover them all."""
    (answer,) = dialogue(
        "What is the dose of naltrexone and is it safe in pregnancy? And tramadol?"
    )

    asked = [part.query.text for part in answer.parts]
    merged = [s for part in answer.parts for sec in part.sections for s in sec.statements]
    markers = {c.marker for s in merged for c in s.citations}
    assert asked == [
        "What is the dose of naltrexone?",
        "Is naltrexone safe in pregnancy?",
        "tramadol: warnings, pregnancy",
    ]
    assert {notice.drug for notice in answer.safety} == {"tramadol", "naltrexone"}
    assert texts(answer, SectionKind.LABEL) == [
        s.text
        for part in answer.parts
        for section in part.sections
        if section.kind is SectionKind.LABEL
        for s in section.statements
    ]
    assert "50 mg" in texts(answer, SectionKind.LABEL)[0]
    assert markers <= {reference.marker for reference in answer.references}
    assert [r.marker for r in answer.references] == list(range(1, len(answer.references) + 1))


def test_a_part_that_is_declined_or_asked_back_leaves_the_others_answered() -> None:
    """The whole is partial, says how many were answered, and each part says why it was not."""
    (answer,) = dialogue("What is the dose of naltrexone? What is the dose of hydroxizine?")

    assert [part.outcome for part in answer.parts] == [Outcome.PARTIAL, Outcome.CLARIFY]
    assert answer.outcome is Outcome.PARTIAL
    assert answer.reason == "1 of the 2 questions asked were answered, in whole or in part."
    assert [choice.label for choice in answer.query.choices] == ["hydroxyzine", "hydralazine"]


def test_parts_that_all_fail_alike_make_one_outcome() -> None:
    """Nothing was answered, and the whole says so with every reason."""
    (declined,) = dialogue("What is the capital of France? What is the capital of Peru?")
    (mixed,) = dialogue("What is the capital of France? What is the dose of hydroxizine?")

    assert (declined.outcome, declined.decline) == (Outcome.DECLINED, DeclineReason.OUT_OF_SCOPE)
    assert (declined.sections, declined.references) == ((), ())
    assert mixed.outcome is Outcome.CLARIFY
    assert mixed.decline is None


def test_a_reply_chooses_for_the_part_that_asked_back() -> None:
    """The other parts were answered, and are not asked again."""
    answer = dialogue("What is the dose of naltrexone? What is the dose of hydroxizine?", "yes")[-1]

    assert [drug.name for drug in answer.query.drugs] == ["hydroxyzine"]
    assert answer.parts == ()


def test_the_parts_of_an_answer_stream_in_order() -> None:
    """Safety first, then each part before its statements, which carry its number."""
    question = "What is the dose of naltrexone? Is tramadol safe with naltrexone?"
    steps = list(answerer().stream(question))

    order = [step.part for step in steps if isinstance(step, Begun | Stated)]
    first = next(n for n, step in enumerate(steps) if isinstance(step, Begun))
    assert order == sorted(order, key=lambda part: (part is None, part))
    assert {0, 1} == set(order)
    assert all(n < first for n, step in enumerate(steps) if isinstance(step, Warned))
