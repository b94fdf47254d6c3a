"""The OpenAPI document: complete, and true to itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fastapi.testclient import TestClient

from service.api import create_app
from tests.sample_runtime import a_runtime

HOME = "http://127.0.0.1"


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A client of the app."""
    runtime, _ = a_runtime(tmp_path)
    with TestClient(create_app(runtime), base_url=HOME) as client:
        yield client
    runtime.close()


@pytest.fixture
def document(client: TestClient) -> dict[str, Any]:
    """The document as it is served."""
    return dict(client.get("/openapi.json").json())


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Return every operation of the document."""
    return [one for path in document["paths"].values() for one in path.values()]


def examples(content: dict[str, Any]) -> list[Any]:
    """Return the examples of one media type."""
    alone = [content["example"]] if "example" in content else []
    return alone + [each["value"] for each in content.get("examples", {}).values()]


def test_every_operation_has_an_id_a_summary_and_says_what_goes_wrong(
    document: dict[str, Any],
) -> None:
    """Ids are unique words; each operation shows what 500 and its own errors look like."""
    ids = [one["operationId"] for one in operations(document)]

    assert len(set(ids)) == len(ids)
    assert all(one.isidentifier() for one in ids)
    for one in operations(document):
        assert one["summary"]
        assert "500" in one["responses"]


def test_every_reply_shows_an_example_of_its_own_schema(document: dict[str, Any]) -> None:
    """Success and every error alike, in every media type; a reply without a body has none."""
    for one in operations(document):
        for status, reply in one["responses"].items():
            for media_type, content in reply.get("content", {}).items():
                shown = examples(content)
                assert shown, (one["operationId"], status, media_type)
                schema = {**content["schema"], "components": document["components"]}
                for each in shown:
                    jsonschema.validate(each, schema, cls=jsonschema.Draft202012Validator)
            if int(status) not in (204, 303, 304):
                assert reply["content"], (one["operationId"], status)


def test_every_body_that_is_taken_has_examples_of_its_own_schema(document: dict[str, Any]) -> None:
    """What is shown as a request is one."""
    bodies = [one["requestBody"] for one in operations(document) if "requestBody" in one]

    assert bodies
    for body in bodies:
        for content in body["content"].values():
            schema = {**content["schema"], "components": document["components"]}
            assert examples(content)
            for each in examples(content):
                jsonschema.validate(each, schema, cls=jsonschema.Draft202012Validator)


def test_every_reference_of_the_document_resolves(document: dict[str, Any]) -> None:
    """No schema is named that is not there; the question's limit is the real one."""
    schemas = document["components"]["schemas"]

    named = {part.split('"')[0] for part in json.dumps(document).split("#/components/schemas/")[1:]}
    assert named <= set(schemas)
    assert schemas["AnswerRequest"]["properties"]["question"]["maxLength"] == 2_000
