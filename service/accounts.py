"""Who may come in, as the settings say it: roles, trusted proxies, public names. Plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.principals import Scope

if TYPE_CHECKING:  # settings read these shapes
    from service.settings import Settings

Network = IPv4Network | IPv6Network
RATE = re.compile(r"([1-9][0-9]{0,6})\s*/\s*(second|minute|hour|day)")
DEFAULT_RATE = "120/minute"
"""What holds where authentication is required and no rate is set."""


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies that are believed, by their networks."""

    networks: tuple[Network, ...] = ()

    def trusts(self, address: str) -> bool:
        """Tell whether *address* is one of them; what is no address is not."""
        try:
            known = ip_address(address)
        except ValueError:
            return False
        return any(_plain(known) in network for network in self.networks)

    def caller(self, peer: str, forwarded: str) -> str:
        """
        Return whose request it is: *peer*'s, or where that is trusted, who it says sent it.

        *forwarded* is X-Forwarded-For: each proxy adds its own caller at the right, so the first
        from the right that is no trusted proxy is the caller. What a caller wrote stands further
        left and is not looked at.
        """
        caller = peer
        for entry in reversed([one.strip() for one in forwarded.split(",") if one.strip()]):
            if not self.trusts(caller):
                break
            caller = entry
        try:
            return str(_plain(ip_address(caller)))
        except ValueError:  # a name, or not even that
            return peer


def neighbourhood(address: str) -> str:
    """Return what is counted for *address*: of IPv6 the /64, all of which one caller may use."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if known.version == 4:  # noqa: PLR2004 - the protocol's name
        return address
    return str(ip_network((int(known), 64), strict=False))


def read_proxies(text: str) -> Proxies:
    """Read "10.0.0.0/8, 127.0.0.1". Raises ValueError."""
    return Proxies(tuple(ip_network(one, strict=False) for one in split(text)))


def read_roles(text: str) -> Mapping[str, frozenset[Scope]]:
    """Read "clinician=ask; editor=ask,review". Raises ValueError."""
    roles: dict[str, frozenset[Scope]] = {}
    for entry in (one.strip() for one in text.split(";") if one.strip()):
        role, equals, scopes = entry.partition("=")
        try:
            roles[role.strip()] = frozenset(Scope(each) for each in split(scopes))
        except ValueError:
            equals = ""
        if not equals or not role.strip() or not roles[role.strip()]:
            raise ValueError(
                f"{entry!r} is not ROLE=SCOPE,SCOPE with scopes out of {', '.join(Scope)}"
            )
    return roles


def scopes_of(roles: Mapping[str, frozenset[Scope]], held: list[str]) -> frozenset[Scope]:
    """Return what somebody who holds the roles *held* may do; an unknown role gives nothing."""
    return frozenset[Scope]().union(*(roles.get(role, frozenset()) for role in held))


def split(text: str) -> list[str]:
    """Return the parts of a list that is written with commas."""
    return [one.strip() for one in text.split(",") if one.strip()]


def check_address(url: str) -> None:
    """Raise ValueError for an identity provider's address that others on the way could change."""
    parts = urlsplit(url)
    try:
        loopback = parts.hostname == "localhost" or ip_address(parts.hostname or "").is_loopback
    except ValueError:
        loopback = False
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and loopback)):
        raise ValueError("it is an https:// address (http:// on this machine alone)")


def contradictions(settings: Settings) -> Iterator[str]:
    """Yield what in the settings of accounts cannot be meant together, in sentences."""
    if settings.oidc_issuer and not settings.oidc_audience:
        yield (
            "FOLLOWUP_OIDC_ISSUER is set without FOLLOWUP_OIDC_AUDIENCE: tokens that the issuer "
            "made for other services would be let in"
        )
    if (settings.oidc_audience or settings.oidc_jwks_url) and not settings.oidc_issuer:
        yield "FOLLOWUP_OIDC_AUDIENCE or FOLLOWUP_OIDC_JWKS_URL is set without FOLLOWUP_OIDC_ISSUER"
    if settings.proxy_user_header and not settings.proxy_addresses:
        yield (
            "FOLLOWUP_PROXY_USER_HEADER is set without FOLLOWUP_PROXY_ADDRESSES: nobody could be "
            "believed"
        )
    if settings.proxy_roles_header and not settings.proxy_user_header:
        yield "FOLLOWUP_PROXY_ROLES_HEADER is set without FOLLOWUP_PROXY_USER_HEADER"
    outside = settings.oidc_issuer or settings.proxy_user_header
    if outside and not settings.role_scopes:
        yield (
            "people come from an identity provider or a proxy, but FOLLOWUP_ROLE_SCOPES gives no "
            "role a right"
        )
    if outside and settings.authentication == "none":
        yield (
            "an identity provider or a proxy is named, but FOLLOWUP_AUTHENTICATION is none: "
            "everybody may do everything"
        )


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """Return an IPv4 address that a socket of both kinds shows as IPv6."""
    return getattr(address, "ipv4_mapped", None) or address
