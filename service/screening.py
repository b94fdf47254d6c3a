"""
What a question must be met with before it is searched: scope, emergencies, patient details.

Cue words only, and on the side of answering: a clinician who asks about an overdose is pointed
to emergency care and gets an answer as well.
"""

from __future__ import annotations

import re

from service.wording import wording

_EMERGENCY = re.compile(
    r"\b(?:(?:not|stopped|isn['’]t) breathing|can(?:['’]t|not) breathe"
    r"|unconscious|unresponsive|(?:has|have|just) collapsed"
    r"|(?:is|went|gone) (?:in|into) cardiac arrest"
    r"|having an? (?:seizure|stroke|heart attack)"
    r"|(?:is|are|am|still) (?:seizing|convulsing|choking)"
    r"|(?:in|into) anaphyla\w+|anaphyla\w+ (?:now|right now)"
    r"|(?:took|taken|swallowed|ingested|drank|injected) (?:too many|too much|\d{2,} "
    r"(?:tablets?|pills?|capsules?|of)|all (?:of )?(?:the|her|his|my|their)"
    r"|an? (?:whole|bottle|handful|large|full|overdose))"
    r"|(?:just|has|have|she|he|i|child) overdosed\b|overdosed (?:now|today|tonight|an hour ago)"
    r"|(?:she|he|i|patient|friend)(?: is|['’]s| am|['’]m) (?:acutely |actively )?suicidal"
    r"|kill (?:myself|himself|herself|themselves)|want(?:s)? to die|end my life"
    r"|crushing chest pain|chest pain (?:now|right now)|turn(?:ing|ed) blue|massive bleeding"
    r"|bleeding (?:heavily|won['’]t stop|out)|throat is (?:swelling|closing))",
    re.IGNORECASE,
)

_MONTH = "jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec"
_DAY = (
    r"\d{1,4}[-/. ]\d{1,2}[-/. ]\d{1,4}"
    rf"|(?:{_MONTH})[a-z]*\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?(?:{_MONTH})[a-z]*\.?,? \d{{4}}"
)
_NUMBER_OF = (
    r"mrn|medical record(?: (?:number|no))?|patient (?:id|number)|(?:hospital|chart|member|policy"
    r"|insurance|medicare|medicaid|account) (?:id|no|number)|nhs(?: (?:no|number))?"
)
_IS = r"(?:\W{0,3}|\W+(?:is|was|of)\W+)"
_PATIENT_IS = r"\b(?:patient|pt)(?:['’]s)?(?:\W+name)?\W+(?:is |is called |called |named |name is )"
_TITLE = r"\b(?:Mr|Mrs|Ms|Miss|Mx)\b\.? "
_IDENTIFIERS = (
    ("a record number", rf"(?i:\b(?:{_NUMBER_OF})\b[.#]?{_IS}#?[a-z]{{0,3}}-?\d[\d -]{{3,}}\d)"),
    ("a social security number", r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
    (
        "a social security number",
        r"(?i:\b(?:ssn|social security(?: (?:no|number))?)\W{0,3}\d{9}\b)",
    ),
    (
        "a date of birth",
        rf"(?i:\b(?:dob|d\.o\.b\.|date of birth|birth ?date|born(?: on)?){_IS}(?:{_DAY}))",
    ),
    ("an email address", r"[\w.+-]+@[\w-]+\.[\w.]+"),
    (
        "a telephone number",
        r"(?<![\d.])(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4}(?![\d.])(?! ?m?c?g\b)",
    ),
    ("a telephone number", r"(?i:\b(?:tel|phone|mobile|cell)\b\W{0,3}\+?\d[\d ()-]{7,})"),
    (
        "a street address",
        r"\b\d{1,5} (?:[A-Z][a-z]+ ){1,3}(?:Street|St|Avenue|Ave|Road|Rd|Lane|Drive)\b",
    ),
    ("a name", _TITLE + r"(?!of\b)[A-Z][a-z]+"),
    ("a name", rf"(?i:{_PATIENT_IS})[A-Z][a-z]+ [A-Z][a-z]+"),
    ("a name", r"\b[Pp]atient(?:['’]s)? (?:name|named)\W{0,3}(?:is )?[A-Z][a-z]+"),
    ("a name", r"\b[Mm]y (?:patient|client),? [A-Z][a-z]+ [A-Z][a-z]+"),
)
_IDENTIFIER_PATTERNS = tuple((kind, re.compile(pattern)) for kind, pattern in _IDENTIFIERS)

_ACT = re.compile(
    r"^\W*(?:please +|can you +|could you +|would you +|will you +|i (?:want|need) you to +)*"
    r"(?:prescribe|order|schedule|book|refill|renew|cancel|dispense|send|e-?prescribe|call in"
    r"|admit|discharge|refer|fax|sign|enter|place an order|write (?:me |him |her )?a prescription"
    r"|(?:increase|decrease|change|adjust|stop|start) (?:my|his|her|their|this|the) "
    r"(?:patient|mother|father|dose|medication|prescription))\b",
    re.IGNORECASE,
)
_ACT_ASKS = re.compile(
    r"^\W*(?:can|could|should|may|must|when|how|what|is|does|do) (?:i|we|one|clinicians?)\b",
    re.IGNORECASE,
)

_MEDICAL = re.compile(
    r"\b(?:dos(?:e|es|ages?|ing)|mg|mcg|patients?|clinical\w*|clinicians?|diagnos\w+|therap\w+"
    r"|treat(?:ed|ment|ments|ing)?|guidelines?|medic(?:al|ine|ines|ation|ations)|drugs?|symptoms?"
    r"|disease|disorders?|syndrome|infections?|prescri\w+|contraindicat\w+|adverse|side effects?"
    r"|pregnan\w+|lactat\w+|breast-?feed\w*|renal|kidneys?|hepatic|liver|overdos\w+|toxicit\w+"
    r"|pharmac\w+|vaccin\w+|cancer|tumou?rs?|surg\w+|blood|cardi\w+|pulmonary|antibiotics?|opioids?"
    r"|opiates?|antidepressants?|statins?|ssris?|snris?|nsaids?|benzodiazepines?|anticoagulants?"
    r"|mechanisms? of action|screening|chronic|acute|trials?|randomi[sz]ed|placebo|efficacy"
    r"|mortality|prognosis|boxed"
    r"|tablets?|capsules?|inject(?:ion|able)s?|fda|label|labels|interact\w*|withdrawal|cirrhosis"
    r"|allerg\w+|hormon\w+|insulin|pain|fever|\w+itis|\w+emia|\w+osis|\w+opathy|\w+algia|\w+penia)\b",
    re.IGNORECASE,
)


def is_emergency(question: str) -> bool:
    """Tell whether the question sounds like something that is happening now."""
    return _EMERGENCY.search(question) is not None


def identifiers(question: str) -> tuple[str, ...]:
    """Return which kinds of patient details the question seems to hold, each once."""
    found = (kind for kind, pattern in _IDENTIFIER_PATTERNS if pattern.search(question))
    return tuple(dict.fromkeys(found))


def is_request_to_act(question: str) -> bool:
    """Tell whether the question asks the service to do something to a patient or an order."""
    return _ACT.search(question) is not None and _ACT_ASKS.search(question) is None


def is_medical(text: str) -> bool:
    """Tell whether a text uses words of medicine; drugs and conditions are found elsewhere."""
    return _MEDICAL.search(text) is not None


def notices(question: str, unknown: tuple[str, ...] = ()) -> str | None:
    """Return what must be said beside the answer: emergency first, then patient details."""
    said: list[str] = []
    if is_emergency(question):
        said.append(wording("notice.emergency"))
    if kinds := identifiers(question):
        said.append(wording("notice.identifiers", kinds=", ".join(kinds)))
    if unknown:
        said.append(wording("notice.unknown_word", words=", ".join(unknown)))
    return " ".join(said) or None
