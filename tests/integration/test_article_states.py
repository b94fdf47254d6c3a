"""Whatever reviewers and sources do, nothing is shown as approved that was not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import ClassVar

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from service.article_store import Articles
from service.articles import Article, ArticleStatus, ChangeKind, SourceChange
from service.errors import ArticleError, ConflictError
from service.principals import LOCAL, Principal, Scope
from service.reviewing import ALLOWED, move_to, review_words
from service.showing import summary_json
from service.watching import noticed
from tests.sample_database import a_turn

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
READER = Principal("reader", "A reader", frozenset({Scope.ASK}))
CHANGE = SourceChange(
    ChangeKind.CHANGED, "passage-1", "label:x@8", "X", "50 mg", "25 mg", None, "s1", "s2"
)


class Reviewing(RuleBasedStateMachine):
    """
    One article, its reviewers, and the world that its sources come from.

    ``accepted`` are the versions that a reviewer approved and that nothing took back since,
    ``returned`` those that their sources alone took back: readers go on seeing them, as under
    review. ``newest`` is the last of all that were ever approved.
    """

    articles: ClassVar[Articles]

    @initialize()
    def begin(self) -> None:
        """Store an article."""
        self.article: Article = self.articles.add("ada", "Ada", a_turn(), "{}")
        self.world: frozenset[SourceChange] = frozenset()
        self.shown: dict[int, set[SourceChange]] = {1: set()}
        self.accepted: dict[int, frozenset[SourceChange]] = {}
        self.returned: set[int] = set()
        self.newest = 0

    @rule()
    def forward(self) -> None:
        """Take the way on; from an approval, back to review."""
        self.step(ALLOWED[self.article.status][0], "why", older=0)

    @rule()
    def forward_twice(self) -> None:
        """Take two steps in a row."""
        self.forward()
        self.forward()

    @rule(
        to=st.sampled_from(ArticleStatus),
        why=st.sampled_from(["", "why"]),
        older=st.integers(min_value=0, max_value=1),
    )
    def step(self, to: ArticleStatus, why: str, older: int) -> None:
        """Try any step, of the newest version or of an older one."""
        number = self.article.current.number - older
        was, standing = self.article.status, tuple(self.world)
        try:
            self.article = self.articles.move(
                self.article.id,
                lambda held: move_to(
                    held, to, version=number, by="Rev", why=why, at=NOON, standing=standing
                ),
            )
        except (ConflictError, ArticleError):
            assert self.articles.get(self.article.id) == self.article
            return
        assert not older
        assert to in ALLOWED[was]
        self.accepted.pop(number, None)
        self.returned.discard(number)
        if to is ArticleStatus.APPROVED:
            assert self.world <= self.shown[number]
            self.accepted[number] = self.world
            self.shown[number] = set(self.world)
            self.newest = number

    @rule(based_on=st.integers(min_value=0, max_value=1))
    def edit(self, based_on: int) -> None:
        """Make a version of the newest, or try it of the one before."""
        number = self.article.current.number - based_on
        fields = {"author": "Rev", "turn": a_turn(), "answer": "{}", "note": ""}
        try:
            self.article = self.articles.add_version(
                self.article.id,
                based_on=number,
                **fields,  # type: ignore[arg-type] # four fields of three types
            )
        except ConflictError:
            assert based_on
            return
        assert self.article.current.number == number + 1
        assert self.article.status is ArticleStatus.SUBMITTED
        self.shown[number + 1] = set()

    @rule(words=st.sampled_from(["25 mg", "30 mg", "35 mg"]))
    def change(self, words: str) -> None:
        """Let a source say something else."""
        self.world |= {replace(CHANGE, new=words)}

    @rule()
    def roll_back(self) -> None:
        """Let the sources say again what they said."""
        self.world = frozenset()

    @rule()
    def watch(self) -> None:
        """Compare the newest and the published version with the world; twice, as once."""
        numbers = {self.article.current.number}
        if self.article.published is not None:
            numbers.add(self.article.published.number)
        for number in sorted(numbers):
            for _ in range(2):
                before = self.article
                found = tuple(self.world)
                self.article = self.articles.move(
                    self.article.id,
                    lambda held, n=number, f=found: noticed(held, n, f),  # type: ignore[misc] # a default of a lambda has no type
                )
                fresh = self.world - self.shown[number]
                assert (self.article != before) == bool(fresh)
                self.shown[number] |= self.world
                if fresh and self.accepted.pop(number, None) is not None:
                    self.returned.add(number)

    @invariant()
    def only_what_was_approved_is_shown_so(self) -> None:
        """On every surface: status, words of the review, what readers see."""
        article = self.articles.get(self.article.id)
        for version in article.versions:
            good = version.number in self.accepted
            told = summary_json(article, version)
            assert (told["status"] == "approved") == good
            assert review_words(article, version.number).startswith("Reviewed and") == good
            assert ("not reviewed by a human" in told["review"]) != good
        seen = article.seen_by(READER)
        assert (seen is not None) == (self.newest in {*self.accepted, *self.returned})
        assert seen is None or seen.number == self.newest
        assert (article.approved is not None) == (self.newest in self.accepted)
        if seen is not None and seen.number in self.returned:
            told = summary_json(article, seen)
            assert (told["status"], told["approved_version"]) == ("under_review", None)
            assert told["changes"] >= 1
        assert article.seen_by(LOCAL) == article.current


def test_approved_is_never_shown_of_what_was_not(engine: sa.Engine) -> None:
    """Over any row of steps, edits, changes of the sources, rollbacks and looks at them."""
    machine = type("Machine", (Reviewing,), {"articles": Articles(engine)})

    run_state_machine_as_test(
        machine, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )
