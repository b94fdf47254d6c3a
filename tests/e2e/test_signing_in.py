"""Signing in, asking and signing out in a real Chromium, over plain HTTP on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, Page, expect

from service.api import create_app
from service.bootstrap import Runtime
from service.principals import Scope
from tests.e2e.states import CHROMIUM, ask
from tests.sample_runtime import QUESTION, a_runtime
from tests.sample_server import serving

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine"),
]


@dataclass(frozen=True)
class Site:
    """A service that wants to know who asks, a browser, and a good key."""

    address: str
    browser: Browser
    runtime: Runtime
    secret: str

    def open(self, path: str, **options: object) -> Page:
        """Open a page in a profile of its own."""
        context = self.browser.new_context(base_url=self.address, **options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.goto(path)
        return page

    def sign_in(self, page: Page) -> None:
        """Paste the key and send it with Enter."""
        page.fill("#key", self.secret)
        page.press("#key", "Enter")
        expect(page.get_by_role("button", name="Sign out")).to_be_visible()


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    """The service on a free port, and a browser."""
    runtime, _ = a_runtime(tmp_path_factory.mktemp("home"), authentication="required")
    _, secret = runtime.keys.create("page", {Scope.ASK})
    with serving(create_app(runtime)) as address:
        yield Site(address, browser, runtime, secret)
    runtime.close()


@pytest.mark.parametrize("scripted", [True, False])
def test_somebody_signs_in_asks_and_signs_out(site: Site, *, scripted: bool) -> None:
    """The cookie is kept, an answer comes by stream or by form, afterwards nothing is left."""
    page = site.open("/history", java_script_enabled=scripted)
    expect(page).to_have_url(f"{site.address}/sign-in?next=%2Fhistory")

    site.sign_in(page)
    expect(page).to_have_url(f"{site.address}/history")
    page.goto("/")
    if scripted:
        ask(page)
    else:
        page.fill("#question", QUESTION)
        page.click("#send")
    expect(page.locator(".turn")).to_have_count(1)
    conversation = page.url.partition("#")[0]
    cookie = page.context.cookies()[0]
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
        *("__Host-followup", True, True),
        "Lax",
    )
    page.get_by_role("button", name="Sign out").click()

    assert page.context.cookies() == []
    page.goto(conversation)
    expect(page.locator("#key")).to_be_visible()
    page.context.close()


def test_a_page_that_outlives_its_session_says_so(site: Site) -> None:
    """When the key is revoked meanwhile, the question is not lost, and the page tells why."""
    key, secret = site.runtime.keys.create("short", {Scope.ASK})
    page = site.open("/sign-in")
    page.fill("#key", secret)
    page.press("#key", "Enter")
    page.wait_for_url(f"{site.address}/")

    site.runtime.keys.revoke(key.id)
    page.fill("#question", QUESTION)
    page.press("#question", "Enter")

    expect(page.locator(".turn [role=alert]")).to_contain_text("Nobody is signed in")
    expect(page.locator("#question")).to_have_value(QUESTION)
    page.context.close()


@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 320, "height": 640}},
        {"color_scheme": "dark"},
        {"forced_colors": "active"},
    ],
)
def test_the_sign_in_page_is_accessible(site: Site, options: dict[str, object]) -> None:
    """Before and after a wrong key, axe finds nothing, and nothing runs over the edge."""
    page = site.open("/sign-in", **options)
    assert Axe().run(page).violations_count == 0

    page.fill("#key", "fk_wrong")
    page.press("#key", "Enter")

    expect(page.get_by_role("alert")).to_contain_text("Not signed in")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.context.close()
