"""Filters as an SQL condition. Names come from the contract, values are parameters; nothing a client sends is SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from dashboard.filters import Filters, Labels
from etl.contract import dimensions, vocabularies

TRUE = "true"


@dataclass
class Condition:
    """An SQL condition and the values of its `?`, in their order."""

    parts: list[str] = field(default_factory=list)
    values: list[object] = field(default_factory=list)

    def add(self, sql: str, *values: object) -> None:
        """One more thing that must hold."""
        self.parts.append(sql)
        self.values += values

    @property
    def sql(self) -> str:
        """The condition; `true` when nothing is asked for."""
        return " AND ".join(self.parts) or TRUE


def code(dimension: str) -> str:
    """The small integer of an ENUM column: three times as fast to compare as the ENUM."""
    return f'enum_code("{dimensions.BY_NAME[dimension].name}")'


def code_type(labels: Labels, dimension: str) -> str:
    """The integer type of that code."""
    return "UTINYINT" if len(labels[dimensions.BY_NAME[dimension].vocabulary]) < 256 else "USMALLINT"


def values_condition(filters: Filters, table: str, labels: Labels) -> Condition:
    """The dimension values asked for, as far as `table` carries them. A null counts as *Not recorded*."""
    condition = Condition()
    for name, chosen in filters.applied(table):
        known = labels[dimensions.BY_NAME[name].vocabulary]
        codes = [known.index(value) for value in chosen if value in known]
        marks = ", ".join([f"?::{code_type(labels, name)}"] * len(codes))
        sql = f"{code(name)} IN ({marks})"
        if vocabularies.NOT_RECORDED in chosen:
            sql = f'({sql} OR "{name}" IS NULL)'
        condition.add(sql, *codes)
    return condition


def period_condition(condition: Condition, filters: Filters, as_at: date) -> Condition:
    """`condition` and the days asked for."""
    first, last = filters.days(as_at)
    if first:
        condition.add("received_on >= ?::DATE", first)
    condition.add("received_on <= ?::DATE", last)
    return condition
