"""How the OpenAPI document tells who may use an operation, and what happens to others."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from service.api.access import Declared
from service.api.entering import COOKIE

SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key (`fk_...`, from `followup keys create`), or a JSON Web Token of "
        "the identity provider that the operator named.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The page's session, begun at `/sign-in`. What changes something then needs "
        "the page's token as well: the form field `csrf`, or `X-CSRF-Token`.",
    },
}
_RATE_FIELDS = {
    "RateLimit-Policy": {
        "description": 'How many requests are let in: `"requests";q=120;w=60`, in w seconds.',
        "schema": {"type": "string"},
    },
    "RateLimit": {
        "description": 'How many are left: `"requests";r=119;t=60`, anew in t seconds.',
        "schema": {"type": "string"},
    },
}


def secure(
    document: dict[str, Any],
    declared: Iterable[Declared],
    replies: dict[int | str, dict[str, Any]],
    *,
    required: bool,
) -> None:
    """
    Write into an OpenAPI *document* what each operation needs; *replies* are those of 401 to 429.

    Where no account is *required* every operation may also be used without.
    """
    document["components"]["securitySchemes"] = SCHEMES
    needed = {
        (re.sub(r":\w+\}", "}", route.path), method.lower()): route.needed
        for route in declared
        for method in route.methods
    }
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            told = operation["responses"]
            told.setdefault("429", replies[429])
            for reply in told.values():
                reply.setdefault("headers", {}).update(_RATE_FIELDS)
            scope = needed[path, method]
            if scope is None:
                operation["security"] = []
                continue
            operation["security"] = [{"bearer": [scope.value]}, {"session": [scope.value]}]
            if not required:
                operation["security"].append({})
            told.setdefault("401", replies[401])
            told.setdefault("403", replies[403])
            operation["responses"] = dict(sorted(told.items()))
