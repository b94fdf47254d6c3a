"""Conversations in a list, their titles, and links to them: by the API and on the pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.testing import capture_logs

from service.api import create_app
from service.api.access import PRINCIPAL
from service.api.history import ConversationsReply, ListedReply, NewShareReply, SharesReply
from service.bootstrap import Runtime
from service.principals import Principal
from service.principals import Scope as Right
from tests.integration.test_accounts import served, signed_in
from tests.integration.test_api import HOME, ask, is_problem
from tests.sample_runtime import QUESTION, a_runtime

ANN = Principal("key:ann", "Ann Zebra", frozenset({Right.ASK}))
BOB = Principal("key:bob", "Bob", frozenset({Right.ASK, Right.EVALUATE, Right.OPERATE}))
REVIEWER = Principal("key:rev", "Rev", frozenset(Right))
As = Callable[[Principal | None], TestClient]


class Signed:
    """An app that everybody comes to as one principal."""

    def __init__(self, app: ASGIApp, principal: Principal | None) -> None:
        """Wrap *app*."""
        self.app = app
        self.principal = principal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        scope[PRINCIPAL] = self.principal
        await self.app(scope, receive, send)


@pytest.fixture
def runtime(tmp_path: Path) -> Iterator[Runtime]:
    """The sample runtime."""
    made, _ = a_runtime(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(runtime: Runtime) -> Iterator[TestClient]:
    """A client of the app without accounts."""
    with TestClient(create_app(runtime), base_url=HOME, follow_redirects=False) as opened:
        yield opened


@pytest.fixture
def signed(runtime: Runtime) -> As:
    """Make clients that are signed in, or, as None, are nobody."""
    app = create_app(runtime)

    def made(principal: Principal | None) -> TestClient:
        return TestClient(Signed(app, principal), base_url=HOME, follow_redirects=False)

    return made


def share(client: TestClient, conversation: str, body: object = None) -> Any:  # noqa: ANN401
    """Make a link and return the reply."""
    return client.post(f"/v1/conversations/{conversation}/shares", json=body or {})


def test_conversations_are_listed_page_by_page(client: TestClient) -> None:
    """`next` leads through all of them, each once, and keeps what was searched for."""
    asked = [ask(client, f"{QUESTION} Number {n}")["conversation_id"] for n in range(5)]
    ask(client, "Something else?")

    found, address = [], "/v1/conversations?q=nUMBER&limit=2"
    while address:
        reply = client.get(address)
        page = ConversationsReply.model_validate_json(reply.text)
        assert len(page.conversations) <= 2
        found += [one.conversation_id for one in page.conversations]
        address = page.next or ""

    assert reply.headers["cache-control"] == "no-store"
    assert sorted(found) == sorted(asked)


@pytest.mark.parametrize(
    "cursor", ["x", "WyJ4IiwieSJd", "W10", "é", "WyIyMDI2LTAxLTAxVDAwOjAwOjAwWiIsIlx1MDAwMCJd"]
)
def test_a_cursor_is_one_that_was_sent(client: TestClient, cursor: str) -> None:
    """Anything else is told, and reaches no database."""
    reply = client.get("/v1/conversations", params={"cursor": cursor})

    problem = is_problem(reply, 422, "invalid-request")
    assert [each["at"] for each in problem["errors"]] == ["query.cursor"]


def test_a_conversation_gets_a_title(client: TestClient) -> None:
    """Shown in the list and with it, until null brings its first question back."""
    one = ask(client)["conversation_id"]
    where = f"/v1/conversations/{one}"

    renamed = client.patch(where, json={"title": " Grand rounds "})
    titles = [client.get(where).json()["title"]]
    again = client.patch(where, json={"title": None})

    assert ListedReply.model_validate_json(renamed.text).title == "Grand rounds"
    assert [*titles, again.json()["title"]] == ["Grand rounds", QUESTION]
    for wrong in ({"title": " "}, {"title": "x" * 201}, {}, {"title": "x", "owner": "y"}):
        is_problem(client.patch(where, json=wrong), 422, "invalid-request")
    is_problem(client.patch("/v1/conversations/nothing", json={"title": "x"}), 404, "not-found")


def test_a_link_is_made_listed_and_revoked(client: TestClient) -> None:
    """Its address is told once; afterwards it opens nothing."""
    one = ask(client)["conversation_id"]
    where = f"/v1/conversations/{one}/shares"

    made = share(client, one, {"days": 3})
    told = NewShareReply.model_validate_json(made.text)
    listed = SharesReply.model_validate_json(client.get(where).text)
    shown = client.get(told.url)
    revoked = client.delete(f"/v1/shares/{told.share_id}")

    assert made.status_code == 201
    assert told.url.startswith(f"{HOME}/s/")
    assert [each.share_id for each in listed.shares] == [told.share_id]
    lasts = datetime.fromisoformat(told.expires) - datetime.fromisoformat(told.created)
    assert lasts == timedelta(days=3)
    assert (shown.status_code, revoked.status_code) == (200, 204)
    assert client.get(where).json() == {"shares": []}
    is_problem(client.delete(f"/v1/shares/{told.share_id}"), 404, "not-found")
    for days in (0, 91, "x"):
        is_problem(share(client, one, {"days": days}), 422, "invalid-request")


def test_a_link_is_read_by_anybody_and_by_no_machine(signed: As) -> None:
    """Signed in or not; no cache keeps it, no engine lists it, nothing can be sent from it."""
    ann, nobody = signed(ANN), signed(None)
    asked = ask(ann)
    ann.patch(f"/v1/conversations/{asked['conversation_id']}", json={"title": "Mrs. Quagga"})

    address = share(ann, asked["conversation_id"]).json()["url"]
    ask(ann, "Asked later, an okapi?", conversation_id=asked["conversation_id"])
    shown = nobody.get(address)

    assert shown.status_code == 200
    assert shown.headers["cache-control"] == "no-store"
    assert shown.headers["x-robots-tag"] == "noindex, nofollow"
    assert shown.headers["referrer-policy"] == "no-referrer"
    assert QUESTION in shown.text
    assert asked["answer"]["disclaimer"]["text"] in shown.text.replace("&#39;", "'")
    assert f"{datetime.now(UTC) + timedelta(days=14):%-d %B %Y}" in shown.text
    for kept in ("Quagga", "okapi", ANN.name, ANN.id, asked["conversation_id"]):
        assert kept not in shown.text
    assert not re.search(r"<(form|textarea|script)\b", shown.text)
    is_problem(nobody.get("/v1/conversations"), 401, "unauthenticated")


def test_links_that_show_nothing_look_alike(client: TestClient, runtime: Runtime) -> None:
    """Revoked, expired or invented: the same page but for the id of the request."""
    one = ask(client)["conversation_id"]
    revoked = share(client, one).json()
    client.delete(f"/v1/shares/{revoked['share_id']}")
    _, expired = runtime.shares.make(one, days=0)

    pages = [
        client.get(address, headers={"Accept": "text/html"})
        for address in (revoked["url"], f"/s/{expired}", "/s/invented")
    ]

    assert {page.status_code for page in pages} == {404}
    assert len({page.text for page in pages}) == 1


def test_everything_is_its_owners(signed: As) -> None:
    """Others list nothing, and to them there is nothing to rename, share, revoke or delete."""
    ann = signed(ANN)
    one = ask(ann)["conversation_id"]
    link = share(ann, one).json()["share_id"]

    for other in (signed(BOB), signed(REVIEWER)):
        assert other.get("/v1/conversations").json()["conversations"] == []
        assert one not in other.get("/history").text
        where = f"/v1/conversations/{one}"
        for reply in (
            other.patch(where, json={"title": "x"}),
            other.delete(where),
            other.get(f"{where}/shares"),
            share(other, one),
            other.delete(f"/v1/shares/{link}"),
            other.post("/v1/answers", json={"question": "and?", "conversation_id": one}),
        ):
            is_problem(reply, 404, "not-found")
        for path in (f"/c/{one}/rename", f"/c/{one}/share", f"/c/{one}/delete"):
            assert other.post(path, data={"sure": "yes", "title": "x"}).status_code == 404
        assert other.post(f"/shares/{link}/revoke").status_code == 404
    assert signed(BOB).get(f"/c/{one}").status_code == 404
    assert signed(REVIEWER).get(f"/c/{one}").status_code == 200
    assert len(ann.get(f"/v1/conversations/{one}/shares").json()["shares"]) == 1


def test_the_history_works_without_scripts(client: TestClient) -> None:
    """Search, rename, share, revoke, delete: each a form that leads on to a page."""
    one = ask(client)["conversation_id"]
    ask(client, "Something else?")

    renamed = client.post(f"/c/{one}/rename", data={"title": "Grand rounds"})
    found = client.get("/history?q=grand").text
    made = client.post(f"/c/{one}/share", data={"days": "7"})
    (address,) = re.findall(r'value="(http[^"]+/s/[\w-]+)"', made.text)
    listed = client.get("/history").text
    (link,) = re.findall(r"/shares/(\w+)/revoke", listed)
    shown = client.get(address).status_code
    revoked = client.post(f"/shares/{link}/revoke")
    confirmed = client.post(f"/c/{one}/delete")
    still = client.get(f"/c/{one}").status_code
    deleted = client.post(f"/c/{one}/delete", data={"sure": "yes"})

    assert (renamed.status_code, renamed.headers["location"]) == (303, f"/history#c-{one}")
    assert "Grand rounds" in found
    assert "Something else?" not in found
    assert made.headers["cache-control"] == "no-store"
    assert address.rpartition("/")[2] not in listed
    assert (shown, client.get(address).status_code) == (200, 404)
    assert (revoked.status_code, revoked.headers["location"]) == (303, "/history")
    assert "cannot be undone" in confirmed.text
    assert (still, deleted.status_code, deleted.headers["location"]) == (200, 303, "/history")
    assert client.get(f"/c/{one}").status_code == 404


@pytest.mark.parametrize(
    ("path", "field"),
    [("rename", {"title": "x" * 201}), ("share", {"days": "91"}), ("share", {"days": "²"})],
)
def test_a_form_that_does_not_fit_says_so(
    client: TestClient, path: str, field: dict[str, str]
) -> None:
    """On a page, with the reason."""
    one = ask(client)["conversation_id"]

    reply = client.post(f"/c/{one}/{path}", data=field, headers={"Accept": "text/html"})

    assert reply.status_code == 422
    assert "at most" in reply.text or "1 to 90" in reply.text


def test_sharing_is_switched_off(tmp_path: Path) -> None:
    """The page offers none, the API refuses, and a link made before shows nothing."""
    runtime, _ = a_runtime(tmp_path, share_days=0)
    client = TestClient(create_app(runtime), base_url=HOME)
    one = ask(client)["conversation_id"]

    reply = share(client, one)

    assert "switched off" in is_problem(reply, 403, "forbidden")["detail"]
    assert "Make a link" not in client.get("/history").text
    runtime.close()


def test_no_word_of_a_title_a_search_or_a_link_is_logged(client: TestClient) -> None:
    """The lines have ids and counts alone."""
    one = ask(client)["conversation_id"]

    with capture_logs() as lines:
        client.patch(f"/v1/conversations/{one}", json={"title": "a zebra"})
        client.get("/v1/conversations?q=zebra")
        client.get("/history?q=zebra")
        address = share(client, one).json()["url"]
        client.get(address)
        client.get("/s/zebra")

    told = json.dumps(lines)
    assert "zebra" not in told
    assert address.rpartition("/")[2] not in told
    assert [line["route"] for line in lines if line["event"] == "request"][-1] == "/s/{token}"


def test_a_link_opens_where_accounts_are_required(tmp_path: Path) -> None:
    """Signed out it still shows its turns, and no more; every form of the history proves itself."""
    with served(tmp_path) as (client, runtime):
        token = signed_in(client, runtime)
        asked = client.post("/ask", data={"question": QUESTION, "csrf": token})
        one = asked.headers["location"].removeprefix("/c/").partition("#")[0]
        made = client.post(f"/c/{one}/share", data={"csrf": token})
        (address,) = re.findall(r'value="(http[^"]+/s/[\w-]+)"', made.text)
        listed = client.get("/history").text
        forged = client.post(f"/c/{one}/rename", data={"title": "x"})
        renamed = client.post(f"/c/{one}/rename", data={"title": "x", "csrf": token})
        client.cookies.clear()
        shown = client.get(address)
        kept = client.get("/history", headers={"accept": "text/html"})

    posts = re.findall(r'<form[^>]*method="post".*?</form>', listed, re.DOTALL)
    assert len(posts) >= 4
    assert all(f'value="{token}"' in form for form in posts)
    assert (forged.status_code, renamed.status_code) == (403, 303)
    assert shown.status_code == 200
    assert QUESTION in shown.text
    assert kept.status_code in (303, 401)


def test_a_reviewer_reads_a_conversation_and_has_no_form_to_change_it(signed: As) -> None:
    """It says so; what changes nothing is there: copy, print, export, and feedback."""
    ann, reviewer = signed(ANN), signed(REVIEWER)
    conversation = ask(ann, QUESTION)["conversation_id"]

    own, read = (one.get(f"/c/{conversation}").text for one in (ann, reviewer))

    changing = (
        'action="/ask"',
        'action="/articles"',
        *(f'action="/c/{conversation}/{what}"' for what in ("share", "rename", "delete")),
    )
    for form in changing:
        assert form in own
        assert form not in read
    assert "Read-only: this is somebody else" in read
    assert "Read-only" not in own
    for kept in ("data-copy-from", "data-print", "/export?format=ris", "/feedback"):
        assert kept in read
    assert "/static/article.js" in read
    assert "/static/page.js" not in read
