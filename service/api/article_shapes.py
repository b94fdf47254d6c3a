"""The shapes of articles and of their review, in requests and replies."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field, StrictBool, model_validator

from service.answers import Audience, Outcome
from service.api.fields import WHOLE
from service.api.shapes import AnswerShape, Shape
from service.articles import ArticleStatus, ChangeKind

LONGEST_NOTE: Final = 2_000
_KEY = r"^[0-9a-f]{16}$"
Note = Annotated[str, Field(max_length=LONGEST_NOTE)]
Key = Annotated[str, Field(pattern=_KEY, description="A statement, as `statements` names it.")]
Number = Annotated[int, Field(ge=1, le=1_000_000, description="A version of the article."), WHOLE]


class ArticleRequest(Shape):
    """A question to compose an article on, or an answer to make one of: one of the two."""

    question: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=20_000,
            pattern=r"\S",
            description="The question, by itself. Leave out whatever could identify a patient.",
        ),
    ] = None
    answer_id: Annotated[
        str | None, Field(max_length=64, description="An answer of a conversation of yours.")
    ] = None
    audience: Annotated[
        Audience, Field(description="Whom a question is composed for; changes no fact.")
    ] = Audience.PHYSICIAN

    @model_validator(mode="after")
    def _one_of_two(self) -> ArticleRequest:
        if (self.question is None) == (self.answer_id is None):
            raise ValueError("give a question or an answer_id, one of the two")
        return self


class MoveRequest(Shape):
    """A step of the review; ``version`` is the newest, which the reviewer has read."""

    to: ArticleStatus
    version: Number
    why: Annotated[Note, Field(description="Needed where the article goes back.")] = ""


class CommentRequest(Shape):
    """A remark on a version, or on one statement of it."""

    version: Number
    comment: Annotated[str, Field(min_length=1, max_length=LONGEST_NOTE, pattern=r"\S")]
    statement: Key | None = None


class KeptShape(Shape):
    """A statement to keep; in other words where ``text`` is given, for reading on with ``more``."""

    key: Key
    text: Annotated[str | None, Field(min_length=1, max_length=5_000, pattern=r"\S")] = None
    more: StrictBool = False


class VersionRequest(Shape):
    """
    A new version: the statements to keep, in their order, or the question answered anew.

    Statements that are not named are left out; none can be added.
    """

    based_on: Number
    note: Annotated[Note, Field(description="What was changed, and why.")] = ""
    statements: Annotated[tuple[KeptShape, ...], Field(max_length=500)] = ()
    recompose: StrictBool = False

    @model_validator(mode="after")
    def _one_of_two(self) -> VersionRequest:
        if self.recompose == bool(self.statements):
            raise ValueError("give the statements to keep, or recompose: true, one of the two")
        return self


class ChangeShape(Shape):
    """
    A difference between what the article cites and a later snapshot.

    ``old`` are the words cited, ``new`` those in their place; ``by`` names the document that
    superseded the cited one.
    """

    kind: ChangeKind
    passage_id: str
    document_id: str
    title: str
    old: str
    new: str | None
    by: str | None
    before: str
    after: str


class StatementKeyShape(Shape):
    """A statement of this version by its key; ``section`` is "safety" or a section's kind."""

    key: str
    section: str
    more: bool
    text: str


class _About(Shape):
    article_id: str
    question: str
    status: ArticleStatus
    version: int
    approved_version: int | None
    created: str
    updated: str
    drugs: list[str]
    condition: str | None
    outcome: Outcome
    review: str


class ArticleEntry(_About):
    """An article in a list: the version that you may see; ``changes`` counts differences."""

    changes: int


class ArticleReply(_About):
    """
    One version of an article, with its review and what became of its sources since.

    ``status`` is this version's: "approved" is never said of another.
    """

    newest_version: int
    author: str
    note: str
    approved_by: str | None
    approved_at: str | None
    changes: list[ChangeShape]
    statements: list[StatementKeyShape]
    answer: AnswerShape


class ArticlesReply(Shape):
    """A page of articles, the last updated first; ``next`` is where it goes on, null at the end."""

    articles: list[ArticleEntry]
    next: str | None


class MoveShape(Shape):
    """One step of the review; ``from`` is null where the version came to be."""

    version: int
    at: str
    by: str
    was: Annotated[ArticleStatus | None, Field(alias="from")]
    to: ArticleStatus
    why: str
    changes: list[ChangeShape]


class VersionEntry(Shape):
    """A version and its status."""

    version: int
    status: ArticleStatus
    created: str
    author: str
    note: str


class HistoryReply(Shape):
    """The versions of an article and every step of their review, oldest first."""

    article_id: str
    versions: list[VersionEntry]
    moves: list[MoveShape]


class CommentReply(Shape):
    """A comment; it is open while ``resolved_at`` is null."""

    comment_id: str
    version: int
    statement: str | None
    at: str
    by: str
    comment: str
    resolved_at: str | None
    resolved_by: str | None


class CommentsReply(Shape):
    """Every comment on an article, oldest first."""

    article_id: str
    comments: list[CommentReply]
