"""
The figures at ``/metrics``: counted while requests are served, the rest read when they are asked.

Every app has a registry of its own. Labels come from route templates, enums and tables of codes,
never from what was sent, so their number is bounded. docs/operations.md explains each figure.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import product

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ingest.errors import IngestError
from ingest.snapshots import Manifest
from service.answers import Answer, Audience, DeclineReason, Outcome
from service.api.working import Desk
from service.bootstrap import Runtime
from service.errors import ServiceError
from service.gates.reasons import REASONS, gate_and_code

_REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_STAGE_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
_OTHER = "other"
_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?\b")


class Meter:
    """Counts what one app does; ``exposition`` writes it all for a scraper."""

    def __init__(self, runtime: Runtime, desk: Desk) -> None:
        """Begin at zero. *runtime* and *desk* are looked at when the figures are asked for."""
        self._registry = own = CollectorRegistry(auto_describe=True)
        self._requests = Counter(
            "followup_http_requests",
            "Requests, by the route's template; status 0: the caller left before a reply.",
            ("route", "method", "status"),
            registry=own,
        )
        self._request_seconds = Histogram(
            "followup_http_request_duration_seconds",
            "From a request's arrival to the end of its reply, streams included.",
            ("route",),
            buckets=_REQUEST_SECONDS,
            registry=own,
        )
        self._answers = Counter(
            "followup_answers",
            "Finished answers, by outcome and by whom they were written for.",
            ("outcome", "audience"),
            registry=own,
        )
        self._declines = Counter(
            "followup_declines", "Declined questions, by reason.", ("reason",), registry=own
        )
        self._withheld = Counter(
            "followup_withheld_statements",
            "Statements that a gate held back, by gate and reason code.",
            ("gate", "reason"),
            registry=own,
        )
        self._stage_seconds = Histogram(
            "followup_stage_duration_seconds",
            "Time that one answer spent in a stage.",
            ("stage",),
            buckets=_STAGE_SECONDS,
            registry=own,
        )
        self._stopped = Counter(
            "followup_streams_stopped",
            "Streams whose reader left before the answer was complete.",
            registry=own,
        )
        self._untrusted = Counter(
            "followup_identity_headers_ignored",
            "Requests with a proxy's identity headers from somebody who is no trusted proxy.",
            registry=own,
        )
        # From the start, so that a rate sees the first one.
        for outcome, audience in product(Outcome, Audience):
            self._answers.labels(outcome.value, audience.value)
        for reason in DeclineReason:
            self._declines.labels(reason.value)
        for gate, codes in REASONS.items():
            for code in sorted(codes):
                self._withheld.labels(gate, code)
        ProcessCollector(registry=own)
        own.register(_Standing(runtime, desk))

    def request(
        self, route: str | None, method: str, status: int, seconds: float, *, stopped: bool
    ) -> None:
        """Count one request. *route* is the path as it was declared; None where there is none."""
        place = route or _OTHER
        self._requests.labels(place, method, str(status)).inc()
        self._request_seconds.labels(place).observe(seconds)
        if stopped:
            self._stopped.inc()

    def untrusted(self) -> None:
        """Count identity headers of somebody who is no trusted proxy."""
        self._untrusted.inc()

    def answer(self, answer: Answer) -> None:
        """Count one finished answer."""
        self._answers.labels(answer.outcome.value, answer.audience.value).inc()
        if answer.outcome is Outcome.DECLINED and answer.decline is not None:
            self._declines.labels(answer.decline.value).inc()
        for statement in answer.withheld:
            for reason in statement.reasons:
                self._withheld.labels(*gate_and_code(reason)).inc()
        for one in answer.timings:
            self._stage_seconds.labels(one.stage).observe(one.milliseconds / 1000)

    def exposition(self, accept: str) -> tuple[bytes, str]:
        """Return the figures in the format that *accept* asks for, and its content type."""
        encode, content_type = choose_encoder(accept)
        return encode(_WithoutCreated(self._registry)), content_type


class _WithoutCreated(Collector):
    """Leaves out when each series began: a second series for each, and of no use to a rate."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry

    def collect(self) -> Iterator[Metric]:
        for metric in self._registry.collect():
            metric.samples = [one for one in metric.samples if not one.name.endswith("_created")]
            yield metric


class _Standing(Collector):
    """What need not be counted: it is read from its owner at the moment it is asked for."""

    def __init__(self, runtime: Runtime, desk: Desk) -> None:
        self._runtime = runtime
        self._desk = desk

    def describe(self) -> Iterator[Metric]:
        """Say nothing at registration: nothing is read before the first scrape."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Yield every figure that can be read now; one that cannot is left out, and ``up`` is 0."""
        yield _info("followup_build_info", "The version that runs.", _versions())
        yield from self._queue()
        yield from self._index()
        yield from self._database()

    def _queue(self) -> Iterator[Metric]:
        desk = self._desk.standing()
        for name, value, says in (
            ("running", desk.running, "Questions being answered."),
            ("waiting", desk.waiting, "Questions that wait to be answered."),
            ("room", desk.room, "Questions that may run or wait before the next is turned away."),
        ):
            yield GaugeMetricFamily(f"followup_questions_{name}", says, value)
        yield CounterMetricFamily(
            "followup_questions_turned_away", "Questions that found no room.", desk.turned_away
        )

    def _index(self) -> Iterator[Metric]:
        live = self._runtime.live
        try:
            with live.reading() as reading:
                manifest = reading.snapshot.manifest
        except (ServiceError, IngestError):
            yield GaugeMetricFamily("followup_index_up", "Whether there is a live snapshot.", 0)
            return
        tally = live.tally()
        yield GaugeMetricFamily("followup_index_up", "Whether there is a live snapshot.", 1)
        yield _info("followup_snapshot_info", "The live snapshot.", {"snapshot": manifest.id})
        yield from _ages(manifest)
        yield GaugeMetricFamily(
            "followup_snapshot_fallback",
            "1 while another snapshot than the one activated answers, since that one is unusable.",
            int(live.refused is not None),
        )
        yield CounterMetricFamily(
            "followup_snapshot_changes", "Moves to another snapshot since the start.", tally.changes
        )
        yield CounterMetricFamily(
            "followup_snapshot_refusals",
            "Snapshots that could not be opened and were not moved to.",
            tally.refusals,
        )

    def _database(self) -> Iterator[Metric]:
        try:
            facts = self._runtime.retractions.facts()
        except ServiceError:
            yield GaugeMetricFamily("followup_database_up", "Whether the database can be read.", 0)
            return
        yield GaugeMetricFamily("followup_database_up", "Whether the database can be read.", 1)
        yield GaugeMetricFamily(
            "followup_retraction_notices", "Notices in the table of retractions.", facts.notices
        )
        if facts.loaded_at is not None:
            yield GaugeMetricFamily(
                "followup_retractions_age_seconds",
                "Since the table of retractions was loaded; absent where none was.",
                _since(facts.loaded_at),
            )


def _ages(manifest: Manifest) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "followup_snapshot_age_seconds",
        "Since the live snapshot was built.",
        _since(datetime.fromisoformat(manifest.built)),
    )
    if (corpus := _DATE.match(manifest.corpus_date or "")) is not None:
        yield GaugeMetricFamily(
            "followup_corpus_age_seconds",
            "Since the corpus date of the live snapshot; absent where the corpus has none.",
            _since(datetime(int(corpus[1]), int(corpus[2] or 1), int(corpus[3] or 1), tzinfo=UTC)),
        )


def _since(moment: datetime) -> float:
    """Return the seconds since *moment*; one without a zone is in UTC."""
    known = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (datetime.now(UTC) - known).total_seconds()


def _info(name: str, says: str, labels: dict[str, str]) -> GaugeMetricFamily:
    """Return a gauge that is 1 and whose labels are what it tells."""
    family = GaugeMetricFamily(name, says, labels=tuple(labels))
    family.add_metric(tuple(labels.values()), 1)
    return family


def _versions() -> dict[str, str]:
    return {"version": version("followup"), "python": platform.python_version()}
