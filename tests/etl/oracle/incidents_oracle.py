"""Duplicates, repeat contacts and conversion worked out contact by contact, from the written rules alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.etl.oracle.clock_oracle import due
from tests.etl.oracle.links_oracle import OFFICE, REFERRAL_WORKING_DAYS, referrals
from tests.etl.oracle.records import Files, Found, Record, Row, a_year_after, children_of, reaches_back, records

DUPLICATE_DAYS = 3
RESUBMISSION = timedelta(hours=24)
CONFIRMATION = timedelta(hours=48)
WRITTEN = ("portal", "email", "letter")
ChildKey = tuple[str, str]
Repeat = tuple[str, str]
"""The rule, and the reference of the contact that is repeated."""


def is_decided(contact: Record) -> bool:
    return bool(contact["decided_at"]) or contact["decision"] not in ("", "pending")


class Incidents:
    """The contacts of a set of files with what each repeats, by contact and child."""

    def __init__(self, files: Files, as_at: datetime) -> None:
        self.files, self.as_at = files, as_at
        self.contacts = records(files, "contacts")
        self.children = children_of(files)
        self.by_ref = {contact.ref: contact for contact in self.contacts}
        self.accepted = records(files, "referrals")
        self.came_from = {ref: found["contact_key"] for ref, found in referrals(files).items()}
        self.naming: dict[str, list[Record]] = defaultdict(list)
        for contact in self.contacts:
            for row in self.children.get(contact.ref, ()):
                self.naming[row["child_ref"]].append(contact)

    def contact(self, one: Record) -> Found:
        """What is expected of a contact event."""
        repeats = [self.repeated(one, row) for row in self.children.get(one.ref, ())]
        marked = self.marked(one)
        found: Found = {
            "is_duplicate": marked is not None or (bool(repeats) and all(repeats)),
            "children": len(repeats),
        }
        if len(repeats) < 2:
            # Each child of several may repeat another contact by another rule.
            rule, of = marked or (repeats and repeats[0]) or ("none", None)
            found |= {"duplicate_rule": rule, "duplicate_of_key": of}
        return found

    def child(self, one: Record, row: Row) -> Found:
        """What is expected of a child named in a contact."""
        is_duplicate = self.repeated(one, row) is not None
        came = self.counted_referrals(one, row)
        earlier = self.earlier(one, row["child_ref"])
        last = earlier[-1] if earlier else None
        is_counted = is_decided(one) and not is_duplicate and one["decision"] != "passed to allocated worker"
        deadline = due(OFFICE, "working_days", REFERRAL_WORKING_DAYS, one.moment)
        assert deadline is not None
        return {
            "is_duplicate": is_duplicate,
            "is_converted": bool(came),
            "referral_key": came[0] if came else None,
            "is_in_conversion": is_counted,
            "is_mature": deadline < self.as_at,
            "previous_contact_key": last and last.ref,
            "days_since_previous": last and (one.on - last.on).days,
            "is_repeat_contact": last is not None and one.on <= a_year_after(last.on),
            "is_lookback_complete": reaches_back(one.on, self.contacts),
        }

    def counted_referrals(self, one: Record, row: Row) -> list[str]:
        """The child's referrals, first one first; the first contact of an incident has those of its repeats too."""
        child = row["child_ref"]
        counted = {one.ref}
        if self.repeated(one, row) is None:
            counted |= {other.ref for other in self.naming[child] if self.first(other, child) == one.ref}
        return [r.ref for r in self.accepted if r["child_ref"] == child and self.came_from[r.ref] in counted]

    def first(self, one: Record, child: str) -> str:
        """The contact that began the incident, as far as that child is named."""
        row = next((row for row in self.children.get(one.ref, ()) if row["child_ref"] == child), None)
        if row is None:
            return ""
        repeat = self.seen_before(one, row) or self.marked(one)
        original = self.by_ref.get(repeat[1]) if repeat else None
        return (original and self.first(original, child)) or one.ref

    def marked(self, one: Record) -> Repeat | None:
        return ("marked", one["duplicate_of"]) if one["duplicate_of"] else None

    def repeated(self, one: Record, row: Row) -> Repeat | None:
        """By which rule the contact is a duplicate for this child, and of which contact."""
        return self.marked(one) or self.seen_before(one, row)

    def seen_before(self, one: Record, row: Row) -> Repeat | None:
        """The nearest earlier contact of the child that is the same by any rule."""
        for other in reversed(self.earlier(one, row["child_ref"])):
            for rule in (resubmission, written_confirmation, same_incident):
                if rule(one, other):
                    return rule.__name__.replace("_", " "), other.ref
        return None

    def earlier(self, one: Record, child: str) -> Sequence[Record]:
        """The contacts of that child before this one, oldest first."""
        return [other for other in self.naming[child] if (other.at, other.ref) < (one.at, one.ref)] if child else []


def is_same_sender(one: Record, other: Record) -> bool:
    """The same person, or where neither is named the same agency, which is."""
    is_named = bool(one["referrer_email"] or one["agency_name"])
    return is_named and all(one[name] == other[name] for name in ("agency_type", "agency_name", "referrer_email"))


def is_within(one: Record, other: Record, limit: timedelta) -> bool:
    """Both times are known and no further apart."""
    return one.is_timed and other.is_timed and one.at - other.at <= limit


def resubmission(one: Record, other: Record) -> bool:
    is_portal = one["channel"] == other["channel"] == "portal"
    return is_portal and is_same_sender(one, other) and is_within(one, other, RESUBMISSION)


def written_confirmation(one: Record, other: Record) -> bool:
    is_written_call = other["channel"] == "phone" and one["channel"] in WRITTEN
    return is_written_call and is_same_sender(one, other) and is_within(one, other, CONFIRMATION)


def same_incident(one: Record, other: Record) -> bool:
    is_same_reason = one["primary_reason"] == other["primary_reason"] != ""
    return is_same_reason and (one.on - other.on).days <= DUPLICATE_DAYS
