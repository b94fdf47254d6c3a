"""The commands as their users run them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LABEL = """<?xml version="1.0"?>
<document xmlns="urn:hl7-org:v3">
 <code code="34391-3" codeSystem="2.16.840.1.113883.6.1"/>
 <title>Examplin</title>
 <effectiveTime value="20200102"/>
 <setId root="11111111-2222-3333-4444-555555555555"/><versionNumber value="2"/>
 <component><structuredBody>
  <component><section>
   <subject><manufacturedProduct><manufacturedProduct>
    <name>Brandex</name><formCode code="x" displayName="TABLET"/>
    <asEntityWithGeneric><genericMedicine><name>examplin</name></genericMedicine></asEntityWithGeneric>
    <ingredient classCode="ACTIB"><ingredientSubstance><name>EXAMPLIN</name>
     <activeMoiety><activeMoiety><name>EXAMPLIN</name></activeMoiety></activeMoiety>
    </ingredientSubstance></ingredient>
   </manufacturedProduct></manufacturedProduct></subject>
  </section></component>
  <component><section><code code="34068-7"/><title>Dosage and administration</title>
   <text><paragraph>The usual dose of Brandex in adults is 20 mg once daily.</paragraph></text>
  </section></component>
  <component><section><code code="34066-1"/><title>Boxed warning</title>
   <text><paragraph>Brandex can cause severe hiccups.</paragraph></text>
  </section></component>
 </structuredBody></component>
</document>"""


def followup(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line in a process of its own, with its home in *home*."""
    return subprocess.run(
        [sys.executable, "-m", "service.cli", *arguments],
        cwd=ROOT,
        env={
            "FOLLOWUP_HOME": str(home),
            "FOLLOWUP_LOG_JSON": "0",  # what people read is looked at here
            "HF_HUB_OFFLINE": "1",
            "PATH": "/usr/bin:/bin",
        },
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an index of one label."""
    folder = tmp_path_factory.mktemp("home")
    corpus = folder / "corpus"
    corpus.mkdir()
    (corpus / "examplin.xml").write_text(LABEL, encoding="utf-8")
    (corpus / "notes.bin").write_bytes(b"\x00\x01")
    result = followup(folder, "ingest", "apply", "--source", str(corpus), "--json")
    assert result.returncode == 0, result.stderr
    (folder / "report.json").write_text(result.stdout, encoding="utf-8")
    return folder


def test_help_is_light() -> None:
    """``followup --help`` loads no torch, chromadb or FastAPI: it must feel instant."""
    script = (
        "import sys\n"
        "from service.cli import app\n"
        "try:\n    app(['--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'chromadb', 'fastapi', 'sentence_transformers', 'sqlalchemy', 'lxml'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))\n"
    )

    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert "HEAVY []" in result.stdout
    assert "ingest" in result.stdout


def test_the_ingest_report_adds_up(home: Path) -> None:
    """The JSON report accounts for both files: a document and a dead letter with its reason."""
    report = json.loads((home / "report.json").read_text(encoding="utf-8"))

    assert (report["files"], report["documents"], len(report["dead_letters"])) == (2, 1, 1)
    assert report["dead_letters"][0]["path"] == "notes.bin"
    assert report["chunks"] == report["embedded"] > 0
    assert {"parsing", "chunking", "embedding", "indexing", "verifying"} <= set(report["seconds"])
    assert (home / "index" / "CURRENT").read_text().strip() == report["snapshot"]


def test_two_processes_give_the_same_bytes(home: Path) -> None:
    """The same question on the same snapshot: equal JSON but for ids, times and timings."""
    answers = []
    for _ in range(2):
        result = followup(home, "ask", "What is the dose of Brandex?", "--json")
        assert result.returncode == 0, result.stderr
        answer = json.loads(result.stdout)["answer"]
        answer.pop("timings")
        answers.append(json.dumps(answer))

    assert answers[0] == answers[1]
    assert "20 mg once daily" in answers[0]
    assert "severe hiccups" in answers[0]


def test_an_answer_in_words_carries_citation_and_disclaimer(home: Path) -> None:
    """The terminal shows the sentence, its source, the disclaimer, and how long each stage took."""
    result = followup(home, "ask", "What is the dose of examplin?", "--timings")

    assert result.returncode == 0, result.stderr
    assert "“The usual dose of Brandex in adults is 20 mg once daily.”" in result.stdout
    assert "Disclaimer" in result.stdout
    assert "embedding" in result.stderr
    assert "--conversation" in result.stderr


def test_a_follow_up_goes_on_in_its_conversation(home: Path) -> None:
    """The drug of the first question is carried into the second."""
    first = json.loads(followup(home, "ask", "What is the dose of Brandex?", "--json").stdout)

    second = followup(
        home, "ask", "and its warnings?", "--json", "--conversation", first["conversation_id"]
    )

    assert "examplin" in json.loads(second.stdout)["answer"]["understood_as"]["text"].lower()


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("ask", "x", "--index", "/nowhere/at/all"), 3, "followup ingest apply"),
        (("ask", "x", "--audience", "robot"), 2, "physician"),
        (("ingest", "apply", "--source", "/nowhere/at/all"), 2, "does not exist"),
        (("serve", "--host", "192.0.2.1"), 2, "loopback"),
        (("ask", "x", "--conversation", "0" * 32), 3, "conversation"),
        (("corpus", "retractions", "--add"), 2, "--csv"),
        (("corpus", "retractions", "--csv", "/nowhere/at/all"), 2, "cannot read"),
        (("frobnicate",), 2, "No such command"),
    ],
)
def test_an_error_is_one_line_with_its_exit_status(
    home: Path, arguments: tuple[str, ...], status: int, words: str
) -> None:
    """Errors name the remedy and never show a traceback."""
    result = followup(home, *arguments)

    assert result.returncode == status
    assert words in result.stderr
    assert "Traceback" not in result.stderr


def test_a_second_writer_is_refused_by_name(home: Path) -> None:
    """One build at a time: the lock names its owner."""
    from ingest.locking import build_lock  # noqa: PLC0415 - only here

    with build_lock(home / "index"):
        result = followup(home, "ingest", "apply", "--source", str(home / "corpus"))

    assert result.returncode == 3
    assert "process" in result.stderr
