"""Example of a knowledge response, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

_ADDRESS = "/?question=What+is+examplol+used+for%3F&audience=physician"
_QUESTION = {"type": "text", "_value": "What is examplol used for?"}

REPLIES: dict[str, dict[str, Any]] = {
    "infobutton": {
        "feed": {
            "base": "http://127.0.0.1:8000/",
            "lang": "en",
            "title": {"type": "text", "_value": "Followup"},
            "id": _ADDRESS,
            "updated": "2026-11-23T09:30:00Z",
            "category": [{"scheme": "mainSearchCriteria.v.dn", "term": "examplol"}],
            "entry": [
                {
                    "id": _ADDRESS,
                    "title": _QUESTION,
                    "link": [{"href": _ADDRESS, "rel": "alternate"}],
                    "updated": "2026-11-23T09:30:00Z",
                    "summary": {
                        "type": "text/markdown",
                        "_value": "## From the FDA Drug Label\n\n“Examplol is an example.” [1]\n\n",
                    },
                }
            ],
        }
    },
}
"""By operation id."""
