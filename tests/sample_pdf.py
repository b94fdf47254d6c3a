"""PDF files drawn for tests, run by run."""

from __future__ import annotations

from collections.abc import Iterable

Text = tuple[float, float, float, str, str]
"""x, y, font size, font ("F1" plain, "F2" bold) and the words of one run."""


def made(pages: Iterable[Iterable[Text]], title: str = "") -> bytes:
    """Return a PDF that draws *pages* in Courier, every character 0.6 of the size wide."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    for name in ("Courier", "Courier-Bold"):
        widths = " ".join(["600"] * 95)
        objects.append(
            f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /FirstChar 32 /LastChar 126"
            f" /Widths [{widths}] /Encoding /WinAnsiEncoding >>"
        )
    kids = []
    for page in pages:
        drawn = "".join(
            f"BT /{font} {size} Tf {x} {y} Td ({_escaped(text)}) Tj ET\n"
            for x, y, size, font, text in page
        )
        objects.append(f"<< /Length {len(drawn)} >>\nstream\n{drawn}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects)} 0 R"
            " /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    objects.append(f"<< /Title ({_escaped(title)}) >>")
    out = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("cp1252")
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode()
    return out + f"trailer\n{trailer}\nstartxref\n{out.rfind(b'xref')}\n%%EOF".encode()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", r"\(").replace(")", r"\)")
