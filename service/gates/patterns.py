"""Tables of words -> patterns. Pure."""

from __future__ import annotations


def any_of(alternatives: str) -> str:
    """
    Return the pattern that matches any of *alternatives*, which white space parts.

    Each may be a regular expression of its own; "_" stands for a space in it: "no_more_than".
    """
    return "|".join(part.replace("_", " ") for part in alternatives.split())
