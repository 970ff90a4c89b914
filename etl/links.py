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

# What leads into a circle has no first: it stays with itself.
_CIRCLES = """
UPDATE duplicate_root SET root_rid = rid
WHERE root_rid <> rid AND root_rid IN (SELECT rid FROM duplicate_root WHERE root_rid <> rid)
"""

_FURTHER = """
UPDATE duplicate_root SET root_rid = next.root_rid
FROM duplicate_root AS next
WHERE next.rid = duplicate_root.root_rid AND next.root_rid <> duplicate_root.root_rid
"""


def link(con: duckdb.DuckDBPyConnection) -> None:
    """Make the TEMP tables of links from the kept rows; each row says by which rule it was made."""
    run_steps(con, "links")
    _find_duplicate_roots(con)
    run_steps(con, "conversion")
    link_consultations(con)


def _find_duplicate_roots(con: duckdb.DuckDBPyConnection) -> None:
    """Follow duplicates of duplicates to the first: each round doubles the steps taken."""
    con.execute(_ROOTS)
    for _ in range(_MOST_ROUNDS):
        row = con.execute(_FURTHER).fetchone()
        if row is None or not row[0]:
            break
    con.execute(_CIRCLES)
