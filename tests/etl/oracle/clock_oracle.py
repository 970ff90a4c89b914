"""Clocks worked out the slow way, from the written rules alone: day by day and minute by minute.

Shares nothing with the software: no calendar table, no list of holidays, no SQL.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from tests.etl.oracle.bank_holidays import bank_holidays

LONDON = ZoneInfo("Europe/London")
ONE_DAY = timedelta(days=1)
HOURS_KINDS = ("elapsed_hours", "working_hours", "in_hours")


@dataclass(frozen=True)
class Office:
    """Opening hours; `line` are the hours of the consultation line, None where none are known."""

    opens: time = time(9)
    closes: time = time(17)
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)
    closures: frozenset[date] = field(default_factory=frozenset)
    line: tuple[time, time] | None = (time(10), time(16))


@dataclass(frozen=True)
class Moment:
    """An instant, or a local date without a time."""

    at: datetime | None = None
    on: date | None = None

    @property
    def instant(self) -> datetime:
        assert self.at is not None
        return self.at

    @property
    def day(self) -> date:
        if self.at is None:
            assert self.on is not None
            return self.on
        return self.at.astimezone(LONDON).date()


@cache
def is_working_day(office: Office, day: date) -> bool:
    return day.isoweekday() in office.weekdays and day not in bank_holidays(day.year) and day not in office.closures


def next_working_day(office: Office, day: date) -> date:
    day += ONE_DAY
    while not is_working_day(office, day):
        day += ONE_DAY
    return day


def counting_day(office: Office, start: Moment) -> date:
    before_closing = start.at is None or start.at.astimezone(LONDON).time() < office.closes
    if is_working_day(office, start.day) and before_closing:
        return start.day
    return next_working_day(office, start.day)


def end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59), LONDON).astimezone(UTC)


def due(office: Office, kind: str, limit: int, start: Moment) -> datetime | None:
    """The moment a clock is due, in UTC; None where there is none."""
    if kind == "working_days":
        return end_of(_working_days_after(office, counting_day(office, start), limit))
    if kind == "calendar_months":
        return end_of(_months_after(start.day, limit))
    if start.at is None:
        return None
    if kind == "elapsed_hours":
        return start.at + timedelta(hours=limit)
    if kind == "working_hours":
        return _working_hours_after(office, start.at, limit)
    return _line_closes(office, start.day)


def state(office: Office, kind: str, limit: int, start: Moment, stop: Moment | None, as_at: datetime) -> str:
    """One of the five states; `as_at` is the moment the data were taken."""
    if kind in HOURS_KINDS and (start.at is None or (stop is not None and stop.at is None)):
        return "not measurable"
    if kind == "in_hours":
        return _line_state(office, start)
    deadline = due(office, kind, limit, start)
    assert deadline is not None
    if stop is None:
        return "open, in time" if as_at <= deadline else "open, overdue"
    if kind in ("working_days", "calendar_months"):
        return "in time" if stop.day <= deadline.astimezone(LONDON).date() else "late"
    assert stop.at is not None
    return "in time" if stop.at <= deadline else "late"


def _working_days_after(office: Office, day: date, count: int) -> date:
    for _ in range(count):
        day = next_working_day(office, day)
    return day


def _months_after(day: date, months: int) -> date:
    year, month = day.year, day.month
    for _ in range(months):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _working_hours_after(office: Office, start: datetime, limit: int) -> datetime:
    """Walks the minutes of the clock on the wall; only the first may be a part of one."""
    moment, left = start.astimezone(UTC), timedelta(hours=limit)
    while True:
        rest = timedelta(seconds=60 - moment.second, microseconds=-moment.microsecond)
        if _is_open(office, moment.astimezone(LONDON)):
            if rest >= left:
                return moment + left
            left -= rest
        moment += rest


def _is_open(office: Office, wall: datetime) -> bool:
    return office.opens <= wall.time() < office.closes and is_working_day(office, wall.date())


def _line_closes(office: Office, day: date) -> datetime | None:
    if office.line is None or not is_working_day(office, day):
        return None
    return datetime.combine(day, office.line[1], LONDON).astimezone(UTC)


def _line_state(office: Office, start: Moment) -> str:
    if office.line is None:
        return "not measurable"
    assert start.at is not None
    opens, closes = office.line
    is_in = is_working_day(office, start.day) and opens <= start.at.astimezone(LONDON).time() < closes
    return "in time" if is_in else "late"
