"""Articles watch their sources: real snapshots of a small corpus that changes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ingest.activating import rollback
from ingest.embedding import HashingEmbedder
from ingest.pipeline import Rules, ingest
from service.answers import Audience, SectionKind
from service.article_store import Articles
from service.articles import WATCHER, Article, ArticleStatus, ChangeKind, SourceChange
from service.asking import Asking
from service.bootstrap import Runtime, bootstrap
from service.editing import Kept
from service.errors import ConflictError
from service.opening import Reading
from service.principals import LOCAL
from service.publishing import publish_question, reworded
from service.retraction_table import RetractionTable
from service.retractions import Nature, Retraction
from service.settings import read_settings
from service.showing import keyed
from service.stepping import take_step
from service.watching import Watched, watch_index, watcher
from tests import sample_corpus
from tests.integration.test_cli import followup
from tests.sample_index import Built

ROLE = "What is the role of Zorvanex for insomnia?"
DOSE = "What is the recommended dose of Zorvanex tablets?"
LABEL = f"label:{sample_corpus.TABLETS}"
NEWER = {"labels/zorvanex.xml": sample_corpus.tablets("8", "20251101", dose="25 mg")}
OLDER = "We suggest that clinicians not use zorvaxone for insomnia in older adults."
RETRACTED = Retraction(
    (sample_corpus.TRIAL,), (), Nature.RETRACTION, "2026-01-01", "Data", "A trial"
)
UNDER_REVIEW, APPROVED = ArticleStatus.UNDER_REVIEW, ArticleStatus.APPROVED


@dataclass(frozen=True)
class Watching:
    """A service over an index that can be built anew."""

    home: Path
    runtime: Runtime

    def indexed(self, files: Mapping[str, str | bytes], *gone: str) -> None:
        """Change the corpus and answer from what is built of it."""
        sample_corpus.write(self.home / "corpus", files)
        for name in gone:
            (self.home / "corpus" / name).unlink()
        folder = [self.home / "corpus"]
        ingest(folder, self.home / "index", HashingEmbedder(), rules=Rules(force=True))
        assert self.runtime.live.refresh()

    def watched(self) -> Watched:
        """Compare every article with the live snapshot."""
        table = RetractionTable.current(self.runtime.retractions)
        return watch_index(self.home / "index", self.runtime.articles, table)

    def published(self, question: str = ROLE) -> Article:
        """Return an approved article."""
        made = publish_question(self.runtime, question, Audience.PHYSICIAN, LOCAL)
        self.step(made, UNDER_REVIEW)
        return self.step(made, APPROVED)

    def step(self, article: Article, now: ArticleStatus, why: str = "because") -> Article:
        """Take a step of its review."""
        number = self.read(article).current.number
        return take_step(self.runtime, article.id, now, version=number, by="Rev", why=why)

    def read(self, article: Article) -> Article:
        """Return the article as it stands."""
        return self.runtime.articles.get(article.id)


@pytest.fixture
def watching(built: Built, tmp_path: Path) -> Iterator[Watching]:
    """The service over a copy of the small corpus and its index."""
    shutil.copytree(built.corpus, tmp_path / "corpus")
    shutil.copytree(built.index, tmp_path / "index")
    settings = read_settings(home=tmp_path, index=tmp_path / "index")
    with bootstrap(settings, embedder=HashingEmbedder()) as runtime:
        yield Watching(tmp_path, runtime)


def changes(article: Article) -> dict[str, SourceChange]:
    """Return the differences recorded for the newest version, by the words cited."""
    return {change.old: change for change in article.changes_of(article.current.number)}


def test_a_label_with_a_new_version_takes_the_article_back(watching: Watching) -> None:
    """To Under Review, by the service, with old and new words; nobody reads it as approved."""
    article = watching.published(DOSE)
    before = article.current

    watching.indexed(NEWER)
    found = watching.watched()

    assert (found.checked, found.returned, found.noted) == (1, (article.id,), ())
    article = watching.read(article)
    assert (article.status, article.approved) == (UNDER_REVIEW, None)
    move = article.moves[-1]
    assert (move.by, move.was, move.now) == (WATCHER, APPROVED, UNDER_REVIEW)
    dose = changes(article)["The recommended dose is 50 mg by mouth once daily at bedtime."]
    assert (dose.kind, dose.by) == (ChangeKind.SUPERSEDED, f"{LABEL}@8")
    assert dose.new == "The recommended dose is 25 mg by mouth once daily at bedtime."
    assert (dose.document_id, dose.before < dose.after) == (f"{LABEL}@7", True)
    boxed = changes(article)["WARNING: DEEP SLEEP. Patients could not be woken for hours."]
    assert boxed.new == boxed.old
    assert article.current == before


def test_words_that_changed_are_shown_beside_the_old_ones(watching: Watching) -> None:
    """In the same edition of a guideline: changed, not superseded."""
    article = watching.published()

    watching.indexed({"guidelines/insomnia-2024.md": sample_corpus.guideline(2024, OLDER)})
    watching.watched()

    (change,) = changes(watching.read(article)).values()
    assert (change.kind, change.old, change.by) == (ChangeKind.CHANGED, sample_corpus.AGAINST, None)
    assert OLDER in str(change.new)


def test_a_superseded_guideline_takes_the_article_back(watching: Watching) -> None:
    """The newer edition is named."""
    article = watching.published()

    watching.indexed({"guidelines/insomnia-2026.md": sample_corpus.guideline(2026, OLDER)})
    watching.watched()

    article = watching.read(article)
    assert article.status is UNDER_REVIEW
    (change,) = changes(article).values()
    assert (change.kind, change.by) == (ChangeKind.SUPERSEDED, "guideline:example-insomnia@2026")
    assert OLDER in str(change.new)


def test_a_removed_document_takes_the_article_back(watching: Watching) -> None:
    """Nothing stands in its place."""
    article = watching.published()

    watching.indexed({}, "studies/trial.xml")
    watching.watched()

    article = watching.read(article)
    assert article.status is UNDER_REVIEW
    (change,) = changes(article).values()
    assert (change.kind, change.new, change.by) == (ChangeKind.REMOVED, None, None)
    assert change.document_id == f"study:pmid:{sample_corpus.TRIAL}"


def test_a_retracted_study_takes_the_article_back(watching: Watching) -> None:
    """As soon as the table of retractions is loaded, by the command that loads it."""
    article = watching.published()
    table = watching.home / "retractions.csv"
    table.write_text(
        "Title,OriginalPaperPubMedID,OriginalPaperDOI,RetractionDate,RetractionNature,Reason\n"
        f"A trial,{sample_corpus.TRIAL},,1/1/2026 0:00,Retraction,Data\n"
    )

    loaded = followup(watching.home, "corpus", "retractions", "--csv", str(table), "--json")

    assert loaded.returncode == 0, loaded.stderr
    assert "1 went back to Under Review" in loaded.stderr
    told = json.loads(loaded.stdout)["articles"]
    assert (told["checked"], told["returned"]) == (1, [article.id])
    article = watching.read(article)
    assert article.status is UNDER_REVIEW
    (change,) = changes(article).values()
    assert (change.kind, change.new) == (ChangeKind.RETRACTED, None)
    watching.runtime.retractions.load([])
    assert watching.watched().returned == ()
    assert watching.read(article).status is UNDER_REVIEW


def test_the_same_difference_is_recorded_once(watching: Watching) -> None:
    """Looked at again it changes nothing, under review and submitted alike."""
    approved = watching.published()
    submitted = publish_question(watching.runtime, DOSE, Audience.NURSE, LOCAL)
    watching.indexed(NEWER)

    first, second = watching.watched(), watching.watched()

    assert (first.returned, first.noted) == ((approved.id,), (submitted.id,))
    assert (second.checked, second.returned, second.noted) == (2, (), ())
    held = watching.read(submitted)
    assert held.status is ArticleStatus.SUBMITTED
    assert [move.by for move in held.moves] == ["this machine", WATCHER]
    assert changes(held)


def test_a_rollback_approves_nothing(watching: Watching) -> None:
    """The article stays under review; approved on the old snapshot, it goes back with the new."""
    article = watching.published()
    watching.indexed(NEWER)
    watching.watched()

    rollback(watching.home / "index")
    assert watching.runtime.live.refresh()
    assert watching.watched().returned == ()
    assert watching.read(article).status is UNDER_REVIEW
    assert watching.step(article, APPROVED).moves[-1].changes == ()
    watching.indexed(NEWER)
    assert watching.watched().returned == (article.id,)


def test_an_approval_in_spite_of_a_difference_holds(watching: Watching) -> None:
    """It names what it was given in spite of; a further difference takes the article back."""
    article = watching.published()
    watching.indexed(NEWER)
    watching.watched()

    approved = watching.step(article, APPROVED)

    assert {change.kind for change in approved.moves[-1].changes} == {ChangeKind.SUPERSEDED}
    assert watching.watched().returned == ()
    watching.indexed({}, "studies/trial.xml")
    assert watching.watched().returned == (article.id,)


def test_nothing_is_approved_on_differences_that_nobody_was_shown(watching: Watching) -> None:
    """The sources are looked at first: the step is refused, and the differences are recorded."""
    made = publish_question(watching.runtime, ROLE, Audience.PHYSICIAN, LOCAL)
    watching.step(made, UNDER_REVIEW)
    watching.indexed(NEWER)

    with pytest.raises(ConflictError, match="read the differences first"):
        watching.step(made, APPROVED)
    article = watching.read(made)
    assert article.status is UNDER_REVIEW
    assert changes(article)
    assert watching.step(article, APPROVED).status is APPROVED


def test_a_snapshot_that_comes_while_a_reviewer_approves_is_looked_at(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was looked at before the approval was written; the approval does not outlive it."""
    made = publish_question(watching.runtime, DOSE, Audience.PHYSICIAN, LOCAL)
    watching.step(made, UNDER_REVIEW)
    store = watching.runtime.articles
    first: list[bool] = []

    def late(*given: Any) -> Article:  # noqa: ANN401 - as the store's own takes them
        if not first:
            first.append(True)
            watching.indexed(NEWER)
            watching.watched()
        return Articles.move(store, *given)

    monkeypatch.setattr(store, "move", late)
    watching.step(made, APPROVED)

    article = watching.read(made)
    assert (article.status, article.approved) == (UNDER_REVIEW, None)
    assert changes(article)


def test_an_edit_does_not_hide_what_became_of_the_sources(watching: Watching) -> None:
    """The next version says so at once, before anybody tries to approve it."""
    article = watching.published(DOSE)
    watching.indexed(NEWER)
    watching.watched()
    told = json.loads(watching.runtime.articles.answer(article.id, 1))
    kept = [Kept(key) for key, section, *_ in keyed(told) if section != "safety"]

    newer = reworded(
        watching.runtime, watching.read(article), kept, based_on=1, note="", principal=LOCAL
    )

    assert newer.status is ArticleStatus.SUBMITTED
    assert set(changes(newer)) == {move.old for move in watching.read(article).changes_of(1)}


def test_an_older_approved_version_watches_too(watching: Watching) -> None:
    """While a newer one is being edited, readers are not left with what no longer holds."""
    article = watching.published()
    stored = watching.runtime.articles
    answer = stored.answer(article.id, 1)
    turn = article.current.turn
    stored.add_version(article.id, based_on=1, author="Rev", turn=turn, answer=answer, note="")

    watching.indexed(NEWER)
    watching.watched()

    article = watching.read(article)
    assert article.approved is None
    assert [article.status_of(number) for number in (1, 2)] == [
        UNDER_REVIEW,
        ArticleStatus.SUBMITTED,
    ]


def test_the_server_looks_at_its_start_and_with_every_snapshot(watching: Watching) -> None:
    """In the thread that follows the snapshots; a look that fails stops no answer."""
    article = watching.published()
    looked: list[str] = []
    look = watcher(watching.runtime.articles, watching.runtime.retractions.current)

    def counted(reading: Reading) -> None:
        looked.append(reading.snapshot.id)
        if len(looked) == 1:
            raise OSError("the zebra disk is full")
        look(reading)

    with capture_logs() as lines:
        live = watching.runtime.live
        seen = live._show(counted, None)
        assert seen is None
        seen = live._show(counted, seen)
        assert live._show(counted, seen) == seen == looked[0]
        watching.indexed(NEWER)
        seen = live._show(counted, seen)

    assert looked == [looked[0], looked[0], str(seen)]
    assert watching.read(article).status is UNDER_REVIEW
    assert [line["event"] for line in lines].count("snapshot_look_failed") == 1
    told = json.dumps(lines)
    assert article.id in told
    assert "zebra" not in told
    assert "insomnia" not in told


def test_the_command_checks_and_shows(watching: Watching) -> None:
    """``followup articles``: check, list and show, for people and as JSON."""
    article = watching.published()
    watching.indexed(NEWER)

    first = followup(watching.home, "articles", "check", "--json")
    again = followup(watching.home, "articles", "check")
    listed = followup(watching.home, "articles", "list", "--status", "under_review")
    shown = followup(watching.home, "articles", "show", article.id)
    whole = followup(watching.home, "articles", "show", article.id, "--json")
    wrong = followup(watching.home, "articles", "list", "--status", "zebra")

    assert json.loads(first.stdout)["returned"] == [article.id]
    assert "0 went back to Under Review" in again.stdout
    assert article.id in listed.stdout
    assert "superseded by" in shown.stdout
    assert json.loads(whole.stdout)["status"] == "under_review"
    assert wrong.returncode == 2


def test_a_follow_up_on_an_article_is_understood(watching: Watching) -> None:
    """The question "and in liver disease?" is about the article's drug, as after a turn on it."""
    article = watching.published()

    asking = Asking(watching.runtime, "and in liver disease?", article_id=article.id)
    for _ in asking.steps():
        pass
    asked = asking.record()

    assert [drug.name.lower() for drug in asked.answer.query.drugs] == ["zorvaxone"]
    assert "hepatic impairment" in asked.answer.query.text
    label = next(s for s in asked.answer.sections if s.kind is SectionKind.LABEL)
    assert any("hepatic" in statement.text for statement in label.statements) or asked.answer.safety
