"""From text to moments and keys: the macros against Python, and what a staged file derives."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.staging import MACROS
from tests.etl.loading import Loaded, csv_text, loaded

LONDON = ZoneInfo("Europe/London")
FORMS = (
    "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%Y-%m-%d", "%d/%m/%Y",
)  # fmt: skip
YEARS = st.datetimes(datetime(1996, 1, 1), datetime(2035, 12, 31)).map(lambda at: at.replace(microsecond=0))
SPACE = " \t\r\n\u00a0"


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Europe/London'")
        for statement in MACROS:
            connection.execute(statement)
        yield connection


def each(con: duckdb.DuckDBPyConnection, sql: str, values: list[object], kind: str = "VARCHAR") -> list[object]:
    """An expression over `t` for each value, in order."""
    rows = con.execute(
        f"SELECT {sql} FROM (SELECT unnest($1::{kind}[]) AS t, generate_subscripts($1::{kind}[], 1) AS n) ORDER BY n",
        [values],
    ).fetchall()
    return [value for (value,) in rows]


@settings(max_examples=25, deadline=None)
@given(moments=st.lists(YEARS, min_size=1, max_size=50), form=st.sampled_from(FORMS), around=st.text(SPACE, max_size=3))
def test_a_moment_in_any_published_form_is_read(
    con: duckdb.DuckDBPyConnection, moments: list[datetime], form: str, around: str
) -> None:
    texts: list[object] = [f"{around}{moment.strftime(form)}{around}" for moment in moments]
    expected = [datetime.strptime(moment.strftime(form), form) for moment in moments]
    assert each(con, "moment_of(t)", texts) == expected


@settings(max_examples=25, deadline=None)
@given(moments=st.lists(YEARS, min_size=1, max_size=50))
def test_month_first_is_never_read_as_month_first(con: duckdb.DuckDBPyConnection, moments: list[datetime]) -> None:
    texts: list[object] = [moment.strftime("%m/%d/%Y %H:%M") for moment in moments]
    for moment, found, is_suspect in zip(
        moments, each(con, "moment_of(t)", texts), each(con, "is_either_order(t)", texts), strict=True
    ):
        if moment.day > 12:
            assert found is None and not is_suspect
        else:
            assert found == moment.replace(month=moment.day, day=moment.month, second=0) and is_suspect


FAULTS = {
    "46083": "excel_serial", "46083.4166667": "excel_serial", "03/25/2026": "month_first",
    "12/31/2025 10:00": "month_first",
    "31/02/2026": "malformed_date", "2026-02-30": "malformed_date", "soon": "malformed_date",
    "2026-03-01 25:00": "malformed_date",
    "2026-3-1": "malformed_date", "01.03.2026": "malformed_date", "2026-03-01T10:00Z": "malformed_date",
    "2026-03-01 10:00:00+01": "malformed_date", "13/13/2026": "malformed_date",
}  # fmt: skip


@pytest.mark.parametrize("text", FAULTS)
def test_what_is_no_moment_is_named(con: duckdb.DuckDBPyConnection, text: str) -> None:
    assert each(con, "moment_of(t)", [text]) == [None]
    assert each(con, "is_lost(t, moment_of(t))", [text]) == [True]
    assert each(con, "date_fault(cell(t))", [text]) == [FAULTS[text]]


def test_a_blank_is_not_lost(con: duckdb.DuckDBPyConnection) -> None:
    assert each(con, "is_lost(t, moment_of(t))", [None, "", " ", "\u00a0", "\t\n"]) == [False] * 5


@settings(max_examples=50, deadline=None)
@given(texts=st.lists(st.text(st.sampled_from(SPACE + "aé0"), max_size=50), min_size=1, max_size=30))
def test_a_cell_is_its_text_without_the_space_around(con: duckdb.DuckDBPyConnection, texts: list[object]) -> None:
    stripped = [str(text).strip(SPACE) for text in texts]
    assert each(con, "cell(t)", texts) == [text or None for text in stripped]
    assert each(con, "is_filled(t)", [text for text in texts if len(str(text)) <= 40]) == [
        bool(text) for text, whole in zip(stripped, texts, strict=True) if len(str(whole)) <= 40
    ]


@settings(max_examples=30, deadline=None)
@given(locals_=st.lists(YEARS, min_size=1, max_size=100))
def test_local_moments_become_those_of_the_zone(con: duckdb.DuckDBPyConnection, locals_: list[object]) -> None:
    assert instants(con, locals_) == [instant(local) for local in locals_]


def test_every_quarter_of_an_hour_around_every_clock_change(con: duckdb.DuckDBPyConnection) -> None:
    sundays = [last_sunday(year, month) for year in range(1996, 2036) for month in (3, 10)]
    quarters: list[object] = [day + timedelta(minutes=15 * n) for day in sundays for n in range(-8, 20)]
    assert instants(con, quarters) == [instant(local) for local in quarters]


def test_the_hour_that_exists_twice_is_the_first_and_the_missing_one_moves_on(con: duckdb.DuckDBPyConnection) -> None:
    found = instants(con, [datetime(2026, 10, 25, 1, 30), datetime(2026, 3, 29, 1, 30)])
    assert found == [datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)]


def instants(con: duckdb.DuckDBPyConnection, locals_: list[object]) -> list[datetime]:
    found = each(con, "to_moment(t)", locals_, "TIMESTAMP")
    return [moment.astimezone(UTC) for moment in found if isinstance(moment, datetime)]


def instant(local: object) -> datetime:
    assert isinstance(local, datetime)
    return local.replace(tzinfo=LONDON, fold=0).astimezone(UTC)


def last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31)
    return last - timedelta(days=last.isoweekday() % 7)


CONTACTS = [
    {
        "contact_ref": "A",
        "received_at": "2026-05-01 09:30",
        "decided_at": "2026-05-01",
        "referrer_email": "T.M@Example.Test",
    },
    {"contact_ref": "B", "received_at": "02/05/2026", "decided_at": "", "referrer_email": " t.m@example.test"},
    {"contact_ref": "c 0", "received_at": "2026-10-25 01:30", "decided_at": "", "referrer_email": ""},
]
CHILDREN = [
    {"contact_ref": "A", "child_ref": "0017", "first_name": "", "last_name": "", "date_of_birth": ""},
    {"contact_ref": "B", "child_ref": " 17 ", "first_name": "", "last_name": "", "date_of_birth": "2010-05-02"},
    {
        "contact_ref": "A",
        "child_ref": "",
        "first_name": "Testy",
        "last_name": "McTéstface",
        "date_of_birth": "2012-03-04",
    },
    {
        "contact_ref": "B",
        "child_ref": "",
        "first_name": "TESTY",
        "last_name": "mctest-face",
        "date_of_birth": "04/03/2012",
    },
    {"contact_ref": "C0", "child_ref": "", "first_name": "", "last_name": "", "date_of_birth": ""},
    {"contact_ref": "C0", "child_ref": "", "first_name": "", "last_name": "", "date_of_birth": ""},
]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    files = {"contacts_2026-11-01.csv": csv_text(CONTACTS), "children_2026-11-01.csv": csv_text(CHILDREN)}
    with loaded(tmp_path_factory.mktemp("staged"), files) as found:
        yield found


def test_a_date_alone_has_no_time(snapshot: Loaded) -> None:
    sql = "SELECT received_on, received_hour, is_time_known, minutes_to_decision FROM contact ORDER BY received_at"
    assert snapshot.rows(sql) == [
        (date(2026, 5, 1), 9, True, None),
        (date(2026, 5, 2), None, False, None),
        (date(2026, 10, 25), 1, True, None),
    ]


def test_a_child_is_known_by_reference_else_by_names_and_birth_else_by_its_place(snapshot: Loaded) -> None:
    sql = "SELECT child_key::VARCHAR, count(*) FROM contact_child GROUP BY ALL ORDER BY ALL NULLS LAST"
    counts = dict(snapshot.rows(sql))
    assert counts[snapshot.key_of("child", "17")] == 2
    assert counts[None] == 2
    assert sorted(counts.values()) == [2, 2, 2]


def test_a_professional_is_known_by_the_email_in_any_case(snapshot: Loaded) -> None:
    assert snapshot.one("SELECT count(DISTINCT referrer_key) FROM contact") == 1
    assert snapshot.one("SELECT count(*) FROM contact WHERE referrer_key IS NULL") == 1


def test_references_are_canonical_across_files(snapshot: Loaded) -> None:
    assert snapshot.one("SELECT count(*) FROM contact_child WHERE is_orphan") == 0
    assert (snapshot.key_of("contact", "C0"),) in snapshot.rows("SELECT contact_key::VARCHAR FROM contact")
