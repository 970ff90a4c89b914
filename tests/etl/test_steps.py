"""SQL files of named steps."""

from __future__ import annotations

import re
from importlib.resources import files

import duckdb
import pytest

from etl.steps import run_steps, steps_of

NAMES = sorted(
    path.name.removesuffix(".sql") for path in (files("etl") / "sql").iterdir() if path.name.endswith(".sql")
)


@pytest.mark.parametrize("name", NAMES)
def test_every_file_is_a_list_of_single_statements(name: str) -> None:
    steps = list(steps_of(name))
    assert steps
    assert len({step for step, _ in steps}) == len(steps)
    for step, statement in steps:
        code = re.sub(r"--[^\n]*", "", statement)
        assert re.match(r"\s*(CREATE|INSERT|UPDATE|DELETE)\b", code), step
        assert ";" not in re.sub(r"'[^']*'", "", code), step


def test_words_are_replaced_and_steps_run_in_order() -> None:
    with duckdb.connect() as con:
        run_steps(con, "spans", {"DATED": DATED, "KEY": "key", "SAME": "again.key = dated.key", "MOMENT": "came"})
        assert con.execute("SELECT rid FROM gone ORDER BY rid").fetchall() == [(1,), (2,)]


# Two rows of an older file, one of a newer one that lies within their span and repeats one of them.
DATED = """
SELECT * FROM (VALUES (1, 1, 'contacts', 1, 10, 'a'), (2, 1, 'contacts', 1, 12, 'b'), (3, 2, 'contacts', 2, 10, 'a'))
  AS rows(rid, file_no, feed, extract_at, came, key)"""


@pytest.fixture(autouse=True)
def full_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """The table that settling makes before it runs the steps."""
    connect = duckdb.connect

    def connected() -> duckdb.DuckDBPyConnection:
        con = connect()
        con.execute("CREATE TEMP TABLE full_file AS SELECT 2 AS file_no")
        return con

    monkeypatch.setattr(duckdb, "connect", connected)
