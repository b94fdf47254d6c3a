"""The history and shared pages in a real Chromium: accessible, narrow, dark, without scripts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Locator, Page, expect

from service.api import create_app
from tests.e2e.states import AXE, CHROMIUM, Opened
from tests.sample_runtime import QUESTION, a_runtime
from tests.sample_server import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
NARROW = {"width": 320, "height": 640}
LONG = "Antidisestablishmentarianism" * 4


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A service of its own, with one conversation of two questions and one with a long name."""
    runtime, _ = a_runtime(tmp_path)
    with serving(create_app(runtime)) as running:
        first = httpx.post(f"{running}/v1/answers", json={"question": QUESTION}, timeout=30).json()
        follow = {"question": "and the injection?", "conversation_id": first["conversation_id"]}
        other = httpx.post(f"{running}/v1/answers", json={"question": LONG}, timeout=30).json()
        httpx.post(f"{running}/v1/answers", json=follow, timeout=30)
        assert other["conversation_id"] != first["conversation_id"]
        yield running
    runtime.close()


def listed(page: Page, title: str) -> Locator:
    """Return the entry of a conversation in the list."""
    return page.locator(".past > li").filter(has=page.get_by_role("link", name=title, exact=True))


def link_of(page: Page, title: str) -> str:
    """Share a conversation, and return the link's address."""
    page.goto("/history")
    item = listed(page, title)
    item.locator("summary", has_text="Share").click()
    item.get_by_role("button", name="Make a link").click()
    return page.locator("#link").input_value()


@pytest.mark.parametrize("scripted", [True, False])
def test_a_conversation_is_found_named_and_deleted(opened: Opened, scripted: bool) -> None:  # noqa: FBT001
    """With scripts and without them, by the same forms."""
    page = opened("/history", java_script_enabled=scripted)

    item = listed(page, QUESTION)
    item.locator("summary", has_text="Rename").click()
    item.get_by_label("Its title").fill("Grand rounds")
    item.get_by_role("button", name="Save").click()
    page.get_by_label("Words of a title or a question").fill("INJECTION")
    page.get_by_role("button", name="Search").click()
    expect(page.locator(".past h2")).to_have_text(["Grand rounds"])
    page.get_by_role("button", name="Delete…").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Delete “Grand rounds”?")
    page.get_by_role("button", name="Delete it").click()

    expect(page.locator(".past h2")).to_have_text([LONG])


def test_a_link_is_made_opened_and_revoked(opened: Opened) -> None:
    """Who opens it reads the questions, and finds nothing to press but what opens a citation."""
    page = opened("/history")
    address = link_of(page, QUESTION)
    reader = opened(address)

    questions = reader.locator(".turn > header h2").all_text_contents()
    page.goto("/history")
    page.get_by_role("button", name=re.compile("^Revoke")).click()

    expect(page.get_by_role("button", name=re.compile("^Revoke"))).to_have_count(0)
    assert questions == [QUESTION, "and the injection?"]
    assert reader.locator("form, textarea").count() == 0
    assert httpx.get(address).status_code == 404


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened: Opened, scheme: str) -> None:
    """On the list with every form open, a search, the confirmation, the link, and what it shows."""
    page = opened("/history", color_scheme=scheme)
    findings: list[object] = []

    def look() -> None:
        found = Axe().run(page, options=AXE).response["violations"]
        findings.extend((page.url, each["id"], each["nodes"]) for each in found)

    address = link_of(page, QUESTION)
    look()
    page.goto(address)
    look()
    page.goto("/history")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    look()
    page.goto("/history?q=nothing")
    look()
    page.goto("/history")
    page.get_by_role("button", name="Delete…").first.click()
    page.wait_for_selector("text=cannot be undone")
    look()

    assert findings == []


def test_nothing_scrolls_sideways_at_320_pixels(opened: Opened) -> None:
    """However long a title is, and every control is large enough to hit."""
    page = opened("/history", viewport=NARROW)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    widths = [page.evaluate("document.documentElement.scrollWidth")]
    small = page.evaluate(
        "[...document.querySelectorAll('main :is(button, input, summary)')]"
        ".map((e) => [e.textContent, e.getBoundingClientRect().height]).filter(([, h]) => h < 24)"
    )
    address = link_of(page, LONG)
    widths.append(page.evaluate("document.documentElement.scrollWidth"))
    page.goto(address)
    widths.append(page.evaluate("document.documentElement.scrollWidth"))

    assert widths == [320] * 3
    assert small == []


def test_the_keyboard_is_enough(opened: Opened) -> None:
    """A link is made and taken without a pointer."""
    page = opened("/history")

    page.locator("summary", has_text="Share").first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("0")  # what is selected there is replaced
    page.keyboard.press("Backspace")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    page.wait_for_selector("#link")

    assert "/s/" in page.locator("#link").input_value()
