"""
The services that sources are fetched from: their addresses, their pace and their terms.

Rates and terms are the services' own: NCBI 3 requests a second, 10 with a key (E-utilities usage
guidelines); openFDA 240 a minute; DailyMed and the PMC bucket name none, so ours are modest.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import urlsplit

from ingest.errors import CorpusError

LABEL_LICENCE = "public label text (company submissions, published by the US government)"
OPENFDA_LICENCE = "CC0-1.0"
PUBMED_LICENCE = "NLM terms; abstracts may be protected by their publishers' copyright"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class KeyPlace(StrEnum):
    """Where a service wants its API key; neither place is part of an address."""

    FORM = "form"
    BASIC = "basic"


@dataclass(frozen=True, slots=True)
class Service:
    """
    One service. ``base`` has no slash at its end; ``rate`` is requests a second.

    ``others`` are further addresses of the same service that it links or redirects to. The key
    is shown to ``base``'s host alone, and to no log, ledger or ``repr``.
    """

    name: str
    base: str
    rate: float
    terms: str
    others: tuple[str, ...] = ()
    key: str | None = field(default=None, repr=False)
    key_place: KeyPlace = KeyPlace.FORM

    def __post_init__(self) -> None:
        """Raise CorpusError for an address that is neither HTTPS nor plain HTTP."""
        for address in (self.base, *self.others):
            try:
                parts = urlsplit(address)
            except ValueError as error:
                raise CorpusError(f"{self.name}: {address}: no address: {error}") from error
            if parts.scheme not in ("https", "http") or not parts.hostname:
                raise CorpusError(f"{self.name}: {address} is not an http or https address")
            if "@" in parts.netloc:
                raise CorpusError(f"{self.name}: an address with a password in it; refused")

    def allows(self, address: str) -> bool:
        """Tell whether *address* is this service's: one of its hosts, by its scheme or HTTPS."""
        try:
            asked = urlsplit(address)
        except ValueError:
            return False
        return any(
            asked.netloc.lower() == own.netloc.lower() and asked.scheme in (own.scheme, "https")
            for own in map(urlsplit, (self.base, *self.others))
        )

    def shows_key_to(self, address: str) -> bool:
        """Tell whether a request to *address* may carry the key."""
        asked, own = urlsplit(address), urlsplit(self.base)
        return self.key is not None and (asked.scheme, asked.netloc) == (own.scheme, own.netloc)


@dataclass(frozen=True, slots=True)
class Services:
    """Every service, at its address; see :meth:`at`."""

    dailymed: Service
    dailymed_files: Service
    openfda: Service
    pubmed: Service
    pubmed_files: Service
    pmc: Service

    @classmethod
    def at(
        cls,
        addresses: Addresses,
        *,
        openfda_key: str | None = None,
        ncbi_key: str | None = None,
    ) -> Self:
        """Return the services at *addresses*, asked with the keys at hand."""
        nlm = "https://www.nlm.nih.gov/web_policies.html#copyright"
        pubmed = "https://www.nlm.nih.gov/databases/download.html"
        return cls(
            dailymed=Service("dailymed", addresses.dailymed, 3, nlm),
            dailymed_files=Service("dailymed-files", addresses.dailymed_files, 3, nlm),
            openfda=Service(
                "openfda",
                addresses.openfda,
                4,
                "https://open.fda.gov/license/",
                others=("https://download.open.fda.gov",),
                key=openfda_key,
                key_place=KeyPlace.BASIC,
            ),
            pubmed=Service("pubmed", addresses.eutils, 10 if ncbi_key else 3, pubmed, key=ncbi_key),
            pubmed_files=Service("pubmed-files", addresses.pubmed_files, 3, pubmed),
            pmc=Service("pmc", addresses.pmc, 5, "https://pmc.ncbi.nlm.nih.gov/about/copyright/"),
        )


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where each service is; a slash at the end is left out."""

    dailymed: str
    dailymed_files: str
    openfda: str
    eutils: str
    pubmed_files: str
    pmc: str

    def __post_init__(self) -> None:
        """Leave out the slash that a setting may end in."""
        for name in self.__slots__:
            object.__setattr__(self, name, getattr(self, name).rstrip("/"))


def page_service(address: str, terms: str) -> Service:
    """
    Return the service of one page that a list names: its own host, asked once a second.

    Raises CorpusError where it is not HTTPS; plain HTTP is for this machine alone.
    """
    try:
        parts = urlsplit(address)
    except ValueError as error:
        raise CorpusError(f"{address}: no address: {error}") from error
    if "@" in parts.netloc:
        raise CorpusError(f"{parts.hostname}: an address with a password in it; refused")
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise CorpusError(f"{address}: plain http; give its https address")
    host = parts.netloc.lower()
    twin = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    return Service(host, f"{parts.scheme}://{host}", 1, terms, others=(f"{parts.scheme}://{twin}",))
