"""Every measure counted in plain Python from the rows of the input files, as the domain paper defines it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import NamedTuple

from tests.etl.oracle import links_oracle, particulars_oracle
from tests.etl.oracle.incidents_oracle import Incidents
from tests.etl.oracle.records import Files, Found, Record, records

COUNTED_STATES = ("in time", "late", "open, overdue")


class Unit(NamedTuple):
    """What is counted: the record that dates it, whether it is in the denominator, and whether it counts."""

    record: Record
    is_in_base: bool
    counts: bool


class Counts:
    """The units of each measure, from input files as they were at `as_at`."""

    def __init__(self, files: Files, as_at: datetime) -> None:
        self.incidents = Incidents(files, as_at)
        self.contacts = {one.ref: particulars_oracle.contact(one, as_at) for one in self.incidents.contacts}
        self.asked = records(files, "consultations")
        self.accepted = records(files, "referrals")
        self.requests = links_oracle.consultations(files, as_at)
        self.referrals = links_oracle.referrals(files)
        self.children = [
            (one, row["child_ref"], self.incidents.child(one, row))
            for one in self.incidents.contacts
            for row in self.incidents.children.get(one.ref, ())
        ]

    def units(self) -> Mapping[str, Iterable[Unit]]:
        """Measure → its units. A volume has every unit in its base."""
        return {
            "contacts": [Unit(one, True, True) for one in self.incidents.contacts],
            "contact_children": [Unit(one, True, True) for one, _, _ in self.children],
            "consultations": [Unit(one, True, True) for one in self.asked],
            "referrals": [Unit(one, True, True) for one in self.accepted],
            "decision_in_time": self._of_contacts("decision_state", COUNTED_STATES, "in time"),
            "police_told": self._of_contacts("police_told", ("told", "not told"), "told"),
            "contact_to_referral": self._of_children(_is_in_conversion, "is_converted"),
            "repeat_contact": self._of_children(_is_in_repeats, "is_repeat_contact"),
            "consultation_to_request_quoted": self._of_consultations(lambda found: found["is_converted_quoted"]),
            "consultation_to_request": self._of_consultations(_is_converted),
            "consultation_placebo": [
                Unit(one, found["is_mature"] and found["is_placebo_complete"], found["placebo_contact_key"] is not None)
                for one in self.asked
                for found in (self.requests[one.ref],)
            ],
            "rereferral": [
                Unit(one, found["is_lookback_complete"], found["is_rereferral"])
                for one in self.accepted
                for found in (self.referrals[one.ref],)
            ],
        }

    def _of_contacts(self, column: str, base: tuple[str, ...], hit: str) -> Iterator[Unit]:
        for one in self.incidents.contacts:
            value = self.contacts[one.ref][column]
            yield Unit(one, value in base, value == hit)

    def _of_children(self, is_in_base: Callable[[Found], bool], column: str) -> Iterator[Unit]:
        return (Unit(one, bool(child) and is_in_base(found), found[column]) for one, child, found in self.children)

    def _of_consultations(self, counts: Callable[[Found], bool]) -> Iterator[Unit]:
        return (
            Unit(one, found["is_mature"], counts(found)) for one in self.asked for found in (self.requests[one.ref],)
        )


def _is_in_conversion(found: Found) -> bool:
    return bool(found["is_in_conversion"])


def _is_in_repeats(found: Found) -> bool:
    return bool(found["is_lookback_complete"]) and not found["is_duplicate"]


def _is_converted(found: Found) -> bool:
    return bool(found["is_converted_quoted"] or found["is_converted_inferred"])


def by_month(units: Iterable[Unit]) -> dict[date, tuple[int, int]]:
    """Numerator and denominator of each month that has a unit at all."""
    counted: dict[date, list[int]] = defaultdict(lambda: [0, 0])
    for unit in units:
        month = counted[unit.record.on.replace(day=1)]
        month[0] += unit.is_in_base and unit.counts
        month[1] += unit.is_in_base
    return {month: (hits, base) for month, (hits, base) in counted.items()}
