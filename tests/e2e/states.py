"""Every state of the answer page, and the way to it; tested for findings, and shown in pictures."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.sample_runtime import LABEL, QUESTION, FakeLive

CHROMIUM = shutil.which("chromium")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
AXE = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
State = Callable[[Page, FakeLive], None]
Opened = Callable[..., Page]
"""Opens a path of the service, in a context with the options given."""


def ask(page: Page, question: str = QUESTION) -> None:
    """Type a question, send it with Enter, and wait until its answer is whole."""
    turns = page.locator(".turn").count()
    page.fill("#question", question)
    page.press("#question", "Enter")
    whole = page.locator(".turn:not([aria-busy])")
    expect(whole).to_have_count(turns + 1)


def shown(page: Page) -> str:
    """Return the text of every turn, hidden panels too, without white space: it is layout."""
    return "\n".join(re.sub(r"\s+", "", turn) for turn in page.locator(".turn").all_text_contents())


def _empty(page: Page, _: FakeLive) -> None:
    expect(page.locator("#question")).to_be_visible()


def _identifying(page: Page, _: FakeLive) -> None:
    page.fill("#question", "MRN 00123456, dose of zorvanex?")
    expect(page.locator("#identifying")).to_contain_text("a record number")


def _streaming(page: Page, live: FakeLive) -> None:
    live.answerer.hold.clear()
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    expect(page.locator(".turn .statement").first).to_be_visible()


def _stopped(page: Page, live: FakeLive) -> None:
    _streaming(page, live)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".turn [role=alert]")).to_be_visible()
    live.answerer.hold.set()


def _asked(question: str = QUESTION) -> State:
    return lambda page, _: ask(page, question)


def _popover(page: Page, _: FakeLive) -> None:
    ask(page)
    page.get_by_role("button", name=re.compile("Reference 3")).first.click()
    expect(page.locator(".citation:popover-open")).to_be_visible()


def _wrong_citation(page: Page, live: FakeLive) -> None:
    _popover(page, live)
    page.locator(".citation:popover-open").get_by_text("This citation is wrong").click()


def _conflict(page: Page, _: FakeLive) -> None:
    ask(page)
    page.locator(".conflict").scroll_into_view_if_needed()


def _feedback(page: Page, _: FakeLive) -> None:
    ask(page)
    page.get_by_text("Not helpful").click()


def _thanked(page: Page, _: FakeLive) -> None:
    ask(page)
    page.get_by_role("button", name="Helpful", exact=True).click()
    expect(page.locator(".thanks")).to_be_visible()
    page.locator(".thanks").scroll_into_view_if_needed()


def _editing(page: Page, _: FakeLive) -> None:
    ask(page)
    page.get_by_text("Edit the question").click()


def _exporting(page: Page, _: FakeLive) -> None:
    ask(page)
    page.get_by_role("button", name="Export").click()


def _settings(page: Page, _: FakeLive) -> None:
    page.get_by_role("button", name="Settings").click()
    expect(page.locator("#settings")).to_be_visible()


def _patient(page: Page, _: FakeLive) -> None:
    ask(page)
    page.select_option("#reader-audience", label="Patient or caregiver")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".term").first).to_be_visible()


def _term(page: Page, live: FakeLive) -> None:
    _patient(page, live)
    page.locator(".term").first.click()
    expect(page.locator(".terms .citation:popover-open")).to_be_visible()


def _conversation(page: Page, _: FakeLive) -> None:
    ask(page)
    ask(page, "of nothing")


def _document(page: Page, _: FakeLive) -> None:
    page.goto(f"/documents/{LABEL.id}?passage=label0000000000000004#p-label0000000000000004")
    expect(page.locator("mark")).to_be_visible()


def _history(page: Page, _: FakeLive) -> None:
    ask(page)
    page.get_by_role("link", name="History").click()
    expect(page.locator(".past > li").first).to_be_visible()
    page.locator(".past summary", has_text="Rename").first.click()


def _link(page: Page, _: FakeLive) -> None:
    ask(page)
    page.get_by_role("button", name="Share a read-only link").click()
    expect(page.locator("#link")).to_be_visible()


def _shared(page: Page, live: FakeLive) -> None:
    _link(page, live)
    page.goto(page.locator("#link").input_value())
    expect(page.locator(".turn")).to_be_visible()


def _deleting(page: Page, _: FakeLive) -> None:
    ask(page)
    page.get_by_role("button", name="Delete this conversation").click()
    expect(page.get_by_role("button", name="Delete it")).to_be_visible()


def _printed(page: Page, _: FakeLive) -> None:
    ask(page)
    page.emulate_media(media="print")


STATES: dict[str, State] = {
    "empty": _empty,
    "identifying": _identifying,
    "streaming": _streaming,
    "stopped": _stopped,
    "answered": _asked(),
    "popover": _popover,
    "wrong-citation": _wrong_citation,
    "conflict": _conflict,
    "superseded": _asked("superseded and retracted sources"),
    "feedback": _feedback,
    "thanked": _thanked,
    "editing": _editing,
    "exporting": _exporting,
    "settings": _settings,
    "patient": _patient,
    "term": _term,
    "declined": _asked("of nothing"),
    "clarify": _asked("which one"),
    "several": _asked("several at once"),
    "error": _asked("please fail"),
    "conversation": _conversation,
    "document": _document,
    "history": _history,
    "link": _link,
    "shared": _shared,
    "deleting": _deleting,
    "printed": _printed,
}
WHOLE = frozenset(
    {"empty", "answered", "superseded", "patient", "declined", "clarify", "several", "printed"}
)
"""The states whose pictures show the page from top to bottom; the others show a window of it."""
