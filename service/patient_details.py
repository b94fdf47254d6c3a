"""
Does a question hold what could identify a patient? The question is answered, with a hint beside it.

Patterns only, and on the side of precision: a hint that comes for doses, years and study numbers
is a hint that nobody reads. What was found is told by its kind, never repeated and never logged.
"""

from __future__ import annotations

import re

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
_TITLE = r"\b(?:Mr|Mrs|Ms|(?<!\b[Ww]e )(?<!\b[Yy]ou )(?<!\b[Tt]hey )Miss|Mx)\b\.? "
_LETTER, _EITHER = "[AC-HJKMNP-RT-Y]", "[0-9AC-HJKMNP-RT-Y]"
_MEDICARE = rf"\b[1-9]{_LETTER}{_EITHER}\d-?{_LETTER}{_EITHER}\d-?{_LETTER}{{2}}\d{{2}}\b"
"""A Medicare Beneficiary Identifier, as CMS defines it: no S, L, O, I, B or Z among its letters."""
_IDENTIFIERS = (
    ("a record number", rf"(?i:\b(?:{_NUMBER_OF})\b[.#]?{_IS}#?[a-z]{{0,3}}-?\d[\d -]{{3,}}\d)"),
    ("a record number", _MEDICARE),
    ("a social security number", r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"),
    (
        "a social security number",
        rf"(?i:\b(?:ssn|social security(?: (?:no|number))?){_IS}\d{{3}}[ -]?\d{{2}}[ -]?\d{{4}}\b)",
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
    ("a telephone number", r"(?<![\w+])\+\d[\d ()-]{8,}\d\b"),
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


def identifiers(question: str) -> tuple[str, ...]:
    """Return which kinds of patient details the question seems to hold, each once."""
    found = (kind for kind, pattern in _IDENTIFIER_PATTERNS if pattern.search(question))
    return tuple(dict.fromkeys(found))
