"""Tokens of an identity provider: a real one on loopback, with keys made here."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from fastapi.testclient import TestClient

from service.accounts import read_roles
from service.api import create_app
from service.errors import IdentityProviderError, UnauthenticatedError
from service.oidc import LEEWAY_SECONDS, Provider, TokenChecker, principal_of_claims, roles_in
from service.principals import Scope
from tests.sample_runtime import a_runtime

ROLES = "clinician=ask; editor=ask,review"
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ELLIPTIC = ec.generate_private_key(ec.SECP256R1())
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provided:
    """A provider on loopback; ``fetched`` are the paths it was asked for, ``down`` stops it."""

    address: str = ""
    keys: dict[str, Any] = field(default_factory=lambda: {"rsa": RSA, "elliptic": ELLIPTIC})
    fetched: list[str] = field(default_factory=list)
    down: bool = False
    calls_itself: str | None = None

    def reply(self, path: str) -> dict[str, Any] | None:
        """Return what is at *path*."""
        self.fetched.append(path)
        if self.down:
            return None
        if path == "/.well-known/openid-configuration":
            issuer = self.calls_itself or self.address
            return {"issuer": issuer, "jwks_uri": f"{self.address}/keys"}
        return {"keys": [_jwk(kid, key) for kid, key in self.keys.items()]}

    def token(self, **changes: object) -> str:
        """Return a good token, but for *changes*: claims (None takes one out), alg, kid, key."""
        algorithm = str(changes.pop("alg", "RS256"))
        kid, key = changes.pop("kid", "rsa"), changes.pop("key", RSA)
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.address,
            "aud": "followup",
            "sub": "mia",
            "iat": now,
            "nbf": now,
            "exp": now + 300,
            "name": "Mia Example",
            "roles": ["clinician"],
        }
        claims = {name: value for name, value in (claims | changes).items() if value is not None}
        headers = {} if kid is None else {"kid": str(kid)}
        return jwt.encode(claims, key, algorithm, headers=headers)  # type: ignore[arg-type]

    def checker(self, clock: Any = time.monotonic, **changes: str) -> TokenChecker:  # noqa: ANN401
        """Return a checker of this provider's tokens."""
        url = changes.get("jwks_url")
        claim = changes.get("role_claim", "roles")
        roles = read_roles(ROLES)
        return TokenChecker(Provider(self.address, "followup", url, claim, roles), clock)


def _jwk(kid: str, key: Any) -> dict[str, Any]:  # noqa: ANN401 - one of cryptography's
    kind = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else None
    public = key.public_key()
    told = (kind or jwt.algorithms.ECAlgorithm).to_jwk(public, as_dict=True)
    return {**told, "kid": kid, "use": "sig"}


@contextmanager
def providing() -> Iterator[Provided]:
    """Run a provider for as long as the block runs."""
    provided = Provided()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = provided.reply(self.path)
            self.send_response(200 if body is not None else 503)
            self.end_headers()
            self.wfile.write(json.dumps(body or {}).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    provided.address = f"http://127.0.0.1:{server.server_port}"
    try:
        yield provided
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def provider() -> Iterator[Provided]:
    """A provider that answers."""
    with providing() as provided:
        yield provided


@pytest.mark.parametrize(
    ("algorithm", "kid"),
    [("RS256", "rsa"), ("RS512", "rsa"), ("PS256", "rsa"), ("ES256", "elliptic")],
)
def test_a_good_token_names_somebody_with_the_rights_of_their_roles(
    provider: Provided, algorithm: str, kid: str
) -> None:
    """Each accepted algorithm works; the roles that nobody gave a right give none."""
    token = provider.token(alg=algorithm, kid=kid, key=provider.keys[kid], roles=["editor", "cook"])

    principal = provider.checker().check(token)

    assert (principal.id, principal.name) == ("oidc:mia", "Mia Example")
    assert principal.scopes == {Scope.ASK, Scope.REVIEW}


def test_no_token_of_another_kind_is_good(provider: Provided) -> None:
    """Each claim and each part of the signature is looked at, whatever the token says of itself."""
    now = int(time.time())
    public = jwt.algorithms.RSAAlgorithm.to_jwk(RSA.public_key())
    good = provider.token()
    head, body, signature = good.split(".")
    bad = {
        "expired": provider.token(exp=now - LEEWAY_SECONDS - 5),
        "without an end": provider.token(exp=None),
        "not yet": provider.token(nbf=now + LEEWAY_SECONDS + 30),
        "made tomorrow": provider.token(iat=now + 86_400),
        "of another issuer": provider.token(iss="https://id.example.org"),
        "of none": provider.token(iss=None),
        "for another service": provider.token(aud="other"),
        "for no service": provider.token(aud=None),
        "for nobody": provider.token(sub=None),
        "for a nameless one": provider.token(sub=""),
        "by a stranger": provider.token(key=STRANGER),
        "by a stranger's id": provider.token(key=STRANGER, kid="stranger"),
        "without a key id": provider.token(kid=None),
        "with the other kind of key": provider.token(kid="elliptic"),
        "unsigned": provider.token(alg="none", key=None),
        "with a shared secret": provider.token(alg="HS256", key="s" * 32),
        "changed": f"{head}.{body[:-4]}AAAA.{signature}",
        "cut": f"{head}.{body}.",
        "no token": "abc",
        "too long": good + "A" * 20_000,
    }
    # What a public key would be, were it taken for a secret (RFC 8725, 2.1).
    import base64  # noqa: PLC0415 - only here
    import hashlib  # noqa: PLC0415
    import hmac  # noqa: PLC0415

    confused = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"rsa"}').rstrip(b"=").decode()
    mac = hmac.new(str(public).encode(), f"{confused}.{body}".encode(), hashlib.sha256).digest()
    signed = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
    bad["confused"] = f"{confused}.{body}.{signed}"
    checker = provider.checker()

    assert checker.check(good).id == "oidc:mia"
    for why, token in bad.items():
        with pytest.raises(UnauthenticatedError):
            pytest.fail(f"{why}: {checker.check(token)}")


def test_a_clock_that_is_a_little_off_is_forgiven(provider: Provided) -> None:
    """Seconds within the leeway are no reason to turn anybody away."""
    now = int(time.time())
    token = provider.token(exp=now - 5, nbf=now + 5, iat=now + 5)

    assert provider.checker().check(token).id == "oidc:mia"


def test_keys_are_fetched_once_and_unknown_ids_seldom_make_them_fetched_again(
    provider: Provided,
) -> None:
    """Many tokens are one fetch; a storm of unknown key ids is none beyond it."""
    checker = provider.checker()
    for _ in range(5):
        checker.check(provider.token())

    for number in range(20):
        with pytest.raises(UnauthenticatedError):
            checker.check(provider.token(kid=f"made-up-{number}", key=STRANGER))

    assert provider.fetched == ["/.well-known/openid-configuration", "/keys"]


def test_a_named_address_of_keys_needs_no_discovery(provider: Provided) -> None:
    """With FOLLOWUP_OIDC_JWKS_URL the metadata are not asked for."""
    checker = provider.checker(jwks_url=f"{provider.address}/keys")

    assert checker.check(provider.token()).id == "oidc:mia"
    assert provider.fetched == ["/keys"]


def test_metadata_of_another_issuer_are_not_believed(provider: Provided) -> None:
    """A provider that calls itself by another name gives no keys."""
    provider.calls_itself = "https://id.example.org"

    with pytest.raises(IdentityProviderError):
        provider.checker().check(provider.token())


def test_a_provider_that_is_down_is_left_alone_for_a_while(provider: Provided) -> None:
    """One failed fetch is not repeated for every token; afterwards the keys are had again."""
    now = [0.0]
    checker = provider.checker(clock=lambda: now[0])
    provider.down = True
    for _ in range(5):
        with pytest.raises(IdentityProviderError):
            checker.check(provider.token())
    assert len(provider.fetched) == 1

    provider.down = False
    now[0] = 60.0

    assert checker.check(provider.token()).id == "oidc:mia"


def test_strange_tokens_lock_nobody_out_while_the_provider_is_down(
    provider: Provided, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One with an unknown key id makes a fetch that fails; those with a known one are let in."""
    monkeypatch.setattr("service.oidc._REFETCH_SECONDS", 0.0)
    checker = provider.checker(lambda: 0.0)
    checker.check(provider.token())
    provider.down = True

    with pytest.raises(IdentityProviderError):
        checker.check(provider.token(kid="unknown"))
    assert checker.check(provider.token()).id == "oidc:mia"


def test_a_name_is_shown_without_what_cannot_be_printed(provider: Provided) -> None:
    """A half of a character pair or a NUL in a claim can be neither stored nor sent."""
    claims = {"sub": "mia", "name": "Mia\x00\n \ud800Example", "roles": ["clinician"]}
    told = Provider(provider.address, "followup", None, "roles", read_roles(ROLES))

    assert principal_of_claims(claims, told).name == "Mia Example"
    assert principal_of_claims({**claims, "name": "\x00"}, told).name == "mia"


def test_roles_are_found_where_providers_put_them() -> None:
    """A list, a text, a path into the claims, or one claim whose name has dots."""
    assert roles_in({"roles": ["a", 1, "b"]}, "roles") == ["a", "b"]
    assert roles_in({"scope": "a b,c"}, "scope") == ["a", "b", "c"]
    assert roles_in({"realm_access": {"roles": ["a"]}}, "realm_access.roles") == ["a"]
    assert roles_in({"https://x.example/roles": ["a"]}, "https://x.example/roles") == ["a"]
    for nothing in ({}, {"roles": None}, {"roles": {"a": 1}}, {"roles": 7}):
        assert roles_in(nothing, "roles") == []


def test_over_http_a_token_is_a_bearer_and_an_outage_is_503(
    provider: Provided, tmp_path: Path
) -> None:
    """A token lets in with its rights; while the provider is down API keys work on."""
    runtime, _ = a_runtime(
        tmp_path,
        authentication="required",
        oidc_issuer=provider.address,
        oidc_audience="followup",
        role_scopes=ROLES,
    )
    _, key = runtime.keys.create("client", {Scope.ASK})
    provider.down = True

    with TestClient(create_app(runtime), base_url="https://127.0.0.1") as client:

        def ask_with(token: str) -> Any:  # noqa: ANN401 - httpx's
            return client.get("/v1/documents", headers={"authorization": f"Bearer {token}"})

        outage = ask_with(provider.token())
        assert (outage.status_code, int(outage.headers["retry-after"]) > 0) == (503, True)
        assert outage.json()["type"] == "/problems/identity-provider-unavailable"
        assert ask_with(key).status_code == 200
    provider.down = False
    with TestClient(create_app(runtime), base_url="https://127.0.0.1") as client:
        assert ask_with(provider.token()).status_code == 200
        assert ask_with(provider.token(roles=["cook"])).status_code == 403
        assert ask_with(provider.token(exp=1)).status_code == 401
    runtime.close()
