"""
The LOINC codes of drug label documents and sections, their names, and openFDA's fields for them.

Names: FDA, Structured Product Labeling Resources, "Section Headings (LOINC)"
(https://www.fda.gov/industry/structured-product-labeling-resources/section-headings-loinc) and
"Document Type including Content of Labeling Type". Field names: openFDA's own table
(github.com/FDA/openfda, openfda/spl/data/sections.csv), which makes a field of each name. The
order is the order of 21 CFR 201.56(d), then of the older format, then of over-the-counter labels.

This product includes LOINC codes (https://loinc.org), copyright Regenstrief Institute, Inc. and
the LOINC Committee, available at no cost under the licence at https://loinc.org/license.
"""

from __future__ import annotations

import re
from typing import Final

UNCLASSIFIED: Final = "42229-5"
"""What a section is coded with that has no code of its own: it speaks for its parent."""
PRODUCT_DATA: Final = "48780-1"
BOXED_WARNING: Final = "34066-1"
POPULATIONS: Final = "43684-0"
GENERAL: Final = frozenset({UNCLASSIFIED, "69759-9"})
"""Codes that say less than the code of the section they stand in."""

LABEL_TYPES: Final[dict[str, str]] = {
    "34391-3": "Human prescription drug label",
    "45129-4": "Human prescription drug label with highlights",
    "34390-5": "Human OTC drug label",
    "53404-0": "Vaccine label",
    "53405-7": "Non-standardized allergenic label",
    "53408-1": "Licensed minimally manipulated cells label",
    "60682-2": "Standardized allergenic",
    "60683-0": "Plasma derivative",
    "60684-8": "Cellular therapy",
    "75031-5": "Human compounded drug label",
}
"""Document types that are labels of medicines for people."""

# code, name, openFDA field ("" where openFDA has none), number in 21 CFR 201.56(d); "8." is some
# subsection of 8.
_TABLE = """
34066-1 | Boxed warning | boxed_warning |
43683-2 | Recent major changes | recent_major_changes |
34067-9 | Indications and usage | indications_and_usage | 1
34068-7 | Dosage and administration | dosage_and_administration | 2
43678-2 | Dosage forms and strengths | dosage_forms_and_strengths | 3
34070-3 | Contraindications | contraindications | 4
43685-7 | Warnings and precautions | warnings_and_cautions | 5
34071-1 | Warnings | warnings |
42232-9 | Precautions | precautions |
34072-9 | General precautions | general_precautions |
50741-8 | Safe handling warning | safe_handling_warning |
54433-8 | User safety warnings | user_safety_warnings |
34084-4 | Adverse reactions | adverse_reactions | 6
90374-0 | Clinical trials experience | | 6.
90375-7 | Postmarketing experience | | 6.
88830-5 | Immunogenicity | |
34073-7 | Drug interactions | drug_interactions | 7
34074-5 | Drug and/or laboratory test interactions | drug_and_or_laboratory_test_interactions | 7.
34075-2 | Laboratory tests | laboratory_tests | 5.
43684-0 | Use in specific populations | use_in_specific_populations | 8
42228-7 | Pregnancy | pregnancy | 8.1
34077-8 | Teratogenic effects | teratogenic_effects | 8.
34078-6 | Nonteratogenic effects | nonteratogenic_effects | 8.
34079-4 | Labor and delivery | labor_and_delivery | 8.
77290-5 | Lactation | lactation | 8.
34080-2 | Nursing mothers | nursing_mothers | 8.
77291-3 | Females and males of reproductive potential | | 8.
34081-0 | Pediatric use | pediatric_use | 8.4
34082-8 | Geriatric use | geriatric_use | 8.5
88828-9 | Renal impairment | | 8.
88829-7 | Hepatic impairment | | 8.
69759-9 | Risks | risks | 8.
42227-9 | Drug abuse and dependence | drug_abuse_and_dependence | 9
34085-1 | Controlled substance | controlled_substance | 9.1
34086-9 | Abuse | abuse | 9.2
34087-7 | Dependence | dependence | 9.3
34088-5 | Overdosage | overdosage | 10
34089-3 | Description | description | 11
34090-1 | Clinical pharmacology | clinical_pharmacology | 12
43679-0 | Mechanism of action | mechanism_of_action | 12.1
43681-6 | Pharmacodynamics | pharmacodynamics | 12.2
43682-4 | Pharmacokinetics | pharmacokinetics | 12.3
49489-8 | Microbiology | microbiology | 12.4
66106-6 | Pharmacogenomics | pharmacogenomics | 12.5
43680-8 | Nonclinical toxicology | nonclinical_toxicology | 13
34083-6 | Carcinogenesis, mutagenesis, impairment of fertility | \
carcinogenesis_and_mutagenesis_and_impairment_of_fertility | 13.1
34091-9 | Animal pharmacology and/or toxicology | animal_pharmacology_and_or_toxicology | 13.2
34092-7 | Clinical studies | clinical_studies | 14
34093-5 | References | references | 15
34069-5 | How supplied | how_supplied | 16
44425-7 | Storage and handling | storage_and_handling | 16.
34076-0 | Information for patients | information_for_patients | 17
88436-1 | Patient counseling information | |
88437-9 | How supplied, storage and handling | |
55106-9 | Active ingredient | active_ingredient |
55105-1 | Purpose | purpose |
50570-1 | Do not use | do_not_use |
50569-3 | Ask doctor | ask_doctor |
50568-5 | Ask doctor or pharmacist | ask_doctor_or_pharmacist |
50567-7 | When using | when_using |
50566-9 | Stop use | stop_use |
53414-9 | Pregnancy or breast feeding | pregnancy_or_breast_feeding |
50565-1 | Keep out of reach of children | keep_out_of_reach_of_children |
51727-6 | Inactive ingredient | inactive_ingredient |
53413-1 | Questions | questions |
60561-8 | Other safety information | other_safety_information |
60562-6 | Route, method and frequency of administration | \
route_method_and_frequency_of_administration |
71744-7 | Health care provider letter | health_care_provider_letter |
69718-5 | Statement of identity | statement_of_identity |
69719-3 | Health claim | health_claim |
42231-1 | Medication guide | spl_medguide |
42230-3 | Patient package insert | spl_patient_package_insert |
68498-5 | Patient medication information | patient_medication_information |
59845-8 | Instructions for use | instructions_for_use |
42229-5 | Unclassified section | spl_unclassified_section |
51945-4 | Principal display panel | package_label_principal_display_panel |
48780-1 | Product data elements | spl_product_data_elements |
48779-3 | Indexing data elements | spl_indexing_data_elements |
"""
_ROWS = [tuple(cell.strip() for cell in line.split("|")) for line in _TABLE.strip().splitlines()]

NAMES: Final[dict[str, str]] = {code: name for code, name, _, _ in _ROWS}
"""LOINC code -> the section's name."""
FOR_PATIENTS: Final = frozenset({"42231-1", "42230-3", "68498-5", "34076-0", "88436-1"})
"""Sections that tell patients what the others tell prescribers."""
FIELD_CODES: Final[dict[str, str]] = {field: code for code, _, field, _ in _ROWS if field}
"""openFDA field -> LOINC code."""
_NUMBERS = {code: number for code, _, _, number in _ROWS if number}
_NUMBER_CODES = {number: code for code, number in _NUMBERS.items() if not number.endswith(".")}
_ORDER = {code: place for place, (code, _, _, _) in enumerate(_ROWS)}
# Titles that labels print and that are more exact than the field they are filed under.
_TITLE_CODES = {name.casefold(): code for code, name in NAMES.items()} | {
    "carcinogenesis, mutagenesis, and impairment of fertility": "34083-6",
    "carcinogenesis and mutagenesis and impairment of fertility": "34083-6",
    "animal toxicology and/or pharmacology": "34091-9",
    "how supplied/storage and handling": "34069-5",
    "patient counseling information": "34076-0",
    "clinical studies experience": "90374-0",
    "information for patients": "34076-0",
    "medication guide": "42231-1",
}


def section_name(code: str) -> str:
    """Return the name of a section code; the code itself where it is not a label section's."""
    return NAMES.get(code, code)


def field_name(field: str) -> str:
    """Return the heading of an openFDA field: its LOINC name, else its own words."""
    code = FIELD_CODES.get(field)
    return NAMES[code] if code else field.removeprefix("spl_").replace("_", " ").capitalize()


def place(code: str | None) -> int:
    """Return where a section stands in a label; unknown ones come last."""
    return _ORDER.get(code or "", len(_ORDER))


def code_of_number(number: str) -> str | None:
    """Return the code of a number of 21 CFR 201.56(d): "12.3", or its section, "12"."""
    return _NUMBER_CODES.get(number) or _NUMBER_CODES.get(number.partition(".")[0])


def major_number(code: str | None) -> str | None:
    """Return the top-level number that 21 CFR 201.56(d) gives a section; None where none."""
    number = _NUMBERS.get(code or "")
    return number.partition(".")[0] if number else None


def code_of_title(title: str) -> str | None:
    """Return the code of a printed section title, its number and end mark aside."""
    bare = re.sub(r"^[\d.\s]+|[\s:.]+$", "", title).casefold().replace("&", "and")
    return _TITLE_CODES.get(bare)


def is_population(code: str | None) -> bool:
    """Tell whether a section is about a population: use in specific populations, or part of it."""
    return major_number(code) == "8"


def code_below(parent: str | None, title: str) -> str | None:
    """
    Return the code of a section without one: its parent's, for it speaks for that.

    Only a population that FDA has a code for ("8.6 Renal Impairment") is more than a part of
    its parent, use in specific populations.
    """
    own = code_of_title(title) if parent == POPULATIONS else None
    return own if is_population(own) else parent


def titles() -> list[str]:
    """Return every known section title, longest first."""
    return sorted(_TITLE_CODES, key=len, reverse=True)
