"""Who asks, and what they may do. Plain data; ``service.api.access`` finds out who it is."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Scope(StrEnum):
    """One right; a key or a role carries any number of them."""

    ASK = "ask"
    EVALUATE = "evaluate"
    REVIEW = "review"
    OPERATE = "operate"


@dataclass(frozen=True, slots=True)
class Principal:
    """
    Somebody who may use the service: a key, a person of an identity provider, this machine.

    ``id`` owns conversations and articles, and is at most 128 characters; ``name`` is shown.
    """

    id: str
    name: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Tell whether they have a right."""
        return scope in self.scopes

    def sees(self, owner: str) -> bool:
        """Tell whether they may see what *owner* has not published: their own, or as a reviewer."""
        return owner == self.id or Scope.REVIEW in self.scopes


LOCAL = Principal("local", "this machine", frozenset(Scope))
"""Everybody, where there are no accounts: the service listens on loopback alone."""
