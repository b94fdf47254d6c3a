"""What a question asks for: every intent, in the words that clinicians use."""

from __future__ import annotations

import pytest

from service.answers import Topic
from service.topics import cues, topics_of

PHRASINGS: dict[Topic, tuple[str, ...]] = {
    Topic.INDICATION: (
        "What is naltrexone indicated for?",
        "Is naltrexone approved for gambling disorder?",
        "What are the approved uses of naltrexone?",
        "Is use of trazodone as a hypnotic off-label?",
        "What is naltrexone prescribed for?",
        "What is naltrexone used for?",
    ),
    Topic.DOSE: (
        "What is the usual dose of lithium?",
        "How much lithium should be started?",
        "How often is methotrexate given?",
        "lithium dosing in adults",
        "How should tramadol be titrated?",
        "maximum daily amount of tramadol",
    ),
    Topic.ADVERSE_REACTION: (
        "What are the side effects of naltrexone?",
        "adverse reactions to metformin",
        "Does metformin cause lactic acidosis?",
        "Which unwanted effects does doxepin have?",
        "Can zolpidem lead to falls?",
        "How well is doxepin tolerated?",
    ),
    Topic.INTERACTION: (
        "Does lithium interact with ibuprofen?",
        "Can tramadol be taken with sertraline?",
        "drug interactions of warfarin",
        "concomitant use of opioids with zolpidem",
        "Can warfarin and amoxicillin be combined?",
        "Can it be co-prescribed with an SSRI?",
    ),
    Topic.CONTRAINDICATION: (
        "When is naltrexone contraindicated?",
        "Who should not take naltrexone?",
        "contraindications to bupropion",
        "Which patients must avoid tramadol?",
        "Who can't take metformin?",
    ),
    Topic.PREGNANCY: (
        "Is naltrexone safe in pregnancy?",
        "Can pregnant women take lithium?",
        "lithium in the first trimester",
        "Is methotrexate teratogenic?",
        "Does warfarin harm the fetus?",
    ),
    Topic.LACTATION: (
        "Can naltrexone be used while breastfeeding?",
        "Does lithium pass into breast milk?",
        "sertraline in nursing mothers",
        "tramadol and lactation",
    ),
    Topic.PEDIATRIC: (
        "Is tramadol safe in children?",
        "amoxicillin dosing for infants",
        "paediatric use of sertraline",
        "Can a 10-year-old take zolpidem?",
        "sertraline in adolescents",
    ),
    Topic.GERIATRIC: (
        "zolpidem in older adults",
        "Is doxepin safe for elderly people?",
        "geriatric dosing of lithium",
        "tramadol in patients over 65",
        "zolpidem in an 80-year-old",
    ),
    Topic.RENAL: (
        "lithium in renal impairment",
        "Can metformin be used in kidney disease?",
        "metformin with an eGFR of 40",
        "tramadol in patients on dialysis",
        "creatinine clearance below 30",
    ),
    Topic.HEPATIC: (
        "naltrexone in hepatic impairment",
        "Is naltrexone safe in cirrhosis?",
        "what about the liver?",
        "Does naltrexone raise liver enzymes?",
        "tramadol in Child-Pugh C",
    ),
    Topic.MECHANISM: (
        "How does naltrexone work?",
        "mechanism of action of suvorexant",
        "How do SSRIs work?",
        "What is the pharmacology of tramadol?",
        "Which receptors does doxepin act on?",
    ),
    Topic.EFFICACY: (
        "How effective is naltrexone for alcohol dependence?",
        "Does doxepin help with insomnia?",
        "Does metformin reduce mortality?",
        "evidence for trazodone in insomnia",
        "Is melatonin of any benefit?",
    ),
    Topic.COMPARISON: (
        "Is doxepin better than zolpidem?",
        "naltrexone versus acamprosate",
        "How does apixaban compare with warfarin?",
        "What is the difference between doxepin and trazodone?",
        "alternatives to zolpidem",
    ),
    Topic.MONITORING: (
        "What should be monitored with lithium?",
        "Which blood tests are needed with methotrexate?",
        "How often should INR be checked?",
        "lithium serum levels",
        "monitoring of thyroid function",
    ),
    Topic.OVERDOSE: (
        "How is an overdose of tramadol managed?",
        "What happens if too much lithium is taken?",
        "Is there an antidote for warfarin?",
        "lithium poisoning",
        "signs of a tramadol overdose",
    ),
}


@pytest.mark.parametrize(
    ("topic", "question"),
    [(topic, question) for topic, asked in PHRASINGS.items() for question in asked],
)
def test_an_intent_is_heard_in_every_phrasing(topic: Topic, question: str) -> None:
    """The words differ, what is asked for does not."""
    assert topic in topics_of(cues(question))


def test_every_intent_has_its_phrasings() -> None:
    """Four ways to ask at least, none of them of two minds about the group of patients."""
    assert all(len(asked) >= 4 for asked in PHRASINGS.values())


@pytest.mark.parametrize(
    ("question", "topic"),
    [
        ("low-dose naltrexone for fibromyalgia", Topic.DOSE),
        ("What is lithium carbonate?", Topic.DOSE),
        ("a deliverable on schedule", Topic.HEPATIC),
        ("a 45-year-old with insomnia", Topic.PEDIATRIC),
        ("a 45-year-old with insomnia", Topic.GERIATRIC),
        ("inoperable tumour", Topic.EFFICACY),
        ("salt intake", Topic.HEPATIC),
    ],
)
def test_what_only_looks_like_an_intent_is_none(question: str, topic: Topic) -> None:
    """Parts of other words and of drug names say nothing."""
    assert topic not in topics_of(cues(question))
