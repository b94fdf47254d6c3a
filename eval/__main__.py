"""
Measure the service: ``python -m eval bench``, ``reindex``, ``pacing``, ``golden``, and others.

Results go to standard output, progress to standard error. Exit status: 0 done, 1 not all held,
2 wrong usage, 3 could not run.
"""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from eval.commands import pacing

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CANNOT_RUN = 3
_CHECKOUT = Path(__file__).parents[1]


class EmbedderName(StrEnum):
    """The embedders that can be measured."""

    DEFAULT = "default"
    HASHING = "hashing"


class PartName(StrEnum):
    """The halves of a measured set."""

    TUNING = "tuning"
    FINAL = "final"


Source = Annotated[
    Path | None,
    typer.Option(
        help="A folder of source files (default: FOLLOWUP_TEST_DATA/ingest, else corpus)."
    ),
]

app = typer.Typer(
    name="python -m eval",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Measure the service on fixed cases.",
)

app.command()(pacing)


@app.callback()
def options() -> None:
    """Measure the service on fixed cases."""


@app.command()
def bench(
    source: Source = None,
    limit: Annotated[
        int, typer.Option(min=1, help="Files ingested to measure throughput, drawn by seed.")
    ] = 10,
    pairs: Annotated[
        int, typer.Option(min=1, help="Runs and embeddings of the same texts, in turns.")
    ] = 3,
    memory_files: Annotated[
        int,
        typer.Option(min=1, help="Files, and twice as many, to measure the pipeline's memory."),
    ] = 100,
    seed: Annotated[int | None, typer.Option(help="Draws other files.")] = None,
    embedder: Annotated[
        EmbedderName, typer.Option(help="The service's own, or one that costs next to nothing.")
    ] = EmbedderName.DEFAULT,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """
    Compare ingestion with the embedder alone, and its memory with its files.

    Example: python -m eval bench --limit 40 --json
    """
    from eval.benchmarking import (  # noqa: PLC0415 - keeps --help instant
        SEED,
        Benchmark,
        lines,
        order,
    )
    from eval.footprint import memory  # noqa: PLC0415 - as above
    from eval.pacing import throughput  # noqa: PLC0415 - as above
    from ingest.embedding import (  # noqa: PLC0415 - heavy
        Embedder,
        HashingEmbedder,
        default_embedder,
    )
    from ingest.errors import IngestError  # noqa: PLC0415 - with the above

    folder = source or _default_source()
    drawn_by = SEED if seed is None else seed
    half = max(1, limit // 2)
    cores = os.cpu_count() or 2
    try:
        names = order(folder, drawn_by, at_least=2)
        most = len(names) // 2
        measured = [memory(folder, names, "hashing", files=min(memory_files, most), tell=_tell)]
        if embedder is EmbedderName.DEFAULT:
            measured += [memory(folder, names, embedder, files=min(half, most), tell=_tell)]
            chosen: Embedder = default_embedder(threads=cores)
        else:
            chosen = HashingEmbedder()
        speed = throughput(folder, names[:limit], chosen, pairs=pairs, tell=_tell)
    except IngestError as error:
        typer.echo(f"eval: {error}", err=True)
        raise typer.Exit(EXIT_CANNOT_RUN) from error
    identity = str(chosen.identity)
    result = Benchmark(folder.name, drawn_by, cores, identity, speed, tuple(measured))
    if as_json:
        typer.echo(json.dumps(result.as_json(), indent=2))
    else:
        typer.echo("\n".join(lines(result)))


@app.command()
def reindex(
    source: Source = None,
    limit: Annotated[
        int | None, typer.Option(min=6, help="Files, drawn by seed; all where not given.")
    ] = None,
    embedder: Annotated[
        EmbedderName, typer.Option(help="The service's own, or one that costs next to nothing.")
    ] = EmbedderName.DEFAULT,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """
    Compare building again, after nothing, metadata or five files changed, with the first build.

    Exit status 1: the target is missed. Example: python -m eval reindex --limit 100
    """
    from eval.benchmarking import SEED, order  # noqa: PLC0415 - keeps --help instant
    from eval.reindexing import measure  # noqa: PLC0415 - as above
    from ingest.embedding import HashingEmbedder, default_embedder  # noqa: PLC0415 - heavy
    from ingest.errors import IngestError  # noqa: PLC0415 - with the above

    folder = source or _default_source()
    is_default = embedder is EmbedderName.DEFAULT
    try:
        names = order(folder, SEED, at_least=6)[:limit]
        chosen = default_embedder(threads=os.cpu_count() or 2) if is_default else HashingEmbedder()
        measured = measure(folder, names, chosen, seed=SEED, tell=_tell)
    except IngestError as error:
        typer.echo(f"eval: {error}", err=True)
        raise typer.Exit(EXIT_CANNOT_RUN) from error
    as_text = json.dumps(measured.as_json(), indent=2) if as_json else "\n".join(measured.lines())
    typer.echo(as_text)
    if is_default and not measured.reached:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def golden(
    folder: Annotated[
        Path, typer.Option("--dialogues", help="A folder of golden dialogues (*.jsonl).")
    ] = _CHECKOUT / "corpus" / "golden",
    index: Annotated[
        Path | None, typer.Option(help="Index folder; FOLLOWUP_HOME/index where not given.")
    ] = None,
    case: Annotated[
        list[str] | None, typer.Option("--case", help="Only this dialogue; may be repeated.")
    ] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """
    Replay the golden dialogues on the live index, and tell which turns hold.

    Exit status: 0 all measured turns hold, 1 some fail, 3 could not run.

    Example: python -m eval golden --case naltrexone-for-insomnia
    """
    from eval.dialogues import chosen, lines, replay_all  # noqa: PLC0415 - keeps --help instant
    from ingest.errors import IngestError  # noqa: PLC0415 - as above
    from service.bootstrap import bootstrap  # noqa: PLC0415 - as above
    from service.errors import ServiceError, SettingsError  # noqa: PLC0415 - as above
    from service.golden import read_dialogues  # noqa: PLC0415 - as above
    from service.log_lines import configure_log_lines  # noqa: PLC0415 - as above
    from service.settings import read_settings  # noqa: PLC0415 - as above

    configure_log_lines()
    try:
        dialogues = chosen(read_dialogues(folder), case or [])
        settings = read_settings(index=index)
    except (ValueError, SettingsError) as error:
        _tell(f"eval: {error}")
        raise typer.Exit(EXIT_USAGE) from error
    try:
        with bootstrap(settings) as runtime:
            replays = replay_all(runtime, dialogues, _tell)
    except (IngestError, ServiceError) as error:
        _tell(f"eval: {error}")
        raise typer.Exit(EXIT_CANNOT_RUN) from error
    text = json.dumps(replays.as_json(), ensure_ascii=False, indent=2)
    typer.echo(text if as_json else "\n".join(lines(replays)))
    if not replays.holds:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def declining(
    part: Annotated[
        PartName, typer.Option(help="The half to tune on, or the one kept for the final figure.")
    ] = PartName.FINAL,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder that holds ingest/ (default: FOLLOWUP_TEST_DATA)."),
    ] = None,
    *,
    generate: Annotated[
        bool, typer.Option("--generate", help="Write the set anew from the labels, and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """
    Ask labels for what they hold and for what they do not: precision and recall of declining.

    Example: python -m eval declining --part tuning --json
    """
    from eval.declining.asking import ask, index_of_set  # noqa: PLC0415 - keeps --help instant
    from eval.declining.cases import CASES, Part, read_cases, written  # noqa: PLC0415 - as above
    from eval.declining.generating import generate as generated  # noqa: PLC0415 - as above
    from eval.declining.scoring import Score, lines  # noqa: PLC0415 - as above
    from ingest.embedding import default_embedder  # noqa: PLC0415 - heavy
    from ingest.errors import IngestError  # noqa: PLC0415 - with the above
    from service.errors import ServiceError  # noqa: PLC0415 - with the above
    from service.log_lines import configure_log_lines  # noqa: PLC0415 - with the above
    from service.settings import read_settings  # noqa: PLC0415 - with the above

    configure_log_lines()
    folder = (data or _shared()) / "ingest"
    try:
        if generate:
            cases = generated(folder)
            CASES.write_text(written(cases), encoding="utf-8")
            typer.echo(f"{len(cases)} cases written to {CASES}")
            return
        chosen = [case for case in read_cases() if case.part is Part(part.value)]
        given = read_settings()
        embedder = default_embedder(threads=given.threads)
        settings = index_of_set(folder, given.home.expanduser(), embedder, _tell)
        snapshot, results = ask(chosen, settings, embedder, _tell)
    except (IngestError, ServiceError) as error:
        typer.echo(f"eval: {error}", err=True)
        raise typer.Exit(EXIT_CANNOT_RUN) from error
    score = Score(Part(part.value), snapshot, str(embedder.identity), tuple(results))
    typer.echo(json.dumps(score.as_json(), indent=2) if as_json else "\n".join(lines(score)))
    if not score.is_reached:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def verifier(
    part: Annotated[
        PartName | None, typer.Option(help="Only the cases to tune on, or only the final ones.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option(help="The folder that holds ingest/ (default: FOLLOWUP_TEST_DATA)."),
    ] = None,
    misses: Annotated[
        int, typer.Option(min=0, help="Show so many misjudged cases of each kind, in words.")
    ] = 0,
    *,
    generate: Annotated[
        bool, typer.Option("--generate", help="Write the case file anew from its seed, and stop.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """
    Measure which false statements the gates catch, and which true ones they reject.

    Exit status 1: a bar is missed. Example: python -m eval verifier --part final --json
    """
    from eval.verifier.cases import Part  # noqa: PLC0415 - keeps --help instant
    from eval.verifier.reporting import as_table, missed, to_json  # noqa: PLC0415 - as above
    from eval.verifier.running import CASES, regenerate, run  # noqa: PLC0415 - as above
    from ingest.errors import IngestError  # noqa: PLC0415 - with the above

    folder = (data or _shared()) / "ingest"
    try:
        if generate:
            _tell(f"{regenerate(folder, CASES, _tell)} cases written to {CASES}")
            return
        done = run(folder, Part(part.value) if part else None, _tell)
    except IngestError as error:
        typer.echo(f"eval: {error}", err=True)
        raise typer.Exit(EXIT_CANNOT_RUN) from error
    if as_json:
        typer.echo(json.dumps(to_json(done.scores), indent=2))
    else:
        typer.echo("\n".join(as_table(done.scores)))
    for miss in missed(done.measured, misses):
        typer.echo(miss, err=as_json)
    if not done.scores.met:
        raise typer.Exit(EXIT_FAILED)


def _shared() -> Path:
    default = _CHECKOUT.parent / "shared" / "data"
    return Path(os.environ.get("FOLLOWUP_TEST_DATA", str(default)))


def _default_source() -> Path:
    folder = _shared() / "ingest"
    if folder.is_dir():
        return folder
    _tell(f"no test data in {folder}; measuring on the starter corpus, which is small")
    return _CHECKOUT / "corpus"


def _tell(step: str) -> None:
    typer.echo(step, err=True)


if __name__ == "__main__":
    app()
