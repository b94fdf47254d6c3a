"""``followup corpus fetch`` as its users run it, against a loopback server."""

from __future__ import annotations

import gzip
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from ingest.embedding import HashingEmbedder
from ingest.fetching.ledger import NAME
from ingest.pipeline import ingest
from tests import sample_corpus
from tests.sample_publishers import (
    Publisher,
    PubMed,
    Trouble,
    publishing,
    serve_article,
    serve_dailymed,
    serve_openfda,
    serve_pubmed_files,
)

ROOT = Path(__file__).parents[2]


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A server with nothing on it yet."""
    with publishing() as server:
        yield server


def start(publisher: Publisher, home: Path, *arguments: str, **more: str) -> subprocess.Popen[str]:
    """Start the command line with every service at *publisher*."""
    addresses = {
        "DAILYMED_URL": f"{publisher.url}/dailymed",
        "DAILYMED_FILES_URL": f"{publisher.url}/releases",
        "OPENFDA_URL": publisher.url,
        "EUTILS_URL": f"{publisher.url}/eutils",
        "PUBMED_FILES_URL": f"{publisher.url}/pubmed",
        "PMC_URL": f"{publisher.url}/pmc",
        "LOG_JSON": "0",  # what people read is looked at here
        "HOME": str(home),
    }
    # Whoever runs the tests in the background has Ctrl-C ignored, and every child with it.
    heeding = ("env", "--default-signal=INT")
    return subprocess.Popen(
        [*heeding, sys.executable, "-m", "service.cli", "corpus", "fetch", *arguments],
        cwd=ROOT,
        env={f"FOLLOWUP_{name}": value for name, value in addresses.items()}
        | {"PATH": "/usr/bin:/bin"}
        | more,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(publisher: Publisher, home: Path, *arguments: str, **more: str) -> tuple[int, str, str]:
    """Run the command line; return its status and what it printed."""
    process = start(publisher, home, *arguments, **more)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def serve_labels(publisher: Publisher) -> list[str]:
    """Serve the small corpus's labels, found by the name of one drug; return their set ids."""
    labels: dict[str, bytes] = {}
    for name, content in sample_corpus.files().items():
        data = content if isinstance(content, bytes) else content.encode()
        if name.startswith("labels/") and b'<setId root="' in data:
            labels[data.partition(b'<setId root="')[2][:36].decode().lower()] = data
    serve_dailymed(publisher, labels, {"zorvane": [*labels]})
    return [*labels]


def test_a_fetched_folder_is_indexed_like_any_other(publisher: Publisher, tmp_path: Path) -> None:
    """Fetched labels become documents of a snapshot; a second fetch leaves the folder as it is."""
    ids = serve_labels(publisher)

    status, out, err = run(publisher, tmp_path, "labels", "--drug", "zorvane", "--json")
    folder = tmp_path / "sources" / "dailymed"
    report = ingest([folder], tmp_path / "index", HashingEmbedder())
    visible = {path: path.read_bytes() for path in folder.iterdir() if path.name[0] != "."}
    again = run(publisher, tmp_path, "labels", "--drug", "zorvane", "--json")

    assert status == 0, err
    assert not err
    assert json.loads(out)["fetched"] == len(ids)
    assert report.files == len(ids)
    assert not report.dead_letters
    assert again[0] == 0
    assert json.loads(again[1])["unchanged"] == len(ids)
    assert visible == {path: path.read_bytes() for path in visible}


def test_what_is_done_is_said_and_shown(publisher: Publisher, tmp_path: Path) -> None:
    """The report names the files and the next step; ``show`` names their source and licence."""
    ids = serve_labels(publisher)
    folder = tmp_path / "here"
    ask = ("labels", "--set-id", ids[0], "--to", str(folder))

    planned = run(publisher, tmp_path, *ask, "--dry-run")
    fetched = run(publisher, tmp_path, *ask)
    shown = run(publisher, tmp_path, "show", str(folder))
    listed = run(publisher, tmp_path, "show", str(folder), "--json")

    assert [status for status, _, _ in (planned, fetched, shown, listed)] == [0, 0, 0, 0]
    assert planned[1].startswith(f"planned  {ids[0]}.xml  {publisher.url}")
    assert "1 fetched" in fetched[1]
    assert f"followup ingest apply --source {folder}" in fetched[1]
    assert "public label text" in shown[1]
    (entry,) = json.loads(listed[1])
    assert entry["sha256"]
    assert entry["url"].endswith(f"/services/v2/spls/{ids[0]}.xml")


def test_every_command_brings_its_service_s_file(publisher: Publisher, tmp_path: Path) -> None:
    """openFDA, PMC and a list of guidelines come through the command line too."""
    record: dict[str, object] = {"set_id": "00000000-0000-4000-8000-00000000000f", "openfda": {}}
    serve_openfda(publisher, [record], page=10)
    meta = b"<article-meta><article-id>11</article-id></article-meta>"
    article = b"<article><front>" + meta + b"</front></article>"
    serve_article(publisher, "PMC11", article, licence="CC BY-NC")
    publisher.files["/hiccups.md"] = b"# Hiccups\n\nWait.\n"
    listed = tmp_path / "list.txt"
    listed.write_text(f"# ours\n{publisher.url}/hiccups.md | Hiccups | Example College\n")
    commands = {
        "openfda": ("--search", "all"),
        "pmc": ("--pmcid", "PMC11"),
        "guidelines": ("--list", str(listed)),
    }

    for name, options in commands.items():
        status, out, err = run(publisher, tmp_path, name, *options, OPENFDA_API_KEY="sesame")

        assert status == 0, out + err
        assert "1 fetched" in out
        (entry,) = json.loads(
            run(publisher, tmp_path, "show", str(tmp_path / "sources" / name), "--json")[1]
        )
        assert entry["licence"] == {"openfda": "CC0-1.0", "pmc": "CC BY-NC"}.get(name)
    assert publisher.asked("/drug/label.json")[0].headers["authorization"].startswith("Basic ")
    assert not [hit for hit in publisher.asked("/pmc/") if "authorization" in hit.headers]


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_killed_download_goes_on_where_it_stopped(
    publisher: Publisher, tmp_path: Path, how: signal.Signals
) -> None:
    """Killed in the middle of a file, the next run asks for the rest, and ends with the same."""
    records = b"<PubmedArticle></PubmedArticle>" * 20_000
    body = b"<PubmedArticleSet>" + records + b"</PubmedArticleSet>"
    # Packed without gain, so that it takes a while to send.
    whole = gzip.compress(body, compresslevel=0)
    serve_pubmed_files(publisher, "updatefiles", {"pubmed26n1335.xml.gz": whole})
    folder = tmp_path / "sources" / "pubmed" / ".archives" / "updatefiles"
    part = folder / ".pubmed26n1335.xml.gz.part"
    publisher.troubles += [Trouble(".gz.md5"), Trouble(".gz", times=9, pause=0.3)]

    first = start(publisher, tmp_path, "pubmed", "--updates", "--json")
    until(lambda: part.exists() and part.stat().st_size > 0)
    first.send_signal(how)
    first.communicate(timeout=30)
    held = part.stat().st_size
    publisher.troubles.clear()
    publisher.hits.clear()
    status, out, err = run(publisher, tmp_path, "pubmed", "--updates", "--json")

    assert first.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    assert 0 < held < len(whole)
    assert status == 0, err
    assert json.loads(out)["resumed"]
    assert (folder / "pubmed26n1335.xml.gz").read_bytes() == whole
    assert not part.exists()
    (hit,) = [each for each in publisher.hits if each.path.endswith(".gz")]
    assert hit.headers["range"] == f"bytes={held}-"


def test_a_run_killed_again_and_again_ends_with_the_same_files(
    publisher: Publisher, tmp_path: Path
) -> None:
    """However often it is killed, the run that is let finish has fetched everything once."""
    PubMed(publisher, {str(each): sample_article(str(each)) for each in range(1, 901)})
    folder = tmp_path / "sources" / "pubmed"
    ask = ("pubmed", "--query", "examplin", "--json")
    publisher.troubles.append(Trouble("efetch", times=99, pause=0.01))

    for wanted in (150, 450, 750):
        process = start(publisher, tmp_path, *ask, NCBI_API_KEY="x")
        until(partial(has_files, folder, wanted))
        process.kill()
        process.communicate(timeout=30)
    publisher.troubles.clear()
    publisher.hits.clear()
    status, out, err = run(publisher, tmp_path, *ask, NCBI_API_KEY="x")

    assert status == 0, err
    report = json.loads(out)
    assert report["resumed"]
    assert report["fetched"] + report["unchanged"] + report["kept_by_the_unfinished_run"] == 900
    assert report["kept_by_the_unfinished_run"] >= 700
    assert len(publisher.asked("efetch")) <= 2
    assert len(list(folder.glob("*.xml"))) == 900
    assert not [path for path in folder.iterdir() if path.name.endswith((".part", ".new"))]
    assert (folder / "manifest.toml").read_text().count("[[files]]") == 900


def has_files(folder: Path, wanted: int) -> bool:
    """Tell whether as many records lie in *folder*."""
    return len(list(folder.glob("*.xml"))) >= wanted


def sample_article(pmid: str) -> str:
    """Return one PubMed record."""
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>Examplin"
        "</ArticleTitle></Article></MedlineCitation></PubmedArticle>"
    )


def until(condition: Callable[[], bool]) -> None:
    """Wait for *condition*, at most 30 s."""
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError
        time.sleep(0.01)


def test_the_key_stands_in_no_file_and_no_output(publisher: Publisher, tmp_path: Path) -> None:
    """NCBI_API_KEY is sent with each request, and is neither printed nor kept."""
    PubMed(publisher, {"7": sample_article("7")})
    ask = ("pubmed", "--pmid", "7", "--pmid", "8")

    status, out, err = run(publisher, tmp_path, *ask, NCBI_API_KEY="sesame")

    assert status == 1, err
    assert "gone  8.xml" in out
    assert [hit.query["api_key"] for hit in publisher.hits] == ["sesame"]
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert NAME in {path.name for path in kept}
    assert not [path for path in kept if b"sesame" in path.read_bytes()]
    assert "sesame" not in out + err


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (("labels",), 2, "--set-id"),
        (("labels", "--set-id", "x"), 2, "no set id"),
        (("labels", "--drug", "nothing"), 3, "check its name"),
        (("labels", "--release", "yearly"), 3, "HTTP 404"),
        (("openfda",), 2, "--search or --bulk"),
        (("pubmed", "--pmid", "1", "--updates"), 2, "one of"),
        (("pmc", "--pmcid", "x"), 2, "no PMC id"),
        (("guidelines", "--list", "/nowhere"), 2, "cannot be read"),
        (("show", "/nowhere"), 2, "nothing was fetched"),
    ],
)
def test_wrong_usage_and_missing_services_have_their_statuses(
    publisher: Publisher, tmp_path: Path, arguments: tuple[str, ...], status: int, says: str
) -> None:
    """Every trouble ends in one line and its documented status."""
    serve_dailymed(publisher, {}, {})

    found, out, err = run(publisher, tmp_path, *arguments)

    assert found == status, out + err
    assert says in err
    assert err.count("\n") == 1
