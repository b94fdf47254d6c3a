"""
What a question must be met with before it is searched: scope, emergencies, patient details.

Cue words only, and on the side of answering: a clinician who asks about an overdose is pointed
to emergency care and gets an answer as well.
"""

from __future__ import annotations

import re

from service.patient_details import identifiers
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
