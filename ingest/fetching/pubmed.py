"""
PubMed: records by query or id through the E-utilities, and the yearly and daily files.

``esearch`` leaves a query's result on NCBI's history server (WebEnv, query key) and ``efetch``
reads it from there in batches. A result goes after some hours; then the query is put again.
PubMed gives no more than 9,999 records of one query, so a larger result is asked for in ranges of
ids. (E-utilities help, NBK25499.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from lxml import etree

from ingest.documents import SourceType
from ingest.errors import CorpusError, FetchError, ParseError
from ingest.fetching.items import ARCHIVES, Ask, Fate, Haul, Item, Unpack
from ingest.fetching.runs import Run
from ingest.fetching.services import PUBMED_LICENCE, Service
from ingest.fetching.transport import Transport
from ingest.markup import Element, flatten, parse_xml
from ingest.reading import Format

BATCH = 200
_MOST = 9_999
_LAST_ID = 99_999_999
_LARGEST_FILE = 512 * 1024 * 1024
_PMID = re.compile(r"[1-9]\d{0,8}")
_FILE = re.compile(r'href="(?:[^"]*/)?(pubmed\d\dn\d{4}\.xml\.gz)"')
_MD5 = re.compile(r"\b([0-9a-fA-F]{32})\b")
_BAD = frozenset({400})
_RECORDS = frozenset({"PubmedArticle", "PubmedBookArticle"})
_HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet>\n'
_TAIL = "\n</PubmedArticleSet>\n"


class Release(StrEnum):
    """The files of PubMed: the yearly baseline, the daily updates since; the value is a folder."""

    BASELINE = "baseline"
    UPDATES = "updatefiles"


class _ExpiredError(Exception):
    """The history server no longer has the result."""


@dataclass(frozen=True, slots=True)
class _Result:
    """A query's result on the history server, and its ids in the order it is read."""

    term: str
    count: int
    ids: tuple[str, ...]
    webenv: str
    query_key: str


def find_query(
    transport: Transport, service: Service, query: str, run: Run, limit: int | None = None
) -> Haul:
    """Find the records of *query* (PubMed's syntax). Raises FetchError where it finds none."""
    most = min(limit or _MOST, _MOST)
    whole = _search(transport, service, query, most)
    if not whole.count:
        raise FetchError(f"PubMed finds nothing by {query!r}")
    if whole.count <= most or (limit and limit <= _MOST):
        return Haul(_of_result(transport, service, whole, run), len(whole.ids))
    ranges = _ranges(transport, service, query, 1, _LAST_ID)
    return Haul(
        (item for each in ranges for item in _of_result(transport, service, each, run)), None
    )


def find_ids(transport: Transport, service: Service, pmids: Sequence[str], run: Run) -> Haul:
    """Find the records of *pmids*. Raises CorpusError for what is no PubMed id."""
    for each in pmids:
        if not _PMID.fullmatch(each):
            raise CorpusError(f"{each!r} is no PubMed id; it is a number")
    wanted = list(dict.fromkeys(pmids))
    batches = [wanted[at : at + BATCH] for at in range(0, len(wanted), BATCH)]
    found = (_of_ids(transport, service, batch, run) for batch in batches)
    return Haul((item for batch in found for item in batch), len(wanted))


def find_files(transport: Transport, service: Service, release: Release, run: Run) -> Haul:
    """Find the files of *release*, each with its MD5. Raises FetchError where none is listed."""
    folder = f"{service.base}/{release.value}"
    ask = Ask(service, f"{folder}/")
    text = transport.read(ask).body.decode("utf-8", "replace")
    names = sorted(dict.fromkeys(_FILE.findall(text)))
    if not names:
        raise FetchError(f"{ask.address}: lists no file of PubMed; the page may have changed")
    return Haul((_file(transport, service, release, name, run) for name in names), len(names))


def _search(transport: Transport, service: Service, term: str, most: int) -> _Result:
    form = (
        ("db", "pubmed"),
        ("term", term),
        ("usehistory", "y"),
        ("retstart", "0"),
        ("retmax", str(most)),
        ("retmode", "xml"),
    )
    ask = Ask(service, f"{service.base}/esearch.fcgi", form)
    root = parse_xml(transport.read(ask, check=_check_search).body)
    return _Result(
        term,
        int(root.findtext("Count") or "0"),
        tuple(each.text or "" for each in root.findall("IdList/Id")),
        root.findtext("WebEnv") or "",
        root.findtext("QueryKey") or "",
    )


def _check_search(body: bytes) -> None:
    root = parse_xml(body)
    if root.tag != "eSearchResult" or root.findtext("Count") is None:
        error = root.findtext(".//ERROR") or f"<{root.tag}>"
        raise ParseError(f"no search result but {error}")


def _ranges(
    transport: Transport, service: Service, query: str, first: int, last: int
) -> Iterator[_Result]:
    """Halve the range of ids until PubMed gives all that it finds in each."""
    term = f"({query}) AND {first}:{last}[UID]"
    result = _search(transport, service, term, _MOST)
    if result.count <= _MOST or first == last:
        if result.count:
            yield result
        return
    middle = (first + last) // 2
    yield from _ranges(transport, service, query, first, middle)
    yield from _ranges(transport, service, query, middle + 1, last)


def _of_result(transport: Transport, service: Service, result: _Result, run: Run) -> Iterator[Item]:
    for at in range(0, len(result.ids), BATCH):
        wanted = result.ids[at : at + BATCH]
        found: dict[str, Element] = {}
        if not all(run.has(_name(each)) for each in wanted):
            result, found = _from_history(transport, service, result, at)
            # A result that was put again may have new records in it, and so another order.
            missing = [each for each in wanted if each not in found]
            found |= _fetch_ids(transport, service, missing) if missing else {}
        yield from (_record(service, pmid, found.get(pmid)) for pmid in wanted)


def _of_ids(
    transport: Transport, service: Service, pmids: Sequence[str], run: Run
) -> Iterator[Item]:
    missing = [each for each in pmids if not run.has(_name(each))]
    found = _fetch_ids(transport, service, missing) if missing else {}
    yield from (_record(service, pmid, found.get(pmid)) for pmid in pmids)


def _from_history(
    transport: Transport, service: Service, result: _Result, at: int
) -> tuple[_Result, dict[str, Element]]:
    """Return the batch at *at*, and the result: put again where the server had lost it."""
    try:
        return result, _fetch_history(transport, service, result, at)
    except _ExpiredError:
        again = _search(transport, service, result.term, len(result.ids))
        result = replace(again, ids=result.ids)
    try:
        return result, _fetch_history(transport, service, result, at)
    except _ExpiredError as error:
        raise FetchError(
            "PubMed's history server lost the result twice; run the same command again"
        ) from error


def _fetch_history(
    transport: Transport, service: Service, result: _Result, at: int
) -> dict[str, Element]:
    form = (
        ("db", "pubmed"),
        ("query_key", result.query_key),
        ("WebEnv", result.webenv),
        ("retstart", str(at)),
        ("retmax", str(BATCH)),
        ("retmode", "xml"),
    )
    return _fetch(transport, Ask(service, f"{service.base}/efetch.fcgi", form))


def _fetch_ids(transport: Transport, service: Service, pmids: Sequence[str]) -> dict[str, Element]:
    form = (("db", "pubmed"), ("id", ",".join(pmids)), ("retmode", "xml"))
    try:
        return _fetch(transport, Ask(service, f"{service.base}/efetch.fcgi", form))
    except _ExpiredError as error:
        raise FetchError(
            f"PubMed does not give the records of {len(pmids)} ids: {error}"
        ) from error


def _fetch(transport: Transport, ask: Ask) -> dict[str, Element]:
    answer = transport.read(ask, also=_BAD, check=parse_xml)
    try:
        root = parse_xml(answer.body)
    except ParseError as error:
        raise FetchError(f"{ask.address}: HTTP {answer.status}, {error}") from error
    if root.tag == "PubmedArticleSet":
        return {
            pmid: each
            for each in root
            if each.tag in _RECORDS and (pmid := _pmid(each)) is not None
        }
    raise _ExpiredError(root.findtext(".//ERROR") or f"<{root.tag}>")


def _pmid(record: Element) -> str | None:
    return record.findtext("MedlineCitation/PMID") or record.findtext("BookDocument/PMID")


def _name(pmid: str) -> str:
    return f"{pmid}.xml"


def _record(service: Service, pmid: str, found: Element | None) -> Item:
    query = f"db=pubmed&id={pmid}&retmode=xml"
    body = None
    if found is not None:
        text = etree.tostring(found, encoding="unicode", with_tail=False)
        body = f"{_HEAD}{text}{_TAIL}".encode()
    return Item(
        path=_name(pmid),
        address=f"{service.base}/efetch.fcgi?{query}",
        service=service.name,
        terms=service.terms,
        licence=_licence(found),
        formats=frozenset({Format.PUBMED}),
        body=body,
        verdict=None if body else (Fate.GONE, "PubMed gives no record of this id"),
        page=f"https://pubmed.ncbi.nlm.nih.gov/{pmid}/",
        type=SourceType.STUDY,
    )


def _licence(found: Element | None) -> str:
    """Return the copyright that a record states of its abstract, else NLM's terms."""
    stated = found.find(".//Abstract/CopyrightInformation") if found is not None else None
    return (flatten(stated) if stated is not None else "") or PUBMED_LICENCE


def _file(transport: Transport, service: Service, release: Release, name: str, run: Run) -> Item:
    ask = Ask(service, f"{service.base}/{release.value}/{name}")
    path = f"{ARCHIVES}/{release.value}/{name}"
    md5 = None if run.has(path) else _published_md5(transport, Ask(service, f"{ask.url}.md5"))
    return Item(
        path=path,
        address=ask.address,
        service=service.name,
        terms=service.terms,
        # Each record states its own copyright, where it has one; ingest reads it there.
        licence=None,
        formats=frozenset({Format.PUBMED}),
        ask=ask,
        type=SourceType.STUDY,
        md5=md5,
        limit=_LARGEST_FILE,
        unpack=Unpack.PARTS,
    )


def _published_md5(transport: Transport, ask: Ask) -> str:
    found = _MD5.search(transport.read(ask).body.decode("ascii", "replace"))
    if found is None:
        raise FetchError(f"{ask.address}: states no MD5")
    return found.group(1).lower()
