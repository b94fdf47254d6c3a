"""The page in a real Chromium, against a real server over the sample runtime."""

from __future__ import annotations

import io
import re
from pathlib import Path

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from service.api.templates import STATIC
from tests.e2e.states import AXE, CHROMIUM, STATES, Opened, ask, shown
from tests.sample_runtime import (
    AGAINST,
    BOXED,
    CONTRAINDICATED,
    DOCUMENTS,
    INSOMNIA,
    INSTEAD,
    LABEL,
    METHODS,
    QUESTION,
    SNAPSHOT,
    TRIAL,
    FakeLive,
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]


def test_an_answer_streams_into_the_page(opened: Opened) -> None:
    """Safety first, the lead, three sections, markers, references, follow-ups, disclaimer."""
    page = opened()

    ask(page)

    turn = page.locator(".turn")
    headings = turn.locator("h3").all_text_contents()
    assert headings == [
        "Safety first",
        "In short",
        "From the Guidelines",
        "From the FDA Drug Label",
        "From the Research",
        "Where the sources disagree",
        "References",
    ]
    expect(turn.locator(".lead")).to_contain_text(AGAINST)
    expect(turn.locator(".conflict .says")).to_contain_text(["adverse reaction", "less insomnia"])
    rows = turn.locator(".conflict tbody tr")
    expect(rows.first.locator("th, td")).to_have_text(
        ["population", "adults with insomnia", "not stated"]
    )
    for words in (BOXED, CONTRAINDICATED, AGAINST, INSOMNIA, TRIAL):
        expect(turn).to_contain_text(words)
    expect(turn).to_contain_text("Understood as: What is the role of zorvanex for insomnia?")
    expect(turn).to_contain_text("“Zorvanix” read as zorvanex (misspelling)")
    expect(turn.locator(".references .number")).to_have_text(["1.", "2.", "3."])
    expect(turn.locator(".references .tag")).to_contain_text(["Guideline", "2024"])
    expect(turn).to_contain_text("Educational purpose only; not reviewed by a human")
    expect(turn.locator(".closing")).to_contain_text("A reference aid")
    expect(page.locator(".offers button")).to_have_count(2)
    expect(page.locator("#status")).to_have_text("Answer ready: 3 sections, 3 references.")
    expect(page.locator("#question")).to_be_focused()
    assert re.search(r"/c/[0-9a-f]{32}$", page.url)


@pytest.mark.parametrize("question", [QUESTION, "of nothing", "which one", "several at once"])
def test_a_finished_answer_is_the_one_that_is_kept(opened: Opened, question: str) -> None:
    """What is shown in the end and what a reload shows say the same, word for word."""
    page = opened()
    ask(page, question)
    streamed = shown(page)
    offered = page.locator(".offers").all_inner_texts()

    page.reload()

    assert shown(page) == streamed
    assert page.locator(".offers").all_inner_texts() == offered


def test_a_marker_opens_the_passage_with_the_cited_words_marked(opened: Opened) -> None:
    """Title, badges and section path; the quote is marked within its passage; links lead there."""
    page = opened()
    ask(page)

    page.get_by_role("button", name=re.compile("Reference 3")).first.click()

    panel = page.locator(".citation:popover-open")
    expect(panel).to_have_count(1)
    expect(panel.locator("mark")).to_have_text(TRIAL)
    expect(panel.locator("blockquote")).to_have_text(f"{TRIAL} Nausea was more common.")
    expect(panel.locator(".where")).to_have_text("Results")
    expect(panel.locator(".tag")).to_have_text(
        ["Study", "2012", "Evidence level 2", "Older than 10 years"]
    )
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_summary_never_passes_for_a_quotation(opened: Opened) -> None:
    """Beside the statement, in the popover and in the references; and without quotation marks."""
    page = opened()
    notice = f"Project summary of {DOCUMENTS[0].source.summary_of}, not its words"
    ask(page)

    item = page.locator(".statements > li", has_text=AGAINST)
    expect(item.locator(".origin.brief")).to_have_text(notice)
    expect(item.locator(".statement")).not_to_contain_text("“")
    expect(page.locator(".statements > li", has_text=f"“{INSOMNIA}”")).to_have_count(1)
    expect(page.locator(".references li", has_text="1.").first).to_contain_text(notice)
    item.locator(".cite").click()
    expect(page.locator(".citation:popover-open .origin")).to_have_text(notice)


def test_a_passage_opens_in_its_document(opened: Opened) -> None:
    """The link of a popover opens the whole document at the passage, which is marked."""
    page = opened()
    ask(page)
    page.get_by_role("button", name=re.compile("Reference 2")).last.click()

    page.locator(".citation:popover-open").get_by_text("Read it in its document").click()

    expect(page.locator("h1")).to_have_text(LABEL.source.title)
    expect(page.locator("mark")).to_have_text(INSOMNIA)
    expect(page.locator("mark")).to_be_in_viewport()
    expect(page.locator(".document")).to_contain_text("Headache | 12% | 11%")


def test_a_follow_up_is_asked_by_its_button(opened: Opened, live: FakeLive) -> None:
    """It continues the conversation: two turns, and the answerer was given the first."""
    page = opened()
    ask(page)

    page.get_by_role("button", name="What is the dose of zorvanex?").click()

    expect(page.locator(".turn:not([aria-busy])")).to_have_count(2)
    question, history, _ = live.answerer.heard[-1]
    assert question == "What is the dose of zorvanex?"
    assert [turn.question for turn in history] == [QUESTION]


def test_a_choice_is_a_button(opened: Opened, live: FakeLive) -> None:
    """A question asked back is settled with one press."""
    page = opened()
    ask(page, "which one")
    expect(page.locator(".verdict")).to_contain_text("Please choose.")

    page.get_by_role("button", name="hydralazine", exact=True).click()

    expect(page.locator(".turn:not([aria-busy])")).to_have_count(2)
    assert live.answerer.heard[-1][0] == "What is the dose of hydralazine?"


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_understood_can_be_edited(
    opened: Opened, live: FakeLive, *, scripts: bool
) -> None:
    """The standalone question is edited in place and asked instead; or asked again as it is."""
    page = opened(java_script_enabled=scripts)
    page.fill("#question", QUESTION)
    page.get_by_role("button", name="Ask", exact=True).click()
    expect(page.locator(".turn:not([aria-busy])")).to_have_count(1)
    field = page.get_by_label("The question, as it was understood")

    page.get_by_text("Edit the question").click()
    expect(field).to_have_value("What is the role of zorvanex for insomnia?")
    field.fill("What is zorvanex for?")
    page.get_by_role("button", name="Ask this instead").click()

    expect(page.locator(".turn:not([aria-busy])")).to_have_count(2)
    assert live.answerer.heard[-1][0] == "What is zorvanex for?"
    page.get_by_role("button", name="Ask again").first.click()
    expect(page.locator(".turn:not([aria-busy])")).to_have_count(3)
    assert live.answerer.heard[-1][0] == "What is the role of zorvanex for insomnia?"


def test_the_reader_says_who_they_are(opened: Opened, live: FakeLive) -> None:
    """The audience chosen goes with the question."""
    page = opened()
    page.select_option("#audience", label="Patient or caregiver")

    ask(page)

    assert live.answerer.heard[-1][2] == "patient"


@pytest.mark.parametrize("by", ["button", "Escape"])
def test_stop_stops_the_answer(opened: Opened, live: FakeLive, address: str, by: str) -> None:
    """Half an answer is marked as stopped, the question is back in the box, nothing is stored."""
    page = opened()
    live.answerer.hold.clear()
    closed = live.answerer.closed
    before = httpx.get(f"{address}/v1/conversations").json()["conversations"]
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")
    expect(page.locator(".turn .statement").first).to_be_visible()
    expect(page.locator("#stop")).to_be_in_viewport(ratio=1)

    if by == "button":
        page.get_by_role("button", name="Stop").click()
    else:
        page.keyboard.press("Escape")

    expect(page.locator(".turn [role=alert]")).to_contain_text("Stopped.")
    expect(page.locator("#question")).to_have_value(QUESTION)
    expect(page.locator("#question")).to_be_focused()
    expect(page.locator("#status")).to_have_text("Stopped.")
    for _ in range(100):
        if live.answerer.closed > closed:
            break
        page.wait_for_timeout(10)
    assert live.answerer.closed == closed + 1
    assert page.url.endswith("/")
    assert httpx.get(f"{address}/v1/conversations").json()["conversations"] == before
    live.answerer.hold.set()
    ask(page)
    expect(page.locator(".turn")).to_have_count(2)


def test_an_error_is_told_and_the_question_kept(opened: Opened) -> None:
    """What went wrong is said in a sentence, where the answer would be."""
    page = opened()

    ask(page, "please fail")

    expect(page.locator(".turn [role=alert]")).to_contain_text("Something went wrong")
    expect(page.locator("#question")).to_have_value("please fail")


def listening(page: Page) -> None:
    """Note in ``window.heard`` what each live region is given, as a screen reader would."""
    page.evaluate(
        """() => {
          window.heard = {};
          for (const id of ['status', 'aloud']) {
            const region = document.getElementById(id), said = window.heard[id] = [];
            new MutationObserver((changes) => {
              for (const change of changes) for (const node of change.addedNodes) {
                if (node.textContent) said.push(node.textContent);
              }
            }).observe(region, {childList: true, characterData: true, subtree: true});
          }
        }"""
    )


@pytest.mark.parametrize("when", ["when it is complete", "section by section", "not by itself"])
def test_screen_readers_hear_each_sentence_once(opened: Opened, when: str) -> None:
    """Whole statements, none twice, apart from the status; the conversation is a silent log."""
    page = opened()
    page.get_by_role("button", name="Settings").click()
    page.get_by_label(when).check()
    page.keyboard.press("Escape")
    page.reload()
    listening(page)

    ask(page)
    expect(page.locator("#status")).to_contain_text("Answer ready")

    heard = page.evaluate("window.heard")
    assert heard["status"] == [
        "Searching the sources.",
        "Answer ready: 3 sections, 3 references.",
    ]
    said = (
        []
        if when == "not by itself"
        else [
            BOXED,
            CONTRAINDICATED,
            AGAINST,
            INSTEAD,
            INSOMNIA,
            TRIAL,
        ]
    )
    assert heard["aloud"] == said
    log = page.get_by_role("log", name="Conversation")
    expect(log).to_have_attribute("aria-live", "off")


def test_a_screen_reader_finds_its_way(opened: Opened) -> None:
    """Headings in order, markers that name their source, sides of a conflict in a table."""
    page = opened()
    ask(page)

    expect(page.get_by_role("article")).to_match_aria_snapshot(
        """
        - article "What is the role of Zorvanix for insomnia?":
          - heading "What is the role of Zorvanix for insomnia?" [level=2]
          - heading "Safety first" [level=3]
          - term: "Zorvanex: boxed warning"
          - definition:
            - paragraph:
              - 'button "Reference 2: Zorvanex (zorvaxone) tablets"'
          - heading "From the Guidelines" [level=3]
          - heading "From the FDA Drug Label" [level=3]
          - heading "From the Research" [level=3]
          - heading "Where the sources disagree" [level=3]
          - 'group "zorvaxone: insomnia"':
            - table:
              - rowgroup:
                - row:
                  - columnheader "FDA drug label [2]"
                  - columnheader "Study [3]"
              - rowgroup:
                - row:
                  - rowheader "population"
          - heading "References" [level=3]
        """
    )


def test_the_page_works_without_scripts(opened: Opened) -> None:
    """Form, answer, popover, follow-up and choice: the same references as with them."""
    scripted, plain = opened(), opened(java_script_enabled=False)
    ask(scripted)

    plain.fill("#question", QUESTION)
    plain.get_by_role("button", name="Ask", exact=True).click()

    expect(plain.locator(".turn")).to_have_count(1)
    there = scripted.locator(".references").all_inner_texts()
    assert plain.locator(".references").all_inner_texts() == there
    assert shown(plain) == shown(scripted)
    plain.locator(".section .cite").first.click()
    expect(plain.locator(".citation:popover-open mark")).to_have_text(AGAINST)
    plain.keyboard.press("Escape")
    plain.get_by_role("button", name="What is the dose of zorvanex?").click()
    expect(plain.locator(".turn")).to_have_count(2)


def test_an_empty_form_keeps_the_reader_on_the_page(address: str) -> None:
    """Where nothing checks the form before it is sent, the page says what is missing."""
    reply = httpx.post(f"{address}/ask", data={"question": " ", "audience": "nurse"})

    assert reply.status_code == 422
    assert reply.headers["content-type"].startswith("text/html")
    assert "type a question" in reply.text
    assert '<option value="nurse" selected>' in reply.text


def test_a_question_too_long_is_kept_in_the_box(address: str) -> None:
    """What was typed is not lost, and is escaped."""
    question = "<b>&amp;" + "x" * 2_500
    reply = httpx.post(f"{address}/ask", data={"question": question})

    assert reply.status_code == 422
    assert "&lt;b&gt;&amp;amp;" + "x" * 2_500 in reply.text


@pytest.mark.parametrize("path", ["/c/none", "/documents/none", "/nowhere", "/problems/none"])
def test_a_lost_reader_gets_a_page(address: str, path: str) -> None:
    """An address that is not there opens a page that says so, with the way back."""
    reply = httpx.get(f"{address}{path}", headers={"Accept": "text/html"})

    assert reply.status_code == 404
    assert reply.headers["content-type"].startswith("text/html")
    assert '<a class="wordmark" href="/">' in reply.text


def test_a_conversation_is_deleted_on_the_page(opened: Opened, address: str) -> None:
    """After the button says what would go, and is pressed again, nothing is there."""
    page = opened()
    ask(page)
    where = page.url

    page.get_by_role("button", name="Delete this conversation").click()
    assert httpx.get(where).status_code == 200
    page.get_by_role("button", name="Delete it").click()
    page.wait_for_url(f"{address}/history")

    assert httpx.get(where).status_code == 404


SMALL = {"width": 320, "height": 640}


@pytest.mark.parametrize("state", STATES)
def test_nothing_scrolls_sideways_at_320_pixels(opened: Opened, live: FakeLive, state: str) -> None:
    """In no state is the page wider than the smallest window, nor does anything stand out of it."""
    page = opened(viewport=SMALL, reduced_motion="reduce")
    STATES[state](page, live)

    outside = page.evaluate(
        """() => [...document.querySelectorAll('main *')].filter((e) => e.checkVisibility()
          && e.getBoundingClientRect().right > 320.5).map((e) => e.className || e.tagName)"""
    )
    assert outside == []
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_text_can_be_twice_as_large(opened: Opened) -> None:
    """At 200 % nothing is cut off: the page is longer, not wider (WCAG 1.4.4)."""
    page = opened(viewport={"width": 640, "height": 800})
    ask(page)

    page.evaluate("document.documentElement.setAttribute('class', 'twice')")
    page.evaluate(
        """() => { const sheet = new CSSStyleSheet();
          sheet.replaceSync('.twice { font-size: 200% }');
          document.adoptedStyleSheets = [sheet]; }"""
    )

    assert page.evaluate("getComputedStyle(document.body).fontSize") == "32px"
    assert page.evaluate("document.documentElement.scrollWidth") == 640
    cut = page.evaluate(
        """() => [...document.querySelectorAll('main button, main summary')].filter((e) =>
          e.checkVisibility() && e.scrollWidth > e.clientWidth + 1).map((e) => e.textContent)"""
    )
    assert cut == []


def test_colours_may_be_forced_and_motion_refused(opened: Opened) -> None:
    """Markers and marked words keep a border or the system's own mark; nothing moves."""
    page = opened(forced_colors="active", reduced_motion="reduce")
    ask(page)
    page.locator(".section .cite").first.click()

    border = page.locator(".cite").first.evaluate("e => getComputedStyle(e).borderTopWidth")
    assert border == "1px"
    marked, around = page.locator(".citation:popover-open mark").evaluate(
        "e => [e, e.parentElement].map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert marked != around
    assert page.evaluate("document.getAnimations().length") == 0


def test_targets_are_large_enough(opened: Opened) -> None:
    """Everything to press is at least 24 by 24 pixels (WCAG 2.2, 2.5.8)."""
    page = opened(viewport=SMALL)
    ask(page)
    page.get_by_text("Not helpful").click()
    page.get_by_text("Edit the question").click()
    page.locator(".section .cite").first.click()

    small = page.evaluate(
        """() => [...document.querySelectorAll(
          'button, select, summary, textarea, .links a, nav a')].filter((e) => e.checkVisibility())
          .map((e) => [e.textContent.trim(), e.getBoundingClientRect()])
          .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"""
    )

    assert small == []


IN_THE_DARK = ("empty", "streaming", "answered", "popover", "superseded", "feedback", "document")


@pytest.mark.parametrize(
    ("state", "scheme"),
    [*((state, "light") for state in STATES), *((state, "dark") for state in IN_THE_DARK)],
)
def test_axe_finds_nothing(opened: Opened, live: FakeLive, state: str, scheme: str) -> None:
    """No finding of WCAG 2.2 A and AA or of best practice, in every state, light and dark."""
    page = opened(color_scheme=scheme, reduced_motion="reduce", bypass_csp=True)
    STATES[state](page, live)

    found = Axe().run(page, options=AXE)

    assert found.violations_count == 0, found.generate_report()


def test_a_printed_answer_is_whole(opened: Opened) -> None:
    """On paper: question, markers in brackets, references with their addresses; no forms."""
    page = opened()
    ask(page)
    page.emulate_media(media="print")

    expect(page.locator("#ask")).to_be_hidden()
    expect(page.locator(".offers").last).to_be_hidden()
    expect(page.locator(".references")).to_be_visible()
    expect(page.locator(".closing")).to_be_visible()
    mark = page.locator(".cite").first.evaluate("e => getComputedStyle(e, '::before').content")
    assert mark == '"["'
    address = page.locator(".references a[href^=http]").first
    assert "attr(href)" in address.evaluate("e => getComputedStyle(e, '::after').content") or (
        "example.org" in address.evaluate("e => getComputedStyle(e, '::after').content")
    )


def test_a_printed_answer_is_read_back(opened: Opened) -> None:
    """The PDF of it holds question, day, snapshot, every statement, references and disclaimer."""
    page = opened()
    ask(page)

    printed = PdfReader(io.BytesIO(page.pdf()))

    text = " ".join(" ".join(sheet.extract_text() for sheet in printed.pages).split())
    for words in (QUESTION, "202", SNAPSHOT, BOXED, AGAINST, INSOMNIA, TRIAL, METHODS):
        assert words in text
    for document in DOCUMENTS:
        assert document.source.title in text
    assert "https://labels.example.org/zorvanex" in text
    assert "A reference aid for health care professionals." in text
    for words in ("Was this answer helpful", "Export", "Ask", "Delete this conversation"):
        assert words not in text


def test_the_page_is_light(opened: Opened) -> None:
    """At most six requests and 60 KB of our own script and style."""
    page = opened("about:blank")
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))

    page.goto("/")
    page.wait_for_load_state("networkidle")

    assert len(asked) <= 6, asked
    files = [path for path in STATIC.iterdir() if path.suffix in (".js", ".css")]
    assert sum(path.stat().st_size for path in files) <= 60_000


def test_nothing_inline_stands_in_the_templates() -> None:
    """No script, style block, style attribute or handler: the policy would refuse them."""
    templates = STATIC.parent / "templates"
    for path in templates.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\sstyle=|\son\w+=", text), path.name
        assert "|safe" not in text, path.name


def test_the_scripts_never_write_markup() -> None:
    """Text is set as text: no innerHTML, no eval, nothing that parses markup."""
    for path in STATIC.glob("*.js"):
        source = Path(path).read_text(encoding="utf-8")
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|eval\(|document\.write", source
        )
