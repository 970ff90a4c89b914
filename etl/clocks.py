"""Clocks in SQL: which rules run for a case, when each is due, and its state at the data's moment.

Rules that differ only in authority, dates, name or limit share one INSERT. For each of them the calendar is first
turned into one small table of deadlines by authority and day, so that a case needs a single join to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from etl.profile import Clock, Profile

Rules = list[tuple[str, Clock]]
OPEN_END = "9999-12-31"
HOURS_KINDS = frozenset({"elapsed_hours", "working_hours", "in_hours"})
CALENDAR_TOO_SHORT = "the calendar does not cover the day on which a clock starts or is due"


class Step(NamedTuple):
    """A named piece of SQL that runs on its own."""

    name: str
    sql: str


class Shape(NamedTuple):
    """What rules have in common that share one INSERT."""

    case: str
    kind: str
    starts: str
    stops: str | None
    needs: tuple[str, ...]
    applies_when: tuple[tuple[str, tuple[bool | str, ...]], ...]


def clock_statements(profiles: Mapping[str, Profile]) -> list[Step]:
    """Checks that the calendar covers the cases, then one INSERT INTO clock for each shape of rule.

    Reads `settled_consultation`, `settled_contact`, `settled_referral` (authority, key, case_code, has_decisions,
    is_decided, every moment X with X_has_time, and the columns named in applies_when), `calendar` and `data_as_at`.
    The session's time zone must be Europe/London. DuckDB raises InvalidInputException when a clock starts or is due
    on a day that is not in the calendar (`etl.calendar.calendar_span` says which days it needs).
    """
    shapes, lines = _rules_by_shape(profiles), _line_values(profiles)
    inserts = [Step(_name(shape), _insert(shape, rules, lines)) for shape, rules in shapes.items()]
    return [*_coverage_steps(shapes), *inserts]


def _rules_by_shape(profiles: Mapping[str, Profile]) -> dict[Shape, Rules]:
    shapes: dict[Shape, Rules] = {}
    for code, profile in profiles.items():
        for clock in profile.clocks:
            shapes.setdefault(_shape(clock), []).append((code, clock))
    return shapes


def _shape(clock: Clock) -> Shape:
    conditions = tuple(sorted(clock.applies_when.items()))
    return Shape(clock.case, clock.kind, clock.starts, clock.stops, clock.needs, conditions)


def _name(shape: Shape) -> str:
    conditions = [f"{column} {'/'.join(map(str, values))}" for column, values in shape.applies_when]
    parts = (shape.case, shape.kind, f"{shape.starts} to {shape.stops or 'none'}", *conditions, *shape.needs)
    return "clocks: " + ", ".join(parts)


def _coverage_steps(shapes: Mapping[Shape, Rules]) -> list[Step]:
    by_start: dict[tuple[str, str], Rules] = {}
    for shape, rules in shapes.items():
        by_start.setdefault((shape.case, shape.starts), []).extend(rules)
    return [
        Step(f"calendar covers {case} {starts}", _coverage(case, starts, rules))
        for (case, starts), rules in by_start.items()
    ]


def _coverage(case: str, starts: str, rules: Rules) -> str:
    # A table, so that the engine cannot put the check off until rows are fetched.
    return f"""
CREATE OR REPLACE TEMP TABLE clock_not_covered AS
WITH rule(authority, clock_name, allowed, starts_on, ends_on) AS (
  VALUES {_rule_values(rules)}
),
covered AS (
  SELECT authority, min(day) AS first_on, max(day) AS last_on, max(day_ends_at) AS last_at
  FROM calendar
  GROUP BY authority
),
started AS (
  SELECT authority, min({starts}) AS first_at, max({starts}) AS last_at
  FROM settled_{case}
  WHERE {starts} IS NOT NULL
  GROUP BY authority
)
SELECT error('{CALENDAR_TOO_SHORT}') AS problem
FROM started
JOIN rule ON rule.authority = started.authority
LEFT JOIN covered ON covered.authority = started.authority
WHERE covered.authority IS NULL
  OR (rule.starts_on < covered.first_on AND started.first_at < CAST(covered.first_on AS TIMESTAMPTZ))
  OR (rule.ends_on > covered.last_on AND started.last_at > covered.last_at)
"""


def _insert(shape: Shape, rules: Rules, lines: str) -> str:
    return f"""
INSERT INTO clock BY NAME
WITH rule(authority, clock_name, allowed, starts_on, ends_on) AS (
  VALUES {_rule_values(rules)}
),{lines if shape.kind == "in_hours" else ""}
deadline AS MATERIALIZED (
{DEADLINES[shape.kind]}
),
started AS (
{_started(shape)}
),
timed AS (
{TIMED[shape.kind]}
)
SELECT
  timed.authority, '{shape.case}' AS case_kind, case_key, case_code, clock_name, started_at, started_on,
  CASE WHEN is_measurable THEN due_at END AS due_at,
  stopped_at,
  {_state(shape)} AS state
FROM timed
JOIN data_as_at ON data_as_at.authority = timed.authority
"""


def _rule_values(rules: Rules) -> str:
    rows = (
        f"({_quoted(code)}, {_quoted(clock.name)}, {clock.limit or 0},"
        f" DATE '{clock.starts_on}', DATE '{clock.ends_on or OPEN_END}')"
        for code, clock in rules
    )
    return ",\n    ".join(rows)


def _line_values(profiles: Mapping[str, Profile]) -> str:
    """The days for which consultation hours are known; on others *in hours* cannot be told."""
    rows = [
        f"({_quoted(code)}, DATE '{hours.starts_on}', DATE '{hours.ends_on or OPEN_END}')"
        for code, profile in profiles.items()
        for hours in profile.consultation_hours
    ]
    known = ", ".join(rows or [f"('', DATE '{OPEN_END}', DATE '{OPEN_END}')"])
    return f"\nline(authority, starts_on, ends_on) AS (\n  VALUES {known}\n),"


def _started(shape: Shape) -> str:
    stopped_at = f"settled.{shape.stops}" if shape.stops else f"settled.{shape.starts}"
    conditions = [f"settled.{shape.starts} IS NOT NULL", *(f"settled.{column} IS NOT NULL" for column in shape.needs)]
    conditions += [f"settled.{column} IN ({_listed(values)})" for column, values in shape.applies_when]
    return f"""\
  SELECT
    settled.authority, settled.{shape.case}_key AS case_key, settled.case_code,
    settled.{shape.starts} AS started_at, {stopped_at} AS stopped_at, {_measurable(shape)} AS is_measurable,
    deadline.* EXCLUDE (authority, day), deadline.day AS started_on
  FROM settled_{shape.case} AS settled
  JOIN deadline ON deadline.authority = settled.authority AND deadline.day = CAST(settled.{shape.starts} AS DATE)
  WHERE {" AND ".join(conditions)}"""


def _measurable(shape: Shape) -> str:
    """A date cannot run hours; a decision without a moment, or a feed without decisions, cannot run a clock."""
    conditions: list[str] = []
    if shape.kind in HOURS_KINDS:
        conditions.append(f"settled.{shape.starts}_has_time")
    if shape.kind in HOURS_KINDS and shape.stops:
        conditions.append(f"(settled.{shape.stops} IS NULL OR settled.{shape.stops}_has_time)")
    if shape.stops == "decided_at":
        conditions.append("settled.has_decisions AND (settled.decided_at IS NOT NULL OR NOT settled.is_decided)")
    elif shape.stops:
        conditions.append(f"(settled.has_decisions OR settled.{shape.stops} IS NOT NULL)")
    return f"coalesce({' AND '.join(conditions)}, false)"


def _state(shape: Shape) -> str:
    if shape.kind == "in_hours":
        return IN_HOURS_STATE
    return """CASE
    WHEN NOT is_measurable THEN 'not measurable'
    WHEN stopped_at <= due_at THEN 'in time'
    WHEN stopped_at IS NOT NULL THEN 'late'
    WHEN data_as_at <= due_at THEN 'open, in time'
    ELSE 'open, overdue' END"""


def _listed(values: Iterable[bool | str]) -> str:
    return ", ".join(str(value).lower() if isinstance(value, bool) else _quoted(value) for value in values)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


_RULE_DAYS = """\
  FROM rule
  JOIN calendar AS start
    ON start.authority = rule.authority AND start.day BETWEEN rule.starts_on AND rule.ends_on"""
_BY_DAY = f"  SELECT start.authority, start.day, rule.clock_name, rule.allowed\n{_RULE_DAYS}"

DEADLINES = {
    "elapsed_hours": _BY_DAY,
    "working_days": f"""\
  SELECT
    start.authority, start.day, rule.clock_name, start.closes_at,
    same.day_ends_at AS due_when_before_closing, next.day_ends_at AS due_when_after
{_RULE_DAYS}
  LEFT JOIN calendar AS same
    ON same.authority = start.authority AND same.is_working_day
    AND same.working_day_number = start.working_day_number + rule.allowed
  LEFT JOIN calendar AS next
    ON next.authority = start.authority AND next.is_working_day
    AND next.working_day_number = start.working_day_number + rule.allowed + 1""",
    "calendar_months": f"""\
  SELECT start.authority, start.day, rule.clock_name, due.day_ends_at
{_RULE_DAYS}
  LEFT JOIN calendar AS due
    ON due.authority = start.authority AND due.day = CAST(start.day + to_months(rule.allowed) AS DATE)""",
    "in_hours": f"""\
  SELECT
    start.authority, start.day, rule.clock_name,
    start.consultation_opens_at AS opens_at, start.consultation_closes_at AS closes_at,
    EXISTS (
      FROM line
      WHERE line.authority = start.authority AND start.day BETWEEN line.starts_on AND line.ends_on
    ) AS is_line_known
{_RULE_DAYS}""",
    "working_hours": f"""\
  SELECT start.authority, start.day, rule.clock_name, start.opens_at, start.closes_at,
    start.working_minutes_before, rule.allowed
{_RULE_DAYS}""",
}

_REACHED = "due.opens_at + to_microseconds(placed.target - due.working_minutes_before::BIGINT * 60_000_000)"
TIMED = {
    "elapsed_hours": "  SELECT *, started_at + to_hours(allowed) AS due_at FROM started",
    "working_days": f"""\
  SELECT *, coalesce(
    CASE WHEN started_at < closes_at THEN due_when_before_closing ELSE due_when_after END,
    CAST(error('{CALENDAR_TOO_SHORT}') AS TIMESTAMPTZ)) AS due_at
  FROM started""",
    "calendar_months": f"""\
  SELECT *, coalesce(day_ends_at, CAST(error('{CALENDAR_TOO_SHORT}') AS TIMESTAMPTZ)) AS due_at FROM started""",
    "in_hours": "  SELECT *, closes_at AS due_at FROM started",
    "working_hours": f"""\
  SELECT placed.*,
    CASE WHEN {_REACHED} <= due.closes_at THEN {_REACHED}
    ELSE CAST(error('{CALENDAR_TOO_SHORT}') AS TIMESTAMPTZ) END AS due_at
  FROM (
    SELECT *,
      working_minutes_before::BIGINT * 60_000_000 + allowed::BIGINT * 3_600_000_000
      + coalesce(greatest(epoch_us(least(started_at, closes_at)) - epoch_us(opens_at), 0), 0) AS target
    FROM started
  ) AS placed
  ASOF LEFT JOIN (SELECT * FROM calendar WHERE is_working_day) AS due
    ON due.authority = placed.authority AND due.working_minutes_before::BIGINT * 60_000_000 < placed.target""",
}

IN_HOURS_STATE = """CASE
    WHEN NOT (is_measurable AND is_line_known) THEN 'not measurable'
    WHEN started_at >= opens_at AND started_at < closes_at THEN 'in time'
    ELSE 'late' END"""
