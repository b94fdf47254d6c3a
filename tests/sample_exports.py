"""An answer as the Markdown file that is exported of it."""

from __future__ import annotations

from service.answers import Answer
from service.exporting.exports import Export
from service.exporting.markdown import as_markdown
from service.serialising import as_json


def in_markdown(answer: Answer) -> str:
    """Return *answer* as its export in Markdown."""
    question = answer.query.bare
    turn = {"question": question, "asked_at": "2026-11-24T10:00:00Z", "answer": as_json(answer)}
    return as_markdown(Export(question, (turn,)))
