"""
Drug classes: what they are called, and the drugs that are of them.

Our own selection of the classes that clinicians ask about by name. A class is not a drug: it
stands in a query beside the drugs, and a passage speaks of it where it names the class or one of
its members.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from service.words import contains_words, words

# A class by name, its names in text as patterns, and its members by their generic names
# (an underscore is a space).
_LINES = r"""
SSRIs
  = (?:selective )?serotonin re-?uptake inhibitors?|ssris?
  : citalopram escitalopram fluoxetine fluvoxamine paroxetine sertraline
SNRIs
  = serotonin[- ](?:and )?nor(?:epinephrine|adrenaline) re-?uptake inhibitors?|snris?
  : desvenlafaxine duloxetine levomilnacipran milnacipran venlafaxine
MAO inhibitors
  = (?:mono-?amine oxidase|mao)[- ](?:a |b )?inhibitors?|maois?
  : isocarboxazid phenelzine rasagiline selegiline tranylcypromine linezolid
tricyclic antidepressants
  = tricyclics?(?: antidepressants?)?|tcas?
  : amitriptyline amoxapine clomipramine desipramine doxepin imipramine nortriptyline
  : protriptyline trimipramine
antidepressants
  = (?<!tricyclic )anti-?depressants?
  : amitriptyline bupropion citalopram desvenlafaxine duloxetine escitalopram fluoxetine
  : mirtazapine nortriptyline paroxetine sertraline trazodone venlafaxine
antipsychotics
  = anti-?psychotics?|neuroleptics?
  : aripiprazole chlorpromazine clozapine haloperidol lurasidone olanzapine paliperidone
  : quetiapine risperidone ziprasidone
Z-drugs
  = z[- ]?drugs?|non-?benzodiazepine hypnotics?
  : eszopiclone zaleplon zolpidem zopiclone
benzodiazepines
  = benzodiazepines?|benzos?
  : alprazolam chlordiazepoxide clobazam clonazepam clorazepate diazepam estazolam flurazepam
  : lorazepam midazolam oxazepam temazepam triazolam
orexin receptor antagonists
  = (?:dual )?orexin(?: receptor)? antagonists?|doras?
  : daridorexant lemborexant suvorexant
barbiturates
  = barbiturates?
  : butalbital pentobarbital phenobarbital primidone secobarbital
opioid antagonists
  = (?:opioid|opiate|narcotic) (?:receptor )?antagonists?
  : nalmefene naloxone naltrexone
opioids
  = (?:opioids?|opiates?)(?: analgesics?| painkillers?)?
  : buprenorphine codeine fentanyl hydrocodone hydromorphone levorphanol meperidine methadone
  : morphine oxycodone oxymorphone tapentadol tramadol
stimulants
  = (?:psycho)?stimulants?
  : amphetamine dextroamphetamine lisdexamfetamine methylphenidate
triptans
  = triptans?
  : almotriptan eletriptan frovatriptan naratriptan rizatriptan sumatriptan zolmitriptan
anticonvulsants
  = anti-?convulsants?|anti-?epileptics?(?: drugs?)?
  = anti-?seizure (?:drugs?|medications?|medicines?)
  : carbamazepine gabapentin lacosamide lamotrigine levetiracetam oxcarbazepine phenytoin
  : pregabalin topiramate valproate valproic_acid zonisamide
gabapentinoids
  = gabapentinoids?
  : gabapentin pregabalin
NSAIDs
  = non-?steroidal anti-?inflammatory (?:drugs?|agents?)|nsaids?
  : aspirin celecoxib diclofenac etodolac ibuprofen indomethacin ketorolac meloxicam nabumetone
  : naproxen piroxicam sulindac
statins
  = statins?|hmg-?coa reductase inhibitors?
  : atorvastatin fluvastatin lovastatin pitavastatin pravastatin rosuvastatin simvastatin
fibrates
  = fibrates?|fibric acid derivatives?
  : fenofibrate gemfibrozil
ACE inhibitors
  = (?:ace|angiotensin[- ]converting[- ]enzyme)[- ]inhibitors?|aceis?
  : benazepril captopril enalapril fosinopril lisinopril moexipril perindopril quinapril ramipril
  : trandolapril
angiotensin receptor blockers
  = angiotensin(?: ii)?(?: receptor)? (?:blockers?|antagonists?)|arbs?
  : azilsartan candesartan eprosartan irbesartan losartan olmesartan telmisartan valsartan
beta blockers
  = (?:beta|β)[- ]?(?:adrenergic )?(?:blockers?|blocking agents?)
  : acebutolol atenolol betaxolol bisoprolol carvedilol labetalol metoprolol nadolol nebivolol
  : pindolol propranolol sotalol timolol
calcium channel blockers
  = calcium[- ]channel[- ](?:blockers?|antagonists?)|ccbs?
  : amlodipine diltiazem felodipine isradipine nicardipine nifedipine nimodipine nisoldipine
  : verapamil
thiazide diuretics
  = thiazides?(?:[- ](?:like|type))?(?: diuretics?)?
  : chlorothiazide chlorthalidone hydrochlorothiazide indapamide metolazone
loop diuretics
  = loop diuretics?
  : bumetanide ethacrynic_acid furosemide torsemide
potassium-sparing diuretics
  = potassium[- ]sparing diuretics?
  : amiloride eplerenone spironolactone triamterene
diuretics
  = (?<!loop )(?<!thiazide )(?<!like )(?<!type )(?<!sparing )diuretics?
  : amiloride bumetanide chlorothiazide chlorthalidone furosemide hydrochlorothiazide indapamide
  : metolazone spironolactone torsemide triamterene
nitrates
  = nitrates?
  : isosorbide nitroglycerin
anticoagulants
  = anti-?coagulants?|blood thinners?|doacs?|noacs?
  : apixaban dabigatran edoxaban enoxaparin heparin rivaroxaban warfarin
antiplatelet drugs
  = anti-?platelets?(?: drugs?| agents?| therapy)?|p2y12 inhibitors?
  : aspirin cilostazol clopidogrel dipyridamole prasugrel ticagrelor
proton pump inhibitors
  = proton[- ]pump inhibitors?|ppis?
  : dexlansoprazole esomeprazole lansoprazole omeprazole pantoprazole rabeprazole
H2 blockers
  = (?:h2|histamine[- ]2)[- ](?:receptor )?(?:blockers?|antagonists?)
  : cimetidine famotidine nizatidine ranitidine
antacids
  = antacids?
  : aluminum_hydroxide calcium_carbonate magnesium_hydroxide
sulfonylureas
  = sulfonylureas?|sulphonylureas?
  : chlorpropamide glimepiride glipizide glyburide tolazamide tolbutamide
SGLT2 inhibitors
  = sglt-?2[- ](?:inhibitors?)?|sodium[- ]glucose co-?transporter[- ]2 inhibitors?|gliflozins?
  : bexagliflozin canagliflozin dapagliflozin empagliflozin ertugliflozin
GLP-1 agonists
  = glp-?1[- ](?:receptor )?(?:agonists?|analogs?|analogues?)|glp-?1 ?ras?
  : dulaglutide exenatide liraglutide lixisenatide semaglutide tirzepatide
DPP-4 inhibitors
  = (?:dpp-?4|dipeptidyl[- ]peptidase[- ]4)[- ]inhibitors?|gliptins?
  : alogliptin linagliptin saxagliptin sitagliptin
thiazolidinediones
  = thiazolidinediones?|glitazones?|tzds?
  : pioglitazone rosiglitazone
corticosteroids
  = (?:gluco)?corticosteroids?|glucocorticoids?|(?<!anabolic )steroids?
  : betamethasone budesonide dexamethasone fluticasone hydrocortisone methylprednisolone
  : prednisolone prednisone triamcinolone
antihistamines
  = anti-?histamines?
  : cetirizine cyproheptadine desloratadine diphenhydramine doxylamine fexofenadine hydroxyzine
  : loratadine
muscle relaxants
  = (?:skeletal )?muscle relaxants?
  : baclofen carisoprodol chlorzoxazone cyclobenzaprine metaxalone methocarbamol tizanidine
fluoroquinolones
  = (?:fluoro)?quinolones?
  : ciprofloxacin levofloxacin moxifloxacin ofloxacin
macrolides
  = macrolides?(?: antibiotics?)?
  : azithromycin clarithromycin erythromycin
tetracyclines
  = tetracyclines
  : doxycycline minocycline tetracycline
penicillins
  = penicillins
  : amoxicillin ampicillin dicloxacillin nafcillin oxacillin penicillin_g penicillin_v piperacillin
cephalosporins
  = cephalosporins?
  : cefaclor cefadroxil cefazolin cefdinir cefepime cefixime cefotaxime cefpodoxime cefprozil
  : ceftriaxone cefuroxime cephalexin
antibiotics
  = antibiotics?|antibacterials?
  : amoxicillin ampicillin azithromycin cefdinir ceftriaxone cephalexin ciprofloxacin
  : clarithromycin clindamycin doxycycline erythromycin levofloxacin metronidazole nitrofurantoin
  : trimethoprim vancomycin
azole antifungals
  = azoles?(?: antifungals?)?
  : fluconazole itraconazole ketoconazole posaconazole voriconazole
oral contraceptives
  = (?:(?:oral|hormonal|combined) )+contraceptives?|birth control pills?
  : drospirenone estradiol levonorgestrel norethindrone norgestimate
bisphosphonates
  = bisphosphonates?
  : alendronate ibandronate risedronate zoledronic_acid
PDE5 inhibitors
  = (?:pde-?5|phosphodiesterase[- ](?:type )?5)[- ]inhibitors?
  : avanafil sildenafil tadalafil vardenafil
"""

# Beside these words a class's name is part of another: "opioid use disorder", "non-opioid".
_BEFORE = r"\b(?<!non-)(?<!non )"
_AFTER = (
    r"(?!\w)(?![- ](?:use\b|depend|addict|withdrawal|overdos|abus|misus|crisis|disorder|receptor"
    r"|naive|free\b|induced))"
)


@dataclass(frozen=True, slots=True)
class DrugClass:
    """
    One class of drugs.

    ``name`` is what to call it, in the plural; ``members`` are ingredients as
    ``ingest.naming.ingredient`` writes them, in alphabetical order.
    """

    name: str
    pattern: re.Pattern[str]
    members: tuple[str, ...]

    def named_in(self, text: str) -> bool:
        """Tell whether a text names the class, or a drug that is of it."""
        if self.pattern.search(text.lower()) is not None:
            return True
        return any(contains_words(words(text), words(member)) for member in self.members)


@dataclass(frozen=True, slots=True)
class ClassMention:
    """A class as a text names it, at ``text[start:end]``."""

    drug_class: DrugClass
    start: int
    end: int


def _table() -> dict[str, DrugClass]:
    patterns: dict[str, list[str]] = {}
    members: dict[str, list[str]] = {}
    name = ""
    for line in _LINES.strip().splitlines():
        mark, _, said = line.strip().partition(" ")
        if not line.startswith(" "):
            name = line
        elif mark == "=":
            patterns.setdefault(name, []).append(said)
        else:
            members.setdefault(name, []).extend(said.split())
    return {
        name: DrugClass(
            name,
            re.compile(rf"{_BEFORE}(?:{'|'.join(held)}){_AFTER}"),
            tuple(sorted(member.replace("_", " ") for member in members[name])),
        )
        for name, held in patterns.items()
    }


CLASSES: dict[str, DrugClass] = _table()
"""Name -> class, the narrower ones before those that contain them."""


def classes_in(text: str) -> tuple[ClassMention, ...]:
    """Return the classes that *text* names, in order; where two overlap, the one listed first."""
    lower = text.lower()
    found: list[ClassMention] = []
    for drug_class in CLASSES.values():
        for match in drug_class.pattern.finditer(lower):
            start, end = match.span()
            if all(end <= other.start or other.end <= start for other in found):
                found.append(ClassMention(drug_class, start, end))
    return tuple(sorted(found, key=lambda mention: mention.start))
