"""Facts about appraising: a design, a size and a level where the record says so, else nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.appraising import DESIGNS, RANDOMISED_TRIAL, Appraisal, appraise
from ingest.counting import as_number
from ingest.documents import Block, BlockKind, Section

RCT = ("Randomized Controlled Trial",)


def part(text: str, code: str = "results") -> Section:
    """Return one abstract part."""
    return Section(("Abstract", code), (Block(BlockKind.PROSE, text),), code)


def appraised(
    text: str = "",
    *,
    title: str = "Examplin and sleep",
    kinds: tuple[str, ...] = (),
    mesh: tuple[str, ...] = (),
) -> Appraisal:
    """Appraise a study whose abstract is one results part."""
    abstract = [part(text)] if text else []
    return appraise(title=title, abstract=abstract, publication_types=kinds, mesh=mesh)


def participants(text: str) -> int | None:
    """Return the size of a trial whose abstract says *text*."""
    return appraised(text, kinds=RCT).participants


@pytest.mark.parametrize(
    ("kinds", "design", "level"),
    [
        (("Journal Article", "Randomized Controlled Trial"), RANDOMISED_TRIAL, 2),
        (("Randomized Controlled Trials",), RANDOMISED_TRIAL, 2),
        (("Letter", "Randomized Controlled Trial"), RANDOMISED_TRIAL, 2),
        (("Controlled Clinical Trial",), "controlled trial", 3),
        (("Clinical Trial, Phase III",), "clinical trial", None),
        (("Clinical Trial Protocol", "Randomized Controlled Trial"), "trial protocol", None),
        (("Meta-Analysis", "Systematic Review"), "meta-analysis", None),
        (("Systematic Review", "Review"), "systematic review", None),
        (("Review",), "review", None),
        (("Practice Guideline",), "practice guideline", None),
        (("Case Reports",), "case report", None),
        (("Observational Study",), "observational study", None),
        (("Editorial",), "editorial", None),
        (("Published Erratum",), "erratum", None),
        (("Retraction of Publication",), "retraction notice", None),
        (("Meta-Analysis", "Randomized Controlled Trial"), None, None),
        (("Journal Article",), None, None),
        ((), None, None),
    ],
)
def test_publication_types_give_design_and_level(
    kinds: tuple[str, ...], design: str | None, level: int | None
) -> None:
    """The most telling type wins; two designs at once are none."""
    found = appraised(kinds=kinds)

    assert (found.design, found.evidence_level) == (design, level)


@pytest.mark.parametrize(
    ("mesh", "design", "level"),
    [
        (("Humans", "Cohort Studies"), "cohort study", 3),
        (("Humans", "Case-Control Studies/methods"), "case-control study", 4),
        (("Cohort Studies", "Case-Control Studies"), None, None),
        (("Animals", "Rats"), "animal study", None),
        (("Prospective Studies",), None, None),
    ],
)
def test_mesh_gives_the_design_of_observational_studies(
    mesh: tuple[str, ...], design: str | None, level: int | None
) -> None:
    """A study of animals alone is named so, whatever else it is; two designs are none."""
    found = appraised(mesh=mesh)

    assert (found.design, found.evidence_level) == (design, level)


def test_a_randomised_trial_in_animals_is_no_evidence_for_people() -> None:
    """MeSH "Animals" without "Humans" outweighs the publication type."""
    assert appraised(kinds=RCT, mesh=("Animals",)).design == "animal study"
    assert appraised(kinds=RCT, mesh=("Animals", "Humans")).design == RANDOMISED_TRIAL


@pytest.mark.parametrize(
    ("title", "design"),
    [
        (
            "Examplin for sleep: a randomised, double-blind, placebo-controlled trial",
            RANDOMISED_TRIAL,
        ),
        ("A randomized cross-over study of examplin", RANDOMISED_TRIAL),
        ("Examplin: a systematic review and meta-analysis of randomised trials", "meta-analysis"),
        ("Examplin: a cohort study", "cohort study"),
        ("Giant example: a case report", "case report"),
        ("Secondary analysis of a randomised trial of examplin", None),
        ("Cost-effectiveness of examplin: results of a randomised controlled trial", None),
        ("A non-randomised trial of examplin", None),
        ("Examplin in rats: a randomised controlled study", None),
        ("Recruitment to a randomised controlled trial", None),
        ("A cohort study and case-control study of examplin", None),
    ],
)
def test_a_title_may_name_the_design(title: str, design: str | None) -> None:
    """Without publication types, a title that names its own design is believed, others not."""
    assert appraised(title=title).design == design


def test_a_protocol_is_not_its_trial() -> None:
    """A planned trial has no level and no participants, even where it is filed as a trial."""
    found = appraised(
        "120 patients were randomised.",
        title="Examplin for sleep: study protocol for a randomised controlled trial",
        kinds=RCT,
    )

    assert found == Appraisal("trial protocol", None, None)


@pytest.mark.parametrize(
    ("text", "design"),
    [
        ("In this randomised, placebo-controlled trial, we gave examplin.", RANDOMISED_TRIAL),
        ("Adults were randomly assigned to examplin or placebo.", RANDOMISED_TRIAL),
        ("Patients in a randomised trial and a cohort were compared.", None),
        ("Sheep were randomly assigned to examplin or placebo.", None),
        ("Patients will be randomised to examplin or placebo.", None),
        ("Women enrolled in a randomised trial answered questions.", None),
    ],
)
def test_an_abstract_may_say_that_it_randomised(text: str, design: str | None) -> None:
    """Only what a report says of itself, in people, done and not planned, counts."""
    assert appraised(text).design == design


def test_conclusions_and_background_do_not_make_a_design() -> None:
    """A trial that is asked for, or was done before, is not this study."""
    text = "A randomised controlled trial was performed."

    found = [
        appraise(title="Examplin", abstract=[part(text, code)]).design
        for code in ("background", "conclusions", "methods")
    ]

    assert found == [None, None, RANDOMISED_TRIAL]


@pytest.mark.parametrize(
    ("text", "mesh", "level"),
    [
        ("We pooled 12 randomised controlled trials.", (), 1),
        ("We pooled 12 studies.", ("Randomized Controlled Trials as Topic",), 1),
        ("We pooled randomised trials and cohort studies.", (), None),
        ("We pooled 12 studies.", (), None),
    ],
)
def test_a_review_is_level_one_only_if_it_reviews_randomised_trials(
    text: str, mesh: tuple[str, ...], level: int | None
) -> None:
    """Other reviews have the level of what they review, which the record does not tell."""
    assert appraised(text, kinds=("Meta-Analysis",), mesh=mesh).evidence_level == level


def test_a_systematic_review_whose_title_pools_is_a_meta_analysis() -> None:
    """The journal's heading names the wider kind, the title the narrower."""
    title = "Examplin for sleep: a systematic review and network meta-analysis"

    assert appraised(title=title, kinds=("Systematic Review",)).design == "meta-analysis"


def test_a_narrative_review_is_not_a_meta_analysis() -> None:
    """The authors' own words outweigh the indexer's."""
    found = appraised("This narrative review discusses trials.", kinds=("Meta-Analysis",))

    assert found == Appraisal("review", None, None)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("120 patients were randomised.", 120),
        ("In total, n = 120 were randomized.", 120),
        ("A total of 4,523 adults with type 2 diabetes were randomly assigned (1:1).", 4523),
        ("One hundred and twenty-three women were randomised to examplin or placebo.", 123),
        ("Forty eight third year students were randomized to use either device.", 48),
        ("We randomly assigned 60 patients to examplin (n = 30) or placebo (n = 30).", 60),
        ("Patients (n = 940) treated for infarction were randomized to infusion or none.", 940),
        ("Of 500 patients screened, 62 were randomised.", 62),
        ("98 patients were recruited. Of these, 62 patients were randomly allocated.", 62),
        ("A randomised controlled trial was conducted in 20 healthy adults.", 20),
        ("60 patients were included in this prospective randomised study.", 60),
        ("All 126 participants randomised were followed.", 126),
        ("Patients were randomised (n=75).", 75),
    ],
)
def test_explicit_wording_gives_the_number_randomised(text: str, number: int) -> None:
    """Digits, words, brackets: where the words say that all of them were randomised."""
    assert participants(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "60 patients were randomised to placebo.",
        "66 were randomised to citrate and 73 to heparin.",
        "60 patients were randomised to examplin and 62 to placebo.",
        "26 girls, 37 boys, and 2 infants of unknown sex were randomised.",
        "120 patients were screened.",
        "120 patients were randomised. Later 118 patients were randomised.",
        "120 patients will be randomised.",
        "A sample size of 120 patients to be randomised was planned.",
        "20 practices were randomised.",
        "Practices (n = 20) were randomised.",
        "Of 30 villages, 20 were randomised.",
        "50% of patients were randomised.",
        "Patients in phase 2 120 patients were randomised.",
        "18-65 patients were randomised.",
        "1.5 patients were randomised.",
        "Subjects received examplin (n = 60) or placebo (n = 60).",
    ],
)
def test_anything_less_gives_no_number(text: str) -> None:
    """Arms, clusters, people screened, plans, parts of numbers and two totals do not count."""
    assert participants(text) is None


def test_background_numbers_are_other_studies() -> None:
    """What came before this study does not count its participants."""
    abstract = [
        part("In an earlier trial 900 patients were randomised.", "background"),
        part("Here 120 patients were randomised.", "methods"),
    ]

    found = appraise(title="Examplin", abstract=abstract, publication_types=RCT)

    assert found.participants == 120


@pytest.mark.parametrize(
    ("kinds", "text", "number"),
    [
        (("Meta-Analysis",), "We included 12 trials with 4,523 participants.", 4523),
        (("Meta-Analysis",), "Twelve trials (n = 980 patients) were pooled.", 980),
        (("Controlled Clinical Trial",), "80 patients were enrolled.", 80),
        (("Case Reports",), "2 patients were included.", None),
        (("Review",), "12 trials with 4,523 participants.", None),
    ],
)
def test_other_designs_count_what_they_pooled_or_studied(
    kinds: tuple[str, ...], text: str, number: int | None
) -> None:
    """A review counts the participants of its trials, a study of one arm those it enrolled."""
    assert appraised(text, kinds=kinds).participants == number


def test_every_design_has_a_level_of_the_scale_or_none() -> None:
    """Levels run from 1 to 5."""
    assert all(level is None or 1 <= level <= 5 for level in DESIGNS.values())


@given(st.integers(min_value=1, max_value=9_999_999))
def test_a_count_with_separators_is_the_same_count(number: int) -> None:
    """4,523 is 4523."""
    assert as_number(f"{number:,}") == as_number(str(number)) == number


@given(st.text(max_size=200), st.sampled_from(["methods", "results", "abstract"]))
def test_any_text_is_appraised_without_failing(text: str, code: str) -> None:
    """A design, when there is one, is a known one."""
    found = appraise(title=text, abstract=[part(text, code)], publication_types=RCT)

    assert found.design in DESIGNS
