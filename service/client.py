"""
The service from Python: ask, stream, read, export; every reply is a typed value.

    with Followup("http://127.0.0.1:8000", key="…") as followup:
        print(followup.ask("What is the dose of naltrexone?").answer.outcome)

It speaks HTTP to a running service and loads nothing of the service itself.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any, Literal, Self, TypeVar
from urllib.parse import quote

import httpx

from ingest.documents import SourceType
from service.answers import Audience
from service.client_replies import (
    Answered,
    Article,
    ArticleEntry,
    Conversation,
    Document,
    Event,
    Feedback,
    Passage,
    Reply,
    Snapshot,
)

R = TypeVar("R", bound=Reply)
Query = Mapping[str, str | None]
Format = Literal["md", "txt", "html", "ris", "bibtex", "csl-json"]
Verdict = Literal["helpful", "not_helpful", "wrong_citation"]

_BUSY = frozenset({429, 503})
_LONGEST_WAIT = 60.0
"""Seconds that the service may ask us to wait; the error of who asks for more is raised."""
_EVENT_END = re.compile(r"\r?\n\r?\n")


class FollowupError(Exception):
    """
    What can go wrong.

    * FollowupError
      x UnreachableError - no answer came from the address
      x ProblemError     - the service said what is wrong
    """


class UnreachableError(FollowupError):
    """Nothing answers at the address, or not in time, or what answers is not the service."""


class ProblemError(FollowupError):
    """The service's own problem: ``status``, ``type`` as docs/api.md lists them, ``request_id``."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        """Take what an ``application/problem+json`` says."""
        errors = "; ".join(f"{one['at']}: {one['says']}" for one in body.get("errors") or ())
        super().__init__(errors or str(body.get("detail") or body.get("title") or status))
        self.status = status
        self.type = str(body.get("type", "about:blank"))
        self.request_id = str(body.get("request_id", ""))


class Followup:
    """A connection to the service; close it, or use it in a ``with``. Safe from any thread."""

    def __init__(
        self,
        address: str = "http://127.0.0.1:8000",
        *,
        key: str | None = None,
        timeout: float = 60.0,
        attempts: int = 4,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """
        Speak to the service at *address*, with an API *key* where it has accounts.

        *timeout* is in seconds. A request that the service is too busy for is sent *attempts*
        times at most, after the wait that the service asks for.
        """
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._http = httpx.Client(base_url=address, headers=headers, timeout=timeout)
        self._attempts = attempts
        self._sleep = sleep

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection."""
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def ask(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        article_id: str | None = None,
        audience: Audience | str = Audience.PHYSICIAN,
    ) -> Answered:
        """Ask; name the conversation, or the article, that the question follows up on."""
        asked = _question(question, conversation_id, article_id, audience)
        return self._read(Answered, "POST", "/v1/answers", body=asked)

    def stream(
        self,
        question: str,
        *,
        conversation_id: str | None = None,
        article_id: str | None = None,
        audience: Audience | str = Audience.PHYSICIAN,
    ) -> Iterator[Event]:
        """
        Ask, and yield the answer's events as they come; the last one has the whole answer.

        Closing the generator stops the answer. Raises ProblemError for one that went wrong half
        way, too.
        """
        asked = {**_question(question, conversation_id, article_id, audience), "stream": True}
        with self._sent("POST", "/v1/answers", body=asked, stream=True) as reply:
            try:
                for name, data in _events(reply.iter_text()):
                    if name == "error":
                        raise ProblemError(int(data["status"]), data)
                    whole = Answered.model_validate(data) if name == "done" else None
                    yield Event(name=name, data=data, answered=whole)
            except httpx.HTTPError as error:
                raise UnreachableError(f"the answer broke off: {error}") from error

    def read(self, answer_id: str, *, audience: Audience | str | None = None) -> Answered:
        """Return a finished answer again, for another reader where one is named."""
        return self._read(
            Answered, "GET", f"/v1/answers/{_at(answer_id)}", query={"audience": audience}
        )

    def export(self, answer_id: str, form: Format = "md") -> str:
        """Return an answer as a file's text: to read, or for a reference manager."""
        with self._sent(
            "GET", f"/v1/answers/{_at(answer_id)}/export", query={"format": form}
        ) as reply:
            return reply.text

    def feedback(
        self, answer_id: str, verdict: Verdict, *, marker: int | None = None, comment: str = ""
    ) -> Feedback:
        """Say what you think of an answer, or of the reference *marker*; stored once."""
        return self._read(
            Feedback,
            "POST",
            f"/v1/answers/{_at(answer_id)}/feedback",
            body={"verdict": verdict, "marker": marker, "comment": comment},
            headers={"Idempotency-Key": secrets.token_hex(16)},
        )

    def conversation(self, conversation_id: str) -> Conversation:
        """Return a conversation with every answer."""
        return self._read(Conversation, "GET", f"/v1/conversations/{_at(conversation_id)}")

    def delete_conversation(self, conversation_id: str) -> None:
        """Delete a conversation with its answers; they cannot be brought back."""
        with self._sent("DELETE", f"/v1/conversations/{_at(conversation_id)}"):
            pass

    def passage(self, passage_id: str) -> Passage:
        """Return a passage of the live snapshot."""
        return self._read(Passage, "GET", f"/v1/passages/{_at(passage_id)}")

    def documents(self, source_type: SourceType | str | None = None) -> Iterator[Document]:
        """Yield the documents of the live snapshot, page after page."""
        yield from self._pages(Document, "documents", "/v1/documents", {"type": source_type})

    def snapshot(self) -> Snapshot:
        """Say which snapshot answers now."""
        return self._read(Snapshot, "GET", "/v1/snapshot")

    def articles(
        self, *, status: str | None = None, drug: str | None = None
    ) -> Iterator[ArticleEntry]:
        """Yield the articles that you may see, the last updated first."""
        yield from self._pages(
            ArticleEntry, "articles", "/v1/articles", {"status": status, "drug": drug}
        )

    def article(self, article_id: str) -> Article:
        """Return an article in the newest version that you may see."""
        return self._read(Article, "GET", f"/v1/articles/{_at(article_id)}")

    def make_article(self, *, question: str | None = None, answer_id: str | None = None) -> Article:
        """Compose an article on a question, or make one of an answer; it is submitted."""
        body = {"question": question, "answer_id": answer_id}
        return self._read(Article, "POST", "/v1/articles", body=body)

    def _read(
        self,
        kind: type[R],
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Query = MappingProxyType({}),
    ) -> R:
        with self._sent(method, path, body=body, headers=headers, query=query) as reply:
            return kind.model_validate_json(reply.text)

    def _pages(self, kind: type[R], name: str, path: str, query: Query) -> Iterator[R]:
        following: str | None = str(httpx.URL(path, params=_given(query)))
        while following is not None:
            with self._sent("GET", following) as reply:
                page = reply.json()
            yield from map(kind.model_validate, page[name])
            following = page["next"]

    @contextmanager
    def _sent(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        query: Query = MappingProxyType({}),
    ) -> Iterator[httpx.Response]:
        """Send until the service has room, and hand out its reply; raise what it says is wrong."""
        request = self._http.build_request(
            method, path, json=body, headers=headers, params=_given(query) or None
        )
        for attempt in range(1, self._attempts + 1):
            try:
                reply = self._http.send(request, stream=stream)
            except httpx.HTTPError as error:
                raise UnreachableError(f"{self._http.base_url}: {error}") from error
            wait = _asked_wait(reply)
            if wait is None or attempt == self._attempts:
                break
            reply.close()
            self._sleep(wait)
        try:
            if not reply.is_success:
                reply.read()
                raise _problem(reply)
            yield reply
        finally:
            reply.close()


def _question(
    question: str,
    conversation_id: str | None,
    article_id: str | None,
    audience: Audience | str,
) -> dict[str, Any]:
    named = {"conversation_id": conversation_id, "article_id": article_id}
    return {"question": question, "audience": str(audience), **_given(named)}


def _given(values: Mapping[str, str | None]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}


def _at(name: str) -> str:
    """Return an id as one step of a path, whatever is in it."""
    return quote(name, safe="")


def _asked_wait(reply: httpx.Response) -> float | None:
    """Return how long to wait before asking again; None where that does not help."""
    if reply.status_code not in _BUSY:
        return None
    asked = reply.headers.get("retry-after", "1")
    wait = float(asked) if asked.isascii() and asked.isdigit() else 1.0
    return wait if wait <= _LONGEST_WAIT else None


def _problem(reply: httpx.Response) -> FollowupError:
    try:
        body = reply.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return UnreachableError(f"{reply.url.host} is not the service: HTTP {reply.status_code}")
    return ProblemError(reply.status_code, body)


def _events(chunks: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the data of each server-sent event; comments say nothing."""
    held = ""
    for chunk in chunks:
        *whole, held = _EVENT_END.split(held + chunk)
        for block in whole:
            lines = [line.partition(": ") for line in re.split(r"\r?\n", block)]
            fields = {name: value for name, colon, value in lines if name and colon}
            if "event" in fields:
                yield fields["event"], json.loads(fields["data"])
