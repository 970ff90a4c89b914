"""Named periods, counted from data as at: first and last day of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

Days = tuple[date | None, date]


def month_start(day: date, back: int = 0) -> date:
    """First day of the month `back` months before the month of `day`."""
    months = day.year * 12 + day.month - 1 - back
    return date(months // 12, months % 12 + 1, 1)


def week_start(day: date) -> date:
    """Monday of the week of `day`."""
    return day - timedelta(days=day.weekday())


def financial_year_start(day: date) -> date:
    """1 April on or before `day`."""
    return date(day.year if day.month >= 4 else day.year - 1, 4, 1)


def _full_months(months: int) -> Callable[[date], Days]:
    return lambda as_at: (month_start(as_at, months), month_start(as_at) - timedelta(days=1))


def _last_financial_year(as_at: date) -> Days:
    ends = financial_year_start(as_at) - timedelta(days=1)
    return financial_year_start(ends), ends


@dataclass(frozen=True)
class Period:
    """A named period; `days(as_at)` gives its first and last day (first None: from the first data)."""

    name: str
    title: str
    days: Callable[[date], Days]


PERIODS: tuple[Period, ...] = (
    Period("last-12-months", "Last 12 full months", _full_months(12)),
    Period("last-3-months", "Last 3 full months", _full_months(3)),
    Period("this-week", "This week so far", lambda as_at: (week_start(as_at), as_at)),
    Period("this-month", "This month so far", lambda as_at: (month_start(as_at), as_at)),
    Period("financial-year", "This financial year so far", lambda as_at: (financial_year_start(as_at), as_at)),
    Period("last-financial-year", "Last financial year", _last_financial_year),
    Period("all", "All data", lambda as_at: (None, as_at)),
)
BY_NAME = {period.name: period for period in PERIODS}
DEFAULT = PERIODS[0].name
