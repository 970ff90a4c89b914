"""Records that must not come back: a list of pseudonyms that every load and every rollback applies.

``erasures.csv`` lies beside the versions and holds authority, kind of record, pseudonym and moment; never a
reference or a name.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from uuid import UUID

import duckdb

from etl.contract.tables import RESOLVING

FILE = "erasures.csv"

ERASED_BY = {
    "consultation": ("consultation_key",),
    "contact": ("contact_key",),
    "contact_child": ("contact_key", "child_key"),
    "referral": ("referral_key", "contact_key", "child_key"),
    "clock": ("case_key",),
}
"""A row goes when one of these is on the list."""

FORGOTTEN = {"consultation": ("consultee_key",), "contact": ("referrer_key",)}
"""A row stays and forgets these: a professional is erased, the case is not."""

COUNTED = ("consultation", "contact", "contact_child", "referral")
"""Tables whose rows are the records that `load_file` counts as loaded."""


class ErasuresError(RuntimeError):
    """The erasure list cannot be read: loading without it could bring an erased record back."""


@dataclass(frozen=True)
class Erasure:
    """A pseudonym that must not be published, of which authority and kind of record, and since when."""

    authority: str
    domain: str
    key: UUID
    added_at: datetime


def read(warehouse: Path) -> tuple[Erasure, ...]:
    """The list of a warehouse, empty when there is none; ErasuresError names the line that is wrong."""
    path = warehouse / FILE
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(_erasure(row, number) for number, row in enumerate(csv.DictReader(file), start=2))


def add(warehouse: Path, erasures: Iterable[Erasure]) -> int:
    """Add those that are not on the list yet, all or none; returns how many. Hold the warehouse's lock."""
    present = read(warehouse)
    known = {erasure.key for erasure in present}
    new = {erasure.key: erasure for erasure in erasures if erasure.key not in known}
    if new:
        _write(warehouse / FILE, [*present, *new.values()])
    return len(new)


def digest(warehouse: Path) -> str:
    """SHA-256 in hex of the pseudonyms on the list, "" for an empty one: says whether a version has applied it."""
    keys = sorted(erasure.key.hex for erasure in read(warehouse))
    return hashlib.sha256("\n".join(keys).encode()).hexdigest() if keys else ""


def erase_from(con: duckdb.DuckDBPyConnection, erasures: Iterable[Erasure]) -> dict[str, int]:
    """Take what is on the list out of the snapshot that ``con`` is writing; returns rows removed by table.

    Links to a removed row become null, clocks of a removed case go, a contact goes with its last child, and
    `load_file` counts what went as superseded. The file keeps the bytes until it is copied anew.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE erased (key UUID)")
    keys = [(erasure.key,) for erasure in erasures]
    if not keys:
        return {}
    con.execute("INSERT INTO erased SELECT unnest(?::UUID[])", [[str(key) for (key,) in keys]])
    con.execute(_ROWS_BY_FILE.format(name="rows_before"))
    removed = {table: _delete(con, table, columns) for table, columns in ERASED_BY.items()}
    removed["contact"] += _number(con, _CONTACTS_WITHOUT_CHILDREN)
    for table, columns in FORGOTTEN.items():
        for column in columns:
            con.execute(f"UPDATE {table} SET {column} = NULL WHERE {column} IN (SELECT key FROM erased)")
    removed["clock"] += _number(con, _CLOCKS_WITHOUT_CASE)
    for link in RESOLVING:
        con.execute(_unlink(link.table, link.column, link.target, link.target_column))
    con.execute(_CHILDREN_LEFT)
    con.execute(_ROWS_BY_FILE.format(name="rows_after"))
    con.execute(_COUNT_AS_SUPERSEDED)
    return removed


def copy_without(source: Path, target: Path, erasures: Iterable[Erasure], *, version: str, built_at: datetime) -> None:
    """Write ``target``, a new snapshot that holds what ``source`` holds less what is erased.

    The rows are copied twice: deleting leaves the bytes in the scratch file, and only the second copy is kept.
    """
    scratch = target.with_name("scratch.duckdb")
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'Europe/London'")
        for name, file, options in (
            ("old", source, "(READ_ONLY)"),
            ("scratch", scratch, "(STORAGE_VERSION 'v1.4.0')"),
            ("fresh", target, "(STORAGE_VERSION 'v1.4.0')"),
        ):
            con.execute(f"ATTACH {_literal(file)} AS {name} {options}")
        con.execute("COPY FROM DATABASE old TO scratch")
        con.execute("USE scratch")
        erase_from(con, erasures)
        con.execute("UPDATE snapshot SET version = ?, built_at = ?", [version, built_at])
        con.execute("COPY FROM DATABASE scratch TO fresh")
        con.execute("USE memory")
        con.execute("DETACH fresh")
    scratch.unlink()


_ROWS_BY_FILE = "CREATE OR REPLACE TEMP TABLE {name} AS SELECT file_no, count(*) AS rows FROM (" + (
    " UNION ALL ".join(f"SELECT file_no FROM {table}" for table in COUNTED) + ") GROUP BY file_no"
)

_CONTACTS_WITHOUT_CHILDREN = """
    DELETE FROM contact
    WHERE children > 0 AND contact_key NOT IN (SELECT contact_key FROM contact_child WHERE contact_key IS NOT NULL)
"""

_CLOCKS_WITHOUT_CASE = """
    DELETE FROM clock WHERE case_key NOT IN (
        SELECT consultation_key FROM consultation UNION ALL SELECT contact_key FROM contact
        UNION ALL SELECT referral_key FROM referral
    )
"""

_CHILDREN_LEFT = """
    WITH counted AS (SELECT contact_key, count(*) AS children FROM contact_child GROUP BY contact_key)
    UPDATE contact SET children = counted.children FROM counted
    WHERE contact.contact_key = counted.contact_key AND contact.children <> counted.children
"""

_COUNT_AS_SUPERSEDED = """
    WITH gone AS (
        SELECT file_no, rows_before.rows - coalesce(rows_after.rows, 0) AS rows
        FROM rows_before LEFT JOIN rows_after USING (file_no)
    )
    UPDATE load_file
    SET loaded = loaded - least(gone.rows, loaded), superseded = superseded + least(gone.rows, loaded)
    FROM gone WHERE load_file.file_no = gone.file_no
"""


def _delete(con: duckdb.DuckDBPyConnection, table: str, columns: tuple[str, ...]) -> int:
    listed = " OR ".join(f"{column} IN (SELECT key FROM erased)" for column in columns)
    return _number(con, f"DELETE FROM {table} WHERE {listed}")


def _unlink(table: str, column: str, target: str, target_column: str) -> str:
    return f"""
        UPDATE {table} SET {column} = NULL
        WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {target_column} FROM {target})
    """


def _number(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0


def _erasure(row: dict[str, str], number: int) -> Erasure:
    try:
        return Erasure(row["authority"], row["domain"], UUID(hex=row["key"]), datetime.fromisoformat(row["added_at"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ErasuresError(
            f"{FILE}, line {number}: not an entry of the erasure list. Restore the file from a copy: "
            "a load without it could bring an erased record back."
        ) from None


def _write(path: Path, erasures: Iterable[Erasure]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(field.name for field in fields(Erasure))
    for erasure in erasures:
        authority, domain, key, added_at = astuple(erasure)
        writer.writerow((authority, domain, key.hex, added_at.isoformat()))
    temporary = path.with_name(f".{path.name}.writing")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text.getvalue())
        file.flush()
        os.fsync(file.fileno())
    temporary.chmod(0o640)
    temporary.replace(path)


def _literal(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
