"""
The editorial policy and the page about the service: Markdown that operators may replace.

A file of that name in the folder of pages stands in for the shipped one, and is read at every
request: a change shows without a restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path

import frontmatter
import yaml
from markdown_it import MarkdownIt

from service.errors import SettingsError


class Policy(StrEnum):
    """A page that operators may replace; its value is the file's stem and the page's path."""

    EDITORIAL = "editorial-policy"
    ABOUT = "about"


TITLES = {Policy.EDITORIAL: "Editorial policy", Policy.ABOUT: "About this service"}


@dataclass(frozen=True, slots=True)
class PolicyText:
    """
    A page, ready to be shown.

    ``html`` is safe to show as it is; ``updated`` is the day in the file's front matter
    ("24 November 2026"), empty where it says nothing.
    """

    title: str
    updated: str
    html: str


def read_policy(policy: Policy, folder: Path) -> PolicyText:
    """
    Return *policy*: the file in *folder* where there is one, else the shipped one.

    Raises SettingsError for a file that is there and cannot be read.
    """
    own = folder / f"{policy}.md"
    try:
        if own.is_file():
            text = own.read_text(encoding="utf-8")
        else:
            shipped = resources.files("prompts") / "pages" / f"{policy}.md"
            text = shipped.read_text(encoding="utf-8")
        post = frontmatter.loads(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        # Whoever reads the page reads this: it names no folder of the server's.
        raise SettingsError(f"the page {own.name} cannot be read as UTF-8 Markdown") from error
    updated = post.get("updated", "")
    if hasattr(updated, "strftime"):
        updated = updated.strftime("%-d %B %Y")
    return PolicyText(TITLES[policy], str(updated), to_html(post.content))


def to_html(text: str) -> str:
    """
    Turn Markdown into HTML that can be shown as it is.

    HTML in *text* is shown as text. Links lead to https or into this service; images are not
    loaded. A heading of the first level becomes one of the second: the page's title is the first.
    """
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.validateLink = _is_harmless  # type: ignore[method-assign, assignment]
    tokens = markdown.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close") and token.tag == "h1":
            token.tag = "h2"
        for child in token.children or ():
            if child.type == "link_open" and str(child.attrGet("href")).startswith("https:"):
                child.attrSet("rel", "noopener noreferrer")
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _is_harmless(address: str) -> bool:
    """Tell whether a link may be followed: https, a path of this service, a place on the page."""
    away = address.startswith("//")
    return address.startswith(("https://", "/", "#")) and not away
