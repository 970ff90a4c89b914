"""The children named in contacts: one row per contact and child, and the person each row stands for."""

from __future__ import annotations

import numpy as np

from etl.synthetic.calibration import ARRIVALS, CHILDREN_PER_CONTACT
from etl.synthetic.columns import (
    Array,
    Coded,
    Columns,
    answers,
    chance,
    coded,
    flags,
    minutes,
    pick,
    pick_each,
    plain,
    words,
)
from etl.synthetic.contacts import ALLOCATED
from etl.synthetic.people import family_sizes
from etl.synthetic.timeline import DAY

ETHNICITIES = (
    "A1 - White British", "A2 - White Irish", "A3 - Any other White background", "A4 - Traveller of Irish Heritage",
    "A5 - Gypsy/Roma", "B1 - White and Black Caribbean", "B2 - White and Black African", "B3 - White and Asian",
    "B4 - Any other Mixed background", "C1 - Indian", "C2 - Pakistani", "C3 - Bangladeshi",
    "C4 - Any other Asian background", "D1 - Caribbean", "D2 - African", "D3 - Any other Black background",
    "E1 - Chinese", "E2 - Any other ethnic group", "E3 - Refused", "E4 - Information not yet obtained",
)  # fmt: skip
_SETTLED = (74, 0.4, 5, 0.3, 1.2, 1.4, 0.8, 1, 1.8, 1, 0.8, 0.8, 1.2, 0.6, 2.2, 0.9, 0.3, 1.2, 0.6, 4.5)
_ARRIVED = (0, 0, 0.5, 0, 0, 0, 0, 0, 1, 0.2, 2, 0.5, 22, 0.1, 40, 4, 0.2, 25, 0.5, 4)
POSITIONS = ("key child", "same address", "other address")
GENDERS = ("female", "male", "other", "unknown")
UNREFERENCED_SHARE = 0.015
TWIN_SHARE, UNBORN_TWIN_SHARE = 0.02, 0.08


def draw_children(rng: np.random.Generator, events: Columns) -> Columns:
    """One row per child named in a contact, in order of contact; 1.7 a contact over all contacts.

    Columns: event (position of the contact), slot (0 = key child), person, born, expected, unborn, has_reference,
    position, gender, ethnicity, disability, estimated, open_case, unaccompanied, twin,
    nameless (unborn twins known by the order of their rows only).
    """
    family, group = plain(events, "family"), plain(events, "group")
    sizes = family_sizes(rng, family, (group == ARRIVALS) | flags(events, "no_child"))
    named = np.where(flags(events, "no_child"), 0, sizes[family])
    event = np.repeat(np.arange(len(family)), named)
    slot = np.arange(len(event)) - np.repeat(np.cumsum(named) - named, named)
    keep = _kept(rng, slot, round(CHILDREN_PER_CONTACT * len(family)))
    event, slot = event[keep], slot[keep]
    first = np.cumsum(sizes) - sizes
    children: Columns = {"event": event, "slot": slot, "person": first[family[event]] + slot}
    _born(rng, events, children, sizes)
    _described(rng, events, children)
    return children


def _kept(rng: np.random.Generator, slot: Array, wanted: int) -> Array:
    """All key children, and as many of the others as leave `wanted` rows."""
    others = np.flatnonzero(slot > 0)
    surplus = min(max(len(slot) - wanted, 0), len(others))
    keep = np.ones(len(slot), bool)
    keep[rng.choice(others, surplus, replace=False)] = False
    return keep


def _born(rng: np.random.Generator, events: Columns, children: Columns, sizes: Array) -> None:
    """Birth dates by family: the key child is the youngest; a child expected at first is born later."""
    family = plain(events, "family")
    count = len(sizes)
    opened = np.zeros(count, "datetime64[D]")
    opened[family[::-1]] = plain(events, "received_at")[::-1].astype("datetime64[D]")
    arrival, expecting = np.zeros(count, bool), np.zeros(count, bool)
    arrival[family] = plain(events, "group") == ARRIVALS
    expecting[family] = flags(events, "unborn")
    age = np.where(arrival, rng.uniform(15.2, 17.95, count), rng.triangular(0, 5, 17.9, count))
    youngest = opened - minutes(age * 365.25 * 1440).astype("timedelta64[D]")
    due = opened + rng.integers(15, 190, count) * DAY
    mine = family[plain(children, "event")]
    person, slot = plain(children, "person"), plain(children, "slot")
    twins = rng.random(count) < np.where(expecting, UNBORN_TWIN_SHARE, TWIN_SHARE)
    twin = twins[mine] & (slot <= 1) & ~arrival[mine]
    gap = rng.integers(330, 1100, int(person.max(initial=-1)) + 1)
    older = np.where(twin, 0, slot * gap[person])
    base = np.where(expecting[mine], due[mine], youngest[mine])
    birth = base - older * DAY
    now = plain(events, "received_at")[plain(children, "event")].astype("datetime64[D]")
    unborn = birth > now
    children["born"], children["unborn"], children["twin"] = birth, unborn, twin
    children["has_reference"] = _references(rng, events, children, mine, count)
    children["nameless"] = unborn & twin & ~flags(children, "has_reference")


def _references(rng: np.random.Generator, events: Columns, children: Columns, mine: Array, count: int) -> Array:
    """Whether a child has a reference: always or never, since a child is recognised by it; few never have one."""
    person, twin, unborn = plain(children, "person"), flags(children, "twin"), flags(children, "unborn")
    size = int(person.max(initial=-1)) + 1
    lacking = rng.random(size) < UNREFERENCED_SHARE
    once = np.bincount(plain(events, "family"), minlength=count) == 1
    without = (twin | unborn) & once[mine] & (rng.random(count) < 0.35)[mine]
    lacking[person[without]] = True
    again = unborn & ~once[mine]
    lacking[person[again]] = False
    return ~lacking[person]


def _described(rng: np.random.Generator, events: Columns, children: Columns) -> None:
    event, slot, person = (plain(children, name) for name in ("event", "slot", "person"))
    size, people = len(event), int(person.max(initial=-1)) + 1
    arrival = plain(events, "group")[event] == ARRIVALS
    unborn = flags(children, "unborn")
    elsewhere = (slot > 0) & (rng.random(people) < 0.13)[person]
    key = (slot == 0) | (flags(children, "twin") & unborn)
    children["position"] = coded(np.where(key, 0, np.where(elsewhere, 2, 1)), POSITIONS)
    gender = np.where(arrival, pick(rng, size, (6, 94)), pick(rng, people, (0.48, 0.505, 0.005, 0.01))[person])
    children["gender"] = coded(np.where(unborn, 3, gender), GENDERS)
    arrived = np.zeros(people, np.int64)
    arrived[person] = arrival
    group = pick_each(rng, arrived, (_SETTLED, _ARRIVED))
    blank = (rng.random(people) < 0.04)[person]
    children["ethnicity"] = coded(np.where(blank, -1, group[person]), ETHNICITIES)
    disabled = (rng.random(people) < 0.09)[person]
    children["disability"] = answers(disabled, ~unborn & (rng.random(size) < 0.8))
    children["estimated"] = answers((rng.random(people) < 0.03)[person] | (arrival & (rng.random(size) < 0.5)),
                                    ~unborn & (rng.random(size) < 0.9))  # fmt: skip
    children["open_case"] = _open(rng, events, event)
    children["unaccompanied"] = answers(arrival, arrival | (rng.random(size) < 0.85))


def _open(rng: np.random.Generator, events: Columns, event: Array) -> Coded:
    allocated = words(events, "decision").codes[event] == ALLOCATED
    known = allocated | chance(rng, np.full(len(event), 0.04))
    return answers(known, rng.random(len(event)) < 0.92)
