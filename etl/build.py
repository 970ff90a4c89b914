"""Builds a snapshot from an order: stage, settle, link, run clocks, write the tables of the contract.

One authority after the other goes through the same steps; everything personal stays in TEMP tables that end with the
connection. The file is written from nothing and closed without a log.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from etl import accounts, authority_build, reference_rows
from etl.contract import schema
from etl.contract.case_tables import TABLES as CASE_TABLES
from etl.erasures import erase_from
from etl.order import JobError, Order, Progress
from etl.pseudonymise import macro_statements
from etl.spelling import added_labels
from etl.staging import MACROS
from etl.steps import run_steps

STORAGE_VERSION = "v1.4.0"
CARRIED = (*(table.name for table in CASE_TABLES), *accounts.TABLES, *reference_rows.TABLES_BY_AUTHORITY)


def build(order: Order, into: Path, scratch: Path, progress: Progress) -> None:
    """Write the snapshot of an order. Raises JobError when an authority has nothing that can be loaded."""
    with opened(order, into, scratch) as con:
        con.execute("BEGIN")
        for statement in schema.create_statements(added_labels(order.profiles.values())):
            con.execute(statement)
        reference_rows.write_vocabularies(con, order.profiles)
        con.execute("COMMIT")
        first_file_no = _carry_over(con, order)
        for code in order.files:
            work = authority_build.Work(con, order, order.profiles[code], scratch, progress)
            first_file_no = work.run(first_file_no)
        # Rows that are carried over, and professionals, are not settled above.
        erase_from(con, order.erased)
        if len(order.profiles) > 1:
            _sort(con)
        reference_rows.write_snapshot(con, order)


@contextmanager
def opened(order: Order, into: Path, scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that writes the new file `into`, with the macros of a build; closed, it leaves no log."""
    with duckdb.connect() as con:
        con.execute(f"SET threads = {order.threads}")
        con.execute(f"SET memory_limit = '{order.memory_limit_mb}MB'")
        con.execute(f"SET temp_directory = {schema.quoted(str(scratch))}")
        con.execute("SET TimeZone = 'Europe/London'")
        con.execute("SET enable_progress_bar = false")
        # Pseudonyms do not compress: trying costs a tenth of the writing.
        con.execute("SET disabled_compression_methods = 'fsst,dict_fsst,zstd,alp,alprd,chimp,patas,roaring'")
        con.execute(f"ATTACH {schema.quoted(str(into))} AS snapshot_file (STORAGE_VERSION '{STORAGE_VERSION}')")
        con.execute("USE snapshot_file")
        for statement in (*macro_statements(order.key), *MACROS):
            con.execute(statement)
        run_steps(con, "macros")
        con.execute("CREATE TEMP TABLE erased_key AS SELECT unnest(?::UUID[]) AS key",
                    [[str(erasure.key) for erasure in order.erased]])  # fmt: skip
        yield con
        con.execute("USE memory")
        con.execute("DETACH snapshot_file")


def _carry_over(con: duckdb.DuckDBPyConnection, order: Order) -> int:
    """Copy the authorities that are not read again from the current version; returns the next file number."""
    if not order.carried:
        return 1
    if order.previous is None:
        raise JobError("There is no version to carry the other authorities over from.")
    con.execute(f"ATTACH {schema.quoted(str(order.previous))} AS previous (READ_ONLY)")
    listed = ", ".join(schema.quoted(code) for code in order.carried)
    try:
        for table in CARRIED:
            con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM previous.{table} WHERE authority IN ({listed})")
    except duckdb.Error:
        words = ", ".join(order.carried)
        raise JobError(f"The profile of {words} or the software has changed: load without --authority.") from None
    con.execute("DETACH previous")
    row = con.execute("SELECT coalesce(max(file_no), 0) + 1 FROM load_file").fetchone()
    return int(row[0]) if row else 1


def _sort(con: duckdb.DuckDBPyConnection) -> None:
    """Each authority's rows are written sorted; those of several are sorted together, so a span of time is together."""
    for table in CASE_TABLES:
        if table.sorted_by:
            con.execute(f"CREATE OR REPLACE TEMP TABLE unsorted AS FROM {table.name}")
            con.execute(f"TRUNCATE {table.name}")
            con.execute(f"INSERT INTO {table.name} FROM unsorted ORDER BY {table.sorted_by}, authority")
            con.execute("DROP TABLE unsorted")
