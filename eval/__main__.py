"""
Measure the service: ``python -m eval bench``.

Results go to standard output, progress to standard error. Exit status: 0 done, 2 wrong usage,
3 could not run.
"""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

EXIT_USAGE = 2
EXIT_CANNOT_RUN = 3
_CHECKOUT = Path(__file__).parents[1]


class EmbedderName(StrEnum):
    """The embedders that can be measured."""

    DEFAULT = "default"
    HASHING = "hashing"


app = typer.Typer(
    name="python -m eval",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Measure the service on fixed cases.",
)


@app.callback()
def options() -> None:
    """Measure the service on fixed cases."""


@app.command()
def bench(
    source: Annotated[
        Path | None,
        typer.Option(
            help="A folder of source files (default: FOLLOWUP_TEST_DATA/ingest, else corpus)."
        ),
    ] = None,
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


def _default_source() -> Path:
    shared = os.environ.get("FOLLOWUP_TEST_DATA", str(_CHECKOUT.parent / "shared" / "data"))
    folder = Path(shared) / "ingest"
    if folder.is_dir():
        return folder
    _tell(f"no test data in {folder}; measuring on the starter corpus, which is small")
    return _CHECKOUT / "corpus"


def _tell(step: str) -> None:
    typer.echo(step, err=True)


if __name__ == "__main__":
    app()
