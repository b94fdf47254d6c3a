"""Falsified sense: negation put in or taken out, a direction turned round. One each."""

from __future__ import annotations

import re
from collections.abc import Iterator
from random import Random

from eval.verifier.cases import Edit
from eval.verifier.changes import Change, Scene, replaced

_NEGATED = re.compile(
    r"\b(?:not|no|non|never|neither|nor|without|cannot|none|unless|un\w{4,}able|lack|fail\w*|whether|unclear|unknown|uncertain|in(?:adequate|sufficient|conclusive)"
    r"|absen(?:t|ce)|except|avoid\w*|contraindicated|only)\b|n't\b",
    re.IGNORECASE,
)
_DROPPED = (
    (
        re.compile(
            r"\b(?:is|are|was|were|has|have|had|should|must|did|does|do|may|could|would"
            r"|will)( not)\b(?! (?:only|necessarily|more than|less than|exceed|to exceed"
            r"|limited to|all|every|always))"
        ),
        "",
    ),
    (re.compile(r"^(Do not )(?=\w)"), "^"),
    (re.compile(r"\b(cannot)\b"), "can"),
    (
        re.compile(
            r"\b([Nn]o) (?=(?:significant|clinically|dose|dosage|evidence|difference|increase"
            r"|effect|adjust|statistical|relevant|apparent|serious|benefit|association|change"
            r"|improvement|interaction)\w*)(?!more|less|longer)"
        ),
        "some",
    ),
    (re.compile(r"(?<!or )\b(without) (?!regard|respect|or\b)"), "with"),
    (
        re.compile(
            r"\b(not )(?=(?:recommended|indicated|contraindicated|significantly|associated"
            r"|established|known|observed|increased|affected|related)\b)"
        ),
        "",
    ),
)
_INSERTED = (
    re.compile(
        r"\b(?:is|are)()(?= (?:contraindicated|recommended|indicated|required|necessary"
        r"|approved|effective|metabolized|excreted|associated|considered|likely|increased"
        r"|reduced|preferred|appropriate|safe)\b)"
    ),
    re.compile(
        r"\b(?:was|were|has(?= been)|have(?= been))()(?= (?:been )?(?:associated|observed"
        r"|reported|significantly"
        r"|increased|reduced|decreased|effective|shown|noted|found|higher|lower|greater|similar"
        r"|improved|superior|established|demonstrated|detected|well)\b)"
    ),
    re.compile(
        r"\b(?:should|must)()(?= (?:be|receive|take|undergo|begin|start|consider|continue|use"
        r"|have)\b)"
    ),
)
_IMPERATIVE = re.compile(
    r"^(?:Administer|Discontinue|Use|Give|Start|Initiate|Monitor|Reduce|Increase|Consider|Offer"
    r"|Provide|Recommend|Screen|Test|Treat|Advise|Perform|Store|Inject|Take|Measure"
    r"|Assess)\b(?= \w)"
)
_WE = re.compile(
    r"\b(?:[Ww]e|The (?:USPSTF|Task Force|Work Group|panel|Panel|committee)|ACIP"
    r"|CDC) (recommends?|suggests?)\b"
)


def negation(scene: Scene, rng: Random) -> Iterator[Change]:
    """
    Yield changes that put one "not" in, or take the only negation out.

    A sentence that already denies something is not denied twice over, and one with two
    negations keeps both: what it would mean is a matter of reading.
    """
    del rng
    text = scene.text
    cues = [match[0].lower() for match in _NEGATED.finditer(text)]
    if len([cue for cue in cues if cue not in ("only", "contraindicated", "avoid")]) == 1:
        yield from _affirmed(text)
    elif set(cues) <= {"contraindicated"}:
        yield from _denied(text)


def _affirmed(text: str) -> Iterator[Change]:
    for pattern, new in _DROPPED:
        for match in pattern.finditer(text):
            if new == "^":
                end = match.end(1)
                yield Change((Edit(match.start(1), end + 1, text[end].upper()),))
            elif not text[match.start(1) :].startswith(("not only", "no more", "no less")):
                yield replaced(match, new, 1)


def _denied(text: str) -> Iterator[Change]:
    for pattern in _INSERTED:
        for match in pattern.finditer(text):
            yield Change((Edit(match.end(), match.end(), " not"),))
    for match in _WE.finditer(text):
        verb = match[1].rstrip("s")
        does = "does not" if match[1].endswith("s") else "do not"
        yield Change((Edit(match.start(1), match.end(1), f"{does} {verb}"),))
    if _IMPERATIVE.match(text):
        yield Change((Edit(0, 1, f"Do not {text[0].lower()}"),))


_PAIRS = (
    ("increases", "decreases"),
    ("increased", "decreased"),
    ("increase", "decrease"),
    ("increasing", "decreasing"),
    ("higher", "lower"),
    ("greater", "smaller"),
    ("improved", "worsened"),
    ("improves", "worsens"),
    ("improvement", "worsening"),
    ("improvements", "deteriorations"),
    ("reduced", "increased"),
    ("reduces", "increases"),
    ("reduction", "increase"),
    ("reductions", "increases"),
    ("superior", "inferior"),
    ("longer", "shorter"),
    ("elevated", "reduced"),
    ("elevation", "reduction"),
    ("elevations", "reductions"),
    ("raised", "lowered"),
    ("faster", "slower"),
    ("better", "worse"),
    ("rose", "fell"),
    ("prolonged", "shortened"),
    ("prolongation", "shortening"),
    ("accelerated", "delayed"),
    ("enhanced", "diminished"),
    ("enhances", "diminishes"),
    ("enhance", "diminish"),
    ("reduce", "increase"),
    ("inhibits", "induces"),
    ("inhibitor", "inducer"),
    ("inhibitors", "inducers"),
    ("hypertension", "hypotension"),
    ("tachycardia", "bradycardia"),
    ("hyperglycemia", "hypoglycemia"),
    ("hyperkalemia", "hypokalemia"),
)
_TURNED: dict[str, str] = {}
for _one, _other in _PAIRS:
    _TURNED.setdefault(_one, _other)
    _TURNED.setdefault(_other, _one)
_DIRECTION = re.compile(
    r"(?<![\w-])(" + "|".join(sorted(_TURNED, key=len, reverse=True)) + r")(?![\w-])"
    r"(?! (?:extremit|respiratory|limb|leg|back|limit|abdom|gastro|urinary|GI|tract|end of|bound"
    r"|than (?:or equal|\d)|dose of|release))",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"\b(?:increas\w+|higher|greater|improve\w*|elevat\w+|enhanc\w+) (?:or|and|and/or) "
    r"(?:decreas\w+|lower|smaller|worse\w*|reduc\w+|diminish\w*)"
    r"|\b(?:decreas\w+|reduc\w+|lower) (?:or|and|and/or) (?:increas\w+|elevat\w+|higher)",
    re.IGNORECASE,
)
_MORE = re.compile(
    r"\b(more|less)(?= (?:likely|common|commonly|frequent|frequently|effective|severe|often"
    r"|pronounced|rapid|rapidly|potent|sensitive|sedating|weight|pain|favorable|efficacious)\b)",
    re.IGNORECASE,
)
_MOVE = re.compile(r"\bweight (gain|loss)\b", re.IGNORECASE)
_FOR = re.compile(r"\brecommends? (against|for)\b", re.IGNORECASE)
_RECOMMENDS = re.compile(
    r"\b(?:USPSTF|Task Force|[Ww]e|Work Group|ACIP|CDC"
    r"|panel)\b[^.;]{0,25}? recommends? ()(?=(?:screening|the use|using|routine|offering|that"
    r"|vaccination|treatment|initiating|\w+ing)\b)"
)
_ONLY_NOUNS = frozenset("hypertension hypotension tachycardia bradycardia".split())


def direction(scene: Scene, rng: Random) -> Iterator[Change]:
    """Yield changes that turn one direction round: increased, higher, improved, for, more."""
    text = scene.text
    if _BOTH.search(text):
        return
    for match in _DIRECTION.finditer(text):
        word = match[1].lower()
        turned = _TURNED[word]
        twice = len(re.findall(rf"\b{word}\b", text, re.IGNORECASE)) > 1
        if (
            (twice and word in _ONLY_NOUNS)
            or re.search(rf"\b{turned}\b", text, re.IGNORECASE)
            or (
                word in _ONLY_NOUNS and rng.random() < 0.7  # noqa: PLR2004 - they are everywhere
            )
        ):
            continue
        change = replaced(match, turned, 1)
        article = re.search(r"\b(an?) $", text[: match.start(1)])
        if article and (right := "an" if turned[0] in "aeiou" else "a") != article[1]:
            yield Change((Edit(article.start(1), article.end(1), right), *change.edits))
        else:
            yield change
    for match in _MORE.finditer(text):
        yield replaced(match, "less" if match[1].lower() == "more" else "more", 1)
    for match in _MOVE.finditer(text):
        yield replaced(match, "loss" if match[1].lower() == "gain" else "gain", 1)
    for match in _FOR.finditer(text):
        yield replaced(match, "for" if match[1].lower() == "against" else "against", 1)
    for match in _RECOMMENDS.finditer(text):
        if not re.search(r"\bagainst\b|\bthat\b", text[match.end() : match.end() + 8]):
            yield Change((Edit(match.end(), match.end(), "against "),))
