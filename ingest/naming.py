"""Drug names as identities: lower case, salts and dosage words dropped."""

from __future__ import annotations

import re

# Salt, ester and hydrate words that USP naming puts after the active moiety.
_SALTS = frozenset(
    """
    acetate aluminum anhydrous axetil benzathine besylate besilate bitartrate bromide calcium
    camsylate carbonate chloride cilexetil citrate cypionate decanoate diacetate dihydrate
    dihydrochloride dimeglumine dipropionate disodium disoproxil edisylate embonate enanthate
    estolate etabonate etexilate ethylsuccinate extended-release fosamil fumarate furoate
    gluconate hcl hemifumarate hemihydrate hippurate hydrate hydrobromide hydrochloride
    hydroxide hyclate isethionate lactate lauroxil magnesium malate maleate medoxomil meglumine
    mesilate mesylate monohydrate monohydrochloride monosodium mucate napsylate nitrate
    oxalate palmitate pamoate phosphate pivalate pivoxil polistirex potassium propionate
    sesquihydrate sodium stearate succinate sulfate sulphate tartrate tosylate trihydrate
    trometamol tromethamine valerate xinafoate zinc
    """.split()
)


def ingredient(name: str) -> str:
    """
    Return the active moiety's identity: "NALTREXONE HYDROCHLORIDE" -> "naltrexone".

    A name made of salt words alone ("sodium chloride", "magnesium sulfate") is kept whole, and
    so is the first word of any name: "lithium carbonate" -> "lithium".
    """
    words = re.sub(r"\s+", " ", re.sub(r"[,;()\[\]]", " ", name)).strip().lower().split()
    if not words or all(word in _SALTS for word in words):
        return " ".join(words)
    kept = [words[0], *(word for word in words[1:] if word not in _SALTS)]
    return " ".join(kept)


def ingredient_set(names: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Return the sorted, distinct identities of several active ingredients."""
    return tuple(sorted({identity for name in names if (identity := ingredient(name))}))
