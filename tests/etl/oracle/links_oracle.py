"""Links worked out pair by pair, from the written rules: consultation → request, contact → referral, looking back.

Keys are given as the references that make them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from tests.etl.oracle.clock_oracle import LONDON, Office, due
from tests.etl.oracle.records import Files, Found, Record, a_year_after, children_of, reaches_back, records

REQUEST_DAYS = 28
REFERRAL_WORKING_DAYS = 10
OFFICE = Office()


class Pair(NamedTuple):
    """A consultation and a contact that may belong together, nearest first in order."""

    gap: timedelta
    consultation: str
    contact: str


@dataclass(frozen=True)
class Matched:
    """One-to-one matches by consultation, and how many candidates each case had."""

    contact_of: dict[str, str]
    candidates: Counter[str]


def consultations(files: Files, as_at: datetime) -> dict[str, Found]:
    """What is expected of each consultation."""
    asked, received = records(files, "consultations"), records(files, "contacts")
    quoting = {one.ref: [contact for contact in received if contact["consultation_ref"] == one.ref] for one in asked}
    rest = [one for one in asked if not quoting[one.ref]]
    unquoting = [contact for contact in received if not contact["consultation_ref"]]
    after, before = _match(rest, unquoting, is_before=False), _match(rest, unquoting, is_before=True)
    by_ref = {contact.ref: contact for contact in received}
    return {one.ref: _consultation(one, quoting[one.ref], after, before, by_ref, as_at) for one in asked}


def _consultation(
    one: Record, quoting: Sequence[Record], after: Matched, before: Matched, by_ref: dict[str, Record], as_at: datetime
) -> Found:
    first_contact = min(contact.on for contact in by_ref.values())
    quoted = min(quoting, key=lambda contact: (contact.on < one.on, contact.at)).ref if quoting else None
    inferred = after.contact_of.get(one.ref)
    linked = quoted or inferred
    gap = by_ref[linked].wall - one.wall if linked else None
    # Without a time the days between are known to within one.
    days = {} if linked and not by_ref[linked].is_timed else {"link_days": gap and round(gap / timedelta(days=1), 3)}
    return {
        **days,
        "quoted_contact_key": quoted,
        "inferred_contact_key": inferred,
        "placebo_contact_key": before.contact_of.get(one.ref),
        "link_rule": "quoted" if quoted else "inferred" if inferred else "none",
        "is_link_ambiguous": bool(inferred) and max(after.candidates[one.ref], after.candidates[inferred or ""]) > 1,
        "is_mature": one.on + timedelta(days=REQUEST_DAYS) < as_at.astimezone(LONDON).date(),
        "is_converted_quoted": quoted is not None and 0 <= (by_ref[quoted].on - one.on).days <= REQUEST_DAYS,
        "is_converted_inferred": bool(inferred),
        "is_placebo_complete": first_contact + timedelta(days=REQUEST_DAYS) <= one.on,
    }


def _match(asked: Iterable[Record], received: Sequence[Record], *, is_before: bool) -> Matched:
    """Every fitting pair, nearest first; each case is used once."""
    pairs = [
        Pair(abs(contact.latest - one.wall), one.ref, contact.ref)
        for one in asked
        for contact in received
        if (contact.latest < one.wall) is is_before
        and abs((contact.on - one.on).days) <= REQUEST_DAYS
        and _is_same_person(one, contact)
    ]
    contact_of: dict[str, str] = {}
    for pair in sorted(pairs):
        if pair.consultation not in contact_of and pair.contact not in contact_of.values():
            contact_of[pair.consultation] = pair.contact
    return Matched(contact_of, Counter(ref for pair in pairs for ref in (pair.consultation, pair.contact)))


def _is_same_person(one: Record, contact: Record) -> bool:
    person, other = (_person(one, "consultee"), _person(contact, "referrer"))
    agencies = [(record["agency_type"], record["agency_name"]) for record in (one, contact)]
    return person != "" and person == other and agencies[0] == agencies[1]


def _person(record: Record, who: str) -> str:
    return record[f"{who}_email"].lower() or record[f"{who}_name"].lower()


def referrals(files: Files) -> dict[str, Found]:
    """What is expected of each referral."""
    accepted, contacts = records(files, "referrals"), {contact.ref: contact for contact in records(files, "contacts")}
    naming: dict[str, list[Record]] = defaultdict(list)
    for ref, rows in children_of(files).items():
        for row in rows:
            naming[row["child_ref"]].append(contacts[ref])
    return {one.ref: _came_from(one, contacts, naming[one["child_ref"]]) | _previous(one, accepted) for one in accepted}


def _came_from(one: Record, contacts: Mapping[str, Record], of_child: Sequence[Record]) -> Found:
    if named := one["contact_ref"]:
        is_known = named in contacts
        return {
            "contact_key": named if is_known else None,
            "link_rule": "explicit" if is_known else "none",
            "is_orphan": not is_known,
        }
    fitting = [contact for contact in of_child if is_within_window(contact, one)]
    latest = max(fitting, key=lambda contact: (contact.at, contact.ref), default=None)
    return {
        "contact_key": latest and latest.ref,
        "link_rule": "inferred" if latest else "none",
        "is_orphan": False,
    }


def is_within_window(contact: Record, referral: Record) -> bool:
    """Received after the contact and by the end of the tenth working day after its counting day."""
    deadline = due(OFFICE, "working_days", REFERRAL_WORKING_DAYS, contact.moment)
    assert deadline is not None
    is_after = contact.at <= referral.at or (contact.on == referral.on and not (contact.is_timed and referral.is_timed))
    return is_after and referral.at <= deadline


def _previous(one: Record, everything: Sequence[Record]) -> Found:
    earlier = [other for other in everything if other["child_ref"] == one["child_ref"] and _is_before(other, one)]
    last = earlier[-1] if earlier else None
    return {
        "previous_referral_key": last and last.ref,
        "days_since_previous": last and (one.on - last.on).days,
        "is_rereferral": last is not None and one.on <= a_year_after(last.on),
        "is_lookback_complete": reaches_back(one.on, everything),
    }


def _is_before(other: Record, one: Record) -> bool:
    return (other.at, other.ref) < (one.at, one.ref)
