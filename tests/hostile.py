"""Files made to harm whoever reads them: bombs, escapes, wrong encodings, endless loops."""

from __future__ import annotations

import gzip
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable

from ingest.reading import Format
from tests.sample_formats import SAMPLES

SECRET = "TOP-SECRET-CONTENT"  # noqa: S105 - the word that no document may hold
_SPL = '<document xmlns="urn:hl7-org:v3"><code code="34391-3"/>{}</document>'
_ROOTS = {
    Format.SPL: "document",
    Format.PUBMED: "PubmedArticleSet",
    Format.JATS: "article",
    Format.NGC_XML: "Version",
}


def zipped(*members: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of *members*, in order."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return stream.getvalue()


def declaring(form: Format, declarations: str, reference: str = "") -> bytes:
    """Return the sample of an XML format with a document type of its own."""
    doctype = f"<!DOCTYPE {_ROOTS[form]} {declarations}>"
    text = SAMPLES[form].decode().removeprefix('<?xml version="1.0" encoding="UTF-8"?>')
    at = text.index(">") + 1
    return (doctype + text[:at] + reference + text[at:]).encode()


def _laughs(form: Format) -> bytes:
    entities = '<!ENTITY a "haha">' + "".join(
        f'<!ENTITY {name} "{"&" + before + ";" * 1}{("&" + before + ";") * 9}">'
        for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    return declaring(form, f"[{entities}]", "<x>&j;</x>")


def entities(address: str, file: str) -> dict[str, bytes]:
    """Return XML that asks for a file or an address, or grows when it is read, by name."""
    found: dict[str, bytes] = {}
    for form in _ROOTS:
        local, remote = f"file://{file}", f"{address}/{form}"
        found |= {
            f"{form}-laughs.xml": _laughs(form),
            f"{form}-quadratic.xml": declaring(
                form, f'[<!ENTITY a "{"x" * 40_000}">]', f"<x>{'&a;' * 50_000}</x>"
            ),
            f"{form}-file.xml": declaring(form, f'[<!ENTITY a SYSTEM "{local}">]', "<x>&a;</x>"),
            f"{form}-host.xml": declaring(form, f'[<!ENTITY a SYSTEM "{remote}">]', "<x>&a;</x>"),
            f"{form}-parameter.xml": declaring(
                form, f'[<!ENTITY % a SYSTEM "{remote}"> %a;]', "<x>&b;</x>"
            ),
            f"{form}-parameter-file.xml": declaring(form, f'[<!ENTITY % a SYSTEM "{local}"> %a;]'),
        }
    return found


def asking(address: str, file: str) -> dict[str, bytes]:
    """Return markup that names a file or an address without declaring anything, by name."""
    include = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
    found: dict[str, bytes] = {}
    for form in _ROOTS:
        text = SAMPLES[form].decode()
        found[f"{form}-dtd.xml"] = declaring(form, f'SYSTEM "{address}/{form}.dtd"')
        found[f"{form}-include.xml"] = text.replace(
            "</", f'<xi:include {include} parse="text" href="file://{file}"/></', 1
        ).encode()
    html = SAMPLES[Format.HTML].decode()
    found["html-frames.html"] = html.replace(
        "<h1>",
        f'<iframe src="{address}/f"></iframe><img src="{address}/i"><object data="file://{file}">'
        f'</object><link rel="stylesheet" href="{address}/c"><script src="{address}/s"></script>'
        f'<base href="{address}/"><h1>',
    ).encode()
    found["markdown-image.md"] = (
        SAMPLES[Format.MARKDOWN] + f"\n![x]({address}/m) <img src='file://{file}'>\n".encode()
    )
    return found


def _rows(cells: str, count: int) -> bytes:
    table = f"<table>{f'<tr>{cells}</tr>' * count}</table>"
    text = f'<component><section><code code="34084-4"/><text>{table}</text></section></component>'
    return _SPL.format(f"<component><structuredBody>{text}</structuredBody></component>").encode()


def markup_bombs() -> dict[str, bytes]:
    """Return markup that is small on disk and large in memory, or slow, by name."""
    deep = "<list><item>" * 50_000
    wide = " ".join(f'a{n}="x"' for n in range(200_000))
    page = "<!doctype html><html><body><main>{}</main></body></html>"
    return {
        "deep.xml": _SPL.format(deep).encode(),
        "deep-tables.html": page.format("<table><tr><td>" * 20_000).encode(),
        "deep-lists.html": page.format("<ul><li>x" * 20_000).encode(),
        "deep-inline.html": page.format("<b><i>x" * 20_000).encode(),
        "attributes.xml": _SPL.format(f"<a {wide}/>").encode(),
        "attribute.xml": _SPL.format(f'<a b="{"x" * 11_000_000}"/>').encode(),
        "line.xml": _SPL.format(f"<text>{'x' * 11_000_000}</text>").encode(),
        "elements.xml.gz": gzip.compress(_SPL.format("<a/>x" * 12_000_000).encode(), 1),
        "spans.xml": _rows('<td rowspan="200" colspan="200">x</td>' * 400, 400),
        "spans.html": page.format(
            f"<h1>T</h1><table>{('<tr>' + '<td colspan=200 rowspan=200>x' * 400) * 200}</table>"
        ).encode(),
        "span-text.xml": _rows(f'<td rowspan="200">{"word " * 400_000}</td><td>x</td>', 1).replace(
            b"</tr>", b"</tr>" + b"<tr><td>y</td></tr>" * 199
        ),
        "caption.xml": _rows("<td>x</td><td>1</td>", 20_000).replace(
            b"<table>", b"<table><caption>" + b"word " * 100_000 + b"</caption>"
        ),
        "head.html": page.format(
            f"<h1>T</h1><table><thead><tr><th>{'word ' * 100_000}</th></tr></thead>"
            f"<tbody>{'<tr><td>x</td></tr>' * 20_000}</tbody></table>"
        ).encode(),
        "headings.html": page.format(
            f"<h1>{'word ' * 100_000}</h1>" + "<h2>x</h2><p>y</p>" * 5_000
        ).encode(),
        "list-lead.html": page.format(
            f"<h1>T</h1><p>{'word ' * 100_000}:</p><ul>{'<li>x' * 20_000}</ul>"
        ).encode(),
        "list-lead.md": (
            SAMPLES[Format.MARKDOWN] + b"\n\n" + b"word " * 100_000 + b":\n\n" + b"- x\n" * 20_000
        ),
        "line.html": page.format("x" * 20_000_000).encode(),
        "nul.html": page.format("x" * 70_000 + "\x00" * 1000 + "<p>y</p>").encode(),
    }


def text_bombs() -> dict[str, bytes]:
    """Return plain text and JSON that is slow or deep to read, by name."""
    head = b"---\ntitle: T\n---\n\n# H\n\n"
    laughs = "a: &a [x]\n" + "".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 9)}]\n"
        for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
    label = json.loads(SAMPLES[Format.OPENFDA])["results"][0]

    def openfda(field: str, text: str) -> bytes:
        return json.dumps({"results": [{**label, field: [text]}]}).encode()

    return {
        "aliases.md": f"---\ntitle: T\n{laughs}---\n\n# H\n\nx\n".encode(),
        "alias-title.md": f"---\n{laughs}title: *j\n---\n\n# H\n\nx\n".encode(),
        "yaml-deep.md": b"---\ntitle: " + b"[" * 100_000 + b"\n---\n\nx\n",
        "yaml-number.md": b"---\ntitle: T\nyear: " + b"9" * 100_000 + b"\n---\n\n# H\n\nx\n",
        "yaml-object.md": b"---\ntitle: !!python/object/apply:os.system [id]\n---\n\n# H\n\nx\n",
        "quotes.md": head + b">" * 50_000 + b"x\n",
        "brackets.md": head + b"[" * 100_000 + b"\n",
        "links.md": head + b"[a](" * 50_000 + b"\n",
        "emphasis.md": head + b"*a **a " * 30_000 + b"\n",
        "ticks.md": head + b"".join(b"`" * n + b" " for n in range(1, 1_500)) + b"\n",
        "lists.md": head + b"".join(b" " * n + b"- x\n" for n in range(2_000)) + b"\n",
        "references.md": head + b"".join(b"[a%d]: x\n" % n for n in range(10_000)) + b"[a1]" * 9999,
        "line.md": head + b"x" * 2_000_000,
        "words.md": head + b"word " * 100_000,
        "table.md": head + b"|x" * 5_000 + b"|\n" + b"|-" * 5_000 + b"|\n" + b"|x|\n" * 2_000,
        "html.md": head + b"<!--" * 50_000 + b"<![CDATA[" * 20_000 + b"<?" * 20_000,
        "deep.json": b'{"results": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}",
        "number.json": b'{"results": [{"set_id": ' + b"9" * 100_000 + b"}]}",
        "keys.json": b'{"https://x/a": "x", '
        + b'"https://x/a": "x", ' * 100_000
        + b'"https://b": 1}',
        "words.json": openfda("adverse_reactions", "word " * 100_000),
        "sentences.json": openfda("adverse_reactions", "A word. " * 100_000),
        "numbers.json": openfda("warnings_and_cautions", "5.1 Rash Stop. 5.2 Sleep. " * 20_000),
        "parentheses.json": openfda("adverse_reactions", "( 4 " * 200_000),
        "table.json": openfda("adverse_reactions_table", "<table>" + "<tr><td>x" * 100_000),
        "continued.txt": SAMPLES[Format.MEDLINE].rstrip() + b"\n      x" * 1_000_000,
        "records.txt": b"PMID- 1\nTI  - x\nAB  - y\n\n" * 5_000,
        "line.txt": b"PMID- 1\nTI  - x\nAB  - " + b"word " * 200_000,
    }


def odd_archives() -> dict[str, bytes]:
    """Return small archives that nest, escape, lie or break off, by name."""
    spl = SAMPLES[Format.SPL]
    link = zipfile.ZipInfo("link.xml")
    link.external_attr = 0o120777 << 16
    linked = io.BytesIO()
    with zipfile.ZipFile(linked, "w") as archive:
        archive.writestr(link, "/etc/passwd")
    name = "\xe9\xe9.xml"
    bad_name = zipped((name, spl)).replace(name.encode(), b"\xff\xfe\xff\xfe.xml"[:8])
    sizes = bytearray(zipped(("x.xml", spl)))
    at = sizes.find(b"PK\x01\x02")
    sizes[at + 20 : at + 28] = struct.pack("<II", 0xFFFFFFF0, 0xFFFFFFF0)
    nameless = bytearray(zipped(("x", spl)))
    for at in (26, nameless.find(b"PK\x01\x02") + 28):
        nameless[at : at + 4] = struct.pack("<HH", 0, 1)  # its name is an extra field instead
    nested = zipped(("x.xml", spl))
    for _ in range(5):
        nested = zipped(("inner.zip", nested))
    return {
        "nested.zip": nested,
        "up.zip": zipped(("../../x.xml", spl)),
        "up-windows.zip": zipped(("..\\..\\x.xml", spl)),
        "root.zip": zipped(("/etc/x.xml", spl)),
        "drive.zip": zipped(("C:\\x.xml", spl)),
        "link.zip": linked.getvalue(),
        "names.zip": bad_name,
        "sizes.zip": bytes(sizes),
        "nameless.zip": bytes(nameless),
        "tail.zip": zipped(("x.xml", spl))[:-30],
        "cut.zip": zipped(("x.xml", spl * 50))[:200],
        "method.zip": _with_method(zipped(("x.xml", spl)), 99),
        "lzma.zip": zipped(("x.xml", b" " * 999_000), method=zipfile.ZIP_LZMA),
        "bzip2.zip": zipped(("x.xml", b" " * 999_000), method=zipfile.ZIP_BZIP2),
        "tail.gz": gzip.compress(spl)[:-9],
        "crc.gz": gzip.compress(spl)[:-8] + b"\x00" * 8,
        "empty.gz": gzip.compress(b""),
    }


def growing_archives() -> dict[str, bytes]:
    """Return archives that unpack to far more than they are, by name."""
    zeros = gzip.compress(b" " * 300_000_000, 9)
    return {
        "zeros.gz": zeros,
        "zeros.gz.gz": gzip.compress(zeros, 9),
        "zeros.zip": zipped(("x.xml", b" " * 100_000_000)),
        "many-zeros.zip": zipped(*((f"{n}.xml", b" " * 13_000_000) for n in range(80))),
        "zips.zip": zipped(
            *((f"{n}.zip", zipped(("x.xml", b" " * 13_000_000))) for n in range(20))
        ),
        "overlapping.zip": overlapping(b"x" * 12_000_000, 2_000),
        "members.zip": zipped(*((f"{n}", b"") for n in range(20_000))),
    }


def overlapping(data: bytes, members: int) -> bytes:
    """Return a zip archive whose directory names one member's bytes many times."""
    one = zipped(("x.xml", data))
    at = one.find(b"PK\x01\x02")
    end = one.find(b"PK\x05\x06")
    entry = one[at:end]
    tail = struct.pack(
        "<4s4H2LH", b"PK\x05\x06", 0, 0, members, members, len(entry) * members, at, 0
    )
    return one[:at] + entry * members + tail


def _with_method(data: bytes, method: int) -> bytes:
    changed = bytearray(data)
    changed[8:10] = struct.pack("<H", method)
    at = data.find(b"PK\x01\x02")
    changed[at + 10 : at + 12] = struct.pack("<H", method)
    return bytes(changed)


def encodings() -> dict[str, bytes]:
    """Return files whose bytes are not in the encoding that they claim, by name."""
    found: dict[str, bytes] = {}
    for form, data in SAMPLES.items():
        if form is Format.PDF:
            continue
        text = data.decode().replace("zorvaxone", "zörvaxone").replace("Rash", "Räsh")
        suffix = "md" if "markdown" in form else "txt"
        found |= {
            f"{form}-utf16.{suffix}": text.encode("utf-16-le"),
            f"{form}-utf16-bom.{suffix}": text.encode("utf-16"),
            f"{form}-utf32.{suffix}": text.encode("utf-32"),
            f"{form}-latin1.{suffix}": text.encode("latin-1", "replace"),
            f"{form}-mixed.{suffix}": text.encode() + "é".encode("latin-1") + text.encode(),
            f"{form}-nul.{suffix}": text.encode().replace(b" ", b"\x00", 3),
            f"{form}-bom.{suffix}": b"\xef\xbb\xbf" + text.encode(),
        }
    return found


def _pdf(*objects: bytes, size: int = 0) -> bytes:
    out, table = b"%PDF-1.4\n", b"0000000000 65535 f \n"
    for number, each in enumerate(objects, 1):
        table += b"%010d 00000 n \n" % len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    count = len(objects) + 1
    trailer = b"trailer\n<< /Root 1 0 R /Size %d >>\n" % (size or count)
    return out + b"xref\n0 %d\n%s%sstartxref\n%d\n%%%%EOF" % (count, table, trailer, len(out))


def _stream(data: bytes, extra: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), extra, data)


_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"
_PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources 5 0 R >>"
_WORDS = b"BT /F1 10 Tf 72 700 Td (Words that are many enough to be text, again and again.) Tj ET\n"
_FONT = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Courier >> >> >>"


def _pages(kids: bytes, count: int) -> bytes:
    return b"<< /Type /Pages /Count %d /Kids [%s] >>" % (count, kids)


def pdfs(scale: int = 1) -> dict[str, bytes]:
    """Return PDF files that loop, nest, grow or lie, by name; a *scale* makes them smaller."""
    flate = b"/Filter /FlateDecode"
    bomb = zlib.compress(b" " * (300_000_000 // scale), 9)
    one = _pages(b"3 0 R", 1)
    drawn = _stream(_WORDS * 10)

    def with_map(stream: bytes) -> bytes:
        font = b"<< /Font << /F1 << /Type /Font /Subtype /Type0 /BaseFont /X /ToUnicode 6 0 R"
        font += b" /Encoding /Identity-H /DescendantFonts [7 0 R] >> >> >>"
        widths = b"<< /Type /Font /Subtype /CIDFontType2 /W [%s] >>" % (
            b"0 65535 1 " * (20_000 // scale)
        )
        return _pdf(_CATALOG, one, _PAGE, drawn, font, stream, widths)

    ranges = b"100 beginbfrange\n" + b"<0000> <FFFF> <0041>\n" * (20_000 // scale) + b"endbfrange\n"
    kids = b"".join(b"%d 0 R " % n for n in range(6, 206))
    chain = [b"<< /Type /Pages /Count 1 /Kids [%d 0 R] >>" % n for n in range(7, 3_007)]
    form = _stream(b"/X Do " + _WORDS, b"/Type /XObject /Subtype /Form /Resources 5 0 R")
    forms = _FONT.removesuffix(b">>") + b"/XObject << /X 6 0 R >> >>"
    return {
        "self.pdf": _pdf(b"<< /Type /Catalog /Pages 1 0 R /Kids [1 0 R] >>"),
        "kids.pdf": _pdf(_CATALOG, _pages(b"2 0 R " * 50, 50), _PAGE, drawn, _FONT),
        "pages.pdf": _pdf(
            _CATALOG, _pages(b"3 0 R " * (100_000 // scale), 100_000 // scale), _PAGE, drawn, _FONT
        ),
        "many-kids.pdf": _pdf(_CATALOG, _pages(kids * (500 // scale), 10**9), _PAGE, drawn, _FONT),
        "chain.pdf": _pdf(_CATALOG, _pages(b"6 0 R", 1), _PAGE, drawn, _FONT, *chain, _PAGE),
        "count.pdf": _pdf(_CATALOG, _pages(b"3 0 R", 10**12), _PAGE, drawn, _FONT),
        "flate.pdf": _pdf(_CATALOG, one, _PAGE, _stream(bomb, flate), _FONT),
        "flate-twice.pdf": _pdf(
            _CATALOG,
            one,
            _PAGE,
            _stream(zlib.compress(bomb, 9), b"/Filter [/FlateDecode /FlateDecode]"),
            _FONT,
        ),
        "words.pdf": _pdf(
            _CATALOG, one, _PAGE, _stream(zlib.compress(_WORDS * (100_000 // scale)), flate), _FONT
        ),
        "operators.pdf": _pdf(
            _CATALOG,
            one,
            _PAGE,
            _stream(zlib.compress(b"q " * (10_000_000 // scale)), flate),
            _FONT,
        ),
        "array.pdf": _pdf(_CATALOG, one, _PAGE, _stream(b"[" * (500_000 // scale)), _FONT),
        "dictionary.pdf": _pdf(_CATALOG, one, _PAGE, drawn, b"<< /A " * (50_000 // scale)),
        "form.pdf": _pdf(_CATALOG, one, _PAGE, _stream(b"/X Do " + _WORDS * 10), forms, form),
        "map.pdf": with_map(_stream(zlib.compress(ranges), flate)),
        "prev.pdf": b"%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer\n"
        b"<< /Root 1 0 R /Size 1 /Prev 9 >>\nstartxref\n9\n%%EOF",
        "size.pdf": _pdf(_CATALOG, one, _PAGE, drawn, _FONT, size=99_999_999_999),
        "xref.pdf": b"%PDF-1.4\nxref\n0 4000000000\n0000000000 65535 f \ntrailer\n"
        b"<< /Root 1 0 R >>\nstartxref\n9\n%%EOF",
        "lzw.pdf": _pdf(
            _CATALOG,
            one,
            _PAGE,
            _stream(b"\x80\x0b" * (500_000 // scale), b"/Filter /LZWDecode"),
            _FONT,
        ),
        "runs.pdf": _pdf(
            _CATALOG,
            one,
            _PAGE,
            _stream(b"\x81x" * (1_000_000 // scale), b"/Filter /RunLengthDecode"),
            _FONT,
        ),
        "image.pdf": _pdf(
            _CATALOG, one, _PAGE, _stream(b"BI /W 1 ID " * (100_000 // scale)), _FONT
        ),
        "strings.pdf": _pdf(_CATALOG, one, _PAGE, _stream(b"(" * (1_000_000 // scale)), _FONT),
        "objects.pdf": b"%PDF-1.4\n" + b"1 0 obj\n<< >>\n" * (200_000 // scale),
        "startxref.pdf": b"%PDF-1.4\n" + b"startxref\n9\n%%EOF\n" * (100_000 // scale),
        "blank.pdf": b"%PDF-1.4\n" + b"\n" * (5_000_000 // scale),
    }


def cut(parts: int = 12) -> dict[str, bytes]:
    """Return every sample, cut at *parts* places, by name."""
    return {
        f"{form}-{at}.{'md' if 'markdown' in form else 'txt'}": data[: len(data) * at // parts]
        for form, data in SAMPLES.items()
        for at in range(parts)
    }


GROUPS: dict[str, Callable[[], dict[str, bytes]]] = {
    "markup": markup_bombs,
    "text": text_bombs,
    "odd-archives": odd_archives,
    "growing-archives": growing_archives,
    "encodings": encodings,
    "pdf": pdfs,
    "cut": cut,
}
