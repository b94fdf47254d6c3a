"""Articles in every state of review, over the sample runtime."""

from __future__ import annotations

from datetime import UTC, datetime

from ingest.documents import LabelFacts
from service.answers import Audience
from service.articles import WATCHER, Article, ArticleStatus, ChangeKind, Move, SourceChange
from service.bootstrap import Runtime
from service.drugs import Vocabulary
from service.principals import Principal, Scope
from service.publishing import publish_question
from service.stepping import take_step
from tests.sample_runtime import (
    CHUNKS,
    INSOMNIA,
    LABEL,
    QUESTION,
    SNAPSHOT,
    STUDY,
    TRIAL,
    FakeLive,
)

OWNER = Principal("ada", "Ada Owner", frozenset({Scope.ASK}))
READER = Principal("rea", "Rea Reader", frozenset({Scope.ASK}))
REVIEWER = Principal("rev", "Rev Reviewer", frozenset({Scope.ASK, Scope.REVIEW}))
LATER = "20260401T120000-1b2c3d4e"
INSOMNIA_NOW = INSOMNIA.replace("14%", "18%")
CHANGES = (
    SourceChange(
        ChangeKind.CHANGED,
        next(chunk.id for chunk in CHUNKS[LABEL.id] if INSOMNIA in chunk.text),
        LABEL.id,
        LABEL.source.title,
        INSOMNIA,
        INSOMNIA_NOW,
        None,
        SNAPSHOT,
        LATER,
    ),
    SourceChange(
        ChangeKind.RETRACTED,
        next(chunk.id for chunk in CHUNKS[STUDY.id] if TRIAL in chunk.text),
        STUDY.id,
        STUDY.source.title,
        TRIAL,
        None,
        None,
        SNAPSHOT,
        LATER,
    ),
)


def with_names(live: FakeLive) -> None:
    """Let the sample answerer know the name of its drug: edits are checked against it."""
    facts = LABEL.source.facts
    if not isinstance(facts, LabelFacts):
        raise TypeError("the sample label is a label")
    live.answerer.vocabulary = Vocabulary.of((facts,))


def submitted(runtime: Runtime, question: str = QUESTION, owner: Principal = OWNER) -> Article:
    """Make an article that nobody has looked at."""
    return publish_question(runtime, question, Audience.PHYSICIAN, owner)


def moved(runtime: Runtime, article: Article, to: ArticleStatus, why: str = "") -> Article:
    """Take one step of its review."""
    number = article.current.number
    return take_step(runtime, article.id, to, version=number, by=REVIEWER.name, why=why)


def approved(runtime: Runtime, question: str = QUESTION, owner: Principal = OWNER) -> Article:
    """Make an article and approve it."""
    article = moved(runtime, submitted(runtime, question, owner), ArticleStatus.UNDER_REVIEW)
    return moved(runtime, article, ArticleStatus.APPROVED, "Read against its sources.")


def returned(runtime: Runtime, question: str = QUESTION, owner: Principal = OWNER) -> Article:
    """Make an article that was approved, and whose sources have changed since."""
    article = approved(runtime, question, owner)

    def back(held: Article) -> Move:
        now = datetime.now(UTC).replace(microsecond=0)
        was, to = ArticleStatus.APPROVED, ArticleStatus.UNDER_REVIEW
        return Move(held.current.number, now, WATCHER, was, to, "Sources changed.", CHANGES)

    return runtime.articles.move(article.id, back)
