"""The pages of articles in a real Chromium, against a real server over the sample runtime."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from service.api import create_app
from service.api.templates import STATIC
from tests.e2e.article_states import article_states
from tests.e2e.states import AXE, CHROMIUM, Opened
from tests.sample_runtime import AGAINST, BOXED, INSOMNIA, QUESTION, FakeLive, a_runtime
from tests.sample_server import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]
STATES = [
    "articles",
    "articles-none",
    "article-submitted",
    "article-approved",
    "article-returned",
    "article-patient",
    "review",
    "review-compared",
    "editorial-policy",
    "about",
]
PHONE = {"width": 320, "height": 640}
Served = tuple[str, FakeLive, dict[str, str]]


@pytest.fixture(scope="module")
def all_served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The address of the service, the index behind it, and the address of every state."""
    runtime, live = a_runtime(tmp_path_factory.mktemp("home"))
    states = article_states(runtime, live)
    with serving(create_app(runtime)) as address:
        yield address, live, states
    runtime.close()


@pytest.fixture(scope="module")
def served(all_served: Served) -> tuple[str, FakeLive]:
    """What the page's own fixtures are made of."""
    return all_served[:2]


@pytest.fixture
def states(all_served: Served) -> dict[str, str]:
    """The address of every state."""
    return all_served[2]


def findings(page: Page) -> list[tuple[str, list[str]]]:
    """Return what axe finds wrong: the rule, and the elements."""
    found = Axe().run(page, options=AXE).response["violations"]
    return [(each["id"], [node["html"] for node in each["nodes"]]) for each in found]


def test_every_state_is_listed(states: dict[str, str]) -> None:
    """No state is left untested."""
    assert list(states) == STATES


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_axe_finds_nothing(opened: Opened, states: dict[str, str], state: str, theme: str) -> None:
    """Not with everything that folds unfolded either."""
    page = opened(states[state], color_scheme=theme)
    assert findings(page) == []

    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    assert findings(page) == []


@pytest.mark.parametrize("state", STATES)
def test_nothing_is_wider_than_a_small_phone(
    opened: Opened, states: dict[str, str], state: str
) -> None:
    """At 320 px nothing scrolls sideways but the table, and targets are 24 px or stand apart."""
    page = opened(states[state], viewport=PHONE)
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")

    assert page.evaluate("document.documentElement.scrollWidth") == 320
    small = page.locator("main :is(button, summary, select, input):visible").evaluate_all(
        "all => all.map(e => e.getBoundingClientRect()).filter(r => r.height < 24 || r.width < 24)"
    )
    assert small == []


@pytest.mark.parametrize("state", STATES)
def test_a_page_asks_for_six_things_at_most(
    opened: Opened, states: dict[str, str], state: str
) -> None:
    """The page, its style, its script and the icon."""
    page = opened()
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url))

    page.goto(states[state])

    assert 3 <= len(asked) <= 6


def test_the_style_of_articles_is_small(opened: Opened) -> None:
    """6 KB at most, and not loaded by the page of an answer."""
    page = opened()

    assert (STATIC / "article.css").stat().st_size <= 6_144
    expect(page.locator("link[href*='article.css']")).to_have_count(0)


def test_an_article_is_followed_up(opened: Opened, states: dict[str, str]) -> None:
    """The box begins a conversation that says which article it is about, and leads back."""
    page = opened(states["article-approved"])

    page.fill("#question", "What is the dose?")
    page.get_by_role("button", name="Ask", exact=True).click()

    expect(page).to_have_url(re.compile(r"/c/[0-9a-f]{32}"))
    back = page.get_by_role("link", name=QUESTION)
    expect(back).to_have_attribute("href", states["article-approved"])
    page.go_back()
    page.get_by_role("button", name="What is the dose of zorvanex?").click()
    expect(page.get_by_role("link", name=QUESTION)).to_be_visible()


def test_a_reviewer_works_with_the_keyboard(opened: Opened, states: dict[str, str]) -> None:
    """Comment and resolve without a mouse."""
    page = opened(states["review"])
    item = page.locator(".work > li", has_text=INSOMNIA)

    item.locator("summary", has_text="Comment").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Newly said.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(item.locator(".remark")).to_have_text("Newly said.")

    item.get_by_role("button", name="Resolve").press("Enter")
    expect(page.locator(".work > li", has_text=INSOMNIA)).to_contain_text("Resolved by")


def test_a_failed_edit_is_explained_beside_its_statement(
    browser: Browser, address: str, states: dict[str, str]
) -> None:
    """The form is open, holds what was typed, and names the reason; axe finds nothing."""
    page = browser.new_page(base_url=address)
    page.goto(states["review"])
    page.locator(".work > li", has_text=INSOMNIA).locator("summary", has_text="Edit").press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Control+a")
    page.keyboard.type("Insomnia was reported in 41% of patients given zorvanex 50 mg.")

    page.locator("details[open]").get_by_role("button", name="Reword").press("Enter")

    item = page.locator(".work > li", has_text=INSOMNIA)
    expect(item.locator("[role=alert]")).to_contain_text("number, unit, range or frequency")
    expect(item.get_by_label("Wording")).to_have_value(re.compile("41%"))
    assert findings(page) == []
    page.close()


def test_a_citation_opens_from_an_article(opened: Opened, states: dict[str, str]) -> None:
    """The passage with the cited words marked, as in a conversation; on the workbench too."""
    for state in ("article-approved", "review"):
        page = opened(states[state])
        page.get_by_role("button", name=re.compile("Reference 1")).first.click()

        expect(page.locator(".citation:popover-open mark")).to_have_text(AGAINST)


def test_a_citation_is_copied_from_an_article(opened: Opened, states: dict[str, str]) -> None:
    """By the button in its popover, which is there where the script is."""
    page = opened(states["article-approved"], permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("button", name=re.compile("Reference 1")).first.click()

    page.locator(".citation:popover-open").get_by_role("button", name="Copy citation").click()

    expect(page.locator("[data-said]")).to_have_text("Citation copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("Insomnia in adults: a clinical practice guideline. ")


def test_an_article_works_without_a_script(opened: Opened, states: dict[str, str]) -> None:
    """Personalize, ask, filter: plain forms; what needs a script is not there."""
    page = opened(states["article-submitted"], java_script_enabled=False)

    expect(page.locator("[data-print]")).to_be_hidden()
    page.select_option("#reader", "patient")
    page.get_by_role("button", name="Personalize").click()
    expect(page.locator("#reader")).to_have_value("patient")
    page.goto("/articles")
    page.get_by_label("Review status").select_option("approved")
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".list > li")).to_have_count(1)


def test_an_article_prints_its_status(opened: Opened, states: dict[str, str]) -> None:
    """Question, steps, answer and references are on paper; what is pressed is not."""
    page = opened(states["article-returned"])
    page.emulate_media(media="print")

    for shown in ("h1", ".steps", ".changes", ".safety", ".references", ".closing"):
        expect(page.locator(shown).first).to_be_visible()
    for hidden in (".reader", ".keep", ".ask", ".trail", ".masthead nav"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".safety")).to_contain_text(BOXED)
