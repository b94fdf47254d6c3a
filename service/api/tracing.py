"""
Traces: one span per request, one below it per stage of an answer, sent over OTLP/gRPC.

The spans of a request are made when it is over, from its times. Their attributes are the facts of
its log line: ids, counts, outcome; never what was asked or said. Imported only where an endpoint
is configured. The SDK's own variables (OTEL_TRACES_SAMPLER, OTEL_RESOURCE_ATTRIBUTES,
OTEL_EXPORTER_OTLP_HEADERS, ...) hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version

from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, Status, StatusCode, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from service.api.served import Served

_NANOSECONDS = 1_000_000
"""In a millisecond."""


class Traces:
    """Makes spans and hands them to an exporter, in batches, beside the requests."""

    def __init__(self, exporter: SpanExporter) -> None:
        """Send to *exporter*; nothing of the process is changed."""
        named = {SERVICE_NAME: "followup", SERVICE_VERSION: version("followup")}
        self._provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("followup")
        self._propagator = TraceContextTextMapPropagator()

    def record(self, served: Served) -> str:
        """Make the spans of one request; return its trace's id, the caller's where it gave one."""
        span = self._tracer.start_span(
            f"{served.method} {served.route}" if served.route else served.method,
            context=self._propagator.extract(served.headers),
            kind=SpanKind.SERVER,
            start_time=served.began,
            attributes=dict(_attributes(served)),
        )
        within = set_span_in_context(span)
        for stage, began, ended in _laid_out(served):
            child = self._tracer.start_span(stage, context=within, start_time=began)
            child.end(ended)
        if not served.status or served.status >= 500:  # noqa: PLR2004 - HTTP's own boundary
            span.set_status(Status(StatusCode.ERROR))
        span.end(served.ended)
        return format_trace_id(span.get_span_context().trace_id)

    def close(self) -> None:
        """Send what is left."""
        self._provider.shutdown()


def open_traces(endpoint: str | None) -> Traces:
    """Return traces to an OTLP/gRPC *endpoint*; None leaves it to the SDK's own variables."""
    return Traces(OTLPSpanExporter(endpoint=endpoint))


def _attributes(served: Served) -> Iterator[tuple[str, str | int | float | bool | list[str]]]:
    yield "http.request.method", served.method
    yield "http.response.status_code", served.status
    if served.route:
        yield "http.route", served.route
    for name, fact in served.facts.items():
        match fact:
            case str() | int() | float():
                yield f"followup.{name}", fact
            case [*places]:
                yield f"followup.{name}", [str(place) for place in places]
            case {**counts} if name != "stages":  # they have spans of their own
                for key, count in counts.items():
                    if isinstance(count, int):
                        yield f"followup.{name}.{key}", count
            case _:
                pass


def _laid_out(served: Served) -> Iterator[tuple[str, int, int]]:
    """Yield each stage with its beginning and end, the last ending when the answer was there."""
    if served.answered is None:
        return
    spent = [round(stage.milliseconds * _NANOSECONDS) for stage in served.stages]
    at = served.answered - sum(spent)
    for stage, held in zip(served.stages, spent, strict=True):
        yield stage.stage, at, at + held
        at += held
