"""
Coverage-guided fuzzing of every parser (atheris): ``python -m tests.soak.fuzzing [--seconds N]``.

One process a parser, from the made-up samples and, where the shared data is there, a few of its
files; inputs that crash, hang for 20 seconds or take 1 GiB are kept below ``--findings``. Exits 1
when there are any. ``python -m tests.soak.fuzzing one FORMAT`` is that process.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import subprocess
import sys
import tempfile
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import atheris

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data" / "ingest"
SHARED_SEEDS = 6
MAX_SEED = 32 * 1024
"""Bytes: larger files make each run slow and say little more."""
MAX_INPUT = 64 * 1024
SLOWEST = 20
MEMORY_MIB = 1024
ARCHIVES = "archives"
"""The one that is no parser: reading, which opens archives and tells formats."""


def fuzz(name: str, corpus: Path, findings: Path, seconds: int) -> None:
    """Fuzz one parser in this process; does not return."""
    with atheris.instrument_imports(include=["ingest", "pypdf"], enable_loader_override=False):
        from ingest.errors import ParseError  # noqa: PLC0415 - instrumented as it is imported
        from ingest.reading import Format  # noqa: PLC0415
        from tests.mutating import mutated  # noqa: PLC0415
        from tests.sample_formats import SAMPLES, as_file  # noqa: PLC0415
        from tests.swallowing import swallow, unpacked  # noqa: PLC0415

    form = None if name == ARCHIVES else Format(name)
    foreign = b"".join(SAMPLES.values())
    known: set[str] = set()

    def one(data: bytes) -> None:
        try:
            if form is None:
                unpacked("x.md", data)
            else:
                swallow(as_file(form, data))
        except ParseError:
            pass
        except Exception as error:  # noqa: BLE001 - each is a finding
            _keep(error, data, findings, known)

    def mutate(data: bytes, max_size: int, seed: int) -> bytes:
        chance = random.Random(seed)  # noqa: S311 - no secret
        if chance.random() < 0.3:
            return bytes(atheris.Mutate(data, max_size))
        return mutated(data, chance, foreign)[:max_size]

    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SLOWEST}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-max_len={MAX_INPUT}",
        f"-artifact_prefix={findings}/",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus)], one, custom_mutator=mutate)
    atheris.Fuzz()


def _keep(error: Exception, data: bytes, findings: Path, known: set[str]) -> None:
    """Keep the first input that leads to each place where a parser falls over."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "/ingest/" in frame.filename] or frames
    where = f"{type(error).__name__}-{Path(ours[-1].filename).stem}-{ours[-1].lineno}"
    if where not in known:
        known.add(where)
        (findings / where).write_bytes(data)
        (findings / f"{where}.txt").write_text("".join(traceback.format_exception(error)))


def seed(name: str, corpus: Path) -> int:
    """Write the files that fuzzing of one parser starts from; return how many."""
    from ingest.documents import DeadLetter  # noqa: PLC0415 - after the instrumented imports
    from ingest.reading import read_sources  # noqa: PLC0415
    from tests.hostile import odd_archives  # noqa: PLC0415
    from tests.sample_formats import SAMPLES  # noqa: PLC0415

    seeds = [SAMPLES[form] for form in SAMPLES if form == name]
    if name == ARCHIVES:
        seeds += odd_archives().values()
    elif SHARED.is_dir():
        folders = sorted(path for path in SHARED.iterdir() if path.is_dir())
        for folder in folders:
            found = 0
            for file in read_sources([folder]):
                if isinstance(file, DeadLetter) or file.format != name:
                    break
                if len(file.data) <= MAX_SEED:
                    seeds.append(file.data)
                    found += 1
                if found == SHARED_SEEDS:
                    break
    for data in seeds:
        (corpus / hashlib.sha256(data).hexdigest()[:16]).write_bytes(data)
    return len(seeds)


def run(name: str, seconds: int, kept: Path) -> str:
    """Fuzz one parser in a process of its own; return a line on it."""
    findings = kept / name
    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="followup-fuzz-") as corpus:
        seeds = seed(name, Path(corpus))
        done = subprocess.run(
            [
                *(sys.executable, "-m", "tests.soak.fuzzing", "one", name),
                *(f"--seconds={seconds}", f"--corpus={corpus}", f"--findings={findings}"),
            ],
            capture_output=True,
            check=False,
            cwd=ROOT,
            errors="replace",
            text=True,
        )
    (findings / "log.txt").write_text(done.stderr[-100_000:])
    executed = re.search(r"number_of_executed_units: (\d+)", done.stderr)
    peak = re.search(r"peak_rss_mb:\s+(\d+)", done.stderr)
    found = sorted(p.name for p in findings.iterdir() if p.name != "log.txt" and p.suffix == "")
    return (
        f"{name:13} {seeds:3} seeds {int(executed.group(1)) if executed else 0:9,} executions, "
        f"peak {peak.group(1) if peak else '?':>4} MiB, exit {done.returncode}, "
        f"{len(found)} findings {' '.join(found)}"
    )


def main() -> int:
    """Fuzz the parsers that are named, or all."""
    from ingest.reading import Format  # noqa: PLC0415 - the fuzzed process instruments it first

    parser = argparse.ArgumentParser(description="Fuzz the parsers.")
    parser.add_argument("--seconds", type=int, default=300, help="for each parser")
    parser.add_argument("--findings", type=Path, default=ROOT / "var" / "fuzz")
    parser.add_argument("--jobs", type=int, default=1, help="parsers fuzzed at once")
    parser.add_argument("names", nargs="*", help=", ".join([*Format, ARCHIVES]))
    options = parser.parse_args()
    names = options.names or [*map(str, Format), ARCHIVES]
    with ThreadPoolExecutor(options.jobs) as pool:
        lines = pool.map(lambda name: run(name, options.seconds, options.findings), names)
        failed = False
        for line in lines:
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()
            failed = failed or "exit 0, 0 findings" not in line
    return int(failed)


def fuzz_one() -> None:
    """Be the process that fuzzes one parser."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("--seconds", type=int, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--findings", type=Path, required=True)
    options = parser.parse_args(sys.argv[2:])
    fuzz(options.name, options.corpus, options.findings, options.seconds)


if __name__ == "__main__":
    if sys.argv[1:2] == ["one"]:
        fuzz_one()
    raise SystemExit(main())
