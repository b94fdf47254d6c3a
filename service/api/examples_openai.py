"""Examples of the OpenAI-compatible layer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any

from fastapi.openapi.models import Example

CHATS: dict[str, Example] = {
    "first": {
        "summary": "A first question",
        "value": {
            "model": "followup",
            "messages": [
                {"role": "user", "content": "What is the role of naltrexone for insomnia?"}
            ],
        },
    },
    "follow-up": {
        "summary": "A follow-up, streamed, written for a pharmacist",
        "value": {
            "model": "followup-pharmacist",
            "messages": [
                {"role": "user", "content": "What is the role of naltrexone for insomnia?"},
                {"role": "assistant", "content": "…"},
                {"role": "user", "content": "And in liver disease?"},
            ],
            "stream": True,
            "stream_options": {"include_usage": True},
        },
    },
}

_MODEL: dict[str, Any] = {
    "id": "followup",
    "object": "model",
    "created": 1795392000,
    "owned_by": "followup",
}
_CONTENT = (
    "## From the FDA Drug Label\n\n“Examplol is an example.” [1]\n\n"
    "**References**\n\n- [1] Examplol tablets. Example Laboratories (FDA drug label · 2025) "
    "<https://labels.example.org/examplol>\n\n"
    "Educational purpose only; not reviewed by a human\n\n"
    "Disclaimer (2026-11-23): Followup is a reference aid ..."
)
_AT = _CONTENT.index("[1]")

REPLIES: dict[str, dict[str, Any]] = {
    "listModels": {"object": "list", "data": [_MODEL]},
    "readModel": _MODEL,
    "chat": {
        "id": "chatcmpl-0b9f5c6c2f0e4d0f8a3f6f1f5f7d9c11",
        "created": 1795513800,
        "model": "followup",
        "system_fingerprint": "20261123T090000Z-1a2b3c4d",
        "object": "chat.completion",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": _CONTENT,
                    "refusal": None,
                    "annotations": [
                        {
                            "type": "url_citation",
                            "url_citation": {
                                "url": "https://labels.example.org/examplol",
                                "title": "Examplol tablets",
                                "start_index": _AT,
                                "end_index": _AT + 3,
                            },
                        }
                    ],
                },
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {"prompt_tokens": 9, "completion_tokens": 61, "total_tokens": 70},
        "followup": {
            "answer_id": "0b9f5c6c2f0e4d0f8a3f6f1f5f7d9c11",
            "conversation_id": "5f0c6b1e9a7d4c21b3e8f6a05d92c417",
            "outcome": "answered",
        },
    },
}
"""By operation id."""
