"""Edits of articles: what is reworded passes the gates against the live snapshot, or is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ingest.embedding import HashingEmbedder
from ingest.pipeline import Rules, ingest
from service.answers import Audience, Outcome
from service.articles import Article, ArticleStatus
from service.bootstrap import Runtime, bootstrap
from service.editing import Kept
from service.errors import ArticleError, ConflictError
from service.principals import LOCAL
from service.publishing import publish_question, recompose, reworded
from service.rearranging import Act, kept_after
from service.retractions import Nature, Retraction
from service.serialising import Json
from service.settings import read_settings
from service.showing import keyed
from tests import sample_corpus
from tests.sample_index import Built

ROLE = "What is the role of Zorvanex for insomnia?"
SLEPT = "Adults slept 9 minutes longer with zorvaxone than with placebo."
INDICATED = "Zorvanex tablets are indicated for insomnia in adults."
TWICE = "What is the dose of Zorvanex tablets? And what is the maximum dose of Zorvanex tablets?"
RETRACTED = Retraction(
    (sample_corpus.TRIAL,), (), Nature.RETRACTION, "2026-01-01", "Data", "A trial"
)


@dataclass(frozen=True)
class Desk:
    """A reviewer's desk: the service and the article on it."""

    home: Path
    runtime: Runtime
    article: Article

    def answer(self, number: int = 1) -> Json:
        """Return the answer of a version."""
        told: Json = json.loads(self.runtime.articles.answer(self.article.id, number))
        return told

    def keys(self) -> dict[str, str]:
        """Return the key of every statement of the sections, by its words."""
        told = self.answer()
        return {held["text"]: key for key, part, _, held in keyed(told) if part != "safety"}

    def edit(self, *kept: Kept, based_on: int = 1) -> Article:
        """Make the next version."""
        article = self.runtime.articles.get(self.article.id)
        return reworded(self.runtime, article, kept, based_on=based_on, note="n", principal=LOCAL)


@pytest.fixture
def desk(built: Built, tmp_path: Path) -> Iterator[Desk]:
    """An article on the small corpus."""
    shutil.copytree(built.corpus, tmp_path / "corpus")
    shutil.copytree(built.index, tmp_path / "index")
    settings = read_settings(home=tmp_path, index=tmp_path / "index")
    with bootstrap(settings, embedder=HashingEmbedder()) as runtime:
        yield Desk(tmp_path, runtime, publish_question(runtime, ROLE, Audience.PHYSICIAN, LOCAL))


def test_a_rewording_that_says_the_same_is_a_paraphrase(desk: Desk) -> None:
    """Cited as it was; the other statements stay quotes; the new version is submitted."""
    keys = desk.keys()
    said = "With zorvaxone, adults slept 9 minutes longer than with placebo."

    article = desk.edit(*(Kept(key, said if text == SLEPT else None) for text, key in keys.items()))

    assert (article.current.number, article.status) == (2, ArticleStatus.SUBMITTED)
    before, after = desk.answer(), desk.answer(2)
    (old,), (new,) = (told["sections"][2]["statements"] for told in (before, after))
    assert (new["text"], new["kind"], new["support"]) == (said, "paraphrase", "supported")
    assert [c["quote"] for c in new["citations"]] == [c["quote"] for c in old["citations"]]
    assert new["citations"][0]["answer_end"] == len(said)
    assert after["sections"][:2] == before["sections"][:2]
    assert after["safety"] == before["safety"]
    assert article.current.turn.cited == desk.article.current.turn.cited


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Adults slept 90 minutes longer with zorvaxone than with placebo.", "number"),
        ("Adults slept 9 hours longer with zorvaxone than with placebo.", "number"),
        ("Adults slept 9 minutes longer with quellomine than with placebo.", "drug"),
        ("Adults slept 9 minutes less with zorvaxone than with placebo.", "opposite"),
        ("Adults did not sleep 9 minutes longer with zorvaxone than with placebo.", "opposite"),
        ("Children slept 9 minutes longer with zorvaxone than with placebo.", "population"),
        (f"It is untrue that {SLEPT[0].lower()}{SLEPT[1:]}", "opposite"),
        (f"{SLEPT} It cures cancer.", "the quote does not"),
        (f"{SLEPT} It is safe.", "the quote does not"),
        (f"<b>{SLEPT}</b>", "plain words"),
        (f"{SLEPT} See https://example.org.", "plain words"),
        (f"{SLEPT} [1]", "plain words"),
        (f"\u202e{SLEPT}", "plain words"),
        (SLEPT.replace("longer", "longer\0"), "plain words"),
        (".", "plain words"),
    ],
)
def test_a_rewording_that_says_something_else_is_refused(desk: Desk, said: str, why: str) -> None:
    """The statement is named, and the check that it failed, in words; nothing is stored."""
    keys = desk.keys()
    key = keys[SLEPT]

    with pytest.raises(ArticleError) as refused:
        desk.edit(*(Kept(one, said if one == key else None) for one in keys.values()))

    ((at, told), *_) = refused.value.faults
    assert at == f"statements.{key}"
    assert why in told
    assert desk.runtime.articles.get(desk.article.id).current.number == 1


def test_every_fault_is_named_at_once(desk: Desk) -> None:
    """A key that is not there, one named twice, a safety notice, and a failed check."""
    keys, told = desk.keys(), desk.answer()
    key = keys[SLEPT]
    others = [Kept(one) for one in keys.values() if one != key]
    notice = next(key for key, part, *_ in keyed(told) if part == "safety")

    with pytest.raises(ArticleError) as refused:
        desk.edit(
            Kept("0" * 16), Kept(key, "Nobody slept."), Kept(key), Kept(notice, "Safe."), *others
        )

    places = [at for at, _ in refused.value.faults]
    assert set(places) == {f"statements.{one}" for one in ("0" * 16, key, notice)}
    assert len(places) == 4


def test_statements_are_left_out_and_set_aside(desk: Desk) -> None:
    """What rests on them goes: references, the lead, a section's statements; it says so."""
    keys = desk.keys()
    guideline, label_says, slept = keys[sample_corpus.AGAINST], keys[INDICATED], keys[SLEPT]

    article = desk.edit(Kept(guideline), Kept(label_says, more=True), Kept(slept, more=True))

    told = desk.answer(2)
    guidelines, label, research = told["sections"]
    assert [held["text"] for held in guidelines["statements"]] == [sample_corpus.AGAINST]
    assert (label["statements"], research["statements"]) == ([], [])
    assert told["conflicts"] == desk.answer()["conflicts"]
    assert [held["text"] for held in research["more"]] == [SLEPT]
    assert (
        label["note"] == research["note"] == "The reviewer kept none of the statements found here."
    )
    assert article.current.turn.outcome is Outcome.PARTIAL
    cited = {c["marker"] for *_, held in keyed(told) for c in held["citations"]}
    assert {reference["marker"] for reference in told["references"]} == cited
    with pytest.raises(ArticleError, match="does not pass"):
        desk.edit(Kept(slept, more=True), based_on=2)


def test_neither_side_of_a_disagreement_is_left_out(desk: Desk) -> None:
    """Of two sources that disagree, an article shows both or neither was composed into it."""
    keys = desk.keys()

    for side in (sample_corpus.AGAINST, INDICATED):
        with pytest.raises(ArticleError) as refused:
            desk.edit(*(Kept(key) for text, key in keys.items() if text != side))
        ((at, told),) = refused.value.faults
        assert at == f"statements.{keys[side]}"
        assert "both" in told


def test_a_side_whose_source_has_left_may_be_left_out(desk: Desk) -> None:
    """What no longer holds disagrees with nothing."""
    keys = desk.keys()
    (desk.home / "corpus" / "guidelines" / "insomnia-2024.md").unlink()
    folder = [desk.home / "corpus"]
    ingest(folder, desk.home / "index", HashingEmbedder(), rules=Rules(force=True))
    desk.runtime.live.refresh()

    article = desk.edit(*(Kept(key) for text, key in keys.items() if text != sample_corpus.AGAINST))

    assert desk.answer(article.current.number)["conflicts"] == []


def test_a_statement_that_answers_two_questions_is_edited_once(desk: Desk) -> None:
    """It stands under both questions; what becomes of it becomes of it in both places."""
    made = publish_question(desk.runtime, TWICE, Audience.PHYSICIAN, LOCAL)
    told = json.loads(desk.runtime.articles.answer(made.id, 1))
    ((key, *_, dose),) = [one for one in keyed(told) if one[1] != "safety"]
    assert sum(bool(part["sections"]) for part in told["parts"]) == 2

    said = "By mouth, the recommended dose is 50 mg once daily at bedtime."
    kept = kept_after(told, key, Act.REWORD, said)
    reworded(desk.runtime, made, kept, based_on=1, note="", principal=LOCAL)

    after = json.loads(desk.runtime.articles.answer(made.id, 2))
    shown = [part["sections"][1]["statements"] for part in after["parts"]]
    assert [[held["text"] for held in each] for each in shown] == [[said], [said]]
    assert dose["text"] != said


def test_keys_survive_another_order(desk: Desk) -> None:
    """So that comments do; of the new version and the old they are the same."""
    keys = desk.keys()

    desk.edit(*(Kept(key) for key in reversed(keys.values())))

    after = {held["text"]: key for key, part, _, held in keyed(desk.answer(2)) if part != "safety"}
    assert after == keys
    assert desk.answer(2) == desk.answer()


def test_an_edit_is_based_on_the_newest_version(desk: Desk) -> None:
    """Of an older one it is refused; so is composing anew."""
    kept = [Kept(key) for key in desk.keys().values()]
    desk.edit(*kept)
    newest = desk.runtime.articles.get(desk.article.id)

    with pytest.raises(ConflictError):
        desk.edit(*kept)
    with pytest.raises(ConflictError):
        recompose(desk.runtime, newest, based_on=1, note="", principal=LOCAL)


def test_nothing_is_reworded_that_has_left_or_was_retracted(desk: Desk) -> None:
    """As it stands it may stay, for its source's fate is shown; in other words it may not."""
    keys = desk.keys()
    key = keys[SLEPT]
    others = [Kept(one) for one in keys.values() if one != key]
    said = "With zorvaxone, adults slept 9 minutes longer than with placebo."

    desk.runtime.retractions.load([RETRACTED])
    with pytest.raises(ArticleError) as refused:
        desk.edit(Kept(key, said), *others)
    assert "retracted" in refused.value.faults[0][1]
    desk.runtime.retractions.load([])
    (desk.home / "corpus" / "studies" / "trial.xml").unlink()
    folder = [desk.home / "corpus"]
    ingest(folder, desk.home / "index", HashingEmbedder(), rules=Rules(force=True))
    desk.runtime.live.refresh()
    with pytest.raises(ArticleError) as refused:
        desk.edit(Kept(key, said), *others)
    assert "no longer in the index" in refused.value.faults[0][1]
    assert desk.edit(Kept(key), *others).current.number == 2


def test_an_article_is_composed_anew(desk: Desk) -> None:
    """On the live snapshot: what it says now, as the next version."""
    sample_corpus.write(
        desk.home / "corpus", {"labels/zorvanex.xml": sample_corpus.tablets("8", "20251101")}
    )
    ingest([desk.home / "corpus"], desk.home / "index", HashingEmbedder())
    desk.runtime.live.refresh()

    article = recompose(desk.runtime, desk.article, based_on=1, note="v8", principal=LOCAL)

    documents = {c["document_id"] for *_, s in keyed(desk.answer(2)) for c in s["citations"]}
    assert f"label:{sample_corpus.TABLETS}@8" in documents
    assert (article.current.note, article.status) == ("v8", ArticleStatus.SUBMITTED)
