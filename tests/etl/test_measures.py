"""Each measure of the contract, counted in plain Python from the input files, equals its SQL and the view by month."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

import pytest

from etl.contract.dimensions import DIMENSIONS
from etl.contract.measures import BY_NAME, MEASURES, Measure
from etl.contract.vocabularies import NOT_RECORDED
from tests.etl.oracle.collisions import Collisions
from tests.etl.oracle.loaded import Loaded, loaded
from tests.etl.oracle.measures_oracle import Counts, Unit, by_month

AS_AT = datetime(2026, 6, 30, 11, tzinfo=UTC)
Units = Mapping[str, list[Unit]]
NOT_FOR_EVERY_ROW = {"decision_state"}
"""Dimensions that are null where there is no such clock."""


@pytest.fixture(scope="module")
def collisions() -> Collisions:
    return Collisions(seed=2, contacts=450)


@pytest.fixture(scope="module")
def units(collisions: Collisions) -> Units:
    return {name: list(units) for name, units in Counts(collisions.files, AS_AT).units().items()}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory, collisions: Collisions) -> Iterator[Loaded]:
    with loaded(collisions.files, tmp_path_factory.mktemp("measures"), extract="2026-06-30T1200") as snapshot:
        yield snapshot


def test_the_oracle_knows_every_measure(units: Units) -> None:
    assert units.keys() == BY_NAME.keys()


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_the_view_by_month_counts_as_the_oracle_does(snapshot: Loaded, units: Units, measure: Measure) -> None:
    sql = "SELECT received_month, numerator, denominator FROM measure_by_month WHERE measure = ? AND authority = 'kent'"
    found = {month: (hits, base) for month, hits, base in snapshot.con.execute(sql, [measure.name]).fetchall()}
    assert found == _expected(units, measure)
    assert sum(hits for hits, _ in found.values()) > 0


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_the_aggregates_count_as_the_oracle_does(snapshot: Loaded, units: Units, measure: Measure) -> None:
    """As pages ask: numerator and denominator in one statement over the table of the measure."""
    sql = f"SELECT {measure.count_sql}, {measure.base_sql or 'NULL'} FROM {measure.grain}"
    months = _expected(units, measure).values()
    base = None if measure.denominator is None else sum(base or 0 for _, base in months)
    assert snapshot.con.execute(sql).fetchone() == (sum(hits for hits, _ in months), base)


def test_a_measure_by_a_dimension_counts_as_the_oracle_does(snapshot: Loaded, units: Units) -> None:
    measure = BY_NAME["decision_in_time"]
    sql = f"SELECT primary_reason::VARCHAR, {measure.count_sql}, {measure.base_sql} FROM contact GROUP BY 1"
    found = {reason: (hits, base) for reason, hits, base in snapshot.con.execute(sql).fetchall()}
    hits, base = Counter[str](), Counter[str]()
    for unit in units["decision_in_time"]:
        reason = unit.record["primary_reason"] or NOT_RECORDED
        hits[reason] += unit.is_in_base and unit.counts
        base[reason] += unit.is_in_base
    assert found == {reason: (hits[reason], base[reason]) for reason in base}


@pytest.mark.parametrize("name", ["contacts", "contact_children", "consultations", "referrals"])
def test_no_dimension_drops_a_row(snapshot: Loaded, units: Units, name: str) -> None:
    """Whatever a volume is broken down by, the parts are the whole and every part has a name."""
    measure = BY_NAME[name]
    wanted = [one.name for one in DIMENSIONS if one.is_in(measure.grain) and one.name not in NOT_FOR_EVERY_ROW]
    assert "primary_reason" in wanted and "authority" in wanted
    filled = ", ".join(f"count({dimension})" for dimension in wanted)
    found = snapshot.con.execute(f"SELECT {filled} FROM {measure.grain}").fetchone()
    assert dict(zip(wanted, found or (), strict=True)) == dict.fromkeys(wanted, len(units[name]))


def test_a_measure_without_a_denominator_is_a_count() -> None:
    counts = {measure.name for measure in MEASURES if measure.denominator is None}
    assert counts == {"contacts", "contact_children", "consultations", "referrals"}
    assert {BY_NAME[name].count_sql for name in counts} == {"count(*)"}


def _expected(units: Units, measure: Measure) -> dict[date, tuple[int, int | None]]:
    months = by_month(units[measure.name])
    return {month: (hits, None if measure.denominator is None else base) for month, (hits, base) in months.items()}
