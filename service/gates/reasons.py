"""Which gate gives which reason code: for counting, so that no figure has an unbounded label."""

from __future__ import annotations

REASONS: dict[str, frozenset[str]] = {
    gate: frozenset(codes.split())
    for gate, codes in {
        "marker": "unknown_marker uncited passage_not_retrieved",
        "quote": "quote_not_in_passage text_is_not_the_quote",
        "value": "value_not_in_quote value_of_another comparator_differs range_differs "
        "unit_differs frequency_not_in_quote frequency_of_another frequency_dropped",
        "drug": "drug_not_in_quote drug_of_another",
        "polarity": "recommendation_reversed direction_reversed denial_added denial_dropped "
        "strength_raised strength_lowered",
        "qualifier": "population_not_in_quote population_of_another population_dropped "
        "severity_not_in_quote severity_of_another severity_dropped "
        "route_not_in_quote route_of_another restriction_dropped",
        "section": "section_cannot_carry",
        "coverage": "not_covered",
    }.items()
}
"""The codes of each gate, in the order of the gates; what follows a colon in a code is left out."""

_GATE_OF = {code: gate for gate, codes in REASONS.items() for code in codes}


def gate_and_code(reason: str) -> tuple[str, str]:
    """Return the gate of a statement's reason, and the reason without what follows its colon."""
    code = reason.partition(":")[0]
    return (_GATE_OF[code], code) if code in _GATE_OF else ("other", "other")
