"""Runs the clocks of an authority over its settled cases, into the table `clock`."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from etl.arrivals import Arrival
from etl.clocks import clock_statements
from etl.feeds.referrals import REFERRALS
from etl.profile import Clock, Profile
from etl.steps import run_steps

Connection = duckdb.DuckDBPyConnection
_FEEDS = {"contact": "contacts", "referral": "referrals", "consultation": "consultations"}

_DATA_AS_AT = """
CREATE OR REPLACE TEMP TABLE data_as_at AS
SELECT authority_of()::VARCHAR AS authority, getvariable('data_as_at') AS data_as_at
"""

_UNKNOWABLE = """
UPDATE clock SET state = 'not measurable', due_at = NULL
WHERE authority = authority_of() AND clock_name = $1
  AND case_key IN (SELECT {case}_key FROM kept_{feed} WHERE list_contains($2, file_no))
"""


def run_clocks(con: Connection, profile: Profile, arrived: Sequence[Arrival]) -> None:
    """Fill `clock`, and name the clocks a case shows in its row (`decision_clock_name`, `line_clock_name`)."""
    names = [field.name for field in REFERRALS.fields if field.kind == "moment"]
    moments = ", ".join(f"to_moment({name}) AS {name}" for name in [*names, "initial_contact_at"])
    # As in write_cases: the small side of each join is written on the right.
    con.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    run_steps(con, "settled", {"REFERRAL_MOMENTS": moments})
    con.execute("RESET disabled_optimizers")
    con.execute(_DATA_AS_AT)
    for step in clock_statements({profile.code: profile}):
        con.execute(step.sql)
    for clock in profile.clocks:
        _stop_if_unknowable(con, clock, arrived)
    _name_clock(con, "decision_clock_name", [one for one in profile.clocks if _decides(one)])
    _name_clock(con, "line_clock_name", [one for one in profile.clocks if one.kind == "in_hours"])


def _decides(clock: Clock) -> bool:
    return (clock.case, clock.starts, clock.stops) == ("contact", "received_at", "decided_at")


def _name_clock(con: Connection, table: str, clocks: Sequence[Clock]) -> None:
    """The clock that a case shows in its own row: the first of its kind in the profile, so that there is one."""
    names = [clock.name for clock in clocks[:1]]
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT unnest(?::clock_name[]) AS clock_name", [names])


def _stop_if_unknowable(con: Connection, clock: Clock, arrived: Sequence[Arrival]) -> None:
    """A clock whose stop is no column of the file cannot be measured: a missing column is not a late answer."""
    if clock.stops is None or clock.stops == "decided_at":
        return
    feed = _FEEDS[clock.case]
    of_feed = (one for one in arrived if one.feed.name == feed and not one.is_annex_a)
    without = [one.file_no for one in of_feed if clock.stops not in one.positions]
    if without:
        con.execute(_UNKNOWABLE.format(case=clock.case, feed=feed), [clock.name, without])
