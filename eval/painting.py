"""When the first statement is painted, in a real Chromium that asks through the page."""

from __future__ import annotations

import shutil
from collections.abc import Sequence

CHROMIUM = shutil.which("chromium")
_QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
_STATEMENT = ".turn .section .statement"
_WATCH = """
(selector) => {
  window.painted = new Promise((resolve) => {
    document.querySelector("#ask")
      .addEventListener("submit", () => { window.asked = performance.now(); });
    new MutationObserver((_, observer) => {
      if (!document.querySelector(selector)) return;
      observer.disconnect();
      // Two frames: in the second, what was there in the first has been painted.
      requestAnimationFrame(() => requestAnimationFrame(
        () => resolve(performance.now() - window.asked)));
    }).observe(document.body, { childList: true, subtree: true });
    setTimeout(() => resolve(-1), 20000);
  });
}
"""


def painted(address: str, questions: Sequence[str]) -> list[float]:
    """
    Return the milliseconds from sending each question to the paint of its first statement.

    What has no statement after 20 seconds is left out. Raises RuntimeError where there is no
    chromium on this machine.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where it is wanted

    if CHROMIUM is None:
        raise RuntimeError("there is no chromium on this machine; leave out --paint")
    times: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(_QUIET))
        for question in questions:
            page = browser.new_page()
            page.goto(address)
            page.fill("#question", question)
            page.evaluate(_WATCH, _STATEMENT)
            page.keyboard.press("Enter")
            times.append(float(page.evaluate("window.painted")))
            page.close()
        browser.close()
    return [spent for spent in times if spent >= 0]
