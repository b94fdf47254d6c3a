"""Keys, sessions, forged forms, proxies and rates, over a hand-made runtime and a real database."""

from __future__ import annotations

import base64
import errno
import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from service.api import create_app
from service.api.entering import COOKIE
from service.api.leading_in import safe_path
from service.api.limiting import Limit
from service.bootstrap import Runtime
from service.dumping import write_dump
from service.errors import (
    NotFoundError,
    RateLimitedError,
    SettingsError,
    UnauthenticatedError,
)
from service.keys import PATTERN, Keys
from service.oidc import outside_id
from service.principals import Scope
from service.sessions import Sessions
from tests.sample_runtime import QUESTION, a_runtime

HOME = "https://127.0.0.1"
ASK = {Scope.ASK}
PAGE = {"accept": "text/html"}


@contextmanager
def served(folder: Path, **settings: object) -> Iterator[tuple[TestClient, Runtime]]:
    """Serve a runtime that wants to know who asks; the client follows no redirects."""
    folder.mkdir(exist_ok=True)
    runtime, _ = a_runtime(folder, **{"authentication": "required", **settings})
    app = create_app(runtime)
    with TestClient(app, base_url=HOME, follow_redirects=False, client=("10.0.0.9", 1)) as client:
        yield client, runtime
    runtime.close()


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[TestClient, Runtime]]:
    """A client that has not signed in, and the runtime behind it."""
    with served(tmp_path) as both:
        yield both


def bearer(secret: str) -> dict[str, str]:
    """Return the header that shows a key or a token."""
    return {"authorization": f"Bearer {secret}"}


def signed_in(client: TestClient, runtime: Runtime, scopes: set[Scope] = ASK) -> str:
    """Sign in on the page with a new key; return the token of the session's forms."""
    _, secret = runtime.keys.create("page", scopes)
    reply = client.post("/sign-in", data={"key": secret, "next": "/"})
    assert reply.status_code == 303, reply.text
    found = re.search(r'<meta name="csrf" content="([0-9a-f]{64})">', client.get("/").text)
    assert found
    return found[1]


def test_a_key_lets_in_whoever_sends_it(site: tuple[TestClient, Runtime]) -> None:
    """Nobody is told to sign in; a key with the right is let in, one without it is not."""
    client, runtime = site
    _, asks = runtime.keys.create("asks", ASK)
    _, operates = runtime.keys.create("operates", {Scope.OPERATE})
    question = {"question": QUESTION}

    nobody = client.post("/v1/answers", json=question)
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    assert nobody.json()["type"] == "/problems/unauthenticated"
    assert client.post("/v1/answers", json=question, headers=bearer(asks)).status_code == 200
    refused = client.post("/v1/answers", json=question, headers=bearer(operates))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")


@pytest.mark.parametrize("spoil", ["secret", "id", "case", "empty", "long", "nul"])
def test_what_is_not_a_key_lets_nobody_in(site: tuple[TestClient, Runtime], spoil: str) -> None:
    """A key with one thing changed is refused, and so is anything that is no key."""
    client, runtime = site
    key, secret = runtime.keys.create("good", ASK)
    spoiled = {
        "secret": secret[:-1] + ("0" if secret[-1] != "0" else "1"),
        "id": secret.replace(key.id, "0" * 16),
        "case": secret.upper(),
        "empty": "",
        "long": secret * 300,
        "nul": secret + "%00",
    }[spoil]

    assert client.get("/v1/documents", headers=bearer(spoiled)).status_code == 401
    assert client.get("/v1/documents", headers=bearer(secret)).status_code == 200


def test_a_key_has_256_random_bits_and_only_its_digest_is_kept(engine: sa.Engine) -> None:
    """Two keys share nothing but their prefix; the table does not hold the secret."""
    keys = Keys(engine)

    (_, one), (_, two) = keys.create("one", ASK), keys.create("two", ASK)

    assert PATTERN.fullmatch(one)
    assert PATTERN.fullmatch(two)
    assert len(one.rpartition("_")[2]) * 4 == 256
    assert one.split("_")[1:] != two.split("_")[1:]
    with engine.connect() as db:
        held = str(db.execute(sa.text("SELECT * FROM api_keys")).all())
    assert one.rpartition("_")[2] not in held


def test_a_key_ends_when_it_is_revoked_or_expires(engine: sa.Engine) -> None:
    """A revoked key and an expired one are told nothing but that they are not good."""
    keys = Keys(engine)
    revoked, secret = keys.create("revoked", ASK)
    _, expired = keys.create("expired", ASK, datetime.now(UTC) - timedelta(seconds=1))
    assert keys.check(secret).id == revoked.id

    first = keys.revoke(revoked.id).revoked

    for each in (secret, expired):
        with pytest.raises(UnauthenticatedError, match="not known, is revoked, or has expired"):
            keys.check(each)
    assert keys.revoke(revoked.id).revoked == first
    with pytest.raises(NotFoundError):
        keys.revoke("0" * 16)


def test_the_last_use_of_a_key_is_written_once_a_minute_at_most(engine: sa.Engine) -> None:
    """The first use is written; the next, moments later, is not."""
    keys = Keys(engine)
    _, secret = keys.create("used", ASK)

    keys.check(secret)
    first = keys.listing()[0].used
    keys.check(secret)

    assert first is not None
    assert keys.listing()[0].used == first
    keys.note_use(keys.listing()[0], first + timedelta(seconds=61))
    assert keys.listing()[0].used == first + timedelta(seconds=61)


@pytest.mark.parametrize("name", ["", "  ", "x" * 101, "two\nlines"])
def test_a_key_needs_a_name_and_a_scope(engine: sa.Engine, name: str) -> None:
    """A name that cannot be shown in a line is refused, and so is a key for nothing."""
    with pytest.raises(ValueError, match="printable"):
        Keys(engine).create(name, ASK)
    with pytest.raises(ValueError, match="scope"):
        Keys(engine).create("fine", set())


def test_a_reader_is_led_to_sign_in_and_back(site: tuple[TestClient, Runtime]) -> None:
    """A page leads to the sign-in page; a good key leads back to where they wanted to go."""
    client, runtime = site
    _, secret = runtime.keys.create("page", ASK)

    led = client.get("/documents/a?passage=b", headers=PAGE)
    assert (led.status_code, led.headers["location"]) == (
        303,
        "/sign-in?next=%2Fdocuments%2Fa%3Fpassage%3Db",
    )
    asked = client.get(led.headers["location"], headers=PAGE)
    assert 'value="/documents/a?passage=b"' in asked.text
    back = client.post("/sign-in", data={"key": secret, "next": "/documents/a?passage=b"})
    assert (back.status_code, back.headers["location"]) == (303, "/documents/a?passage=b")
    assert client.get("/", headers=PAGE).status_code == 200


def test_the_cookie_is_for_this_host_and_no_script(site: tuple[TestClient, Runtime]) -> None:
    """The session's cookie has every attribute that keeps others away from it."""
    client, runtime = site
    _, secret = runtime.keys.create("page", ASK)

    cookie = client.post("/sign-in", data={"key": secret}).headers["set-cookie"]

    assert cookie.startswith(f"{COOKIE}=")
    assert {one.strip().lower() for one in cookie.split(";")[1:]} == {
        "httponly",
        "secure",
        "samesite=lax",
        "path=/",
        "max-age=43200",
    }


@pytest.mark.parametrize(
    "path",
    ["//evil.example", "/\\evil.example", "https://evil.example", "evil", "", "/a\nb", "/a\\b"],
)
def test_signing_in_leads_nowhere_else(path: str) -> None:
    """Only a path of this service is followed."""
    assert safe_path(path) == "/"
    assert safe_path("/c/1?audience=nurse#x") == "/c/1?audience=nurse#x"


def test_signing_in_again_changes_the_token(site: tuple[TestClient, Runtime]) -> None:
    """The old token lets nobody in after a new sign-in, so it cannot be planted."""
    client, runtime = site
    token = signed_in(client, runtime)
    old = client.cookies[COOKIE]
    _, secret = runtime.keys.create("again", ASK)

    client.post("/sign-in", data={"key": secret, "csrf": token})

    assert client.cookies[COOKIE] != old
    assert runtime.sessions.find(old) is None


def test_signing_out_ends_the_session_on_the_server(site: tuple[TestClient, Runtime]) -> None:
    """After signing out the old cookie, kept by somebody, lets nobody in."""
    client, runtime = site
    token = signed_in(client, runtime)
    kept = client.cookies[COOKIE]

    assert client.post("/sign-out", data={"csrf": token}).status_code == 303

    assert COOKIE not in client.cookies
    again = client.get("/v1/documents", headers={"cookie": f"{COOKIE}={kept}"})
    assert again.status_code == 401


def test_revoking_a_key_ends_its_sessions(site: tuple[TestClient, Runtime]) -> None:
    """Whoever signed in with a key is out as soon as it is revoked."""
    client, runtime = site
    signed_in(client, runtime)
    assert client.get("/v1/documents").status_code == 200

    runtime.keys.revoke(runtime.keys.listing()[0].id)

    assert client.get("/v1/documents").status_code == 401


def test_a_session_ends_after_its_hours_and_with_its_key(engine: sa.Engine) -> None:
    """A session outlives neither its own time nor the key that began it."""
    keys = Keys(engine)
    soon = datetime.now(UTC) + timedelta(hours=1)
    key, _ = keys.create("page", ASK, soon)
    over = Sessions(engine, hours=-1).begin(key)
    token = Sessions(engine, hours=12).begin(key)
    sessions = Sessions(engine, hours=12)

    assert sessions.find(over) is None
    found = sessions.find(token)
    assert found
    assert found.key == key
    with engine.begin() as db:
        db.execute(sa.text("UPDATE api_keys SET expires = created"))
    assert sessions.find(token) is None


@pytest.mark.parametrize("wrong", [None, "", "0" * 64, "é"])
def test_a_forged_form_changes_nothing(site: tuple[TestClient, Runtime], wrong: str | None) -> None:
    """With the cookie alone, or a wrong token, a form and a fetch are both refused."""
    client, runtime = site
    token = signed_in(client, runtime)
    asked = client.post("/ask", data={"question": QUESTION, "csrf": token})
    address = asked.headers["location"].partition("#")[0]

    form = client.post(f"{address}/delete", data={} if wrong is None else {"csrf": wrong})
    header = {} if wrong is None else {b"x-csrf-token": wrong.encode()}
    fetched = client.delete(f"/v1/conversations/{address[3:]}", headers=header)

    for reply in (form, fetched):
        assert reply.status_code == 403
        assert reply.json()["type"] == "/problems/form-expired"
    assert client.get(address).status_code == 200
    token_header = {"x-csrf-token": token}
    gone = client.delete(f"/v1/conversations/{address[3:]}", headers=token_header)
    assert gone.status_code == 204


def test_another_sessions_token_is_none_of_mine(site: tuple[TestClient, Runtime]) -> None:
    """The token is bound to the session: another's good token is refused."""
    client, runtime = site
    theirs = signed_in(client, runtime)
    client.cookies.clear()
    mine = signed_in(client, runtime)

    assert mine != theirs
    assert client.post("/ask", data={"question": QUESTION, "csrf": theirs}).status_code == 403
    assert client.post("/ask", data={"question": QUESTION, "csrf": mine}).status_code == 303


def test_a_key_needs_no_token_even_beside_a_cookie(site: tuple[TestClient, Runtime]) -> None:
    """No browser sends a key of its own accord, so a request with one cannot be forged."""
    client, runtime = site
    signed_in(client, runtime)
    _, secret = runtime.keys.create("client", ASK)

    reply = client.post("/v1/answers", json={"question": QUESTION}, headers=bearer(secret))

    assert reply.status_code == 200


def test_a_bad_key_is_not_made_up_for_by_a_cookie(site: tuple[TestClient, Runtime]) -> None:
    """Whoever shows a key is judged by it alone."""
    client, runtime = site
    signed_in(client, runtime)

    assert client.get("/v1/documents", headers=bearer("fk_wrong")).status_code == 401


def test_every_form_of_a_page_carries_the_token(site: tuple[TestClient, Runtime]) -> None:
    """No form that posts is without its field, on the first page and in a conversation."""
    client, runtime = site
    token = signed_in(client, runtime)
    asked = client.post("/ask", data={"question": QUESTION, "csrf": token})

    for address in ("/", asked.headers["location"].partition("#")[0], "/sign-in"):
        forms = re.findall(
            r'<form[^>]*method="post".*?</form>', client.get(address).text, re.DOTALL
        )
        assert forms
        for form in forms:
            assert f'name="csrf" value="{token}"' in form, f"{address}: {form}"


def test_failed_attempts_are_limited_for_each_address(site: tuple[TestClient, Runtime]) -> None:
    """The eleventh wrong key within a minute is not looked at, nor is a good one."""
    client, runtime = site
    _, secret = runtime.keys.create("good", ASK)

    tried = [client.post("/sign-in", data={"key": "fk_guess"}).status_code for _ in range(11)]
    after = client.post("/sign-in", data={"key": secret})

    assert tried == [401] * 10 + [429]
    assert after.status_code == 429
    assert int(after.headers["retry-after"]) <= 60


def test_each_key_has_a_rate_of_its_own(tmp_path: Path) -> None:
    """What is left is told with every reply; the next request after that is told to wait."""
    with served(tmp_path, rate_limit="3/minute") as (client, runtime):
        _, one = runtime.keys.create("one", ASK)
        _, two = runtime.keys.create("two", ASK)

        replies = [client.get("/v1/documents", headers=bearer(one)) for _ in range(4)]
        other = client.get("/v1/documents", headers=bearer(two))
        nobody = [client.get("/v1/documents").status_code for _ in range(4)]

    assert [each.status_code for each in replies] == [200, 200, 200, 429]
    assert [each.headers["ratelimit"].split(";")[1] for each in replies] == [
        *("r=2", "r=1", "r=0", "r=0")
    ]
    assert replies[0].headers["ratelimit-policy"] == '"requests";q=3;w=60'
    assert replies[3].json()["type"] == "/problems/too-many-requests"
    assert 0 < int(replies[3].headers["retry-after"]) <= 60
    assert other.status_code == 200
    assert nobody == [401, 401, 401, 429]


def test_tokens_that_cannot_be_checked_are_counted_too(tmp_path: Path) -> None:
    """Else whoever makes some up could send as many as they like while a provider is down."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        issuer = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        provider = {"oidc_issuer": issuer, "oidc_audience": "followup", "role_scopes": "a=ask"}
        header = base64.urlsafe_b64encode(b'{"alg":"RS256","kid":"made up"}').decode().rstrip("=")
        made_up = bearer(f"{header}.e30.AA")
        with served(tmp_path, rate_limit="1/minute", **provider) as (client, _):
            seen = [client.get("/v1/documents", headers=made_up).status_code for _ in range(2)]

    assert seen == [503, 429]


def test_health_and_files_are_never_counted(tmp_path: Path) -> None:
    """A probe and the page's own files get through when everything else has to wait."""
    with served(tmp_path, rate_limit="1/hour") as (client, _):
        client.get("/about")

        assert client.get("/about").status_code == 429
        for path in ("/healthz", "/readyz", "/static/app.css"):
            reply = client.get(path)
            assert reply.status_code == 200
            assert "ratelimit" not in reply.headers


def test_a_rate_may_hold_without_accounts(tmp_path: Path) -> None:
    """On loopback nobody is asked who they are, and no rate holds unless one is set."""
    with served(tmp_path / "a", authentication="none", rate_limit="1/minute") as (client, _):
        assert [client.get("/v1/documents").status_code for _ in range(2)] == [200, 429]
    with served(tmp_path / "b", authentication="none") as (client, _):
        reply = client.get("/v1/documents")
        assert (reply.status_code, "ratelimit" in reply.headers) == (200, False)


PROXY = {
    "proxy_user_header": "X-Remote-User",
    "proxy_roles_header": "X-Remote-Roles",
    "proxy_addresses": "10.0.0.0/24, ::1",
    "role_scopes": "clinician=ask; editor=ask,review",
}


def test_a_trusted_proxy_names_people_and_their_roles(tmp_path: Path) -> None:
    """Roles become rights; an unknown role is none, and without one there is none."""
    with served(tmp_path, **PROXY) as (client, _), capture_logs() as lines:
        for roles, status in (("clinician, golfer", 200), ("golfer", 403), ("", 403)):
            headers = {"x-remote-user": "mia@example.org", "x-remote-roles": roles}
            assert client.get("/v1/documents", headers=headers).status_code == status
        assert client.get("/v1/documents", headers={"x-remote-user": " "}).status_code == 401
    assert lines[0]["principal"] == "proxy:mia@example.org"


def test_a_proxy_sends_names_in_utf_8(tmp_path: Path) -> None:
    """They are shown as they are written, without what cannot be printed."""
    with served(tmp_path, **PROXY) as (client, _):
        headers = {b"x-remote-user": "Zoë\x9f".encode(), b"x-remote-roles": b"clinician"}
        made = client.post("/v1/articles", json={"question": QUESTION}, headers=headers)

    assert made.json()["author"] == "Zoë"


def test_identity_headers_of_others_are_stripped_and_counted(tmp_path: Path) -> None:
    """From an address that is no trusted proxy the same headers name nobody."""
    runtime, _ = a_runtime(tmp_path, authentication="required", **PROXY)
    app = create_app(runtime)
    headers = {"x-remote-user": "mia", "x-remote-roles": "editor"}
    with TestClient(app, base_url=HOME, client=("10.0.1.1", 1)) as client:
        _, secret = runtime.keys.create("operator", {Scope.OPERATE})

        assert client.get("/v1/documents", headers=headers).status_code == 401
        figures = client.get("/metrics", headers=bearer(secret)).text
    runtime.close()
    assert "followup_identity_headers_ignored_total 1.0" in figures


def test_a_name_sent_twice_is_nobodys(tmp_path: Path) -> None:
    """A proxy that adds its header beside the caller's own is not believed at all."""
    with served(tmp_path, **PROXY) as (client, _):
        twice = [("x-remote-user", "mia"), ("x-remote-user", "admin"), ("x-remote-roles", "editor")]
        request = client.build_request("GET", "/v1/documents")
        request.headers = type(request.headers)([*request.headers.items(), *twice])
        reply = client.send(request)

    assert reply.status_code == 401


def test_behind_a_proxy_each_caller_has_a_rate(tmp_path: Path) -> None:
    """The caller is the last address that a trusted proxy added; what stands left of it is not."""
    with served(tmp_path, rate_limit="1/minute", **PROXY) as (client, _):

        def status(forwarded: str) -> int:
            return client.get("/about", headers={"x-forwarded-for": forwarded}).status_code

        assert [status("192.0.2.1"), status("192.0.2.1")] == [200, 429]
        assert [status("192.0.2.2"), status("6.6.6.6, 192.0.2.2")] == [200, 429]


def test_callers_of_one_ipv6_network_are_one(tmp_path: Path) -> None:
    """Whoever has one address has all of its /64; the next network is somebody else's."""
    with served(tmp_path, rate_limit="1/minute", **PROXY) as (client, _):

        def status(forwarded: str) -> int:
            return client.get("/about", headers={"x-forwarded-for": forwarded}).status_code

        assert [status("2001:db8::1"), status("2001:db8::ffff:2")] == [200, 429]
        assert status("2001:db8:0:1::1") == 200


def test_who_has_not_asked_for_long_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A count is kept while it counts, or memory would grow with every address ever seen."""
    limit = Limit("requests", "2/minute")
    for number in range(3_000):
        limit.take(f"address:{number}")
    later = time.time() + 90
    monkeypatch.setattr(time, "time", lambda: later)

    for number in range(3_000, 4_500):
        limit.take(f"address:{number}")

    assert limit.known <= 1_500
    limit.take("address:4499")
    with pytest.raises(RateLimitedError):
        limit.take("address:4499")


def test_a_trusted_proxy_says_that_it_speaks_tls(tmp_path: Path) -> None:
    """A link to share is https:// then; from anybody else the word is nothing."""
    forwarded = {"x-forwarded-proto": "https"}
    for trusted, scheme in (("10.0.0.9", "https"), ("10.0.0.8", "http")):
        with served(tmp_path / scheme, proxy_addresses=trusted) as (client, runtime):
            _, secret = runtime.keys.create("asks", ASK)
            plain = {**bearer(secret), **forwarded}
            client.base_url = "http://127.0.0.1"
            asked = client.post("/v1/answers", json={"question": QUESTION}, headers=plain).json()
            shares = f"/v1/conversations/{asked['conversation_id']}/shares"
            link = client.post(shares, json={}, headers=plain).json()["url"]

        assert link.startswith(f"{scheme}://127.0.0.1/s/")


@pytest.mark.parametrize(
    "wrong",
    [
        {"oidc_issuer": "https://id.example.org", "role_scopes": "a=ask"},
        {"oidc_audience": "followup"},
        {"proxy_user_header": "X-User", "role_scopes": "a=ask"},
        {"proxy_roles_header": "X-Roles", "proxy_addresses": "10.0.0.1"},
        {"proxy_user_header": "X-User", "proxy_addresses": "10.0.0.1"},
        {**PROXY, "authentication": "none"},
    ],
)
def test_settings_that_contradict_each_other_serve_nothing(
    tmp_path: Path, wrong: dict[str, object]
) -> None:
    """There is no app with settings that would let in others than those who were meant."""
    runtime, _ = a_runtime(tmp_path, **{"authentication": "required", **wrong})

    with pytest.raises(SettingsError, match="FOLLOWUP_"):
        create_app(runtime)
    runtime.close()


def test_no_line_and_no_backup_holds_a_key(tmp_path: Path) -> None:
    """Log lines have the key's id; a backup has its digest; neither has the secret or the token."""
    with served(tmp_path) as (client, runtime), capture_logs() as lines:
        key, secret = runtime.keys.create("Mia's laptop", ASK)
        client.get("/v1/documents", headers=bearer(secret))
        client.post("/sign-in", data={"key": secret})
        token = client.cookies[COOKIE]
        client.get("/")
        write_dump(runtime.conversations._engine, tmp_path / "dump.zip")
    import zipfile  # noqa: PLC0415 - only here

    with zipfile.ZipFile(tmp_path / "dump.zip") as archive:
        dumped = b"".join(archive.read(name) for name in archive.namelist()).decode()

    assert f"key:{key.id}" in str(lines)
    for private in (secret, secret.rpartition("_")[2], token):
        assert private not in str(lines) + dumped
    assert "Mia's laptop" not in str(lines)


def test_the_figures_need_a_right_and_health_does_not(site: tuple[TestClient, Runtime]) -> None:
    """Prometheus sends a key with the right to operate; a load balancer sends nothing."""
    client, runtime = site
    _, operates = runtime.keys.create("prometheus", {Scope.OPERATE})
    _, asks = runtime.keys.create("asks", ASK)

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers=bearer(asks)).status_code == 403
    assert client.get("/metrics", headers=bearer(operates)).status_code == 200
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_longer_bodies_are_read_only_where_texts_are_sent(tmp_path: Path) -> None:
    """A question has its own length; a reviewer's edit may be longer, and not without end."""
    with served(tmp_path, authentication="none") as (client, _):

        def status(path: str, length: int) -> int:
            return client.post(path, content=b"x" * length).status_code

        assert status("/v1/answers", 100_000) == 413
        assert status("/answers/1/feedback", 100_000) == 413
        assert status("/v1/articles", 100_000) != 413
        assert status("/v1/articles", 2_000_000) == 413


def test_a_full_disk_locks_nobody_out(site: tuple[TestClient, Runtime]) -> None:
    """When a key was last used cannot be written then; whoever has it reads on."""
    client, runtime = site
    _, secret = runtime.keys.create("reader", ASK)

    @sa.event.listens_for(runtime.keys._engine, "before_cursor_execute")
    def full(*given: Any) -> None:  # noqa: ANN401 - the database's own
        if str(given[2]).startswith("UPDATE api_keys"):
            raise OSError(errno.ENOSPC, "no space left on device")

    with capture_logs() as lines:
        assert client.get("/v1/documents", headers=bearer(secret)).status_code == 200
    assert "key_use_not_noted" in {line["event"] for line in lines}


def test_nobody_takes_the_id_of_another_by_name() -> None:
    """An odd name is written as its digest; a name that looks like one is odd as well."""
    odd = outside_id("proxy", "Zoë")

    assert odd.startswith("proxy:sha256:")
    assert outside_id("proxy", odd.removeprefix("proxy:")) != odd
