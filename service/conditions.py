"""
Conditions: what a drug is asked about for, under the names clinicians use.

A short list of common conditions with their other names, and a rule for the rest: the words
after "for", "patients with" and the like. A condition is carried from turn to turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from service.words import GENERIC_WORDS, STOP_WORDS, Token, contains_words, stem, tokens, words

# One condition a line: its name first, then its other names.
_LINES = """
insomnia | chronic insomnia | sleep disorder | sleep disorders | sleeplessness | trouble sleeping \
| difficulty sleeping | sleep maintenance | sleep onset \
| falling asleep | staying asleep
alcohol use disorder | alcohol dependence | alcoholism | alcohol abuse | aud | alcohol addiction
opioid use disorder | opioid dependence | opioid addiction | opioid abuse | oud | opioid withdrawal
opioid overdose
alcohol withdrawal
smoking cessation | tobacco use | tobacco dependence | quit smoking
substance use disorder | addiction | drug dependence
obesity | weight loss | overweight | weight management
depression | major depressive disorder | depressive disorder | mdd | depressive
bipolar disorder | bipolar | mania | manic episodes
schizophrenia
anxiety | anxiety disorder | generalized anxiety disorder | gad
panic disorder | panic attacks
post-traumatic stress disorder | ptsd
obsessive-compulsive disorder | ocd
adhd | attention deficit hyperactivity disorder
dementia | alzheimer's disease | alzheimer disease | alzheimers
parkinson's disease | parkinson disease | parkinsonism
epilepsy | seizures | seizure disorder | seizure
migraine | migraines
neuropathic pain | neuropathy | diabetic neuropathy | peripheral neuropathy
fibromyalgia
chronic pain | pain management | acute pain | low back pain | pain
restless legs syndrome | rls
multiple sclerosis
stroke | cerebrovascular accident
hypertension | high blood pressure | elevated blood pressure
heart failure | congestive heart failure | hfref | chf
atrial fibrillation | afib | af
coronary artery disease | coronary heart disease | ischemic heart disease | angina
myocardial infarction | heart attack
cardiovascular disease | cardiovascular events | cardiovascular prevention
venous thromboembolism | deep vein thrombosis | pulmonary embolism | dvt | vte | blood clots
hyperlipidemia | high cholesterol | hypercholesterolemia | dyslipidemia
type 2 diabetes | type 2 diabetes mellitus | diabetes mellitus | diabetes | diabetic | t2dm
type 1 diabetes
prediabetes
hypothyroidism | underactive thyroid
hyperthyroidism
polycystic ovary syndrome | pcos
osteoporosis
gout
rheumatoid arthritis
osteoarthritis
lupus | systemic lupus erythematosus
psoriasis
psoriatic arthritis
crohn's disease | crohn disease
ulcerative colitis
inflammatory bowel disease | ibd
gastroesophageal reflux disease | gerd | acid reflux | heartburn
peptic ulcer | gastric ulcer | duodenal ulcer
irritable bowel syndrome | ibs
constipation
diarrhea | diarrhoea
nausea | vomiting
asthma
copd | chronic obstructive pulmonary disease
pneumonia | community-acquired pneumonia
bronchitis
sinusitis
pharyngitis | strep throat | streptococcal pharyngitis | sore throat
otitis media | ear infection | acute otitis media
urinary tract infection | uti | cystitis
cellulitis | skin infection
tuberculosis | tb
hiv | hiv infection
hepatitis b
hepatitis c
malaria
influenza | flu
covid-19 | covid
sepsis
anemia | anaemia
iron deficiency
breast cancer
prostate cancer
lung cancer | non-small cell lung cancer | nsclc
colorectal cancer
ovarian cancer
leukemia | leukaemia
lymphoma
melanoma
multiple myeloma
renal cell carcinoma
hepatocellular carcinoma
hot flashes | hot flushes | menopause
contraception | birth control
erectile dysfunction
benign prostatic hyperplasia | bph
overactive bladder
pruritus | itching
urticaria | hives
allergic rhinitis | allergies | hay fever
acne
eczema | atopic dermatitis
glaucoma
vertigo
cystic fibrosis
falls | fall prevention
suicide | suicidality | suicidal ideation
cocaine use disorder | cocaine dependence
gambling disorder
autism
crps | complex regional pain syndrome
edema | oedema
hyponatremia | low sodium | hyponatraemia
hypoglycemia | low blood sugar
hyperkalemia
hypokalemia
serotonin syndrome
respiratory depression
rash
weight gain
weight decrease | losing weight
sexual dysfunction
alopecia | hair loss
bleeding | hemorrhage | haemorrhage
sweating | hyperhidrosis | diaphoresis
fever | pyrexia
fatigue | tiredness | asthenia
dizziness | lightheadedness
syncope | fainting
hypotension | low blood pressure
bradycardia | slow heart rate
tachycardia | fast heart rate
dyspnea | dyspnoea | shortness of breath
dry mouth | xerostomia
nephrolithiasis | kidney stones
thrombocytopenia | low platelets
neutropenia | low white blood cells
somnolence | sleepiness | drowsiness
tinnitus | ringing in the ears
myalgia | muscle pain
arthralgia | joint pain
abdominal pain | stomach pain
headache | headaches
tremor | tremors
cough
jaundice
"""

_AFTER = re.compile(
    r"\b(?:for|treat(?:s|ing)?|treatment of|management of|therapy of|prevention of"
    r"|prevent(?:s|ing)?|(?:patients?|people|persons?|adults?|children|someone|wom[ae]n|m[ae]n) "
    r"(?:with|who ha(?:s|ve))) +(?:(?:the|a|an|my|acute|chronic|severe|mild|moderate) +)*"
    r"((?:[a-z][a-z0-9'’-]*(?: +|(?=\W|$))){1,4})",
    re.IGNORECASE,
)
_ENDS = frozenset(
    "in with and or on at by versus vs than who which that is are was were be when while if as but"
    " from to using taking".split()
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition as a text names it, at ``text[start:end]``."""

    name: str
    start: int
    end: int


def _table() -> dict[tuple[str, ...], str]:
    found: dict[tuple[str, ...], str] = {}
    for line in _LINES.replace("\\\n", "").strip().splitlines():
        names = [name.strip() for name in line.split("|")]
        for name in names:
            found.setdefault(tuple(stem(word) for word in words(name)), names[0])
    return found


_NAMES = _table()
_FIRST = {name[0] for name in _NAMES}
_LONGEST = max(map(len, _NAMES))


def listed_condition(text: str) -> Condition | None:
    """Return the first listed condition that *text* names, the longest name first, or None."""
    return next(listed_conditions(text), None)


def listed_conditions(text: str) -> Iterator[Condition]:
    """Yield every listed condition that *text* names, in order, none within another's name."""
    line = tokens(text)
    stemmed = tuple(stem(token.word) for token in line)
    at = 0
    while at < len(line):
        step = 1
        if stemmed[at] in _FIRST:
            for size in range(min(_LONGEST, len(line) - at), 0, -1):
                if (name := _NAMES.get(stemmed[at : at + size])) is not None:
                    yield Condition(name, line[at].start, line[at + size - 1].end)
                    step = size
                    break
        at += step


def spelled_condition(text: str) -> Condition | None:
    """
    Return the condition a question spells after "for", "patients with" and the like, or None.

    *text* must have its drug names and topic words blanked out, so that what is left after the
    preposition is the condition: "for cholestatic pruritus" -> "cholestatic pruritus".
    """
    for match in _AFTER.finditer(text):
        kept: list[Token] = []
        for token in tokens(match.group(1)):
            if token.word in _ENDS:
                break
            if token.word not in STOP_WORDS and token.word not in GENERIC_WORDS:
                kept.append(token)
        if kept and any(len(token.word) > 3 for token in kept):  # noqa: PLR2004 - not "use"
            name = " ".join(token.word for token in kept)
            return Condition(name, match.start(1) + kept[0].start, match.start(1) + kept[-1].end)
    return None


@lru_cache(maxsize=1024)
def synonyms(condition: str) -> tuple[tuple[str, ...], ...]:
    """Return every name of a condition, as stems in a row; its own name where it is unlisted."""
    own = tuple(map(stem, words(condition)))
    canonical = _NAMES.get(own, condition)
    others = tuple(sorted(name for name, held in _NAMES.items() if held == canonical))
    return others or ((own,) if own else ())


def names_condition(condition: str, stemmed: tuple[str, ...]) -> bool:
    """Tell whether a text, given as its stems in order, names *condition* under any name."""
    return any(contains_words(stemmed, name) for name in synonyms(condition))
