"""The pages that operators may replace."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from service.errors import SettingsError
from service.policies import TITLES, Policy, read_policy, to_html


@pytest.mark.parametrize("policy", list(Policy))
def test_a_shipped_page_says_when_it_was_updated(policy: Policy, tmp_path: Path) -> None:
    """Without files of one's own the shipped text is shown, with its date and its headings."""
    text = read_policy(policy, tmp_path)

    assert text.title == TITLES[policy]
    assert text.updated == "24 November 2026"
    assert text.html.count("<h2>") >= 4
    assert "<h1>" not in text.html


def test_a_page_of_ones_own_stands_in_for_the_shipped_one(tmp_path: Path) -> None:
    """It is read at every request, needs no front matter, and leaves the other page alone."""
    shipped = read_policy(Policy.ABOUT, tmp_path)
    (tmp_path / "about.md").write_text("# Ours\n\nWe are *here*.", encoding="utf-8")

    ours = read_policy(Policy.ABOUT, tmp_path)

    assert ours.html == "<h2>Ours</h2>\n<p>We are <em>here</em>.</p>\n"
    assert ours.updated == ""
    assert shipped.html != ours.html
    assert read_policy(Policy.EDITORIAL, tmp_path).updated == "24 November 2026"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"---\nupdated: [\n---\ntext"])
def test_a_page_that_cannot_be_read_names_its_file(tmp_path: Path, content: bytes) -> None:
    """Not UTF-8, or front matter that is no YAML: a wrong setting, never a shipped text instead."""
    (tmp_path / "about.md").write_bytes(content)

    with pytest.raises(SettingsError, match=r"about\.md") as fault:
        read_policy(Policy.ABOUT, tmp_path)
    assert str(tmp_path) not in str(fault.value)  # anybody may read the page


def test_links_lead_to_https_or_into_the_service() -> None:
    """Others stay text; a publisher is not told where the reader came from."""
    shown = to_html(
        "[a](https://a.example) [b](/about) [c](javascript:alert(1)) [d](http://d.example) "
        "[e](//e.example) [f](#f) <https://g.example> [h](data:text/html,x)"
    )

    links = {a.get("href"): a.get("rel") for a in html.fromstring(shown).iter("a")}
    away = "noopener noreferrer"
    assert links == {
        "https://a.example": away,
        "/about": None,
        "#f": None,
        "https://g.example": away,
    }


def test_nothing_is_loaded_and_html_is_text() -> None:
    """Neither an image nor an element of HTML gets into the page."""
    shown = to_html(
        '![x](https://a.example/x.png)\n\n<script>alert(1)</script>\n\na <b id="q">b</b>'
    )

    assert {element.tag for element in html.fromstring(shown).iter()} <= {"div", "p", "a"}
    assert "&lt;script&gt;" in shown


@given(st.text(alphabet=st.sampled_from("<>/\"'![]()#*_`:\\& \nahrefscriptjv0123:-|"), max_size=80))
def test_no_markdown_makes_an_element_of_its_own(text: str) -> None:
    """Whatever is written: only the elements of plain Markdown, with no attribute but a link's."""
    tree = html.fromstring(f"<div>{to_html(text)}</div>")

    for element in tree.iter():
        assert element.tag not in {"script", "img", "style", "iframe", "object", "form", "link"}
        assert set(element.attrib) <= {"href", "rel", "class", "start", "title"}
        address = element.get("href")
        assert address is None or address.startswith(("https://", "/", "#"))
