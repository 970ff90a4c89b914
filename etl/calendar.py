"""The calendar: for every authority and day, whether it is a working day, and when the office and the line open."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import duckdb
import holidays
import pyarrow as pa

from etl.profile import Clock, Hours, Profile

LONDON = ZoneInfo("Europe/London")
Window = tuple[datetime, datetime]
TYPES = {
    "authority": "VARCHAR",
    "day": "DATE",
    "weekday": "UTINYINT",
    "is_bank_holiday": "BOOLEAN",
    "is_closure": "BOOLEAN",
    "is_working_day": "BOOLEAN",
    "working_day_number": "INTEGER",
    "opens_at": "TIMESTAMPTZ",
    "closes_at": "TIMESTAMPTZ",
    "consultation_opens_at": "TIMESTAMPTZ",
    "consultation_closes_at": "TIMESTAMPTZ",
    "day_ends_at": "TIMESTAMPTZ",
    "working_minutes_before": "INTEGER",
    "month": "DATE",
    "quarter": "DATE",
    "financial_year": "VARCHAR",
    "week_starts_on": "DATE",
}


@dataclass(frozen=True)
class CalendarDay:
    """One day of one authority. Moments are UTC instants of local times; None on days without such hours."""

    authority: str
    day: date
    weekday: int
    is_bank_holiday: bool
    is_closure: bool
    is_working_day: bool
    working_day_number: int
    opens_at: datetime | None
    closes_at: datetime | None
    consultation_opens_at: datetime | None
    consultation_closes_at: datetime | None
    day_ends_at: datetime
    working_minutes_before: int
    month: date
    quarter: date
    financial_year: str
    week_starts_on: date


def calendar_rows(profile: Profile, first: date, last: date) -> list[CalendarDay]:
    """The days from `first` to `last`, both included; working days and office minutes are counted from `first`."""
    bank_holidays = set(holidays.country_holidays("GB", subdiv="ENG", years=range(first.year, last.year + 1)))
    closures = {closure.on for closure in profile.closures}
    rows: list[CalendarDay] = []
    number = minutes = 0
    for day in _days(first, last):
        is_shut = day in bank_holidays or day in closures
        office = None if is_shut else _window(profile.office_hours, day)
        line = _window(profile.consultation_hours, day) if office else None
        number += office is not None
        rows.append(_row(profile.code, day, (day in bank_holidays, day in closures), (number, minutes), office, line))
        minutes += _minutes(office)
    return rows


def calendar_span(profile: Profile, first: date, last: date) -> tuple[date, date]:
    """The days on which a clock of the profile can start or be due, for cases that start from `first` to `last`.

    It reaches back to the first day of the oldest rule: one odd date of an old case must not stop a load.
    """
    starts = [clock.starts_on for clock in profile.clocks]
    longest = max((_longest_days(clock) for clock in profile.clocks), default=0)
    return min([first, *starts]), last + timedelta(days=30 + longest)


def load_calendar(con: duckdb.DuckDBPyConnection, profiles: Mapping[str, Profile], first: date, last: date) -> None:
    """Create the table `calendar` unless it is there, and fill it for every profile with the days that its clocks
    need for cases that start from `first` to `last` (`calendar_span`)."""
    columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
    con.execute(f"CREATE TABLE IF NOT EXISTS calendar ({columns})")
    for code in sorted(profiles):
        rows = _arrow(calendar_rows(profiles[code], *calendar_span(profiles[code], first, last)))
        con.register("calendar_days", rows)
        con.execute("INSERT INTO calendar BY NAME SELECT * FROM calendar_days").fetchall()
        con.unregister("calendar_days")


def _days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=number) for number in range((last - first).days + 1))


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)


def _window(hours: Iterable[Hours], day: date) -> Window | None:
    for rule in hours:
        if rule.covers(day) and day.isoweekday() in rule.days:
            return _moment(day, rule.opens), _moment(day, rule.closes)
    return None


def _minutes(window: Window | None) -> int:
    return int((window[1] - window[0]).total_seconds()) // 60 if window else 0


def _row(
    authority: str,
    day: date,
    shut: tuple[bool, bool],
    counted: tuple[int, int],
    office: Window | None,
    line: Window | None,
) -> CalendarDay:
    return CalendarDay(
        authority=authority,
        day=day,
        weekday=day.isoweekday(),
        is_bank_holiday=shut[0],
        is_closure=shut[1],
        is_working_day=office is not None,
        working_day_number=counted[0],
        opens_at=office[0] if office else None,
        closes_at=office[1] if office else None,
        consultation_opens_at=line[0] if line else None,
        consultation_closes_at=line[1] if line else None,
        day_ends_at=_moment(day, time(23, 59, 59)),
        working_minutes_before=counted[1],
        month=day.replace(day=1),
        quarter=date(day.year, day.month - (day.month - 1) % 3, 1),
        financial_year=_financial_year(day),
        week_starts_on=day - timedelta(days=day.weekday()),
    )


def _financial_year(day: date) -> str:
    first = day.year if day.month >= 4 else day.year - 1
    return f"{first}/{(first + 1) % 100:02d}"


def _longest_days(clock: Clock) -> int:
    """Calendar days that the longest run of the clock may take; holidays are covered by a factor of two."""
    days = {"elapsed_hours": 1 / 24, "working_hours": 1, "working_days": 2, "calendar_months": 31, "in_hours": 0}
    return int((clock.limit or 0) * days[clock.kind]) + 1


def _arrow(rows: list[CalendarDay]) -> pa.Table:
    arrow_types = {
        "VARCHAR": pa.string(),
        "DATE": pa.date32(),
        "BOOLEAN": pa.bool_(),
        "UTINYINT": pa.uint8(),
        "INTEGER": pa.int32(),
        "TIMESTAMPTZ": pa.timestamp("us", tz="UTC"),
    }
    names = [field.name for field in fields(CalendarDay)]
    arrays = [pa.array([getattr(row, name) for row in rows], arrow_types[TYPES[name]]) for name in names]
    return pa.Table.from_arrays(arrays, names=names)
