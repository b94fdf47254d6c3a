"""Formulas -> text on one line that keeps every sign: MathML "p ≤ 0.05", "(a + b)/(c)", "V̇O₂"."""

from __future__ import annotations

import re
from collections.abc import Callable

from ingest.markup import Element, local_name, lowered, raised, squeeze

IMAGE = "[image]"
"""Stands where a formula or sign is given as a picture only: a gap must be seen, not closed."""

_SPACED = frozenset("= ≠ ≈ ≡ < > ≤ ≥ ± ∓ × + − - – ∗ * ∈ ∼ ~ → ⇒ ∝ ∪ ∩".split())
_ACCENTS = {
    "˙": "\u0307", ".": "\u0307", "¯": "\u0304", "‾": "\u0304", "―": "\u0304", "_": "\u0304",
    "-": "\u0304", "–": "\u0304", "^": "\u0302", "ˆ": "\u0302", "~": "\u0303", "˜": "\u0303",
    "→": "\u20d7", "¨": "\u0308",
}  # fmt: skip
_TEX_SIGNS = {
    "times": "×", "cdot": "·", "pm": "±", "mp": "∓", "le": "≤", "leq": "≤", "leqslant": "≤",
    "ge": "≥", "geq": "≥", "geqslant": "≥", "ne": "≠", "neq": "≠", "approx": "≈", "sim": "∼",
    "mu": "µ", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "Delta": "Δ",
    "kappa": "κ", "lambda": "λ", "sigma": "σ", "chi": "χ", "eta": "η", "rho": "ρ", "tau": "τ",
    "omega": "ω", "circ": "°", "infty": "∞", "to": "→", "rightarrow": "→", "sum": "∑",
    "%": "%", "&": "&", "#": "#", "_": "_", "$": "$", ",": " ", ";": " ", ":": " ", "!": "",
    " ": " ", "quad": " ", "qquad": " ", "left": "", "right": "", "displaystyle": "",
}  # fmt: skip
_TEX_BODY = re.compile(r"\\begin\{document\}(.*?)\\end\{document\}", re.DOTALL)
_TEX_STYLE = re.compile(
    r"\\(?:mathrm|mathbf|mathit|mathsf|mathnormal|text|textrm|textit|textbf|hbox|operatorname"
    r"|upmu|rm|bf|it)\b\s*\{([^{}]*)\}"
)
_TEX_FRACTION = re.compile(r"\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_TEX_SCRIPT = re.compile(r"([\^_])\s*(?:\{([^{}]*)\}|([A-Za-z0-9]))")
_TEX_COMMAND = re.compile(r"\\([A-Za-z]+|[^A-Za-z])")


def spell_formulas(root: Element) -> None:
    """
    Replace every formula below *root*, in place, by its text.

    Of several alternatives MathML is taken, then TeX; a formula that is only a picture
    becomes IMAGE.
    """
    for element in list(root.iter("{*}alternatives")):
        _choose(element)
    for element in list(root.iter("{*}math", "{*}tex-math")):
        spelled = mathml(element) if local_name(element) == "math" else tex(element.text or "")
        shown = squeeze(spelled) or IMAGE
        become_text(element, f" {shown} " if _is_displayed(element) else shown)
    for element in list(root.iter("{*}inline-graphic", "{*}graphic")):
        if local_name(element) == "inline-graphic" or _parent_name(element) in _INLINE:
            become_text(element, IMAGE)


_INLINE = frozenset("td th p bold italic sup sub inline-formula disp-formula".split())


def _parent_name(element: Element) -> str:
    parent = element.getparent()
    return "" if parent is None else local_name(parent)


def _is_displayed(element: Element) -> bool:
    """Tell whether a formula stands on a line of its own."""
    return element.get("display") == "block" or any(
        local_name(a) == "disp-formula" for a in element.iterancestors()
    )


def become_text(element: Element, text: str) -> None:
    """Put *text* in the place of *element*; what follows the element stays."""
    parent = element.getparent()
    if parent is None:
        return
    text += element.tail or ""
    before = element.getprevious()
    if before is None:
        parent.text = (parent.text or "") + text
    else:
        before.tail = (before.tail or "") + text
    parent.remove(element)


def _choose(alternatives: Element) -> None:
    """Keep the richest of several renderings of one thing: table, MathML, TeX, picture."""
    by_name = {local_name(child): child for child in reversed(alternatives)}
    for name in ("table", "math", "tex-math", "textual-form"):
        if name in by_name:
            for child in list(alternatives):
                if child is not by_name[name]:
                    become_text(child, "")
            return


def mathml(element: Element) -> str:
    """Return MathML as one line of text; unknown elements give their content."""
    name = local_name(element)
    if name == "mo":
        return _operator(element)
    if name in _SPELLED:
        return _SPELLED[name]
    parts = [mathml(child) for child in element if isinstance(child.tag, str)]
    if name in _JOINED and len(parts) > 1:
        return _JOINED[name](parts)
    return _enclosed(element, name, parts)


def _enclosed(element: Element, name: str, parts: list[str]) -> str:
    inside = (element.text or "").strip("\n\t") + "".join(parts)
    if name == "msqrt":
        return f"√({inside})"
    if name == "mfenced":
        separator = f"{element.get('separators', ',').strip()[:1]} "
        return element.get("open", "(") + separator.join(parts) + element.get("close", ")")
    return inside


def _operator(element: Element) -> str:
    sign = squeeze(element.text or "")
    binary = element.getprevious() is not None
    return f" {sign} " if sign in _SPACED and binary else sign


def _grouped(text: str) -> str:
    """Put a numerator or denominator of several parts into parentheses."""
    text = text.strip()
    return text if re.fullmatch(r"[\w.,]*|\([^()]*\)", text) else f"({text})"


def _scripted(base: str, below: str, above: str) -> str:
    return base + lowered("".join(below.split())) + raised("".join(above.split()))


def _over(base: str, above: str) -> str:
    """Put an accent on a letter (V̇, x̄), on a group (AB)̂; anything else is raised."""
    if (accent := _ACCENTS.get(above.strip())) is None:
        return _scripted(base, "", above)
    return base + accent if len(base.strip()) == 1 else f"({base}){accent}"


_SPELLED = {"annotation": "", "annotation-xml": "", "mphantom": "", "none": "", "mspace": " "}
_JOINED: dict[str, Callable[[list[str]], str]] = {
    "mfrac": lambda p: f"{_grouped(p[0])}/{_grouped(p[1])}",
    "mroot": lambda p: f"{raised(p[1])}√({p[0]})",
    "msup": lambda p: _scripted(p[0], "", p[1]),
    "msub": lambda p: _scripted(p[0], p[1], ""),
    "munder": lambda p: _scripted(p[0], p[1], ""),
    "msubsup": lambda p: _scripted(p[0], p[1], "".join(p[2:3])),
    "munderover": lambda p: _scripted(p[0], p[1], "".join(p[2:3])),
    "mover": lambda p: _over(p[0], p[1]),
    "mtr": " ".join,
    "mtable": "; ".join,
}


def tex(source: str) -> str:
    """Return TeX as text: its document part, the common signs spelled, other commands named."""
    body = _TEX_BODY.search(source)
    text = (body.group(1) if body else source).replace("$", " ").replace("~", " ")
    before = ""
    while before != text:
        before = text
        text = _TEX_STYLE.sub(r"\1", text)
        text = _TEX_FRACTION.sub(lambda m: f"{_grouped(m[1])}/{_grouped(m[2])}", text)
        text = _TEX_SCRIPT.sub(_tex_script, text)
    text = _TEX_COMMAND.sub(lambda m: _TEX_SIGNS.get(m[1], m[1]), text)
    return squeeze(text.replace("{", "").replace("}", ""))


def _tex_script(match: re.Match[str]) -> str:
    text = match[2] if match[2] is not None else match[3]
    text = _TEX_COMMAND.sub(lambda m: _TEX_SIGNS.get(m[1], m[1]), text)
    if text == "°":
        return text
    return raised(text) if match[1] == "^" else lowered(text)
