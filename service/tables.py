"""
The tables of the database, as this version reads and writes them.

``service.migrations`` makes them; a test compares what it makes with what stands here, on SQLite
and on PostgreSQL.
"""

from __future__ import annotations

import sqlalchemy as sa

from service.database import Instant, Words

TABLES = sa.MetaData()

CONVERSATIONS = sa.Table(
    "conversations",
    TABLES,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("created", Instant, nullable=False),
    sa.Column("owner", sa.String(128), nullable=False, server_default="local"),
    sa.Column("title", Words),
    sa.Column("article_id", sa.String(64)),
)
TURNS = sa.Table(
    "turns",
    TABLES,
    sa.Column(
        "conversation_id",
        sa.ForeignKey("conversations.id", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("asked_at", Instant, nullable=False),
    sa.Column("question", Words, nullable=False),
    sa.Column("query", sa.JSON, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("cited", sa.JSON, nullable=False),
    sa.Column("answer_id", sa.String(64), nullable=False, unique=True),
    sa.Column("answer", sa.Text, nullable=False),
)
FEEDBACK = sa.Table(
    "feedback",
    TABLES,
    sa.Column("answer_id", sa.ForeignKey("turns.answer_id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("snapshot", sa.String(64), nullable=False),
    sa.Column("given_at", Instant, nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("marker", sa.Integer),
    sa.Column("comment", Words, nullable=False),
    sa.Column("key", sa.String(64)),
    sa.UniqueConstraint("answer_id", "key"),
)
RETRACTIONS = sa.Table(
    "retractions",
    TABLES,
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("pmids", sa.JSON, nullable=False),
    sa.Column("dois", sa.JSON, nullable=False),
    sa.Column("nature", sa.String(32), nullable=False),
    sa.Column("date", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("notice", sa.Text, nullable=False),
)
RETRACTIONS_LOADED = sa.Table(
    "retractions_loaded",
    TABLES,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("loaded_at", Instant, nullable=False),
)
API_KEYS = sa.Table(
    "api_keys",
    TABLES,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("name", Words, nullable=False),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column("scopes", sa.JSON, nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant),
    sa.Column("revoked", Instant),
    sa.Column("used", Instant),
)
SESSIONS = sa.Table(
    "sessions",
    TABLES,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("key_id", sa.ForeignKey("api_keys.id", ondelete="CASCADE"), nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant, nullable=False),
)
ARTICLES = sa.Table(
    "articles",
    TABLES,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("owner", sa.String(128), nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("updated", Instant, nullable=False),  # of its last move: the order of the list
)
ARTICLE_VERSIONS = sa.Table(
    "article_versions",
    TABLES,
    sa.Column("article_id", sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("author", sa.String(128), nullable=False),
    sa.Column("note", Words, nullable=False),
    sa.Column("question", Words, nullable=False),
    sa.Column("query", sa.JSON, nullable=False),
    sa.Column("outcome", sa.String(16), nullable=False),
    sa.Column("cited", sa.JSON, nullable=False),
    sa.Column("answer", sa.Text, nullable=False),
)
ARTICLE_MOVES = sa.Table(
    "article_moves",
    TABLES,
    sa.Column("article_id", sa.ForeignKey("articles.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(128), nullable=False),
    sa.Column("was", sa.String(16)),
    sa.Column("now", sa.String(16), nullable=False),
    sa.Column("why", Words, nullable=False),
    sa.Column("changes", sa.JSON, nullable=False),
)
ARTICLE_COMMENTS = sa.Table(
    "article_comments",
    TABLES,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("article_id", sa.ForeignKey("articles.id", ondelete="CASCADE"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("statement", sa.String(64)),
    sa.Column("at", Instant, nullable=False),
    sa.Column("by", sa.String(128), nullable=False),
    sa.Column("comment", Words, nullable=False),
    sa.Column("resolved_at", Instant),
    sa.Column("resolved_by", sa.String(128)),
)
SHARES = sa.Table(
    "shares",
    TABLES,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("digest", sa.String(64), nullable=False, unique=True),
    sa.Column(
        "conversation_id", sa.ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False
    ),
    sa.Column("turns", sa.Integer, nullable=False),
    sa.Column("owner", sa.String(128), nullable=False),
    sa.Column("created", Instant, nullable=False),
    sa.Column("expires", Instant, nullable=False),
    sa.Column("revoked", Instant),
)
