"""``followup corpus fetch``: sources from the services that publish them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.telling import EXIT_PROBLEM, EXIT_USAGE, Json, settings_with, stop, told_errors

if TYPE_CHECKING:
    from ingest.fetching.collecting import Report
    from ingest.fetching.items import Haul
    from ingest.fetching.runs import Run
    from ingest.fetching.services import Services
    from ingest.fetching.transport import Transport
    from service.settings import Settings

app = typer.Typer(
    no_args_is_help=True,
    help=(
        "Fetch sources from the services that publish them.\n\n"
        "A run that was stopped goes on where it was; a later run asks only for what changed. "
        "Every file is checked before it takes an older one's place, and entered into the "
        "folder's manifest with its licence, so that ingest shows it."
    ),
    epilog="Example: followup corpus fetch labels --drug naltrexone",
)

To = Annotated[
    Path | None, typer.Option("--to", help="Folder; FOLLOWUP_HOME/sources/SERVICE where not given.")
]
Limit = Annotated[int | None, typer.Option("--limit", min=1, help="Fetch no more files than this.")]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Say what would be fetched; write nothing.")
]
_SHOWN = 20
"""Fetched files that are named one by one; what went wrong always is."""
Find = Callable[["Transport", "Services", "Run"], "Haul"]


@app.command("labels")
def fetch_labels(
    set_id: Annotated[
        list[str] | None, typer.Option("--set-id", help="A label's set id; may be given again.")
    ] = None,
    drug: Annotated[
        list[str] | None,
        typer.Option("--drug", help="Every label of a drug's name, generic or brand."),
    ] = None,
    release: Annotated[
        list[str] | None,
        typer.Option(
            "--release",
            help=(
                "A whole release: human-rx, human-otc, monthly, weekly or daily; the name of one "
                "listed archive; or an archive at hand."
            ),
        ),
    ] = None,
    to: To = None,
    limit: Limit = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """
    Fetch drug labels from DailyMed, by set id, by drug, or a whole release.

    A full release of prescription labels is about 18 GB. Its archives stay in .archives below the
    folder; their labels are unpacked into the folder itself.

    Example: followup corpus fetch labels --drug naltrexone --drug acamprosate
    """
    if bool(release) == bool(set_id or drug):
        stop("give --set-id or --drug, or else --release", EXIT_USAGE)

    def find(transport: Transport, services: Services, _run: Run) -> Haul:
        from ingest.fetching import dailymed  # noqa: PLC0415 - keeps --help instant

        if release:
            return dailymed.find_release(transport, services, release)
        return dailymed.find_labels(transport, services, set_id or (), drug or ())

    asked = {"labels": set_id, "drugs": drug, "release": release, "limit": limit}
    _fetch("dailymed", asked, find, to=to, limit=limit, dry_run=dry_run, as_json=as_json)


@app.command("openfda")
def fetch_openfda(
    search: Annotated[
        str | None, typer.Option("--search", help="openFDA's query, as its API takes it.")
    ] = None,
    to: To = None,
    limit: Limit = None,
    *,
    bulk: Annotated[
        bool, typer.Option("--bulk", help="The whole data set of labels, about 2 GB.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """
    Fetch drug labels from openFDA, by a search or all of them.

    Example: followup corpus fetch openfda --search 'openfda.generic_name:"naltrexone"'
    """
    if bulk == bool(search):
        stop("give --search or --bulk", EXIT_USAGE)

    def find(transport: Transport, services: Services, run: Run) -> Haul:
        from ingest.fetching import openfda  # noqa: PLC0415 - keeps --help instant

        if search:
            return openfda.find_labels(transport, services.openfda, search, run)
        return openfda.find_bulk(transport, services.openfda)

    asked = {"openfda": search, "bulk": bulk, "limit": limit}
    _fetch("openfda", asked, find, to=to, limit=limit, dry_run=dry_run, as_json=as_json)


@app.command("pubmed")
def fetch_pubmed(
    query: Annotated[
        str | None, typer.Option("--query", help="PubMed's query, as its search box takes it.")
    ] = None,
    pmid: Annotated[
        list[str] | None, typer.Option("--pmid", help="A PubMed id; may be given again.")
    ] = None,
    to: To = None,
    limit: Limit = None,
    *,
    baseline: Annotated[
        bool,
        typer.Option("--baseline", help="The yearly files of all of PubMed, about 50 GB twice."),
    ] = False,
    updates: Annotated[
        bool, typer.Option("--updates", help="The daily files since the baseline.")
    ] = False,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """
    Fetch records from PubMed, by query or id, or its yearly and daily files.

    PubMed is asked three times a second; ten times with a key, which FOLLOWUP_NCBI_KEY or
    NCBI_API_KEY gives.

    Example: followup corpus fetch pubmed --query 'naltrexone AND insomnia' --limit 200
    """
    if sum(map(bool, (query, pmid, baseline, updates))) != 1:
        stop("give one of --query, --pmid, --baseline and --updates", EXIT_USAGE)

    def find(transport: Transport, services: Services, run: Run) -> Haul:
        from ingest.fetching import pubmed  # noqa: PLC0415 - keeps --help instant

        if query:
            return pubmed.find_query(transport, services.pubmed, query, run, limit)
        if pmid:
            return pubmed.find_ids(transport, services.pubmed, pmid, run)
        release = pubmed.Release.BASELINE if baseline else pubmed.Release.UPDATES
        return pubmed.find_files(transport, services.pubmed_files, release, run)

    asked = {"pubmed": query, "ids": pmid, "files": [baseline, updates], "limit": limit}
    _fetch("pubmed", asked, find, to=to, limit=limit, dry_run=dry_run, as_json=as_json)


@app.command("pmc")
def fetch_pmc(
    pmcid: Annotated[
        list[str], typer.Option("--pmcid", help="A PMC id; may be given several times.")
    ],
    to: To = None,
    limit: Limit = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """
    Fetch open-access articles from PubMed Central; what is not open access is refused.

    Example: followup corpus fetch pmc --pmcid PMC1065070
    """

    def find(transport: Transport, services: Services, run: Run) -> Haul:
        from ingest.fetching import pmc  # noqa: PLC0415 - keeps --help instant

        return pmc.find_articles(transport, services.pmc, pmcid, run)

    asked = {"pmc": pmcid, "limit": limit}
    _fetch("pmc", asked, find, to=to, limit=limit, dry_run=dry_run, as_json=as_json)


@app.command("guidelines")
def fetch_guidelines(
    file: Annotated[
        Path,
        typer.Option("--list", help="TOML, or lines of: url | title | publisher | licence."),
    ],
    to: To = None,
    limit: Limit = None,
    *,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """
    Fetch guidelines from the addresses of a list.

    Example: followup corpus fetch guidelines --list guidelines.toml
    """

    def find(_transport: Transport, _services: Services, _run: Run) -> Haul:
        from ingest.fetching import guidelines  # noqa: PLC0415 - keeps --help instant

        return guidelines.find_guidelines(guidelines.read_list(file))

    asked = {"guidelines": str(file.resolve()), "limit": limit}
    _fetch("guidelines", asked, find, to=to, limit=limit, dry_run=dry_run, as_json=as_json)


@app.command("show")
def fetch_show(
    folder: Annotated[Path, typer.Argument(help="A folder that was fetched into.")],
    *,
    as_json: Json = False,
) -> None:
    """
    Show what was fetched into a folder: when, from where, under which licence.

    Example: followup corpus fetch show sources/dailymed
    """
    from dataclasses import asdict  # noqa: PLC0415 - keeps --help instant

    from ingest.fetching.ledger import NAME, Ledger  # noqa: PLC0415

    if not (folder / NAME).is_file():
        stop(f"{folder} holds no {NAME}: nothing was fetched into it", EXIT_USAGE)
    records = sorted(Ledger(folder).kept.values(), key=lambda record: record.path)
    if as_json:
        rows = [asdict(record) for record in records]
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for record in records:
        licence = record.licence or "licence in each record, or not stated"
        typer.echo(f"{record.fetched[:19]}Z  {record.path}  {record.url}  ({licence})")


def _fetch(
    name: str,
    asked: object,
    find: Find,
    *,
    to: Path | None,
    limit: int | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    from ingest.fetching.collecting import collect, plan  # noqa: PLC0415 - keeps --help instant
    from ingest.fetching.transport import Transport  # noqa: PLC0415
    from service.progress import progress_bar  # noqa: PLC0415

    settings = settings_with()
    folder = to or settings.home.expanduser() / "sources" / name
    with told_errors("corpus fetch") as line:
        line.update(service=name, dry_run=dry_run)
        services = _services(settings)
        with Transport(contact=settings.contact) as transport:

            def found(transport: Transport, run: Run) -> Haul:
                return find(transport, services, run)

            if dry_run:
                report = plan(folder, found, transport, limit=limit)
            else:
                with progress_bar() as progress:
                    report = collect(
                        folder, asked, found, transport, limit=limit, progress=progress
                    )
        line.update(bytes=report.bytes, **{fate.value: n for fate, n in report.fates.items()})
    _tell(report, dry_run=dry_run, as_json=as_json)
    if not report.is_sound:
        raise typer.Exit(EXIT_PROBLEM)


def _services(settings: Settings) -> Services:
    from ingest.fetching.services import Addresses, Services  # noqa: PLC0415 - see above

    openfda, ncbi = settings.openfda_key, settings.ncbi_key
    addresses = Addresses(
        dailymed=settings.dailymed_url,
        dailymed_files=settings.dailymed_files_url,
        openfda=settings.openfda_url,
        eutils=settings.eutils_url,
        pubmed_files=settings.pubmed_files_url,
        pmc=settings.pmc_url,
    )
    return Services.at(
        addresses,
        # The names that the services' other tools read.
        openfda_key=openfda.get_secret_value() if openfda else os.environ.get("OPENFDA_API_KEY"),
        ncbi_key=ncbi.get_secret_value() if ncbi else os.environ.get("NCBI_API_KEY"),
    )


def _tell(report: Report, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
        return
    plain = [each for each in report.files if each.fate.value == "fetched"]
    for each in (each for each in report.files if each not in plain[_SHOWN:]):
        why = f": {each.reason}" if each.reason else ""
        typer.echo(f"{each.fate.value}  {each.path}  {each.url}{why}")
    if len(plain) > _SHOWN:
        typer.echo(f"... all of them: followup corpus fetch show {report.folder}")
    counts = ", ".join(f"{count:,} {fate.value}" for fate, count in report.fates.items() if count)
    before = f", {report.before:,} kept by the unfinished run" if report.before else ""
    typer.echo(f"{counts or 'nothing'}{before}; {report.bytes:,} bytes into {report.folder}")
    if not dry_run and report.is_sound:
        typer.echo(f"next: followup ingest apply --source {report.folder}")
