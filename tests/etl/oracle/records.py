"""Input rows as the links and measures see them: moments read, children put to their contacts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from tests.etl.oracle.clock_oracle import LONDON, Moment
from tests.etl.oracle.settled import read_moment

Row = Mapping[str, str]
Files = Mapping[str, Sequence[Row]]
Found = dict[str, Any]
"""Columns of a case and what they must hold; a key column holds the reference that makes the key."""
RECEIPT = {"consultations": "requested_at", "contacts": "received_at", "referrals": "received_at"}
REFERENCE = {"consultations": "consultation_ref", "contacts": "contact_ref", "referrals": "referral_ref"}


@dataclass(frozen=True)
class Record:
    """A row of a file; `at` is its receipt in UTC, local midnight when the file gives a date only."""

    row: Row
    ref: str
    moment: Moment

    @property
    def at(self) -> datetime:
        if self.moment.at is not None:
            return self.moment.at
        return datetime.combine(self.on, time(), LONDON).astimezone(UTC)

    @property
    def on(self) -> date:
        return self.moment.day

    @property
    def wall(self) -> datetime:
        """Receipt as the clock on the wall has it: windows in days do not see the clock change."""
        return self.at.astimezone(LONDON).replace(tzinfo=None)

    @property
    def latest(self) -> datetime:
        """The end of the day where no time is known."""
        return self.wall if self.is_timed else self.wall.replace(hour=23, minute=59, second=59)

    @property
    def is_timed(self) -> bool:
        return self.moment.at is not None

    def __getitem__(self, column: str) -> str:
        return self.row.get(column, "")

    def time_of(self, column: str) -> Moment | None:
        return read_moment(self[column])


def records(files: Files, feed: str) -> list[Record]:
    """The rows of a feed, oldest first."""
    rows = files.get(feed, ())
    found = [Record(row, row[REFERENCE[feed]], _receipt(row, RECEIPT[feed])) for row in rows]
    return sorted(found, key=lambda record: (record.at, record.ref))


def children_of(files: Files) -> dict[str, list[Row]]:
    """The rows of children by the reference of their contact."""
    by_contact: dict[str, list[Row]] = defaultdict(list)
    for row in files.get("children", ()):
        by_contact[row["contact_ref"]].append(row)
    return by_contact


def a_year_after(day: date) -> date:
    """The same calendar day a year later; 28 February after a 29th."""
    try:
        return day.replace(year=day.year + 1)
    except ValueError:
        return day.replace(year=day.year + 1, day=28)


def reaches_back(on: date, everything: Iterable[Record]) -> bool:
    """Whether the data begin a year or more before that day."""
    return a_year_after(min(record.on for record in everything)) <= on


def _receipt(row: Row, column: str) -> Moment:
    moment = read_moment(row[column])
    assert moment is not None
    return moment
