"""Clocks against the slow oracle, against hand-made cases, and rule by rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from etl.profile import Profile
from tests.etl.oracle import clock_oracle as oracle
from tests.etl.oracle.examples import FIRST, LAST, OFFICES, instants, profile_of, spans
from tests.etl.oracle.settled import Case, connection_with_calendar, timed

LIMITS = {
    "elapsed_hours": (1, 24, 48),
    "working_days": (1, 3, 15),
    "working_hours": (1, 8, 12),
    "calendar_months": (1, 6),
}
# A batch of forty cases shrinks for minutes; its difference names the case anyway.
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
Batch = tuple[datetime, list[tuple[str, oracle.Moment, oracle.Moment | None]]]
batches = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck), phases=QUICK)


def rule(kind: str, limit: int | None, **more: Any) -> dict[str, Any]:
    span = {"starts": "received_at", "stops": None if kind == "in_hours" else "decided_at"}
    return {"name": f"{kind} {limit}", "case": "contact", "kind": kind, "limit": limit} | span | more


@cache
def offices(kind: str, limit: int | None) -> dict[str, Profile]:
    return {code: profile_of(code, office, [rule(kind, limit)]) for code, office in OFFICES.items()}


@cache
def calendar() -> duckdb.DuckDBPyConnection:
    return connection_with_calendar(offices("working_days", 1), FIRST - timedelta(days=60), LAST.replace(year=2031))


def batch(kind: str, limit: int) -> st.SearchStrategy[Batch]:
    def with_as_at(as_at: datetime) -> st.SearchStrategy[Batch]:
        return st.tuples(st.just(as_at), st.lists(spans(kind, limit, as_at), min_size=20, max_size=40))

    return instants.flatmap(with_as_at)


def assert_as_the_oracle_says(kind: str, limit: int, as_at: datetime, spans: Any) -> None:
    cases = [
        Case(number, office, moments={"received_at": start, "decided_at": stop})
        for number, (office, start, stop) in enumerate(spans)
    ]
    rows = timed(calendar(), offices(kind, limit or None), cases, dict.fromkeys(OFFICES, as_at))
    found = [(row.number, row.started_on, row.due_at, row.state) for row in rows]
    assert found == [expected(number, kind, limit, span, as_at) for number, span in enumerate(spans)]


def expected(number: int, kind: str, limit: int, span: Any, as_at: datetime) -> tuple[Any, ...]:
    office, start, stop = OFFICES[span[0]], span[1], None if kind == "in_hours" else span[2]
    state = oracle.state(office, kind, limit, start, stop, as_at)
    due = None if state == "not measurable" else oracle.due(office, kind, limit, start)
    return number, start.day, due, state


@pytest.mark.parametrize(("kind", "limit"), [(kind, limit) for kind, limits in LIMITS.items() for limit in limits])
def test_due_moment_and_state_are_those_of_the_oracle(kind: str, limit: int) -> None:
    @batches
    @given(batch(kind, limit))
    def holds(example: Batch) -> None:
        assert_as_the_oracle_says(kind, limit, *example)

    holds()


@batches
@given(batch("in_hours", 0))
def test_in_hours_is_what_the_oracle_says(example: Batch) -> None:
    assert_as_the_oracle_says("in_hours", 0, *example)
