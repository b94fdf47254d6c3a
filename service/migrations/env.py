"""What Alembic runs around the steps: on the connection, and in the transaction, that is given."""

from __future__ import annotations

from alembic import context

from service.tables import TABLES

context.configure(connection=context.config.attributes["connection"], target_metadata=TABLES)
context.run_migrations()
