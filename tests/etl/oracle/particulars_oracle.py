"""What one row says of itself, from the written rules: consent, level step, police, age, decision in time."""

from __future__ import annotations

from datetime import date, datetime

from tests.etl.oracle.clock_oracle import due, state
from tests.etl.oracle.incidents_oracle import is_decided
from tests.etl.oracle.links_oracle import OFFICE
from tests.etl.oracle.records import Found, Record, Row

BANDS = ((1, "under 1"), (5, "1–4"), (10, "5–9"), (16, "10–15"), (18, "16–17"))


def contact(one: Record, as_at: datetime) -> Found:
    """What is expected of the columns that a contact's own row decides."""
    decided = one.time_of("decided_at")
    due_at = due(OFFICE, "working_days", 1, one.moment)
    clock = state(OFFICE, "working_days", 1, one.moment, decided, as_at)
    is_unknown = is_decided(one) and decided is None
    return {
        "consent_status": consent(one),
        "level_step": step(one["level_requested"], one["level_decided"]),
        "police_told": police(one),
        "is_decided": is_decided(one),
        "is_open": not is_decided(one),
        "decision_due_at": None if is_unknown else due_at,
        "decision_state": "not measurable" if is_unknown else clock,
    }


def consent(one: Record) -> str:
    aware, agreed = one["parents_aware"], one["agreement_obtained"]
    reason, authoriser = one["no_agreement_reason"], one["no_agreement_authorised_by"]
    if one["immediate_safeguarding_concern"] == "Yes":
        return "not required"
    if agreed == "Yes":
        return "agreed"
    if aware == "Yes" and agreed == "No" and reason:
        return "refused, proceeding"
    if aware == "No" and reason and authoriser:
        return "not sought, authorised"
    return "gap" if "No" in (aware, agreed) else "not recorded"


def step(requested: str, decided: str) -> str:
    if not (requested and decided):
        return "not comparable"
    if requested == decided:
        return "as requested"
    return "stepped up" if decided > requested else "stepped down"


def police(one: Record) -> str:
    came_from_police = one["agency_type"] == "Police" or one["channel"] == "police notification"
    if one["crime_suspected"] != "Yes" or came_from_police:
        return "not applicable"
    return "told" if one["police_notified_at"] else "not told"


def age_band(row: Row, received_on: date) -> str:
    """By birthdays passed on the day of receipt."""
    if not row.get("date_of_birth"):
        return "unborn" if row.get("expected_date_of_birth") else "unknown"
    born = date.fromisoformat(row["date_of_birth"])
    if born > received_on:
        return "unborn"
    years = received_on.year - born.year - ((received_on.month, received_on.day) < (born.month, born.day))
    return next((band for limit, band in BANDS if years < limit), "18 and over")
