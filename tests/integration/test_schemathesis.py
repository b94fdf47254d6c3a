"""
Schemathesis on the OpenAPI document: whatever is sent, the reply is one that is documented.

Few examples each, always the same; FOLLOWUP_SCHEMATHESIS_EXAMPLES=300 makes it dig deeper.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import Status, events, from_schema

from service.api import create_app
from tests.sample_runtime import a_runtime

EXAMPLES = int(os.environ.get("FOLLOWUP_SCHEMATHESIS_EXAMPLES", "5"))

BEYOND_SCHEMA = (
    "giveFeedback",
    "chat",
    "makeArticle",
    "editArticle",
    "listArticles",
    "listConversations",
    "listFeedback",
    "infobutton",
)
"""
What no schema says: a marker must be one of the answer's, the last message the user's, an article
is made of a question or an answer, a cursor is one that was sent, a link names a drug.
"""


@pytest.mark.timeout(900)
def test_every_reply_is_one_that_is_documented(tmp_path: Path) -> None:
    """
    Examples, boundaries, random data, sequences of calls; fitting and not; every check there is.

    Status, type, headers and body are documented ones, wrong data and methods are turned away,
    nothing deleted comes back, and no request is a fault of the service.
    """
    runtime, _ = a_runtime(tmp_path)
    app = create_app(runtime, hosts=("*",))
    config = SchemathesisConfig.from_dict(
        {
            "seed": 1,
            "generation": {
                "deterministic": True,
                "database": "none",
                "max-examples": EXAMPLES,
                "no-shrink": True,
            },
            # Too much of something that fits is too large.
            "checks": {"negative_data_rejection": {"expected-statuses": ["4xx"]}},
            "operations": [
                {
                    "include-operation-id": operation,
                    "checks": {"positive_data_acceptance": {"enabled": False}},
                }
                for operation in BEYOND_SCHEMA
            ]
            + [
                {  # 404 is for the version or statement that is named, which there may not be
                    "include-operation-id": operation,
                    "checks": {
                        "ensure_resource_availability": {"enabled": False},
                        "positive_data_acceptance": {"enabled": False},
                    },
                }
                for operation in ("commentOnArticle", "moveArticle")
            ],
        }
    )
    found: list[str] = []
    ran = 0

    for event in from_schema(
        schemathesis.openapi.from_asgi("/openapi.json", app, config=config)
    ).execute():
        if isinstance(event, events.ScenarioFinished):
            ran += len(event.recorder.cases)
            found += _failures(event)
        elif isinstance(event, events.NonFatalError):
            found.append(f"{event.label}: {event.info.format()}")
        elif isinstance(event, events.FatalError):
            raise event.exception

    runtime.close()
    assert ran > 0
    assert not found, "\n\n".join(dict.fromkeys(found))


def _failures(event: events.ScenarioFinished) -> list[str]:
    """Return what each failed check says, with the request that it is about."""
    told = []
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.status is Status.FAILURE and check.failure_info is not None:
                failure: Failure = check.failure_info.failure
                case = event.recorder.cases[case_id].value
                told.append(f"{event.label} {check.name}: {failure}\n{case.as_curl_command()}")
    return told
