"""Examples of articles and their review for the OpenAPI document; Examplol is invented."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

from service.api import examples

_ID = "9d3b1c7e5f2a4860b7c1d2e3f4a5b6c7"
_KEY = "3f9c0d5b7a1e2c4d"
_REVIEW = "Educational purpose only; not reviewed by a human. Status: Submitted"
ARTICLES: dict[str, Example] = {
    "question": {
        "summary": "From a question",
        "value": {"question": "What is the role of naltrexone for insomnia?"},
    },
    "answer": {
        "summary": "From an answer",
        "value": {"answer_id": "0b9f5c6c2f0e4d0f8a3f6f1f5f7d9c11"},
    },
}
VERSIONS: dict[str, Example] = {
    "edit": {
        "summary": "One statement in other words, the rest left out",
        "value": {
            "based_on": 1,
            "note": "Shorter.",
            "statements": [{"key": _KEY, "text": "Examplol is but an example."}],
        },
    },
    "recompose": {
        "summary": "Answered anew on the live snapshot",
        "value": {"based_on": 1, "note": "The label has a new version.", "recompose": True},
    },
}
MOVES: dict[str, Example] = {
    "forward": {"summary": "Take it up", "value": {"to": "under_review", "version": 1}},
    "back": {
        "summary": "Give it back",
        "value": {"to": "submitted", "version": 1, "why": "The dose of children is missing."},
    },
}
COMMENTS: dict[str, Example] = {
    "statement": {
        "summary": "About one statement",
        "value": {"version": 1, "statement": _KEY, "comment": "Which strength is meant?"},
    },
    "article": {"summary": "About all of it", "value": {"version": 1, "comment": "Good."}},
}

_ABOUT: dict[str, Any] = {
    "article_id": _ID,
    "question": "What is Examplol?",
    "status": "submitted",
    "version": 1,
    "approved_version": None,
    "created": "2026-11-24T09:00:00Z",
    "updated": "2026-11-24T09:00:00Z",
    "drugs": ["Examplol"],
    "condition": None,
    "outcome": "answered",
    "review": _REVIEW,
}
_CHANGE: dict[str, Any] = {
    "kind": "superseded",
    "passage_id": "3f9c0d5b7a1e2c4d6f80",
    "document_id": "label:examplol@7",
    "title": "Examplol tablets",
    "old": "Examplol is an example.",
    "new": "Examplol is one of two examples.",
    "by": "label:examplol@8",
    "before": "20261123T090000Z-1a2b3c4d",
    "after": "20261124T090000Z-5e6f7a8b",
}
_ARTICLE: dict[str, Any] = {
    **_ABOUT,
    "newest_version": 1,
    "author": "this machine",
    "note": "",
    "approved_by": None,
    "approved_at": None,
    "changes": [_CHANGE],
    "statements": [
        {"key": _KEY, "section": "label", "more": False, "text": "Examplol is an example."}
    ],
    "answer": {**examples.REPLIES["ask"]["answer"], "review": _REVIEW},
}
_COMMENT: dict[str, Any] = {
    "comment_id": "c0a8f3d15b7e4926a1d4e8b70f3c2596",
    "version": 1,
    "statement": _KEY,
    "at": "2026-11-24T09:05:00Z",
    "by": "A. Reviewer",
    "comment": "Which strength is meant?",
    "resolved_at": None,
    "resolved_by": None,
}

REPLIES: dict[str, dict[str, Any]] = {
    "makeArticle": _ARTICLE,
    "readArticle": _ARTICLE,
    "editArticle": _ARTICLE,
    "moveArticle": _ARTICLE,
    "listArticles": {
        "articles": [{**_ABOUT, "changes": 1}],
        "next": "/v1/articles?limit=1&cursor=MTc5NTUxMDgwMC45ZDNi",
    },
    "readHistory": {
        "article_id": _ID,
        "versions": [
            {
                "version": 1,
                "status": "submitted",
                "created": "2026-11-24T09:00:00Z",
                "author": "this machine",
                "note": "",
            }
        ],
        "moves": [
            {
                "version": 1,
                "at": "2026-11-24T09:00:00Z",
                "by": "this machine",
                "from": None,
                "to": "submitted",
                "why": "",
                "changes": [_CHANGE],
            }
        ],
    },
    "readComments": {"article_id": _ID, "comments": [_COMMENT]},
    "commentOnArticle": _COMMENT,
    "resolveComment": _COMMENT,
}
"""By operation id."""
