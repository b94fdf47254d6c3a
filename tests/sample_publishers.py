"""
A loopback server that speaks the protocols of DailyMed, openFDA, PubMed and PMC.

It serves what a test gives it, over whatever troubles a test orders: errors, slowness, answers cut
short, redirects. It writes down every request.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from ingest.fetching.services import Addresses, Services

Query = dict[str, str]
Route = Callable[[Query], "Reply"]


@dataclass(slots=True)
class Reply:
    """What a route answers; ``body`` is sent as it is."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """One request: when it came (monotonic seconds), and what it said."""

    at: float
    method: str
    path: str
    query: Query
    headers: dict[str, str]


@dataclass(slots=True)
class Trouble:
    """
    Befalls the next ``times`` requests whose path has ``where`` in it.

    ``reply`` stands in for the true answer; ``cut`` closes the connection after so many bytes of
    the body; ``pause`` is seconds before each 4 KiB of it.
    """

    where: str
    times: int = 1
    reply: Reply | None = None
    cut: int | None = None
    pause: float = 0.0


class Publisher:
    """The server's content, troubles and log; ``url`` is its address."""

    def __init__(self) -> None:
        """Begin with nothing to serve."""
        self.url = ""
        self.files: dict[str, bytes] = {}
        self.validators = True
        self.routes: dict[str, Route] = {}
        self.troubles: list[Trouble] = []
        self.hits: list[Hit] = []
        self.most_a_second: int | None = None
        self.lock = threading.Lock()

    def services(self, *, ncbi_key: str | None = None, openfda_key: str | None = None) -> Services:
        """Return the services as this server has them."""
        return Services.at(
            Addresses(
                dailymed=f"{self.url}/dailymed",
                dailymed_files=f"{self.url}/releases",
                openfda=self.url,
                eutils=f"{self.url}/eutils",
                pubmed_files=f"{self.url}/pubmed",
                pmc=f"{self.url}/pmc",
            ),
            ncbi_key=ncbi_key,
            openfda_key=openfda_key,
        )

    def asked(self, where: str) -> list[Hit]:
        """Return the requests whose path has *where* in it."""
        return [hit for hit in self.hits if where in hit.path]

    def trouble(self, path: str) -> Trouble | None:
        """Return what befalls a request of *path*, used up by one."""
        with self.lock:
            for each in self.troubles:
                if each.where in path and each.times > 0:
                    each.times -= 1
                    return each
        return None

    def answer(self, path: str, query: Query, headers: dict[str, str]) -> Reply:
        """Return the true answer."""
        if self.most_a_second is not None:
            now = time.monotonic()
            recent = [hit for hit in self.hits if now - hit.at < 1]
            if len(recent) > self.most_a_second:
                return Reply(b'{"error":"API rate limit exceeded"}', 429)
        if path in self.routes:
            return self.routes[path](query)
        if path in self.files:
            return self._file(self.files[path], headers)
        return Reply(b"<html><title>404 Not Found</title></html>", 404)

    def _file(self, data: bytes, headers: dict[str, str]) -> Reply:
        etag = f'"{hashlib.md5(data, usedforsecurity=False).hexdigest()}"'
        named = {"Accept-Ranges": "bytes"}
        if self.validators:
            named |= {"ETag": etag, "Last-Modified": formatdate(1_700_000_000, usegmt=True)}
        if self.validators and headers.get("if-none-match") == etag:
            return Reply(b"", 304, named)
        wanted = re.fullmatch(r"bytes=(\d+)-", headers.get("range", ""))
        unchanged = headers.get("if-range") in (None, etag)
        if wanted and unchanged:
            start = int(wanted.group(1))
            if start >= len(data):
                return Reply(b"", 416, named | {"Content-Range": f"bytes */{len(data)}"})
            span = f"bytes {start}-{len(data) - 1}/{len(data)}"
            return Reply(data[start:], 206, named | {"Content-Range": span})
        return Reply(data, 200, named)


@contextmanager
def publishing() -> Iterator[Publisher]:
    """Serve a publisher on a free loopback port for as long as the block runs."""
    publisher = Publisher()

    class Handler(_Handler):
        ours = publisher

    server = _Server(("127.0.0.1", 0), Handler)
    publisher.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that die are what some tests are about."""


class _Handler(BaseHTTPRequestHandler):
    ours: ClassVar[Publisher]
    protocol_version = "HTTP/1.1"
    timeout = 20

    def do_GET(self) -> None:
        """Answer a GET."""
        self._answer(urlsplit(self.path).query)

    def do_POST(self) -> None:
        """Answer a posted form."""
        length = int(self.headers.get("Content-Length", "0"))
        self._answer(self.rfile.read(length).decode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Write nothing: the publisher keeps the log."""

    def _answer(self, text: str) -> None:
        path = urlsplit(self.path).path
        query = {name: values[-1] for name, values in parse_qs(text).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        with self.ours.lock:
            self.ours.hits.append(Hit(time.monotonic(), self.command, path, query, headers))
        trouble = self.ours.trouble(self.path) or Trouble("")
        reply = trouble.reply or self.ours.answer(path, query, headers)
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        if reply.status != 304:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        body = reply.body if trouble.cut is None else reply.body[: trouble.cut]
        for at in range(0, len(body), 4096):
            time.sleep(trouble.pause)
            self.wfile.write(body[at : at + 4096])
            self.wfile.flush()
        if trouble.cut is not None:
            self.close_connection = True


def serve_dailymed(
    publisher: Publisher, labels: dict[str, bytes], drugs: dict[str, list[str]], *, page: int = 100
) -> None:
    """Serve *labels* by set id, and find the set ids of *drugs* by name, *page* at a time."""
    for set_id, data in labels.items():
        publisher.files[f"/dailymed/services/v2/spls/{set_id}.xml"] = data

    def search(query: Query) -> Reply:
        ids = drugs.get(query.get("drug_name", ""), [])
        at = int(query.get("page", "1"))
        shown = ids[(at - 1) * page : at * page]
        last = at * page >= len(ids)
        metadata = {
            "total_elements": len(ids),
            "current_page": at,
            "next_page": "null" if last else at + 1,
            "next_page_url": "null" if last else f"{publisher.url}/next?page={at + 1}",
        }
        data = [
            {"setid": each, "spl_version": 1, "title": "T", "published_date": "Jan 01, 2026"}
            for each in shown
        ]
        return _json({"data": data, "metadata": metadata})

    publisher.routes["/dailymed/services/v2/spls.json"] = search


def serve_releases(publisher: Publisher, archives: dict[str, bytes]) -> None:
    """List *archives* with their MD5 as DailyMed's page of releases does, and serve them."""
    items = "".join(
        f'<li>{name} <a href="https://files.invalid/public-release-files/{name}">HTTPS</a> '
        f"MD5 checksum: <span>{_md5(data)}</span></li>"
        for name, data in archives.items()
    )
    page = f"<html><body><ul class='download'>{items}</ul></body></html>".encode()
    publisher.routes["/dailymed/spl-resources-all-drug-labels.cfm"] = lambda _query: Reply(page)
    publisher.files |= {f"/releases/{name}": data for name, data in archives.items()}


def serve_openfda(publisher: Publisher, records: list[dict[str, object]], *, page: int) -> None:
    """Find all *records* by any search, *page* at a time, the next page named by a Link header."""

    def search(query: Query) -> Reply:
        if "nothing" in query["search"]:
            return _json({"error": {"code": "NOT_FOUND", "message": "No matches found!"}}, 404)
        if query["search"].endswith(":"):
            return _json({"error": {"code": "BAD_REQUEST", "message": "Cannot parse query"}}, 400)
        after = int(query.get("search_after", "0"))
        shown = records[after : after + page]
        facts = {
            "license": "https://open.fda.gov/license/",
            "last_updated": "2026-11-20",
            "results": {"skip": 0, "limit": page, "total": len(records)},
        }
        reply = _json({"meta": facts, "results": shown})
        if after + page < len(records):
            following = f"{publisher.url}/drug/label.json?search=all&search_after={after + page}"
            reply.headers["Link"] = f'<{following}>; rel="next"'
        return reply

    publisher.routes["/drug/label.json"] = search


def serve_bulk(publisher: Publisher, archives: dict[str, bytes]) -> None:
    """List *archives* in ``download.json`` and serve them."""
    parts = [{"file": f"{publisher.url}/bulk/{name}", "records": 1} for name in archives]
    value = {"results": {"drug": {"label": {"partitions": parts}}}}
    publisher.routes["/download.json"] = lambda _query: _json(value)
    publisher.files |= {f"/bulk/{name}": data for name, data in archives.items()}


class PubMed:
    """E-utilities over *articles*: records (XML) by id; ``expire`` makes results vanish."""

    def __init__(self, publisher: Publisher, articles: dict[str, str]) -> None:
        """Answer esearch and efetch on *publisher*."""
        self.articles = articles
        self.most = 9_999
        self._results: dict[str, list[str]] = {}
        publisher.routes["/eutils/esearch.fcgi"] = self._search
        publisher.routes["/eutils/efetch.fcgi"] = self._fetch

    def expire(self) -> None:
        """Forget every result, as the history server does after some hours."""
        self._results.clear()

    def _search(self, query: Query) -> Reply:
        found = [*self.articles] if "nothing" not in query["term"] else []
        if limits := re.search(r"(\d+):(\d+)\[UID\]", query["term"]):
            first, last = int(limits.group(1)), int(limits.group(2))
            found = [each for each in found if first <= int(each) <= last]
        given = found[: self.most]
        webenv = f"MCID_{len(self._results) + 1}_{len(found)}"
        self._results[webenv] = given
        shown = given[: int(query["retmax"])]
        ids = "".join(f"<Id>{each}</Id>" for each in shown)
        return _xml(
            f"<eSearchResult><Count>{len(found)}</Count><QueryKey>1</QueryKey>"
            f"<WebEnv>{webenv}</WebEnv><IdList>{ids}</IdList></eSearchResult>"
        )

    def _fetch(self, query: Query) -> Reply:
        if "id" in query:
            wanted = query["id"].split(",")
        elif query["WebEnv"] in self._results:
            at, most = int(query["retstart"]), int(query["retmax"])
            wanted = self._results[query["WebEnv"]][at : at + most]
        else:
            return _xml("<eFetchResult><ERROR>Unable to obtain query #1</ERROR></eFetchResult>")
        found = "\n".join(self.articles[each] for each in wanted if each in self.articles)
        return _xml(f"<PubmedArticleSet>\n{found}\n</PubmedArticleSet>")


def serve_pubmed_files(publisher: Publisher, folder: str, files: dict[str, bytes]) -> None:
    """List *files* of the baseline or the updates, each with its MD5 beside it."""
    links = "".join(f'<a href="{name}">{name}</a> <a href="{name}.md5">' for name in files)
    publisher.routes[f"/pubmed/{folder}/"] = lambda _query: Reply(f"<pre>{links}</pre>".encode())
    for name, data in files.items():
        publisher.files[f"/pubmed/{folder}/{name}"] = data
        publisher.files[f"/pubmed/{folder}/{name}.md5"] = f"MD5({name})= {_md5(data)}\n".encode()


def serve_article(
    publisher: Publisher,
    pmcid: str,
    xml: bytes,
    *,
    licence: str | None,
    version: int = 1,
    manuscript: bool = False,
) -> None:
    """Serve an article as PMC's bucket does; without a *licence* it is not open access."""
    name = f"{pmcid}.{version}"
    spaced = "http://s3.amazonaws.com/doc/2006-03-01/"
    prefixes = "".join(
        f"<CommonPrefixes><Prefix>{pmcid}.{each}/</Prefix></CommonPrefixes>"
        for each in range(1, version + 1)
    )
    listing = f'<ListBucketResult xmlns="{spaced}">{prefixes}</ListBucketResult>'.encode()
    earlier = publisher.routes.get("/pmc/")

    def listed(query: Query) -> Reply:
        if query["prefix"] == f"{pmcid}.":
            return Reply(listing)
        return (
            earlier(query) if earlier else Reply(f'<ListBucketResult xmlns="{spaced}"/>'.encode())
        )

    publisher.routes["/pmc/"] = listed
    facts = {
        "pmcid": pmcid,
        "version": version,
        "is_pmc_openaccess": licence is not None,
        "license_code": licence or "TDM",
        "is_retracted": False,
        "is_manuscript": manuscript,
        "xml_url": f"s3://pmc-oa-opendata/{name}/{name}.xml?md5={_md5(xml)}",
    }
    publisher.files[f"/pmc/metadata/{name}.json"] = json.dumps(facts).encode()
    publisher.files[f"/pmc/{name}/{name}.xml"] = xml


def _json(value: object, status: int = 200) -> Reply:
    return Reply(json.dumps(value).encode(), status, {"Content-Type": "application/json"})


def _xml(text: str) -> Reply:
    return Reply(f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode())


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
