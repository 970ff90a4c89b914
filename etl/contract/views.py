"""SQL views for the analyst: the case tables with derived columns, and each measure by month."""

from __future__ import annotations

from dataclasses import dataclass

from etl.contract.measures import MEASURES, Measure


@dataclass(frozen=True)
class View:
    """A view: its name, its comment and its SELECT. No view derives a day from a moment."""

    name: str
    comment: str
    sql: str


_CALENDAR = (
    "calendar.quarter AS received_quarter, calendar.week_starts_on AS received_week, "
    "calendar.financial_year AS received_financial_year, calendar.is_working_day AS is_received_on_working_day"
)


def _with_calendar(table: str, derived: str = "") -> str:
    return (
        f"SELECT {table}.*, {_CALENDAR}{derived} FROM {table} "
        f"LEFT JOIN calendar ON calendar.authority = {table}.authority AND calendar.day = {table}.received_on"
    )


def _measure_select(measure: Measure) -> str:
    base = measure.base_sql or "NULL::BIGINT"
    return (
        f"SELECT '{measure.name}' AS measure, authority, received_month, {measure.count_sql} AS numerator, "
        f"{base} AS denominator FROM {measure.grain} WHERE received_month IS NOT NULL GROUP BY ALL"
    )


VIEWS: tuple[View, ...] = (
    View(
        "contact_view",
        "contact with the calendar of its day of receipt, hours to decision, and form completeness",
        _with_calendar(
            "contact",
            ", minutes_to_decision / 60.0 AS hours_to_decision"
            ", fields_filled / nullif(fields_relevant, 0) AS share_of_fields_filled",
        ),
    ),
    View("contact_child_view", "contact_child with the calendar of its day of receipt", _with_calendar("contact_child")),
    View("consultation_view", "consultation with the calendar of its day of receipt", _with_calendar("consultation")),
    View("referral_view", "referral with the calendar of its day of receipt", _with_calendar("referral")),
    View(
        "clock_view",
        "clock with its rule in words, and whether it counts in compliance",
        "SELECT clock.*, clock_rule.title, clock_rule.source, state IN ('in time', 'late', 'open, overdue') AS is_counted "
        "FROM clock LEFT JOIN clock_rule ON clock_rule.authority = clock.authority "
        "AND clock_rule.clock_name = clock.clock_name AND clock.started_on >= clock_rule.starts_on "
        "AND (clock_rule.ends_on IS NULL OR clock.started_on <= clock_rule.ends_on)",
    ),
    View(
        "measure_by_month",
        "each measure by authority and month of receipt: numerator and denominator, never a rate of rates",
        " UNION ALL ".join(_measure_select(measure) for measure in MEASURES),
    ),
)
