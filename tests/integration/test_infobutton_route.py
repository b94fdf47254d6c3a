"""The Infobutton address: a browser is led to the page, a program gets the answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from service.answers import Audience
from service.api import create_app
from service.api.infobutton import KnowledgeReply
from tests.sample_runtime import BOXED, SNAPSHOT, FakeLive, a_runtime

NAMED = {
    "mainSearchCriteria.v.dn": "Zorvanex",
    "mainSearchCriteria.v.c": "7243",
    "mainSearchCriteria.v.cs": "2.16.840.1.113883.6.88",
    "taskContext.c.c": "MLREV",
}
PATIENT = {
    "patientPerson.administrativeGenderCode.c": "SECRET-F",
    "patientPerson.id": "SECRET-MRN-1",
    "age.v.v": "SECRET-67",
    "age.v.u": "a",
    "ageGroup.v.c": "SECRET-D000368",
    "observation.v.dn": "SECRET-creatinine",
    "encounter.c.c": "SECRET-AMB",
}


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[TestClient, FakeLive]]:
    """A client of the app, and the live index behind it."""
    runtime, live = a_runtime(tmp_path)
    app = create_app(runtime)
    with TestClient(app, base_url="http://127.0.0.1", follow_redirects=False) as client:
        yield client, live
    runtime.close()


def test_a_browser_is_led_to_the_filled_in_page(served: tuple[TestClient, FakeLive]) -> None:
    """The question stands in the box, for the reader of the link, and is not yet asked."""
    client, live = served

    reply = client.get("/infobutton", params={**NAMED, "informationRecipient": "PAT"})
    page = client.get(reply.headers["location"])

    assert reply.status_code == 303
    assert reply.headers["cache-control"] == "no-store"
    assert ">What is Zorvanex used for?</textarea>" in page.text
    assert '<option value="patient" selected>' in page.text
    assert not live.answerer.heard


def test_a_program_gets_the_answer(served: tuple[TestClient, FakeLive]) -> None:
    """With its disclaimer, for the reader of the link; nothing is stored."""
    client, live = served

    reply = client.get("/infobutton", params={**NAMED, "knowledgeResponseType": "application/json"})

    feed = KnowledgeReply.model_validate_json(reply.text).feed
    assert feed.entry[0].title.value == "What is Zorvanex used for?"
    assert BOXED in feed.entry[0].summary.value
    assert "Disclaimer (2026-01-01)" in feed.entry[0].summary.value
    assert client.get(feed.entry[0].link[0].href).status_code == 200
    assert {one.scheme: one.term for one in feed.category} == NAMED
    assert reply.headers["x-index-version"] == SNAPSHOT
    assert live.answerer.heard == [("What is Zorvanex used for?", (), Audience.PHYSICIAN)]


@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_nothing_of_the_patient_is_read_logged_or_sent_back(
    served: tuple[TestClient, FakeLive], kind: str
) -> None:
    """Neither in the reply, nor in its address, nor in the log, nor in what is asked."""
    client, live = served

    with capture_logs() as lines:
        reply = client.get(
            "/infobutton", params={**NAMED, **PATIENT, "knowledgeResponseType": kind}
        )

    assert reply.status_code in (200, 303)
    told = f"{reply.text} {reply.headers} {lines} {live.answerer.heard}"
    assert "Zorvanex" in told
    assert "SECRET" not in told


def test_what_cannot_be_answered_is_a_problem(served: tuple[TestClient, FakeLive]) -> None:
    """A code alone, or a kind of response that there is not."""
    client, _ = served

    code = client.get("/infobutton", params={"mainSearchCriteria.v.c": "7243", **PATIENT})
    xml = client.get("/infobutton", params={**NAMED, "knowledgeResponseType": "text/xml"})

    assert (code.status_code, xml.status_code) == (422, 400)
    for reply in (code, xml):
        assert reply.headers["content-type"] == "application/problem+json"
        assert "SECRET" not in reply.text
    assert xml.json()["errors"][0]["at"] == "query.knowledgeResponseType"
