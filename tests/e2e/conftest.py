"""One Chromium a file, a service to visit, and pages that must break nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from service.api import create_app
from tests.e2e.states import CHROMIUM, QUIET, Opened
from tests.sample_runtime import FakeLive, a_runtime
from tests.sample_server import serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, FakeLive]]:
    """The address of the service, and the live index behind it."""
    runtime, live = a_runtime(tmp_path_factory.mktemp("home"))
    with serving(create_app(runtime)) as address:
        yield address, live
    runtime.close()


@pytest.fixture
def address(served: tuple[str, FakeLive]) -> str:
    """The address alone."""
    return served[0]


@pytest.fixture
def live(served: tuple[str, FakeLive]) -> Iterator[FakeLive]:
    """The live index, whose answers run freely again afterwards."""
    yield served[1]
    served[1].answerer.hold.set()


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Opened]:
    """Open pages; afterwards none may have broken the policy, failed, or called another host."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def watch(page: Page) -> None:
        page.on("pageerror", lambda error: wrong.append(f"page error: {error}"))
        page.on(
            "console",
            lambda said: wrong.append(said.text) if said.type in ("error", "warning") else None,
        )
        page.on(
            "request",
            lambda sent: (
                None if sent.url.startswith(address) else wrong.append(f"asked {sent.url}")
            ),
        )

    def open_page(path: str = "/", **options: object) -> Page:
        context = browser.new_context(base_url=address, **options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not wrong
