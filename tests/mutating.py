"""Damaged files: a sound one with tokens torn out, doubled, moved, and bytes changed."""

from __future__ import annotations

import random
import re

_TOKENS = re.compile(rb"<[^<>]*>|[\w.]+|\s+|.", re.DOTALL)
_ODD = (
    *(b"\x00", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\xc2\xad", b"\x1b", b"\x85"),
    *(b"&#0;", b"&amp;", b"&nbsp;", b"<![CDATA[", b"<!--", b"<?x?>", b"<!DOCTYPE x>", b"]]>"),
    *(b"-1", b"0", b"1e999", b"9" * 400, b"NaN", b"null", b"[]", b"{}", b'""', b"\\ud800"),
    *(b"\xd9\xa3", b"\xc2\xb2", b"\xe2\x85\xa7", b"\xf0\x9d\x9f\x9e", b"\n\n", b"\t", b"---\n"),
    *(b"a: &a [*a]", b"!!python/object:x", b"<table><tr><td><table>", b"(((", b"0000-99-99"),
)


def mutated(data: bytes, chance: random.Random, others: bytes = b"") -> bytes:
    """Return *data* after one to six changes; pieces of *others* may come in."""
    for _ in range(chance.randint(1, 6)):
        change = chance.choice((_tokens, _tokens, _tokens, _bytes, _cut))
        data = change(data, chance, others)
    return data


def _tokens(data: bytes, chance: random.Random, others: bytes) -> bytes:
    tokens = _TOKENS.findall(data)
    if not tokens:
        return data
    at = chance.randrange(len(tokens))
    until = min(len(tokens), at + 1 + int(chance.expovariate(0.3)))
    piece = tokens[at:until]
    match chance.randrange(7):
        case 0:
            del tokens[at:until]
        case 1:
            tokens[at:at] = piece * chance.choice((1, 2, 30))
        case 2:
            del tokens[at:until]
            to = chance.randrange(len(tokens) + 1)
            tokens[to:to] = piece
        case 3:
            tokens[at:until] = [chance.choice(_ODD)]
        case 4:
            tokens.insert(at, chance.choice(_ODD))
        case 5:
            tokens[at] = chance.choice(tokens)
        case _:
            foreign = _TOKENS.findall(others) or tokens
            start = chance.randrange(len(foreign))
            tokens[at:at] = foreign[start : start + 1 + int(chance.expovariate(0.1))]
    return b"".join(tokens)


def _bytes(data: bytes, chance: random.Random, _others: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _cut(data: bytes, chance: random.Random, _others: bytes) -> bytes:
    if chance.random() < 0.7:
        return data  # few cuts: what is left of most of them is one fault only
    at = chance.randrange(len(data) + 1)
    return data[:at] if chance.random() < 0.7 else data[at:]
