"""The tools for agents, through the protocol's own client: over HTTP and over standard streams."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from mcp import StdioServerParameters
from mcp.client import Client
from mcp.client.stdio import stdio_client
from mcp_types import CallToolResult, TextContent
from typer.testing import CliRunner

from ingest.embedding import HashingEmbedder
from service.api import create_app
from service.api.access import PRINCIPAL
from service.api.mcp_shapes import PassageToolReply, SearchReply
from service.api.shapes import AnswerReply
from service.bootstrap import bootstrap
from service.cli import agents, app
from service.principals import Principal, Scope
from service.settings import Settings
from tests.sample_index import Built
from tests.sample_runtime import BOXED, CHUNKS, LABEL, QUESTION, SNAPSHOT, FakeLive, a_runtime
from tests.sample_server import serving

ROOT = Path(__file__).parents[2]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[str, FakeLive]]:
    """A server, and the live index behind it."""
    runtime, live = a_runtime(tmp_path)
    with serving(create_app(runtime)) as address:
        yield f"{address}/mcp", live
    runtime.close()


@pytest.fixture
def address(served: tuple[str, FakeLive]) -> str:
    """Where the tools are."""
    return served[0]


def talk(address: str, work: Callable[[Client], Awaitable[Any]], mode: str = "auto") -> Any:  # noqa: ANN401
    """Return what *work* does with a client of the server at *address*."""

    async def talking() -> Any:  # noqa: ANN401
        async with Client(address, mode=mode) as client:
            return await work(client)

    return asyncio.run(talking())


def call(address: str, name: str, **arguments: object) -> CallToolResult:
    """Call one tool."""
    result = talk(address, lambda client: client.call_tool(name, arguments))
    assert isinstance(result, CallToolResult)
    return result


def text_of(result: CallToolResult) -> str:
    """Return the text of a result."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_three_tools_that_only_read(address: str, mode: str) -> None:
    """Each is described, with the shapes of what goes in and comes out."""
    listed = talk(address, lambda client: client.list_tools(), mode)

    tools = {tool.name: tool for tool in listed.tools}
    assert list(tools) == ["search_evidence", "get_passage", "answer_followup"]
    for tool in tools.values():
        assert tool.description
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.output_schema is not None
    assert tools["answer_followup"].input_schema["required"] == ["question"]


def test_a_question_is_answered_with_everything(address: str) -> None:
    """The data is the reply of the API; the text is cited, and ends with the disclaimer and ids."""
    result = call(address, "answer_followup", question=QUESTION, audience="nurse")

    reply = AnswerReply.model_validate(result.structured_content)
    assert reply.answer.audience == "nurse"
    text = text_of(result)
    assert f"“{BOXED}” [2]" in text
    assert "Disclaimer (2026-01-01)" in text
    assert f"conversation_id: {reply.conversation_id}" in text
    assert f"snapshot: {SNAPSHOT}" in text


def test_a_conversation_is_followed_up(served: tuple[str, FakeLive]) -> None:
    """By the id that the first answer gave."""
    address, live = served
    first = call(address, "answer_followup", question=QUESTION)
    held = AnswerReply.model_validate(first.structured_content).conversation_id

    call(address, "answer_followup", question="and the dose?", conversation_id=held)

    assert [turn.question for turn in live.answerer.heard[-1][1]] == [QUESTION]


def test_a_passage_is_read(address: str) -> None:
    """With its source, its section and its snapshot."""
    chunk = CHUNKS[LABEL.id][0]

    result = call(address, "get_passage", passage_id=chunk.id)

    reply = PassageToolReply.model_validate(result.structured_content)
    assert reply.text == BOXED
    assert reply.snapshot == SNAPSHOT
    assert f"> {BOXED}" in text_of(result)
    assert f"snapshot: {SNAPSHOT}" in text_of(result)
    assert reply.disclaimer.text in text_of(result)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("get_passage", {"passage_id": "none"}, "there is no passage by that id"),
        ("answer_followup", {"question": QUESTION, "conversation_id": "none"}, "no conversation"),
        ("answer_followup", {"question": " "}, "question"),
        ("answer_followup", {"question": "x" * 5_000}, "at most"),
        ("search_evidence", {"query": "x", "limit": 1_000}, "limit"),
        ("answer_followup", {"question": "fail"}, "give the request id to the operator"),
        ("prescribe", {}, "there is no tool by that name"),
    ],
)
def test_errors_are_results_that_say_what_to_do(
    address: str, name: str, arguments: dict[str, object], says: str
) -> None:
    """An agent reads them; none of them quotes a secret of the program."""

    async def tried(client: Client) -> CallToolResult:
        result = await client.session.call_tool(name, arguments)
        assert isinstance(result, CallToolResult)
        return result

    result = talk(address, tried)

    assert result.is_error
    assert says in text_of(result)
    assert "secret" not in text_of(result)


def test_search_finds_passages_of_every_type(built: Built, tmp_path: Path) -> None:
    """The best of each type first; one type alone where it is asked for."""
    settings = Settings(_env_file=None, home=tmp_path, index=built.index)  # type: ignore[call-arg]
    runtime = bootstrap(settings, embedder=HashingEmbedder())
    with serving(create_app(runtime)) as address:
        query = "What is the dose of Zorvanex for insomnia?"
        found = call(f"{address}/mcp", "search_evidence", query=query, limit=4)
        labels = call(f"{address}/mcp", "search_evidence", query=query, source_type="label")
        unknown = call(f"{address}/mcp", "search_evidence", query="What is the capital of France?")
    runtime.close()

    reply = SearchReply.model_validate(found.structured_content)
    assert 0 < len(reply.passages) <= 4
    ranks = [passage.rank for passage in reply.passages]
    assert ranks == sorted(ranks)
    assert len({passage.source.source_type for passage in reply.passages}) > 1
    assert all(f"[{passage.passage_id}]" in text_of(found) for passage in reply.passages)
    assert reply.disclaimer.text in text_of(found)
    only = SearchReply.model_validate(labels.structured_content)
    assert {passage.source.source_type for passage in only.passages} == {"label"}
    declined = SearchReply.model_validate(unknown.structured_content)
    assert declined.passages == []


def test_the_walls_of_the_app_stand_before_the_tools(tmp_path: Path) -> None:
    """Other sites and hosts, other methods, and those without the right to ask are turned away."""
    runtime, _ = a_runtime(tmp_path)
    app = create_app(runtime)
    nobody = Principal("k", "a key", frozenset({Scope.OPERATE}))
    with TestClient(app, base_url="http://127.0.0.1") as client:
        refused = [
            client.post("/mcp", json={}, headers={"Sec-Fetch-Site": "cross-site"}),
            client.post("/mcp", json={}, headers={"Host": "elsewhere.example.org"}),
            client.get("/mcp"),
        ]

    async def as_nobody(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401
        if scope["type"] == "http":
            scope[PRINCIPAL] = nobody
        await app(scope, receive, send)

    with TestClient(as_nobody, base_url="http://127.0.0.1") as client:
        refused.append(client.post("/mcp", json={}))
    runtime.close()

    assert [one.status_code for one in refused] == [403, 400, 405, 403]
    assert {one.headers["content-type"] for one in refused} == {"application/problem+json"}


def test_standard_streams_serve_the_same_tools(built: Built, tmp_path: Path) -> None:
    """A process of its own that an agent starts; nothing but the protocol is on its output."""
    program = (
        "import service.bootstrap as b; from ingest.embedding import HashingEmbedder\n"
        "b.default_embedder = lambda threads: HashingEmbedder()\n"
        "from service.cli import main; main()"
    )
    parameters = StdioServerParameters(
        command=sys.executable,
        args=["-c", program, "mcp", "--index", str(built.index)],
        cwd=str(ROOT),
        env={"FOLLOWUP_HOME": str(tmp_path)},
    )

    async def talking() -> tuple[list[str], CallToolResult]:
        with (tmp_path / "log").open("w", encoding="utf-8") as log:
            async with Client(stdio_client(parameters, errlog=log)) as client:
                listed = await client.list_tools()
                asked = {"question": "What is the dose of Zorvanex?"}
                return [tool.name for tool in listed.tools], await client.call_tool(
                    "answer_followup", asked
                )

    names, result = asyncio.run(talking())

    assert names == ["search_evidence", "get_passage", "answer_followup"]
    assert AnswerReply.model_validate(result.structured_content).answer.references
    assert "Disclaimer" in text_of(result)


def test_without_the_extra_the_remedy_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The command says what to install, and the app has no such address."""
    monkeypatch.setattr(agents, "find_spec", lambda _: None)
    monkeypatch.setattr("service.api.app.find_spec", lambda _: None)
    runtime, _ = a_runtime(tmp_path)

    ran = CliRunner().invoke(app, ["mcp"])
    with TestClient(create_app(runtime), base_url="http://127.0.0.1") as client:
        reply = client.post("/mcp", json={})
    runtime.close()

    assert ran.exit_code == 3
    assert "pip install 'mcp>=2.3'" in ran.output
    assert reply.status_code == 404
