"""This morning's position equals what pandas counts; only what is left looks at the clock on the wall."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from dashboard.access.viewer import LOCAL
from dashboard.filters import from_query
from dashboard.queries import today
from dashboard.snapshot import Reading
from tests.dashboard.conftest import NOW, RECIPE

MONDAY = date(2026, 11, 23)


def _read(reading: Reading, query: str = "", hours: float = 0) -> today.Today:
    filters, _ = from_query(query, reading.labels)
    return today.read(reading, LOCAL, filters, RECIPE.as_at, NOW + timedelta(hours=hours))


@pytest.mark.parametrize("query", ["", "?urgency=Standard", "?level_requested=3&level_requested=4"])
def test_the_position_is_that_of_pandas(reading: Reading, frames: dict[str, pd.DataFrame], query: str) -> None:
    frame = frames["contact"]
    if query == "?urgency=Standard":
        frame = frame[frame["urgency"] == "Standard"]
    elif query:
        frame = frame[frame["level_requested"].isin(["3", "4"])]
    day = pd.to_datetime(frame["received_on"])
    opened = frame[frame["is_open"]]
    overdue = opened["decision_state"] == "open, overdue"
    left = ~overdue & (opened["decision_due_at"] <= pd.Timestamp(today.end_of_day(NOW)))
    whole = _read(reading, query).whole
    assert whole.received_day == int((day == pd.Timestamp(RECIPE.as_at.date())).sum())
    assert whole.received_week == int((day >= pd.Timestamp(MONDAY)).sum())
    assert (whole.open, whole.overdue) == (len(opened), int(overdue.sum()))
    assert (whole.due_today, whole.due_passed, whole.untimed, whole.unknown) == (int(left.sum()), 0, 0, 0)
    assert whole.overdue > 0


def test_parts_add_up_to_the_whole(reading: Reading) -> None:
    found = _read(reading)
    for rows in found.by.values():
        assert sum(row.open for _, row in rows) == found.whole.open
        assert sum(row.overdue for _, row in rows) == found.whole.overdue


def test_the_wall_clock_moves_what_is_due_and_not_what_is_overdue(reading: Reading) -> None:
    now, tomorrow = _read(reading).whole, _read(reading, hours=24).whole
    assert tomorrow.overdue == now.overdue
    assert tomorrow.due_passed == now.due_today > 0


@pytest.mark.parametrize("listed", ["open", "overdue", "due-today"])
def test_a_list_holds_as_many_as_its_number_says(reading: Reading, listed: str) -> None:
    found = _read(reading, f"?list={listed}&rows=500")
    sizes = {"open": found.whole.open, "overdue": found.whole.overdue, "due-today": found.whole.due_today}
    assert len(found.cases) == sizes[listed]
    assert [case.due_at for case in found.cases] == sorted(case.due_at for case in found.cases)


def test_the_end_of_the_day_is_local() -> None:
    assert today.end_of_day(NOW).isoformat() == "2026-11-25T23:59:59+00:00"
    assert today.end_of_day(NOW.replace(month=7, hour=23, minute=30)).isoformat() == "2026-07-26T23:59:59+01:00"
