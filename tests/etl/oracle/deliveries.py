"""Sequences of extracts of contacts and their children, and what is left of them, worked out in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

CHANNELS = ("portal", "phone", "email")
Key = TypeVar("Key")
Row = TypeVar("Row")
Left = dict[Key, tuple[int, Row]]
FIRST = datetime(2026, 1, 5, 9, 0)


@dataclass(frozen=True)
class Contact:
    """A row of a contacts file."""

    ref: str
    received_at: datetime
    channel: str
    is_wrong: bool = False

    @property
    def cells(self) -> dict[str, str]:
        """The row as a CSV file has it; a wrong one has a moment that cannot be read."""
        return {
            "contact_ref": self.ref,
            "received_at": f"{self.received_at:%Y-%m-%d %H:%M}",
            "channel": self.channel,
            "decided_at": "noon" if self.is_wrong else "",
        }


@dataclass(frozen=True)
class Child:
    """A row of a children file."""

    contact_ref: str
    child_ref: str
    gender: str

    @property
    def cells(self) -> dict[str, str]:
        """The row as a CSV file has it."""
        return {"contact_ref": self.contact_ref, "child_ref": self.child_ref, "gender": self.gender}


@dataclass(frozen=True)
class Delivery:
    """One extract: a contacts file and a children file."""

    contacts: tuple[Contact, ...]
    children: tuple[Child, ...]


def deliveries(seed: int, files: int, pool: int, is_sliced: bool = False) -> list[Delivery]:
    """Extracts of a pool of contacts from some moment on, with corrections, gaps, twins and wrong rows.

    Sliced ones end at some moment too.
    """
    chance = random.Random(seed)
    found = []
    for _ in range(files):
        start = FIRST + timedelta(hours=chance.randint(0, 3 * pool))
        end = start + timedelta(hours=chance.randint(2 * pool, 3 * pool)) if is_sliced else datetime.max
        rows = [row for number in range(pool) if start <= (row := _contact(chance, number)).received_at <= end]
        rows += [chance.choice(rows) for _ in range(2)]
        chance.shuffle(rows)
        children = [child for ref in sorted({row.ref for row in rows}) for child in _children(chance, ref)]
        children.append(chance.choice(children))
        found.append(Delivery(tuple(rows), tuple(children)))
    return found


def _contact(chance: random.Random, number: int) -> Contact:
    # one in four is missing from the extract, one in eight was corrected, one in eight is wrong
    kind = chance.random()
    if kind < 0.25:
        return Contact(f"C-{number}", datetime.min, "")
    hours = 6 * number + (chance.randint(1, 5) if kind < 0.375 else 0)
    return Contact(f"C-{number}", FIRST + timedelta(hours=hours), chance.choice(CHANNELS), is_wrong=kind > 0.875)


def _children(chance: random.Random, ref: str) -> list[Child]:
    numbers = sorted(chance.sample(range(3), chance.randint(1, 3)))
    return [Child(ref, f"K-{ref}-{number}", chance.choice(["female", "male"])) for number in numbers]


def good_contacts(delivery: Delivery) -> dict[str, Contact]:
    """By reference: neither wrong nor twice in the file."""
    right = [row for row in delivery.contacts if not row.is_wrong]
    counts = Counter(row.ref for row in right)
    return {row.ref: row for row in right if counts[row.ref] == 1}


def good_children(delivery: Delivery) -> dict[tuple[str, str], Child]:
    """By contact and child: not twice in the file."""
    counts = Counter((row.contact_ref, row.child_ref) for row in delivery.children)
    return {key: row for row in delivery.children if counts[key := (row.contact_ref, row.child_ref)] == 1}


def left_of_contacts(delivered: list[Delivery], is_full: bool) -> Left[str, Contact]:
    """Reference → (number of the file, row) at the end of all."""
    return _left([good_contacts(delivery) for delivery in delivered], lambda row: row.received_at, is_full)


def left_of_children(delivered: list[Delivery], is_full: bool) -> Left[tuple[str, str], Child]:
    """(contact, child) → (number of the file, row) at the end of all; a child's moment is its contact's latest."""
    moments = {row.ref: row.received_at for delivery in delivered for row in delivery.contacts}
    return _left([good_children(delivery) for delivery in delivered], lambda row: moments[row.contact_ref], is_full)


def _left(files: list[dict[Key, Row]], moment: Callable[[Row], datetime], is_full: bool) -> Left[Key, Row]:
    """What no newer file covers, the newest of each key."""
    left: Left[Key, Row] = {}
    for number, rows in enumerate(files):
        newer = files[number + 1 :] if is_full else []
        left |= {
            key: (number, row)
            for key, row in rows.items()
            if not any(_covers(file, rows, moment(row), moment) for file in newer)
        }
    return left


def _covers(newer: dict[Key, Row], older: dict[Key, Row], at: datetime, moment: Callable[[Row], datetime]) -> bool:
    """From its first moment to its last; without end where it repeats half of the older rows from there on."""
    starts, ends = (pick(map(moment, newer.values())) for pick in (min, max))
    since = [key for key, row in older.items() if moment(row) >= starts]
    is_same_extract = 2 * sum(key in newer for key in since) >= len(since)
    return starts <= at and (is_same_extract or at <= ends)
