"""Cases as the clocks find them in a build: written by a test, settled into tables, timed by the real SQL."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

from etl.calendar import load_calendar
from etl.clocks import clock_statements
from etl.profile import Profile
from tests.etl.oracle.clock_oracle import LONDON, Moment

CLOCK = """CREATE OR REPLACE TABLE clock (
  authority VARCHAR, case_kind VARCHAR, case_key UUID, case_code VARCHAR, clock_name VARCHAR,
  started_at TIMESTAMPTZ, started_on DATE, due_at TIMESTAMPTZ, stopped_at TIMESTAMPTZ, state VARCHAR)"""
AS_AT = "CREATE OR REPLACE TABLE data_as_at (authority VARCHAR, data_as_at TIMESTAMPTZ)"


@dataclass(frozen=True)
class Case:
    """One case with its moments and dimensions; `number` becomes its key."""

    number: int
    authority: str
    kind: str = "contact"
    moments: Mapping[str, Moment | None] = field(default_factory=dict)
    dimensions: Mapping[str, Any] = field(default_factory=dict)
    has_decisions: bool = True
    is_decided: bool | None = None


@dataclass(frozen=True)
class Timed:
    """A row of `clock`, moments in UTC."""

    number: int
    clock_name: str
    started_on: date
    due_at: datetime | None
    stopped_at: datetime | None
    state: str


def connection_with_calendar(profiles: Mapping[str, Profile], first: date, last: date) -> duckdb.DuckDBPyConnection:
    """A build database whose calendar has what cases from `first` to `last` need."""
    con = duckdb.connect(config={"threads": 2})
    con.execute("SET TimeZone = 'Europe/London'")
    load_calendar(con, profiles, first, last)
    return con


def timed(
    con: duckdb.DuckDBPyConnection,
    profiles: Mapping[str, Profile],
    cases: Sequence[Case],
    as_at: Mapping[str, datetime],
) -> list[Timed]:
    """Settle the cases, run every clock statement, return the rows in the order of number and clock."""
    con.execute(CLOCK)
    con.execute(AS_AT)
    con.executemany("INSERT INTO data_as_at VALUES (?, ?)", list(as_at.items()))
    for kind in ("consultation", "contact", "referral"):
        con.register(f"settled_{kind}", _table(kind, profiles, [case for case in cases if case.kind == kind]))
    for step in clock_statements(profiles):
        con.execute(step.sql)
    query = """SELECT case_key, clock_name, started_on, timezone('UTC', due_at), timezone('UTC', stopped_at), state
      FROM clock ORDER BY case_key, clock_name"""
    return [_timed(*row) for row in con.execute(query).fetchall()]


def _timed(key: UUID, name: str, on: date, due: datetime | None, stop: datetime | None, state: str) -> Timed:
    return Timed(int(key), name, on, due and due.replace(tzinfo=UTC), stop and stop.replace(tzinfo=UTC), state)


def _table(kind: str, profiles: Mapping[str, Profile], cases: Sequence[Case]) -> pa.Table:
    clocks = [clock for profile in profiles.values() for clock in profile.clocks if clock.case == kind]
    names = {name for clock in clocks for name in (clock.starts, clock.stops, *clock.needs) if name}
    columns: dict[str, pa.Array] = {
        "authority": pa.array([case.authority for case in cases], pa.string()),
        f"{kind}_key": pa.array([str(UUID(int=case.number)) for case in cases], pa.string()),
        "case_code": pa.array([f"CASE{case.number:06}" for case in cases], pa.string()),
        "has_decisions": pa.array([case.has_decisions for case in cases], pa.bool_()),
        "is_decided": pa.array([_is_decided(case) for case in cases], pa.bool_()),
    }
    for name in sorted(names):
        moments = [case.moments.get(name) for case in cases]
        columns[name] = pa.array([_instant(moment) for moment in moments], pa.timestamp("us", tz="UTC"))
        has_time = [None if moment is None else moment.at is not None for moment in moments]
        columns[f"{name}_has_time"] = pa.array(has_time, pa.bool_())
    for name in sorted({column for clock in clocks for column in clock.applies_when}):
        columns[name] = _dimension(name, cases)
    return pa.table(columns)


def _dimension(name: str, cases: Iterable[Case]) -> pa.Array:
    values = [case.dimensions.get(name) for case in cases]
    return pa.array(values, pa.bool_() if name.startswith("is_") else pa.string())


def _is_decided(case: Case) -> bool:
    return case.moments.get("decided_at") is not None if case.is_decided is None else case.is_decided


def _instant(moment: Moment | None) -> datetime | None:
    if moment is None or moment.at is not None:
        return moment and moment.at
    assert moment.on is not None
    return datetime.combine(moment.on, time(), LONDON).astimezone(UTC)


def read_moment(text: str) -> Moment | None:
    """A local moment as files have it: `YYYY-MM-DD HH:MM[:SS]` or a date; blank is None."""
    if not text:
        return None
    if len(text) == 10:
        return Moment(on=date.fromisoformat(text))
    return Moment(at=datetime.fromisoformat(text).replace(tzinfo=LONDON, fold=0).astimezone(UTC))
