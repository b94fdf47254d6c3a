"""What an answer says, without the order and the words in which it is laid out."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

_KEPT = (
    "outcome",
    "decline",
    "understood_as",
    "audience",
    "review",
    "disclaimer",
    "provenance",
    "references",
)


def facts(answer: Json) -> Counter[str]:
    """Return every fact of an answer in JSON, with how often it is there."""
    told = Counter(_written(key, answer[key]) for key in _KEPT)
    told.update(_written(where, _bare(said)) for where, said in _placed(answer))
    for pair in answer["conflicts"]:
        sides = {side: _bare(pair[side]) for side in ("first", "second")}
        told[_written("conflict", pair | sides)] += 1
    told["follow-ups"] = len(answer["follow_ups"])
    told["reasons"] = sum(bool(each["reason"]) for each in (answer, *answer["parts"]))
    told["notes"] = sum(bool(s["note"]) for s in answer["sections"])
    return told


def statements(answer: Json) -> Iterator[Json]:
    """Yield every statement that is shown."""
    yield from (said for where, said in _placed(answer) if where != "withheld")
    for pair in answer["conflicts"]:
        yield from (pair["first"], pair["second"])


def _placed(answer: Json) -> Iterator[tuple[str, Json]]:
    yield from (("safety", notice) for notice in answer["safety"])
    yield from (("lead", said) for said in (answer["lead"],) if said)
    yield from (("withheld", said) for said in answer["withheld"])
    for number, held in enumerate((answer, *answer["parts"])):
        for section in held["sections"]:
            for part in ("statements", "more"):
                for said in section[part]:
                    yield f"{number} {section['kind']} {part}", said


def _bare(said: Json) -> Json:
    return {key: value for key, value in said.items() if key != "terms"}


def _written(where: str, value: object) -> str:
    return f"{where}: {json.dumps(value, sort_keys=True)}"
