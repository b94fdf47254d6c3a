"""A plan is what a build does; a build costs what changed; what died is resumed."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.activating import activate, current_id, rollback
from ingest.computing import Shard
from ingest.diffing import Change
from ingest.embedding import HashingEmbedder, Vectors
from ingest.errors import CorpusError, DiskFullError, RefusedError
from ingest.journals import Journal
from ingest.pipeline import Rules, build, embed_shard, ingest, plan
from ingest.planning import Plan
from ingest.remembering import ParsedFiles
from ingest.snapshots import folder_of, list_snapshots, read_manifest
from ingest.unfinished import read_unfinished
from tests import sample_corpus
from tests.sample_index import Twice


class Counting(HashingEmbedder):
    """Counts the passages that it embeds, and dies after some of them where told to."""

    def __init__(self, dies_after: int | None = None) -> None:
        """Begin with nothing embedded."""
        self.embedded: list[str] = []
        self._dies_after = dies_after

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """Embed, and remember what."""
        if self._dies_after is not None and len(self.embedded) >= self._dies_after:
            raise KeyboardInterrupt
        self.embedded += texts
        return super().embed_passages(texts)

    def embed_question(self, text: str) -> Vectors:
        """Embed a canary's question, which does not count."""
        return HashingEmbedder().embed_question(text)


class Interrupting:
    """Progress that is watched by someone with a finger on Ctrl-C."""

    def advance(self, stage: str, done: int, total: int | None) -> None:
        """Interrupt once documents are being cut."""
        del done, total
        if stage == "documents":
            raise KeyboardInterrupt


class Another(Counting):
    """Another embedder: none of the first one's vectors is of use to it."""

    identity = replace(HashingEmbedder.identity, name="another", weights_sha256="f" * 64)


@pytest.fixture
def corpus(twice: Twice, tmp_path: Path) -> Path:
    """A copy of the corpus that the live snapshot was built of, to change at will."""
    return Path(shutil.copytree(twice.corpus, tmp_path / twice.corpus.name))


def newer(corpus: Path) -> Path:
    """Add a newer version of a label to *corpus*."""
    label = sample_corpus.tablets("9", "20251201", dose="90 mg")
    return sample_corpus.write(corpus, {"labels/zorvanex-9.xml": label})


def test_an_unchanged_corpus_makes_no_snapshot(index: Path, corpus: Path) -> None:
    """Nothing is parsed, embedded or built; the report names the snapshot that stands."""
    before = list_snapshots(index)
    embedder = Counting()

    report = build([corpus], index, embedder)

    assert report.unchanged
    assert report.snapshot == current_id(index)
    assert list_snapshots(index) == before
    assert embedder.embedded == []
    assert plan([corpus], index, embedder).is_unchanged


def test_force_builds_what_is_unchanged(index: Path, corpus: Path) -> None:
    """Two builds of the same are two snapshots with one content."""
    live = current_id(index)

    report = build([corpus], index, HashingEmbedder(), rules=Rules(force=True))

    assert not report.unchanged
    contents = {read_manifest(folder_of(index, each)).content for each in (live, report.snapshot)}
    assert report.snapshot != live
    assert len(contents) == 1


def test_a_damaged_live_snapshot_is_built_anew(index: Path, corpus: Path) -> None:
    """Nothing changed in the sources, but what stands is worth nothing: it is built, not kept."""
    words = folder_of(index, current_id(index)) / "words.txt"
    words.write_text(words.read_text() + "damaged\n")

    report = build([corpus], index, HashingEmbedder())

    assert not report.unchanged


def test_a_plan_says_what_a_build_then_does(index: Path, corpus: Path) -> None:
    """Documents, chunks and embeddings come out as planned, and the content is the one named."""
    newer(corpus)
    planned = plan([corpus], index, HashingEmbedder())
    embedder = Counting()

    report = build([corpus], index, embedder, expected=planned)

    manifest = read_manifest(folder_of(index, report.snapshot))
    assert manifest.content == planned.content
    assert planned.live == current_id(index)
    assert (report.files, report.records) == (planned.files, planned.records)
    assert report.documents == planned.documents
    assert manifest.chunks == planned.chunks
    told = [each for ids in planned.changes.documents.values() for each in ids]
    assert f"label:{sample_corpus.TABLETS}@9" in told
    assert planned.changes.chunks_added > 0
    assert planned.changes.unchanged >= report.documents - len(told)
    assert report.embedded == len(embedder.embedded) == planned.cost.embeddings


def test_a_plan_is_read_back_as_it_was_written(index: Path, corpus: Path, tmp_path: Path) -> None:
    """What ``--out`` writes, ``--plan`` reads, letter by letter."""
    planned = plan([corpus], index, HashingEmbedder())
    (tmp_path / "plan.json").write_text(planned.json(), encoding="utf-8")

    assert Plan.read(tmp_path / "plan.json") == planned


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"format": 7}'])
def test_what_is_no_plan_is_wrong_usage(tmp_path: Path, content: str) -> None:
    """No safety rule that --force overrides; the message names the command that makes one."""
    (tmp_path / "plan.json").write_text(content)

    with pytest.raises(CorpusError, match="followup ingest plan"):
        Plan.read(tmp_path / "plan.json")
    with pytest.raises(CorpusError, match="cannot read the plan"):
        Plan.read(tmp_path / "absent.json")


def test_sources_that_changed_since_the_plan_are_refused(index: Path, corpus: Path) -> None:
    """A plan is carried out to the letter, or not at all; --force does not help."""
    planned = plan([newer(corpus)], index, HashingEmbedder())
    sample_corpus.write(corpus, {"labels/other.xml": sample_corpus.tablets("1", "20200101")})
    live = current_id(index)

    with pytest.raises(RefusedError, match=r"source files.*changed since the plan"):
        build([corpus], index, HashingEmbedder(), expected=planned, rules=Rules(force=True))

    assert current_id(index) == live
    with pytest.raises(CorpusError, match="no build to resume"):
        read_unfinished(index)


def test_a_build_embeds_only_what_is_new(index: Path, corpus: Path) -> None:
    """A file with other words costs its own chunks, and no other's."""
    embedder = Counting()

    report = build([newer(corpus)], index, embedder)

    assert 0 < report.embedded < report.chunks / 2
    assert all("9" in text or "90 mg" in text or "2025-12" in text for text in embedder.embedded)


def test_an_edit_of_metadata_embeds_nothing(index: Path, corpus: Path) -> None:
    """Another licence in the manifest makes another snapshot, of vectors that were known."""
    listed = [p.relative_to(corpus).as_posix() for p in corpus.rglob("*") if p.is_file()]
    entries = "".join(f'[[files]]\npath = "{name}"\nlicence = "CC0"\n' for name in sorted(listed))
    sample_corpus.write(corpus, {"manifest.toml": entries})
    planned = plan([corpus], index, HashingEmbedder())
    embedder = Counting()

    report = build([corpus], index, embedder)

    assert not report.unchanged
    assert (planned.cost.embeddings, report.embedded, embedder.embedded) == (0, 0, [])
    assert planned.changes.documents.keys() == {Change.METADATA}
    assert len(planned.changes.documents[Change.METADATA]) == report.documents


def test_another_embedder_embeds_everything(index: Path, corpus: Path) -> None:
    """Vectors are known by the embedder that made them; nothing is reused across two."""
    embedder = Another()

    report = build([corpus], index, embedder)

    assert report.embedded == len(embedder.embedded) == len(set(embedder.embedded))
    assert report.embedded >= report.chunks - 2  # the same words twice are embedded once
    assert read_manifest(folder_of(index, report.snapshot)).embedder == Another.identity


def test_an_interrupted_build_loses_nothing_that_was_computed(
    tmp_path: Path, twice: Twice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is resumed from its note; only the rest is embedded, and the content is the same."""
    monkeypatch.setattr("ingest.computing.KEPT_EACH", 8)
    index = tmp_path / "index"
    interrupted = Counting(dies_after=16)
    with pytest.raises(KeyboardInterrupt):
        build([twice.corpus], index, interrupted)
    asked = read_unfinished(index)
    assert not list(index.glob("building-*"))
    assert list_snapshots(index) == []
    embedder = Counting()

    report = build(asked.sources, index, embedder)

    whole = read_manifest(folder_of(twice.index, twice.second.snapshot))
    assert len(interrupted.embedded) == 16
    assert report.embedded == len(embedder.embedded)
    assert not set(embedder.embedded) & set(interrupted.embedded)
    assert read_manifest(folder_of(index, report.snapshot)).content == whole.content
    with pytest.raises(CorpusError, match="no build to resume"):
        read_unfinished(index)


def test_a_planned_build_that_was_interrupted_is_resumed_as_planned(
    index: Path, corpus: Path
) -> None:
    """What changed in the sources meanwhile is not indexed unawares."""
    planned = plan([newer(corpus)], index, HashingEmbedder())
    with pytest.raises(KeyboardInterrupt):
        build([corpus], index, Counting(), expected=planned, progress=Interrupting())
    sample_corpus.write(corpus, {"labels/other.xml": sample_corpus.tablets("1", "20200101")})
    asked = read_unfinished(index)

    with pytest.raises(RefusedError, match="changed since the plan was made"):
        build(asked.sources, index, HashingEmbedder(), expected=asked.expected)

    assert asked.expected == planned


def test_shards_are_what_one_run_would_compute(tmp_path: Path, twice: Twice) -> None:
    """Three shards, one of them run twice: every vector once, and the build computes none."""
    index = tmp_path / "index"
    computed = [
        embed_shard([twice.corpus], index, HashingEmbedder(), Shard(number, 3))
        for number in (3, 1, 2, 3)
    ]
    embedder = Counting()

    report = ingest([twice.corpus], index, embedder)

    assert computed[3] == 0
    assert all(computed[:3])
    assert embedder.embedded == []
    assert sum(computed) >= report.chunks - 2
    assert report.embedded == 0


@given(digest=st.binary(min_size=32, max_size=32), of=st.integers(1, 999))
def test_every_text_is_of_exactly_one_shard(digest: bytes, of: int) -> None:
    """However many there are."""
    holding = [number for number in range(1, of + 1) if Shard(number, of).holds(digest)]

    assert len(holding) == 1


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/", "a/b", "1/3/5", "-1/3"])
def test_what_is_no_shard_is_none(text: str) -> None:
    """i/n, with 1 <= i <= n."""
    assert Shard.parse(text) is None
    assert Shard.parse("2/8") == Shard(2, 8)


def test_a_source_type_that_would_go_is_refused(index: Path, corpus: Path) -> None:
    """A folder that was not mounted must not take all guidelines away; --force can."""
    for folder in ("guidelines", "pages"):
        shutil.rmtree(corpus / folder, ignore_errors=True)
    planned = plan([corpus], index, HashingEmbedder(), rules=Rules(max_shrink=1))
    live = current_id(index)

    with pytest.raises(RefusedError, match="no guideline would be left"):
        build([corpus], index, HashingEmbedder(), rules=Rules(max_shrink=1))

    assert any("no guideline" in refusal for refusal in planned.refusals)
    assert current_id(index) == live
    assert not list(index.glob("building-*"))
    forced = build([corpus], index, HashingEmbedder(), rules=Rules(force=True))
    assert read_manifest(folder_of(index, forced.snapshot)).chunks["guideline"] == 0


def test_a_corpus_that_shrinks_too_far_is_refused(index: Path, corpus: Path) -> None:
    """The limit is a share of chunks, of all and of each type; it can be given."""
    shutil.rmtree(corpus / "labels")

    with pytest.raises(RefusedError, match=r"chunks would be left of .*--max-shrink"):
        build([corpus], index, HashingEmbedder())
    report = build([corpus], index, HashingEmbedder(), rules=Rules(max_shrink=0.95))

    assert report.chunks > 0


@pytest.mark.parametrize("intact", [0, 3])
def test_damaged_caches_cost_time_and_nothing_else(index: Path, corpus: Path, intact: int) -> None:
    """What was parsed and computed is derived: broken early or further in, it is made anew."""
    embed_shard([newer(corpus)], index, HashingEmbedder(), Shard(1, 2))
    for path in (index / "cache").rglob("*.sqlite"):
        sound = path.read_bytes()[: intact * 4096]
        path.write_bytes(sound + b"no database" * 9_999)

    report = build([corpus], index, HashingEmbedder())

    assert report.embedded > 0
    assert report.documents > 0


def test_a_kept_vector_that_changed_on_disk_is_computed_again(index: Path, corpus: Path) -> None:
    """One flipped bit would otherwise be copied from snapshot to snapshot."""
    embed_shard([newer(corpus)], index, HashingEmbedder(), Shard())
    (journal,) = (index / "cache" / "vectors").glob("*/shard-1-of-1.sqlite")
    with closing(sqlite3.connect(journal)) as db, db:
        damaged = db.execute("UPDATE vectors SET vector = zeroblob(length(vector))").rowcount

    report = build([corpus], index, HashingEmbedder())

    assert report.embedded == damaged > 0


def test_a_journal_in_use_is_not_removed(tmp_path: Path) -> None:
    """What a shard beside a finishing build computes is there for the next."""
    vectors = HashingEmbedder().embed_passages(["one", "two"])
    shard = Journal(tmp_path / "shard.sqlite", vectors.shape[1])
    builder = Journal(tmp_path / "shard.sqlite", vectors.shape[1])

    builder.forget()
    shard.keep([b"1" * 32, b"2" * 32], vectors)
    kept = shard.find([b"1" * 32, b"2" * 32, b"3" * 32])
    shard.forget()

    assert kept.keys() == {b"1" * 32, b"2" * 32}
    assert not (tmp_path / "shard.sqlite").exists()


def test_many_may_open_a_cache_at_once(tmp_path: Path) -> None:
    """Shards of one host begin together; none takes another's new file for a damaged one."""
    path = tmp_path / "parsed.sqlite"

    def open_and_close(_: int) -> None:
        with ParsedFiles(path, "code"):
            pass

    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(open_and_close, range(60)))

    assert len(done) == 60


def test_a_damaged_live_snapshot_still_guards_against_shrinking(index: Path, corpus: Path) -> None:
    """The rules need its counts, which its manifest has; after trouble with a disk they matter."""
    words = folder_of(index, current_id(index)) / "words.txt"
    words.write_text(words.read_text() + "damaged\n")
    shutil.rmtree(corpus / "labels")

    with pytest.raises(RefusedError, match="chunks would be left"):
        build([corpus], index, HashingEmbedder())


def test_a_plan_carries_its_limit_on_shrinking(index: Path, corpus: Path) -> None:
    """What a plan allows its build allows, and what it refuses its build refuses."""
    shutil.rmtree(corpus / "labels")
    allowing = plan([corpus], index, HashingEmbedder(), rules=Rules(max_shrink=0.95))

    with pytest.raises(RefusedError, match="limit on shrinking"):
        build([corpus], index, HashingEmbedder(), expected=allowing)
    rules = Rules(max_shrink=allowing.max_shrink)
    report = build([corpus], index, HashingEmbedder(), expected=allowing, rules=rules)

    assert allowing.refusals == ()
    assert report.chunks > 0


def test_other_embedders_trials_hide_no_vector(index: Path, corpus: Path) -> None:
    """The live snapshot's vectors are known, however many newer snapshots are of no use."""
    for code in "abc":
        other = type(
            "Trial", (Another,), {"identity": replace(Another.identity, weights_sha256=code * 64)}
        )
        build([corpus], index, other())

    planned = plan([newer(corpus)], index, HashingEmbedder())

    assert planned.cost.reused > planned.cost.embeddings


def test_a_full_disk_keeps_the_note_of_what_to_resume(
    index: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Space is freed and --resume works, also where too little was freed the first time."""
    usage = shutil.disk_usage(index)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=20_000_000))

    with pytest.raises(DiskFullError, match="followup index gc"):
        build([newer(corpus)], index, HashingEmbedder())
    monkeypatch.undo()

    assert build(read_unfinished(index).sources, index, HashingEmbedder()).documents > 0


def test_what_was_built_and_not_activated_is_not_built_again(index: Path, corpus: Path) -> None:
    """A gate that refuses every night must not fill the disk with one snapshot a night."""
    first = build([newer(corpus)], index, HashingEmbedder())

    second = build([corpus], index, HashingEmbedder())

    assert (first.unchanged, second.unchanged) == (False, True)
    assert second.snapshot == first.snapshot != current_id(index)


def test_what_was_rolled_back_from_is_not_taken_again_unawares(index: Path, corpus: Path) -> None:
    """The nightly build finds it, and leaves it where the operator put it."""
    report = ingest([newer(corpus)], index, HashingEmbedder())
    rollback(index)

    with pytest.raises(RefusedError, match=f"{report.snapshot} .*rolled back from"):
        build([corpus], index, HashingEmbedder())
    activate(index, report.snapshot)
    again = build([corpus], index, HashingEmbedder())

    assert again.unchanged


def test_a_judgement_against_another_live_snapshot_moves_nothing(index: Path) -> None:
    """The pointer that moved while the gate was asking stays where it went."""
    newest, older = list_snapshots(index)
    rollback(index)

    with pytest.raises(RefusedError, match="moved meanwhile"):
        activate(index, newest, judged_against=newest)

    assert current_id(index) == older
