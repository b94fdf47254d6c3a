"""
Drug names that are mistaken for each other, by sight or by sound.

Our own selection, in the manner of the lists of confused drug names that the Institute for Safe
Medication Practices and the FDA (tall-man lettering) keep. A name on it is understood when it is
spelled right and never guessed when it is not: the question is asked back.
"""

from __future__ import annotations

_GROUPS = """
acetazolamide acetohexamide
actonel actos
adderall inderal
alprazolam lorazepam clonazepam
amiloride amlodipine
amitriptyline nortriptyline
aripiprazole rabeprazole
azacitidine azathioprine
brilinta brintellix
bupropion buspirone
captopril carvedilol
carbamazepine oxcarbazepine
carboplatin cisplatin oxaliplatin
cefazolin ceftriaxone cefoxitin cefotetan
celebrex celexa cerebyx
chlordiazepoxide chlorpromazine
chlorpromazine chlorpropamide
citalopram escitalopram
clobazam clonazepam
clomiphene clomipramine
clonazepam clonidine clozapine
clonidine klonopin
cozaar zocor
cyclophosphamide cyclosporine
cycloserine cyclosporine
dactinomycin daptomycin
daunorubicin doxorubicin idarubicin
desipramine imipramine
diazepam diltiazem
dimenhydrinate diphenhydramine
dobutamine dopamine
docetaxel paclitaxel
doxepin doxycycline
duloxetine fluoxetine
enalapril anafranil
ephedrine epinephrine
fentanyl sufentanil
fluoxetine fluvoxamine paroxetine
fluphenazine fluvoxamine
foradil toradol
glimepiride glipizide glyburide
guaifenesin guanfacine
hydralazine hydroxyzine
hydralazine hydrochlorothiazide
hydrochlorothiazide hydroxychloroquine
hydrocodone oxycodone
hydromorphone morphine
infliximab rituximab
janumet januvia
kaletra keppra
lamictal lamisil
lamivudine lamotrigine
lamotrigine levothyroxine
lasix losec luvox
levetiracetam levocarnitine levofloxacin
levothyroxine liothyronine
losartan valsartan
medroxyprogesterone methylprednisolone
metformin metronidazole
methadone methylphenidate
methotrexate metolazone
metoprolol misoprostol
mifepristone misoprostol
mitomycin mitoxantrone
neurontin noroxin
nicardipine nifedipine nimodipine
olanzapine quetiapine
omeprazole esomeprazole
paxil plavix taxol
pemetrexed pralatrexate
penicillamine penicillin
pentobarbital phenobarbital
prednisolone prednisone
prilosec prozac
quinidine quinine
rifampin rifaximin rifapentine
risperidone ropinirole
saxagliptin sitagliptin
sitagliptin sumatriptan
sulfadiazine sulfasalazine
sumatriptan zolmitriptan
tegretol trental
tiagabine tizanidine
tolazamide tolbutamide
topamax toprol
tramadol trazodone
valacyclovir valganciclovir
vinblastine vincristine vinorelbine
xanax zantac zyrtec
xeloda xenical
zidovudine lamivudine
zyprexa zyrtec
"""


def _partners() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for group in _GROUPS.strip().splitlines():
        names = group.split()
        for name in names:
            found.setdefault(name, set()).update(other for other in names if other != name)
    return {name: frozenset(others) for name, others in found.items()}


LOOK_ALIKES: dict[str, frozenset[str]] = _partners()
"""Name -> the names it is mistaken for; symmetric."""
