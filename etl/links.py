"""Links between records: a child's contacts, duplicates, referrals and the contacts they came from, consultations."""

from __future__ import annotations

import duckdb

from etl.consultation_links import link_consultations
from etl.steps import run_steps

_MOST_ROUNDS = 64

_ROOTS = """
CREATE OR REPLACE TEMP TABLE duplicate_root AS
SELECT rid, coalesce(of_rid, rid) AS root_rid FROM duplicate_edge
"""

_FURTHER = """
UPDATE duplicate_root SET root_rid = next.root_rid
FROM duplicate_root AS next
WHERE next.rid = duplicate_root.root_rid AND next.root_rid <> duplicate_root.root_rid
"""

# A mark and a rule may point at each other over several contacts: then the one that is marked as the original is it.
_BREAK_CIRCLES = """
DELETE FROM duplicate_edge
WHERE rule <> 'marked'
  AND rid IN (SELECT of_rid FROM duplicate_edge WHERE rule = 'marked')
  AND rid IN (
    SELECT rid FROM duplicate_root WHERE root_rid IN (SELECT rid FROM duplicate_edge WHERE of_rid IS NOT NULL))
"""


def link(con: duckdb.DuckDBPyConnection) -> None:
    """Make the TEMP tables of links from the kept rows; each row says by which rule it was made."""
    run_steps(con, "duplicates")
    _find_duplicate_roots(con)
    if _changed(con, _BREAK_CIRCLES):
        _find_duplicate_roots(con)
    run_steps(con, "links")
    run_steps(con, "conversion")
    link_consultations(con)


def _find_duplicate_roots(con: duckdb.DuckDBPyConnection) -> None:
    """Follow duplicates of duplicates to the first: each round doubles the steps taken."""
    con.execute(_ROOTS)
    for _ in range(_MOST_ROUNDS):
        if not _changed(con, _FURTHER):
            return


def _changed(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = con.execute(sql).fetchone()
    return int(row[0]) if row else 0
