"""Who sent a request: an API key, a token of an identity provider, a proxy's word, a session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from service.accounts import Proxies, read_proxies, read_roles, scopes_of, split
from service.errors import UnauthenticatedError
from service.keys import Keys
from service.oidc import Provider, TokenChecker, outside_id, printable
from service.principals import Principal, Scope
from service.settings import Settings

_KEY_PREFIX: Final = "fk_"


class Identifier:
    """Knows every way to say who one is; blocks, so it is for threads."""

    def __init__(self, settings: Settings, keys: Keys) -> None:
        """Read how people come in from *settings*; *keys* are the database's."""
        self._keys = keys
        self._user_header = (settings.proxy_user_header or "").lower()
        self._roles_header = (settings.proxy_roles_header or "").lower()
        self._roles: Mapping[str, frozenset[Scope]] = read_roles(settings.role_scopes)
        self.proxies: Proxies = read_proxies(settings.proxy_addresses)
        self.identity_headers = frozenset({self._user_header, self._roles_header} - {""})
        """The headers that only a trusted proxy may send, in lower case."""
        self._tokens: TokenChecker | None = None
        if settings.oidc_issuer and settings.oidc_audience:
            self._tokens = TokenChecker(
                Provider(
                    settings.oidc_issuer,
                    settings.oidc_audience,
                    settings.oidc_jwks_url,
                    settings.oidc_role_claim,
                    self._roles,
                )
            )

    @staticmethod
    def is_key(token: str) -> bool:
        """Tell whether a bearer token is an API key, which no other host is asked about."""
        return token.startswith(_KEY_PREFIX)

    def bearer(self, token: str) -> Principal:
        """Return whose *token* it is. Raises UnauthenticatedError, IdentityProviderError."""
        if self.is_key(token):
            return self._keys.check(token).principal
        if self._tokens is None:
            raise UnauthenticatedError("that is no API key; keys begin with fk_")
        return self._tokens.check(token)

    def vouched(self, headers: Mapping[str, list[str]]) -> Principal | None:
        """
        Return whom a trusted proxy names in *headers* (by lower-case name), None for nobody.

        Raises UnauthenticatedError where it names several: one of them may be the caller's own.
        """
        named = headers.get(self._user_header, []) if self._user_header else []
        roles = headers.get(self._roles_header, []) if self._roles_header else []
        if len(named) > 1 or len(roles) > 1:
            raise UnauthenticatedError("the proxy passes on identity headers of its callers")
        user = _as_sent(named[0]).strip() if named else ""
        if not user:
            return None
        held = split(_as_sent(roles[0])) if roles else []
        shown = printable(user)[:100] or "?"
        return Principal(outside_id("proxy", user), shown, scopes_of(self._roles, held))


def _as_sent(value: str) -> str:
    """Return a header's value as text: proxies send UTF-8, and it was read a byte a character."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value
