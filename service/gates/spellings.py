"""British and American spellings of clinical words -> one of them, for comparison. Pure."""

from __future__ import annotations

import re

_PAIRS = (
    (r"oe(?=str|soph|dem)", "e"),
    (r"(?<=h)ae(?=m)|(?<=p)ae(?=d)|(?<=f)ae(?=c)|(?<=an)ae(?=[ms])|(?<=isch)ae(?=m)", "e"),
    (r"(?<=gyn)ae|(?<=orthop)ae|(?<=septic)ae|(?<=glyc)ae|(?<=lip)ae|(?<=ur)ae(?=m)", "e"),
    (r"(?<=rrh)oe", "e"),
    (r"(?<=f)oe(?=t)", "e"),
    (r"(?<=tum)our|(?<=col)our|(?<=behavi)our|(?<=fav)our|(?<=hum)our", "or"),
    (r"ise(?=[ds]?\b)(?<=[lrtcn]ise)(?<!exercise)(?<!rise)(?<!otherwise)", "ize"),
    (r"isation(?=s?\b)", "ization"),
    (r"ising\b(?<!rising)(?<!exercising)(?<!arising)", "izing"),
    (r"(?<=[ae])ll(?=(?:ed|ing)\b)", "l"),
    (r"(?<=cent)re\b|(?<=lit)re(?=s?\b)|(?<=met)re(?=s?\b)|(?<=fib)re(?=s?\b)", "er"),
    (r"(?<=anal)yse", "yze"),
    (r"(?<=sul)ph", "f"),
)
_PATTERNS = tuple((re.compile(british, re.IGNORECASE), american) for british, american in _PAIRS)


def american(text: str) -> str:
    """Return *text* with British spellings written the American way."""
    for pattern, written in _PATTERNS:
        text = pattern.sub(written, text)
    return text
