"""
What every request must pass, and what every reply carries, before any route is looked at.

The browser's own walls keep other sites out, with accounts and, on loopback, without: the host
name (DNS rebinding), the site that sent the request, and the size of what it sent.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.accounts import Proxies
from service.api import problem_kinds, problems

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
"""The names under which a service on this machine may be addressed."""

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; object-src 'none'; base-uri 'none'; "
    "frame-ancestors 'none'; form-action 'self'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """Turns away strange hosts, other sites and oversized bodies; adds the security headers."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Collection[str],
        body_bytes: Mapping[str, int],
        proxies: Proxies,
    ) -> None:
        """
        Wrap *app*; *hosts* are the names it answers to, all of them where "*" is one.

        *proxies* are those whose X-Forwarded-Proto is believed: what leads back here (a link to
        share) is then written as their callers reach it.

        *body_bytes* is the longest body by the beginning of the path, of which the longest that
        fits holds; "" is among them.
        """
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.body_bytes = dict(sorted(body_bytes.items(), key=lambda one: -len(one[0])))
        self.proxies = proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)

        async def sender(message: Message) -> None:
            if message["type"] == "http.response.start":
                out = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    out[name] = value
            await send(message)

        peer = scope["client"][0] if scope.get("client") else ""
        if headers.get("x-forwarded-proto", "").lower() == "https" and self.proxies.trusts(peer):
            scope["scheme"] = "https"
        path = scope["path"]
        longest = next(n for start, n in self.body_bytes.items() if path.startswith(start))
        refused = self._refused(scope["method"], headers, longest)
        if refused is not None:
            problem = problems.refuse(refused, scope["followup_request_id"])
            await problems.reply(problem, scope["path"])(scope, receive, sender)
            return
        await self.app(scope, _bounded(receive, longest), sender)

    def _refused(self, method: str, headers: Headers, longest: int) -> problem_kinds.Kind | None:
        host = headers.get("host", "").lower()
        if "*" not in self.hosts and _without_port(host) not in self.hosts:
            return problem_kinds.WRONG_HOST
        if method not in _SAFE_METHODS and _is_cross_site(headers, host):
            return problem_kinds.CROSS_SITE
        length = headers.get("content-length", "0")
        if not (length.isascii() and length.isdigit()) or int(length) > longest:
            return problem_kinds.TOO_LARGE
        return None


def _bounded(receive: Receive, longest: int) -> Receive:
    """Count what arrives: a body may come in pieces, without saying how long it is."""
    total = 0

    async def counted() -> Message:
        nonlocal total
        message = await receive()
        total += len(message.get("body", b""))
        if total > longest:
            raise HTTPException(413)
        return message

    return counted


def _without_port(host: str) -> str:
    """Return the name of "name", "name:port", "[::1]" or "[::1]:port"."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _is_cross_site(headers: Headers, host: str) -> bool:
    """
    Tell whether a browser sent this for another site.

    Sec-Fetch-Site cannot be set by a page and decides where it is sent. Origin is "null" for a
    form under our own no-referrer policy, so it decides only where there is nothing better; a
    caller that is no browser sends neither.
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != host
