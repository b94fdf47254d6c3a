"""
Examples for the OpenAPI document: one question each way, one success per operation.

Examplol is invented, so that no example can be mistaken for a fact about a medicine.
"""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

from service.api.examples_history import HISTORY

QUESTIONS: dict[str, Example] = {
    "first": {
        "summary": "A first question",
        "value": {"question": "What is the role of naltrexone for insomnia?"},
    },
    "follow-up": {
        "summary": "A follow-up, streamed",
        "value": {
            "question": "And in liver disease?",
            "conversation_id": "5f0c6b1e9a7d4c21b3e8f6a05d92c417",
            "audience": "pharmacist",
            "stream": True,
        },
    },
}

FEEDBACK: dict[str, Example] = {
    "helpful": {"summary": "A verdict alone", "value": {"verdict": "helpful"}},
    "citation": {
        "summary": "A reference that does not say it",
        "value": {
            "verdict": "wrong_citation",
            "marker": 2,
            "comment": "The label speaks of tablets, the answer of injections.",
        },
    },
}

RENAMES: dict[str, Example] = {
    "name": {"summary": "A name", "value": {"title": "Naltrexone and sleep"}},
}
SHARES: dict[str, Example] = {
    "default": {"summary": "As long as the service's setting says", "value": {}},
    "week": {"summary": "For a week", "value": {"days": 7}},
}

_SNAPSHOT = "20261123T090000Z-1a2b3c4d"
_QUESTION = "What is the airspeed of an unladen swallow?"
_ANSWER: dict[str, Any] = {
    "answer_id": "0b9f5c6c2f0e4d0f8a3f6f1f5f7d9c11",
    "conversation_id": "5f0c6b1e9a7d4c21b3e8f6a05d92c417",
    "asked_at": "2026-11-23T09:30:00Z",
    "question": _QUESTION,
    "answer": {
        "outcome": "declined",
        "reason": "Followup answers medical questions from guidelines, drug labels and studies; "
        "this does not read as one.",
        "decline": "out_of_scope",
        "understood_as": {
            "text": _QUESTION,
            "asked": _QUESTION,
            "drugs": [],
            "classes": [],
            "condition": None,
            "topics": [],
            "corrections": [],
            "carried": [],
            "choices": [],
            "notice": None,
        },
        "audience": "physician",
        "safety": [],
        "lead": None,
        "sections": [],
        "parts": [],
        "conflicts": [],
        "references": [],
        "follow_ups": [],
        "review": "Educational purpose only; not reviewed by a human",
        "disclaimer": {"version": "2026-11-23", "text": "Followup is a reference aid ..."},
        "provenance": {
            "snapshot": _SNAPSHOT,
            "corpus_date": "2026-11-20",
            "embedder": "all-MiniLM-L6-v2@53aa51172d14",
            "composer": "extractive/1",
            "settings": "2f1b6a0c9d3e",
            "searched": [],
            "retractions": "5d0f3b7c9a12",
        },
        "withheld": [],
        "timings": {"understanding": 0.8},
        "view": {
            "audience": "physician",
            "note": None,
            "headings": {
                "safety": "Safety first",
                "lead": "In short",
                "conflicts": "Where the sources disagree",
                "references": "References",
                "follow_ups": "You could ask next",
            },
            "unfolded": [],
            "terms": [],
            "glossary": "2026-11-24",
        },
    },
}
_FEEDBACK: dict[str, Any] = {
    "feedback_id": "c0a8f3d15b7e4926a1d4e8b70f3c2596",
    "answer_id": _ANSWER["answer_id"],
    "snapshot": _SNAPSHOT,
    "given_at": "2026-11-23T09:31:00Z",
    "verdict": "not_helpful",
    "marker": None,
    "comment": "It is a fair question.",
}
_SOURCE: dict[str, Any] = {
    "source_id": "label:examplol",
    "source_type": "label",
    "kind": "original",
    "summary_notice": None,
    "summary_of": None,
    "title": "Examplol tablets",
    "publisher": "Example Laboratories",
    "year": 2025,
    "status": "current",
    "url": "https://labels.example.org/examplol",
    "doi": None,
    "pmid": None,
    "pmcid": None,
    "journal": None,
    "design": None,
    "participants": None,
    "set_id": None,
    "version": "7",
    "effective": "2025-06-01",
    "labeler": "Example Laboratories",
    "superseded_by": [],
    "authors": [],
    "licence": None,
}
_TEXT = "Examplol is an example."
_DOCUMENT = "label:examplol@7"
_PASSAGE = "3f9c0d5b7a1e2c4d6f80"

REPLIES: dict[str, dict[str, Any]] = {
    **HISTORY,
    "ask": _ANSWER,
    "readAnswer": _ANSWER,
    "readConversation": {
        "conversation_id": _ANSWER["conversation_id"],
        "created": "2026-11-23T09:30:00Z",
        "title": _ANSWER["question"],
        "article_id": None,
        "turns": [_ANSWER],
    },
    "giveFeedback": _FEEDBACK,
    "listFeedback": {
        "feedback": [
            {
                **{name: value for name, value in _FEEDBACK.items() if name != "comment"},
                "commented": True,
                "question": _ANSWER["question"],
                "understood": _ANSWER["answer"]["understood_as"]["text"],
                "outcome": _ANSWER["answer"]["outcome"],
            }
        ],
        "next": None,
    },
    "readFeedback": {"answer_id": _ANSWER["answer_id"], "feedback": [_FEEDBACK]},
    "readPassage": {
        "passage_id": _PASSAGE,
        "document_id": _DOCUMENT,
        "snapshot": _SNAPSHOT,
        "source": _SOURCE,
        "header": "Examplol > Indications and Usage > 2025-06-01",
        "lead": "",
        "text": _TEXT,
        "start": 0,
        "end": len(_TEXT),
        "evidence": {
            "level": None,
            "direction": None,
            "strength": None,
            "certainty": None,
            "scheme": None,
            "population": None,
        },
        "section": {
            "headings": ["Indications and Usage"],
            "code": "34067-9",
            "text": _TEXT,
            "start": 0,
            "end": len(_TEXT),
        },
    },
    "listDocuments": {
        "snapshot": _SNAPSHOT,
        "documents": [{"document_id": _DOCUMENT, "source": _SOURCE}],
        "next": "/v1/documents?cursor=bGFiZWw6ZXhhbXBsb2xANw&limit=1",
    },
    "readDocument": {
        "document_id": _DOCUMENT,
        "snapshot": _SNAPSHOT,
        "source": _SOURCE,
        "superseded_by": None,
        "siblings": [],
        "needs_review": False,
        "origin": {
            "path": "labels/examplol.xml",
            "sha256": "0" * 64,
            "parser": "spl/1",
            "record": None,
        },
        "text": _TEXT,
        "sections": [
            {
                "headings": ["Indications and Usage"],
                "code": "34067-9",
                "start": 0,
                "end": len(_TEXT),
                "blocks": [{"kind": "prose", "lead": "", "text": _TEXT}],
            }
        ],
        "passages": [{"passage_id": _PASSAGE, "start": 0, "end": len(_TEXT)}],
    },
    "readSnapshot": {
        "snapshot": _SNAPSHOT,
        "content": "9b1c" * 16,
        "built": "2026-11-23T09:00:00Z",
        "corpus_date": "2026-11-20",
        "embedder": {
            "name": "all-MiniLM-L6-v2",
            "dimension": 384,
            "max_tokens": 256,
            "weights_sha256": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        },
        "splitter": "structure/1",
        "lexical": "tantivy/1",
        "parsers": {"spl": "1"},
        "documents": 1,
        "passages": {"guideline": 0, "label": 1, "study": 0},
    },
    "health": {"status": "ok"},
    "readiness": {"status": "ready", "snapshot": _SNAPSHOT, "fallback": False, "refused": None},
}
"""By operation id; each has the shape that its operation promises, which a test checks."""
