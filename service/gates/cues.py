"""
Text -> cues: what denies, what points up or down, how strongly something is advised. Pure.

A direction is an axis and a pole: "increased" and "reduced" are two poles of one axis, and so are
"start" and "stop"; "improved" lies on another. ``marks`` gives a denial its scope.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from service.gates.patterns import any_of

_DENIALS = any_of(
    r"""
    (?<!or_)not(?!_only) n't cannot no(?!\.|_?\d) never neither none nothing nobody hardly
    barely without lack(?:s|ed)?(?:_of)? want_of absence_of fail(?:s|ed|ing)?_to failure_to
    avoid(?:s|ed|ing|ance)? free_(?:of|from) rather_than instead_of unable_to
    refrain(?:s|ed|ing)?_from insufficient inadequate precludes? prohibits? independent(?:ly)?_of
    """
)
"""Words that deny what follows them."""

_UNSAID = any_of(
    r"""
    (?:recommend\w*|suggest\w*|advi[sc]\w+|caution\w*|warn\w*)_(?:\w+_){0,2}against
    contra-?indicat\w+ absent lacking unknown unclear uncertain unlikely unaffected unchanged
    ineffective inactive unnecessary non-?significant(?:ly)? insignificant(?:ly)? unsafe
    inappropriate prohibited ruled_out unrelated unavailable unproven unestablished uncontrolled
    untreated unaltered unresectable unsuitable undetectable ineligible incompatible inadvisable
    untrue disproved disproven refuted debunked (?:is|was)_(?:false|wrong)_that
    """
)
"""Words that deny what stands around them."""

_POLES = {
    "advice=": any_of(
        r"""
        no_recommendations?\b[^.;]{0,40}?\bfor_or_against (?:n?either_)?for_n?or_against
        no_recommendations?(?!_against)
        """
    ),
    "level=": any_of(
        r"""
        similar(?:ly)? comparable equivalent unchanged same(?!_(?:time|day|way|dose|patients?))
        non-?inferior(?:ity)? stable identical
        no_(?:\w+_){0,2}differences? (?:did|do|does)_not_(?:\w+_)?differ
        """
    ),
    "level+": any_of(
        r"""
        increas\w* higher greater more(?!_than_\d) elevat\w+ rais(?:e|es|ed|ing)
        ris(?:e|es|en|ing) rose enhanc\w+ potentiat\w+ prolong\w* longer larger
        heighten\w* augment\w* upregulat\w+ maximi[sz]\w+ excess(?:ive)?
        """
    ),
    "level-": any_of(
        r"""
        decreas\w* reduc\w+ lower(?:s|ed|ing)? less(?!_than_\d) fewer diminish\w* declin\w+
        drop(?:s|ped|ping)? fell fallen shorten\w* shorter smaller attenuat\w+ suppress\w*
        minimi[sz]\w+ lessen\w* downregulat\w+ blunt\w* depress(?:es|ed)
        """
    ),
    "degree+": any_of(r"high(?:est)? large heavy"),
    "degree-": any_of(r"low(?:est)? small light"),
    "worth+": any_of(
        r"""
        improv\w+ better benefit(?:s|ed)? beneficial superior(?:ity)? favou?r(?:s|ed|able|ably)?
        ameliorat\w+ alleviat\w+ safer preferred preferable protect\w+
        """
    ),
    "worth-": any_of(
        r"""
        wors\w+ deteriorat\w+ inferior(?:ity)? exacerbat\w+ aggravat\w+ harm(?:s|ed|ful)? poorer
        detrimental impair(?:s|ed)(?!_(?:renal|hepatic|kidney|liver|patients))
        """
    ),
    "level!": any_of(r"differ(?:s|ed|ences?|ent(?:ly)?|ing)?"),
    "course+": any_of(
        r"""
        start(?:s|ed|ing)? initiat\w+ begin(?:s|ning)? began begun restart\w* resum\w+
        continu(?:e|es|ed|ing)
        """
    ),
    "course-": any_of(
        r"""
        stop(?:s|ped|ping)? discontinu\w+ withdr[ae]w\w* ceas\w+ cessation withh[eo]ld\w*
        interrupt\w* terminat\w+
        """
    ),
    "induction+": any_of(r"induc(?:e|es|ed|ing|er|ers|tion) stimulat\w+ activat\w+"),
    "induction-": any_of(r"inhibit\w* block(?:s|ed|ing|ade|er|ers)?"),
    "binding+": any_of(r"agonis(?:t|ts|m)"),
    "binding-": any_of(r"antagonis(?:t|ts|m)"),
    "often+": any_of(r"common(?:ly)? frequent(?:ly)? often usual(?:ly)?"),
    "often-": any_of(r"rare(?:ly)? uncommon(?:ly)? infrequent(?:ly)? seldom"),
    "order+": any_of(r"after(?!_(?:that|which|this)) (?<!the_)following subsequent_to"),
    "order-": any_of(r"before prior_to preceding"),
    "pace+": any_of(
        r"rapid(?:ly)? fast(?:er)? quick(?:er|ly)? abrupt(?:ly)? accelerat\w+ early earlier"
    ),
    "pace-": any_of(r"gradual(?:ly)? slow(?:s|ed|er|ly|ing)? delay\w* late later"),
    "sign+": any_of(r"positive(?:ly)?"),
    "sign-": any_of(r"negative(?:ly)? inverse(?:ly)?"),
    "gain+": any_of(r"gain(?:s|ed|ing)?"),
    "gain-": any_of(r"loss(?:es)? lost los(?:e|es|ing)"),
}
"""Axis with pole: + up, - down, = no difference, ! some difference."""

_STRENGTHS = {
    "strong": any_of(
        r"""
        must should shall required? recommend(?:s|ed|ing|ation|ations)? strong(?:ly)? always
        need(?:s|ed)?_to
        """
    ),
    "weak": any_of(
        r"""
        may might could can suggest(?:s|ed|ing|ion)? consider(?:s|ed|ing|ation)?
        conditional(?:ly)? weak(?:ly)? optional(?:ly)? possible possibly
        """
    ),
}


@dataclass(frozen=True, slots=True)
class Cue:
    """
    A cue word; ``kind`` is "denial", "direction" or "strength".

    ``key`` is "not" (denies what follows), "un-" (denies what stands around it), an axis with its
    pole ("level+"), or "strong" and "weak".
    """

    start: int
    end: int
    kind: str
    key: str


def opposed(first: str, second: str) -> bool:
    """
    Tell whether two directions contradict each other: two poles of one axis.

    That there is no difference contradicts every change and every gain; that there is one
    contradicts only that.
    """
    if first == second:
        return False
    if "level=" in {first, second}:
        return {first[:-1], second[:-1]} <= {"level", "worth"}
    return first[:-1] == second[:-1] and "!" not in first + second


def _compiled() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """Yield kind, key and pattern in the order of reading: what is equal denies nothing."""
    for key in ("advice=", "level="):
        yield "direction", key, _bordered(_POLES[key])
    yield "denial", "not", re.compile(rf"{_bordered(_DENIALS).pattern}|n't\b", re.IGNORECASE)
    yield "denial", "un-", _bordered(_UNSAID)
    for key, pattern in _POLES.items():
        yield "direction", key, _bordered(pattern)
    for key, pattern in _STRENGTHS.items():
        yield "strength", key, _bordered(pattern)


def _bordered(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Za-z-])(?:{pattern})(?![A-Za-z])", re.IGNORECASE)


_PATTERNS = tuple(_compiled())
_HYPER_HYPO = re.compile(
    r"(?<![A-Za-z])(?P<pole>hyper|hypo|tachy|brady)(?P<what>[a-z]{4,})", re.IGNORECASE
)


def cues(text: str) -> tuple[Cue, ...]:
    """Return the cues of a normalised *text* in order, none overlapping another."""
    found: list[Cue] = []
    for kind, key, pattern in _PATTERNS:
        for match in pattern.finditer(text):
            if all(match.end() <= c.start or c.end <= match.start() for c in found):
                found.append(Cue(*match.span(), kind, key))
    for match in _HYPER_HYPO.finditer(text):
        # Hypertension and hypotension: two poles of an axis of their own.
        pole = "+" if match.group("pole").lower() in {"hyper", "tachy"} else "-"
        key = f"{match.group('what').lower().removesuffix('s')}{pole}"
        found.append(Cue(*match.span(), "direction", key))
    return tuple(sorted(found, key=lambda cue: cue.start))
