"""How numbers, dates and durations are written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def number(count: int) -> str:
    """5412 → 5,412."""
    return f"{count:,}"


def counted(count: int, one: str, many: str = "") -> str:
    """ "1 contact", "5,412 contacts"."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """A percentage: one decimal from 200 up, none from 10, else "3 of 7"."""
    if whole < 10:
        return f"{part} of {whole}"
    return f"{100 * part / whole:.{1 if whole >= 200 else 0}f}%"


def day(on: date, *, short: bool = False) -> str:
    """22 November 2026, or 22 Nov 2026."""
    return f"{on.day} {on:%b %Y}" if short else f"{on.day} {on:%B %Y}"


def weekday(on: date) -> str:
    """Wed 25 Nov."""
    return f"{on:%a} {on.day} {on:%b}"


def moment(at: datetime) -> str:
    """25 November 2026, 06:10, in local time."""
    local = at.astimezone(LONDON)
    return f"{day(local.date())}, {local:%H:%M}"


def moment_in_table(at: datetime, now: datetime) -> str:
    """25 Nov 06:10; with the year when it is not this one."""
    local = at.astimezone(LONDON)
    year = f" {local.year}" if local.year != now.astimezone(LONDON).year else ""
    return f"{local.day} {local:%b}{year} {local:%H:%M}"


def span(first: date, last: date) -> str:
    """ "1 to 7 November 2026", "24 August to 22 November 2026"; a single day stands alone."""
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{day(first)} to {day(last)}"
    if first.month != last.month:
        return f"{first.day} {first:%B} to {day(last)}"
    return f"{first.day} to {day(last)}"


def ordinal(number_of_day: int) -> str:
    """22 → 22nd."""
    if 10 < number_of_day % 100 < 14:
        return f"{number_of_day}th"
    return f"{number_of_day}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number_of_day % 10, 'th') }"


def duration(minutes: int) -> str:
    """135 → "2 h 15 min"; from two days up "3 days 4 h"."""
    hours, rest = divmod(abs(minutes), 60)
    if hours >= 48:
        return f"{hours // 24} days {hours % 24} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def joined(words: Sequence[str], last: str = "or") -> str:
    """ "a", "a or b", "a, b or c"."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"
