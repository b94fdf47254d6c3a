"""
Every route, as it is served, against every role: what its declaration says is what happens.

The routes are read off the app, so that one that is new is tried without being named here; what
belongs to somebody is found by the names of the path's parameters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.api import create_app
from service.api.access import Declared, declarations
from service.bootstrap import Runtime
from service.principals import Scope
from tests.sample_runtime import QUESTION, a_runtime

DOC = Path(__file__).parents[2] / "docs" / "access.md"
ROLES: dict[str, frozenset[Scope]] = {
    "nobody": frozenset(),
    **{scope.value: frozenset({scope}) for scope in Scope},
}
OWNED = re.compile(r"\{(conversation_id|answer_id|article_id|share_id)\}")
OPEN_TO = {
    ("GET", "/v1/answers/{answer_id}/feedback"): Scope.EVALUATE,
    ("DELETE", "/v1/articles/{article_id}"): Scope.OPERATE,
    ("POST", "/articles/{article_id}/delete"): Scope.OPERATE,
}
"""What others than the owner may do to what is not theirs, and with which right."""
OWNERS_ALONE = {"/v1/conversations/{conversation_id}/shares"}
"""What even reviewers do not read: who was sent a link."""
UNSET = "0" * 32


@dataclass(frozen=True)
class Site:
    """The app with a client that knows nobody, and a key for each role."""

    client: TestClient
    runtime: Runtime
    routes: tuple[Declared, ...]
    keys: dict[str, str]

    def send(self, method: str, path: str, key: str | None, **more: Any) -> Any:  # noqa: ANN401
        """Send a request with a key, or with none."""
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        return self.client.request(method, path, headers=headers, **more)

    def key(self, name: str, *scopes: Scope) -> str:
        """Make a key, of a person of its own."""
        return self.runtime.keys.create(name, set(scopes))[1]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An app that wants to know who asks; its rate is out of the way."""
    runtime, _ = a_runtime(
        tmp_path_factory.mktemp("site"), authentication="required", rate_limit="999999/second"
    )
    app = create_app(runtime)
    keys = {name: runtime.keys.create(name, scopes)[1] for name, scopes in ROLES.items() if scopes}
    client = TestClient(app, base_url="https://127.0.0.1", follow_redirects=False)
    with client:
        yield Site(client, runtime, tuple(declarations(app.routes)), keys)
    runtime.close()


def tried(site: Site) -> Iterator[tuple[str, str, Declared]]:
    """Yield the method and path of every route."""
    for route in site.routes:
        for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
            yield ("POST" if method == "*" else method), route.path, route


def filled(path: str, values: dict[str, str] | None = None) -> str:
    """Put values in the place of a path's parameters; of those without one, ids of nothing."""
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: (values or {}).get(found[1], UNSET), path)


def verdict(reply: Any) -> str:  # noqa: ANN401 - httpx's
    """Say whether a reply let somebody in: "in", "sign in" or "no right"."""
    kind = ""
    if "json" in reply.headers.get("content-type", ""):
        body = reply.json()
        kind = str(body.get("type") or body.get("error", {}).get("type")) if body else ""
    if reply.status_code == 401:
        return "sign in"
    return "no right" if reply.status_code == 403 and "cross-site" not in kind else "in"


@pytest.mark.parametrize("role", ROLES)
def test_every_route_lets_in_whom_it_says(site: Site, role: str) -> None:
    """The right that a route declares is the one it asks for: no more, and no less."""
    wrong = []
    for method, path, route in tried(site):
        if route.needed is None:
            expected = "in"
        elif role == "nobody":
            expected = "sign in"
        else:
            expected = "in" if route.needed in ROLES[role] else "no right"
        if path == "/sign-in" and method == "POST":
            expected = "sign in"  # without a key in its form nobody is let in
        found = verdict(site.send(method, filled(path), site.keys.get(role)))
        if found != expected:
            wrong.append(f"{method} {path}: {found}, not {expected}")

    assert not wrong


def test_what_is_somebodys_is_found_by_nobody_else(site: Site) -> None:
    """Another asker gets 404 for each address of a conversation, an answer or an own article."""
    owner = site.key("owner", Scope.ASK)
    other = site.key("other", Scope.ASK)
    values = owned(site, owner)
    wrong, seen = [], 0
    for method, path, route in tried(site):
        if OWNED.search(path) and route.needed is Scope.ASK:
            seen += 1
            reply = site.send(method, filled(path, values), other, **body_of(path))
            if reply.status_code != 404:
                wrong.append(f"{method} {path}: {reply.status_code} {reply.text[:200]}")

    assert not wrong
    assert seen > 10


def test_what_is_somebodys_is_read_by_them_and_by_reviewers(site: Site) -> None:
    """The owner and a reviewer find at each address that can be read what is there."""
    owner = site.key("owner", Scope.ASK)
    reviewer = site.key("reviewer", Scope.ASK, Scope.REVIEW)
    values = owned(site, owner)
    for method, path, route in tried(site):
        if method != "GET" or not OWNED.search(path) or route.needed is not Scope.ASK:
            continue
        for key in (owner, reviewer):
            reply = site.send(method, filled(path, values), key)
            hidden = key is reviewer and path in OWNERS_ALONE
            status = 404 if hidden else 200
            assert reply.status_code == status, f"{method} {path}: {reply.text[:200]}"


@pytest.mark.parametrize(("method", "path"), OPEN_TO)
def test_a_right_of_its_own_reaches_further(site: Site, method: str, path: str) -> None:
    """Evaluators read feedback, operators delete articles, whosever they are."""
    values = owned(site, site.key("owner", Scope.ASK))
    holder = site.key("holder", Scope.ASK, OPEN_TO[method, path])

    assert site.send(method, filled(path, values), holder).is_success


def test_lists_hold_nothing_of_others(site: Site) -> None:
    """Neither an own article nor a conversation stands in another asker's list."""
    owner, other = site.key("owner", Scope.ASK), site.key("other", Scope.ASK)
    values = owned(site, owner)

    for path in ("/v1/conversations", "/v1/articles", "/history"):
        text = site.send("GET", path, other).text
        assert not [one for one in values.values() if one in text], path


def test_nobody_continues_anothers_conversation(site: Site) -> None:
    """A follow-up in a conversation that is not one's own finds no conversation."""
    values = owned(site, site.key("owner", Scope.ASK))
    asked = {"question": QUESTION, "conversation_id": values["conversation_id"]}

    reply = site.send("POST", "/v1/answers", site.key("other", Scope.ASK), json=asked)

    assert reply.status_code == 404


def test_the_table_in_the_docs_is_that_of_the_code(site: Site) -> None:
    """docs/access.md lists every route with its right; `make docs` writes it anew."""
    written = DOC.read_text(encoding="utf-8").split("<!-- table -->")[1].strip()

    assert written == table(site.routes), "\n" + table(site.routes)


def owned(site: Site, key: str) -> dict[str, str]:
    """Ask a question and make an article of its answer; return the ids of all there is then."""
    asked = site.send("POST", "/v1/answers", key, json={"question": QUESTION}).json()
    conversation = asked["conversation_id"]
    shared = site.send("POST", f"/v1/conversations/{conversation}/shares", key, json={})
    made = site.send("POST", "/v1/articles", key, json={"answer_id": asked["answer_id"]})
    assert shared.status_code == made.status_code == 201, (shared.text, made.text)
    return {
        "conversation_id": conversation,
        "answer_id": asked["answer_id"],
        "share_id": shared.json()["share_id"],
        "article_id": made.json()["article_id"],
    }


def body_of(path: str) -> dict[str, Any]:
    """Return a body that fits, so that what is refused is refused for whose it is."""
    if path.endswith("/feedback"):
        form = not path.startswith("/v1/")
        return {"data" if form else "json": {"verdict": "helpful", "comment": "x"}}
    if path.endswith("/rename"):
        return {"data": {"title": "x"}}
    if path.startswith("/v1/conversations/"):
        return {"json": {} if path.endswith("/shares") else {"title": "x"}}
    return {}


def table(routes: tuple[Declared, ...]) -> str:
    """Return the table of routes and roles in Markdown."""
    lines = [
        f"| route | {' | '.join(ROLES)} |",
        "|---|" + ":-:|" * len(ROLES),
    ]
    entries = {
        f"| `{method} {route.path}` | "
        + " | ".join(
            "yes" if route.needed is None or route.needed in scopes else "–"
            for scopes in ROLES.values()
        )
        + " |"
        for route in routes
        for method in route.methods - {"HEAD", "OPTIONS"}
    }
    return "\n".join([*lines, *sorted(entries, key=lambda one: one.split("`")[1].split()[::-1])])


def test_the_document_tells_what_each_operation_needs(site: Site) -> None:
    """Each operation names its right, and the replies of those who have not got it."""
    document = site.client.get("/openapi.json").json()
    needed = {
        (re.sub(r":\w+\}", "}", path), method.lower()): route.needed
        for method, path, route in tried(site)
    }

    assert set(document["components"]["securitySchemes"]) == {"bearer", "session"}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            scope = needed[path, method]
            asked = [] if scope is None else [{"bearer": [scope]}, {"session": [scope]}]
            assert operation["security"] == asked, f"{method} {path}"
            if scope is not None:
                assert {"401", "403", "429"} <= set(operation["responses"])


if __name__ == "__main__":  # make docs
    with TemporaryDirectory() as folder:
        sample = a_runtime(Path(folder))[0]
        rows = table(tuple(declarations(create_app(sample).routes)))
        sample.close()
    before, _, after = DOC.read_text(encoding="utf-8").split("<!-- table -->")
    DOC.write_text(f"{before}<!-- table -->\n{rows}\n<!-- table -->{after}", encoding="utf-8")
