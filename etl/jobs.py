"""What the command line does, as functions: each takes the settings and tells its progress."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from etl import erasures
from etl.accounts import safe_name
from etl.contract.tables import RESOLVING, TABLES
from etl.intake.refusals import printable
from etl.order import Builder, JobError, Order, Progress, is_unchanged, work_out
from etl.profile import load_profiles
from etl.publish import Warehouse
from etl.settings import Settings
from etl.sidecar import Sidecar, Source
from etl.verify import Link, Report, Request, open_snapshot, verify

CASES = {"consultation": "consultation_key", "contact": "contact_key", "referral": "referral_key"}
COUNTED = (*CASES, "contact_child")
"""Tables whose fall stops a load; fewer files or fewer rows in quarantine are no fall."""


@dataclass(frozen=True)
class FileCount:
    """A file of a load: records = header_and_blank + loaded + superseded + quarantined."""

    authority: str
    name: str
    sheet: str | None
    records: int
    header_and_blank: int
    loaded: int
    superseded: int
    quarantined: int
    reason: str | None


@dataclass(frozen=True)
class LoadReport:
    """The version that serves after a load, whether the load made it, and the count of each file."""

    version: str
    is_new: bool
    files: tuple[FileCount, ...]
    notices: tuple[str, ...] = ()


def silent(_step: str, _share: float) -> None:
    """Progress that nobody is told."""


def load(
    settings: Settings,
    *,
    authority: str | None = None,
    force: bool = False,
    accept_fall: bool = False,
    progress: Progress = silent,
    builder: Builder | None = None,
    warehouse: Warehouse | None = None,
) -> LoadReport:
    """Build a version from the inbox and publish it; unchanged files publish nothing unless ``force``.

    With ``authority`` only its files are read, and the others are carried over from the current version. Raises
    JobError, WarehouseError, KeyProblem, ProfileError or ErasuresError, and WarehouseBusy when another load runs.
    """
    warehouse = warehouse or Warehouse(settings.warehouse)
    with warehouse.lock():
        warehouse.sweep()
        order = work_out(settings, warehouse, authority)
        previous = warehouse.current()
        if previous and not force and is_unchanged(order, previous):
            return LoadReport(previous.version, False, file_counts(warehouse, previous.version), order.notices)
        warehouse.ensure_room(order.bytes_needed)
        request = checks(settings, None if accept_fall else previous)
        _build_and_publish(warehouse, order, request, builder or _builder(), progress)
        warehouse.retire(settings.keep_versions)
    version = order.draft.version
    return LoadReport(version, True, _named(file_counts(warehouse, version), order), order.notices)


def history(settings: Settings) -> tuple[list[Sidecar], str | None]:
    """The versions that are kept, newest first, and the name of the one that serves."""
    warehouse = Warehouse(settings.warehouse)
    current = warehouse.current()
    return warehouse.versions(), current.version if current else None


def rollback(settings: Settings, version: str, *, progress: Progress = silent) -> str:
    """Let ``version`` serve again; returns the version that serves.

    A version from before an erasure is published anew without what was erased. Raises WarehouseError, JobError.
    """
    warehouse = Warehouse(settings.warehouse)
    # No sweep here: a rollback is also how a damaged pointer is mended.
    with warehouse.lock():
        sidecar = warehouse.find(version)
        if sidecar.erasures == erasures.digest(settings.warehouse):
            return warehouse.rollback(version).version
        served = _publish_without_erased(settings, warehouse, sidecar, progress)
        warehouse.retire(settings.keep_versions)
    return served


def generate(
    settings: Settings,
    folder: Path,
    *,
    authority: str,
    months: int,
    scale: float,
    seed: int,
    until: datetime | date | None = None,
    file_format: str = "csv",
    truths: Path | None = None,
    dirt: float = 0.0,
    progress: Progress = silent,
) -> dict[str, Path]:
    """Write the four input files of invented people into ``folder/<authority>``; returns them by feed."""
    from etl.synthetic.generator import generate as write_files

    profiles = load_profiles(settings.profiles)
    if authority not in profiles:
        raise JobError(f"There is no profile for {authority!r}; known are {', '.join(sorted(profiles))}.")
    try:
        written = write_files(
            profiles[authority],
            folder,
            months=months,
            scale=scale,
            seed=seed,
            until=until,
            file_format=file_format,
            truths=truths,
            dirt=dirt,
            progress=progress,
        )
    except ValueError as error:
        raise JobError(f"Nothing was generated: {error}.") from error
    return dict(written.files)


def checks(settings: Settings, fall_from: Sidecar | None) -> Request:
    """What a snapshot of the contract must keep before it is published."""
    links = [Link(one.table, one.column, one.target, one.target_column) for one in RESOLVING]
    links += [Link("clock", "case_key", kind, key, {"case_kind": kind}) for kind, key in CASES.items()]
    return Request(
        tables=tuple(table.name for table in TABLES),
        keys=(
            *((table.name, table.key) for table in TABLES if table.key),
            # Two cases with one code could not be told apart by the person who looks one up.
            *((table, "case_code") for table in CASES),
        ),
        links=tuple(links),
        previous=_case_rows(fall_from) if fall_from else {},
        largest_fall_percent=settings.largest_fall_percent,
        threads=settings.threads,
        memory_limit_mb=settings.memory_limit_mb,
    )


def file_counts(warehouse: Warehouse, version: str) -> tuple[FileCount, ...]:
    """The count of each file that ``version`` was built from."""
    sql = """
        SELECT authority::VARCHAR, name, sheet, records, header_and_blank, loaded, superseded, quarantined, reason
        FROM load_file ORDER BY file_no
    """
    return tuple(FileCount(*row) for row in _read(warehouse.path(version), sql))


def _build_and_publish(
    warehouse: Warehouse, order: Order, request: Request, build: Builder, progress: Progress
) -> None:
    with warehouse.staging(order.draft.version) as folder:
        scratch = folder / "scratch"
        scratch.mkdir(mode=0o700)
        _build(order, folder / "frontdoor.duckdb", scratch, build, progress)
        warehouse.checkpoint("built")
        _verify_and_publish(warehouse, folder / "frontdoor.duckdb", order.draft, request, progress)


def _build(order: Order, into: Path, scratch: Path, build: Builder, progress: Progress) -> None:
    if not order.erased:
        build(order, into, scratch, progress)
        return
    # What is taken out of a file leaves its bytes there: only a copy of the rest is published.
    build(order, scratch / "unerased.duckdb", scratch, progress)
    version, built_at = order.draft.version, order.draft.built_at
    erasures.copy_without(scratch / "unerased.duckdb", into, order.erased, version=version, built_at=built_at)


def _publish_without_erased(settings: Settings, warehouse: Warehouse, old: Sidecar, progress: Progress) -> str:
    warehouse.ensure_room(3 * old.files[0].bytes)
    at = datetime.now(UTC).replace(microsecond=0)
    listed = erasures.digest(settings.warehouse)
    renewed = {"version": warehouse.next_version(at), "built_at": at, "erasures": listed, "files": ()}
    draft = old.model_copy(update=renewed)
    with warehouse.staging(draft.version) as folder:
        staged = folder / "frontdoor.duckdb"
        progress("Leaving out what was erased", 0.0)
        erased = erasures.read(settings.warehouse)
        erasures.copy_without(warehouse.path(old.version), staged, erased, version=draft.version, built_at=at)
        progress("Leaving out what was erased", 1.0)
        _verify_and_publish(warehouse, staged, draft, checks(settings, None), progress)
    return draft.version


def _verify_and_publish(
    warehouse: Warehouse, staged: Path, draft: Sidecar, request: Request, progress: Progress
) -> None:
    progress("Checking the new version", 0.0)
    report = verify(staged, request)
    if report.problems:
        raise JobError("Nothing was published. " + "\n".join(report.problems))
    warehouse.checkpoint("verified")
    progress("Checking the new version", 1.0)
    warehouse.publish(staged, _completed(draft, staged, report))


def _completed(draft: Sidecar, staged: Path, report: Report) -> Sidecar:
    as_at = _read(staged, "SELECT authority::VARCHAR, data_as_at FROM authority WHERE data_as_at IS NOT NULL")
    found = {
        "sources": _with_digests(draft, staged),
        "rows": report.rows,
        "authority_rows": report.authority_rows,
        "data_as_at": {code: at.astimezone(UTC) for code, at in as_at},
    }
    return Sidecar.model_validate({**draft.model_dump(), **found})


def _with_digests(draft: Sidecar, staged: Path) -> list[Source]:
    """The sources with the SHA-256 that the build took while it read them."""
    sql = "SELECT authority::VARCHAR, feed::VARCHAR, extract_at, bytes, sha256 FROM load_file WHERE sha256 IS NOT NULL"
    digests = {(code, feed, at.astimezone(UTC), size): sha256 for code, feed, at, size, sha256 in _read(staged, sql)}

    def taken(one: Source) -> str:
        return one.sha256 or digests.get((one.authority, one.feed, one.extract_at.astimezone(UTC), one.bytes), "")

    return [source.model_copy(update={"sha256": taken(source)}) for source in draft.sources]


def _named(counts: Iterable[FileCount], order: Order) -> tuple[FileCount, ...]:
    """The counts with the files' own names, which the snapshot does not keep: for the person at the keyboard."""
    names: dict[tuple[str, str], list[str]] = {}
    for code, files in order.files.items():
        for file in files:
            names.setdefault((code, safe_name(file)), []).append(printable(file.path.name))
    return tuple(replace(one, name=" or ".join(names.get((one.authority, one.name), [one.name]))) for one in counts)


def _case_rows(sidecar: Sidecar) -> dict[str, dict[str, int]]:
    return {
        authority: {table: rows for table, rows in tables.items() if table in COUNTED}
        for authority, tables in sidecar.authority_rows.items()
    }


def _read(file: Path, sql: str) -> list[tuple[Any, ...]]:
    with open_snapshot(file, threads=1, memory_limit_mb=500) as con:
        return con.execute(sql).fetchall()


def _builder() -> Builder:
    from etl.build import build

    return build
