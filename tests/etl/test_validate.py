"""The cases of `tests/cases/validation`: what a data officer expects of each rule, through one load of them all."""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from etl.references import erase
from etl.validate import BY_CODE, RULES
from tests.etl.loading import ACCOUNT, Loaded, incremental_profiles, loaded, put, settings_in

FOLDER = Path(__file__).parents[1] / "cases" / "validation"
CASES = sorted(path for path in FOLDER.iterdir() if path.is_dir())
EXTRACT = "2026-03-31T2359"
NOT_RECORDS = {"expected", "account"}
ALWAYS_THERE = "absent_column"
"""A small file lacks most columns, so the rule is looked at in its own case only."""
WHERE = "JOIN load_file USING (file_no) WHERE sha256 = ? AND load_file.sheet IS NOT DISTINCT FROM ?"
Place = tuple[str, str | None]
Said = Counter[tuple[str, str, str, str, str]]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    root = tmp_path_factory.mktemp("validation")
    settings = settings_in(root, incremental_profiles(root))
    (root / "erase.csv").write_text("kind,reference\ncontact,ER-1\n")
    erase(settings, root / "erase.csv", authority="kent")
    for case in CASES:
        for feed, suffix, data in files_of(case):
            # Annex A beside an authority's own files would be a second source of the same records.
            authority = "medway" if feed == "annex_a" else "kent"
            put(settings, {f"{feed}_{case.name}_{EXTRACT}{suffix}": data}, authority)
    with loaded(root, {}, settings.profiles) as found:
        yield found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_case_says_what_the_data_officer_expects(snapshot: Loaded, case: Path) -> None:
    assert said_of(snapshot, case) == expected_of(case)


@pytest.mark.parametrize(
    "case", [case for case in CASES if (case / "account.csv").exists()], ids=lambda case: case.name
)
def test_a_case_is_accounted_for_as_expected(snapshot: Loaded, case: Path) -> None:
    found = {file: accounts_of(snapshot, place) for file, place in places_of(case).items()}
    expected = {row.pop("file"): tuple(map(int, row.values())) for row in read(case / "account.csv")}
    assert found == expected


def test_every_rule_has_a_case_that_shows_it() -> None:
    shown = {case.name for case in CASES if any(row["rule"] == case.name for row in read(case / "expected.csv"))}
    assert set(BY_CODE) - shown == set()


def test_every_rule_is_written_for_a_person() -> None:
    assert len(BY_CODE) == len(RULES)
    for rule in RULES:
        assert rule.message.endswith(".") and rule.remedy.endswith("."), rule.code


def test_every_record_of_every_case_is_accounted_for(snapshot: Loaded) -> None:
    assert snapshot.one("SELECT count(*) FROM load_file WHERE state = 'loaded'") == sum(
        len(places_of(case)) for case in CASES
    )
    wrong = "records <> header_and_blank + loaded + superseded + quarantined"
    assert snapshot.rows(f"SELECT name, {ACCOUNT} FROM load_file WHERE {wrong}") == []


def test_rows_in_quarantine_are_the_errors_that_are_counted(snapshot: Loaded) -> None:
    counted = snapshot.rows("SELECT file_no, rule, field, records FROM finding WHERE severity = 'error' ORDER BY ALL")
    listed = snapshot.rows("SELECT file_no, rule, field, count(*) FROM quarantine GROUP BY ALL ORDER BY ALL")
    assert counted == listed
    assert snapshot.one("SELECT count(*) FROM finding LEFT JOIN rule USING (rule) WHERE rule.rule IS NULL") == 0


def said_of(snapshot: Loaded, case: Path) -> Said:
    said: Said = Counter()
    for file, place in places_of(case).items():
        for row, rule, field in snapshot.rows(
            f"SELECT row_number::VARCHAR, rule, field FROM quarantine {WHERE}", *place
        ):
            said[file, row, rule, field or "", ""] += 1
        for rule, field, records in snapshot.rows(
            f"SELECT rule, field, finding.records::VARCHAR FROM finding {WHERE} AND severity = 'warning'", *place
        ):
            if rule != ALWAYS_THERE or (case.name == ALWAYS_THERE and file == "children"):
                said[file, "", rule, field or "", records] += 1
    return said


def accounts_of(snapshot: Loaded, place: Place) -> tuple[int, ...]:
    where = "WHERE sha256 = ? AND sheet IS NOT DISTINCT FROM ?"
    return tuple(snapshot.rows(f"SELECT {ACCOUNT} FROM load_file {where}", *place)[0])


def expected_of(case: Path) -> Said:
    return Counter(
        (row["file"], row["row"], row["rule"], row["field"], row["records"]) for row in read(case / "expected.csv")
    )


def files_of(case: Path) -> Iterator[tuple[str, str, bytes]]:
    """(file's name without ending, ending, content) of each input file of a case."""
    merged = merged_cells(case)
    paths = [path for path in sorted(case.glob("*.csv")) if path.stem not in NOT_RECORDS]
    lists = [path for path in paths if path.stem.startswith("list_")]
    if lists:
        yield "annex_a", ".xlsx", workbook(lists, {})
    for path in paths:
        if path.stem in merged:
            yield path.stem, ".xlsx", workbook([path], merged)
        elif path not in lists:
            yield path.stem, ".csv", path.read_bytes()


def places_of(case: Path) -> dict[str, Place]:
    """File's name without ending → digest and sheet by which the snapshot knows it."""
    places: dict[str, Place] = {}
    for stem, suffix, data in files_of(case):
        names = [path.stem for path in sorted(case.glob("list_*.csv"))] if stem == "annex_a" else [stem]
        digest = hashlib.sha256(data).hexdigest()
        places |= {name: (digest, name if suffix == ".xlsx" else None) for name in names}
    return places


def merged_cells(case: Path) -> dict[str, str]:
    path = case / "merged_cells.txt"
    return dict(line.split() for line in path.read_text().splitlines()) if path.exists() else {}


def workbook(paths: Sequence[Path], merged: dict[str, str]) -> bytes:
    """CSV files as the sheets of a workbook, the same bytes each time."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2026, 3, 31)})
        for path in paths:
            sheet = book.add_worksheet(path.stem)
            rows = list(csv.reader(path.read_text(encoding="utf-8").splitlines()))
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
            if path.stem in merged:
                sheet.merge_range(merged[path.stem], "merged")
    return out.getvalue()


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
