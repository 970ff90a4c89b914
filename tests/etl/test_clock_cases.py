"""The hand-made cases of `tests/cases/clocks`: what a data officer expects of the shipped profiles."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl.profile import Profile, load_profiles
from etl.profile_checks import moments
from tests.etl.oracle.clock_oracle import LONDON
from tests.etl.oracle.settled import Case, connection_with_calendar, read_moment, timed

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / "tests" / "cases" / "clocks").glob("*.csv"))
# What the column `decision` says about a case: are decisions in the feed, and is one made?
DECISIONS = {
    "recorded": {"is_decided": True},
    "none": {"is_decided": False},
    "no decisions in the feed": {"has_decisions": False, "is_decided": False},
}
Row = dict[str, str]


@pytest.fixture(scope="module")
def profiles() -> dict[str, Profile]:
    return load_profiles(ROOT / "data" / "profiles")


@pytest.fixture(scope="module")
def con(profiles: dict[str, Profile]) -> duckdb.DuckDBPyConnection:
    return connection_with_calendar(profiles, date(2015, 1, 1), date(2027, 12, 31))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_cases_turn_out_as_the_data_officer_expects(
    file: Path, con: duckdb.DuckDBPyConnection, profiles: dict[str, Profile]
) -> None:
    with file.open(encoding="utf-8", newline="") as lines:
        rows = dict(enumerate(csv.DictReader(lines), 2))
    assert found(con, profiles, rows) == {number: expected(row) for number, row in rows.items()}


def found(
    con: duckdb.DuckDBPyConnection, profiles: dict[str, Profile], rows: dict[int, Row]
) -> dict[int, tuple[str, str]]:
    by_extract: dict[str, list[int]] = defaultdict(list)
    for number, row in rows.items():
        by_extract[row["extract"]].append(number)
    states = dict.fromkeys(rows, ("no row", ""))
    for extract, numbers in by_extract.items():
        cases = [case_of(number, rows[number], profiles) for number in numbers]
        for result in timed(con, profiles, cases, dict.fromkeys(profiles, _at(extract))):
            if result.clock_name == rows[result.number]["clock"]:
                states[result.number] = (result.state, _local(result.due_at))
    return states


def expected(row: Row) -> tuple[str, str]:
    return row["expected_state"], _local(_at(row["expected_due"])) if row["expected_due"] else ""


def case_of(number: int, row: Row, profiles: dict[str, Profile]) -> Case:
    clocks = [clock for profile in profiles.values() for clock in profile.clocks if clock.name == row["clock"]]
    kind, stops = clocks[0].case, clocks[0].stops
    times = {name: read_moment(row[name]) for name in moments(kind) & row.keys()}
    if "stopped_at" in row and stops:
        times[stops] = read_moment(row["stopped_at"])
    words = {name: _word(name, value) for name, value in row.items() if value and name not in times}
    decision = DECISIONS.get(row.get("decision", ""), {})
    return Case(number, row["authority"], kind, times, words, **decision)


def _word(name: str, value: str) -> Any:
    return value == "Yes" if name.startswith("is_") else value


def _at(text: str) -> datetime:
    moment = read_moment(text)
    assert moment is not None and moment.at is not None
    return moment.at


def _local(moment: datetime | None) -> str:
    return f"{moment.replace(tzinfo=UTC).astimezone(LONDON):%Y-%m-%d %H:%M:%S}" if moment else ""
