"""Writes the case tables of an authority, one slice of time after the other, so that memory grows little with them."""

from __future__ import annotations

from datetime import date
from itertools import pairwise

import duckdb

from etl.contract.case_tables import SHARED_WITH_CONTACT
from etl.feeds import FEEDS, Feed
from etl.order import JobError
from etl.steps import run_steps

CONTACTS_A_SLICE = 1_000_000
Connection = duckdb.DuckDBPyConnection
Slice = tuple[date, date]


def write_cases(con: Connection) -> None:
    """Fill consultation, referral, contact and contact_child. Raises JobError when a record is not one row."""
    run_steps(con, "cases")
    # The joins are written with the small side on the right; the engine, guessing at a slice, would hold the large one.
    con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    for starts, ends in slices(con):
        con.execute("SET VARIABLE slice_from = $1", [starts])
        con.execute("SET VARIABLE slice_to = $1", [ends])
        run_steps(con, "cases_slice", {"SHARED_COLUMNS": ", ".join(SHARED_WITH_CONTACT)})
    con.execute("RESET disabled_optimizers")
    run_steps(con, "cases_rest")
    for feed in FEEDS:
        _refuse_other_count(con, feed)


def slices(con: Connection, contacts: int = CONTACTS_A_SLICE) -> list[Slice]:
    """Spans of days, the first and last open, with about that many contacts each."""
    row = con.execute("SELECT count(*) FROM kept_contacts").fetchone()
    count = -(-row[0] // contacts) if row and row[0] else 1
    shares = [place / count for place in range(1, count)]
    found = con.execute("SELECT quantile_disc(received_at::DATE, ?::DOUBLE[]) FROM kept_contacts", [shares]).fetchone()
    days = sorted(set(found[0])) if shares and found else []
    edges = [date(1, 1, 1), *days, date(9999, 12, 31)]
    return list(pairwise(edges))


def _refuse_other_count(con: Connection, feed: Feed) -> None:
    """Each kept record is one row: a link that multiplied rows or lost one must never be published."""
    counted = f"SELECT count(*) FROM {feed.table} WHERE authority = authority_of()"
    row = con.execute(f"SELECT ({counted}), (SELECT count(*) FROM kept_{feed.name})").fetchone()
    if row is None or row[0] != row[1]:
        raise JobError(f"Nothing was published: {feed.table} has not one row for each record. Please report this.")
