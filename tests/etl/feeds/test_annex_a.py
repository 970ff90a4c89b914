"""Ofsted's Annex A workbook: what is read of it, in both layouts, and what is never said of it."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.etl.loading import ACCOUNT, Loaded, loaded

PROJECT = Path(__file__).parents[3]
SAMPLE = Path(os.environ.get("FRONTDOOR_TEST_FILES", PROJECT.parent / "shared")) / "samples" / "annex_a.xlsx"
NAME = "annex_a_2026-03-31.xlsx"
CHILD = ("Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Age of Child (Years)")
HEADERS: dict[int, tuple[str, ...]] = {
    1: (*CHILD, "Date of Contact", "Contact Source"),
    2: (*CHILD, "Assessment start date", "Assessment completion date", "Organisation completing assessment"),
    3: (
        *CHILD, "Date of Referral", "Referral Source", "Referral NFA?", "Number of Referrals in Last 12 Months",
        "Allocated Team", "Allocated Worker",
    ),
    4: (*CHILD, "Continuous Assessment Start Date", "Continuous Assessment Date of Authorisation", "Allocated Worker"),
    5: (
        *CHILD, "Strategy discussion initiating Section 47 Enquiry Start Date",
        "Date of Initial Child Protection Conference", "Allocated Worker",
    ),
}  # fmt: skip
FILLED = (
    "assessment_started_at", "assessment_authorised_at", "strategy_discussion_at", "section_47_at", "conference_at",
)  # fmt: skip
TESTY = (101, "b) Female", "a) WBRI", date(2012, 3, 4), 14.1)
TASTY = ("0102", "Male", "A1 - White British", date(2025, 12, 24), 0.3)
FROSTY = (103, "a) Male", "s) NOBT", "", "#N/A")
ROWS: dict[int, list[tuple[Any, ...]]] = {
    1: [
        (*TESTY, date(2026, 1, 5), "q) 6: Police"),
        (*TASTY, date(2026, 1, 6), "2A: Schools"),
        (*FROSTY, date(2026, 3, 30), "l) 3F: Other health"),
        (*TESTY, date(2026, 3, 2), "somebody's aunt"),
    ],
    2: [(*FROSTY, date(2026, 1, 20), date(2026, 2, 2), "A Test Academy"), (*TESTY, "", "", "A Test Academy")],
    3: [
        (*TESTY, date(2025, 2, 3), "q) 6: Police", "b) No", 3, "Team", "Mona\xa0Tester"),
        (*TESTY, date(2026, 1, 7), "q) 6: Police", "a) Yes", 3, "Team", "Mona\xa0Tester"),
        (*TASTY, date(2026, 1, 8), "2a: Schools", "No", 3, "Team", ""),
        (*TESTY, date(2026, 3, 3), "u) 99: Elsewhere", "", 3, "", ""),
    ],
    4: [
        (*TESTY, date(2026, 1, 9), date(2026, 2, 10), "Mona\xa0Tester"),
        (*TASTY, date(2026, 1, 8), "", ""),
        (*TESTY, date(2026, 1, 30), "", ""),
        (*TESTY, date(2024, 1, 30), date(2024, 2, 1), ""),
        (*FROSTY, date(2026, 1, 30), date(2026, 1, 29), ""),
    ],
    5: [
        (*TESTY, date(2026, 3, 4), date(2026, 3, 20), ""),
        (*TASTY, date(2026, 1, 8), "", ""),
        (*FROSTY, date(2026, 1, 8), "", ""),
    ],
}


def workbook(
    rows: Mapping[int, Sequence[Sequence[Any]]] = ROWS, name: str = "List_{}", title: str | None = None
) -> bytes:
    """A workbook with a sheet per list, in one of the layouts of the field."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"}) as book:
        for number, of_list in rows.items():
            sheet = book.add_worksheet(name.format(number))
            lines = [*([(title,)] if title else []), HEADERS[number], *of_list]
            for place, line in enumerate(lines):
                sheet.write_row(place, 0, line)
    return out.getvalue()


@pytest.fixture(scope="module")
def annex(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded(tmp_path_factory.mktemp("annex"), {NAME: workbook()}) as found:
        yield found


def test_lists_1_and_3_are_contacts_children_and_referrals(annex: Loaded) -> None:
    contacts = annex.rows("SELECT received_on, source_code::VARCHAR, children FROM contact ORDER BY ALL")
    assert contacts == [
        (date(2026, 1, 5), "6", 1), (date(2026, 1, 6), "2A", 1), (date(2026, 3, 2), "Unmapped", 1),
        (date(2026, 3, 30), "3F", 1),
    ]  # fmt: skip
    columns = "received_on, age_band::VARCHAR, gender::VARCHAR, ethnicity::VARCHAR"
    assert annex.rows(f"SELECT {columns} FROM contact_child ORDER BY ALL") == [
        (date(2026, 1, 5), "10–15", "female", "WBRI"),
        (date(2026, 1, 6), "under 1", "male", "WBRI"),
        (date(2026, 3, 2), "10–15", "female", "WBRI"),
        (date(2026, 3, 30), "unknown", "male", "NOBT"),
    ]
    referrals = "SELECT received_on, source_code::VARCHAR, no_further_action::VARCHAR FROM referral ORDER BY ALL"
    assert annex.rows(referrals) == [
        (date(2025, 2, 3), "6", "No"), (date(2026, 1, 7), "6", "Yes"), (date(2026, 1, 8), "2A", "No"),
        (date(2026, 3, 3), "Unmapped", "Not recorded"),
    ]  # fmt: skip


def test_a_child_is_the_same_in_every_list_and_feed(annex: Loaded) -> None:
    keys = "SELECT child_key::VARCHAR FROM {}"
    found = {*annex.rows(keys.format("contact_child")), *annex.rows(keys.format("referral"))}
    assert found == {(annex.key_of("child", reference),) for reference in ("101", "102", "103")}


def test_rereferrals_come_from_dates(annex: Loaded) -> None:
    found = annex.rows("SELECT received_on, is_rereferral, days_since_previous FROM referral ORDER BY ALL")
    assert found == [
        (date(2025, 2, 3), False, None), (date(2026, 1, 7), True, 338), (date(2026, 1, 8), False, None),
        (date(2026, 3, 3), True, 55),
    ]  # fmt: skip


def test_lists_4_and_5_go_to_the_latest_referral_on_or_before(annex: Loaded) -> None:
    columns = ", ".join(f"{moment}::DATE" for moment in FILLED)
    assert annex.rows(f"SELECT received_on, {columns} FROM referral ORDER BY ALL") == [
        (date(2025, 2, 3), None, None, None, None, None),
        (date(2026, 1, 7), date(2026, 1, 9), date(2026, 2, 10), None, None, None),
        (date(2026, 1, 8), date(2026, 1, 8), None, date(2026, 1, 8), date(2026, 1, 8), None),
        (date(2026, 3, 3), None, None, date(2026, 3, 4), date(2026, 3, 4), date(2026, 3, 20)),
    ]


def test_every_row_of_every_list_is_accounted_for(annex: Loaded) -> None:
    assert annex.rows(f"SELECT sheet, feed::VARCHAR, state, {ACCOUNT} FROM load_file ORDER BY sheet") == [
        ("list_1", "annex_a", "loaded", 5, 1, 4, 0, 0),
        ("list_2", "annex_a", "loaded", 3, 1, 1, 0, 1),
        ("list_3", "annex_a", "loaded", 5, 1, 4, 0, 0),
        ("list_4", "annex_a", "loaded", 6, 1, 2, 0, 3),
        ("list_5", "annex_a", "loaded", 4, 1, 2, 0, 1),
    ]
    assert annex.rows("SELECT sheet, row_number, rule, field FROM quarantine ORDER BY ALL") == [
        ("list_2", 3, "missing_moment", "started_on"),
        ("list_4", 4, "no_referral", "child_ref"),
        ("list_4", 5, "no_referral", "child_ref"),
        ("list_4", 6, "impossible_order", "assessment_authorised_at"),
        ("list_5", 4, "no_referral", "child_ref"),
    ]
    early_help = "SELECT sheet, finding.records FROM finding JOIN load_file USING (file_no) WHERE rule = 'counted_only'"
    assert annex.rows(early_help) == [("list_2", 1)]
    assert annex.one("SELECT count(DISTINCT file_no) = count(*) FROM load_file")


def test_measures_that_need_more_are_not_available(annex: Loaded) -> None:
    found = dict(annex.rows("SELECT measure, availability::VARCHAR FROM capability WHERE feed = 'annex_a'"))
    available = {measure for measure, state in found.items() if state == "available"}
    assert {"contacts", "rereferral", "repeat_contact"} <= available
    assert {"decision_in_time", "contact_to_referral", "police_told"} <= set(found) - available
    assert "consultations" not in found


def test_nothing_is_open_or_overdue(annex: Loaded) -> None:
    assert annex.one("SELECT count(*) FROM contact WHERE is_open IS NOT NULL OR is_decided IS NOT NULL") == 0
    assert annex.one("SELECT count(*) FROM referral WHERE is_decided IS NOT NULL") == 0
    assert annex.one("SELECT count(*) FROM clock WHERE state IN ('open, in time', 'open, overdue')") == 0


def test_a_clock_on_dates_is_measured_where_both_are_known_and_hours_never(annex: Loaded) -> None:
    found = annex.rows("SELECT DISTINCT clock_name::VARCHAR, state::VARCHAR FROM clock ORDER BY ALL")
    conference = "initial child protection conference"
    assert {(conference, "in time"), (conference, "not measurable")} <= set(found)
    assert {state for name, state in found if name in ("contact decision", "strategy record distributed")} == {
        "not measurable"
    }
    assert annex.one("SELECT count(*) FROM contact WHERE hours <> 'not measurable' OR received_hour IS NOT NULL") == 0


def test_no_staff_name_and_no_number_of_referrals_is_kept(annex: Loaded) -> None:
    assert holding(annex, "Mona") == [] and holding(annex, "Police") != []


LAYOUTS: list[tuple[str, str | None]] = [
    ("List_{}", "List of contacts: children's services"), ("List {}", None), ("list{}", "Title"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "title"), LAYOUTS)
def test_both_layouts_give_the_same(annex: Loaded, tmp_path: Path, name: str, title: str | None) -> None:
    with loaded(tmp_path, {NAME: workbook(name=name, title=title)}, None) as found:
        for table in ("contact", "contact_child", "referral"):
            assert counted(found, table) == counted(annex, table)
        aside = 1 if title is None else 2
        assert set(found.rows("SELECT header_and_blank FROM load_file")) == {(aside,)}


def test_a_workbook_without_cases_is_refused_and_a_list_without_its_columns(tmp_path: Path) -> None:
    cut = {1: [row[:5] for row in ROWS[1]], 3: ROWS[3], 4: ROWS[4]}
    broken = workbook(cut)
    files = {
        "annex_a_2026-03-30.xlsx": workbook({4: ROWS[4]}),
        NAME: broken,
        "annex_a_Testy_2026-03-29.xlsx": without_column(1, "Date of Contact"),
    }
    with loaded(tmp_path, files) as found:
        rows = found.rows("SELECT name, sheet, state, reason FROM load_file WHERE state = 'refused' ORDER BY name")
        assert [(name, sheet) for name, sheet, _, _ in rows] == [
            ("annex_a_2026-03-29T2359.xlsx", "list_1"), ("annex_a_2026-03-30T2359.xlsx", None),
        ]  # fmt: skip
        assert "date of contact is missing" in rows[0][3] and "List_1" in rows[1][3]
        assert "Testy" not in str(rows)
        assert found.one("SELECT count(*) FROM referral") == 4


def test_a_later_workbook_replaces_what_it_covers(tmp_path: Path) -> None:
    later = {
        1: [(*TESTY, date(2026, 3, 2), "6: Police")],
        3: [(*TESTY, date(2026, 3, 3), "6: Police", "No", 3, "", "")],
        4: [(*TESTY, date(2026, 3, 9), date(2026, 3, 30), "")],
    }
    with loaded(tmp_path, {NAME: workbook(), "annex_a_2026-04-30.xlsx": workbook(later)}) as found:
        states = found.rows("SELECT name, sheet, loaded, superseded FROM load_file ORDER BY name, sheet")
        assert [row[1:] for row in states] == [
            ("list_1", 3, 1), ("list_2", 1, 0), ("list_3", 3, 1), ("list_4", 2, 0), ("list_5", 2, 0),
            ("list_1", 1, 0), ("list_3", 1, 0), ("list_4", 1, 0),
        ]  # fmt: skip
        started = "SELECT assessment_started_at::DATE FROM referral WHERE received_on = '2026-03-03'"
        assert found.one(started) == date(2026, 3, 9)


def test_the_same_extract_made_later_is_the_whole_truth(tmp_path: Path) -> None:
    again = {number: rows[:2] for number, rows in ROWS.items()}
    with loaded(tmp_path, {NAME: workbook(), "annex_a_2026-04-30.xlsx": workbook(again)}) as found:
        states = found.rows("SELECT name, sheet, loaded, superseded FROM load_file ORDER BY name, sheet")
        assert [row[1:] for row in states[:5]] == [
            ("list_1", 0, 4), ("list_2", 0, 1), ("list_3", 0, 4), ("list_4", 0, 3), ("list_5", 0, 3),
        ]  # fmt: skip
        assert [row[2] for row in states[5:]] == [2, 1, 2, 1, 1]


def test_lists_beside_an_authority_s_own_referrals_are_refused_and_accounted_for(tmp_path: Path) -> None:
    own = "referral_ref,child_ref,received_at\n1,101,2026-01-05\n"
    with loaded(tmp_path, {NAME: workbook(), "referrals_2026-03-31.csv": own}) as found:
        states = dict(found.rows("SELECT coalesce(sheet, 'own'), state FROM load_file"))
        refused = dict.fromkeys(("list_2", "list_3", "list_4", "list_5"), "refused")
        assert states == {"own": "loaded", "list_1": "loaded", **refused}
        assert found.one("SELECT count(*) FROM referral WHERE assessment_started_at IS NOT NULL") == 0


@pytest.mark.skipif(not SAMPLE.exists(), reason="FRONTDOOR_TEST_FILES names no folder with samples/annex_a.xlsx")
def test_the_sample_of_the_field(tmp_path: Path) -> None:
    with loaded(tmp_path, {"annex_a_2021-03-31.xlsx": SAMPLE.read_bytes()}) as found:
        accounts = found.rows(f"SELECT sheet, state, {ACCOUNT} FROM load_file ORDER BY sheet")
        assert [(sheet, state) for sheet, state, *_ in accounts] == [(f"list_{n}", "loaded") for n in range(1, 6)]
        assert all(records == sum(others) for _, _, records, *others in accounts)
        assert found.one("SELECT count(*) FROM contact") == found.one("SELECT count(*) FROM contact_child") == 5
        assert found.one("SELECT count(*) FROM referral") == 6
        assert found.one("SELECT count(*) FROM clock WHERE state LIKE 'open%'") == 0
        genders = found.rows("SELECT DISTINCT gender::VARCHAR FROM contact_child ORDER BY ALL")
        assert ("Unmapped",) not in genders and ("female",) in genders
        assert holding(found, "Hazlett") == []


def without_column(number: int, column: str) -> bytes:
    """A workbook whose only list lacks a column."""
    at = HEADERS[number].index(column)
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet(f"List_{number}")
        for place, line in enumerate([HEADERS[number], *ROWS[number]]):
            sheet.write_row(place, 0, [str(cell) for index, cell in enumerate(line) if index != at])
    return out.getvalue()


def counted(found: Loaded, table: str) -> list[tuple[Any, ...]]:
    """The rows of a table, but for the number of the file."""
    return found.rows(f"SELECT * EXCLUDE (file_no) FROM {table} ORDER BY ALL")


def holding(found: Loaded, text: str) -> list[tuple[str, str]]:
    """The columns of the snapshot that hold a text somewhere."""
    columns = found.rows("SELECT table_name, column_name FROM duckdb_columns() WHERE NOT internal")
    return [
        (table, column)
        for table, column in columns
        if found.one(f'SELECT count(*) FROM "{table}" WHERE "{column}"::VARCHAR ILIKE \'%{text}%\'')
    ]
