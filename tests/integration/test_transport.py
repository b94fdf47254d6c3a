"""What the transport does when a service is slow, busy, broken, or sends us elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import suppress
from email.utils import formatdate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.errors import CorpusError, FetchError, ParseError
from ingest.fetching.items import Ask
from ingest.fetching.parts import Validators
from ingest.fetching.services import KeyPlace, Service, page_service
from ingest.fetching.transport import Transport
from tests.sample_publishers import (
    Publisher,
    PubMed,
    Reply,
    Trouble,
    publishing,
)

ROOT = Path(__file__).parents[2]
LARGE = bytes(range(256)) * 1024
MANY = 1_000_000


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A server with one large file."""
    with publishing() as server:
        server.files["/large"] = LARGE
        yield server


@pytest.fixture
def waits() -> list[float]:
    """Every wait that the transport asked for, none of them waited."""
    return []


@pytest.fixture
def transport(waits: list[float]) -> Iterator[Transport]:
    """A transport that gives up after three tries, and does not wait between them."""
    with Transport(attempts=3, sleep=waits.append, clock=lambda: 0.0) as ours:
        yield ours


def service(publisher: Publisher, **more: object) -> Service:
    """Return *publisher* as a service that may be asked at will."""
    return Service("example", publisher.url, MANY, "terms", **more)  # type: ignore[arg-type]


def large(publisher: Publisher) -> Ask:
    """Return the request for the large file."""
    return Ask(service(publisher), f"{publisher.url}/large")


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(
    publisher: Publisher, transport: Transport, status: int
) -> None:
    """A busy or broken service gets another chance."""
    publisher.troubles.append(Trouble("/large", times=2, reply=Reply(b"", status)))

    answer = transport.read(large(publisher))

    assert answer.body == LARGE
    assert len(publisher.hits) == 3


@pytest.mark.parametrize("status", [400, 401, 403, 418])
def test_what_will_not_pass_is_not_tried_again(
    publisher: Publisher, transport: Transport, status: int
) -> None:
    """A refusal is told at once, with its status."""
    publisher.troubles.append(Trouble("/large", times=9, reply=Reply(b"", status)))

    with pytest.raises(FetchError, match=str(status)):
        transport.read(large(publisher))
    assert len(publisher.hits) == 1


def test_giving_up_says_what_and_how_to_go_on(publisher: Publisher, transport: Transport) -> None:
    """The message names the address, the trouble and the way to resume."""
    publisher.troubles.append(Trouble("/large", times=9, reply=Reply(b"", 503)))

    with pytest.raises(FetchError, match=r"/large: HTTP 503; given up after 3 .* goes on where"):
        transport.read(large(publisher))
    assert len(publisher.hits) == 3


def test_a_service_that_is_not_there_is_told(publisher: Publisher, transport: Transport) -> None:
    """A refused connection is tried again, then told."""
    ask = Ask(Service("gone", "http://127.0.0.1:9", MANY, ""), "http://127.0.0.1:9/x")

    with pytest.raises(FetchError, match="given up after 3"):
        transport.read(ask)
    assert not publisher.hits


@pytest.mark.parametrize("date", [False, True])
def test_the_wait_that_a_service_asks_for_is_kept(
    publisher: Publisher, transport: Transport, waits: list[float], *, date: bool
) -> None:
    """Retry-After counts, in seconds or as a date."""
    after = formatdate(time.time() + 31, usegmt=True) if date else "30"
    publisher.troubles.append(Trouble("/large", reply=Reply(b"", 429, {"Retry-After": after})))

    transport.read(large(publisher))

    assert max(waits) > 28


def test_a_wait_of_hours_is_told_and_not_waited(
    publisher: Publisher, transport: Transport, waits: list[float]
) -> None:
    """A service that asks for more than ten minutes is given up on, with its word."""
    reply = Reply(b"", 503, {"Retry-After": "7200"})
    publisher.troubles.append(Trouble("/large", times=9, reply=reply))

    with pytest.raises(FetchError, match="asks to wait 7,200 s"):
        transport.read(large(publisher))
    assert max(waits, default=0) < 100


def test_waits_grow_and_are_jittered(
    publisher: Publisher, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without Retry-After, each wait is drawn from a range that doubles, up to a minute."""
    ranges: list[float] = []

    def uniform(_low: float, high: float) -> float:
        ranges.append(high)
        return high

    monkeypatch.setattr("random.uniform", uniform)
    publisher.troubles.append(Trouble("/large", times=8, reply=Reply(b"", 503)))

    with Transport(attempts=9, sleep=waits.append, clock=lambda: 0.0) as ours:
        ours.read(large(publisher))

    assert ranges == [1, 2, 4, 8, 16, 32, 60, 60]


def test_a_download_that_is_cut_goes_on_where_it_was(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """After a cut, the rest is asked for by Range, with the version it must be of."""
    publisher.troubles.append(Trouble("/large", cut=100_000))
    part = tmp_path / ".x.part"

    arrival = transport.download(large(publisher), part, limit=MANY)

    assert part.read_bytes() == LARGE
    assert arrival.status == 200
    again = publisher.hits[1].headers
    assert again["range"].startswith("bytes=")
    assert again["range"] != "bytes=0-"
    assert again["if-range"] == arrival.validators.etag


def test_progress_earns_patience(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A line that drops more often than is tried in a row still brings the file home."""
    publisher.troubles.append(Trouble("/large", times=10, cut=20_000))

    transport.download(large(publisher), tmp_path / ".x.part", limit=MANY)

    assert (tmp_path / ".x.part").read_bytes() == LARGE
    assert len(publisher.hits) == 11


def test_a_part_of_another_version_is_not_continued(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """When the file changed between two tries, it is read from its beginning."""
    part = tmp_path / ".x.part"
    publisher.troubles += [Trouble("/large", cut=50_000)]
    publisher.troubles += [Trouble("/large", times=3, reply=Reply(b"", 503))]
    with pytest.raises(FetchError):
        transport.download(large(publisher), part, limit=MANY)
    publisher.files["/large"] = LARGE[::-1]

    transport.download(large(publisher), part, limit=MANY)

    assert part.read_bytes() == LARGE[::-1]


def test_without_validators_a_part_is_not_trusted(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Nothing says which version a part is of: it is read anew, unless a checksum will tell."""
    publisher.validators = False
    publisher.troubles += [Trouble("/large", cut=50_000), Trouble("/large", cut=60_000)]

    transport.download(large(publisher), tmp_path / ".a.part", limit=MANY)
    anew = [hit.headers.get("range") for hit in publisher.hits]
    publisher.hits.clear()
    publisher.troubles += [Trouble("/large", cut=50_000)]
    transport.download(large(publisher), tmp_path / ".b.part", limit=MANY, trusted=True)

    assert anew == [None, None, None]
    assert publisher.hits[1].headers["range"].startswith("bytes=")
    assert (tmp_path / ".a.part").read_bytes() == (tmp_path / ".b.part").read_bytes() == LARGE


def test_a_complete_part_is_seen_as_such_or_read_anew(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A run killed between the last byte and the renaming does no harm."""
    part = tmp_path / ".x.part"
    transport.download(large(publisher), part, limit=MANY)

    transport.download(large(publisher), part, limit=MANY)

    assert part.read_bytes() == LARGE


@pytest.mark.parametrize("told", [True, False])
def test_more_bytes_than_allowed_are_refused(
    publisher: Publisher, transport: Transport, tmp_path: Path, *, told: bool
) -> None:
    """Too large a file is refused by its announced length, or when it passes the limit."""
    if not told:
        publisher.troubles.append(Trouble("/large", cut=90_000))

    with pytest.raises(FetchError, match="more"):
        transport.download(large(publisher), tmp_path / ".x.part", limit=80_000)
    assert not (tmp_path / ".x.part").exists() or (tmp_path / ".x.part").stat().st_size <= 80_000


def test_a_redirect_within_the_service_is_followed(
    publisher: Publisher, transport: Transport
) -> None:
    """A service may move its files on its own hosts."""
    publisher.troubles.append(Trouble("/old", reply=Reply(b"", 302, {"Location": "/large"})))

    answer = transport.read(Ask(service(publisher), f"{publisher.url}/old"))

    assert answer.body == LARGE


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/large", "http://localhost:1/large", "file:///etc/passwd", "http://["],
)
def test_a_redirect_to_elsewhere_is_refused(
    publisher: Publisher, transport: Transport, target: str
) -> None:
    """No other host, port or scheme is followed to, and it is not tried again."""
    publisher.troubles.append(Trouble("/old", times=9, reply=Reply(b"", 301, {"Location": target})))

    with pytest.raises(FetchError, match="refused"):
        transport.read(Ask(service(publisher), f"{publisher.url}/old"))
    assert len(publisher.hits) == 1


@given(
    location=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=40),
    prefix=st.sampled_from(["", "//", "https://", "http://[", "/"]),
    after=st.text(st.characters(max_codepoint=255, exclude_categories=["Cc"]), max_size=9),
)
@settings(max_examples=30, deadline=None)
def test_any_header_is_survived(location: str, prefix: str, after: str) -> None:
    """Whatever a service writes into its headers, the outcome is an answer or a told error."""
    with publishing() as publisher, Transport(attempts=2, sleep=lambda _s: None) as ours:
        publisher.files["/large"] = LARGE
        headers = {"Location": prefix + location, "Retry-After": after, "Content-Range": after}
        publisher.troubles.append(Trouble("/large", reply=Reply(b"", 302, headers)))
        publisher.troubles.append(Trouble("/large", reply=Reply(b"", 503, headers)))
        for _ in range(2):
            with suppress(FetchError):
                ours.read(large(publisher))


def test_redirects_that_go_round_end(publisher: Publisher, transport: Transport) -> None:
    """A circle is left after a few steps."""
    publisher.troubles.append(
        Trouble("/old", times=99, reply=Reply(b"", 302, {"Location": "/old"}))
    )

    with pytest.raises(FetchError, match="redirects more than"):
        transport.read(Ask(service(publisher), f"{publisher.url}/old"))


def test_no_cookie_is_carried(publisher: Publisher, transport: Transport) -> None:
    """What a service sets is not sent back."""
    reply = Reply(b"x", 200, {"Set-Cookie": "id=1; Path=/"})
    publisher.troubles.append(Trouble("/large", reply=reply))

    transport.read(large(publisher))
    transport.read(large(publisher))

    assert all("cookie" not in hit.headers for hit in publisher.hits)


def test_we_say_who_we_are(publisher: Publisher) -> None:
    """The User-Agent names the program and the contact."""
    with Transport(contact="ops@example.org") as ours:
        ours.read(large(publisher))

    assert publisher.hits[0].headers["user-agent"].startswith("followup-fetch/")
    assert "ops@example.org" in publisher.hits[0].headers["user-agent"]


def test_the_key_goes_to_its_service_alone_and_is_shown_nowhere(
    publisher: Publisher, transport: Transport
) -> None:
    """A basic key reaches the base address, no other one, and no text of ours."""
    other = f"http://localhost:{publisher.url.rpartition(':')[2]}"
    keyed = service(publisher, key="sesame", key_place=KeyPlace.BASIC, others=(other,))

    transport.read(Ask(keyed, f"{publisher.url}/large"))
    transport.read(Ask(keyed, f"{other}/large"))

    assert publisher.hits[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in publisher.hits[1].headers
    assert "sesame" not in repr(keyed)


def test_an_answer_that_is_not_what_was_asked_for_is_asked_for_again(
    publisher: Publisher, transport: Transport
) -> None:
    """A maintenance page with status 200 is tried again, then told."""
    page = Reply(b"<html>Back soon</html>")
    publisher.troubles.append(Trouble("/large", times=2, reply=page))

    def check(body: bytes) -> None:
        if body.startswith(b"<html"):
            raise ParseError("a web page")

    assert transport.read(large(publisher), check=check).body == LARGE
    publisher.troubles.append(Trouble("/large", times=3, reply=page))
    with pytest.raises(FetchError, match="a web page"):
        transport.read(large(publisher), check=check)


def test_an_encoding_that_is_not_one_is_tried_again(
    publisher: Publisher, transport: Transport
) -> None:
    """An answer that claims to be compressed and is not counts as a broken one."""
    reply = Reply(b"plain", 200, {"Content-Encoding": "gzip"})
    publisher.troubles.append(Trouble("/large", reply=reply))

    assert transport.read(large(publisher)).body == LARGE
    assert len(publisher.hits) == 2


def test_a_service_that_falls_silent_is_left(publisher: Publisher, waits: list[float]) -> None:
    """No byte within the timeout counts as a failure; what came is kept and gone on from."""
    publisher.troubles.append(Trouble("/large", times=2, pause=0.5))

    with (
        Transport(attempts=2, timeout=0.1, sleep=waits.append) as ours,
        pytest.raises(FetchError, match="given up after 2"),
    ):
        ours.read(large(publisher))


def test_an_unchanged_file_is_not_sent(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """With the validators of what is kept, the answer is 304 and no part is written."""
    first = transport.download(large(publisher), tmp_path / ".x.part", limit=MANY)
    (tmp_path / ".x.part").unlink()

    second = transport.download(
        large(publisher), tmp_path / ".x.part", known=first.validators, limit=MANY
    )

    assert second.status == 304
    assert not (tmp_path / ".x.part").exists()


def test_a_weak_etag_does_not_stand_in_if_range() -> None:
    """RFC 9110: a weak validator cannot say that bytes are the same; the date can."""
    assert Validators('"a"', None).for_range == '"a"'
    assert Validators('W/"a"', "Tue, 24 Nov 2026 08:00:00 GMT").for_range == (
        "Tue, 24 Nov 2026 08:00:00 GMT"
    )
    assert Validators('W/"a"', None).for_range is None


def test_addresses_that_are_no_web_addresses_are_told() -> None:
    """A setting that is no http or https address is wrong usage."""
    with pytest.raises(CorpusError, match="not an http"):
        Service("x", "ftp://example.org", 1, "")
    with pytest.raises(CorpusError, match="not an http"):
        page_service("example.org/guideline", "")


def test_three_a_second_are_not_exceeded(publisher: Publisher, tmp_path: Path) -> None:
    """A service that turns the fourth request of a second away never has to."""
    PubMed(publisher, {})
    publisher.most_a_second = 3
    ours = publisher.services().pubmed

    with Transport(attempts=1) as transport:
        for _ in range(7):
            transport.read(Ask(ours, f"{publisher.url}/eutils/efetch.fcgi", (("id", "1"),)))

    assert len(publisher.hits) == 7
    assert not list(tmp_path.iterdir())
