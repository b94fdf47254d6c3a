"""Routes: a reader's conversations as a page, and what a link to one shows; all in plain forms."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.exceptions import RequestValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from service.api.access import PUBLIC, needs, principal_of
from service.api.context import context_of
from service.api.cursors import Cursor, next_page
from service.api.forms import fields_of
from service.api.history import (
    LONGEST_SEARCH,
    LONGEST_TITLE,
    in_list,
    listed_json,
    one_page,
    share_json,
    share_url,
)
from service.api.pages import page, to_read
from service.api.recording import note
from service.api.tagging import FRESH
from service.asking import read_back
from service.principals import Scope
from service.serialising import Json
from service.shares import LONGEST_DAYS

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_AT_ONCE = 20
_UNLISTED = {"X-Robots-Tag": "noindex, nofollow"}


@router.get("/history", dependencies=[needs(Scope.ASK)])
def history(
    request: Request,
    q: Annotated[str, Query(max_length=LONGEST_SEARCH)] = "",
    cursor: Cursor = None,
) -> Response:
    """Show a reader their own conversations, the one last asked in first, and their links."""
    search = q.strip()
    found, last = one_page(request, search, cursor, _AT_ONCE)
    shares = context_of(request).runtime.shares
    links: dict[str, list[Json]] = {}
    for share in shares.all_of(principal_of(request)):
        links.setdefault(share.conversation_id, []).append(share_json(share))
    shown = {
        "conversations": [{**listed_json(one), "links": links.get(one.id, ())} for one in found],
        "search": search,
        "further": next_page("/history", last, {"q": search}) if last else None,
        "longest_search": LONGEST_SEARCH,
        "longest_title": LONGEST_TITLE,
        "days": shares.days,
        "longest_days": LONGEST_DAYS,
    }
    return page(request, "history.html", shown)


@router.post("/c/{conversation_id}/rename", dependencies=[needs(Scope.ASK)])
async def rename(request: Request, conversation_id: str) -> Response:
    """Call a conversation what the form says; nothing typed calls it by its first question."""
    title = fields_of(await request.body()).get("title", "").strip()
    if len(title) > LONGEST_TITLE:
        raise _wrong("title", f"a title has at most {LONGEST_TITLE} characters")
    conversations = context_of(request).runtime.conversations
    reader = principal_of(request)
    await run_in_threadpool(conversations.rename, conversation_id, title or None, reader)
    return _to_history(conversation_id)


@router.post("/c/{conversation_id}/share", dependencies=[needs(Scope.ASK)])
async def share(request: Request, conversation_id: str) -> Response:
    """Make a link and show it, this once."""
    days = fields_of(await request.body()).get("days", "")
    shares = context_of(request).runtime.shares
    wanted = int(days) if days.isascii() and days.isdigit() and len(days) < len("1000") else 0
    if days and not 1 <= wanted <= LONGEST_DAYS:
        raise _wrong("days", f"a link lasts 1 to {LONGEST_DAYS} days")
    reader = principal_of(request)

    def make() -> Response:
        made, token = shares.make(conversation_id, reader, days=wanted or None)
        note(request, conversation_id=conversation_id, share_id=made.id)
        shown = {**share_json(made), "url": share_url(request, token)}
        return page(request, "share.html", shown)

    return await run_in_threadpool(make)


@router.post("/shares/{share_id}/revoke", dependencies=[needs(Scope.ASK)])
def revoke(request: Request, share_id: str) -> Response:
    """Let a link show nothing any more, and lead back to the list."""
    context_of(request).runtime.shares.revoke(share_id, principal_of(request))
    note(request, share_id=share_id)
    return _to_history()


@router.post("/c/{conversation_id}/delete", dependencies=[needs(Scope.ASK)])
async def delete(request: Request, conversation_id: str) -> Response:
    """Say what would go, and ask; the answer to that deletes it, and leads to the list."""
    sure = fields_of(await request.body()).get("sure") == "yes"
    runtime, reader = context_of(request).runtime, principal_of(request)

    def work() -> Response:
        if sure:
            runtime.conversations.delete(conversation_id, reader)
            return _to_history()
        links = len(runtime.shares.of(conversation_id, reader))
        found = in_list(runtime.conversations, conversation_id, reader)
        return page(request, "delete.html", {**listed_json(found), "links": links})

    return await run_in_threadpool(work)


@router.get("/s/{token}", dependencies=[PUBLIC])
def shared(request: Request, token: str) -> Response:
    """Show what a link shows, to whoever has it: the link is the right, with accounts too."""
    found = context_of(request).runtime.shares.shown(token)
    turns = [to_read(read_back(stored)) for stored in found.turns]
    shown = {"turns": turns, "expires": found.expires.isoformat()}
    return page(request, "shared.html", shown, headers=_UNLISTED)


def _to_history(conversation_id: str | None = None) -> Response:
    where = f"#c-{conversation_id}" if conversation_id else ""
    return RedirectResponse(f"/history{where}", HTTPStatus.SEE_OTHER, FRESH)


def _wrong(field: str, says: str) -> RequestValidationError:
    return RequestValidationError([{"type": "form_invalid", "loc": ("body", field), "msg": says}])
