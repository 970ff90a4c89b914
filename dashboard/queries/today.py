"""This morning's position: one statement over the contacts of this week and all that are open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import NamedTuple

from dashboard import periods, wording
from dashboard.access.viewer import Viewer
from dashboard.filters import Filters
from dashboard.queries.where import code, values_condition
from dashboard.snapshot import Reading, Row

GROUPS = ("level_requested", "urgency")


class Position(NamedTuple):
    """Counts of contact events. `overdue` at data as at; `due_today` to the end of today by the clock on the wall,
    `due_passed` of those are past by now; `untimed` open without a due moment; `unknown` whether open is not told."""

    received_day: int
    received_week: int
    open: int
    overdue: int
    due_today: int
    due_passed: int
    untimed: int
    unknown: int
    oldest_due: datetime | None


NOTHING = Position(0, 0, 0, 0, 0, 0, 0, 0, None)


class Case(NamedTuple):
    """An open contact of the work list, with the moment its decision is due."""

    case_code: str
    due_at: datetime
    state: str
    level: str | None
    urgency: str | None
    agency_type: str | None
    received_at: datetime


@dataclass(frozen=True)
class Today:
    """The position as a whole, by level and urgency, and the cases due soonest."""

    whole: Position
    by: dict[str, list[tuple[str, Position]]]
    cases: Sequence[Case]


LISTED = {
    "open": "decision_due_at IS NOT NULL",
    "overdue": "decision_state = 'open, overdue'",
    "due-today": "decision_state = 'open, in time' AND decision_due_at BETWEEN ?::TIMESTAMPTZ AND ?::TIMESTAMPTZ",
}

COLUMNS = """received_on, received_at, is_open, decision_state, decision_due_at, case_code, level_requested, urgency,
  agency_type, {level} AS level_code, {urgency} AS urgency_code"""

# Two branches, not one with OR: each can pass over the parts of the table that hold nothing it asks for.
SQL = """
WITH chosen AS MATERIALIZED (
  SELECT {columns} FROM contact WHERE received_on >= ?::DATE AND {condition}
  UNION ALL
  SELECT {columns} FROM contact WHERE is_open = true AND received_on < ?::DATE AND {condition}
),
counted AS (
  SELECT grouping(level_code, urgency_code) AS which, level_code, urgency_code,
    count(*) FILTER (received_on = ?::DATE) AS received_day,
    count(*) FILTER (received_on >= ?::DATE) AS received_week,
    count(*) FILTER (is_open) AS open,
    count(*) FILTER (is_open AND decision_state = 'open, overdue') AS overdue,
    count(*) FILTER (is_open AND decision_state = 'open, in time' AND decision_due_at <= ?::TIMESTAMPTZ) AS due_today,
    count(*) FILTER (is_open AND decision_state = 'open, in time' AND decision_due_at < ?::TIMESTAMPTZ) AS due_passed,
    count(*) FILTER (is_open AND decision_due_at IS NULL) AS untimed,
    count(*) FILTER (is_open IS NULL) AS unknown,
    min(decision_due_at) FILTER (is_open AND decision_state = 'open, overdue') AS oldest_due
  FROM chosen GROUP BY GROUPING SETS ((), (level_code), (urgency_code))
),
listed AS (
  SELECT case_code, decision_due_at, decision_state::VARCHAR AS state, level_requested::VARCHAR AS level,
    urgency::VARCHAR AS urgency, agency_type::VARCHAR AS agency_type, received_at
  FROM chosen WHERE is_open AND {listed}
  ORDER BY decision_due_at, case_code LIMIT ?
)
SELECT counted.*, NULL AS cases FROM counted
UNION ALL BY NAME
SELECT -1 AS which, list(row(case_code, decision_due_at, state, level, urgency, agency_type, received_at)
  ORDER BY decision_due_at, case_code) AS cases FROM listed
"""


def read(reading: Reading, viewer: Viewer, filters: Filters, as_at: datetime, now: datetime) -> Today:
    """The position at data as at; only time left and due today look at `now`."""
    condition = values_condition(filters, "contact", reading.labels)
    listed = LISTED[filters.listed]
    columns = COLUMNS.format(level=code(GROUPS[0]), urgency=code(GROUPS[1]))
    sql = SQL.format(columns=columns, condition=condition.sql, listed=listed)
    day = as_at.astimezone(wording.LONDON).date()
    monday = periods.week_start(day)
    end = end_of_day(now)
    between = [now, end] if "?" in listed else []
    values = [monday, *condition.values, monday, *condition.values, day, monday, end, now, *between, filters.rows]
    rows = reading.rows(sql, values, viewer)
    whole = next((Position(*row[3:-1]) for row in rows if row[0] == 3), NOTHING)
    cases = next((row[-1] or [] for row in rows if row[0] == -1), [])
    return Today(whole, _by(rows, reading), [Case(*case) for case in cases])


def end_of_day(now: datetime) -> datetime:
    """The last second of the local day of `now`."""
    local = now.astimezone(wording.LONDON)
    return datetime.combine(local.date() + timedelta(days=1), time(), wording.LONDON) - timedelta(seconds=1)


def _by(rows: Sequence[Row], reading: Reading) -> dict[str, list[tuple[str, Position]]]:
    vocabularies = {"level_requested": "level", "urgency": "urgency"}
    found: dict[str, list[tuple[str, Position]]] = {}
    for place, (name, mask) in enumerate(zip(GROUPS, (1, 2), strict=True)):
        labels = reading.labels[vocabularies[name]]
        mine = {row[1 + place]: Position(*row[3:-1]) for row in rows if row[0] == mask}
        found[name] = [(label, mine.get(number, NOTHING)) for number, label in enumerate(labels)]
    return found
