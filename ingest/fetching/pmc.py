"""
PubMed Central's open-access articles, from its cloud service (pmc.ncbi.nlm.nih.gov/tools/pmcaws).

NLM announced the end of the OA web service's files for August 2026. Here each version of an
article has a record at ``metadata/PMC….N.json`` that states its licence and where its XML lies,
with its MD5. What is not in the open-access subset is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from ingest.documents import SourceType
from ingest.errors import CorpusError, ParseError
from ingest.fetching.items import Ask, Fate, Haul, Item
from ingest.fetching.runs import Run
from ingest.fetching.services import Service
from ingest.fetching.transport import GONE, Transport
from ingest.markup import parse_xml
from ingest.reading import Format

_PMCID = re.compile(r"(?:PMC)?([1-9]\d{0,9})", re.IGNORECASE)
_PREFIX = re.compile(r"PMC\d+\.(\d+)/")
_S3 = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_LARGEST_ARTICLE = 128 * 1024 * 1024


def find_articles(transport: Transport, service: Service, pmcids: Sequence[str], run: Run) -> Haul:
    """Find the newest open version of each article. Raises CorpusError for what is no PMC id."""
    wanted: dict[str, None] = {}
    for each in pmcids:
        found = _PMCID.fullmatch(each)
        if found is None:
            raise CorpusError(f"{each!r} is no PMC id; it looks like PMC1234567")
        wanted[f"PMC{found.group(1)}"] = None
    return Haul((_article(transport, service, each, run) for each in wanted), len(wanted))


def _article(transport: Transport, service: Service, pmcid: str, run: Run) -> Item:
    if run.has(f"{pmcid}.xml"):
        return _verdict(service, pmcid, Fate.UNCHANGED, "kept by the unfinished run")
    query = urlencode({"list-type": 2, "prefix": f"{pmcid}.", "delimiter": "/"})
    listing = transport.read(Ask(service, f"{service.base}/?{query}"), check=parse_xml)
    prefixes = parse_xml(listing.body).iterfind(f"{_S3}CommonPrefixes/{_S3}Prefix")
    versions = [
        int(found.group(1)) for each in prefixes if (found := _PREFIX.fullmatch(each.text or ""))
    ]
    if not versions:
        return _verdict(service, pmcid, Fate.GONE, "not among PMC's articles for reuse")
    records = [_version(transport, service, pmcid, each) for each in sorted(versions)[::-1]]
    known = [each for each in records if each is not None]
    is_open = [each for each in known if each.get("is_pmc_openaccess") is True and _licence(each)]
    if not is_open:
        stated = ", ".join(dict.fromkeys(_licence(each) or "none stated" for each in known))
        reason = f"not open access (licence: {stated})" if known else "its record is not there"
        return _verdict(service, pmcid, Fate.REFUSED if known else Fate.GONE, reason)
    # What was published comes before the author's manuscript of it, which may be the newer file.
    facts = min(is_open, key=lambda each: each.get("is_manuscript") is True)
    where = urlsplit(str(facts.get("xml_url") or ""))
    key = where.path.lstrip("/")
    if not key.startswith(f"{pmcid}."):
        return _verdict(service, pmcid, Fate.REFUSED, "its record names no XML of it")
    md5 = parse_qs(where.query).get("md5", [None])[0]
    retracted = facts.get("is_retracted") is True
    return _found(service, pmcid, key, _licence(facts), md5=md5, retracted=retracted)


def _version(
    transport: Transport, service: Service, pmcid: str, version: int
) -> dict[str, Any] | None:
    ask = Ask(service, f"{service.base}/metadata/{pmcid}.{version}.json")
    answer = transport.read(ask, also=GONE, check=_read)
    return None if answer.status in GONE else _read(answer.body)


def _licence(facts: dict[str, Any]) -> str:
    return str(facts.get("license_code") or "")


def _read(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except ValueError as error:
        raise ParseError("not JSON") from error
    if not isinstance(value, dict) or "pmcid" not in value:
        raise ParseError("not PMC's record of an article")
    return value


def _found(
    service: Service, pmcid: str, key: str, licence: str, *, md5: str | None, retracted: bool
) -> Item:
    ask = Ask(service, f"{service.base}/{quote(key)}")
    return Item(
        path=f"{pmcid}.xml",
        address=ask.address,
        service=service.name,
        terms=service.terms,
        licence=licence,
        formats=frozenset({Format.JATS}),
        ask=ask,
        page=_page(pmcid),
        type=SourceType.STUDY,
        note="PMC says that it is retracted" if retracted else None,
        md5=md5.lower() if md5 else None,
        names=pmcid.removeprefix("PMC"),
        limit=_LARGEST_ARTICLE,
    )


def _verdict(service: Service, pmcid: str, fate: Fate, reason: str) -> Item:
    return Item(
        path=f"{pmcid}.xml",
        address=_page(pmcid),
        service=service.name,
        terms=service.terms,
        licence=None,
        formats=frozenset({Format.JATS}),
        verdict=(fate, reason),
    )


def _page(pmcid: str) -> str:
    return f"https://pmc.ncbi.nlm.nih.gov/articles/{pmcid}/"
