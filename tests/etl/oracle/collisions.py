"""Small invented files in which everything collides: few children, few professionals, days close together."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from tests.etl.oracle.clock_oracle import Office, is_working_day

Row = dict[str, str]
Rows = list[Row]
FIRST = datetime(2024, 1, 8, 8)
LAST = datetime(2026, 6, 30, 12)
SPAN_DAYS = (LAST - FIRST).days
AGENCIES = (
    ("School", "Saltwind Example Academy"),
    ("School", "Greensand Example School"),
    ("GP", "Cobnut Example Practice"),
    ("Police", "Kent Police"),
)
PEOPLE = ("testy@example.org", "mockie@example.org", "sample@example.org")
CHILDREN = tuple(f"T{number:03d}X" for number in range(40))
REASONS = ("Neglect", "Domestic abuse", "")
CHANNELS = ("portal", "portal", "phone", "email", "police notification")
DECISIONS = (
    "statutory social work (referral)", "no further action", "passed to allocated worker", "information and advice",
)  # fmt: skip
LEVELS = ("", "2", "3", "4")
YES_NO = ("Yes", "No", "")


class Collisions:
    """Rows of the four files, the same for the same seed; `contacts` contact events."""

    def __init__(self, seed: int, contacts: int) -> None:
        self.random = random.Random(seed)
        bursts = [FIRST + timedelta(days=self.random.randrange(SPAN_DAYS)) for _ in range(contacts // 12)]
        self.bursts = [*bursts, LAST - timedelta(days=4)]
        self.dates: set[tuple[str, date]] = set()
        self.times: list[datetime] = []
        self.echoes: dict[str, str] = {}
        self.named: dict[str, list[str]] = {}
        self.consultations = [self._consultation(number) for number in range(contacts // 3)]
        self.contacts: Rows = []
        for number in range(contacts):
            self.contacts.append(self._contact(number))
        self.children = [row for contact in self.contacts for row in self._children(contact)]
        self.referrals = [self._referral(number) for number in range(contacts // 3)]

    @property
    def files(self) -> dict[str, Rows]:
        return {
            "consultations": self.consultations,
            "contacts": self.contacts,
            "children": self.children,
            "referrals": self.referrals,
        }

    def _moment(self, spread_days: float) -> datetime:
        burst = self.random.choice(self.bursts)
        return _in_span(burst + timedelta(seconds=self.random.randrange(int(spread_days * 86400))))

    def _written(self, moment: datetime, what: str) -> str:
        """Now and then a date alone; no two on a day, so that none is at the same moment as another."""
        if self.random.random() < 0.1 and (what, moment.date()) not in self.dates:
            self.dates.add((what, moment.date()))
            return f"{moment:%Y-%m-%d}"
        return f"{moment:%Y-%m-%d %H:%M:%S}"

    def _one(self, values: Sequence[str]) -> str:
        return self.random.choice(values)

    def _consultation(self, number: int) -> Row:
        agency_type, agency_name = self.random.choice(AGENCIES)
        return {
            "consultation_ref": f"Q{number:05d}",
            "requested_at": self._written(self._moment(40), "asked"),
            "agency_type": agency_type,
            "agency_name": agency_name,
            "consultee_email": self._one((*PEOPLE, *PEOPLE, "")),
        }

    def _contact(self, number: int) -> Row:
        received, channel = _office_day(self._moment(25)), self._one(CHANNELS)
        agency_type, agency_name = AGENCIES[-1] if channel == "police notification" else self.random.choice(AGENCIES)
        row = {
            "contact_ref": f"C{number:05d}",
            "channel": channel,
            "agency_type": agency_type,
            "agency_name": agency_name,
            "referrer_email": self._one((*PEOPLE, *PEOPLE, "")),
            "duplicate_of": "",
            "primary_reason": self._one(REASONS),
            **self._consent(),
            "level_requested": self._one(LEVELS),
            "level_decided": self._one(LEVELS),
        }
        if number and self.random.random() < 0.4:
            received = self._echo(row, number)
        self.times.append(received)
        return (
            row
            | self._decision(received)
            | {"received_at": self._written(received, "received"), **self._quote(received)}
        )

    def _echo(self, row: Row, number: int) -> datetime:
        """The row becomes another word of the same sender on the same children, days or hours after; the moment."""
        earlier = self.random.randrange(number)
        self.echoes[row["contact_ref"]] = f"C{earlier:05d}"
        for name in ("agency_type", "agency_name", "referrer_email", "primary_reason"):
            if self.random.random() < 0.85:
                row[name] = self.contacts[earlier][name]
        row["channel"] = self._one(("portal", "portal", "email", "phone"))
        gap = timedelta(seconds=self.random.randrange(self.random.choice((1, 2, 4, 5)) * 86400))
        received = _office_day(min(self.times[earlier] + gap, LAST))
        if received.date() > self.times[earlier].date() and self.random.random() < 0.2:
            row["duplicate_of"] = f"C{earlier:05d}"
        return received

    def _consent(self) -> Row:
        return {
            **{name: self._one(YES_NO) for name in ("parents_aware", "agreement_obtained", "crime_suspected")},
            "immediate_safeguarding_concern": self._one(("Yes", "No", "No", "", "")),
            "no_agreement_reason": self._one(("said so", "")),
            "no_agreement_authorised_by": self._one(("Invented Manager", "")),
        }

    def _quote(self, received: datetime) -> Row:
        """Mostly nothing; else a consultation of the weeks before, now and then any."""
        window = f"{received - timedelta(days=35):%Y-%m-%d}", f"{received:%Y-%m-%d}"
        recent = [row for row in self.consultations if window[0] <= row["requested_at"] <= window[1]]
        pool = recent if recent and self.random.random() < 0.8 else self.consultations
        quoted = self.random.choice(pool)["consultation_ref"] if self.random.random() < 0.12 else ""
        return {"consultation_ref": quoted}

    def _decision(self, received: datetime) -> Row:
        told = min(received + timedelta(hours=self.random.randrange(1, 60)), LAST)
        police = {"police_notified_at": self._one((f"{told:%Y-%m-%d %H:%M}", ""))}
        if self.random.random() < 0.15:
            return {"decided_at": "", "decision": self._one(("", "pending")), **police}
        decided = min(received + timedelta(seconds=self.random.randrange(4 * 86400)), LAST)
        # Now and then a decision without its moment.
        written = self._one((*[f"{decided:%Y-%m-%d %H:%M:%S}"] * 9, ""))
        return {"decided_at": written, "decision": self._one(DECISIONS), **police}

    def _children(self, contact: Row) -> Rows:
        named = self.random.sample(CHILDREN, self.random.choice((0, 1, 1, 1, 2, 2, 3)))
        if earlier := self.echoes.get(contact["contact_ref"]):
            named = self.named[earlier][: self.random.choice((1, 3, 3))]
        self.named[contact["contact_ref"]] = named
        return [self._child(contact["contact_ref"], ref, contact["received_at"][:10]) for ref in named]

    def _child(self, contact: str, ref: str, received_on: str) -> Row:
        on, age = date.fromisoformat(received_on), self.random.choice((0, 1, 5, 10, 16, 18))
        # Around a birthday, where bands change.
        born = on - timedelta(days=round(age * 365.25) + self.random.randrange(-2, 3)) if age else on
        return {
            "contact_ref": contact,
            "child_ref": ref,
            "position": self._one(("key child", "same address")),
            "date_of_birth": self._one((born.isoformat(), born.isoformat(), "")),
            "expected_date_of_birth": self._one(("2027-06-01", "", "")),
        }

    def _referral(self, number: int) -> Row:
        source = self.random.choice(self.contacts)
        after = timedelta(seconds=self.random.randrange(20 * 86400))
        received = _office_day(min(datetime.fromisoformat(source["received_at"]) + after, LAST))
        named = self._one((source["contact_ref"], "", "", self._one((f"NOWHERE{number}", ""))))
        rows = [row["child_ref"] for row in self.children if row["contact_ref"] == source["contact_ref"]]
        return {
            "referral_ref": f"R{number:05d}",
            "contact_ref": named,
            "child_ref": self._one(rows or CHILDREN),
            "received_at": self._written(received, "accepted"),
        }


def _in_span(moment: datetime) -> datetime:
    while moment > LAST:
        moment -= timedelta(days=45)
    return moment


def _office_day(moment: datetime) -> datetime:
    """The moment, or where it falls on a day or hour without work, one that does not: weekends have cases by hand."""
    while not is_working_day(Office(), moment.date()):
        moment -= timedelta(days=1)
    return moment if 8 <= moment.hour < 17 else moment.replace(hour=9)
