"""Whatever is sent to whatever address: HEAD like GET, 405 with Allow, every error a problem."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st

from service.api import create_app
from service.api.problem_shapes import ProblemShape
from tests.sample_runtime import CHUNKS, LABEL, a_runtime

HOME = "http://127.0.0.1"
TAGGED = (
    "/openapi.json",
    "/static/app.css",
    "/v1/documents",
    f"/v1/documents/{LABEL.id}",
    f"/v1/passages/{CHUNKS[LABEL.id][0].id}",
    "/v1/snapshot",
)
pieces = st.sampled_from(
    "v1 answers conversations passages documents feedback export snapshot static c ask healthz "
    "problems articles shares models chat completions history s .. %00 %0a %ff %2e%2e %2F é".split()
) | st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=8)
methods = st.sampled_from("GET HEAD POST PUT PATCH DELETE OPTIONS TRACE BREW".split())
bodies = st.one_of(
    st.binary(max_size=40),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=9),
        lambda held: st.lists(held, max_size=2) | st.dictionaries(st.text(max_size=9), held),
        max_leaves=4,
    ).map(lambda value: json.dumps(value).encode()),
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Content-Type": st.sampled_from(
            ["application/json", "text/plain", "multipart/form-data", "application/", "é".encode()]
        ),
        "Accept": st.sampled_from(["application/json", "text/event-stream", "*/*", ""]),
        "If-None-Match": st.sampled_from(["*", '"x"', 'W/"', "\x7f"]),
        "Cookie": st.sampled_from(["a", "=;=", "followup_session=x"]),
        "Authorization": st.sampled_from(["Bearer", "Basic Og==", "Bearer x"]),
    },
)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """A client of the app, which passes no fault on: a fault must be a reply, too."""
    runtime, _ = a_runtime(tmp_path_factory.mktemp("methods"))
    app = create_app(runtime)
    with TestClient(app, base_url=HOME, raise_server_exceptions=False) as client:
        yield client
    runtime.close()


@given(methods, st.lists(pieces, max_size=5), st.text(max_size=9), bodies, headers)
@settings(deadline=None, max_examples=150)
def test_every_error_is_a_problem(
    client: TestClient,
    method: str,
    path: list[str],
    query: str,
    body: bytes,
    sent: dict[str, str],
) -> None:
    """Of any method, path, query, body and headers; and none of them is a fault of the service."""
    url = f"{HOME}/{'/'.join(path).replace('?', '').replace('#', '')}"

    reply = client.request(
        method, url, params={"q": query}, content=body, headers=sent, follow_redirects=False
    )

    assert reply.status_code < 500, reply.text
    if reply.status_code >= 400 and method != "HEAD":
        assert reply.headers["content-type"] == "application/problem+json"
        ProblemShape.model_validate(reply.json())
    if reply.status_code == 405:
        assert method not in reply.headers["allow"].split(", ")


@pytest.mark.parametrize("path", [*TAGGED, "/", "/healthz", "/readyz", "/problems/not-found"])
def test_head_is_get_without_the_body(client: TestClient, path: str) -> None:
    """The same status and headers, and nothing after them."""
    got, headed = client.get(path), client.head(path)

    assert headed.status_code == got.status_code == 200
    assert headed.content == b""
    for name in ("content-type", "content-length", "etag"):
        assert headed.headers.get(name) == got.headers.get(name)


@pytest.mark.parametrize("path", TAGGED)
def test_what_has_a_tag_is_sent_once(client: TestClient, path: str) -> None:
    """A caller that names it gets 304, by HEAD as well."""
    tag = client.get(path).headers["etag"]

    for method in ("GET", "HEAD"):
        again = client.request(method, path, headers={"If-None-Match": tag})
        assert (again.status_code, again.content) == (304, b"")


def test_allow_names_every_method_of_an_address(client: TestClient) -> None:
    """Those of all routes that share it, also of one that takes no such method."""
    for path, methods in (
        ("/v1/conversations/x", "DELETE, GET, HEAD"),
        ("/v1/answers", "POST"),
        ("/v1/answers/x/feedback", "GET, HEAD, POST"),
        ("/static/app.css", "GET, HEAD"),
    ):
        reply = client.put(path)

        assert reply.status_code == 405
        assert set(methods.split(", ")) <= set(reply.headers["allow"].split(", "))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("stream", "true"),
        ("audience", "cat"),
        ("conversation_id", 9**99),
    ],
)
def test_a_field_that_does_not_fit_is_named(client: TestClient, field: str, value: object) -> None:
    """By its place, with nothing of what was sent."""
    reply = client.post("/v1/answers", json={"question": "zorvanex", field: value})

    assert reply.status_code == 422
    assert reply.json()["errors"][0]["at"] == f"body.{field}"


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), max_size=40))
@settings(deadline=None)
def test_a_cursor_that_was_made_up_is_a_place_or_a_problem(client: TestClient, cursor: str) -> None:
    """Never a fault, whatever it is."""
    assert client.get("/v1/documents", params={"cursor": cursor}).status_code in (200, 422)
