"""Drug names as identities: lower case, salts and dosage words dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Salt, ester and hydrate words that USP naming puts after the active moiety.
_SALTS = frozenset(
    """
    acetate adipate aluminum anhydrous aspartate axetil benzathine besilate besylate bitartrate
    bromide calcium camsylate caproate carbonate chloride cilexetil citrate cypionate decanoate
    diacetate dihydrate dihydrochloride dihydrogen dimeglumine dimesylate dipropionate disodium
    disoproxil ditosylate edisylate embonate enanthate erbumine estolate etabonate etexilate
    ethylsuccinate extended-release fosamil fumarate furoate gluceptate gluconate hcl
    hemifumarate hemihydrate heptahydrate hexahydrate hippurate hyclate hydrate hydrobromide
    hydrochloride hydroiodide hydroxide isethionate lactate lactobionate lauroxil magnesium
    malate maleate medoxomil meglumine mesilate mesylate monohydrate monohydrochloride
    monosodium mucate napsylate nitrate oxalate palmitate pamoate pentahydrate phosphate
    pivalate pivoxil polistirex potassium propionate sesquihydrate sodium stearate succinate
    sulfate sulphate tannate tartrate tetrahydrate tosylate trihydrate trometamol tromethamine
    undecanoate valerate xinafoate zinc
    """.split()
)


def ingredient(name: str) -> str:
    """
    Return the active moiety's identity: "NALTREXONE HYDROCHLORIDE" -> "naltrexone".

    A name made of salt words alone ("sodium chloride", "magnesium sulfate") is kept whole, and
    so is the first word of any other: "lithium carbonate" -> "lithium". Names are as FDA's
    substance registry writes them; an enantiomer or an isotope is another identity.
    """
    words = re.sub(r"\s+", " ", re.sub(r"[,;()\[\]]", " ", name)).strip().lower().split()
    while len(words) > 1 and words[0] == "anhydrous":
        words.pop(0)
    if all(word in _SALTS for word in words):
        return " ".join(words)
    kept = [words[0], *(word for word in words[1:] if word not in _SALTS)]
    return " ".join(kept)


def ingredient_set(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return the sorted, distinct identities of several active ingredients."""
    return tuple(sorted({identity for name in names if (identity := ingredient(name))}))


def drug_key(ingredients: Iterable[str]) -> str:
    """Write an ingredient set as one key: "bupropion+naltrexone"."""
    return "+".join(sorted(ingredients))
