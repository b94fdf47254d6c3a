"""
DailyMed: drug labels by set id, by drug name, or a whole release.

Web services version 2: ``services/v2/spls.json`` lists labels page by page (at most 100), ``spls/
{SETID}.xml`` is one label. The page ``spl-resources-all-drug-labels.cfm`` lists the releases, each
with its MD5.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote, urlencode

from ingest.documents import SourceType
from ingest.errors import CorpusError, FetchError, ParseError
from ingest.fetching.items import ARCHIVES, Ask, Haul, Item, Unpack
from ingest.fetching.services import LABEL_LICENCE, Service, Services
from ingest.fetching.transport import GONE, Transport
from ingest.fetching.unpacking import label_page
from ingest.markup import Element, flatten, parse_html
from ingest.reading import Format

_SET_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_MD5 = re.compile(r"MD5(?: checksum)?\s*:?\s*([0-9a-fA-F]{32})")
_LARGEST_LABEL = 64 * 1024 * 1024
_LARGEST_RELEASE = 16 * 1024**3
_MOST_PAGES = 2_000


class Release(StrEnum):
    """The releases of labels; the value is what a user types."""

    HUMAN_RX = "human-rx"
    HUMAN_OTC = "human-otc"
    MONTHLY = "monthly"
    WEEKLY = "weekly"
    DAILY = "daily"


_FILES = {
    Release.HUMAN_RX: re.compile(r"dm_spl_release_human_rx(?:_part\d+)?\.zip"),
    Release.HUMAN_OTC: re.compile(r"dm_spl_release_human_otc(?:_part\d+)?\.zip"),
    Release.MONTHLY: re.compile(r"dm_spl_monthly_update_\w+\.zip"),
    Release.WEEKLY: re.compile(r"dm_spl_weekly_update_\w+\.zip"),
    Release.DAILY: re.compile(r"dm_spl_daily_update_\w+\.zip"),
}


def find_labels(
    transport: Transport, services: Services, set_ids: Sequence[str], drugs: Sequence[str]
) -> Haul:
    """
    Find the labels of *set_ids*, then all those of each drug name.

    Raises CorpusError for what is no set id, FetchError when the list is not to be had.
    """
    for each in set_ids:
        if not _SET_ID.fullmatch(each):
            raise CorpusError(f"{each!r} is no set id; it looks like 1a2b3c4d-….")
    wanted = dict.fromkeys(each.lower() for each in set_ids)
    for drug in drugs:
        found = list(_search(transport, services.dailymed, drug))
        if not found:
            raise FetchError(f"DailyMed has no label of a drug called {drug!r}; check its name")
        wanted |= dict.fromkeys(found)
    return Haul((_label(services.dailymed, each) for each in wanted), len(wanted))


def find_release(transport: Transport, services: Services, wanted: Sequence[str]) -> Haul:
    """
    Find release archives: by kind (see :class:`Release`), by name, or files at hand already.

    Raises CorpusError for what is none of these, FetchError when the list is not to be had.
    """
    locals_ = [each for each in wanted if Path(each).is_file()]
    named = [each for each in wanted if each not in locals_]
    listed = _listed(transport, services.dailymed) if named else {}
    items = [_local(services, Path(each)) for each in locals_]
    for each in named:
        matching = _matching(each, listed)
        if not matching:
            kinds = ", ".join(Release)
            raise CorpusError(f"{each!r} is no release ({kinds}), no listed archive and no file")
        items += [_archive(services.dailymed_files, name, listed[name]) for name in matching]
    return Haul(iter(items), len(items))


def _matching(wanted: str, listed: dict[str, str | None]) -> list[str]:
    name = wanted.rpartition("/")[2]
    if name in listed:
        return [name]
    if wanted not in list(Release):
        return []
    return [each for each in listed if _FILES[Release(wanted)].fullmatch(each)]


def _search(transport: Transport, service: Service, drug: str) -> Iterator[str]:
    for page in range(1, _MOST_PAGES):
        query = urlencode({"drug_name": drug, "pagesize": 100, "page": page})
        ask = Ask(service, f"{service.base}/services/v2/spls.json?{query}")
        answer = transport.read(ask, also=GONE, check=_read_list)
        if answer.status in GONE:
            return
        ids, is_last = _read_list(answer.body)
        yield from ids
        if is_last:
            return


def _read_list(body: bytes) -> tuple[list[str], bool]:
    """Return the set ids of one page, and whether it is the last."""
    try:
        value = json.loads(body)
        ids = [str(each["setid"]).lower() for each in value["data"]]
        following = value["metadata"].get("next_page_url")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ParseError("not DailyMed's list of labels") from error
    # The service writes a missing value as the word.
    return [each for each in ids if _SET_ID.fullmatch(each)], following in (None, "", "null")


def _label(service: Service, set_id: str) -> Item:
    ask = Ask(service, f"{service.base}/services/v2/spls/{set_id}.xml")
    return Item(
        path=f"{set_id}.xml",
        address=ask.address,
        service=service.name,
        terms=service.terms,
        licence=LABEL_LICENCE,
        formats=frozenset({Format.SPL}),
        ask=ask,
        page=label_page(set_id),
        type=SourceType.LABEL,
        names=set_id,
        limit=_LARGEST_LABEL,
    )


def _listed(transport: Transport, service: Service) -> dict[str, str | None]:
    """Return the MD5 of every archive on the page of releases; None where it states none."""
    ask = Ask(service, f"{service.base}/spl-resources-all-drug-labels.cfm")
    page = parse_html(transport.read(ask).body.decode("utf-8", "replace"))
    found: dict[str, str | None] = {}
    for link in page.iter("a"):
        name = str(link.get("href") or "").rpartition("/")[2]
        if any(pattern.fullmatch(name) for pattern in _FILES.values()):
            found[name] = found.get(name) or _md5_beside(link)
    if not found:
        raise FetchError(f"{ask.address}: lists no release; the page may have changed")
    return found


def _md5_beside(link: Element) -> str | None:
    item = next(link.iterancestors("li", "tr", "p"), None)
    digest = _MD5.search(flatten(item)) if item is not None else None
    return digest.group(1).lower() if digest else None


def _archive(service: Service, name: str, md5: str | None) -> Item:
    ask = Ask(service, f"{service.base}/{quote(name)}")
    return Item(
        path=f"{ARCHIVES}/{name}",
        address=ask.address,
        service=service.name,
        terms=service.terms,
        licence=LABEL_LICENCE,
        formats=frozenset({Format.SPL}),
        ask=ask,
        md5=md5,
        type=SourceType.LABEL,
        limit=_LARGEST_RELEASE,
        unpack=Unpack.LABELS,
    )


def _local(services: Services, path: Path) -> Item:
    return Item(
        path=f"{ARCHIVES}/{path.name.lstrip('.')}",
        address=path.resolve().as_uri(),
        service=services.dailymed_files.name,
        terms=services.dailymed_files.terms,
        licence=LABEL_LICENCE,
        formats=frozenset({Format.SPL}),
        local=path,
        type=SourceType.LABEL,
        unpack=Unpack.LABELS,
    )
