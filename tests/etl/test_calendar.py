"""The calendar: working days, bank holidays, hours by date, and how they are counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from etl.calendar import TYPES, CalendarDay, calendar_rows, calendar_span, load_calendar
from etl.profile import Profile, load_profiles
from tests.etl.oracle.bank_holidays import bank_holidays
from tests.etl.oracle.examples import ODD, PLAIN, profile_of

PROFILES = load_profiles(Path(__file__).parents[2] / "data" / "profiles")


def day_of(profile: Profile, day: str) -> CalendarDay:
    return calendar_rows(profile, date.fromisoformat(day), date.fromisoformat(day))[0]


@pytest.mark.parametrize("year", range(2018, 2031))
def test_bank_holidays_are_those_worked_out_from_the_rules(year: int) -> None:
    rows = calendar_rows(PROFILES["kent"], date(year, 1, 1), date(year, 12, 31))
    assert {row.day for row in rows if row.is_bank_holiday} == bank_holidays(year)


def test_working_days_are_pandas_business_days() -> None:
    rows = calendar_rows(PROFILES["medway"], date(2018, 1, 1), date(2030, 12, 31))
    shut = [day for year in range(2018, 2031) for day in bank_holidays(year)]
    expected = pd.bdate_range("2018-01-01", "2030-12-31", freq="C", holidays=shut)
    assert [row.day for row in rows if row.is_working_day] == [moment.date() for moment in expected]


def test_working_days_and_minutes_are_counted_from_the_first_day() -> None:
    rows = calendar_rows(PROFILES["kent"], date(2026, 12, 23), date(2026, 12, 29))
    counted = [(row.day.day, row.working_day_number, row.working_minutes_before) for row in rows]
    assert counted == [(23, 1, 0), (24, 2, 480), (25, 2, 960), (26, 2, 960), (27, 2, 960), (28, 2, 960), (29, 3, 960)]


@pytest.mark.parametrize(
    ("day", "opens", "closes", "ends"),
    [
        ("2026-07-01", "08:00", "16:00", "22:59:59"),
        ("2026-12-01", "09:00", "17:00", "23:59:59"),
    ],
)
def test_hours_are_local_in_summer_and_winter(day: str, opens: str, closes: str, ends: str) -> None:
    row = day_of(PROFILES["norfolk"], day)
    moments = [datetime.fromisoformat(f"{day} {at}").replace(tzinfo=UTC) for at in (opens, closes, ends)]
    assert [row.opens_at, row.closes_at, row.day_ends_at] == moments


def test_a_day_off_has_no_hours() -> None:
    row = day_of(PROFILES["kent"], "2022-09-19")
    assert row.is_bank_holiday and not row.is_working_day
    assert (row.opens_at, row.closes_at, row.consultation_opens_at) == (None, None, None)


def test_a_closure_day_is_no_working_day() -> None:
    row = day_of(profile_of("odd", ODD, []), "2023-12-28")
    assert (row.is_closure, row.is_bank_holiday, row.is_working_day) == (True, False, False)


@pytest.mark.parametrize(
    ("day", "opens"),
    [("2018-09-28", None), ("2018-10-01", 9), ("2026-05-29", 9), ("2026-06-01", 9), ("2026-12-01", 10)],
)
def test_consultation_hours_follow_their_dates(day: str, opens: int | None) -> None:
    row = day_of(PROFILES["kent"], day)
    assert (row.consultation_opens_at.hour if row.consultation_opens_at else None) == opens


@pytest.mark.parametrize(
    ("day", "month", "quarter", "year", "monday"),
    [
        ("2026-11-25", "2026-11-01", "2026-10-01", "2026/27", "2026-11-23"),
        ("2027-03-31", "2027-03-01", "2027-01-01", "2026/27", "2027-03-29"),
        ("2000-04-01", "2000-04-01", "2000-04-01", "2000/01", "2000-03-27"),
        ("2100-01-03", "2100-01-01", "2100-01-01", "2099/00", "2099-12-28"),
    ],
)
def test_a_day_knows_its_periods(day: str, month: str, quarter: str, year: str, monday: str) -> None:
    row = day_of(PROFILES["kent"], day)
    periods = (row.month.isoformat(), row.quarter.isoformat(), row.financial_year, row.week_starts_on.isoformat())
    assert periods == (month, quarter, year, monday)


def test_the_table_has_every_authority_and_day_with_the_declared_types() -> None:
    con = duckdb.connect()
    con.execute("SET TimeZone = 'Europe/London'")
    load_calendar(con, PROFILES, date(2026, 1, 1), date(2026, 12, 31))
    counted = con.execute(
        "SELECT authority, count(*), count(DISTINCT day) FROM calendar WHERE year(day) = 2026 GROUP BY 1 ORDER BY 1"
    )
    assert counted.fetchall() == [("kent", 365, 365), ("medway", 365, 365), ("norfolk", 365, 365)]
    described = con.execute("DESCRIBE calendar").fetchall()
    assert {row[0]: row[1].replace("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ") for row in described} == TYPES


def test_the_span_reaches_past_the_longest_clock() -> None:
    _, last = calendar_span(PROFILES["kent"], date(2026, 1, 1), date(2026, 12, 20))
    rows = calendar_rows(PROFILES["kent"], date(2026, 12, 20), last)
    assert rows[-1].working_day_number - rows[0].working_day_number > 46


def test_the_span_reaches_back_to_the_oldest_rule() -> None:
    first, _ = calendar_span(PROFILES["medway"], date(2026, 1, 1), date(2026, 12, 20))
    assert first == min(clock.starts_on for clock in PROFILES["medway"].clocks)


def test_without_clocks_the_span_has_a_margin_only() -> None:
    day = date(2026, 1, 1)
    assert calendar_span(profile_of("plain", PLAIN, []), day, day) == (day, day + timedelta(days=30))
