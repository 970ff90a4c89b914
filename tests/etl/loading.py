"""Small loads in a folder of their own: files into an inbox, a snapshot out, asked in SQL."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from etl import jobs
from etl.pseudonymise import PseudonymKey
from etl.settings import Settings

AUTHORITY = "kent"
SHIPPED = Path(__file__).parents[2] / "data" / "profiles"
LONG_AGO = 1_700_000_000
"""A file that was not changed a moment ago is not looked at twice."""
ACCOUNT = "records, header_and_blank, loaded, superseded, quarantined"
KEY = "5e" * 32
"""The same in every test, so that two loads can be compared."""
Content = str | bytes
Record = Mapping[str, str]


@dataclass(frozen=True)
class Loaded:
    """A published snapshot, the report of its load, and the key it was made with."""

    con: duckdb.DuckDBPyConnection
    report: jobs.LoadReport
    key: PseudonymKey

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.con.execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> Any:
        """The first value of a query's first row."""
        row = self.con.execute(sql, values).fetchone()
        assert row is not None, sql
        return row[0]

    def key_of(self, domain: Any, reference: str) -> str:
        """The pseudonym of a reference, as text."""
        return str(self.key.pseudonym(domain, AUTHORITY, reference))

    def quarantine(self) -> set[tuple[int, str, str | None]]:
        """(row, rule, field) of every quarantined record."""
        return set(self.rows("SELECT row_number, rule, field FROM quarantine"))

    def warnings(self) -> dict[tuple[str, str | None], int]:
        """(rule, field) → records of every warning but those about columns."""
        sql = (
            "SELECT rule, field, records FROM finding WHERE severity = 'warning' "
            "AND rule NOT IN ('absent_column', 'extra_column')"
        )
        return {(rule, field): records for rule, field, records in self.rows(sql)}


def settings_in(root: Path, profiles: Path | None = None) -> Settings:
    """Settings with everything below `root`, and a key."""
    given = {} if profiles is None else {"profiles": profiles}
    settings = Settings(
        inbox=root / "inbox",
        warehouse=root / "warehouse",
        state=root / "state",
        key_file=root / "key",
        threads=1,
        **given,
    )
    if not (root / "key").exists():
        (settings.inbox / AUTHORITY).mkdir(parents=True)
        (root / "key").write_text(KEY)
        (root / "key").chmod(0o400)
    return settings


def put(settings: Settings, files: Mapping[str, Content], authority: str = AUTHORITY) -> None:
    """Write files into an authority's inbox, as if they had been there for long."""
    (settings.inbox / authority).mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = settings.inbox / authority / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        os.utime(path, (LONG_AGO, LONG_AGO))


@contextmanager
def loaded(root: Path, files: Mapping[str, Content], profiles: Path | None = None) -> Iterator[Loaded]:
    """Load the files, with those that are there already."""
    settings = settings_in(root, profiles)
    put(settings, files)
    report = jobs.load(settings, force=True, accept_fall=True)
    path = settings.warehouse / f"frontdoor-{report.version}.duckdb"
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("SET TimeZone = 'Europe/London'")
        yield Loaded(con, report, PseudonymKey.load(settings.key_file))


def csv_text(records: Sequence[Record], columns: Sequence[str] | None = None) -> str:
    """Records as the text of a CSV file; the columns are those of the first record unless given."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns or list(records[0]), restval="")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def kent_with(root: Path, *changes: tuple[str, str]) -> Path:
    """A folder with the profiles of Kent, its text changed, and of Medway."""
    folder = root / "profiles"
    folder.mkdir(exist_ok=True)
    (folder / "medway.toml").write_bytes((SHIPPED / "medway.toml").read_bytes())
    text = (SHIPPED / "kent.toml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    (folder / "kent.toml").write_text(text, encoding="utf-8")
    return folder


def incremental_profiles(root: Path) -> Path:
    """Kent's profile with every feed delivered as an increment."""
    return kent_with(root, ('mode = "full"', 'mode = "increment"'))
