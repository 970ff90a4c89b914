"""Rows written as CSV files, loaded by the job a user runs, and asked for by reference."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb

from etl import jobs
from etl.pseudonymise import Domain, PseudonymKey, new_key_file
from etl.settings import Settings
from tests.etl.oracle.records import Files, Found

AUTHORITY = "kent"
DOMAINS: tuple[Domain, ...] = ("child", "consultation", "referral")


@dataclass(frozen=True)
class Loaded:
    """A published snapshot, read only, and the key that made it."""

    con: duckdb.DuckDBPyConnection
    key: PseudonymKey

    def pseudonym(self, domain: Domain, reference: str) -> UUID:
        return self.key.pseudonym(domain, AUTHORITY, reference)

    def rows(self, table: str, columns: Sequence[str]) -> list[Found]:
        """The wanted columns of every row of the authority; ENUMs as text."""
        sql = f"SELECT {', '.join(columns)} FROM {table} WHERE authority = ?"
        found = self.con.execute(sql, [AUTHORITY]).fetchall()
        return [dict(zip(columns, row, strict=True)) for row in found]

    def one(self, sql: str) -> Any:
        row = self.con.execute(sql).fetchone()
        assert row is not None
        return row[0]

    def keyed(self, expected: Found) -> Found:
        """References in key columns turned into the keys of the snapshot."""
        return {name: self._key(name, value) for name, value in expected.items()}

    def _key(self, column: str, value: Any) -> Any:
        if not column.endswith("_key") or value is None:
            return value
        # `duplicate_of_key`, `previous_contact_key`: what names no other kind of case leads to a contact.
        domain: Domain = next((domain for domain in DOMAINS if domain in column), "contact")
        return self.pseudonym(domain, value)


@contextmanager
def loaded(files: Files, folder: Path, *, extract: str, beside: Sequence[str] = ()) -> Iterator[Loaded]:
    """Write the files, load them, open what was published; authorities `beside` deliver the very same files."""
    settings = Settings(inbox=folder / "inbox", warehouse=folder / "warehouse", state=folder, key_file=folder / "key")
    new_key_file(folder / "key")
    for authority in (AUTHORITY, *beside):
        inbox = settings.inbox / authority
        inbox.mkdir(parents=True)
        for feed in filter(files.get, files):
            write(inbox / f"{feed}_{extract}.csv", files[feed])
    version = jobs.load(settings).version
    with duckdb.connect(str(settings.warehouse / f"frontdoor-{version}.duckdb"), read_only=True) as con:
        con.execute("SET TimeZone = 'Europe/London'")
        yield Loaded(con, PseudonymKey.load(settings.key_file))


def write(path: Path, rows: Sequence[Any]) -> None:
    """A CSV file with every column that any row has."""
    names = dict.fromkeys(name for row in rows for name in row)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)
