"""A few passages written for tests, and a retriever that returns them: no index, no model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ingest.documents import (
    Chunk,
    Direction,
    GuidelineFacts,
    LabelFacts,
    Recommendation,
    Source,
    SourceKind,
    SourceType,
    Status,
    StudyFacts,
)
from ingest.embedding import Vectors
from service.answers import Drug, Passage, Query
from service.drugs import Vocabulary
from service.formulations import fits
from service.medicines import Medicines
from service.retractions import Retractions

TABLETS = LabelFacts(
    ("naltrexone",),
    ("Revita",),
    ("naltrexone hydrochloride",),
    "set-tablets",
    version="3",
    effective="2020-05-01",
    routes=("ORAL",),
    forms=("TABLET",),
)
INJECTION = LabelFacts(
    ("naltrexone",), ("Vivitrol",), ("naltrexone",), "set-injection", routes=("INTRAMUSCULAR",)
)
DOXEPIN = LabelFacts(("doxepin",), ("Silenta",), ("doxepin",), "set-doxepin", routes=("ORAL",))
TRAMADOL = LabelFacts(("tramadol",), (), ("tramadol hydrochloride",), "set-tramadol")
COMBINED = LabelFacts(
    ("bupropion", "naltrexone"),
    ("Contrave",),
    ("naltrexone hydrochloride and bupropion hydrochloride",),
    "set-combined",
)
HYDROXYZINE = LabelFacts(("hydroxyzine",), (), ("hydroxyzine hydrochloride",), "set-hydroxyzine")
HYDRALAZINE = LabelFacts(("hydralazine",), (), ("hydralazine hydrochloride",), "set-hydralazine")
LABELS = (TABLETS, INJECTION, DOXEPIN, TRAMADOL, COMBINED, HYDROXYZINE, HYDRALAZINE)

TRIAL = StudyFacts(
    journal="Journal of Examples",
    year=2018,
    design="randomised controlled trial",
    participants=159,
    evidence_level=2,
)
ENGLISH = frozenset(
    "what is the role of for and a an injection about liver back to dose in renal impairment how"
    " much can i take with it safe pregnancy capital france weight loss insomnia maximum yes does"
    " store stored adverse reactions are warts cause purple contraindicated when".split()
)
MEDICINES = Medicines(common={"melatonin": ("melatonin",), "apixaban": ("apixaban",)}, rare={})
VOCABULARY = Vocabulary.of(LABELS, medicines=MEDICINES, english=ENGLISH)


def source(
    facts: LabelFacts | StudyFacts | GuidelineFacts,
    title: str,
    *,
    summary_of: str | None = None,
    url: str | None = None,
) -> Source:
    """A source of the type its facts are of."""
    types = {
        LabelFacts: SourceType.LABEL,
        StudyFacts: SourceType.STUDY,
        GuidelineFacts: SourceType.GUIDELINE,
    }
    return Source(
        id=f"{types[type(facts)].value}:{title}",
        type=types[type(facts)],
        title=title,
        facts=facts,
        kind=SourceKind.SUMMARY if summary_of else SourceKind.ORIGINAL,
        publisher="Example Publisher",
        url=url,
        summary_of=summary_of,
    )


def passage(  # noqa: PLR0913 - a fixture names what it is about
    of: Source,
    text: str,
    *,
    headings: Sequence[str] = (),
    code: str | None = None,
    lead: str = "",
    start: int = 100,
    similarity: float = 0.6,
    rank: int = 1,
    status: Status = Status.CURRENT,
    recommendation: Recommendation | None = None,
) -> Passage:
    """One passage of a source; its id is made of its place."""
    chunk = Chunk(
        id=f"{of.id}@{start}",
        document_id=of.id,
        type=of.type,
        headings=tuple(headings),
        code=code,
        header=" > ".join((of.title, *headings)),
        lead=lead,
        text=text,
        start=start,
        end=start + len(text),
        recommendation=recommendation,
    )
    return Passage(chunk, of, status, rank, similarity)


_TABLETS = source(TABLETS, "Naltrexone tablets", url="https://example.org/tablets")
_INJECTION = source(INJECTION, "Vivitrol")
_DOXEPIN = source(DOXEPIN, "Doxepin tablets", summary_of="the doxepin label")
_TRAMADOL = source(TRAMADOL, "Tramadol tablets")
_COMBINED = source(COMBINED, "Contrave")
_TRIAL = source(TRIAL, "Insomnia under naltrexone or buprenorphine-naloxone: a trial")
_GUIDE = source(
    GuidelineFacts(series="sleep", year=2017, scheme="GRADE"),
    "Treatment of chronic insomnia in adults",
    summary_of="the sleep guideline of 2017",
)

INSOMNIA_ROW = passage(
    _TABLETS,
    "Insomnia | 3%\nSomnolence | 2%",
    headings=("Adverse reactions",),
    code="34084-4",
    lead="New reactions in an open study | Reaction | Naltrexone",
    start=100,
)
TABLETS_DOSE = passage(
    _TABLETS,
    "For alcohol dependence, 50 mg of naltrexone once daily is recommended.",
    headings=("Dosage and administration",),
    code="34068-7",
    start=300,
)
TABLETS_RENAL = passage(
    _TABLETS,
    "No dose of naltrexone has been established for patients with renal impairment.",
    headings=("Use in specific populations", "Renal impairment"),
    code="88828-9",
    start=500,
)
TABLETS_OPIOIDS = passage(
    _TABLETS,
    "Naltrexone tablets are contraindicated in patients receiving opioids such as tramadol.",
    headings=("Contraindications",),
    code="34070-3",
    start=700,
)
TABLETS_PREGNANCY = passage(
    _TABLETS,
    "Naltrexone is for use in pregnancy only if the benefit justifies the risk to the fetus.",
    headings=("Use in specific populations", "Pregnancy"),
    code="42228-7",
    start=900,
)
INJECTION_LIVER = passage(
    _INJECTION,
    "Vivitrol may cause liver injury. It should be stopped when signs of hepatitis appear.",
    headings=("Warnings and precautions", "Hepatotoxicity"),
    code="43685-7",
    start=100,
)
INJECTION_SLEEP = passage(
    _INJECTION,
    "Insomnia was reported by 14% of patients given Vivitrol and by 12% given placebo.",
    headings=("Adverse reactions",),
    code="34084-4",
    start=300,
)
DOXEPIN_USE = passage(
    _DOXEPIN,
    "Doxepin tablets are indicated for insomnia with trouble staying asleep.",
    headings=("Indications and usage",),
    code="34067-9",
    start=100,
)
DOXEPIN_LIVER = passage(
    _DOXEPIN,
    "Doxepin starts at 3 mg in patients with hepatic impairment.",
    headings=("Use in specific populations", "Hepatic impairment"),
    code="88829-7",
    start=300,
)
TRAMADOL_BOXED = passage(
    _TRAMADOL,
    "WARNING: respiratory depression. Tramadol can slow breathing.\nMonitor patients closely.",
    headings=("Boxed warning",),
    code="34066-1",
    start=100,
)
TRAMADOL_MORE_BOXED = passage(
    _TRAMADOL,
    "Tramadol with sedatives can end in death.",
    headings=("Boxed warning",),
    code="34066-1",
    start=300,
)
TRAMADOL_INTERACTION = passage(
    _TRAMADOL,
    "Opioid antagonists such as naltrexone can precipitate withdrawal from tramadol.",
    headings=("Drug interactions",),
    code="34073-7",
    start=500,
)
COMBINED_WEIGHT = passage(
    _COMBINED,
    "Contrave is indicated for weight loss beside a diet with fewer calories.",
    headings=("Indications and usage",),
    code="34067-9",
    start=100,
)
TRIAL_RESULT = passage(
    _TRIAL,
    "Insomnia fell further with naltrexone than with buprenorphine-naloxone (p < 0.01). "
    "This effect held at 12 weeks.",
    headings=("Abstract", "Results"),
    code="results",
    start=100,
)
FOR_DOXEPIN = passage(
    _GUIDE,
    "Doxepin is suggested for adults with chronic insomnia.",
    headings=("Drugs suggested",),
    start=100,
    recommendation=Recommendation(Direction.FOR, "weak", None, "GRADE", "adults"),
)
AGAINST_MELATONIN = passage(
    _GUIDE,
    "Melatonin is suggested against for insomnia in adults.",
    headings=("Drugs suggested against",),
    start=300,
    recommendation=Recommendation(Direction.AGAINST, "weak", None, "GRADE", "adults"),
)
PASSAGES = (
    INSOMNIA_ROW,
    TABLETS_DOSE,
    TABLETS_RENAL,
    TABLETS_OPIOIDS,
    TABLETS_PREGNANCY,
    INJECTION_LIVER,
    INJECTION_SLEEP,
    DOXEPIN_USE,
    DOXEPIN_LIVER,
    TRAMADOL_BOXED,
    TRAMADOL_MORE_BOXED,
    TRAMADOL_INTERACTION,
    COMBINED_WEIGHT,
    TRIAL_RESULT,
    FOR_DOXEPIN,
    AGAINST_MELATONIN,
)


@dataclass
class FakeRetriever:
    """Returns every passage of the query's drugs, in the order given; remembers what was asked."""

    passages: Sequence[Passage] = PASSAGES
    snapshot: str = "snapshot-1"
    queries: list[Query] = field(default_factory=list)
    cited: list[tuple[str, ...]] = field(default_factory=list)

    def embed(self, query: Query) -> Vectors:
        """Return a vector that says nothing."""
        self.queries.append(query)
        return np.ones((1, 4), dtype=np.float32)

    def retrieve(
        self, query: Query, vectors: Vectors, cited: Sequence[str] = ()
    ) -> Mapping[SourceType, list[Passage]]:
        """Return the passages by type, ranked as they stand; labels of the query's drugs only."""
        del vectors
        self.cited.append(tuple(cited))
        found: dict[SourceType, list[Passage]] = {kind: [] for kind in SourceType}
        for held in self.passages:
            if self._wanted(held, query.drugs):
                ranked = found[held.source.type]
                ranked.append(replace(held, rank=len(ranked) + 1))
        return found

    def heeding(self, retractions: Retractions) -> FakeRetriever:
        """Return the same without retracted studies, remembering what is asked here as well."""
        standing = [p for p in self.passages if not retractions.standing(p.source).retracted]
        return replace(self, passages=standing)

    def label_passages(self, drug: Drug, codes: Collection[str]) -> list[Passage]:
        """Return the label passages of exactly this drug and formulation."""
        return [
            replace(held, similarity=1.0)
            for held in self.passages
            if held.chunk.code in codes
            and held.source.type is SourceType.LABEL
            and self._wanted(held, (drug,))
        ]

    def labels(self) -> list[LabelFacts]:
        """Return the facts of every label."""
        return list(LABELS)

    @staticmethod
    def _wanted(held: Passage, drugs: Sequence[Drug]) -> bool:
        facts = held.source.facts
        if not isinstance(facts, LabelFacts) or not drugs:
            return True
        return any(
            drug.ingredients == facts.ingredients and fits(drug.formulation, facts)
            for drug in drugs
        )
