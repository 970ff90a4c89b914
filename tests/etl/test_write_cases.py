"""Slices of time that the case tables are written in."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import duckdb
import pytest

from etl.write_cases import slices


@pytest.mark.parametrize(("rows", "a_slice", "expected"), [(0, 10, 1), (5, 10, 1), (10, 10, 1), (100, 10, 10)])
def test_slices_cover_all_time_without_overlap(rows: int, a_slice: int, expected: int) -> None:
    with duckdb.connect() as con:
        days = f"SELECT DATE '2026-01-01' + i::INTEGER AS received_at FROM range({rows}) AS days(i)"
        con.execute(f"CREATE TABLE kept_contacts AS {days}")
        found = slices(con, a_slice)
        assert len(found) == expected
        assert found[0][0] == date(1, 1, 1) and found[-1][1] == date(9999, 12, 31)
        assert all(before[1] == after[0] for before, after in pairwise(found))
        for starts, ends in found if rows else ():
            row = con.execute(
                "SELECT count(*) FROM kept_contacts WHERE received_at >= ? AND received_at < ?", [starts, ends]
            ).fetchone()
            assert row is not None and 0 < row[0] <= a_slice + 1


def test_a_day_is_never_cut() -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE kept_contacts AS SELECT TIMESTAMP '2026-01-01 09:00' AS received_at FROM range(100)")
        found = slices(con, 10)
        assert [row for row in found if row[0] <= date(2026, 1, 1) < row[1]] == [(date(2026, 1, 1), date(9999, 12, 31))]
