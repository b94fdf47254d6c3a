"""Replay the golden dialogues on the live index, and tell what held."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from service.bootstrap import Runtime
from service.golden import Dialogue
from service.replaying import Holdings, Replayed, Verdict, replay
from service.serialising import Json


@dataclass(frozen=True, slots=True)
class Replays:
    """Every turn that was replayed, and on which snapshot."""

    snapshot: str
    turns: tuple[Replayed, ...]

    def count(self, verdict: Verdict) -> int:
        """Return how many turns came out so."""
        return Counter(turn.verdict for turn in self.turns)[verdict]

    @property
    def holds(self) -> bool:
        """Whether nothing failed; a turn that was not measured did not fail."""
        return self.count(Verdict.FAILED) == 0

    def as_json(self) -> Json:
        """Return the counts, and each turn with its reasons."""
        return {
            "snapshot": self.snapshot,
            **{verdict.value: self.count(verdict) for verdict in Verdict},
            "turns": [
                {
                    "dialogue": turn.dialogue,
                    "turn": turn.turn,
                    "ask": turn.ask,
                    "verdict": turn.verdict.value,
                    "reasons": list(turn.reasons),
                }
                for turn in self.turns
            ],
        }


def replay_all(
    runtime: Runtime, dialogues: Sequence[Dialogue], tell: Callable[[str], None]
) -> Replays:
    """Ask every dialogue on the live snapshot, all of them on the same one."""
    told: list[Replayed] = []
    with runtime.live.reading() as reading:
        holdings = Holdings.of(reading.snapshot.documents)
        for dialogue in dialogues:
            tell(f"{dialogue.id}: {dialogue.about}")
            told += replay(dialogue, reading.answerer.answer, holdings)
        return Replays(reading.snapshot.id, tuple(told))


def chosen(dialogues: Sequence[Dialogue], ids: Sequence[str]) -> list[Dialogue]:
    """Return the dialogues of *ids*, or all for none. Raises ValueError for an id unknown."""
    unknown = set(ids) - {dialogue.id for dialogue in dialogues}
    if unknown:
        raise ValueError(f"no golden dialogue {', '.join(sorted(unknown))}")
    return [dialogue for dialogue in dialogues if not ids or dialogue.id in ids]


def lines(replays: Replays) -> list[str]:
    """Return what failed or was not measured, dialogue by dialogue, and the counts."""
    told: list[str] = []
    for turn in replays.turns:
        told.append(
            f"{turn.verdict.replace('_', ' '):>12}  {turn.dialogue} {turn.turn}: {turn.ask}"
        )
        told += [f"{'':>14}{reason}" for reason in turn.reasons]
    counts = ", ".join(f"{replays.count(each)} {each.replace('_', ' ')}" for each in Verdict)
    return [*told, f"{len(replays.turns)} turns on {replays.snapshot}: {counts}"]
