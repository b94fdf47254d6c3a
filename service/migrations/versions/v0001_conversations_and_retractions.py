"""
Conversations with their turns, and the table of retractions.

Databases made before there were migrations have these tables: those are left as they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision: str | None = None


def upgrade() -> None:
    """Make the tables that are not there."""
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "turns",
        sa.Column(
            "conversation_id",
            sa.String(64),
            sa.ForeignKey("conversations.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("query", sa.JSON, nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("cited", sa.JSON, nullable=False),
        sa.Column("answer_id", sa.String(64), nullable=False, unique=True),
        sa.Column("answer", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "retractions",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("pmids", sa.JSON, nullable=False),
        sa.Column("dois", sa.JSON, nullable=False),
        sa.Column("nature", sa.String(32), nullable=False),
        sa.Column("date", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        if_not_exists=True,
    )
    op.create_table(
        "retractions_loaded",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        if_not_exists=True,
    )
