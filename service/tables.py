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
