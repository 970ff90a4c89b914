"""SQL views for the analyst: the case tables with derived columns, and each measure by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from etl.contract import tables
from etl.contract.measures import MEASURES, Measure


@dataclass(frozen=True)
class View:
    """A view: name, comment, SELECT, and the comments of its columns. No view derives a day from a moment."""

    name: str
    comment: str
    sql: str
    column_comments: Mapping[str, str]


_CALENDAR = {
    "received_quarter": ("calendar.quarter", "First day of the quarter of receipt"),
    "received_week": ("calendar.week_starts_on", "Monday of the week of receipt"),
    "received_financial_year": ("calendar.financial_year", "Financial year of receipt"),
    "is_received_on_working_day": ("calendar.is_working_day", "Received on a working day"),
}


def _comments(table: str) -> dict[str, str]:
    return {column.name: column.comment for column in tables.BY_NAME[table].columns}


def _case_view(table: str, comment: str, derived: Mapping[str, tuple[str, str]] | None = None) -> View:
    """`table` with the calendar of its day of receipt and `derived` columns: name → (SQL, comment)."""
    added = {**_CALENDAR, **(derived or {})}
    columns = ", ".join(f"{sql} AS {name}" for name, (sql, _) in added.items())
    sql = (
        f"SELECT {table}.*, {columns} FROM {table} "
        f"LEFT JOIN calendar ON calendar.authority = {table}.authority AND calendar.day = {table}.received_on"
    )
    comments = {**_comments(table), **{name: words for name, (_, words) in added.items()}}
    return View(f"{table}_view", comment, sql, comments)


def _measure_select(measure: Measure) -> str:
    base = measure.base_sql or "NULL::BIGINT"
    return (
        f"SELECT '{measure.name}' AS measure, authority, received_month, {measure.count_sql} AS numerator, "
        f"{base} AS denominator FROM {measure.grain} WHERE received_month IS NOT NULL GROUP BY ALL"
    )


def _rule_words(column: str) -> str:
    # A clock may be written as several rules for cases of different kinds: a join would repeat its rows.
    return (
        f"(SELECT string_agg({column}, '; ' ORDER BY {column}) FROM (SELECT DISTINCT {column} FROM clock_rule "
        "WHERE clock_rule.authority = clock.authority AND clock_rule.clock_name = clock.clock_name "
        "AND clock.started_on >= clock_rule.starts_on "
        "AND (clock_rule.ends_on IS NULL OR clock.started_on <= clock_rule.ends_on)) AS said)"
    )


_CLOCK_VIEW = View(
    "clock_view",
    "clock with its rule in words, and whether it counts in compliance",
    f"SELECT clock.*, {_rule_words('title')} AS title, {_rule_words('source')} AS source, "
    "state IN ('in time', 'late', 'open, overdue') AS is_counted FROM clock",
    {
        **_comments("clock"),
        "title": "What the clock asks, in words",
        "source": "Where the rule comes from",
        "is_counted": "Counts in compliance: in time, late, or open and overdue",
    },
)
_MEASURE_VIEW = View(
    "measure_by_month",
    "each measure by authority and month of receipt: numerator and denominator, never a rate of rates",
    " UNION ALL ".join(_measure_select(measure) for measure in MEASURES),
    {
        "measure": "Measure (`measure.measure`)",
        "authority": "Authority",
        "received_month": "First day of the month of receipt",
        "numerator": "Rows that count",
        "denominator": "Rows they are counted among; null for a volume",
    },
)
VIEWS: tuple[View, ...] = (
    _case_view(
        "contact",
        "contact with the calendar of its day of receipt, hours to decision, and form completeness",
        {
            "hours_to_decision": ("minutes_to_decision / 60.0", "Elapsed hours to the first decision"),
            "share_of_fields_filled": (
                "fields_filled / nullif(fields_relevant, 0)",
                "Share of the form fields that count for the channel that are filled",
            ),
        },
    ),
    _case_view("contact_child", "contact_child with the calendar of its day of receipt"),
    _case_view("consultation", "consultation with the calendar of its day of receipt"),
    _case_view("referral", "referral with the calendar of its day of receipt"),
    _CLOCK_VIEW,
    _MEASURE_VIEW,
)
