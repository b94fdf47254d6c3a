"""
Takes a picture of every state of the page: ``python -m tests.e2e.screenshots OUT``.

Over the sample runtime, whose drug does not exist, so that no picture shows a source's words.
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from service.api import create_app
from tests.e2e.article_states import article_states
from tests.e2e.states import CHROMIUM, QUIET, STATES, WHOLE, State
from tests.sample_runtime import FakeLive, a_runtime
from tests.sample_server import serving

DEVICES: dict[str, dict[str, Any]] = {
    "desktop": {"viewport": {"width": 1280, "height": 800}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
}
DARK = {"color_scheme": "dark"}
IN_THE_DARK = ("answered", "popover")


def take(out: Path) -> list[Path]:
    """Write ``STATE-DEVICE.webp`` for every state into *out*; return the files."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        runtime, live = a_runtime(Path(home))
        states = {**STATES, **_visits(article_states(runtime, live))}
        wanted: list[tuple[str, str, dict[str, str]]] = [
            *((state, device, {}) for state in states for device in DEVICES),
            *((state, device, DARK) for state in IN_THE_DARK for device in DEVICES),
        ]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(QUIET))
        with serving(create_app(runtime)) as address:
            files = [
                _shoot(browser, address, live, out, (state, states[state]), device, options)
                for state, device, options in wanted
            ]
        browser.close()
        runtime.close()
    return files


def _shoot(
    browser: Browser,
    address: str,
    live: FakeLive,
    out: Path,
    named: tuple[str, State],
    device: str,
    options: dict[str, str],
) -> Path:
    state, reach = named
    chosen: dict[str, Any] = {
        **DEVICES[device],
        **options,
        "reduced_motion": "reduce",
        "base_url": address,
    }
    context = browser.new_context(**chosen)
    page = context.new_page()
    page.goto("/")
    reach(page, live)
    dark = "-dark" if options else ""
    path = out / f"{state}{dark}-{device}.webp"
    path.write_bytes(_picture(page, whole=state in WHOLE or state not in STATES))
    live.answerer.hold.set()
    context.close()
    return path


def _visits(addresses: dict[str, str]) -> dict[str, State]:
    """Return states that are reached by their address alone."""

    def visit(path: str) -> State:
        def go(page: Page, _: FakeLive) -> None:
            page.goto(path)

        return go

    return {name: visit(path) for name, path in addresses.items()}


def _picture(page: Page, *, whole: bool) -> bytes:
    """Return what the window shows, or the *whole* page at three quarters, as WebP: small."""
    options: dict[str, object] = {"format": "webp", "quality": 40}
    if whole:
        clip = page.evaluate(
            "({x: 0, y: 0, width: innerWidth, height: document.documentElement.scrollHeight, "
            "scale: 0.75})"
        )
        options |= {"clip": clip, "captureBeyondViewport": True}
    taken = page.context.new_cdp_session(page).send("Page.captureScreenshot", options)
    return base64.b64decode(taken["data"])


def main() -> int:
    """Read the arguments, take the pictures, and tell how large they are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    files = take(parser.parse_args().out)
    total = sum(path.stat().st_size for path in files)
    sys.stdout.write(f"{len(files)} pictures, {total / 1e6:.1f} MB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
