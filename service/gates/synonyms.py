"""Words that clinical texts use for the same thing -> one word, for comparing contents. Pure."""

from __future__ import annotations

from functools import lru_cache

from service.words import stem

_GROUPS = """
adverse side untoward undesirable unwanted
reaction event effect
occur happen report develop experience observe see note arise
administer give take receive use treat treatment therapy therapeutic medication administration
dose dosage dosing
patient people person individual subject participant those
drug medicine medication agent product
physician clinician doctor prescriber provider practitioner
kidney renal
liver hepatic
heart cardiac cardiovascular
lung pulmonary respiratory
brain cerebral
blood plasma serum circulating
level concentration
death mortality die fatal died deadly
bleeding hemorrhage haemorrhage bleed hemorrhagic
seizure convulsion
stroke cerebrovascular
high-blood-pressure hypertension hypertensive
low-blood-pressure hypotension
vomiting emesis vomit
nausea nauseous queasiness
average mean
sponsor fund
see observe watch
recover recovery excrete
reduce lower
possible potential
quick rapid
stop abort halt
wide broad widely
itching pruritus itch
rash eruption
hive urticaria
drowsiness somnolence sleepy sleepiness sedation drowsy
dizziness dizzy lightheadedness
headache cephalalgia
fever pyrexia
fainting syncope
tiredness fatigue tired
swelling edema oedema
heartburn dyspepsia
shortness dyspnea breathlessness
baldness alopecia
insomnia sleeplessness
child pediatric paediatric
elderly geriatric older
pregnancy pregnant
breastfeeding lactation nursing breast-feeding
newborn neonate neonatal
trial study rct
randomise randomize randomly assign allocate
compare versus vs relative comparison
show demonstrate find indicate reveal found shown
evaluate assess examine investigate determine measure
monitor check watch observe
begin start initiate commence
stop discontinue withdraw cease discontinuation withdrawal
need require necessary
severe serious
major significant substantial marked
usual typical common
beginning initial starting
peak maximum maximal
half-life halflife
eliminate excrete elimination excretion clear
metabolize metabolise metabolism
absorb absorption
symptom sign
illness disease disorder condition
infection infectious
cancer malignancy tumor tumour neoplasm carcinoma
damage injury toxicity
impairment insufficiency dysfunction failure impaired
risk likelihood chance probability hazard odds
cause lead result produce induce trigger
associate link relate
combination combine concomitant concurrent together coadministration coadminister co-administration
avoid refrain
prevent prophylaxis preventive prevention
diagnose diagnosis
screen screening
treat manage management
evidence data
advise counsel instruct inform
safe safety
effective efficacy effectiveness
approve approved
contain include comprise
rate incidence frequency proportion percentage
remain stay persist
enroll enrol recruit include
alone monotherapy
week weekly
hypersensitivity allergy allergic
overdose overdosage
abuse misuse
food meal
store keep storage
throw discard dispose
surgery operation surgical
wound ulcer
hospital inpatient hospitalize
bacteria bacterial
virus viral
ability able
adjust adjustment modify modification
quick rapid fast
suicide suicidal suicidality
depression depressive depressed
anxiety anxious
mood affective
opioid opiate
antihypertensive
anticoagulant
additional further
complete finish
mother maternal
fetus fetal foetal unborn
defect malformation anomaly
eye ocular ophthalmic
skin dermal cutaneous
stomach gastric
bowel intestinal gut
muscle muscular
bone skeletal
weight mass
body bodily
clinical
duration length
approximately about
cholesterol lipid
glucose sugar
"""


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    table: dict[str, str] = {}
    for line in _GROUPS.strip().splitlines():
        group = [stem(word) for word in line.split()]
        for word in group:
            table.setdefault(word, table.get(group[0], group[0]))
    return table


def canonical(word: str) -> str:
    """Return what stands for *word* (lower case) and all that mean the same, as a stem."""
    stemmed = stem(word)
    return _table().get(stemmed, stemmed)
