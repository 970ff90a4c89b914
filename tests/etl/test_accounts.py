"""Every physical record of every file is accounted for, and no account says what a cell holds."""

from __future__ import annotations

import io
import logging
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.etl.dirty_files import CANARY, Dirty, dirty
from tests.etl.loading import ACCOUNT, Loaded, csv_text, incremental_profiles, loaded

FORMATS = ("csv", "xlsx", "parquet")
SOME = settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@SOME
@given(seed=st.integers(0, 10**6), rows=st.integers(60, 240))
def test_records_are_accounted_for_in_every_format(caplog: pytest.LogCaptureFixture, seed: int, rows: int) -> None:
    caplog.set_level(logging.DEBUG)
    files = {extension: dirty(seed, rows, extension) for extension in FORMATS}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        named = {name_of(place, extension): file.content for place, (extension, file) in enumerate(files.items())}
        with loaded(root, named, incremental_profiles(root)) as found:
            for extension, file in files.items():
                assert quarantined(found, extension) == file.bad
            assert accounts(found) == expected_accounts(files)
            assert rows_of(found) == {extension: account[2] for extension, account in accounts(found).items()}
            assert CANARY not in said(found) + caplog.text


def test_the_search_for_what_is_said_finds_a_canary(tmp_path: Path) -> None:
    with loaded(tmp_path, {"contacts_2026-03-30.csv": "contact_ref,received_at\n1,2026-03-01\n"}) as found:
        found.con.execute("CREATE TEMP TABLE quarantine AS SELECT ? AS field", [CANARY])
        assert CANARY in said(found)


def test_a_refused_sheet_does_not_give_the_files_name_away(tmp_path: Path) -> None:
    good = csv_text([{"contact_ref": "1", "received_at": "2026-03-01"}])
    files = {f"contacts_{CANARY}_2026-03-30.xlsx": sheet_with_twin_columns(), "contacts_2026-03-29.csv": good}
    with loaded(tmp_path, files) as found:
        reason = found.one("SELECT reason FROM load_file WHERE state = 'refused'")
        assert "two columns have the same name" in reason
        assert CANARY not in said(found)


def name_of(place: int, extension: str) -> str:
    return f"contacts_{CANARY}_2026-03-{28 + place}.{extension}"


def quarantined(found: Loaded, extension: str) -> set[tuple[int, str]]:
    sql = "SELECT row_number, rule FROM quarantine JOIN load_file USING (file_no) WHERE format = ?"
    return set(found.rows(sql, extension))


def accounts(found: Loaded) -> dict[str, tuple[int, ...]]:
    return {row[0]: row[1:] for row in found.rows(f"SELECT format, {ACCOUNT} FROM load_file")}


def expected_accounts(files: dict[str, Dirty]) -> dict[str, tuple[int, ...]]:
    """Increments: the last file that has a reference has its record."""
    last = {reference: extension for extension, file in files.items() for reference in file.good}
    counts = {}
    for extension, file in files.items():
        kept = sum(last[reference] == extension for reference in file.good)
        counts[extension] = (file.records, file.header_and_blank, kept, len(file.good) - kept, len(file.bad))
        assert sum(counts[extension][1:]) == file.records
    return counts


def rows_of(found: Loaded) -> dict[str, int]:
    sql = "SELECT format, count(contact_key) FROM load_file LEFT JOIN contact USING (file_no) GROUP BY format"
    return dict(found.rows(sql))


def sheet_with_twin_columns() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("contacts")
        sheet.write_row(0, 0, ["contact_ref", "received_at", "channel", "Channel"])
        sheet.write_row(1, 0, [CANARY, "2026-03-01", CANARY, CANARY])
    return out.getvalue()


def said(found: Loaded) -> str:
    """Everything a load says about files and records."""
    tables = ("quarantine", "finding", "load_file", "rule")
    # Files go by their own name at the terminal alone.
    counts = [replace(count, name="") for count in found.report.files]
    return str([found.rows(f"FROM {table}") for table in tables]) + str(replace(found.report, files=tuple(counts)))
