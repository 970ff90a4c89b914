"""The variables and the calendar that an authority's SQL reads: windows, dates, and the moment states are told at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import duckdb

from etl.arrivals import Arrival
from etl.calendar import load_calendar
from etl.profile import Profile

LONDON = ZoneInfo("Europe/London")
CALENDAR_YEARS_AFTER = 2
HOURS_TO_CONFIRM = 48
Connection = duckdb.DuckDBPyConnection

# One wrong old date must not make every look-back complete: a month that holds next to nothing is no beginning.
_BEGINNING = """
SET VARIABLE {name}_from = (
  WITH month AS (
    SELECT date_trunc('month', received_at) AS begins, min(received_at)::DATE AS first_on, count(*) AS records
    FROM kept_{name} GROUP BY begins
  )
  SELECT min(first_on) FROM month WHERE records >= (SELECT median(records) FROM month) / 20
)"""
_COMPLETE = "SET VARIABLE {name}_complete_on = (getvariable('{name}_from') + to_months({months}))::DATE"
_DATA_WORKING_DAY = """
SET VARIABLE data_working_day = (
  SELECT next_working_day_number(working_day_number, is_working_day) FROM local_calendar
  WHERE day = getvariable('data_on'))"""
_EARLIEST = """
SELECT min(moment)::DATE FROM (
  SELECT min(received_at) AS moment FROM kept_contacts UNION ALL SELECT min(requested_at) FROM kept_consultations
  UNION ALL SELECT min(received_at) FROM kept_referrals)"""


def data_as_at(arrived: Sequence[Arrival]) -> datetime:
    """The oldest of the newest extracts per feed, UTC."""
    newest: dict[str, datetime] = {}
    for arrival in arrived:
        feed, at = arrival.feed.name, arrival.sheet.file.extract_at
        newest[feed] = max(at, newest.get(feed, at))
    return min(newest.values()).astimezone(UTC)


def set_variables(con: Connection, profile: Profile, arrived: Sequence[Arrival]) -> None:
    """Set what the named steps read with `getvariable`. The kept rows of every feed are there."""
    windows, as_at = profile.windows, data_as_at(arrived)
    hours = max(windows.resubmission_hours, HOURS_TO_CONFIRM)
    values = {
        "duplicate_days": windows.duplicate_days,
        "resubmission_hours": windows.resubmission_hours,
        "near_days": max(windows.duplicate_days, math.ceil(hours / 24)),
        "referral_window": windows.contact_to_referral_working_days,
        "consultation_window": windows.consultation_to_request_days,
        "lookback_months": windows.lookback_months,
        "consultations_need_consent": _needs_consent(profile, as_at),
        "confirmations_from": _begins(profile, "confirmation number"),
        "confirmation_files": _files_with(arrived, "confirmation_sent_at"),
        "police_files": _files_with(arrived, "police_notified_at"),
        "data_as_at": as_at,
        "data_on": as_at.astimezone(LONDON).date(),
    }
    for name, value in values.items():
        con.execute(f"SET VARIABLE {name} = $1", [value])
    for name in ("contacts", "referrals"):
        con.execute(_BEGINNING.format(name=name))
        con.execute(_COMPLETE.format(name=name, months=windows.lookback_months))
    con.execute("SET VARIABLE placebo_complete_on = getvariable('contacts_from') + getvariable('consultation_window')")


def write_calendar(con: Connection, profile: Profile) -> None:
    """Fill `calendar` from the year before the data to two years after, and make `local_calendar` of it."""
    row = con.execute(f"SELECT ({_EARLIEST}), getvariable('data_on')").fetchone()
    first, as_at = row if row else (None, date.today())
    last = date(as_at.year + CALENDAR_YEARS_AFTER, 12, 31)
    load_calendar(con, {profile.code: profile}, date((first or as_at).year - 1, 1, 1), last)
    con.execute("CREATE OR REPLACE TEMP VIEW local_calendar AS FROM calendar WHERE authority = authority_of()")
    con.execute(_DATA_WORKING_DAY)


def _files_with(arrived: Sequence[Arrival], field: str) -> list[int]:
    return [arrival.file_no for arrival in arrived if field in arrival.positions]


def _needs_consent(profile: Profile, as_at: datetime) -> bool:
    """Whether the authority's line works with consent; a no-named consultation needs none."""
    day = as_at.astimezone(LONDON).date()
    practices = [one for one in profile.practices if one.name == "consultation consent" and one.covers(day)]
    return any("agreed" in practice.values for practice in practices)


def _begins(profile: Profile, practice: str) -> date | None:
    return min((one.starts_on for one in profile.practices if one.name == practice), default=None)
