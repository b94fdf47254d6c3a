"""
Text that a terminal or a reader cannot be steered by: control characters are shown, not obeyed.

Source files may hold escape sequences that colour, overwrite or retitle a terminal, and marks that
turn the reading direction, so that "5 mg" reads as "gm 5". Letters, accents and joiners stay.
"""

from __future__ import annotations

import re

_STEERING = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # C0 but for tab and line feed, delete, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # direction marks, overrides, isolates
    "\u2028\u2029\ufff9-\ufffb\ufeff]"  # line and paragraph separators, annotations, byte order
)
_MARKUP = re.compile(r"([\\`*_\[\]<>#|~])")
SHOWN = "\ufffd"
"""What stands in their place: the replacement character."""


def inert(text: str) -> str:
    """Return *text* with every steering character replaced, one for one."""
    return _STEERING.sub(SHOWN, text)


def inert_json(text: str) -> str:
    r"""Return JSON *text* with steering characters as ``\uXXXX``: the same values, byte by byte."""
    return _STEERING.sub(lambda match: f"\\u{ord(match.group()):04x}", text)


def escaped(text: str) -> str:
    """Return source words that no Markdown reader takes for markup, links and images included."""
    return _MARKUP.sub(r"\\\1", text)
