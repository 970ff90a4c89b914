"""The measures' shares are those pandas finds."""

from __future__ import annotations

import pandas as pd

from dashboard.access.viewer import LOCAL
from dashboard.filters import from_query
from dashboard.queries import first_measures
from dashboard.snapshot import Reading
from tests.dashboard.conftest import RECIPE


def test_decided_in_time_counts_overdue_ones_in_its_denominator(
    reading: Reading, frames: dict[str, pd.DataFrame]
) -> None:
    filters, _ = from_query("?period=all&urgency=Urgent", reading.labels)
    shares = {one.measure.name: one for one in first_measures.read(reading, LOCAL, filters, RECIPE.as_at.date())}
    states = frames["contact"].query("urgency == 'Urgent'")["decision_state"].value_counts()
    found = shares["decision_in_time"]
    assert found.numerator == states["in time"]
    assert found.denominator == states["in time"] + states["late"] + states["open, overdue"]


def test_every_measure_with_a_denominator_is_there(reading: Reading) -> None:
    filters, _ = from_query("", reading.labels)
    shares = first_measures.read(reading, LOCAL, filters, RECIPE.as_at.date())
    assert [one.measure for one in shares] == list(first_measures.SHARES)
    assert all(0 <= one.numerator <= one.denominator for one in shares)
