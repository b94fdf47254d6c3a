"""
HTTP as a guest should use it; the one module that knows httpx and tenacity.

Every request is paced, names us, follows redirects within its service only, carries no cookie,
and is tried again with growing, jittered waits (or those the service asks for) while that can help.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from ingest.errors import FetchError, ParseError
from ingest.fetching.headers import asked_wait, joined, number, range_total
from ingest.fetching.items import Answer, Arrival, Ask
from ingest.fetching.pacing import Pace
from ingest.fetching.parts import Validators, begin, discard, resumable
from ingest.fetching.services import LOOPBACK, KeyPlace

_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
GONE = frozenset({404, 410})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_LONGEST_WAIT = 600.0
"""Seconds that a service may ask us to wait; who asks for more is given up on, with its word."""
_SMALL = 64 * 1024 * 1024
T = TypeVar("T")


class _AgainError(Exception):
    """Worth another try; ``wait`` is the seconds that the service asked for."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


class Transport:
    """An open connection to the services; close it, or use it in a ``with``."""

    def __init__(
        self,
        *,
        contact: str = "",
        attempts: int = 6,
        timeout: float = 60.0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Give up on a request after *attempts* failures in a row that brought no byte."""
        contact = "".join(each for each in contact if each.isascii() and each.isprintable())
        agent = "followup-fetch/1 (+source fetching of a clinical question service"
        self._client = httpx.Client(
            headers={
                "User-Agent": f"{agent}; contact: {contact})" if contact else f"{agent})",
                # Compressed answers would have other lengths than the files they carry.
                "Accept-Encoding": "identity",
            },
            timeout=timeout,
            follow_redirects=False,
            # A proxy of the environment is for the services, not for this machine.
            mounts={f"all://{f'[{host}]' if ':' in host else host}": None for host in LOOPBACK},
        )
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._contact = contact
        self._attempts = attempts
        self._clock = clock
        self._sleep = sleep
        self._paces: dict[str, Pace] = {}

    def __enter__(self) -> Self:
        """Return the transport itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self._client.close()

    def read(
        self,
        ask: Ask,
        *,
        also: frozenset[int] = frozenset(),
        check: Callable[[bytes], object] | None = None,
    ) -> Answer:
        """
        Return the whole answer to *ask*, at most 64 MiB.

        *also* are statuses to return beside 200; *check* raises ParseError for a body that is not
        what was asked for, which is then asked for again. Raises FetchError when given up.
        """

        def once() -> Answer:
            with self._open(ask, {}) as response:
                if response.status_code not in also | {200}:
                    raise FetchError(_refusal(ask, response))
                body = b"".join(_bounded(ask, response.iter_bytes(), _SMALL))
            if check is not None and response.status_code == httpx.codes.OK:
                try:
                    check(body)
                except ParseError as error:
                    raise _AgainError(f"not what was asked for: {error}") from error
            return Answer(response.status_code, response.headers, body)

        return self._try(ask, once, progress=lambda: 0)

    def download(
        self,
        ask: Ask,
        part: Path,
        *,
        known: Validators | None = None,
        trusted: bool = False,
        limit: int,
        seen: Callable[[int, int | None], None] = lambda _done, _total: None,
    ) -> Arrival:
        """
        Bring *ask*'s file into *part*, going on with what is there of the same version.

        *known* are the validators of the file that is already kept: 304 where it is still that
        version. *trusted*: a published checksum will be compared, so a part may be continued
        without validators. *seen* hears of bytes done and in all. Raises FetchError when given up;
        the part stays for the next run.
        """

        def once() -> Arrival:
            start, note = resumable(part, ask.address, trusted=trusted)
            headers = {"Range": f"bytes={start}-"} if start else {}
            if start and note.for_range:
                headers["If-Range"] = note.for_range
            if not start and known is not None:
                headers |= known.ask_if_changed()
            with self._open(ask, headers) as response:
                status = response.status_code
                found = Validators(
                    response.headers.get("ETag"), response.headers.get("Last-Modified")
                )
                if status in GONE or (status == httpx.codes.NOT_MODIFIED and not start):
                    return Arrival(status, found)
                if status == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                    discard(part)
                    raise _AgainError("the part at hand is not of this version")
                if status == httpx.codes.PARTIAL_CONTENT and start:
                    total = range_total(response.headers.get("Content-Range", ""), start)
                    if total is None:
                        discard(part)
                        raise _AgainError("the service went on from another place")
                elif status == httpx.codes.OK:
                    start = 0
                    total = number(response.headers.get("Content-Length", ""))
                    begin(part, ask.address, found)
                else:
                    raise FetchError(_refusal(ask, response))
                if total is not None and total > limit:
                    discard(part)
                    raise FetchError(f"{ask.address}: {total:,} bytes, more than {limit:,}")
                _check_room(part, (total or 0) - start)
                _append(ask, response, part, start, total=total, limit=limit, seen=seen)
            return Arrival(200, found)

        return self._try(ask, once, progress=lambda: part.stat().st_size if part.exists() else 0)

    @contextmanager
    def _open(self, ask: Ask, headers: Mapping[str, str]) -> Iterator[httpx.Response]:
        """Yield the answer, redirects followed; raise _AgainError for what may pass."""
        url, form, method = ask.url, dict(ask.form), "POST" if ask.form else "GET"
        for _ in range(_MAX_REDIRECTS + 1):
            if not ask.service.allows(url):
                raise FetchError(
                    f"{ask.address}: leads to {url[:200]!r}, which is not "
                    f"{ask.service.name}; refused"
                )
            self._pace(ask).wait()
            try:
                request = self._request(ask, method, url, form, headers)
                response = self._client.send(request, stream=True)
            except httpx.InvalidURL as error:
                raise FetchError(f"{ask.address}: leads to no address: {error}") from error
            except httpx.RequestError as error:
                raise _AgainError(_reason(error)) from error
            try:
                if response.status_code in _AGAIN:
                    raise _AgainError(
                        f"HTTP {response.status_code}",
                        asked_wait(response.headers.get("Retry-After", "")),
                    )
                if response.status_code not in _REDIRECTS:
                    yield response
                    return
                url = joined(url, response.headers.get("Location", ""))
                if response.status_code == httpx.codes.SEE_OTHER:
                    method, form = "GET", {}
            except httpx.RequestError as error:
                raise _AgainError(_reason(error)) from error
            finally:
                response.close()
        raise FetchError(f"{ask.address}: redirects more than {_MAX_REDIRECTS} times")

    def _request(
        self, ask: Ask, method: str, url: str, form: dict[str, str], headers: Mapping[str, str]
    ) -> httpx.Request:
        service = ask.service
        own = dict(headers)
        shown = service.key if service.shows_key_to(url) else None
        if shown and service.key_place is KeyPlace.BASIC:
            basic = httpx.BasicAuth(shown, "")
            request = self._client.build_request(method, url, headers=own)
            return next(basic.auth_flow(request))
        if form and service.key_place is KeyPlace.FORM:
            form = {
                **form,
                "tool": "followup",
                **({"email": self._contact} if self._contact else {}),
                **({"api_key": shown} if shown else {}),
            }
        return self._client.build_request(method, url, headers=own, data=form or None)

    def _pace(self, ask: Ask) -> Pace:
        service = ask.service
        if service.name not in self._paces:
            self._paces[service.name] = Pace(service.rate, clock=self._clock, sleep=self._sleep)
        return self._paces[service.name]

    def _try(self, ask: Ask, once: Callable[[], T], progress: Callable[[], int]) -> T:
        """Call *once* until it succeeds, or fails too often without any progress."""
        grow = wait_random_exponential(multiplier=1, max=60)
        state = {"failed": 0, "at": progress()}

        def wait(call: RetryCallState) -> float:
            error = call.outcome.exception() if call.outcome else None
            return max(error.wait if isinstance(error, _AgainError) else 0.0, grow(call))

        def stop(call: RetryCallState) -> bool:
            error = call.outcome.exception() if call.outcome else None
            if isinstance(error, _AgainError) and error.wait > _LONGEST_WAIT:
                return True
            now = progress()
            state["failed"] = 1 if now > state["at"] else state["failed"] + 1
            state["at"] = now
            return state["failed"] >= self._attempts

        retrying = Retrying(
            retry=retry_if_exception_type(_AgainError),
            wait=wait,
            stop=stop,
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return retrying(once)
        except _AgainError as error:
            asked = f"; it asks to wait {error.wait:,.0f} s" if error.wait else ""
            raise FetchError(
                f"{ask.address}: {error}{asked}; given up after {state['failed'] or 1} tries "
                "in a row. The same command goes on where it stopped"
            ) from error


def _check_room(part: Path, wanted: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if wanted > free:
        raise FetchError(
            f"{part.parent}: {wanted:,} bytes are to come and {free:,} are free; make room, or "
            "give another --to"
        )


def _append(
    ask: Ask,
    response: httpx.Response,
    part: Path,
    start: int,
    *,
    total: int | None,
    limit: int,
    seen: Callable[[int, int | None], None],
) -> None:
    done = start
    with part.open("ab" if start else "wb") as stream:
        # Raw, as they come: a buffered chunk would be lost with the connection, and a service that
        # calls a .gz file an encoded one means the file.
        for chunk in _bounded(ask, response.iter_raw(), limit - start):
            stream.write(chunk)
            done += len(chunk)
            seen(done, total)
        stream.flush()
        os.fsync(stream.fileno())


def _bounded(ask: Ask, chunks: Iterator[bytes], limit: int) -> Iterator[bytes]:
    done = 0
    for chunk in chunks:
        done += len(chunk)
        if done > limit:
            raise FetchError(f"{ask.address}: more bytes than the {limit:,} allowed; refused")
        yield chunk


def _refusal(ask: Ask, response: httpx.Response) -> str:
    return f"{ask.address}: HTTP {response.status_code} {response.reason_phrase}"


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
