"""Every error of ours has its problem, and none repeats what was asked."""

from __future__ import annotations

import inspect

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

import ingest.errors
import service.errors
from service.api.problems import BY_SLUG, KINDS, describe
from service.errors import NotFoundError

OURS = [
    error
    for module in (ingest.errors, service.errors)
    for _, error in inspect.getmembers(module, inspect.isclass)
    if issubclass(error, Exception)
]


@pytest.mark.parametrize("error", OURS, ids=lambda one: one.__name__)
def test_every_error_class_is_mapped(error: type[Exception]) -> None:
    """A new error class must choose its status and remedy; the table has each by name."""
    assert error in KINDS
    assert describe(error("x"), "r1").body["type"] == f"/problems/{KINDS[error].slug}"


def test_an_unmapped_error_is_an_internal_one_without_its_words() -> None:
    """What nobody foresaw says nothing of itself."""
    problem = describe(RuntimeError("the patient asked about zebras"), "r1")

    assert problem.status == 500
    assert "zebras" not in str(problem.body)


def test_an_ingest_error_keeps_its_folders_for_the_log() -> None:
    """Its message is for operators: the reader is told the remedy only."""
    problem = describe(ingest.errors.IndexMissingError("there is no index in /secret"), "r1")

    assert problem.status == 503
    assert "/secret" not in str(problem.body)
    assert problem.headers == {"Retry-After": "30"}


def test_a_service_error_says_its_own_words() -> None:
    """They were written for the person who asked."""
    assert describe(NotFoundError("no such answer"), "r1").body["detail"] == "no such answer"


def test_a_wrong_field_is_named_and_not_repeated() -> None:
    """422 says where and how; ``input`` and ``ctx`` stay out."""
    error = RequestValidationError(
        [
            {
                "type": "string_too_short",
                "loc": ("body", "question"),
                "msg": "too short",
                "input": "zebra",
                "ctx": {"zebra": 1},
            }
        ]
    )

    problem = describe(error, "r1")

    assert problem.body["errors"] == [{"at": "body.question", "says": "too short"}]
    assert "zebra" not in str(problem.body)


def test_a_status_of_the_framework_is_a_problem_too() -> None:
    """405 keeps its Allow header."""
    problem = describe(HTTPException(405, headers={"Allow": "GET"}), "r1")

    assert (problem.status, problem.body["type"]) == (405, "about:blank")
    assert problem.headers == {"Allow": "GET"}


def test_slugs_are_told_apart() -> None:
    """Each kind has a page of its own, and a remedy to put on it."""
    assert len({kind.title for kind in BY_SLUG.values()}) == len(BY_SLUG)
    assert all(kind.remedy for kind in BY_SLUG.values())
