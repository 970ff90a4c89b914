"""The command ``frontdoor``: the one file that imports both sides."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from dashboard import terminal
from dashboard.serving import PortTaken, refuse_taken_port, serve_until_stopped
from etl import checking, jobs, references
from etl.erasures import ErasuresError
from etl.intake.refusals import RefusedFile
from etl.order import JobError
from etl.profile import ProfileError
from etl.pseudonymise import KeyProblem, new_key_file
from etl.publish import WarehouseBusy, WarehouseError
from etl.settings import Settings, SettingsError, load_settings
from etl.sidecar import Sidecar

BUSY = 75
EXPECTED = (JobError, WarehouseError, KeyProblem, ProfileError, ErasuresError, RefusedFile, SettingsError, PortTaken)
LONDON = ZoneInfo("Europe/London")

# Typer's own tracebacks would show local variables, and with them data.
app = typer.Typer(
    help="From the exports of a children's services front door to a published snapshot and a dashboard.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)
keys = typer.Typer(help="The key that pseudonyms are made with.", no_args_is_help=True)
app.add_typer(keys, name="key")

AuthorityOption = Annotated[str | None, typer.Option(help="Code of one authority; without it all of them.")]
InboxOption = Annotated[Path | None, typer.Option(help="Folder with a folder of exported files per authority.")]
WarehouseOption = Annotated[Path | None, typer.Option(help="Folder of the published versions.")]


class FileFormat(StrEnum):
    """What `generate` writes."""

    csv = "csv"
    xlsx = "xlsx"
    parquet = "parquet"


@app.command()
def load(
    authority: AuthorityOption = None,
    inbox: InboxOption = None,
    warehouse: WarehouseOption = None,
    force: Annotated[bool, typer.Option("--force", help="Publish even when no file has changed.")] = False,
    accept_fall: Annotated[bool, typer.Option("--accept-fall", help="Publish even when many rows are gone.")] = False,
) -> None:
    """Load the files of the inbox and publish a version. Exit 0, 1 (nothing published) or 75 (a load is running)."""
    with _plainly():
        settings = load_settings(inbox=inbox, warehouse=warehouse)
        _load(settings, authority=authority, force=force, accept_fall=accept_fall)


@app.command()
def generate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Files go to DIR/<authority>/.")] = Path("data/inbox"),
    authority: Annotated[str, typer.Option(help="Code of the authority.")] = "kent",
    months: Annotated[int, typer.Option(min=1, help="Calendar months, the last one that of --until.")] = 60,
    scale: Annotated[float, typer.Option(min=0.0001, help="1.0 is the authority's own size.")] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help="The same seed with --until writes the same bytes.")] = 7,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Last day; without it now.")
    ] = None,
    file_format: Annotated[FileFormat, typer.Option("--format", help="Kind of file.")] = FileFormat.csv,
    truths: Annotated[Path | None, typer.Option(help="Write here what was planted.")] = None,
    dirt: Annotated[float, typer.Option(min=0, max=0.2, help="Share of contacts with a planted mistake.")] = 0.0,
) -> None:
    """Write the four input files of an authority, with invented people."""
    day_only = until is not None and until.time() == datetime.min.time()
    with _plainly(), terminal.bars() as progress:
        files = jobs.generate(
            load_settings(),
            folder,
            authority=authority,
            months=months,
            scale=scale,
            seed=seed,
            until=until.date() if until and day_only else until,
            file_format=file_format.value,
            truths=truths,
            dirt=dirt,
            progress=progress,
        )
    for path in files.values():
        terminal.out.print(escape(str(path)), soft_wrap=True)


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Exported files.")],
    authority: AuthorityOption = None,
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Show the values that are wrong, here only.")
    ] = False,
) -> None:
    """Validate files without loading them. Exit 1 when there is an error."""
    with _plainly():
        settings = load_settings()
        with terminal.bars() as progress:
            found = checking.check(settings, files, authority=authority, show_values=show_values, progress=progress)
        for finding in found:
            _say_finding(finding)
        errors = sum(finding.severity == "error" for finding in found)
        terminal.out.print(
            f"{errors} errors, {len(found) - errors} warnings." if found else "Nothing to complain about."
        )
    if errors:
        raise typer.Exit(1)


@app.command()
def erase(
    ref_file: Annotated[
        Path, typer.Option("--ref-file", help="CSV: kind, reference and, without --authority, authority.")
    ],
    authority: AuthorityOption = None,
    warehouse: WarehouseOption = None,
) -> None:
    """Put records on the erasure list, which every load and every rollback applies."""
    with _plainly():
        added = references.erase(load_settings(warehouse=warehouse), ref_file, authority=authority)
        terminal.out.print(f"{added} new on the erasure list. The next load leaves them out: run 'frontdoor load' now.")
        terminal.out.print("The file with the references is yours to delete.")


@app.command()
def locate(
    code: Annotated[str, typer.Argument(metavar="CODE", help="A case code, ten characters.")],
    inbox: InboxOption = None,
) -> None:
    """Show the authority's own reference for a case code, where key and inbox are."""
    with _plainly():
        found = references.locate(load_settings(inbox=inbox), code)
        for one in found:
            terminal.out.print(escape(f"{one.authority} · {one.kind} · {one.reference} · {one.file}"), soft_wrap=True)
        if not found:
            raise JobError("No file of the inbox has a case with this code.")


@app.command()
def history(warehouse: WarehouseOption = None) -> None:
    """List the versions: when they were built and from what, their rows, and data as at."""
    with _plainly():
        versions, current = jobs.history(load_settings(warehouse=warehouse))
        if not versions:
            terminal.out.print("Nothing has been published yet.")
        for sidecar in versions:
            _say_version(sidecar, is_current=sidecar.version == current)


@app.command()
def rollback(
    version: Annotated[str, typer.Argument(metavar="VERSION", help="As 'frontdoor history' lists it.")],
    warehouse: WarehouseOption = None,
) -> None:
    """Let an earlier version serve again, without what has been erased since."""
    with _plainly():
        settings = load_settings(warehouse=warehouse)
        with terminal.bars() as progress:
            served = jobs.rollback(settings, version, progress=progress)
        note = "" if served == version else f" It is {version} without what was erased."
        terminal.out.print(f"Version {served} serves.{note}")


@app.command()
def serve(warehouse: WarehouseOption = None, port: Annotated[int | None, typer.Option()] = None) -> None:
    """Serve the dashboard to this machine, until Ctrl-C."""
    with _plainly():
        serve_until_stopped(load_settings(warehouse=warehouse, port=port))


@app.command()
def demo(port: Annotated[int | None, typer.Option()] = None) -> None:
    """Generate 24 months of Kent at a tenth of its size, load them and serve the dashboard."""
    with _plainly():
        settings = load_settings(port=port)
        refuse_taken_port(settings)
        settings = prepare_demo(settings)
        _load(settings)
        serve_until_stopped(settings)


@keys.command("new")
def key_new(
    path: Annotated[Path | None, typer.Argument(help="Where the key goes; else FRONTDOOR_KEY_FILE.")] = None,
) -> None:
    """Make a key file (mode 0400), outside the data; an existing file is never overwritten."""
    with _plainly():
        settings = load_settings()
        wanted = path or settings.key_file
        if wanted is None:
            raise JobError("Say where: 'frontdoor key new PATH', or set FRONTDOOR_KEY_FILE.")
        _new_key(wanted, settings)
        terminal.out.print(
            escape(f"Key written to {wanted}. Set FRONTDOOR_KEY_FILE to it, and keep a copy in a safe place:")
        )
        terminal.out.print("without it no later load can be joined to the earlier ones.")


def prepare_demo(settings: Settings) -> Settings:
    """A key of its own and 24 months of Kent in the inbox, unless they are there; returns settings with the key."""
    key_file = settings.key_file or settings.state / "demo.key"
    if not key_file.exists():
        key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new_key_file(key_file)
    if not any((settings.inbox / "kent").glob("contacts*")):
        with terminal.bars() as progress:
            jobs.generate(
                settings, settings.inbox, authority="kent", months=24, scale=0.1, seed=7, dirt=0.002, progress=progress
            )
    return settings.model_copy(update={"key_file": key_file})


def _load(settings: Settings, **options: Any) -> None:
    with terminal.bars() as progress:
        report = jobs.load(settings, progress=progress, **options)
    _say_counts(report.files)
    for notice in report.notices:
        terminal.out.print(escape(notice), soft_wrap=True)
    said = "is published" if report.is_new else "serves already: no file has changed"
    terminal.out.print(f"Version {report.version} {said}.")


def _new_key(path: Path, settings: Settings) -> None:
    for folder in (settings.inbox, settings.warehouse, settings.state):
        if path.resolve().is_relative_to(folder.resolve()):
            raise JobError(f"{path} lies in {folder}: a key beside the data protects nothing. Choose another place.")
    try:
        new_key_file(path)
    except FileExistsError:
        raise JobError(f"{path} exists already and is not overwritten.") from None
    except OSError as error:
        raise JobError(f"{path} cannot be written: {error.strerror}.") from None


def _say_counts(files: tuple[jobs.FileCount, ...]) -> None:
    columns = ("Records", "Header and blank", "Loaded", "Superseded", "Quarantined")
    table = Table(title="Records per file")
    for name in ("Authority", "File"):
        table.add_column(name, overflow="fold")
    for name in columns:
        table.add_column(name, justify="right", overflow="fold")
    for file in files:
        name = f"{file.name}, {file.sheet}" if file.sheet else file.name
        numbers = (file.records, file.header_and_blank, file.loaded, file.superseded, file.quarantined)
        table.add_row(escape(file.authority), escape(name), *(f"{number or 0:,}" for number in numbers))
    terminal.out.print(table)
    for file in files:
        if file.reason:
            terminal.out.print(escape(f"{file.authority}, {file.name}: {file.reason}"), soft_wrap=True)


def _say_version(sidecar: Sidecar, *, is_current: bool) -> None:
    terminal.out.print(f"[bold]{sidecar.version}[/bold]{' (serves)' if is_current else ''}", highlight=False)
    for code, at in sorted(sidecar.data_as_at.items()):
        terminal.out.print(f"  {code}: data as at {at.astimezone(LONDON):%d/%m/%Y %H:%M}", highlight=False)
    rows = ", ".join(f"{table} {sidecar.rows[table]:,}" for table in jobs.COUNTED if table in sidecar.rows)
    terminal.out.print(f"  rows: {rows}", highlight=False, soft_wrap=True)
    for source in sidecar.sources:
        extract = f"{source.extract_at.astimezone(LONDON):%d/%m/%Y %H:%M}"
        terminal.out.print(
            f"  from {source.authority} {source.feed}, extract of {extract}, {source.bytes:,} bytes, "
            f"SHA-256 {source.sha256[:12]}…",
            highlight=False,
            soft_wrap=True,
        )


def _say_finding(finding: checking.Finding) -> None:
    times = f" ({finding.records:,} records)" if finding.records > 1 else ""
    value = f" Value: {finding.value}" if finding.value is not None else ""
    text = f"{finding.severity}: {finding.place}: {finding.message}{times}{value}"
    terminal.out.print(text, markup=False, highlight=False, soft_wrap=True)


def _plainly() -> AbstractContextManager[None]:
    return terminal.plainly(EXPECTED, {WarehouseBusy: BUSY})


if __name__ == "__main__":
    app()
