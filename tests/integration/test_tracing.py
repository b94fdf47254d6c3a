"""Traces: what is sent to a collector, and that nothing is where there is none."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent import futures
from pathlib import Path
from typing import Any

import grpc
import pytest
from fastapi.testclient import TestClient
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from structlog.testing import capture_logs

from service.api import create_app, traces_wanted
from tests.sample_runtime import QUESTION, SNAPSHOT, a_runtime

HOME = "http://127.0.0.1"
ROOT = Path(__file__).parents[2]
MARKER = "zebraquagga"
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


class Collector(trace_service_pb2_grpc.TraceServiceServicer):
    """Keeps every span that it is sent."""

    def __init__(self) -> None:
        """Begin with none."""
        self.resources: list[Any] = []

    def Export(self, request: Any, context: Any) -> Any:  # noqa: ANN401, N802 - gRPC's own
        """Take a batch."""
        del context
        self.resources += request.resource_spans
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self) -> list[Any]:
        """Every span, by its beginning."""
        found = [
            span
            for resource in self.resources
            for scope in resource.scope_spans
            for span in scope.spans
        ]
        return sorted(found, key=lambda span: int(span.start_time_unix_nano))


@pytest.fixture
def collector() -> Iterator[tuple[Collector, str]]:
    """A collector on loopback, and its address."""
    server = grpc.server(futures.ThreadPoolExecutor(1))
    kept = Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(kept, server)  # type: ignore[no-untyped-call]
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield kept, f"http://127.0.0.1:{port}"
    server.stop(None).wait()


def attributes(span: Any) -> dict[str, Any]:  # noqa: ANN401 - protobuf's own
    """The attributes of a span as plain values."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in span.attributes}


def exchange(
    address: str, folder: Path, *requests: tuple[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Post each request to an app that traces to *address*; return its lines once it has ended."""
    runtime, live = a_runtime(folder)
    live.answerer.failure = RuntimeError(MARKER)
    app = create_app(runtime, traces=traces_wanted(address, {}))
    with capture_logs() as lines, TestClient(app, base_url=HOME) as client:
        for path, given in requests:
            client.post(path, **given)
    runtime.close()
    return [dict(line) for line in lines if line["event"] == "request"]


@pytest.mark.parametrize("streamed", [False, True])
def test_a_request_is_a_span_and_each_stage_one_below_it(
    collector: tuple[Collector, str],
    tmp_path: Path,
    streamed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Within the caller's trace, under its span, with the trace's id in the log line."""
    kept, address = collector
    given = {
        "json": {"question": QUESTION, "stream": streamed},
        "headers": {"traceparent": f"00-{TRACE}-{PARENT}-01"},
    }

    (line,) = exchange(address, tmp_path, ("/v1/answers", given))

    root = next(span for span in kept.spans() if span.name == "POST /v1/answers")
    stages = [span for span in kept.spans() if span is not root and span.name != root.name]
    assert {span.trace_id.hex() for span in kept.spans()} == {TRACE} == {line["trace_id"]}
    assert root.parent_span_id.hex() == PARENT
    assert {span.parent_span_id for span in stages} == {root.span_id}
    lengths = [
        (span.name, (span.end_time_unix_nano - span.start_time_unix_nano) / 1e6) for span in stages
    ]
    assert lengths == [("understand", 1.25), ("embedding", 12.5), ("retrieving", 3.0)]
    assert stages[0].end_time_unix_nano == stages[1].start_time_unix_nano
    assert stages[-1].end_time_unix_nano <= root.end_time_unix_nano
    told = attributes(root)
    assert told["http.route"] == "/v1/answers"
    assert told["http.response.status_code"] == 200
    assert (told["followup.outcome"], told["followup.snapshot"]) == ("answered", SNAPSHOT)
    assert told["followup.answer_id"] == line["answer_id"]


def test_a_trace_begins_here_where_the_caller_has_none(
    collector: tuple[Collector, str], tmp_path: Path
) -> None:
    """Two requests are two traces; the resource says whose they are."""
    kept, address = collector
    ask = ("/v1/answers", {"json": {"question": QUESTION}})

    first, second = exchange(address, tmp_path, ask, ask)

    assert first["trace_id"] != second["trace_id"]
    (resource,) = {str(attributes(one.resource)["service.name"]) for one in kept.resources}
    assert resource == "followup"


def test_no_span_holds_a_word_of_a_question(
    collector: tuple[Collector, str], tmp_path: Path
) -> None:
    """Not by question, address, query string, header, or the words of an error."""
    kept, address = collector
    requests = [
        (f"/v1/answers?{MARKER}=1", {"json": {"question": question}})
        for question in (MARKER, f"{MARKER} nothing", f"{MARKER} fail")
    ]
    header = {"headers": {"X-Request-ID": "a b " + MARKER, "traceparent": MARKER}}

    exchange(address, tmp_path, *requests, (f"/{MARKER}", header))

    roots = [span for span in kept.spans() if not span.parent_span_id]
    assert len(roots) == 4
    failed = [span for span in roots if span.status.code == 2]
    assert [attributes(span)["followup.error"] for span in failed] == ["RuntimeError"]
    assert MARKER not in str(kept.resources)


def test_a_collector_that_is_away_fails_no_request(tmp_path: Path) -> None:
    """The spans are lost, the answers are not."""
    runtime, _ = a_runtime(tmp_path)
    app = create_app(runtime, traces=traces_wanted("http://127.0.0.1:9", {}))
    with TestClient(app, base_url=HOME) as client:
        replies = [client.post("/v1/answers", json={"question": QUESTION}) for _ in range(3)]
    runtime.close()

    assert [reply.status_code for reply in replies] == [200] * 3


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4317"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4317"}, True),
    ],
)
def test_traces_are_wanted_where_an_endpoint_is_named(
    environment: dict[str, str],
    wanted: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """By the setting, or by OpenTelemetry's own variables."""
    traces = traces_wanted(None, environment)

    assert (traces is not None) is wanted
    if traces is not None:
        traces.close()


def test_without_an_endpoint_nothing_is_imported_or_sent(tmp_path: Path) -> None:
    """The module that knows OpenTelemetry stays out, and no connection is made while answering."""
    script = (
        "import sys\n"
        "from pathlib import Path\n"
        "from fastapi.testclient import TestClient\n"
        "from service.api import create_app, traces_wanted\n"
        "from tests.sample_runtime import a_runtime\n"
        "runtime, _ = a_runtime(Path(sys.argv[1]))\n"
        "def audit(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo'):\n"
        "        raise SystemExit(f'{event} {args}')\n"
        "sys.addaudithook(audit)\n"
        "app = create_app(runtime, traces=traces_wanted(None, {}))\n"
        "with TestClient(app, base_url='http://127.0.0.1') as client:\n"
        "    assert client.post('/v1/answers', json={'question': 'x'}).status_code == 200\n"
        "assert 'service.api.tracing' not in sys.modules\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
