"""The figures at /metrics: what they count, what they are called, what they never hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from service.answers import Audience, DeclineReason, Outcome, Support
from service.api import create_app
from service.api.context import Context
from service.bootstrap import Runtime
from service.errors import ConversationError, IndexUnavailableError
from service.gates.reasons import REASONS
from service.opening import Tally
from service.retractions import Nature, Retraction
from tests.sample_runtime import LABEL, QUESTION, SNAPSHOT, FakeLive, a_runtime, an_answer, cited

HOME = "http://127.0.0.1"
ROOT = Path(__file__).parents[2]
MARKER = "zebraquagga"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestClient, FakeLive, Runtime]]:
    """A client of the app, and what is behind it."""
    runtime, live = a_runtime(tmp_path)
    with TestClient(create_app(runtime), base_url=HOME) as client:
        yield client, live, runtime
    runtime.close()


@pytest.fixture
def client(served: tuple[TestClient, FakeLive, Runtime]) -> TestClient:
    """The client alone."""
    return served[0]


def samples(client: TestClient) -> list[Sample]:
    """Scrape, and return every sample."""
    reply = client.get("/metrics")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"].startswith("text/plain; version=")
    return [one for family in text_string_to_metric_families(reply.text) for one in family.samples]


def value(client: TestClient, name: str, **labels: str) -> float:
    """Return the one sample by that name and those labels."""
    (found,) = [
        one.value
        for one in samples(client)
        if one.name == name and labels.items() <= one.labels.items()
    ]
    return found


def test_requests_are_counted_by_template_method_and_status(client: TestClient) -> None:
    """Two documents are one route; what has no route is one series, whatever its address."""
    client.get(f"/v1/documents/{LABEL.id}")
    client.get("/v1/documents/label:none")
    client.get(f"/{MARKER}")
    client.request("BREW", f"/{MARKER}/2")

    held = {
        (one.labels["route"], one.labels["method"], one.labels["status"]): one.value
        for one in samples(client)
        if one.name == "followup_http_requests_total"
    }
    assert held == {
        ("/v1/documents/{document_id:path}", "GET", "200"): 1,
        ("/v1/documents/{document_id:path}", "GET", "404"): 1,
        ("other", "GET", "404"): 1,
        ("other", "other", "404"): 1,
    }
    assert value(client, "followup_http_request_duration_seconds_count", route="other") == 2


@pytest.mark.parametrize("streamed", [False, True])
def test_answers_are_counted_by_outcome_and_audience(
    client: TestClient,
    streamed: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """Declining counts once more by its reason; every stage has its time."""
    for question, audience in ((QUESTION, "nurse"), ("of nothing", "nurse"), ("which", "nurse")):
        body = {"question": question, "audience": audience, "stream": streamed}
        client.post("/v1/answers", json=body)

    assert value(client, "followup_answers_total", outcome="answered", audience="nurse") == 1
    assert sum(one.value for one in samples(client) if one.name == "followup_answers_total") == 3
    assert value(client, "followup_declines_total", reason="no_evidence") == 1
    assert value(client, "followup_stage_duration_seconds_count", stage="embedding") == 3
    assert value(client, "followup_stage_duration_seconds_sum", stage="embedding") == pytest.approx(
        0.0375
    )


def test_what_a_gate_withholds_is_counted_by_gate_and_reason(client: TestClient) -> None:
    """The part of a code that holds a word of the text is left out; an unknown code is "other"."""
    held_back = tuple(
        replace(cited(2, LABEL, LABEL.sections[0].blocks[0].text), reasons=(reason,))
        for reason in ("value_not_in_quote", f"section_cannot_carry:{MARKER}", MARKER)
    )
    answer = replace(
        an_answer(),
        withheld=tuple(replace(one, support=Support.UNSUPPORTED) for one in held_back),
    )
    context = client.app.state.context  # type: ignore[attr-defined]
    assert isinstance(context, Context)

    context.meter.answer(answer)

    counted = {
        (one.labels["gate"], one.labels["reason"])
        for one in samples(client)
        if one.name == "followup_withheld_statements_total" and one.value
    }
    assert counted == {
        ("value", "value_not_in_quote"),
        ("section", "section_cannot_carry"),
        ("other", "other"),
    }


def test_every_reason_that_a_gate_can_give_is_in_the_table() -> None:
    """Each code written in the gates' modules belongs to a gate, so none is counted as "other"."""
    modules = [ROOT / "service" / "verifying.py", *(ROOT / "service" / "gates").glob("*.py")]
    written = {
        code
        for path in modules
        for code in re.findall(
            r'return f?"([a-z]+(?:_[a-z]+)+)(?::[^"]*)?"', path.read_text(encoding="utf-8")
        )
    }
    known = {code for codes in REASONS.values() for code in codes}

    assert len(written) > 15
    assert {code for code in written if not any(one.endswith(code) for one in known)} == set()


def test_the_queue_is_told(tmp_path: Path) -> None:
    """How many run, wait, may wait, and were turned away."""
    runtime, _ = a_runtime(tmp_path, queue=1)
    app = create_app(runtime)
    desk = app.state.context.desk
    with TestClient(app, base_url=HOME) as client:
        live = runtime.live
        assert isinstance(live, FakeLive)
        live.answerer.hold.clear()
        futures = [desk.take(lambda: live.answerer.hold.wait(20)) for _ in range(3)]

        refused = client.post("/v1/answers", json={"question": QUESTION})
        told = {
            name: value(client, f"followup_questions_{name}")
            for name in ("running", "waiting", "room", "turned_away_total")
        }
        live.answerer.hold.set()
        for future in futures:
            future.result()

    assert refused.status_code == 503
    assert told == {"running": 2, "waiting": 1, "room": 3, "turned_away_total": 1}
    runtime.close()


def test_the_snapshot_is_one_series_with_its_ages(
    served: tuple[TestClient, FakeLive, Runtime],
) -> None:
    """Its id is the only label that is not from a table, and there is one at a time."""
    client, live, _ = served
    live.moves, live.refused = Tally(changes=3, refusals=2), "another"
    built = datetime(2026, 3, 1, 12, tzinfo=UTC)

    told = {one.name: one for one in samples(client)}
    infos = [one for one in samples(client) if one.name == "followup_snapshot_info"]

    assert [one.labels for one in infos] == [{"snapshot": SNAPSHOT}]
    elapsed = (
        told["followup_corpus_age_seconds"].value - told["followup_snapshot_age_seconds"].value
    )
    assert round(elapsed) == (built - datetime(2026, 2, 1, tzinfo=UTC)).total_seconds()
    assert told["followup_snapshot_changes_total"].value == 3
    assert told["followup_snapshot_refusals_total"].value == 2
    assert told["followup_snapshot_fallback"].value == 1


@pytest.mark.parametrize("corpus_date", [None, "spring"])
def test_a_corpus_without_a_date_has_no_age(
    served: tuple[TestClient, FakeLive, Runtime], corpus_date: str | None
) -> None:
    """An age that nobody knows is absent, not zero."""
    client, live, _ = served
    live.snapshot.manifest = replace(live.snapshot.manifest, corpus_date=corpus_date)

    assert "followup_corpus_age_seconds" not in {one.name for one in samples(client)}


@pytest.mark.parametrize(
    ("corpus_date", "day"), [("2020", (2020, 1, 1)), ("2020-07", (2020, 7, 1))]
)
def test_a_corpus_date_may_be_a_year_or_a_month(
    served: tuple[TestClient, FakeLive, Runtime], corpus_date: str, day: tuple[int, int, int]
) -> None:
    """Its age counts from its first day."""
    client, live, _ = served
    live.snapshot.manifest = replace(live.snapshot.manifest, corpus_date=corpus_date)

    told = {one.name: one.value for one in samples(client)}

    elapsed = told["followup_corpus_age_seconds"] - told["followup_snapshot_age_seconds"]
    built = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert round(elapsed) == (built - datetime(*day, tzinfo=UTC)).total_seconds()


def test_the_table_of_retractions_has_an_age_once_it_is_loaded(
    served: tuple[TestClient, FakeLive, Runtime],
) -> None:
    """Before, only the number of notices is told: none."""
    client, _, runtime = served
    before = {one.name: one.value for one in samples(client)}
    runtime.retractions.load([Retraction(("99999901",), (), Nature.RETRACTION, "2026-01-01")])

    after = {one.name: one.value for one in samples(client)}

    assert before["followup_retraction_notices"] == 0
    assert "followup_retractions_age_seconds" not in before
    assert after["followup_retraction_notices"] == 1
    assert after["followup_retractions_age_seconds"] >= 0


def test_a_scrape_succeeds_while_index_and_database_are_down(
    served: tuple[TestClient, FakeLive, Runtime], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be read is told as down; everything else is still there."""
    client, live, runtime = served
    live.failure = IndexUnavailableError("gone")

    def broken(_: object) -> None:
        raise ConversationError("gone")

    monkeypatch.setattr(type(runtime.retractions), "facts", broken)

    told = {one.name: one.value for one in samples(client)}

    assert (told["followup_index_up"], told["followup_database_up"]) == (0, 0)
    assert "followup_snapshot_info" not in told
    assert "followup_questions_running" in told


def test_two_apps_count_apart(tmp_path: Path) -> None:
    """No figure is kept in the process itself."""
    clients = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        runtime, _ = a_runtime(tmp_path / name)
        clients.append(TestClient(create_app(runtime), base_url=HOME))
    first, second = clients
    first.post("/v1/answers", json={"question": QUESTION})

    answered = {"outcome": Outcome.ANSWERED.value, "audience": Audience.PHYSICIAN.value}
    assert value(first, "followup_answers_total", **answered) == 1
    assert value(second, "followup_answers_total", **answered) == 0


def test_no_figure_holds_a_word_of_what_was_asked(client: TestClient) -> None:
    """Not by question, address, method, header or query string."""
    for question in (MARKER, f"{MARKER} nothing", f"{MARKER} fail"):
        client.post(f"/v1/answers?{MARKER}=1", json={"question": question})
        client.post("/ask", data={"question": question})
    client.get(f"/c/{MARKER}", headers={"X-Request-ID": MARKER})
    client.request(MARKER.upper(), f"/{MARKER}")

    text = client.get("/metrics").text.lower()

    assert MARKER not in text
    assert value(client, "followup_http_requests_total", route="/v1/answers", status="500") == 1


def test_labels_are_bounded(client: TestClient) -> None:
    """Every reason, outcome and audience is there from the start, at zero, and no other."""
    told = samples(client)

    declines = {one.labels["reason"] for one in told if one.name == "followup_declines_total"}
    assert declines == {reason.value for reason in DeclineReason}
    answers = [one for one in told if one.name == "followup_answers_total"]
    assert len(answers) == len(Outcome) * len(Audience)


def test_every_metric_is_documented_and_none_else(client: TestClient) -> None:
    """docs/operations.md has a line for each, with its kind and its labels."""
    client.post("/v1/answers", json={"question": QUESTION})
    context = client.app.state.context  # type: ignore[attr-defined]
    context.runtime.retractions.load(
        [Retraction(("99999901",), (), Nature.RETRACTION, "2026-01-01")]
    )
    text = client.get("/metrics").text
    there = {}
    for family in text_string_to_metric_families(text):
        if family.name.startswith("followup_"):
            name = family.name + ("_total" if family.type == "counter" else "")
            labels = {label for one in family.samples for label in one.labels} - {"le"}
            there[name] = (family.type, labels)

    docs = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    documented = {
        name: (kind, set(re.findall(r"`(\w+)`", labels)))
        for name, kind, labels in re.findall(
            r"^\| `(followup_\w+)` \| (\w+) \| ([^|]*)\|", docs, re.MULTILINE
        )
    }

    assert documented == there


def test_the_rules_name_metrics_that_exist(client: TestClient) -> None:
    """Every name in an expression of docs/operations.md is one that is served."""
    client.post("/v1/answers", json={"question": QUESTION})
    known = {one.name for one in samples(client)} | {"followup_retractions_age_seconds"}

    docs = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rules = docs.split("Rules worth an alert:")[1].split("\n\n")[1]

    named = set(re.findall(r"followup_\w+", rules))
    assert len(named) > 8
    assert named <= known
