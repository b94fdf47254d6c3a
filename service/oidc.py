"""
Bearer tokens of an identity provider (OpenID Connect), checked by PyJWT against its public keys.

What is checked, after RFC 8725: one of the asymmetric algorithms below whatever the token says,
the signature, ``iss``, ``aud``, ``exp``, and ``nbf`` and ``iat`` where they are there. The keys are
fetched by the threads that check, never by the event loop.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

import jwt
from jwt import PyJWK, PyJWKClient
from jwt.exceptions import PyJWKClientConnectionError, PyJWKError, PyJWKSetError

from service.accounts import check_address, scopes_of
from service.errors import IdentityProviderError, UnauthenticatedError
from service.principals import Principal, Scope

ALGORITHMS = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
)
"""Never "none", and never one with a shared secret: a public key must not become one."""
LEEWAY_SECONDS = 30.0
"""How far the provider's clock may be from ours."""
LONGEST_TOKEN = 16_384
_KEYS_SECONDS = 300.0
_REFETCH_SECONDS = 30.0
"""Tokens with an unknown key id make the keys be fetched anew at most this often."""
_FAILED_SECONDS = 5.0
"""After the provider could not be reached it is left alone for so long."""
_TIMEOUT = 3.0
_LONGEST_DISCOVERY = 1_000_000
_PLAIN_ID = re.compile(r"(?!sha256:)[\x21-\x7e]{1,100}")
_DOWN = "the keys of the identity provider cannot be had now; API keys work meanwhile"


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider as the settings describe it; ``jwks_url`` None: it is discovered."""

    issuer: str
    audience: str
    jwks_url: str | None
    role_claim: str
    roles: Mapping[str, frozenset[Scope]]


class TokenChecker:
    """Turns tokens of one provider into principals; safe from any thread."""

    def __init__(self, provider: Provider, clock: Callable[[], float] = time.monotonic) -> None:
        """Fetch nothing yet: the service starts without the provider."""
        self._provider = provider
        self._clock = clock
        self._lock = threading.Lock()
        self._keys: PyJWKClient | None = None
        self._failed_until = 0.0

    def check(self, token: str) -> Principal:
        """
        Return whom *token* names, with the rights of their roles.

        Raises UnauthenticatedError where it is not good, IdentityProviderError where the
        provider's keys are not known and cannot be fetched.
        """
        if len(token) > LONGEST_TOKEN:
            raise UnauthenticatedError("that token is too long")
        try:
            header = jwt.get_unverified_header(token)
            if header.get("alg") not in ALGORITHMS or not isinstance(header.get("kid"), str):
                raise UnauthenticatedError("that token is signed in a way that is not accepted")
            key = self._key(header["kid"])
            claims = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._provider.audience,
                issuer=self._provider.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise UnauthenticatedError("that token has expired; get a new one") from error
        except (jwt.PyJWTError, TypeError, ValueError) as error:
            raise UnauthenticatedError("that token is not one that lets anybody in") from error
        return principal_of_claims(claims, self._provider)

    def _key(self, kid: str) -> Any:  # noqa: ANN401 - one of cryptography's public keys
        """Return a signing key. Raises IdentityProviderError, and PyJWTError for an unknown id."""
        if (known := self._held(kid)) is not None:
            return known.key
        with self._lock:  # one fetch serves all who wait for it
            if self._clock() < self._failed_until:
                raise IdentityProviderError(_DOWN)
            try:
                if self._keys is None:
                    self._keys = PyJWKClient(
                        self._provider.jwks_url or discover(self._provider.issuer),
                        lifespan=_KEYS_SECONDS,
                        cooldown_duration=_REFETCH_SECONDS,
                        timeout=_TIMEOUT,
                    )
                return self._keys.get_signing_key(kid).key
            except (PyJWKClientConnectionError, PyJWKSetError, PyJWKError) as error:
                self._failed_until = self._clock() + _FAILED_SECONDS
                raise IdentityProviderError(_DOWN) from error
            except (OSError, HTTPException, ValueError) as error:
                self._failed_until = self._clock() + _FAILED_SECONDS
                raise IdentityProviderError(_DOWN) from error

    def _held(self, kid: str) -> PyJWK | None:
        """
        Return a signing key that was fetched and is still good, without waiting for anybody.

        Whoever sends tokens with unknown ids must not keep those with known ones out while the
        provider is slow or down.
        """
        cache = self._keys.jwk_set_cache if self._keys is not None else None
        held = cache.get() if cache is not None else None
        signing = (
            one for one in (held.keys if held else ()) if one.public_key_use in ("sig", None)
        )
        return next((one for one in signing if one.key_id == kid), None)


def discover(issuer: str) -> str:
    """
    Return the address of an issuer's keys, as its OpenID Provider Metadata tells it.

    Raises OSError or HTTPException when it cannot be read, ValueError when it is not that
    issuer's (OpenID Connect Discovery 1.0, section 4.3).
    """
    address = issuer.rstrip("/") + "/.well-known/openid-configuration"
    check_address(address)
    try:
        with urllib.request.urlopen(address, timeout=_TIMEOUT) as reply:  # noqa: S310 - checked
            told = json.loads(reply.read(_LONGEST_DISCOVERY))
    except urllib.error.HTTPError as error:
        error.close()  # it holds the reply's connection
        raise
    if not isinstance(told, dict) or told.get("issuer") != issuer:
        raise ValueError("the metadata are another issuer's")
    keys = str(told.get("jwks_uri"))
    check_address(keys)
    return keys


def principal_of_claims(claims: Mapping[str, Any], provider: Provider) -> Principal:
    """Return whom checked *claims* name. Raises UnauthenticatedError for a subject of no length."""
    subject = str(claims["sub"])
    if not subject:
        raise UnauthenticatedError("that token names nobody")
    told = (claims.get(name) for name in ("name", "preferred_username", "email", "sub"))
    name = next(filter(None, map(printable, told)), "?")
    held = roles_in(claims, provider.role_claim)
    return Principal(outside_id("oidc", subject), name[:100], scopes_of(provider.roles, held))


def printable(told: object) -> str:
    """Return the printable characters of a text; "" for anything else."""
    return "".join(filter(str.isprintable, told)).strip() if isinstance(told, str) else ""


def roles_in(claims: Mapping[str, Any], path: str) -> list[str]:
    """Return the roles at the dotted *path*: a list, or one text with spaces or commas."""
    # A claim's own name may hold dots, as those that are addresses do.
    at: Any = claims.get(path)
    if at is None:
        at = claims
        for part in path.split("."):
            at = at.get(part) if isinstance(at, dict) else None
    if isinstance(at, str):
        return [one for one in re.split(r"[\s,]+", at) if one]
    return [one for one in at if isinstance(one, str)] if isinstance(at, list) else []


def outside_id(kind: str, name: str) -> str:
    """
    Return the id of somebody whom others vouch for: readable, unless their name is odd.

    A name that looks like the digest of another is odd as well.
    """
    if _PLAIN_ID.fullmatch(name):
        return f"{kind}:{name}"
    return f"{kind}:sha256:{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()}"
