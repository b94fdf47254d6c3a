"""One change to one statement of an article -> what its next version keeps. Pure."""

from __future__ import annotations

from enum import StrEnum

from service.editing import Kept
from service.errors import NotFoundError
from service.serialising import Json
from service.showing import keyed
from service.streaming import SAFETY


class Act(StrEnum):
    """What a reviewer does with one statement; ``fold`` sets it aside, ``unfold`` shows it."""

    REWORD = "reword"
    REMOVE = "remove"
    UP = "up"
    DOWN = "down"
    FOLD = "fold"
    UNFOLD = "unfold"


def kept_after(answer: Json, key: str, act: Act, text: str = "") -> list[Kept]:
    """
    Return the statements of *answer* (its JSON) as they are to be kept after *act* on one of them.

    *text* is what a reworded one says. A statement goes up and down among those of its section
    that are shown like it; at the end of them it stays. Raises NotFoundError for a key that names
    no statement, or one of the safety block.
    """
    held = [(one, section, more) for one, section, more, _ in keyed(answer) if section != SAFETY]
    places = [place for place, (one, *_) in enumerate(held) if one == key]
    if not places:
        raise NotFoundError("there is no such statement in this version")
    at = places[0]
    kept = [Kept(one, None, more) for one, _, more in held]
    match act:
        case Act.REWORD:
            kept[at] = Kept(key, text, kept[at].more)
        case Act.REMOVE:
            del kept[at]
        case Act.FOLD | Act.UNFOLD:
            kept[at] = Kept(key, None, act is Act.FOLD)
        case Act.UP | Act.DOWN:
            other = at + (-1 if act is Act.UP else 1)
            if 0 <= other < len(held) and held[other][1:] == held[at][1:]:
                kept[at], kept[other] = kept[other], kept[at]
    return kept
