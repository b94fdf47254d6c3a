"""
A link from an electronic health record -> a question, after HL7 Infobutton.

Parameter names are those of HL7 Context-Aware Knowledge Retrieval, URL-Based Implementation Guide,
Release 4. Whatever tells of the patient (``patientPerson.*``, ``age.*``, ``ageGroup.*``,
``observation.*``, ``encounter.*``, ``locationOfInterest.*``, ``performer.*``) is not read: only the
parameters below are ever looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from service.answers import Audience

TERM = "mainSearchCriteria.v.dn"
TERM_IN_WORDS = "mainSearchCriteria.v.ot"
TERM_CODE = "mainSearchCriteria.v.c"
CODE_SYSTEM = "mainSearchCriteria.v.cs"
SUBTOPIC = "subTopic.v.dn"
SUBTOPIC_CODE = "subTopic.v.c"
TASK = "taskContext.c.c"
RECIPIENT = "informationRecipient"
PROFESSION = "informationRecipient.healthCareProvider.c.c"
RESPONSE = "knowledgeResponseType"
READ = (
    TERM,
    TERM_IN_WORDS,
    TERM_CODE,
    CODE_SYSTEM,
    SUBTOPIC,
    SUBTOPIC_CODE,
    TASK,
    RECIPIENT,
    PROFESSION,
)
"""Every parameter that is read, but for the type of the response."""

LONGEST_TERM = 200
MEDICINES = {
    "2.16.840.1.113883.6.88": "RxNorm",
    "2.16.840.1.113883.6.69": "NDC",
    "2.16.840.1.113883.6.208": "NDDF",
    "2.16.840.1.113883.3.26.1.5": "NDF-RT",
}
"""Code systems whose concepts are medicines, by OID; any other is read as a problem."""

_BY_SUBTOPIC = {  # MeSH, and the last of SNOMED CT, as the guide's terminology reference has it
    "Q000009": "What are the adverse reactions of {term}?",
    "Q000744": "What are the contraindications of {term}?",
    "Q000008": "What is the dose of {term}?",
    "Q000493": "What is the pharmacokinetics of {term}?",
    "Q000494": "What is the mechanism of action of {term}?",
    "Q000506": "What is to be done after an overdose of {term}?",
    "Q000627": "What is {term} used for?",
    "Q000628": "Which drugs are recommended for {term}?",
    "Q000633": "What is to be done after an overdose of {term}?",
    "D004347": "What are the interactions of {term}?",
    "79899007": "What are the interactions of {term}?",
}
_BY_TASK = {  # HL7 ActTaskCode
    "MEDOE": "What is the dose of {term}?",
    "MEDREC": "What are the interactions of {term}?",
    "MLREV": "What is {term} used for?",
    "PROBLISTREV": "Which drugs are recommended for {term}?",
    "PROBLISTE": "Which drugs are recommended for {term}?",
}
_BY_PROFESSION = {"163W": Audience.NURSE, "1835": Audience.PHARMACIST}
"""By the first digits of a code of the NUCC's Health Care Provider Taxonomy."""
_MEDICINE, _PROBLEM = "What is {term} used for?", "Which drugs are recommended for {term}?"


@dataclass(frozen=True, slots=True)
class Link:
    """What a record asks: a question, and who will read the answer."""

    question: str
    audience: Audience

    @property
    def address(self) -> str:
        """The page with the question filled in, not yet asked."""
        return f"/?{urlencode({'question': self.question, 'audience': self.audience.value})}"


def read_link(given: Mapping[str, str]) -> Link:
    """
    Return what a link asks, reading no parameter but those in ``READ``.

    A code is not looked up: the name that comes with it is what is asked about. Raises ValueError
    for a link that names nothing.
    """
    term = _words(given.get(TERM) or given.get(TERM_IN_WORDS) or "")
    if not term:
        raise ValueError(f"{TERM} must name a medicine or a problem; a code alone is not looked up")
    return Link(_question(term, given), _audience(given))


def _question(term: str, given: Mapping[str, str]) -> str:
    by_code = _BY_SUBTOPIC.get(given.get(SUBTOPIC_CODE, ""))
    if by_code is not None:
        return by_code.format(term=term)
    if subtopic := _words(given.get(SUBTOPIC) or ""):
        return f"{term}: {subtopic}?"
    of_medicine = given.get(CODE_SYSTEM, "") in MEDICINES
    by_task = _BY_TASK.get(given.get(TASK, ""))
    if by_task is not None and (of_medicine or by_task == _PROBLEM):
        return by_task.format(term=term)
    return (_MEDICINE if of_medicine or not given.get(CODE_SYSTEM) else _PROBLEM).format(term=term)


def _audience(given: Mapping[str, str]) -> Audience:
    """Return the reader: PAT is the patient, PROV and anything else a clinician."""
    if given.get(RECIPIENT, "").upper() == "PAT":
        return Audience.PATIENT
    return _BY_PROFESSION.get(given.get(PROFESSION, "")[:4], Audience.PHYSICIAN)


def _words(text: str) -> str:
    return " ".join(text.split())[:LONGEST_TERM]
