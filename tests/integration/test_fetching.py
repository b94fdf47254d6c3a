"""What fetching keeps of each service, told by a loopback server that speaks as they do."""

from __future__ import annotations

import errno
import gzip
import io
import json
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ingest.documents import Document, LabelFacts
from ingest.errors import CorpusError, FetchError
from ingest.fetching import dailymed, guidelines, openfda, pmc, pubmed, unpacking
from ingest.fetching.collecting import Report, collect, plan
from ingest.fetching.items import Fate, Haul
from ingest.fetching.ledger import Ledger, Record, read_records, sole_fetcher
from ingest.fetching.runs import Run
from ingest.fetching.services import PUBMED_LICENCE
from ingest.fetching.transport import Transport
from ingest.manifests import with_entry
from ingest.parsing import parse
from ingest.reading import SourceFile, read_sources
from tests.sample_publishers import (
    Publisher,
    PubMed,
    Reply,
    Trouble,
    publishing,
    serve_article,
    serve_bulk,
    serve_dailymed,
    serve_openfda,
    serve_pubmed_files,
    serve_releases,
)

SHARED = Path(
    os.environ.get("FOLLOWUP_TEST_DATA", Path(__file__).parents[2].parent / "shared" / "data")
)
IDS = [f"{number:08x}-0000-4000-8000-000000000000" for number in range(1, 8)]
Find = Callable[[Transport, Run], Haul]


def label(set_id: str, *, version: int = 1, dose: str = "20 mg") -> bytes:
    """Return a label as SPL."""
    return f"""<?xml version="1.0"?>
<document xmlns="urn:hl7-org:v3"><code code="34391-3"/><title>Examplin</title>
<effectiveTime value="20200102"/><setId root="{set_id}"/><versionNumber value="{version}"/>
<component><structuredBody><component><section>
<subject><manufacturedProduct><manufacturedProduct><name>Brandex</name>
<asEntityWithGeneric><genericMedicine><name>examplin</name></genericMedicine></asEntityWithGeneric>
</manufacturedProduct></manufacturedProduct></subject></section></component>
<component><section><code code="34068-7"/><title>Dosage</title>
<text><paragraph>The usual dose is {dose} a day.</paragraph></text></section></component>
</structuredBody></component></document>""".encode()


def article(pmid: str, *, said: str = "Sleep improved.", copyright_of: str = "") -> str:
    """Return one PubMed record."""
    notice = f"<CopyrightInformation>{copyright_of}</CopyrightInformation>" if copyright_of else ""
    return (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><Journal><JournalIssue>"
        "<PubDate><Year>2019</Year></PubDate></JournalIssue><Title>J</Title></Journal>"
        f"<ArticleTitle>Examplin, {pmid}</ArticleTitle><Abstract><AbstractText>{said}"
        f"</AbstractText>{notice}</Abstract></Article></MedlineCitation></PubmedArticle>"
    )


def jats(pmcid: str) -> bytes:
    """Return an article as PMC has it."""
    number = pmcid.removeprefix("PMC")
    return (
        "<article article-type='research-article'><front><article-meta>"
        f"<article-id pub-id-type='pmc'>{number}</article-id><title-group><article-title>"
        "Examplin for hiccups</article-title></title-group><pub-date><year>2020</year></pub-date>"
        "</article-meta></front><body><sec><title>Results</title><p>Hiccups stopped.</p></sec>"
        "</body></article>"
    ).encode()


def record(set_id: str) -> dict[str, object]:
    """Return one openFDA record."""
    return {
        "set_id": set_id,
        "id": set_id,
        "version": "1",
        "effective_time": "20200102",
        "openfda": {"generic_name": ["EXAMPLIN"], "brand_name": ["Brandex"]},
        "dosage_and_administration": [f"The usual dose of examplin is 20 mg a day ({set_id})."],
    }


def zipped(files: dict[str, bytes]) -> bytes:
    """Return *files* as a zip archive."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    """A server with nothing on it yet."""
    with publishing() as server:
        yield server


@pytest.fixture
def transport() -> Iterator[Transport]:
    """A transport that does not wait."""
    with Transport(contact="ops@example.org", attempts=3, sleep=lambda _seconds: None) as ours:
        yield ours


def labels_of(publisher: Publisher, *set_ids: str) -> Find:
    """Return the way to find labels by set id."""
    return lambda transport, _run: dailymed.find_labels(
        transport, publisher.services(), set_ids, ()
    )


def kept(folder: Path) -> dict[str, Record]:
    """Return the ledger's kept records."""
    return Ledger(folder).kept


def documents(folder: Path) -> list[Document]:
    """Return every document that ingest reads from *folder*; nothing may be unreadable."""
    found: list[Document] = []
    for file in read_sources([folder]):
        assert isinstance(file, SourceFile), file
        parsed = [each for each in parse(file) if isinstance(each, Document)]
        found += [with_entry(each, file.entry) for each in parsed]
    return found


def told(report: Report) -> dict[str, tuple[Fate, str]]:
    """Return the fates of a report's files, by path."""
    return {each.path: (each.fate, each.reason) for each in report.files}


def test_labels_are_fetched_by_set_id_with_their_licence(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Each label is one file, its record says from where and on which terms, ingest reads it."""
    serve_dailymed(publisher, {each: label(each) for each in IDS[:2]}, {})

    report = collect(tmp_path, "x", labels_of(publisher, *IDS[:2]), transport)

    assert report.is_sound
    assert report.fates[Fate.FETCHED] == 2
    entry = kept(tmp_path)[f"{IDS[0]}.xml"]
    assert entry.url == f"{publisher.url}/dailymed/services/v2/spls/{IDS[0]}.xml"
    assert entry.status == 200
    assert entry.etag
    assert entry.sha256
    assert entry.licence
    assert entry.terms.startswith("https://www.nlm.nih.gov/")
    found = documents(tmp_path)
    assert {each.source.licence for each in found} == {entry.licence}
    assert len(found) == 2


def test_every_page_of_a_drug_s_labels_is_read(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A drug's set ids are gathered over all pages of the list, each label once."""
    serve_dailymed(
        publisher, {each: label(each) for each in IDS}, {"examplin": [*IDS, IDS[0]]}, page=3
    )

    report = collect(
        tmp_path,
        "x",
        lambda ours, _run: dailymed.find_labels(ours, publisher.services(), (), ["examplin"]),
        transport,
    )

    assert report.fates == {Fate.FETCHED: 7}
    assert len(publisher.asked("spls.json")) == 3


def test_an_unknown_drug_and_a_false_set_id_are_told(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Nothing is fetched for a name that DailyMed does not know, or for what is no set id."""
    serve_dailymed(publisher, {}, {})
    services = publisher.services()

    with pytest.raises(FetchError, match="check its name"):
        dailymed.find_labels(transport, services, (), ["examplinn"])
    with pytest.raises(CorpusError, match="no set id"):
        dailymed.find_labels(transport, services, ["../etc/passwd"], ())
    assert not list(tmp_path.iterdir())


def test_an_unchanged_file_is_asked_for_and_not_sent(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """The second run sends the validators, hears 304 and keeps the file."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})
    collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    report = collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    assert report.fates == {Fate.UNCHANGED: 1}
    assert "if-none-match" in publisher.hits[-1].headers
    assert kept(tmp_path)[f"{IDS[0]}.xml"].status == 304
    assert kept(tmp_path)[f"{IDS[0]}.xml"].etag


def test_without_validators_the_bytes_tell_whether_a_file_changed(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A service that sends no ETag is read anew, and the same bytes count as unchanged."""
    publisher.validators = False
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})
    collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    report = collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    assert report.fates == {Fate.UNCHANGED: 1}


def test_a_changed_etag_brings_the_new_version(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """What changed upstream takes the older file's place."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})
    collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)
    serve_dailymed(publisher, {IDS[0]: label(IDS[0], version=2, dose="30 mg")}, {})

    report = collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    assert report.fates == {Fate.FETCHED: 1}
    assert b"30 mg" in (tmp_path / f"{IDS[0]}.xml").read_bytes()


def test_a_file_that_was_altered_here_is_fetched_anew(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """The kept file's own bytes are compared with the ledger before 304 is asked for."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})
    collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)
    (tmp_path / f"{IDS[0]}.xml").write_bytes(b"<document/>")

    collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    assert (tmp_path / f"{IDS[0]}.xml").read_bytes() == label(IDS[0])


def test_a_record_that_vanished_is_told_and_its_file_stays(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """404 upstream leaves the kept file, its entry and its ledger record in force."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})
    collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)
    publisher.files.clear()

    report = collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    assert not report.is_sound
    assert report.fates == {Fate.GONE: 1}
    assert len(documents(tmp_path)) == 1
    assert [each.fate for each in read_records(tmp_path)] == [Fate.FETCHED, Fate.GONE]


def test_an_error_page_with_status_200_does_not_replace_a_label(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A web page is no label whatever its status says; the reason quotes its title."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})
    collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)
    page = Reply(b"<html><head><title>We are down</title></head><body>Sorry</body></html>")
    publisher.troubles.append(Trouble(IDS[0], reply=page))

    report = collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    ((fate, reason),) = told(report).values()
    assert fate is Fate.REFUSED
    assert "We are down" in reason
    assert (tmp_path / f"{IDS[0]}.xml").read_bytes() == label(IDS[0])


def test_another_record_than_the_one_asked_for_is_refused(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A label that does not name the set id that was asked for is not kept under it."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[1])}, {})

    report = collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    assert report.fates == {Fate.REFUSED: 1}
    assert not (tmp_path / f"{IDS[0]}.xml").exists()


def test_a_release_is_unpacked_into_labels(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Zips within a zip become one file for each label; pictures are left; ingest reads them."""
    inner = {
        f"prescription/{each}.zip": zipped({"a.xml": label(each), "b.jpg": b"\xff\xd8"})
        for each in IDS[:3]
    }
    archives = {
        "dm_spl_release_human_rx_part1.zip": zipped(inner),
        "dm_spl_daily_update_11232026.zip": zipped({"x.zip": zipped({"x.xml": label(IDS[4])})}),
    }
    serve_releases(publisher, archives)

    report = collect(
        tmp_path,
        "x",
        lambda ours, _run: dailymed.find_release(ours, publisher.services(), ["human-rx"]),
        transport,
    )

    assert report.is_sound
    assert report.fates == {Fate.FETCHED: 4}
    assert {
        each.source.facts.set_id
        for each in documents(tmp_path)
        if isinstance(each.source.facts, LabelFacts)
    } == set(IDS[:3])
    archive = kept(tmp_path)[".archives/dm_spl_release_human_rx_part1.zip"]
    assert archive.unpacked == 3
    assert archive.md5


def test_an_archive_at_hand_is_unpacked_and_does_not_take_a_label_back(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A release on this machine serves too, and an earlier version of a label gives way."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[0], version=3)}, {})
    collect(tmp_path / "to", "x", labels_of(publisher, IDS[0]), transport)
    local = tmp_path / "dm_spl_daily_update_11232026.zip"
    local.write_bytes(
        zipped({f"{each}.zip": zipped({"a.xml": label(each, version=2)}) for each in IDS[:2]})
    )

    collect(
        tmp_path / "to",
        "y",
        lambda ours, _run: dailymed.find_release(ours, publisher.services(), [str(local)]),
        transport,
    )

    assert (tmp_path / "to" / f"{IDS[0]}.xml").read_bytes() == label(IDS[0], version=3)
    assert (tmp_path / "to" / f"{IDS[1]}.xml").read_bytes() == label(IDS[1], version=2)


def test_a_wrong_checksum_is_asked_for_again_and_then_told(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """What does not have the MD5 that the service states is not kept."""
    name = "dm_spl_release_human_rx.zip"
    serve_releases(publisher, {name: zipped({"a.xml": label(IDS[0])})})
    publisher.files[f"/releases/{name}"] = zipped({"a.xml": label(IDS[1])})

    report = collect(
        tmp_path,
        "x",
        lambda ours, _run: dailymed.find_release(ours, publisher.services(), ["human-rx"]),
        transport,
    )

    ((fate, reason),) = told(report).values()
    assert fate is Fate.FAILED
    assert "MD5" in reason
    assert len(publisher.asked(name)) == 2
    assert not (tmp_path / ".archives" / name).exists()


def test_openfda_is_paged_to_the_end_with_one_file_a_label(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """The Link header leads from page to page; the date of the answer makes no change."""
    serve_openfda(publisher, [record(each) for each in IDS], page=3)
    services = publisher.services(openfda_key="sesame")

    def find(ours: Transport, run: Run) -> Haul:
        return openfda.find_labels(ours, services.openfda, "all", run)

    report = collect(tmp_path, "x", find, transport)
    again = collect(tmp_path, "x", find, transport)

    assert report.fates == {Fate.FETCHED: 7}
    assert again.fates == {Fate.UNCHANGED: 7}
    assert len(documents(tmp_path)) == 7
    assert {each.source.licence for each in documents(tmp_path)} == {"CC0-1.0"}


def test_openfda_s_refusals_are_told_in_its_words(
    publisher: Publisher, transport: Transport
) -> None:
    """A search that finds nothing, and one that is not understood, end with the reason."""
    serve_openfda(publisher, [], page=3)
    service, run = publisher.services().openfda, Run(None, "", "")

    with pytest.raises(FetchError, match="finds no label"):
        openfda.find_labels(transport, service, "nothing", run)
    with pytest.raises(FetchError, match="Cannot parse query"):
        openfda.find_labels(transport, service, "field:", run)


def test_openfda_s_whole_set_is_unpacked_into_pages(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """An archive with one large JSON becomes pages of a hundred records that ingest reads."""
    many = [record(f"{number:08x}-0000-4000-8000-000000000001") for number in range(230)]
    facts = {"license": "https://open.fda.gov/license/", "last_updated": "2026-11-20"}
    body = json.dumps({"meta": facts, "results": many}).encode()
    name = "drug-label-0001-of-0001.json.zip"
    serve_bulk(publisher, {name: zipped({name.removesuffix(".zip"): body})})

    report = collect(
        tmp_path,
        "x",
        lambda ours, _run: openfda.find_bulk(ours, publisher.services().openfda),
        transport,
    )

    assert report.fates == {Fate.FETCHED: 4}
    assert len(list((tmp_path / "drug-label-0001").iterdir())) == 3
    assert len(documents(tmp_path)) == 230


def test_a_new_export_of_openfda_leaves_no_page_of_the_old_one(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Fewer records, in archives of another number, take the place of those before."""
    many = [record(f"{number:08x}-0000-4000-8000-000000000001") for number in range(230)]

    def find(ours: Transport, _run: Run) -> Haul:
        return openfda.find_bulk(ours, publisher.services().openfda)

    for name, records in (("0001-of-0001", many), ("0001-of-0002", many[:120])):
        body = json.dumps({"results": records}).encode()
        serve_bulk(publisher, {f"drug-label-{name}.json.zip": zipped({"a.json": body})})
        collect(tmp_path, "x", find, transport)

    assert len(documents(tmp_path)) == 120


def test_pubmed_s_query_is_read_from_the_history_server_in_batches(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """450 records take one search and three batches; each is a file with its own copyright."""
    articles = {str(each): article(str(each)) for each in range(1, 450)}
    articles["450"] = article("450", copyright_of="© 2019 Example Press")
    PubMed(publisher, articles)
    services = publisher.services(ncbi_key="sesame")

    report = collect(
        tmp_path,
        "x",
        lambda ours, run: pubmed.find_query(ours, services.pubmed, "examplin", run),
        transport,
    )

    assert report.fates == {Fate.FETCHED: 450}
    assert len(publisher.asked("esearch")) == 1
    batches = publisher.asked("efetch")
    assert [each.query["retstart"] for each in batches] == ["0", "200", "400"]
    assert {each.query["tool"] for each in batches} == {"followup"}
    assert {each.query["email"] for each in batches} == {"ops@example.org"}
    assert {each.query["api_key"] for each in batches} == {"sesame"}
    licences = {each.source.id: each.source.licence for each in documents(tmp_path)}
    assert list(licences.values()).count(PUBMED_LICENCE) == 449
    assert "© 2019 Example Press" in licences.values()


def test_a_lost_result_is_searched_again(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """When the history server forgot the result, the query is put again and the run goes on."""
    served = PubMed(publisher, {str(each): article(str(each)) for each in range(1, 301)})
    services = publisher.services()

    def find(ours: Transport, run: Run) -> Haul:
        haul = pubmed.find_query(ours, services.pubmed, "examplin", run)

        def forgetting() -> Iterator[object]:
            for number, item in enumerate(haul.items):
                yield item
                if number == 100:
                    served.articles = {"999": article("999"), **served.articles}
                    served.expire()

        return Haul(forgetting(), haul.total)  # type: ignore[arg-type]

    report = collect(tmp_path, "x", find, transport)

    assert report.fates == {Fate.FETCHED: 300}
    assert sorted(int(path.stem) for path in tmp_path.glob("*.xml")) == [*range(1, 301)]


def test_more_records_than_pubmed_gives_are_asked_for_in_ranges(
    publisher: Publisher, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A query with too many results is split by id until each part is given whole."""
    monkeypatch.setattr(pubmed, "_MOST", 20)
    monkeypatch.setattr(pubmed, "_LAST_ID", 128)
    served = PubMed(publisher, {str(each): article(str(each)) for each in range(1, 100)})
    served.most = 20

    report = collect(
        tmp_path,
        "x",
        lambda ours, run: pubmed.find_query(ours, publisher.services().pubmed, "examplin", run),
        transport,
    )

    assert report.fates == {Fate.FETCHED: 99}


def test_pubmed_ids_that_have_no_record_are_gone(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """An id that PubMed gives nothing for is told; the others are kept."""
    PubMed(publisher, {"7": article("7")})

    report = collect(
        tmp_path,
        "x",
        lambda ours, run: pubmed.find_ids(ours, publisher.services().pubmed, ["7", "8"], run),
        transport,
    )

    assert report.fates == {Fate.FETCHED: 1, Fate.GONE: 1}
    assert [each.source.url for each in documents(tmp_path)] == [
        "https://pubmed.ncbi.nlm.nih.gov/7/"
    ]


def test_pubmed_s_files_come_with_their_checksums(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """The baseline's files are checked against their .md5, and not sent again."""
    body = f"<PubmedArticleSet>{article('1')}{article('2')}</PubmedArticleSet>".encode()
    serve_pubmed_files(publisher, "baseline", {"pubmed26n0001.xml.gz": gzip.compress(body)})

    def find(ours: Transport, run: Run) -> Haul:
        service = publisher.services().pubmed_files
        return pubmed.find_files(ours, service, pubmed.Release.BASELINE, run)

    report = collect(tmp_path, "x", find, transport)
    again = collect(tmp_path, "x", find, transport)

    assert report.fates == {Fate.FETCHED: 2}
    assert again.fates == {Fate.UNCHANGED: 1}
    assert len(publisher.asked("0001.xml.gz")) == 3  # the file once, its checksum twice
    assert len(documents(tmp_path)) == 2


def test_a_day_of_pubmed_is_cut_into_parts_that_ingest_reads(
    publisher: Publisher, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every record is in one part, whole, and the deleted ones are in the last."""
    monkeypatch.setattr(unpacking, "_PART", 4096)
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet SYSTEM '
        '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_260101.dtd">\n<PubmedArticleSet>\n'
    )
    records = "\n".join(article(str(number), said="µ" * number) for number in range(1, 61))
    tail = "<DeleteCitation><PMID>99</PMID></DeleteCitation></PubmedArticleSet>"
    body = (head + records + tail).encode()
    serve_pubmed_files(publisher, "updatefiles", {"pubmed26n1335.xml.gz": gzip.compress(body)})

    report = collect(
        tmp_path,
        "x",
        lambda ours, run: pubmed.find_files(
            ours, publisher.services().pubmed_files, pubmed.Release.UPDATES, run
        ),
        transport,
    )

    assert report.is_sound
    parts = sorted((tmp_path / "updatefiles" / "pubmed26n1335").iterdir())
    assert len(parts) > 5
    assert b"DeleteCitation" in gzip.decompress(parts[-1].read_bytes())
    found = documents(tmp_path)
    assert len({each.id for each in found}) == len(found) == 60


def test_an_archive_that_breaks_off_is_told(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """What came out of a damaged archive stays, and the run says that it is not all."""
    name = "drug-label-0001-of-0001.json.zip"
    body = json.dumps({"results": [record(each) for each in IDS]}).encode()[:-9]
    serve_bulk(publisher, {name: zipped({"a.json": body})})

    report = collect(
        tmp_path,
        "x",
        lambda ours, _run: openfda.find_bulk(ours, publisher.services().openfda),
        transport,
    )

    assert not report.is_sound
    assert "breaks off" in told(report)["drug-label-0001/rest.json"][1]


def test_a_full_disk_ends_the_run_and_is_told(
    publisher: Publisher, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that the disk cannot take is not begun."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=10))

    report = collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    assert "make room" in told(report)[f"{IDS[0]}.xml"][1]
    assert not (tmp_path / f"{IDS[0]}.xml").exists()


def test_a_disk_that_fails_is_told_with_the_way_to_go_on(
    publisher: Publisher, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of the disk is ours to tell, and the run may be gone on with."""
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})

    def full(_part: Path, _path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("ingest.fetching.keeping.finish", full)
    with pytest.raises(FetchError, match="No space left on device; the same command"):
        collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)
    monkeypatch.undo()

    assert collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport).is_sound


def test_a_folder_that_cannot_be_made_is_told(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A file in the folder's place is named, not a traceback."""
    (tmp_path / "to").write_text("a file")

    with pytest.raises(FetchError, match="to: "):
        collect(tmp_path / "to", "x", labels_of(publisher, IDS[0]), transport)


def test_nights_without_news_do_not_lengthen_the_ledger(
    publisher: Publisher, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What says again that nothing changed is left out; what happened stays."""
    monkeypatch.setattr("ingest.fetching.ledger._FEW", 5)
    serve_dailymed(publisher, {IDS[0]: label(IDS[0])}, {})

    for _ in range(30):
        collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)

    fates = [each.fate for each in read_records(tmp_path)]
    assert fates.count(Fate.FETCHED) == 1
    assert fates.count(Fate.UNCHANGED) < 10
    assert kept(tmp_path)[f"{IDS[0]}.xml"].etag


def test_pmc_gives_the_newest_open_version_and_its_licence(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """The newest version's licence is entered; what is not open access is refused."""
    serve_article(publisher, "PMC11", jats("PMC11"), licence="CC BY", version=3)
    serve_article(publisher, "PMC12", jats("PMC12"), licence=None)

    report = collect(
        tmp_path,
        "x",
        lambda ours, run: pmc.find_articles(
            ours, publisher.services().pmc, ["PMC11", "12", "PMC13"], run
        ),
        transport,
    )

    assert report.fates == {Fate.FETCHED: 1, Fate.REFUSED: 1, Fate.GONE: 1}
    assert "not open access" in told(report)["PMC12.xml"][1]
    assert not (tmp_path / "PMC12.xml").exists()
    (document,) = documents(tmp_path)
    assert document.source.licence == "CC BY"
    assert not publisher.asked("PMC12.1.xml")


def test_pmc_s_published_version_comes_before_the_manuscript(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A newer author manuscript does not stand in for what was published."""
    serve_article(publisher, "PMC11", jats("PMC11"), licence="CC BY", version=1)
    serve_article(
        publisher, "PMC11", jats("PMC11") + b" ", licence="CC BY", version=2, manuscript=True
    )

    collect(
        tmp_path,
        "x",
        lambda ours, run: pmc.find_articles(ours, publisher.services().pmc, ["PMC11"], run),
        transport,
    )

    assert kept(tmp_path)["PMC11.xml"].url.endswith("/PMC11.1/PMC11.1.xml")


def test_a_problem_is_named_however_many_files_came(
    publisher: Publisher, transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report leaves out new files when there are too many, and says so; problems never."""
    monkeypatch.setattr("ingest.fetching.collecting._TOLD", 2)
    serve_dailymed(publisher, {each: label(each) for each in IDS[:6]}, {})

    report = collect(tmp_path, "x", labels_of(publisher, *IDS), transport)

    assert [each.fate for each in report.files] == [Fate.FETCHED, Fate.FETCHED, Fate.GONE]
    assert report.as_json()["files_left_out"] == 4


def test_guidelines_are_fetched_from_a_list(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Title, publisher and licence of the list are kept; an error page is not."""
    page = b"<html><head><title>Hiccups</title></head><body><h1>Hiccups</h1><p>Wait.</p></body>"
    publisher.files["/hiccups.html"] = page
    publisher.files["/lost"] = b"<html><title>Page not found</title><body>Sorry</body></html>"
    publisher.files["/paper.pdf"] = b"<html><title>Sign in</title><body>Sorry</body></html>"
    listed = tmp_path / "list.toml"
    listed.write_text(
        f'[[guidelines]]\nurl = "{publisher.url}/hiccups.html"\ntitle = "Hiccups"\n'
        'publisher = "Example College"\nlicence = "CC BY 4.0"\n'
        f'[[guidelines]]\nurl = "{publisher.url}/lost"\n'
        f'[[guidelines]]\nurl = "{publisher.url}/paper.pdf"\n'
    )
    folder = tmp_path / "to"

    report = collect(
        folder,
        "x",
        lambda _ours, _run: guidelines.find_guidelines(guidelines.read_list(listed)),
        transport,
    )

    assert report.fates == {Fate.FETCHED: 1, Fate.REFUSED: 2}
    (entry,) = kept(folder).values()
    assert entry.title == "Hiccups – Example College"
    (document,) = documents(folder)
    assert document.source.licence == "CC BY 4.0"
    assert document.source.url == f"{publisher.url}/hiccups.html"


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.txt", "", "lists no guideline"),
        ("a.toml", "guidelines = 3", "guidelines"),
        ("a.toml", '[[guidelines]]\nuri = "https://x.org"', "url"),
        ("a.txt", "https://x.org/a\nhttps://x.org/a#b", "two addresses"),
    ],
)
def test_a_wrong_list_is_told(tmp_path: Path, name: str, text: str, says: str) -> None:
    """A list that cannot be used says where it is wrong."""
    (tmp_path / name).write_text(text)

    with pytest.raises(CorpusError, match=says):
        guidelines.read_list(tmp_path / name)


def test_plain_http_is_for_this_machine_alone(tmp_path: Path) -> None:
    """A guideline elsewhere has an https address."""
    (tmp_path / "a.txt").write_text("http://example.org/a | Hiccups")

    with pytest.raises(CorpusError, match="https"):
        guidelines.find_guidelines(guidelines.read_list(tmp_path / "a.txt"))


def test_an_unfinished_run_goes_on_where_it_stopped(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """What a run kept before its service went down is not asked for again by the next one."""
    serve_dailymed(publisher, {each: label(each) for each in IDS}, {})
    for each in IDS[2:5]:
        publisher.troubles.append(Trouble(each, times=3, reply=Reply(b"", 503)))
    with pytest.raises(FetchError, match="in a row"):
        collect(tmp_path, "x", labels_of(publisher, *IDS), transport)
    assert len(documents(tmp_path)) == 2
    publisher.hits.clear()

    report = collect(tmp_path, "x", labels_of(publisher, *IDS), transport)

    assert report.resumed
    assert (report.before, report.fates) == (2, {Fate.FETCHED: 5})
    assert len(publisher.hits) == 5
    assert not (tmp_path / ".fetching.json").exists()


def test_an_unfinished_search_goes_on_from_its_page(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """The pages of openFDA that were kept are not read again; the end is the same."""
    serve_openfda(publisher, [record(each) for each in IDS], page=2)
    publisher.troubles.append(Trouble("search_after=4", times=3, reply=Reply(b"", 503)))

    def find(ours: Transport, run: Run) -> Haul:
        return openfda.find_labels(ours, publisher.services().openfda, "all", run)

    with pytest.raises(FetchError, match="search_after=4"):
        collect(tmp_path, "x", find, transport)
    publisher.hits.clear()

    report = collect(tmp_path, "x", find, transport)

    assert report.fates == {Fate.FETCHED: 3}
    assert [each.query["search_after"] for each in publisher.hits] == ["4", "6"]
    assert len(list(tmp_path.glob("*.json"))) == 7


def test_an_unfinished_query_fetches_only_what_is_missing(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Batches of PubMed that are kept are passed over."""
    PubMed(publisher, {str(each): article(str(each)) for each in range(1, 601)})
    steady = publisher.routes["/eutils/efetch.fcgi"]
    publisher.routes["/eutils/efetch.fcgi"] = lambda query: (
        Reply(b"", 503) if query.get("retstart") == "400" else steady(query)
    )

    def find(ours: Transport, run: Run) -> Haul:
        return pubmed.find_query(ours, publisher.services().pubmed, "examplin", run)

    with pytest.raises(FetchError):
        collect(tmp_path, "x", find, transport)
    publisher.routes["/eutils/efetch.fcgi"] = steady
    publisher.hits.clear()

    report = collect(tmp_path, "x", find, transport)

    assert (report.before, report.fates) == (400, {Fate.FETCHED: 200})
    assert [each.query["retstart"] for each in publisher.asked("efetch")] == ["400"]


def test_a_plan_writes_nothing(publisher: Publisher, transport: Transport, tmp_path: Path) -> None:
    """A dry run names the files and their addresses, and leaves no trace."""
    serve_dailymed(publisher, {}, {"examplin": IDS})
    folder = tmp_path / "to"

    report = plan(
        folder,
        lambda ours, _run: dailymed.find_labels(ours, publisher.services(), (), ["examplin"]),
        transport,
        limit=5,
    )

    assert report.fates == {Fate.PLANNED: 5}
    assert not folder.exists()


def test_a_limit_ends_the_run(publisher: Publisher, transport: Transport, tmp_path: Path) -> None:
    """No more files than the limit are asked for."""
    serve_dailymed(publisher, {each: label(each) for each in IDS}, {})

    report = collect(tmp_path, "x", labels_of(publisher, *IDS), transport, limit=2)

    assert report.fates == {Fate.FETCHED: 2}


def test_a_folder_has_one_fetcher(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """A second run into the same folder is turned away."""
    with sole_fetcher(tmp_path), pytest.raises(FetchError, match="another run"):
        collect(tmp_path, "x", labels_of(publisher, IDS[0]), transport)


@pytest.mark.shared_data
@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder is absent")
def test_real_sources_come_through_every_service(
    publisher: Publisher, transport: Transport, tmp_path: Path
) -> None:
    """Real labels, records and articles, served as their services do, become documents."""
    source = SHARED / "ingest"
    spl = {
        f"{number:08x}-0000-4000-8000-00000000000a": path.read_bytes()
        for number, path in enumerate(sorted((source / "spl_xml").glob("*.xml"))[:12])
    }
    spl = {set_id_of(data): data for data in spl.values()}
    serve_dailymed(publisher, spl, {"all": list(spl)})
    fda = [
        json.loads(path.read_bytes())["results"][0]
        for path in sorted((source / "openfda_json").glob("*.json"))[:25]
    ]
    serve_openfda(publisher, fda, page=10)
    articles: dict[str, str] = {}
    for path in sorted((source / "pubmed_xml").glob("*.xml"))[:40]:
        articles |= records_in(path.read_bytes())
    PubMed(publisher, articles)
    trials = {path.stem: path.read_bytes() for path in sorted((source / "pmc_jats").iterdir())[:20]}
    for pmcid, xml in trials.items():
        serve_article(publisher, pmcid, xml, licence="CC BY")
    services = publisher.services()
    finds: dict[str, Find] = {
        "dailymed": lambda ours, _run: dailymed.find_labels(ours, services, (), ["all"]),
        "openfda": lambda ours, run: openfda.find_labels(ours, services.openfda, "all", run),
        "pubmed": lambda ours, run: pubmed.find_query(ours, services.pubmed, "all", run),
        "pmc": lambda ours, run: pmc.find_articles(ours, services.pmc, list(trials), run),
    }

    reports = {
        name: collect(tmp_path / name, name, find, transport) for name, find in finds.items()
    }

    wanted = {"dailymed": len(spl), "openfda": 25, "pubmed": len(articles), "pmc": 20}
    assert {name: report.fates[Fate.FETCHED] for name, report in reports.items()} == wanted
    assert all(report.is_sound for report in reports.values())
    for name in finds:
        assert len(documents(tmp_path / name)) >= wanted[name] - 1, name


def set_id_of(data: bytes) -> str:
    """Return a label's set id."""
    return data.partition(b'<setId root="')[2][:36].decode()


def records_in(data: bytes) -> dict[str, str]:
    """Return the records of a PubMed file by id, as text."""
    from lxml import etree  # noqa: PLC0415 - only here

    root = etree.fromstring(data)
    return {
        each.findtext("MedlineCitation/PMID") or "": etree.tostring(each, encoding="unicode")
        for each in root.iter("PubmedArticle")
    }
