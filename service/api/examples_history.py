"""Examples for the API document: conversations in a list, and links to them."""

from __future__ import annotations

from typing import Any

_LISTED: dict[str, Any] = {
    "conversation_id": "5e0c9b3a7d1f4c26b8e3a1d29f60c47b",
    "title": "Liver function under examplol",
    "created": "2026-11-23T09:30:00Z",
    "last_asked": "2026-11-23T09:34:12Z",
    "turns": 2,
}
_SHARE: dict[str, Any] = {
    "share_id": "b7f2d04c9a1e4f5388c6e2a90d17b354",
    "conversation_id": _LISTED["conversation_id"],
    "created": "2026-11-23T09:40:00Z",
    "expires": "2026-12-07T09:40:00Z",
    "turns": 2,
}

HISTORY: dict[str, dict[str, Any]] = {
    "listConversations": {
        "conversations": [_LISTED],
        "next": "/v1/conversations?limit=1&cursor=WyIyMDI2LTExLTIzVDA5OjM0OjEyKzAwOjAwIiwgIjUiXQ",
    },
    "renameConversation": _LISTED,
    "shareConversation": {
        **_SHARE,
        "url": "http://127.0.0.1:8000/s/Zm9yIGV4YW1wbGUgb25seSwgbm8gbGluayBvZiBvdXJz",
    },
    "listShares": {"shares": [_SHARE]},
}
"""By operation id."""
