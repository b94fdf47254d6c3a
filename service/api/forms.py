"""What a form of the page sends, without JavaScript; read by hand, for it is three fields."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi.exceptions import RequestValidationError

from service.answers import Audience

_FIELDS = 8


@dataclass(frozen=True, slots=True)
class AskForm:
    """A question as it was typed, for whom, and in which conversation."""

    question: str
    audience: Audience
    conversation_id: str | None


def read_ask_form(body: bytes) -> AskForm:
    """
    Read an ``application/x-www-form-urlencoded`` body.

    Raises RequestValidationError for one that is not text or has too many fields. An unknown
    audience is read as the default one: nobody can type it on the page.
    """
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=_FIELDS, errors="strict")
    except ValueError as error:
        raise RequestValidationError(
            [{"type": "form_invalid", "loc": ("body",), "msg": "not a form of this page"}]
        ) from error
    given = {name: values[-1] for name, values in fields.items()}
    audience = given.get("audience", "")
    return AskForm(
        # Browsers send line ends as CRLF.
        question=given.get("question", "").replace("\r\n", "\n").strip(),
        audience=Audience(audience) if audience in set(Audience) else Audience.PHYSICIAN,
        conversation_id=given.get("conversation_id") or None,
    )
