"""
Honest paraphrases in large: a clause moved, dropped or turned, what is left said as before.

Every rule asks for a plain shape that it can be sure of, and passes over anything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from eval.verifier.cases import Edit
from eval.verifier.figures import figures

_CROSS = re.compile(r" ?(?:\[\s*see\b[^\]]*\]|\(\s*see\b[^)]*\))")
_ABBREVIATED = re.compile(r" \(([A-Z][A-Za-z-]{1,6})\)")
_CONNECTED = re.compile(
    r"^(?:However|In addition|Additionally|Moreover|Furthermore|Therefore|Thus|Overall|Similarly"
    r"|In general|Finally|In conclusion|In summary), (?=[a-zA-Z])"
)


def dropped(text: str) -> list[tuple[Edit, ...]]:
    """Return what may be left out of *text*: cross-references, abbreviations, connectives."""
    return [*_asides(text), *_connective(text)]


def _asides(text: str) -> Iterator[tuple[Edit, ...]]:
    for match in _CROSS.finditer(text):
        yield (Edit(match.start(), match.end(), ""),)
    for match in _ABBREVIATED.finditer(text):
        letters = match[1].replace("-", "").lower()
        words = re.findall(r"[A-Za-z]+", text[: match.start()])
        # Only where it abbreviates the words before it: "(ALT)" may as well restrict them.
        initials = "".join(w[0].lower() for w in words[-len(letters) :])
        if initials == letters and text.count(match[1]) == 1:
            yield (Edit(match.start(), match.end(), ""),)


def _connective(text: str) -> Iterator[tuple[Edit, ...]]:
    if match := _CONNECTED.match(text):
        first = text[match.end()]
        yield (Edit(0, match.end() + 1, first.upper()),)


_WHO_OR_WHEN = r"(?:In|For|Among|During|After|Before|When|If|At) [^,.;:()|]{5,90}"
_NOT_A_PLACE = re.compile(
    r"(?:In (?:contrast|addition|general|particular|conclusion|summary|turn|fact|total|all|short)"
    r"|At (?:present|least|most)|For (?:example|instance|this|that|these))\b"
)
_SIMPLE_LEAD = re.compile(rf"^({_WHO_OR_WHEN}), ([a-z][^,;:|()]{{15,160}})\.$")
_SIMPLE_TAIL = re.compile(
    r"^([A-Z][^,;:|()]{20,140}?) ((?:in|among) (?:patients|adults|children|women|men"
    r"|adolescents|infants) [^,.;:()|]{4,80})\.$"
)
_TIED = re.compile(
    r"\b(?:respectively|it|they|its|their|this|these|such|both|either|than|which|who|that|and|or)\b"
)


def _leading(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield an opening phrase at the end: "In adults, X was seen" -> "X was seen in adults"."""
    match = _SIMPLE_LEAD.match(text)
    if (
        match is None
        or _NOT_A_PLACE.match(text)
        or text.endswith("as well.")
        or re.search(
            r"\b(?:it|they|this|these|respectively|that|than|which|who|versus|vs|compared)\b",
            match[2],
        )
    ):
        return
    if re.search(r"\bpatients? (?:with|who)\b.* in patients", text):
        return
    lead, rest = match.span(1), match.span(2)
    yield (Edit(0, len(text), f"{{{rest[0]}:{rest[1]}^}} {{{lead[0]}:{lead[1]}_}}."),)


def _trailing(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield a closing group of patients at the front."""
    match = _SIMPLE_TAIL.match(text)
    if match is None or _TIED.search(match[1]) or " with " in match[1][-30:] or text[1:2].isupper():
        return
    if re.match(
        r"(?:The|A|An|No|Patients|Use|Treatment|Safety|Dos(?:e|age|ing)|Adverse|Therapy"
        r"|Clearance|Plasma)\b",
        text,
    ):
        first, last = match.span(1), match.span(2)
        yield (Edit(0, len(text), f"{{{last[0]}:{last[1]}^}}, {{{first[0]}:{first[1]}_}}."),)


_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|may|can|should|must|will|did|does)\b")
_QUALIFIES = re.compile(
    r"\b(?:except|but|unless|only|if|provided|although|however|instead)\b", re.IGNORECASE
)
_FIRST_CLAUSE = re.compile(r"^([A-Z][^;|]{25,300}); ([^;|]{20,})\.$", re.DOTALL)
_CONTRAST = re.compile(r"^([A-Z][^;|]{25,300}), (?:whereas|while) ([^;|]{15,})\.$")
_AND_CLAUSE = re.compile(
    r"^([A-Z][^;|:]{25,240}), and ((?:the|there|no|patients|treatment|this|these|most"
    r"|all) [^;|:]{20,})\.$"
)


def _first_clause(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield the first of two clauses, each with a verb, neither of which qualifies the other."""
    for pattern in (_FIRST_CLAUSE, _AND_CLAUSE):
        match = pattern.match(text)
        if (
            match
            and _is_clause(match[1])
            and _VERB.search(match[2])
            and not _QUALIFIES.search(match[2])
        ):
            yield (Edit(match.end(1), len(text), "."),)
            return


def _contrast(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield what stands before "whereas"; the rest is only set beside it."""
    match = _CONTRAST.match(text)
    if match and _is_clause(match[1]) and _VERB.search(match[2]):
        yield (Edit(match.end(1), len(text), "."),)


def _is_clause(text: str) -> bool:
    balanced = text.count("(") == text.count(")") and text.count("[") == text.count("]")
    opens = re.match(r"(?:If|When|Because|Although|While|Since|In case|Unless|As)\b", text)
    return balanced and not opens and _VERB.search(text) is not None and "respectively" not in text


_AVOIDED = re.compile(
    r"^Avoid ((?:concomitant |concurrent )?(?:use|administration|coadministration) (?:of|with"
    r"|in) [^,.;:()]{5,120})\.$"
)
_DO = re.compile(
    r"^(Discontinue|Reduce|Monitor|Administer|Store|Interrupt|Withhold|Initiate"
    r"|Consider) ([^,.;:()]{3,60}?)"
    r"((?: (?:if|when|in patients|for|during|before|prior to|until|at|once|twice|daily|as"
    r"|to)\b[^.;:()]{0,120})?)\.$"
)
_DONE = {
    "Discontinue": "discontinued",
    "Reduce": "reduced",
    "Monitor": "monitored",
    "Administer": "administered",
    "Store": "stored",
    "Interrupt": "interrupted",
    "Withhold": "withheld",
    "Initiate": "initiated",
    "Consider": "considered",
}
_DO_NOT = re.compile(
    r"^Do not (use|administer|give|take|crush|chew|exceed|mix|freeze|refrigerate"
    r"|inject) ([^,.;:()]{3,60}?)((?: (?:if|when|in|for|during|with|before|after|or|to"
    r"|at)\b[^.;:()]{0,120})?)\.$"
)
_DONE_NOT = {
    "use": "used",
    "administer": "administered",
    "give": "given",
    "take": "taken",
    "crush": "crushed",
    "chew": "chewed",
    "exceed": "exceeded",
    "mix": "mixed",
    "freeze": "frozen",
    "refrigerate": "refrigerated",
    "inject": "injected",
}


def _avoid(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield advice against in the passive: "Avoid use of X" -> "Use of X should be avoided"."""
    if match := _AVOIDED.match(text):
        yield (Edit(0, len(text), f"{{{match.start(1)}:{match.end(1)}^}} should be avoided."),)


def _imperative(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield an order in the passive: "Monitor X in Y" -> "X should be monitored in Y"."""
    match = _DO.match(text)
    done = _DONE.get(match[1], "") if match else ""
    denied = _DO_NOT.match(text)
    if denied:
        match, done = denied, _DONE_NOT[denied[1]]
    if match is None or re.search(r"\b(?:and|or|patients)\b", match[2]):
        return
    what, rest = match.span(2), match.span(3)
    word = "should not be" if denied else "should be"
    yield (Edit(0, len(text), f"{{{what[0]}:{what[1]}^}} {word} {done}{{{rest[0]}:{rest[1]}}}."),)


_LIST = re.compile(
    r"(?:\binclud(?:e|es|ed|ing)|\bwere|\bare|\bof|\bas|:) "
    r"([a-z][a-z -]{3,30}), ([a-z][a-z -]{3,30}), (?:and|or) ([a-z][a-z -]{3,30})(?=\.$|\. )"
)


def _listed(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield three items of a list in another order."""
    match = _LIST.search(text)
    if (
        match is None
        or "respectively" in text
        or re.search(r"\b(?:with|in|of|to|by|for|the)\b", match[1] + match[3])
    ):
        return
    yield (
        Edit(*match.span(1), f"{{{match.start(3)}:{match.end(3)}}}"),
        Edit(*match.span(3), f"{{{match.start(1)}:{match.end(1)}}}"),
    )


_FOUND = re.compile(
    r"^(?:We found that|(?:The )?[Rr]esults (?:showed|show|indicate|indicated) that"
    r"|Our (?:results|findings|data) (?:show|showed|suggest|indicate) that"
    r"|We conclude that|The authors conclude that|It was found that|It should be noted that"
    r"|Note that) (?=[a-zA-Z])"
)


def _found(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield a finding without the words that announce it; "suggest" weakens, and is kept."""
    match = _FOUND.match(text)
    if match and "suggest" not in match[0]:
        yield (Edit(0, match.end() + 1, text[match.end()].upper()),)


_PAIR = re.compile(
    r"\b(nausea|vomiting|headache|dizziness|diarrhea|fatigue|constipation|rash|fever|insomnia"
    r"|somnolence) (and|or) (nausea|vomiting|headache|dizziness|diarrhea|fatigue|constipation"
    r"|rash|fever|insomnia|somnolence)\b(?! \()"
)


def _pair(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield two plain effects in the other order."""
    match = _PAIR.search(text)
    if match and "respectively" not in text and not figures(text[match.end() : match.end() + 25]):
        yield (
            Edit(*match.span(1), f"{{{match.start(3)}:{match.end(3)}}}"),
            Edit(*match.span(3), f"{{{match.start(1)}:{match.end(1)}}}"),
        )


def large(text: str) -> list[tuple[Edit, ...]]:
    """Return every rewording that moves, drops or turns clauses of *text*."""
    rules = (
        _leading,
        _trailing,
        _first_clause,
        _contrast,
        _avoid,
        _imperative,
        _listed,
        _found,
        _pair,
        _had,
        _dose,
        _converse,
    )
    return [edits for rule in rules for edits in rule(text)]


_HAD = re.compile(
    r"^([A-Z][a-z]+(?: [a-z]+){0,2}) (?:was|were|has been|have been) (?:reported|observed|seen) in "
    r"((?:approximately |about )?\d[\d.]*%) of ((?:the )?[^.,;:()|]{4,80})\.$"
)
_DOSE = re.compile(
    r"^(The (?:recommended |usual |maximum |starting |initial |adult )+(?:dose"
    r"|dosage)[^.,;:()|]{0,90}?)"
    r" is (\d[^.;:()|]{2,90}|\d[\d.]*[^;:()|]{2,90})\.$"
)
_CONVERSE = re.compile(
    r"\b(higher|lower|greater|smaller|longer|shorter) (in|with|for|among) ([^.,;:()|]{3,60}?) than "
    r"(?:in |with |for |among )?([^.,;:()|]{3,60})\.$"
)
_CONVERSES = {
    "higher": "lower",
    "lower": "higher",
    "greater": "smaller",
    "smaller": "greater",
    "longer": "shorter",
    "shorter": "longer",
}


def _had(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield the active voice: "X was reported in 5% of patients" -> "5% of patients had X"."""
    if match := _HAD.match(text):
        what, share, who = (f"{{{match.start(n)}:{match.end(n)}" for n in (1, 2, 3))
        yield (Edit(0, len(text), f"{share}^}} of {who}}} had {what}_}}."),)


def _dose(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield the dose first: "The recommended dose is 5 mg" -> "5 mg is the recommended dose"."""
    if match := _DOSE.match(text):
        what, amount = (f"{{{match.start(n)}:{match.end(n)}" for n in (1, 2))
        yield (Edit(0, len(text), f"{amount}}} is {what}_}}."),)


def _converse(text: str) -> Iterator[tuple[Edit, ...]]:
    """Yield a comparison from its other side: "higher in A than in B", "lower in B than in A"."""
    match = _CONVERSE.search(text)
    if match is None or re.search(r"\b(?:no|not|times|fold|respectively)\b|%|\d", text):
        return
    one, other = (f"{{{match.start(n)}:{match.end(n)}}}" for n in (3, 4))
    turned = f"{_CONVERSES[match[1]]} {match[2]} {other} than {match[2]} {one}."
    yield (Edit(match.start(), len(text), turned),)
