"""What the forms of the page send, without JavaScript; read by hand, for it is a few fields."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi.exceptions import RequestValidationError

from service.answers import Audience
from service.api.feedback import LONGEST_COMMENT
from service.feedback import Feedback, Verdict

_FIELDS = 8
_DIGITS = 6


@dataclass(frozen=True, slots=True)
class AskForm:
    """A question as it was typed, for whom, in which conversation, about which article."""

    question: str
    audience: Audience
    conversation_id: str | None
    article_id: str | None


def read_ask_form(body: bytes) -> AskForm:
    """
    Read an ``application/x-www-form-urlencoded`` body.

    Raises RequestValidationError for one that is not text or has too many fields. An unknown
    audience is read as the default one: nobody can type it on the page.
    """
    given = fields_of(body)
    audience = given.get("audience", "")
    return AskForm(
        # Browsers send line ends as CRLF.
        question=given.get("question", "").replace("\r\n", "\n").strip(),
        audience=Audience(audience) if audience in set(Audience) else Audience.PHYSICIAN,
        conversation_id=given.get("conversation_id") or None,
        article_id=given.get("article_id") or None,
    )


def read_feedback_form(body: bytes) -> Feedback:
    """
    Read what a reader thinks of an answer, or of the reference ``marker``.

    Raises RequestValidationError for a form that is not the page's.
    """
    given = fields_of(body)
    marker, comment = (
        given.get("marker", ""),
        given.get("comment", "").replace("\r\n", "\n").strip(),
    )
    if given.get("verdict") not in set(Verdict):
        raise _wrong("verdict", "say whether it was helpful")
    if marker and not (marker.isascii() and marker.isdigit() and len(marker) <= _DIGITS):
        raise _wrong("marker", "not a number of a reference")
    if len(comment) > LONGEST_COMMENT:
        raise _wrong("comment", f"a reason has at most {LONGEST_COMMENT} characters")
    return Feedback(Verdict(given["verdict"]), int(marker) if marker else None, comment)


def fields_of(body: bytes) -> dict[str, str]:
    """
    Return the fields of an ``application/x-www-form-urlencoded`` body, the last of each name.

    Raises RequestValidationError for one that is not text or has too many fields.
    """
    try:
        fields = parse_qs(body.decode("ascii"), max_num_fields=_FIELDS, errors="strict")
    except ValueError as error:
        raise _wrong("body", "not a form of this page") from error
    return {name: values[-1] for name, values in fields.items()}


def _wrong(field: str, says: str) -> RequestValidationError:
    return RequestValidationError([{"type": "form_invalid", "loc": ("body", field), "msg": says}])
