"""Volumes equal what pandas counts from the same rows, for any filters."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from dashboard.access.viewer import LOCAL
from dashboard.filters import Filters, from_query
from dashboard.queries import volumes
from dashboard.snapshot import Reading
from etl.contract import dimensions
from tests.dashboard.conftest import RECIPE
from tests.dashboard.test_filters import views

AS_AT = RECIPE.as_at.date()
MISSING = "Not recorded"


def _chosen(frames: dict[str, pd.DataFrame], filters: Filters) -> pd.DataFrame:
    frame = frames[filters.grain]
    first, last = filters.days(AS_AT)
    day = pd.to_datetime(frame["received_on"])
    keep = day <= pd.Timestamp(last)
    if first:
        keep &= day >= pd.Timestamp(first)
    for name, values in filters.applied(filters.grain):
        keep &= frame[name].astype(object).where(frame[name].notna(), MISSING).isin(values)
    return frame[keep]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(filters=views())
def test_counts_are_those_of_pandas(filters: Filters, reading: Reading, frames: dict[str, pd.DataFrame]) -> None:
    found = volumes.read(reading, LOCAL, filters, AS_AT)
    chosen = _chosen(frames, filters)
    months = pd.to_datetime(chosen["received_month"]).dt.date.value_counts()
    assert found.months == {month: int(rows) for month, rows in months.items()}
    assert found.total == len(chosen)
    for name, bars in found.bars.items():
        labels = chosen[name].astype(object).where(chosen[name].notna(), MISSING)
        assert dict(bars) == labels.value_counts().to_dict(), name


def test_an_orphan_is_counted_and_in_no_month(reading: Reading, frames: dict[str, pd.DataFrame]) -> None:
    filters, _ = from_query("?unit=contact_children&period=all", reading.labels)
    found = volumes.read(reading, LOCAL, filters, AS_AT)
    orphans = int(frames["contact_child"]["received_on"].isna().sum())
    assert orphans > 0
    assert found.undated == orphans
    assert found.total == len(frames["contact_child"]) - orphans


@pytest.mark.parametrize("table", list(volumes.FIRST_DIMENSIONS))
def test_a_page_can_show_every_dimension_its_table_carries(table: str) -> None:
    carried = {one.name for one in dimensions.DIMENSIONS if one.is_in(table)}
    assert set(volumes.shown_dimensions(table, more=True)) == carried
    assert set(volumes.shown_dimensions(table, more=False)) <= carried


def test_no_value_stands_in_the_statement(reading: Reading) -> None:
    filters, _ = from_query("?urgency=Urgent&from=2026-01-01&to=2026-02-01", reading.labels)
    sql, values = volumes.statement(filters, AS_AT, ("urgency",), reading.labels)
    assert "Urgent" not in sql and "2026" not in sql
    assert len(values) == sql.count("?") == 3
