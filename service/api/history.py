"""Routes: a reader's own conversations, what they are called, and the links that show them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query, Request
from pydantic import Field
from starlette.responses import JSONResponse, Response

from service.api.access import needs, principal_of
from service.api.context import context_of
from service.api.cursors import Cursor, Limit, Place, next_page, read_cursor
from service.api.documenting import problem_replies
from service.api.examples import RENAMES, SHARES
from service.api.fields import WHOLE
from service.api.recording import note
from service.api.shapes import Shape
from service.api.tagging import FRESH
from service.conversations import Conversations, Listed
from service.principals import Principal, Scope
from service.shares import LONGEST_DAYS, Share

router = APIRouter(prefix="/v1", tags=["Conversations"])

LONGEST_TITLE: Final = 200
LONGEST_SEARCH: Final = 200


class ListedReply(Shape):
    """
    A conversation in a list.

    `title` is what its owner calls it, or its first question; `last_asked` is when it was begun
    where nothing was asked.
    """

    conversation_id: str
    title: str
    created: str
    last_asked: str
    turns: int


class ConversationsReply(Shape):
    """Conversations, the one last asked in first; `next` is the address of the next page."""

    conversations: list[ListedReply]
    next: str | None


class RenameRequest(Shape):
    """What to call a conversation; null calls it by its first question."""

    title: Annotated[
        str | None,
        Field(
            max_length=LONGEST_TITLE,
            pattern=r"\S",
            description="Leave out whatever could identify a patient.",
        ),
    ]


class ShareRequest(Shape):
    """How long a link lasts; as long as the service's own setting says, where null."""

    days: Annotated[int, Field(ge=1, le=LONGEST_DAYS), WHOLE] | None = None


class ShareReply(Shape):
    """A link to a conversation; it shows the first `turns` of it."""

    share_id: str
    conversation_id: str
    created: str
    expires: str
    turns: int


class NewShareReply(ShareReply):
    """A new link; its `url` is told here and never again."""

    url: str


class SharesReply(Shape):
    """The links to a conversation that work, oldest first."""

    shares: list[ShareReply]


@router.get(
    "/conversations",
    dependencies=[needs(Scope.ASK)],
    operation_id="listConversations",
    summary="List your conversations",
    response_model=None,
    responses={
        200: {"model": ConversationsReply, "description": "The one last asked in comes first."},
        **problem_replies(422, 503),
    },
)
def list_conversations(
    request: Request,
    q: Annotated[
        str, Query(max_length=LONGEST_SEARCH, description="Words of a title or of a question.")
    ] = "",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response:
    """List whoever asks their own conversations; a reviewer's list holds no others' either."""
    search = q.strip()
    found, last = one_page(request, search, cursor, limit)
    wanted = {"q": search, "limit": limit}
    body = {
        "conversations": [listed_json(one) for one in found],
        "next": next_page("/v1/conversations", last, wanted) if last else None,
    }
    return JSONResponse(body, headers=FRESH)


@router.patch(
    "/conversations/{conversation_id}",
    dependencies=[needs(Scope.ASK)],
    operation_id="renameConversation",
    summary="Call a conversation something else",
    response_model=None,
    responses={
        200: {"model": ListedReply, "description": "As it is listed now."},
        **problem_replies(403, 404, 413, 422, 503),
    },
)
def rename_conversation(
    request: Request,
    conversation_id: str,
    body: Annotated[RenameRequest, Body(openapi_examples=RENAMES)],
) -> Response:
    """Give a conversation of yours a title, or its first question again."""
    conversations, reader = context_of(request).runtime.conversations, principal_of(request)
    conversations.rename(conversation_id, body.title and body.title.strip(), reader)
    return JSONResponse(listed_json(in_list(conversations, conversation_id, reader)), headers=FRESH)


@router.post(
    "/conversations/{conversation_id}/shares",
    dependencies=[needs(Scope.ASK)],
    operation_id="shareConversation",
    summary="Make a link to a conversation",
    status_code=201,
    response_model=None,
    responses={
        201: {"model": NewShareReply, "description": "Whoever has `url` may read, till `expires`."},
        **problem_replies(403, 404, 413, 422, 503),
    },
)
def share_conversation(
    request: Request,
    conversation_id: str,
    body: Annotated[ShareRequest, Body(openapi_examples=SHARES)],
) -> Response:
    """
    Make a link that shows a conversation as it is now, read-only, without signing in.

    Turns asked later are not shown by it. The service keeps no copy of the address.
    """
    shares = context_of(request).runtime.shares
    share, token = shares.make(conversation_id, principal_of(request), days=body.days)
    note(request, conversation_id=conversation_id, share_id=share.id)
    told = {**share_json(share), "url": share_url(request, token)}
    return JSONResponse(told, status_code=201, headers=FRESH)


@router.get(
    "/conversations/{conversation_id}/shares",
    dependencies=[needs(Scope.ASK)],
    operation_id="listShares",
    summary="List the links to a conversation",
    response_model=None,
    responses={
        200: {"model": SharesReply, "description": "Those that work, without their addresses."},
        **problem_replies(404, 503),
    },
)
def list_shares(request: Request, conversation_id: str) -> Response:
    """Return the links to a conversation of yours that have neither expired nor been revoked."""
    shares = context_of(request).runtime.shares.of(conversation_id, principal_of(request))
    return JSONResponse({"shares": [share_json(one) for one in shares]}, headers=FRESH)


@router.delete(
    "/shares/{share_id}",
    dependencies=[needs(Scope.ASK)],
    operation_id="revokeShare",
    summary="Let a link show nothing any more",
    status_code=204,
    response_model=None,
    responses={204: {"description": "It shows nothing."}, **problem_replies(403, 404, 503)},
)
def revoke_share(request: Request, share_id: str) -> Response:
    """Revoke a link of yours; it looks like one that never was."""
    context_of(request).runtime.shares.revoke(share_id, principal_of(request))
    note(request, share_id=share_id)
    return Response(status_code=204)


def one_page(
    request: Request, search: str, cursor: str | None, limit: int
) -> tuple[list[Listed], Place | None]:
    """Return a page of the reader's conversations, and its last place where more follow."""
    found = context_of(request).runtime.conversations.listed(
        principal_of(request), search=search, before=read_cursor(cursor), limit=limit + 1
    )
    page = found[:limit]
    return page, (page[-1].last, page[-1].id) if len(found) > limit else None


def in_list(conversations: Conversations, conversation_id: str, reader: Principal) -> Listed:
    """Return a conversation as it is listed. Raises NotFoundError."""
    found = conversations.conversation(conversation_id, reader)
    last = found.turns[-1].asked_at if found.turns else found.created
    return Listed(found.id, found.title, found.created, last, len(found.turns))


def share_url(request: Request, token: str) -> str:
    """Return the address of a link, on the host that was asked."""
    return f"{request.base_url}s/{token}"


def listed_json(listed: Listed) -> dict[str, Any]:
    """Return a conversation in a list as it is sent."""
    return {
        "conversation_id": listed.id,
        "title": listed.title,
        "created": _written(listed.created),
        "last_asked": _written(listed.last),
        "turns": listed.turns,
    }


def share_json(share: Share) -> dict[str, Any]:
    """Return a link as it is sent, without its address."""
    return {
        "share_id": share.id,
        "conversation_id": share.conversation_id,
        "created": _written(share.created),
        "expires": _written(share.expires),
        "turns": share.turns,
    }


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
