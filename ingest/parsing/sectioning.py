"""One openFDA text, with the texts and tables inside it -> sections in reading order."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field, replace

from lxml import etree

from ingest.documents import Block, BlockKind, Section
from ingest.errors import ParseError
from ingest.markup import Element, parse_html, parse_xml
from ingest.parsing import loinc
from ingest.parsing.narrative import read_narrative
from ingest.parsing.nesting import Table, Text
from ingest.parsing.titling import Title, find_title, find_warning_title
from ingest.parsing.unflattening import headed_parts, numbered_parts, run_blocks, without_excerpt

UNTITLED = frozenset(
    {
        "package_label_principal_display_panel",
        "spl_product_data_elements",
        "recent_major_changes",
        "spl_unclassified_section",
    }
)
"""Fields whose texts begin with no title, and neither hold other sections nor are part of one."""
_FOR_PATIENTS = frozenset(
    {"spl_medguide", "spl_patient_package_insert", "instructions_for_use"}
    | {"information_for_patients", "patient_medication_information"}
)
# A reference to the section that a highlight sums up: "(4)", "( 5.1 , 5.7 ) ."
_REFERENCE = re.compile(r"\s*\(\s*\d[\d.,\s]*\)\s*\.?$")
# What XML text cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# Where a sentence may end: enough to find one said before, too little to cut at.
_SENTENCE_END = re.compile(r"(?<=[.!?)])\s+(?=[A-Z])")


def write_sections(text: Text, names: Collection[str]) -> list[Section]:
    """Return the sections of *text*; *names* are the product's, which begin sentences in it."""
    writer = _Writer(names)
    writer.write(text, (), None)
    return writer.sections


def words_of(markup: str) -> str:
    """Return the words of a table's markup without white space, as ``nesting`` compares them."""
    words = (str(part) for part in _parsed(markup).itertext())
    return "".join("".join(words).split())


def _parsed(markup: str) -> Element:
    """Parse one table's markup: as XML, else as HTML, else it is text like any other."""
    try:
        # JSON can spell half a character: no XML parser takes it, and the text below loses it.
        return parse_xml(f"<text>{markup}</text>".encode(errors="surrogatepass"))
    except ParseError:
        pass
    try:
        return parse_html(markup)
    except ParseError:
        pass
    text = etree.Element("text")
    text.text = _CONTROL.sub(" ", markup)
    return text


@dataclass(frozen=True, slots=True)
class _Here:
    """Where the writer stands: a text's headings and code, and those its prose sets below."""

    headings: tuple[str, ...]
    code: str | None
    minor: int = 0
    part: Title | None = None
    subheading: str | None = None

    def section(self, blocks: tuple[Block, ...], *below: str) -> Section:
        own = (self.part.heading if self.part else None, self.subheading)
        code = loinc.code_below(self.code, self.part.words if self.part else "")
        return Section((*self.headings, *filter(None, own), *below), blocks, code)


@dataclass(slots=True)
class _Writer:
    """Collects the sections of one outermost text; says nothing twice."""

    names: Collection[str]
    sections: list[Section] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _said: set[str] = field(default_factory=set)

    def write(self, text: Text, above: tuple[str, ...], above_code: str | None) -> str | None:
        """Append *text*'s sections below the headings *above*; return its section number."""
        segments = list(text.segments())
        excerpt = ""
        if text.name == "boxed_warning" and isinstance(segments[-1], str):
            segments[-1], excerpt = without_excerpt(segments[-1])
        title = self._title(text.name, segments[0])
        if title is not None:
            segments[0] = title.rest
        number = title.number if title else None
        heading = title.heading if title and title.words else loinc.field_name(text.name)
        here = _Here((*above, heading), _code(text.name, title, above_code))
        for segment in segments:
            if isinstance(segment, Text):
                self._flush(here)
                inner = self.write(segment, here.headings, here.code)
                here = _Here(here.headings, here.code, _minor(inner, here.minor))
            elif isinstance(segment, Table):
                self._write_table(segment, here)
            else:
                here = self._write_prose(segment, here, number)
        self._flush(here)
        if excerpt:
            # Under no code: what must be shown of a boxed warning is shown once, and whole.
            blocks = tuple(run_blocks(excerpt))
            self.sections.append(Section((*here.headings, "Highlights"), blocks))
        return number

    def _title(self, name: str, first: str | Text | Table) -> Title | None:
        if name in UNTITLED or not isinstance(first, str) or not first:
            return None
        if name == "boxed_warning":
            return find_warning_title(first, self.names)
        return find_title(first, self.names, guess=name not in _FOR_PATIENTS)

    def _write_prose(self, segment: str, here: _Here, number: str | None) -> _Here:
        major = number if number and "." not in number else None
        for part, minor in numbered_parts(segment, major, here.minor):
            prose = part
            if minor != here.minor:
                self._flush(here)
                title = find_title(part, self.names)
                here = _Here(here.headings, here.code, minor, title)
                prose = title.rest if title else part
            for subheading, run in headed_parts(prose):
                if subheading:
                    self._flush(here)
                    here = replace(here, subheading=subheading)
                self._blocks += run_blocks(run)
        return here

    def _write_table(self, table: Table, here: _Here) -> None:
        for passage in read_narrative(_parsed(table.markup)):
            if passage.headings:
                self._flush(here)
                self.sections.append(here.section(passage.blocks, *passage.headings))
            else:
                self._blocks += passage.blocks

    def _flush(self, here: _Here) -> None:
        blocks = tuple(block for block in map(self._unsaid, self._blocks) if block.text)
        self._blocks = []
        if blocks:
            self.sections.append(here.section(blocks))

    def _unsaid(self, block: Block) -> Block:
        """
        Return a block without the sentences at its end that this text has said before.

        A section's text and its highlights are run together: "None. None. (4)".
        """
        if block.kind is BlockKind.ROW:
            return block
        ends = [*(found.start() for found in _SENTENCE_END.finditer(block.text)), len(block.text)]
        starts = [0, *ends[:-1]]
        keys = [_said_key(block.text[a:b]) for a, b in zip(starts, ends, strict=True)]
        keep = len(keys)
        times = Counter(keys)
        while keep and (keys[keep - 1] in self._said or times[keys[keep - 1]] > 1):
            keep -= 1
            times[keys[keep]] -= 1
        self._said.update(key for key in keys if key)
        return replace(block, text=block.text[: ends[keep - 1]] if keep else "")


def _said_key(sentence: str) -> str:
    return "".join(_REFERENCE.sub("", sentence).rstrip(" .").casefold().split())


def _minor(number: str | None, before: int) -> int:
    minor = number.partition(".")[2].partition(".")[0] if number else ""
    return int(minor) if minor.isdigit() else before


def _code(name: str, title: Title | None, above: str | None) -> str | None:
    """
    Return a text's section code: its field's, unless the number it prints says otherwise.

    Labelers file "8.2 Lactation" under nursing mothers and "6.1 Clinical Trials Experience" under
    laboratory tests; what is printed is what a reader sees. A general code gives way to *above*.
    """
    code = loinc.FIELD_CODES.get(name)
    if title is not None and title.number is not None:
        printed = loinc.code_of_title(title.words)
        if loinc.major_number(code) != title.number.partition(".")[0]:
            return printed or loinc.code_of_number(title.number) or code
        if printed and loinc.is_population(code):
            return printed
    return above if above and (code is None or code in loinc.GENERAL) else code
