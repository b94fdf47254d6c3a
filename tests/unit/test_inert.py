"""No source file steers a terminal, a Markdown reader or a reader of JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.inert import SHOWN, inert, inert_json
from service.rendering import as_plain_text
from tests.sample_exports import in_markdown
from tests.sample_runtime import LABEL, STUDY, an_answer, cited

STEERING = ("\x1b[2J", "\x07", "\x9b31m", "\x7f", "\u202e", "\u2066", "\u200f", "\u2028", "\r")


def planted(string: str) -> str:
    """Return *string* in the middle of words."""
    return f"50 mg {string} daily"


@pytest.mark.parametrize("string", STEERING)
def test_a_steering_character_is_shown_and_not_obeyed(string: str) -> None:
    """Escape sequences lose what starts them; the reading direction cannot be turned."""
    assert inert(planted(string)) == planted(SHOWN + string[1:])


@given(st.text())
def test_json_keeps_its_values(text: str) -> None:
    """The escaped JSON reads back as the same text, and holds no steering character."""
    written = inert_json(json.dumps(text, ensure_ascii=False))

    assert json.loads(written) == text
    assert inert(written) == written


def test_letters_of_every_script_stay() -> None:
    """Accents, joiners, superscripts, line breaks and tabs are text."""
    text = "naïve\t10⁹/L ≥ 5 µg\nעברית العربية न\u094d\u200dय"

    assert inert(text) == text


@pytest.mark.parametrize("string", STEERING)
def test_no_rendering_passes_a_steering_character_on(string: str) -> None:
    """Quotes, subjects and titles are all of them words of a source."""
    source = replace(STUDY.source, title=planted(string))
    answer = an_answer()
    statement = cited(2, LABEL, "Insomnia was reported")
    section = replace(answer.sections[1], statements=(replace(statement, subject=planted(string)),))
    first = replace(answer.references[2], source=source)
    answer = replace(answer, sections=(section,), references=(first,))

    for text in (as_plain_text(answer), in_markdown(answer)):
        assert string[0] not in text
        assert "daily" in text


def test_markup_of_a_source_is_escaped_in_markdown() -> None:
    """A script, an image or a link of a source is read as its letters."""
    marked = "<script>alert(1)</script> ![x](https://example.org/x.png) [y](https://example.org)"
    answer = an_answer()
    statement = replace(answer.sections[1].statements[0], text=marked, subject=marked)
    section = replace(answer.sections[1], statements=(statement,))

    text = in_markdown(replace(answer, sections=(section,), conflicts=()))

    assert "<script" not in text.replace(r"\<script", "")
    assert "![x](" not in text
    assert "[y](" not in text
