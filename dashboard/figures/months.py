"""Bars by month; a month that is not whole is hollow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard import periods, theme, wording
from dashboard.figures.house import CATEGORY_AXIS, VALUE_AXIS, Figure, layout

MOST_LABELS = 18


@dataclass(frozen=True)
class Month:
    """A month's rows. `part` says which days it holds when it is not whole, else ""."""

    starts_on: date
    rows: int
    part: str = ""

    @property
    def name(self) -> str:
        """November 2026, or November 2026 so far (to 22nd)."""
        return f"{self.starts_on:%B %Y}" + (f" {self.part}" if self.part else "")


def months(counts: dict[date, int], first: date, last: date, as_at: date) -> list[Month]:
    """Every month from `first` to `last`, those without rows too; `last` is never after `as_at`."""
    found: list[Month] = []
    start = periods.month_start(first)
    while start <= last:
        found.append(Month(start, counts.get(start, 0), _part(start, first, last, as_at)))
        start = periods.month_start(start, -1)
    return found


def _part(start: date, first: date, last: date, as_at: date) -> str:
    ends = periods.month_start(start, -1) - timedelta(days=1)
    # The day of the extract is itself unfinished.
    if start <= as_at <= ends and last == as_at:
        return f"so far (to {wording.ordinal(last.day)})"
    if start < first and last < ends:
        return f"in part ({wording.ordinal(first.day)} to {wording.ordinal(last.day)})"
    if start < first:
        return f"in part (from {wording.ordinal(first.day)})"
    return f"in part (to {wording.ordinal(last.day)})" if last < ends else ""


def month_figure(shown: Sequence[Month], unit: str, revision: str) -> Figure:
    """A bar per month, whole ones filled. Labels stand on the bars while they fit."""
    names = [month.starts_on.isoformat() for month in shown]
    is_labelled = len(shown) <= MOST_LABELS
    colour = theme.CATEGORICAL[0]
    trace = {
        "type": "bar",
        "x": names,
        "y": [month.rows for month in shown],
        "customdata": names,
        "text": [wording.number(month.rows) for month in shown] if is_labelled else None,
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"{month.name}: {wording.number(month.rows)} {unit}" for month in shown],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {
            "color": [theme.CARD if month.part else colour for month in shown],
            "line": {"color": colour, "width": [2 if month.part else 0 for month in shown]},
        },
    }
    ticks = [month for place, month in enumerate(shown) if _is_ticked(month, place, len(shown))]
    axis = {
        **CATEGORY_AXIS,
        "tickvals": [month.starts_on.isoformat() for month in ticks],
        "ticktext": [_tick(month, place == 0 or not is_labelled) for place, month in enumerate(ticks)],
    }
    return {"data": [trace], "layout": layout(320, axis, VALUE_AXIS, revision)}


def _is_ticked(month: Month, place: int, count: int) -> bool:
    return count <= MOST_LABELS or month.starts_on.month == 1 or (count <= 40 and month.starts_on.month % 6 == 1)


def _tick(month: Month, with_year: bool) -> str:
    year = f"<br>{month.starts_on:%Y}" if with_year or month.starts_on.month == 1 else ""
    so_far = "<br>" + month.part.replace(" (", "<br>(") if month.part else ""
    return f"{month.starts_on:%b}{year}{so_far}"
