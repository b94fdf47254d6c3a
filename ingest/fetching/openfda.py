"""
openFDA's drug labels: what a search finds, or the whole data set.

A search is paged by ``search_after``: each answer's ``Link`` header names the next page, the last
has none (open.fda.gov/apis/paging). ``download.json`` lists the archives of the whole set.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from ingest.documents import SourceType
from ingest.errors import FetchError, ParseError
from ingest.fetching.items import ARCHIVES, Answer, Ask, Fate, Haul, Item, Unpack
from ingest.fetching.runs import Run
from ingest.fetching.services import OPENFDA_LICENCE, Service
from ingest.fetching.transport import GONE, Transport
from ingest.fetching.unpacking import label_page
from ingest.reading import Format

_PAGE = 100
_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_NEXT = re.compile(r'<([^>]+)>\s*;\s*rel="?next"?', re.IGNORECASE)
_ARCHIVE = re.compile(r"drug-label-\d{4}-of-\d{4}\.json\.zip")
_LARGEST_ARCHIVE = 2 * 1024**3
_BAD = frozenset({400})
_FACTS = ("disclaimer", "terms", "license")


def find_labels(transport: Transport, service: Service, search: str, run: Run) -> Haul:
    """
    Find the labels that *search* (openFDA's query syntax) finds, one file each.

    Raises FetchError where it finds nothing, or the service does not understand it.
    """
    query = urlencode({"search": search, "limit": _PAGE, "sort": "effective_time:asc"})
    first = f"{service.base}/drug/label.json?{query}"
    start = run.cursor if run.cursor and service.allows(run.cursor) else first
    answer = _page(transport, service, start)
    if answer.status != 200 and start != first:  # noqa: PLR2004 - the page is no longer known
        start, answer = first, _page(transport, service, first)
    if answer.status in GONE:
        raise FetchError(f"openFDA finds no label by {search!r}")
    if answer.status in _BAD:
        raise FetchError(f"openFDA does not understand {search!r}: {_complaint(answer.body)}")
    total = _read(answer.body)["meta"].get("results", {}).get("total")
    return Haul(_items(transport, service, start, answer, run), total)


def find_bulk(transport: Transport, service: Service) -> Haul:
    """Find the archives of every drug label. Raises FetchError when the list is not to be had."""
    ask = Ask(service, f"{service.base}/download.json")
    try:
        value = json.loads(transport.read(ask).body)
        files = [str(each["file"]) for each in value["results"]["drug"]["label"]["partitions"]]
    except (ValueError, KeyError, TypeError) as error:
        raise FetchError(f"{ask.address}: not the list of downloads it used to be") from error
    return Haul((_archive(service, each) for each in files), len(files))


def _items(
    transport: Transport, service: Service, address: str, answer: Answer, run: Run
) -> Iterator[Item]:
    while True:
        value = _read(answer.body)
        facts = {name: value["meta"][name] for name in _FACTS if name in value["meta"]}
        for record in value["results"]:
            yield _label(service, facts, record)
        found = _NEXT.search(answer.headers.get("Link", ""))
        if found is None:
            return
        following = urljoin(address, found.group(1))
        if not service.allows(following) or following == address:
            raise FetchError(f"{address}: names {urlsplit(following).netloc} as its next page")
        run.advance(following)
        address = following
        answer = _page(transport, service, address)
        if answer.status != 200:  # noqa: PLR2004 - the rest of a list that was there before
            raise FetchError(f"{address}: the list breaks off; run the same command again")


def _page(transport: Transport, service: Service, address: str) -> Answer:
    return transport.read(Ask(service, address), also=GONE | _BAD, check=_read)


def _read(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ParseError("not JSON") from error
    if not isinstance(value, dict) or not isinstance(value.get("results"), list):
        raise ParseError("not a page of openFDA's results")
    return {"meta": value.get("meta") or {}, "results": value["results"]}


def _complaint(body: bytes) -> str:
    try:
        return str(json.loads(body)["error"]["message"])[:200]
    except (ValueError, KeyError, TypeError):
        return "HTTP 400"


def _label(service: Service, facts: dict[str, object], record: dict[str, Any]) -> Item:
    own = str(record.get("set_id") or record.get("id") or "").lower()
    named = bool(_ID.fullmatch(own))
    query = urlencode({"search": f'set_id:"{own}"'})
    body = json.dumps({"meta": facts, "results": [record]}, ensure_ascii=False, indent=1)
    return Item(
        path=f"{own}.json" if named else "unnamed.json",
        address=f"{service.base}/drug/label.json?{query}",
        service=service.name,
        terms=service.terms,
        licence=OPENFDA_LICENCE,
        formats=frozenset({Format.OPENFDA}),
        body=body.encode() if named else None,
        verdict=None if named else (Fate.REFUSED, "a record without a set id"),
        page=label_page(own) if named else None,
        type=SourceType.LABEL,
    )


def _archive(service: Service, address: str) -> Item:
    name = address.rpartition("/")[2]
    if not _ARCHIVE.fullmatch(name) or not service.allows(address):
        raise FetchError(f"openFDA lists {address} as a download of labels; refused")
    return Item(
        path=f"{ARCHIVES}/{name}",
        address=address,
        service=service.name,
        terms=service.terms,
        licence=OPENFDA_LICENCE,
        formats=frozenset({Format.OPENFDA}),
        ask=Ask(service, address),
        type=SourceType.LABEL,
        limit=_LARGEST_ARCHIVE,
        unpack=Unpack.PAGES,
    )
