"""Validating files without loading them: the rules of a load, run in a folder of its own and thrown away."""

from __future__ import annotations

import secrets
import tempfile
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from etl import __version__
from etl.intake.header import plain
from etl.intake.names import NamedFile, name_file
from etl.intake.opened import digest
from etl.intake.refusals import RefusedFile, printable
from etl.intake.sheets import OpenedSheet
from etl.order import Builder, JobError, Order, Progress
from etl.profile import Profile, load_profiles
from etl.pseudonymise import PseudonymKey
from etl.publish import new_version
from etl.references import opened, positions
from etl.settings import Settings
from etl.sidecar import Sidecar
from etl.verify import open_snapshot

MOST_ROWS = 1000
"""Rows that are listed one by one; the counts go on."""


@dataclass(frozen=True)
class Finding:
    """What is wrong: in which file, sheet, row and column, and what to do. ``value`` only on request."""

    file: str
    severity: str
    message: str
    sheet: str | None = None
    row: int | None = None
    field: str | None = None
    records: int = 1
    value: str | None = None

    @property
    def place(self) -> str:
        """File, sheet, row and column, as far as they are known."""
        parts = [self.file]
        parts += [f"sheet {self.sheet}"] if self.sheet else []
        parts += [f"row {self.row:,}"] if self.row else []
        parts += [f"column {self.field}"] if self.field else []
        return ", ".join(parts)


def check(
    settings: Settings,
    paths: Sequence[Path],
    *,
    authority: str | None = None,
    show_values: bool = False,
    progress: Progress = lambda _step, _share: None,
    builder: Builder | None = None,
) -> list[Finding]:
    """What a load would say about these files; empty when nothing. Publishes nothing and needs no key.

    The authority is the name of the file's folder unless given. Raises JobError when it has no profile.
    """
    profiles = load_profiles(settings.profiles)
    found: list[Finding] = []
    files: dict[str, list[NamedFile]] = {}
    for path in paths:
        code = authority or path.resolve().parent.name
        if code not in profiles:
            raise JobError(
                f"{printable(path.name)}: name its authority with --authority ({', '.join(sorted(profiles))})."
            )
        try:
            named = name_file(path, code)
        except RefusedFile as error:
            found.append(Finding(error.refusal.file, "error", error.refusal.message))
        else:
            files.setdefault(code, []).append(named)
    if files:
        with tempfile.TemporaryDirectory() as folder:
            found += _checked(settings, files, profiles, Path(folder), show_values, progress, builder)
    return found


def _checked(
    settings: Settings,
    files: dict[str, list[NamedFile]],
    profiles: dict[str, Profile],
    folder: Path,
    show_values: bool,
    progress: Progress,
    builder: Builder | None,
) -> Iterator[Finding]:
    (folder / "scratch").mkdir()
    build = builder or _builder()
    build(_order(settings, files, profiles), folder / "checked.duckdb", folder / "scratch", progress)
    by_digest = {digest(file.path): file for found in files.values() for file in found}
    with open_snapshot(folder / "checked.duckdb", threads=1, memory_limit_mb=500) as con:
        for row in con.execute(_FINDINGS).fetchall():
            finding, sha256 = _finding(row, by_digest)
            if show_values and finding.row and finding.field and sha256 in by_digest:
                finding = _with_value(finding, by_digest[sha256], profiles, folder / "scratch")
            yield finding


_FINDINGS = f"""
    WITH refused AS (
        SELECT sha256, name, sheet, NULL::BIGINT AS row_number, NULL AS field, 'error' AS severity,
               coalesce(reason, 'it cannot be read') AS message, 1 AS records
        FROM load_file WHERE state = 'refused'
    ),
    listed AS (
        SELECT sha256, name, quarantine.sheet, row_number, field, rule.severity::VARCHAR AS severity,
               message || ' ' || remedy AS message, 1 AS records
        FROM quarantine JOIN load_file USING (file_no) JOIN rule USING (rule)
        ORDER BY file_no, row_number LIMIT {MOST_ROWS}
    ),
    counted AS (
        SELECT sha256, name, load_file.sheet, NULL::BIGINT AS row_number, field, finding.severity::VARCHAR AS severity,
               message || ' ' || remedy AS message, finding.records
        FROM finding JOIN load_file USING (file_no) JOIN rule USING (rule)
        WHERE finding.severity = 'warning'
          -- A child's contact may well be in a file that was not handed over.
          AND (rule <> 'orphan' OR EXISTS (SELECT 1 FROM load_file WHERE feed = 'contacts'))
    )
    FROM refused UNION ALL BY NAME FROM listed UNION ALL BY NAME FROM counted
"""


def _finding(row: tuple[Any, ...], by_digest: dict[str, NamedFile]) -> tuple[Finding, str]:
    sha256, name, sheet, number, field, severity, message, records = row
    file = printable(by_digest[sha256].path.name) if sha256 in by_digest else name
    return Finding(file, severity, message, sheet, number, field, records), sha256


def _with_value(finding: Finding, file: NamedFile, profiles: dict[str, Profile], scratch: Path) -> Finding:
    for sheet in opened(file, profiles[file.authority], scratch):
        if finding.sheet in (None, "", sheet.sheet):
            value = _cell(sheet, positions(sheet, profiles[file.authority]), finding)
            return Finding(**{**finding.__dict__, "value": value})
    return finding


def _cell(sheet: OpenedSheet, places: dict[str, int], finding: Finding) -> str | None:
    column = places.get(plain(finding.field or ""))
    k = bisect_left(range(sheet.rows), finding.row or 0, key=sheet.record_of)
    if column is None or k >= sheet.rows or sheet.record_of(k) != finding.row:
        return None
    with duckdb.connect() as con:
        row = con.execute(f"SELECT c{column} FROM {sheet.relation} LIMIT 1 OFFSET {k}").fetchone()
    return None if row is None or row[0] is None else printable(str(row[0]))


def _order(settings: Settings, files: dict[str, list[NamedFile]], profiles: dict[str, Profile]) -> Order:
    now = datetime.now(UTC).replace(microsecond=0)
    used = {code: profiles[code] for code in sorted(files)}
    draft = Sidecar(
        version=new_version(now),
        built_at=now,
        data_as_at={},
        sources=(),
        profiles={code: profile.version for code, profile in used.items()},
        key_id="",
        rows={},
        software=__version__,
    )
    return Order(
        draft=draft,
        files={code: sorted(found, key=lambda one: (one.extract_at, one.path.name)) for code, found in files.items()},
        refusals={code: () for code in files},
        profiles=used,
        carried=(),
        previous=None,
        key=PseudonymKey(secrets.token_bytes(32)),
        erased=(),
        threads=settings.threads,
        memory_limit_mb=settings.memory_limit_mb,
    )


def _builder() -> Builder:
    from etl.build import build

    return build
