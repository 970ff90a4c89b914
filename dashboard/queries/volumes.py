"""Counts by month and by each dimension: one scan, filtered once, grouped in one statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.access.viewer import Viewer
from dashboard.filters import Filters, Labels
from dashboard.queries.where import code, period_condition, values_condition
from dashboard.snapshot import Reading
from etl.contract import dimensions, vocabularies
from etl.contract.measures import BY_NAME as MEASURES

Bar = tuple[str, int]

FIRST_DIMENSIONS = {
    "contact": (
        "primary_reason", "agency_group", "district", "consent_status", "level_requested", "channel", "hours",
        "level_decided", "urgency",
    ),
    "contact_child": (
        "primary_reason", "agency_group", "district", "age_band", "ethnicity_group", "channel", "gender",
        "level_requested", "unaccompanied",
    ),
    "consultation": (
        "primary_reason", "agency_group", "district", "consent_status", "advice", "level_view", "channel", "hours",
    ),
    "referral": (
        "primary_reason", "agency_group", "district", "age_band", "outcome", "primary_need", "gender", "disposal",
        "ethnicity_group",
    ),
}  # fmt: skip
"""What a page shows of a case table before it is asked for all."""


@dataclass(frozen=True)
class Volumes:
    """`months`: first day of month → rows; `bars`: dimension → (label, rows) in the vocabulary's order."""

    months: dict[date, int]
    bars: dict[str, list[Bar]]
    undated: int

    @property
    def total(self) -> int:
        """Rows in the period."""
        return sum(self.months.values())


def shown_dimensions(table: str, more: bool) -> tuple[str, ...]:
    """The dimensions a page shows for a case table: nine, or all of them."""
    carried = [dimension.name for dimension in dimensions.DIMENSIONS if dimension.is_in(table)]
    first = FIRST_DIMENSIONS[table]
    return (*first, *(name for name in carried if name not in first)) if more else first


def statement(filters: Filters, as_at: date, names: Sequence[str], labels: Labels) -> tuple[str, list[object]]:
    """SQL of (which grouping, month, a code per dimension, rows), and its values."""
    table = MEASURES[filters.unit].unit_table.name
    condition = period_condition(values_condition(filters, table, labels), filters, as_at)
    columns = ["received_month", *names]
    codes = ", ".join(f"{code(name)} AS {name}" for name in names)
    sql = f"""
WITH chosen AS (SELECT received_month, {codes} FROM {table} WHERE {condition.sql})
SELECT grouping({", ".join(columns)}) AS which, {", ".join(columns)}, count(*) AS rows
FROM chosen GROUP BY GROUPING SETS ({", ".join(f"({column})" for column in columns)})"""
    return sql, condition.values


def read(reading: Reading, viewer: Viewer, filters: Filters, as_at: date) -> Volumes:
    """The counts of one view of the data."""
    names = shown_dimensions(filters.grain, filters.more)
    sql, values = statement(filters, as_at, names, reading.labels)
    found = reading.rows(sql, values, viewer)
    full = (1 << len(names) + 1) - 1
    masks = [full ^ (1 << len(names) - place) for place in range(len(names) + 1)]
    by_mask: dict[int, dict[object, int]] = {mask: {} for mask in masks}
    for which, *keys, rows in found:
        by_mask[which][keys[masks.index(which)]] = rows
    bars = {name: _bars(by_mask[mask], name, reading.labels) for name, mask in zip(names, masks[1:], strict=True)}
    months = {month: rows for month, rows in by_mask[masks[0]].items() if isinstance(month, date)}
    return Volumes(months, bars, _undated(reading, viewer, filters.grain))


def _undated(reading: Reading, viewer: Viewer, table: str) -> int:
    """Rows without a date of receipt: the same for every filter, so asked once per version."""
    sql = f"SELECT count(*) FROM {table} WHERE received_on IS NULL"
    return reading.remembered(f"undated {table}", lambda: int(reading.rows(sql, (), viewer)[0][0]))


def _bars(counts: dict[object, int], dimension: str, labels: Labels) -> list[Bar]:
    """Codes as labels in the vocabulary's order; a null is *Not recorded*, which stands last."""
    named = labels[dimensions.BY_NAME[dimension].vocabulary]
    known = [(named[place], rows) for place, rows in sorted((p, n) for p, n in counts.items() if isinstance(p, int))]
    missing = counts.get(None, 0)
    if not missing:
        return known
    recorded = dict(known)
    recorded[vocabularies.NOT_RECORDED] = recorded.pop(vocabularies.NOT_RECORDED, 0) + missing
    return list(recorded.items())
