"""A build in small: contacts and nothing but their keys, so that the jobs around a build can be tested alone."""

from __future__ import annotations

import csv
from pathlib import Path

import duckdb

from etl.contract.schema import create_statements
from etl.erasures import erase_from
from etl.intake.names import NamedFile
from etl.intake.opened import digest
from etl.order import Order, Progress
from etl.pseudonymise import PseudonymKey, case_code

ADDED = ("agency_type", "agency_name", "district", "reason", "clock_name")


def build(order: Order, into: Path, scratch: Path, progress: Progress) -> None:
    """Contacts of every file, the last file last; authorities that are carried come from the previous version."""
    (scratch / "copy.csv").write_text("a clean copy, which is the caller's to remove")
    codes = tuple(sorted({*order.files, *order.carried}))
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'Europe/London'")
        con.execute(f"ATTACH '{into}' AS fresh (STORAGE_VERSION 'v1.4.0')")
        con.execute("USE fresh; BEGIN")
        for statement in create_statements({"authority": codes, **{name: ("a",) for name in ADDED}}):
            con.execute(statement)
        con.execute(
            "INSERT INTO snapshot (version, built_at) VALUES (?, ?)", [order.draft.version, order.draft.built_at]
        )
        for number, (code, file) in enumerate(((c, f) for c, found in order.files.items() for f in found), start=1):
            _read(con, order.key, number, code, file)
        for code in order.files:
            con.execute("INSERT INTO authority (authority, data_as_at) VALUES (?, ?)", [code, order.draft.built_at])
        con.execute("COMMIT")
        if order.carried:
            _carry(con, order)
        erase_from(con, order.erased)
        con.execute("USE memory; DETACH fresh")
    progress("Building", 1.0)


def _read(con: duckdb.DuckDBPyConnection, key: PseudonymKey, number: int, code: str, file: NamedFile) -> None:
    with file.path.open(newline="") as text:
        references = [row["contact_ref"] for row in csv.DictReader(text)]
    for reference in references:
        pseudonym = key.pseudonym("contact", code, reference)
        con.execute(
            "INSERT INTO contact (authority, contact_key, case_code, children, file_no) VALUES (?, ?, ?, 0, ?)",
            [code, pseudonym, case_code(pseudonym), number],
        )
    rows = len(references)
    con.execute(
        "INSERT INTO load_file (file_no, authority, feed, name, extract_at, sha256, bytes, state, records, "
        "header_and_blank, loaded, superseded, quarantined) VALUES (?, ?, ?, ?, ?, ?, ?, 'loaded', ?, 1, ?, 0, 0)",
        [
            number,
            code,
            file.feed,
            file.feed,
            file.extract_at,
            digest(file.path),
            file.path.stat().st_size,
            rows + 1,
            rows,
        ],
    )


def _carry(con: duckdb.DuckDBPyConnection, order: Order) -> None:
    con.execute(f"ATTACH '{order.previous}' AS old (READ_ONLY)")
    codes = ", ".join(f"'{code}'" for code in order.carried)
    con.execute(f"INSERT INTO contact SELECT * FROM old.contact WHERE authority IN ({codes})")
    con.execute(f"INSERT INTO authority SELECT * FROM old.authority WHERE authority IN ({codes})")
    files = f"FROM old.load_file WHERE authority IN ({codes})"
    con.execute(f"INSERT INTO load_file SELECT * REPLACE (file_no + 1000 AS file_no) {files}")
    con.execute("DETACH old")
