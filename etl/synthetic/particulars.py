"""The particulars that fill the remaining columns: roles, places, second reasons, narrative, form answers."""

from __future__ import annotations

import numpy as np

from etl.profile import Profile
from etl.synthetic.cells import CONTACT_FIELDS
from etl.synthetic.columns import Array, Coded, Columns, answers, coded, flags, pick, plain, words
from etl.synthetic.events import RESUBMISSION
from etl.synthetic.narrative import filled, texts
from etl.synthetic.timeline import Timeline

ROLES = ("Sergeant (sample)", "Designated Safeguarding Lead", "Health practitioner", "Social care officer",
         "Member of the public", "Support worker", "Border officer (sample)", "Teacher")  # fmt: skip
SCHOOLS = ("Examplington Primary", "Sampleworth Academy", "Fictionby Infants", "Placeholder High", "Demoson College")
NOWHERE = "ZZ99"
FIELD_SHARES = (0.96, 0.62, 0.52, 0.55, 0.22)
UNMAPPED_REASON, MISSING_KEY, DECIDED_EARLY, YEAR_0202, TWIN_KEY = 1, 2, 3, 4, 5
DIRT = ("unmapped reason", "missing key", "decided before received", "year 0202", "twin key")


def complete_contacts(
    rng: np.random.Generator, profile: Profile, span: Timeline, events: Columns, characters: int | None
) -> None:
    """Adds to the events every column that no measure's truth depends on."""
    size, channel = len(plain(events, "group")), words(events, "channel")
    form = channel.has("portal")
    events["grp"] = plain(events, "group")
    events["role"] = coded(np.where(rng.random(size) < 0.9, _roles(rng, plain(events, "group")), -1), ROLES)
    events["anonymous"] = (plain(events, "group") == 4) & (rng.random(size) < 0.2)
    events["nameless"] = (
        flags(events, "anonymous")
        | words(events, "source").has("9")
        | (~flags(events, "consulted") & (rng.random(size) < 0.02))
    )
    _as_the_first_time(events, "anonymous", "nameless")
    events["secondary_reason"] = _second(rng, words(events, "reason"), 0.45)
    professional = plain(events, "group") != 4
    events["dsl_consulted"] = answers(rng.random(size) < 0.85, professional & (form | (rng.random(size) < 0.3)))
    asked = rng.random(size)
    events["family_difficulties_asked"] = answers(asked < 0.58, form | (rng.random(size) < 0.7))
    events["open_access_registration"] = answers(rng.random(size) < 0.22, form & (rng.random(size) < 0.9))
    missing = np.where(form, 0.04, np.where(channel.has("police notification"), 0.75, 0.4))
    events["level_requested"] = np.where(rng.random(size) < missing, 0, plain(events, "level"))
    events["agreed_days"] = pick(rng, size, (6, 3, 1, 1))
    events["other_agencies"] = answers(rng.random(size) < 0.5, form)
    events["attachments"] = np.where(form, pick(rng, size, (70, 18, 7, 3, 1)), 0)
    events["marked"] = (plain(events, "kind") > 0) & (rng.random(size) < 0.6)
    events["dated"] = span.month_of(plain(events, "received_at")) == _number(span.date_only_month)
    _places(rng, profile, events)
    _narrative(rng, events, form, characters)


def complete_children(rng: np.random.Generator, events: Columns, children: Columns) -> None:
    """Adds postcode, school, numbers and family to the child rows."""
    event, person = plain(children, "event"), plain(children, "person")
    people = int(person.max(initial=-1)) + 1
    received = plain(events, "received_at")[event].astype("datetime64[D]")
    age = (received - plain(children, "born")).astype(np.int64) / 365.25
    children["family"] = plain(events, "family")[event]
    arrival = words(children, "unaccompanied").has("Yes")
    children["at_school"] = (age > 4.5) & (age < 16.5) & ~arrival & (rng.random(people) < 0.8)[person]
    children["school"] = coded(rng.integers(0, len(SCHOOLS), people)[person], SCHOOLS)
    children["numbered"] = ~flags(children, "unborn") & ~arrival & (rng.random(people) < 0.55)[person]
    postcode = words(events, "postcode")
    shown = rng.random(len(event)) < 0.9
    children["postcode"] = Coded(np.where(shown, postcode.codes[event], -1), postcode.labels)


def complete_consultations(rng: np.random.Generator, profile: Profile, table: Columns, characters: int | None) -> None:
    """Adds role, second reason, district and notes to the consultations."""
    size = len(plain(table, "person"))
    table["role"] = coded(np.where(rng.random(size) < 0.9, _roles(rng, plain(table, "group")), -1), ROLES)
    table["secondary_reason"] = _second(rng, words(table, "reason"), 0.3)
    names = tuple(district.name for district in profile.districts)
    district = rng.integers(0, max(len(names), 1), size)
    table["district"] = coded(np.where((rng.random(size) < 0.8) & bool(names), district, -1), names)
    table["notes"] = coded(filled(rng, np.ones(size, bool), 0.9), texts(rng, characters))


def complete_referrals(referrals: Columns) -> None:
    """A disposal column, blank, where the authority's vocabulary has none."""
    blank = np.full(len(plain(referrals, "person")), -1, np.int16)
    referrals.setdefault("disposal", Coded(blank, ("",)))


def soil(rng: np.random.Generator, events: Columns, share: float) -> dict[str, int]:
    """Marks a share (0–1) of the contacts with one mistake each; returns how many of each kind."""
    size = len(plain(events, "group"))
    dirt = np.zeros(size, np.int8)
    rows = 1 + 2 * rng.choice((size - 1) // 2, round(share * size), replace=False) if size > 2 else np.zeros(0, int)
    dirt[rows] = 1 + np.arange(len(rows)) % len(DIRT)
    undecided = (dirt == DECIDED_EARLY) & np.isnat(plain(events, "decided_at"))
    dirt[undecided] = UNMAPPED_REASON
    events["dirt"] = dirt
    counts = np.bincount(dirt, minlength=len(DIRT) + 1)[1:].tolist()
    return dict(zip(DIRT, counts, strict=True)) | {"total row": 4 if share else 0}


def _as_the_first_time(events: Columns, *names: str) -> None:
    """Who sends a form again signs it as before."""
    again = np.flatnonzero(plain(events, "kind") == RESUBMISSION)
    for name in names:
        plain(events, name)[again] = plain(events, name)[plain(events, "origin")[again]]


def _roles(rng: np.random.Generator, group: Array) -> Array:
    teacher = (group == 1) & (rng.random(len(group)) < 0.45)
    return np.where(teacher, len(ROLES) - 1, group)


def _second(rng: np.random.Generator, reason: Coded, share: float) -> Coded:
    """A second reason (n,) for a share of the rows that have a first one, never the same."""
    step = rng.integers(1, max(len(reason.labels), 2), len(reason))
    second = (reason.codes + step) % len(reason.labels)
    return coded(np.where((reason.codes >= 0) & (rng.random(len(reason)) < share), second, -1), reason.labels)


def _number(month: int | None) -> int:
    return -1 if month is None else month


def _places(rng: np.random.Generator, profile: Profile, events: Columns) -> None:
    """A family lives in one district and postcode; the district is written for three contacts in four."""
    family = plain(events, "family")
    count, size = int(family.max(initial=-1)) + 1, len(family)
    names = tuple(district.name for district in profile.districts)
    spots = [(place, out) for place, district in enumerate(profile.districts) for out in district.outward]
    inward = [f"9Z{letter}" for letter in "ABDEFGHJLNPQRSTUWXYZ"]
    labels = (*tuple(f"{out} {end}" for _, out in spots for end in inward), f"{NOWHERE} 9ZZ")
    home = rng.integers(0, max(len(labels) - 1, 1), count)
    home = np.where(rng.random(count) < 0.01, len(labels) - 1, home)[family]
    owner = np.array([place for place, _ in spots for _ in inward] + [-1])
    shown = rng.random(size) < 0.75
    events["district"] = coded(np.where(shown, owner[home], -1), names)
    events["postcode"] = coded(np.where(rng.random(size) < 0.88, home, -1), labels)


def _narrative(rng: np.random.Generator, events: Columns, form: Array, characters: int | None) -> None:
    pool = texts(rng, characters)
    for field, share in zip(CONTACT_FIELDS, FIELD_SHARES, strict=True):
        shown = np.ones(len(form), bool) if field == CONTACT_FIELDS[0] else form
        events[field] = coded(filled(rng, shown, share), pool)
    events["text_reason"] = coded(filled(rng, np.ones(len(form), bool), 1.0), pool)
