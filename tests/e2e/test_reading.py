"""What a reader does with an answer in a real Chromium: keys, copies, feedback, other readers."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.states import CHROMIUM, Opened, ask, shown
from tests.sample_runtime import LABEL, QUESTION, FakeLive

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
CLIPBOARD = ["clipboard-read", "clipboard-write"]


def tab_to(page: Page, name: str | re.Pattern[str]) -> None:
    """Press Tab until the button or link of that name has the focus, as a reader would."""
    wanted = page.get_by_role("button", name=name).or_(page.get_by_text(name, exact=True)).first
    for _ in range(80):
        if wanted.evaluate("e => e === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{name} cannot be reached")


def test_the_keyboard_is_enough(opened: Opened, live: FakeLive) -> None:
    """Ask, open citation 1, close it, ask a suggested question, copy, print: keys alone."""
    page = opened(permissions=CLIPBOARD)
    page.evaluate("window.print = () => { document.title = 'printed'; }")
    page.keyboard.press("/")
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(page.locator(".turn:not([aria-busy])")).to_have_count(1)
    expect(page.locator("#question")).to_be_focused()

    first = re.compile("Reference 1")
    page.evaluate("document.activeElement.blur()")
    page.locator("#latest").focus()
    page.keyboard.press("Enter")
    tab_to(page, first)
    page.keyboard.press("Enter")
    expect(page.locator(".citation:popover-open")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".citation:popover-open")).to_have_count(0)
    expect(page.get_by_role("button", name=first).first).to_be_focused()

    tab_to(page, "What is the dose of zorvanex?")
    page.keyboard.press("Enter")
    expect(page.locator(".turn:not([aria-busy])")).to_have_count(2)
    assert live.answerer.heard[-1][0] == "What is the dose of zorvanex?"

    expect(page.locator(".turn").last).to_be_focused()
    tab_to(page, "Copy with references")
    page.keyboard.press("Enter")
    expect(page.locator("#status")).to_have_text("Answer copied, with its references.")
    tab_to(page, "Print")
    page.keyboard.press("Enter")
    expect(page).to_have_title("printed")


def test_single_keys_go_from_citation_to_citation_and_can_be_switched_off(opened: Opened) -> None:
    """Brackets move; "?" opens the settings, where they are switched off (WCAG 2.1.4)."""
    page = opened()
    ask(page)
    page.evaluate("document.activeElement.blur()")
    cites = page.locator(".turn .cite:visible")

    page.keyboard.press("]")
    page.keyboard.press("]")
    expect(cites.nth(1)).to_be_focused()
    page.keyboard.press("[")
    expect(cites.nth(0)).to_be_focused()
    page.keyboard.press("?")
    page.get_by_label("Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.keyboard.press("/")
    page.keyboard.press("]")

    assert page.evaluate("document.activeElement === document.body")


def test_keys_typed_into_a_question_are_text(opened: Opened) -> None:
    """No key of one character does anything while somebody types."""
    page = opened()
    page.locator("#question").press_sequentially("a/b [c] d?")

    expect(page.locator("#question")).to_have_value("a/b [c] d?")
    expect(page.locator("#settings")).to_be_hidden()


def test_an_answer_is_copied_with_its_references(opened: Opened, address: str) -> None:
    """What is copied is the server's own plain-text export."""
    page = opened(permissions=CLIPBOARD)
    ask(page)
    answer_id = page.locator(".turn").get_attribute("id")

    page.get_by_role("button", name="Copy with references").click()

    expect(page.locator("#status")).to_have_text("Answer copied, with its references.")
    export = httpx.get(f"{address}/v1/answers/{answer_id}/export", params={"format": "txt"})
    assert page.evaluate("navigator.clipboard.readText()") == export.text
    assert LABEL.source.title in export.text


def test_a_citation_is_copied(opened: Opened) -> None:
    """One line: title, who says it, year, version, section, address."""
    page = opened(permissions=CLIPBOARD)
    ask(page)
    page.get_by_role("button", name=re.compile("Reference 2")).last.click()

    page.locator(".citation:popover-open").get_by_role("button", name="Copy citation").click()

    expect(page.locator("#status")).to_have_text("Citation copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Zorvanex (zorvaxone) tablets. Example Laboratories. 2025. Version 7.")
    assert "Set id zorvanex-set-id" in copied


def test_every_export_is_there(opened: Opened, address: str) -> None:
    """Each link of the menu leads to a file."""
    page = opened(java_script_enabled=False)
    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("button", name="Export").click()

    links = page.locator(".menu:popover-open a").evaluate_all(
        "all => all.map((one) => one.getAttribute('href'))"
    )

    assert len(links) == 6
    assert {httpx.get(address + link).status_code for link in links} == {200}


def given(page: Page, address: str) -> list[tuple[str, int | None, str]]:
    """Return the feedback that is kept with the answer shown."""
    answer_id = page.locator(".turn").first.get_attribute("id")
    kept = httpx.get(f"{address}/v1/answers/{answer_id}/feedback").json()["feedback"]
    return [(one["verdict"], one["marker"], one["comment"]) for one in kept]


def _helpful(page: Page) -> None:
    page.get_by_role("button", name="Helpful", exact=True).click()


def _not_helpful(page: Page) -> None:
    page.get_by_text("Not helpful").click()
    page.get_by_label("What is missing or wrong?").fill("No dose.")
    page.locator(".feedback").get_by_role("button", name="Send").click()


def _wrong_citation(page: Page) -> None:
    page.get_by_role("button", name=re.compile("Reference 3")).first.click()
    panel = page.locator(".citation:popover-open")
    panel.get_by_text("This citation is wrong").click()
    panel.get_by_label("What is wrong with it?").fill("Another trial.")
    panel.get_by_role("button", name="Send").click()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize(
    ("give", "kept"),
    [
        (_helpful, ("helpful", None, "")),
        (_not_helpful, ("not_helpful", None, "No dose.")),
        (_wrong_citation, ("wrong_citation", 3, "Another trial.")),
    ],
)
def test_what_a_reader_thinks_is_kept_and_confirmed(
    opened: Opened,
    address: str,
    give: Callable[[Page], None],
    kept: tuple[str, int | None, str],
    *,
    scripts: bool,
) -> None:
    """By a form without scripts and in place with them; a status says that it is kept."""
    page = opened(java_script_enabled=scripts)
    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn:not([aria-busy]) .feedback")).to_have_count(1)

    give(page)

    expect(page.locator(".thanks[role=status]").first).to_contain_text("Thank you")
    assert given(page, address) == [kept]


@pytest.mark.parametrize(
    "form", [{"verdict": "splendid"}, {"verdict": "helpful", "marker": "x"}, {}]
)
def test_a_form_that_is_not_the_pages_is_refused(address: str, form: dict[str, str]) -> None:
    """With a page that says so, and nothing is kept."""
    asked = httpx.post(f"{address}/v1/answers", json={"question": QUESTION}).json()
    where = f"{address}/answers/{asked['answer_id']}/feedback"

    reply = httpx.post(where, data=form, headers={"Accept": "text/html"})

    assert reply.status_code == 422
    assert reply.headers["content-type"].startswith("text/html")
    kept = httpx.get(f"{address}/v1/answers/{asked['answer_id']}/feedback").json()
    assert kept["feedback"] == []


@pytest.mark.parametrize(
    ("typed", "kind"),
    [
        ("MRN 00123456: dose of zorvanex?", "a record number"),
        ("Patient, DOB 04/12/1956, on zorvanex", "a date of birth"),
        ("born on 4 December 1956", "a date of birth"),
        ("call 555-123-4567", "a telephone number"),
        ("her SSN is 123-45-6789", "a social security number"),
        ("write to jane.doe@example.org", "an email address"),
    ],
)
def test_what_could_name_a_patient_is_pointed_out(opened: Opened, typed: str, kind: str) -> None:
    """A hint before anything is sent; it goes with its cause, and never stands in the way."""
    page = opened()

    page.fill("#question", typed)
    expect(page.locator("#identifying")).to_contain_text(kind)
    page.fill("#question", "zorvanex 500 mg 2019-2020, 1 of 250-300 patients")
    expect(page.locator("#identifying")).to_be_hidden()
    page.fill("#question", typed)
    page.press("#question", "Enter")

    expect(page.locator(".turn:not([aria-busy])")).to_have_count(1)


def test_the_page_is_of_use_before_its_script_is_there(opened: Opened) -> None:
    """While the script is still on its way the form asks by itself."""
    page = opened("about:blank")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/static/page.js", hold)
    page.goto("/", wait_until="commit")

    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click(no_wait_after=True)

    expect(page.locator(".references > ol > li")).to_have_count(3)
    page.locator(".section .cite").first.click()
    expect(page.locator(".citation:popover-open mark")).to_be_visible()
    for route in held:
        route.fulfill(content_type="text/javascript", body="")


def test_a_form_gives_the_same_references_as_json(opened: Opened, address: str) -> None:
    """Without scripts: the same titles and numbers that the API returns."""
    page = opened(java_script_enabled=False)
    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    reply = httpx.post(f"{address}/v1/answers", json={"question": QUESTION}).json()

    entries = page.locator(".references li:has(> .number)")
    listed = [
        (entry.locator(".number").inner_text(), entry.locator(".title").inner_text())
        for entry in entries.all()
    ]

    told = reply["answer"]["references"]
    assert listed == [(f"{one['marker']}.", one["title"]) for one in told]


def test_an_outdated_source_is_loud_beside_what_it_says(opened: Opened) -> None:
    """Superseded and retracted: at the marker, in the popover and in the references, in words."""
    page = opened()
    ask(page, "superseded and retracted sources")

    said = page.locator(".statements > li")
    expect(said.nth(0).locator(".statement .tag.loud")).to_have_text("Superseded")
    expect(said.last.locator(".statement .tag.loud")).to_have_text("Retracted")
    expect(page.locator(".references .tag.loud")).to_have_text(["Superseded", "Retracted"])
    said.last.locator(".cite").click()
    expect(page.locator(".citation:popover-open .tag.loud")).to_have_text("Retracted")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_stored_answer_is_shown_to_another_reader(opened: Opened, *, scripts: bool) -> None:
    """Headings and words are a patient's; what is quoted, and its numbers, stay."""
    page = opened(java_script_enabled=scripts)
    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn:not([aria-busy]) .references")).to_have_count(1)
    marks = page.locator(".turn mark").all_text_contents()

    page.get_by_label("Shown for").select_option(label="Patient or caregiver")
    page.get_by_role("button", name="Show").click()

    expect(page.locator(".safety h3")).to_have_text("Safety first: read this")
    expect(page).to_have_url(re.compile("audience=patient"))
    assert sorted(page.locator(".turn mark").all_text_contents()) == sorted(marks)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_word_is_explained_where_it_stands(opened: Opened, *, scripts: bool) -> None:
    """A patient's clinical words open what they mean, with its source; paper lists them."""
    page = opened(java_script_enabled=scripts)
    page.get_by_label("Which best describes you?").select_option(label="Patient or caregiver")
    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn:not([aria-busy]) .references")).to_have_count(1)

    page.get_by_role("button", name="contraindicated", exact=True).click()

    panel = page.locator(".terms .citation:popover-open")
    expect(panel.locator("dfn")).to_have_text("contraindicated")
    expect(panel.get_by_role("link")).to_have_attribute("href", re.compile("^https://"))
    page.keyboard.press("Escape")
    page.emulate_media(media="print")
    expect(page.locator(".terms dfn").first).to_be_visible()


def test_one_answer_of_a_conversation_has_its_own_address(opened: Opened, address: str) -> None:
    """With its id the page holds it alone; with another it is not there."""
    page = opened()
    ask(page)
    ask(page, "of nothing")
    second = page.locator(".turn").last.get_attribute("id")
    where = page.url

    page.goto(f"{where}?turn={second}")

    expect(page.locator(".turn")).to_have_count(1)
    assert "ofnothing" in shown(page)
    assert httpx.get(f"{address}{httpx.URL(where).path}?turn=none").status_code == 404


def test_the_latest_answer_is_a_jump_away(opened: Opened) -> None:
    """The second link of the page leads to the last answer, also to one that streamed in."""
    page = opened()
    ask(page)
    ask(page, "of nothing")

    page.locator("#latest").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".turn").last).to_be_focused()
    expect(page.locator(".turn").last.locator("h2")).to_be_in_viewport()


def test_an_open_citation_stays_open_when_the_answer_is_whole(
    opened: Opened, live: FakeLive
) -> None:
    """It can be read while the answer is still made; then it gets its badges, in its place."""
    page = opened()
    live.answerer.hold.clear()
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    page.locator(".safety .cite").first.click()
    panel = page.locator(".citation:popover-open")
    expect(panel.locator("mark")).to_be_visible()

    live.answerer.hold.set()

    expect(page.locator(".turn:not([aria-busy])")).to_have_count(1)
    expect(panel.locator(".tag").first).to_have_text("FDA drug label")
    expect(page.locator(".safety .cite").first).to_be_focused()


def test_an_answer_that_cannot_be_fetched_whole_is_not_lost(opened: Opened) -> None:
    """What has streamed in stays, with a link to the whole of it."""
    page = opened()
    page.route("**/c/*?turn=*", lambda route: route.fulfill(status=204))

    ask(page)

    expect(page.locator(".turn .statement").first).to_be_visible()
    page.unroute("**/c/*?turn=*")
    page.get_by_role("link", name="Open it with its references").click()
    expect(page.locator(".references li").first).to_be_visible()
