"""The measures that have a denominator, over a period: one scan per case table, one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.access.viewer import Viewer
from dashboard.filters import Filters, Labels
from dashboard.queries.where import period_condition, values_condition
from dashboard.snapshot import Reading
from etl.contract.measures import MEASURES, Measure

SHARES: tuple[Measure, ...] = tuple(measure for measure in MEASURES if measure.denominator is not None)


@dataclass(frozen=True)
class Share:
    """A measure's numerator and denominator, in rows of its grain."""

    measure: Measure
    numerator: int
    denominator: int


def statement(filters: Filters, as_at: date, labels: Labels) -> tuple[str, list[object]]:
    """SQL of (grain, numerators, denominators), the measures in the order of the contract, and its values."""
    parts, values = [], []
    for grain in dict.fromkeys(measure.grain for measure in SHARES):
        mine = [measure for measure in SHARES if measure.grain == grain]
        condition = period_condition(values_condition(filters, grain, labels), filters, as_at)
        tops = ", ".join(measure.count_sql for measure in mine)
        bases = ", ".join(str(measure.base_sql) for measure in mine)
        parts.append(
            f"SELECT '{grain}' AS grain, [{tops}] AS tops, [{bases}] AS bases FROM {grain} WHERE {condition.sql}"
        )
        values += condition.values
    return " UNION ALL ".join(parts), values


def read(reading: Reading, viewer: Viewer, filters: Filters, as_at: date) -> list[Share]:
    """Each measure over the period and values asked for; values a grain does not carry are not applied."""
    sql, values = statement(filters, as_at, reading.labels)
    found = {grain: iter(zip(tops, bases, strict=True)) for grain, tops, bases in reading.rows(sql, values, viewer)}
    return [Share(measure, *next(found[measure.grain])) for measure in SHARES]
