"""What an openFDA label result says about its product: names, ingredients, labeler, route."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ingest.documents import LabelFacts
from ingest.naming import ingredient, ingredient_set
from ingest.parsing.labels import brand_names, distinct, iso_date

_CATEGORIES = frozenset({"NDA", "ANDA", "BLA", "NADA", "ANADA"})
# "SUBSTANCE SALT MOIETY" or "MOIETY MOIETY": how product data name an active ingredient.
_ACTIVE = re.compile(r"\b([A-Z][A-Z0-9-]{3,}(?: [A-Z0-9-]{2,}){0,2}?)(?: [A-Z]{3,}){0,2} \1\b")


def read_facts(result: Mapping[str, Any], texts: Mapping[str, str]) -> LabelFacts:
    """
    Return the facts of one result.

    Ingredients come from the ``openfda`` block; where that is empty, from the product data
    elements if they are unambiguous; else there are none: they are never guessed.
    """
    product = result.get("openfda")
    names = product if isinstance(product, Mapping) else {}
    substances = _listed(names, "substance_name")
    generics = distinct(name.lower() for name in _listed(names, "generic_name"))
    data = texts.get("spl_product_data_elements", "")
    ingredients = (
        ingredient_set(substances)
        or ingredient_set([part for name in generics for part in re.split(r",| and |;", name)])
        or _from_product_data(data)
    )
    return LabelFacts(
        ingredients=ingredients,
        brands=brand_names(_listed(names, "brand_name"), generics, substances, ingredients),
        generics=generics,
        set_id=(_text(result, "set_id") or next(iter(_listed(names, "spl_set_id")), "")).lower()
        or None,
        version=_text(result, "version"),
        effective=iso_date(_text(result, "effective_time")),
        labeler=next(iter(_listed(names, "manufacturer_name")), None),
        marketing_category=_category(_listed(names, "application_number")),
        routes=distinct(route.lower() for route in _listed(names, "route")),
    )


def _listed(names: Mapping[str, Any], key: str) -> list[str]:
    value = names.get(key)
    values = [value] if isinstance(value, str) else value
    return [item for item in values if isinstance(item, str)] if isinstance(values, list) else []


def _text(result: Mapping[str, Any], key: str) -> str | None:
    value = result.get(key)
    return str(value).strip() or None if isinstance(value, str | int) else None


def _category(numbers: list[str]) -> str | None:
    found = [match.group() for number in numbers if (match := re.match(r"[A-Z]+", number))]
    return "; ".join(distinct(name for name in found if name in _CATEGORIES)) or None


def _from_product_data(data: str) -> tuple[str, ...]:
    """
    Return the ingredients that product data name unmistakably, else ().

    "Brandex examplin EXAMPLIN HYDROCHLORIDE EXAMPLIN LACTOSE ..." names each active substance
    and its moiety in capitals one after the other; the moiety must also be in the product's name.
    """
    found = ingredient_set([match.group(1) for match in _ACTIVE.finditer(data)])
    head = re.split(r"\b[A-Z][A-Z0-9-]{3,}\b \b[A-Z0-9-]{3,}\b", data)[0].lower()
    return found if found and all(ingredient(name).split()[0] in head for name in found) else ()
