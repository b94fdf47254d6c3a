"""
Finding the titles that flattening has run into the text: "5.1 Hepatotoxicity Severe liver injury".

A title is taken out of the text only where its end is certain: it is one that FDA's format names,
or the sentence after it begins in a way no title goes on. Otherwise the words stay in the text and
the guess only names the section.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from ingest.parsing import loinc

_MAX_TITLE_WORDS = 16
_WINDOW = 400
# Words that stand in lower case inside a title.
_SMALL = frozenset(
    "a an and or of in with to the for on by from at due after during vs vs. versus than between as"
    " into without other not including associated using following under per via within who that"
    " which but no".split()
)
# Words that begin a sentence of a label, and never end a title.
_STARTERS = frozenset(
    (
        "A Adjust Administer Advise After All Although An Any Apply As At Avoid Based Because"
        " Before Begin Both By Cases Co-administration Coadministration Concomitant Concurrent"
        " Conduct Confirm Consider Consumption Counsel Decrease Dilute Discontinue Discuss Do"
        " Drugs Due During Each Efficacy Eradication Evaluate Examples Fatal Follow For From Give"
        " If In Increase Inform Information Initially Initiate Inject Inspect Instruct It Like"
        " Limit Monitor No Observe Obtain Of Once Patients Perform Place Prior Reconstitute Reduce"
        " Refer Results Safety See Select Serious Several Severe Since Some Start Stop Store"
        " Studies Study Swallow Table Take The There These This Titrate To Treat Treatment Two Use"
        " Verify When While Withhold Women You"
    ).split()
)
_NUMBER = re.compile(r"(\d{1,2}(?:\.\d{1,2}){0,2})\.?\s+(?=\D)")
_KNOWN = "|".join(re.escape(title).replace("and", "(?:and|&)") for title in loinc.titles())
_TITLES = re.compile(
    rf"(?i:{_KNOWN})"
    r"(?=\s*[:.–-]?(?:\s+(?!Category)[A-Z0-9•●“\"'(\[<≥]|\s*$))\s*[:.]?"
)
_CAPITAL_TITLES = re.compile(rf"(?:{_KNOWN.upper()})(?=\s)")


@dataclass(frozen=True, slots=True)
class Title:
    """A title found at the start of a text; ``rest`` is the text without it, if it was certain."""

    number: str | None
    words: str
    rest: str

    @property
    def heading(self) -> str:
        """The title as a heading: number and words."""
        return " ".join(part for part in (self.number, self.words) if part)


def find_title(text: str, names: Collection[str], *, guess: bool = True) -> Title | None:
    """
    Return the title that *text* begins with, or None.

    *names* are the product's own names, which begin sentences and end no title. Without *guess*
    only titles that the format names are found.
    """
    number = _NUMBER.match(text)
    body = text[number.end() :] if number else text
    mark = number.group(1) if number else None
    known = _TITLES.match(body) or _CAPITAL_TITLES.match(body)
    if known:
        return Title(mark, known.group().strip(" :."), body[known.end() :].strip())
    if not guess:
        return None
    words = body[:_WINDOW].split()
    end, certain = _title_end(words, {part for name in names for part in name.casefold().split()})
    if end == 0 or (end == len(words) and not mark):
        return Title(mark, "", text) if mark else None
    if certain:
        return Title(mark, " ".join(words[:end]).strip(" :"), _after(body, end))
    return Title(mark, " ".join(words[:end]).strip(" :"), text) if mark else None


def find_warning_title(text: str, names: Collection[str]) -> Title | None:
    """
    Return the title in capitals that a boxed warning begins with, or None.

    "WARNING: SUICIDAL THOUGHTS Antidepressants increased" ends before the first word that is
    not in capitals; where that word is in small letters, the one before it is the subject of its
    sentence ("WARNING: QT PROLONGATION DRUGNAME has"). *names* are the product's own.
    """
    parts = {part for name in names for part in name.casefold().split()}
    words = text.split()
    capital = [(w.upper() == w and w[0] not in "•●") or w in _SMALL for w in words]
    end = capital.index(False) if False in capital else len(words)
    while end and words[end - 1] in _SMALL:
        end -= 1
    if end < len(words) and words[end].lstrip("([")[:1].islower():
        end -= 1
        while end and (words[end - 1] in _SMALL or words[end - 1].casefold() in parts):
            end -= 1
    if end < 2 or end == len(words) or not words[0].startswith("WARNING"):  # noqa: PLR2004
        return None
    return Title(None, " ".join(words[:end]), _after(text, end))


def _after(text: str, count: int) -> str:
    parts = text.split(maxsplit=count)
    return parts[count] if len(parts) > count else ""


def _title_end(words: list[str], names: Collection[str]) -> tuple[int, bool]:
    """Return how many words the title has, and whether its end is certain."""
    words = words[: next((i for i, word in enumerate(words) if word[0] in "•●■○"), len(words))]
    if not words or not words[0][:1].isupper():
        return 0, False
    small = next((i for i, word in enumerate(words) if _is_small_letter_word(word)), len(words))
    repeated = _repeated(words[: small + 1])
    if repeated:
        return repeated, repeated <= _MAX_TITLE_WORDS
    if small == len(words):
        begins = (i for i in range(1, small) if words[i] in _STARTERS and _may_begin(words, i))
        end = next(begins, 0 if words[-1].endswith(".") else small)
        return (end, True) if end <= _MAX_TITLE_WORDS else (0, False)
    start = small - 1
    while start > 0 and not _may_begin(words, start):
        start -= 1
    if words[start] not in _STARTERS and start > 1 and words[start - 1] in _STARTERS:
        start -= 1
    while start > 1 and words[start] not in _STARTERS and words[start - 1].casefold() in names:
        start -= 1  # "Codeine Sulfate Tablets contain"
    if start < 1:
        return 0, False
    first, second = words[start], words[start + 1]
    certain = (
        start <= _MAX_TITLE_WORDS
        and not words[start - 1].endswith((",", ".", ";"))
        and (
            first in _STARTERS
            or first.strip(",") in words[:start]
            or first.casefold().strip(",") in names
            or (second.lstrip("([")[:1].islower() and second not in _SMALL)
            or second[:1].isdigit()
        )
    )
    return min(start, _MAX_TITLE_WORDS), certain


def _is_small_letter_word(word: str) -> bool:
    bare = word.strip("()[],;:“”\"'‘’")
    return bare[:1].islower() and bare not in _SMALL and not re.match(r"[a-z][A-Z]", bare)


def _may_begin(words: list[str], at: int) -> bool:
    """Tell whether a sentence may begin at a word: a capital, no small word or comma before it."""
    before = words[at - 1]
    return (
        words[at][:1].isupper()
        and len(words[at].strip(",.")) > 1
        and before not in _SMALL
        and not before.endswith(",")
    ) or (words[at] in ("A", "An") and before not in _SMALL)


def _repeated(words: list[str]) -> int:
    """Return where the title's first two words come again: "Serotonin Syndrome Serotonin ..."."""
    if len(words) < 3 or words[1][:1].islower():  # noqa: PLR2004 - too short to repeat
        return 0
    stop = next((i for i, w in enumerate(words) if w.endswith(".")), len(words))
    for at in range(2, min(stop, _MAX_TITLE_WORDS) - 1):
        if words[at] == words[0] and words[at + 1].strip(",") == words[1].strip(","):
            return at
    return 0
