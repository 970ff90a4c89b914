"""England's bank holidays worked out from the rules, with the one-off days written by hand."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

MOVED = {date(2020, 5, 4): date(2020, 5, 8), date(2022, 5, 30): date(2022, 6, 2)}
ONE_OFF = {date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8)}
MONDAY, SATURDAY = 0, 5


def easter_sunday(year: int) -> date:
    """The Gregorian computus, by the golden number and the paschal full moon."""
    golden = year % 19
    century = year // 100
    epact = (century - century // 4 - (8 * century + 13) // 25 + 19 * golden + 15) % 30
    full_moon = epact - (epact // 28) * (1 - (29 // (epact + 1)) * ((21 - golden) // 11))
    weekday = (year + year // 4 + full_moon + 2 - century + century // 4) % 7
    return date(year, 3, 28) + timedelta(days=full_moon - weekday)


def first_monday(year: int, month: int) -> date:
    day = date(year, month, 1)
    while day.weekday() != MONDAY:
        day += timedelta(days=1)
    return day


def last_monday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.weekday() != MONDAY:
        day -= timedelta(days=1)
    return day


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The days on which England's offices are shut as bank holidays: the day itself and its substitute."""
    easter = easter_sunday(year)
    found = {easter - timedelta(days=2), easter + timedelta(days=1), last_monday(year, 8)}
    for day in (first_monday(year, 5), last_monday(year, 5)):
        found.add(MOVED.get(day, day))
    fixed = (date(year, 1, 1), date(year, 12, 25), date(year, 12, 26))
    for day in fixed:
        while day.weekday() >= SATURDAY or day in found:
            day += timedelta(days=1)
        found.add(day)
    return frozenset(found | set(fixed) | {day for day in ONE_OFF if day.year == year})
