"""Clocks against the slow oracle, against hand-made cases, and rule by rule."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
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
# The oracle walks through working hours minute by minute: fewer of them.
SIZES = {"working_hours": 16}
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
        return st.tuples(st.just(as_at), st.lists(spans(kind, limit, as_at), min_size=10, max_size=SIZES.get(kind, 40)))

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


def noon(day: str) -> oracle.Moment:
    return oracle.Moment(at=datetime.fromisoformat(f"{day} 12:00").replace(tzinfo=oracle.LONDON).astimezone(UTC))


def states(profile: Profile, cases: list[Case], as_at: str = "2026-11-25") -> list[tuple[int, str, str]]:
    con = connection_with_calendar({profile.code: profile}, date(2026, 1, 1), date(2026, 12, 31))
    rows = timed(con, {profile.code: profile}, cases, {profile.code: noon(as_at).instant})
    return [(row.number, row.clock_name, row.state) for row in rows]


def test_a_rule_runs_for_cases_that_start_on_its_days_both_ends_included() -> None:
    days = {"starts_on": date(2026, 11, 2), "ends_on": date(2026, 11, 4)}
    profile = profile_of("plain", oracle.Office(), [rule("working_days", 1, name="decision", **days)])
    received = ["2026-11-01", "2026-11-02", "2026-11-04", "2026-11-05"]
    cases = [Case(number, "plain", moments={"received_at": noon(day)}) for number, day in enumerate(received)]
    assert [number for number, _, _ in states(profile, cases)] == [1, 2]


def test_consecutive_rules_of_a_clock_give_a_case_one_row_by_its_start() -> None:
    old = rule("working_days", 5, name="decision", ends_on=date(2026, 11, 15))
    new = rule("elapsed_hours", 24, name="decision", starts_on=date(2026, 11, 16))
    profile = profile_of("plain", oracle.Office(), [old, new])
    cases = [
        Case(0, "plain", moments={"received_at": noon("2026-11-13"), "decided_at": noon("2026-11-18")}),
        Case(1, "plain", moments={"received_at": noon("2026-11-16"), "decided_at": noon("2026-11-18")}),
    ]
    assert states(profile, cases) == [(0, "decision", "in time"), (1, "decision", "late")]


def test_two_clocks_of_the_same_shape_give_a_case_two_rows() -> None:
    clocks = [rule("working_days", 1, name="decision"), rule("working_days", 3, name="decision at last")]
    case = Case(0, "plain", moments={"received_at": noon("2026-11-18"), "decided_at": noon("2026-11-20")})
    found = states(profile_of("plain", oracle.Office(), clocks), [case])
    assert found == [(0, "decision", "late"), (0, "decision at last", "in time")]


@pytest.mark.parametrize(
    ("has_decisions", "is_decided", "stop", "state"),
    [
        (True, False, None, "open, overdue"),
        (True, True, None, "not measurable"),
        (False, False, None, "not measurable"),
        (False, True, noon("2026-11-18"), "not measurable"),
        (True, True, noon("2026-11-18"), "in time"),
    ],
)
def test_a_decision_clock_needs_decisions_with_moments(
    has_decisions: bool, is_decided: bool, stop: oracle.Moment | None, state: str
) -> None:
    moments = {"received_at": noon("2026-11-18"), "decided_at": stop}
    case = Case(0, "plain", moments=moments, has_decisions=has_decisions, is_decided=is_decided)
    profile = profile_of("plain", oracle.Office(), [rule("working_days", 1, name="decision")])
    assert states(profile, [case]) == [(0, "decision", state)]


@pytest.mark.parametrize(("stop", "state"), [(None, "not measurable"), (noon("2026-11-18"), "in time")])
def test_a_feed_without_decisions_has_nothing_open(stop: oracle.Moment | None, state: str) -> None:
    moments = {"received_at": noon("2026-11-18"), "acknowledged_at": stop}
    case = Case(0, "plain", moments=moments, has_decisions=False)
    profile = profile_of("plain", oracle.Office(), [rule("working_days", 1, name="answer", stops="acknowledged_at")])
    assert states(profile, [case]) == [(0, "answer", state)]


def test_what_is_not_measurable_has_no_due_moment() -> None:
    profile = profile_of("plain", oracle.Office(), [rule("working_days", 1)])
    case = Case(0, "plain", moments={"received_at": noon("2026-11-18")}, is_decided=True)
    con = connection_with_calendar({"plain": profile}, date(2026, 1, 1), date(2026, 12, 31))
    [row] = timed(con, {"plain": profile}, [case], {"plain": noon("2026-11-25").instant})
    assert (row.due_at, row.state) == (None, "not measurable")


@pytest.mark.parametrize(("kind", "limit"), [("working_days", 1), ("working_hours", 9), ("calendar_months", 1)])
@pytest.mark.parametrize("last", ["2026-11-17", "2026-11-18"])
def test_a_calendar_that_is_too_short_is_an_error(kind: str, limit: int, last: str) -> None:
    profile = profile_of("plain", oracle.Office(), [rule(kind, limit)])
    con = connection_with_calendar({"plain": profile}, date(2026, 1, 1), date(2026, 12, 31))
    con.execute("DELETE FROM calendar WHERE day > ?", [last])
    case = Case(0, "plain", moments={"received_at": noon("2026-11-18")})
    with pytest.raises(duckdb.InvalidInputException, match="the calendar does not cover"):
        timed(con, {"plain": profile}, [case], {"plain": noon("2026-11-25").instant})


def test_words_in_conditions_are_quoted() -> None:
    profile = profile_of("plain", oracle.Office(), [rule("working_days", 1, name="what's decided")])
    case = Case(0, "plain", moments={"received_at": noon("2026-11-24")})
    assert states(profile, [case]) == [(0, "what's decided", "open, in time")]
