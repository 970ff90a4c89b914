"""Contact events: when they come, from whom, about what, which of them convert, and which come twice."""

from __future__ import annotations

import numpy as np

from etl.profile import Profile
from etl.synthetic.calibration import (
    ARRIVAL_REASON,
    ARRIVALS,
    ARRIVALS_CONVERTING,
    BIRTH_REASON,
    CHANNEL_WEIGHTS,
    CHANNELS,
    CHILDREN_PER_CONTACT,
    COMMON_REASONS,
    DIRECT_REFERRAL_SHARE,
    GROUP_SHARES,
    REASON_FACTORS,
    SOURCE_WEIGHTS,
    Calibration,
)
from etl.synthetic.columns import (
    Array,
    Coded,
    Columns,
    chance,
    coded,
    flags,
    joined,
    minutes,
    pick,
    pick_each,
    plain,
    take,
    words,
)
from etl.synthetic.people import families
from etl.synthetic.timeline import Timeline, skip_missing_hour

ORIGINAL, RESUBMISSION, SECOND_SENDER = 0, 1, 2
DUPLICATE_SHARE = 0.03
UNKNOWN_NAME_SHARE = 0.02
NO_CHILD_SHARE = 0.03
SPARE_CONVERTING = 1.15
#: Brothers and sisters are not always referred again with the key child.
LOST_WITH_SIBLINGS = 1.06
UNKNOWN_AGENCIES = ("Figmenton Nursery", "Notreal Community Group", "Mockingham Wellbeing Hub")


def draw_events(
    rng: np.random.Generator, profile: Profile, figures: Calibration, span: Timeline, total: int
) -> Columns:
    """All contact events in order of receipt, `total` of them, duplicates included.

    Columns: received_at, group, source, agency_type, agency, person, channel, reason, urgent, level, immediate,
    converting, no_child, unborn, family, kind, origin (position of the event it repeats, else -1).
    """
    repeats = round(DUPLICATE_SHARE * total)
    events = _originals(rng, profile, figures, span, total - repeats)
    events["converting"] = _converting(rng, events, figures, total)
    childless = ~flags(events, "converting") & (plain(events, "group") != ARRIVALS)
    events["no_child"] = childless & chance(rng, np.full(total - repeats, NO_CHILD_SHARE))
    _assign_families(rng, events, figures)
    _part_accidental_twins(events)
    return _with_repeats(rng, profile, events, span, repeats)


def senders(rng: np.random.Generator, profile: Profile, group: Array, years: float) -> Columns:
    """Source code, local agency type, agency and the person who writes, for each event's group (n,)."""
    codes = tuple(dict.fromkeys(code for weights in SOURCE_WEIGHTS for code in weights))
    weights = [[row.get(code, 0.0) for code in codes] for row in SOURCE_WEIGHTS]
    source = coded(pick_each(rng, group, weights), codes)
    agency = _agencies(rng, profile, source)
    return {"group": group, "source": source, "agency_type": _agency_types(profile, source),
            "agency": agency, "person": _persons(rng, agency, years)}  # fmt: skip


def reasons(rng: np.random.Generator, profile: Profile, group: Array) -> Coded:
    """The primary reason of each event by its sender's group (n,); arrivals have their own."""
    labels = tuple(reason.label for reason in profile.reasons) or tuple(COMMON_REASONS)
    rows = [[COMMON_REASONS.get(label, 0.0) * factors.get(label, 1.0) + 1e-9 for label in labels]
            for factors in REASON_FACTORS]  # fmt: skip
    drawn = pick_each(rng, group, rows)
    if ARRIVAL_REASON in labels:
        drawn[group == ARRIVALS] = labels.index(ARRIVAL_REASON)
    blank = chance(rng, np.where(group == ARRIVALS, 0.0, 0.04))
    return coded(np.where(blank, -1, drawn), labels)


def _originals(rng: np.random.Generator, profile: Profile, figures: Calibration, span: Timeline, size: int) -> Columns:
    counts = _group_counts(figures, size)
    received = np.concatenate([span.receipts(rng, group, count) for group, count in enumerate(counts)])
    group = np.repeat(np.arange(len(counts)), counts)
    order = np.lexsort((rng.random(size), received))
    received, group = received[order], group[order]
    events: Columns = {"received_at": received, **senders(rng, profile, group, span.length_months / 12)}
    events["channel"] = coded(pick_each(rng, group, CHANNEL_WEIGHTS), CHANNELS)
    events["reason"] = reasons(rng, profile, group)
    return events | _need(rng, group)


def _group_counts(figures: Calibration, size: int) -> list[int]:
    arrivals_a_year = figures.arrivals_share * figures.referrals_a_year / ARRIVALS_CONVERTING
    arrivals = round(size * arrivals_a_year / figures.events_a_year)
    bounds = np.rint(np.cumsum((0, *GROUP_SHARES)) * (size - arrivals)).astype(int)
    return [*np.diff(bounds).tolist(), arrivals]


def _need(rng: np.random.Generator, group: Array) -> Columns:
    size = len(group)
    urgent = chance(rng, np.take((0.26, 0.15, 0.2, 0.18, 0.2, 0.18, 0.9), group))
    level = pick_each(rng, urgent.astype(int), ((0.02, 0.16, 0.52, 0.30), (0.0, 0.02, 0.23, 0.75))) + 1
    immediate = chance(rng, np.where(urgent, 0.45, 0.02))
    return {"urgent": urgent, "level": level, "immediate": immediate, "kind": np.zeros(size, np.int8),
            "origin": np.full(size, -1, np.int64)}  # fmt: skip


def _converting(rng: np.random.Generator, events: Columns, figures: Calibration, total: int) -> Array:
    """Which events (n,) become referrals: by group, evenly through time, the needy ones more often."""
    group, level = plain(events, "group"), plain(events, "level")
    weight = np.take((0.1, 0.25, 0.9, 1.7), level - 1) * np.where(flags(events, "urgent"), 1.8, 1.0)
    weight[group == ARRIVALS] = 1.0
    referrals = total * figures.referrals_a_year / figures.events_a_year * (1 - DIRECT_REFERRAL_SHARE)
    chosen = np.zeros(len(group), bool)
    for number, share in enumerate((*GROUP_SHARES, 0.0)):
        rows = np.flatnonzero(group == number)
        wanted = _group_target(figures, number, share) * referrals
        size = wanted * SPARE_CONVERTING / CHILDREN_PER_CONTACT if number != ARRIVALS else wanted
        chosen[rows[_systematic(rng, weight[rows], size)]] = True
    return chosen


def _group_target(figures: Calibration, group: int, share: float) -> float:
    """The share of all referrals that a group brings; arrivals come from police and other agencies."""
    if group == ARRIVALS:
        return figures.arrivals_share / (1 - DIRECT_REFERRAL_SHARE)
    return share - (figures.arrivals_share / 2 if group in (0, 5) else 0.0)


def _systematic(rng: np.random.Generator, weight: Array, size: float) -> Array:
    """Positions drawn with probability in proportion to weight, evenly along the array, `size` in all."""
    if not len(weight):
        return np.zeros(0, np.int64)
    steps = np.cumsum(np.minimum(weight * size / weight.sum(), 0.97)) + rng.random()
    return np.flatnonzero(np.diff(np.floor(steps), prepend=0.0) > 0)


def _assign_families(rng: np.random.Generator, events: Columns, figures: Calibration) -> None:
    received, converting = plain(events, "received_at"), flags(events, "converting")
    alone = (plain(events, "group") == ARRIVALS) | flags(events, "no_child")
    again = figures.rereferral_share * LOST_WITH_SIBLINGS / (1 - figures.arrivals_share)
    events["family"] = families(rng, received, ~alone, converting, again)
    _mark_unborn(rng, events, alone)


def _mark_unborn(rng: np.random.Generator, events: Columns, alone: Array) -> None:
    """About one family in forty comes first before a birth: that contact's reason is the birth."""
    family, reason = plain(events, "family"), words(events, "reason")
    expecting = rng.random(int(family.max(initial=-1)) + 1) < 0.025
    first = np.zeros(len(family), bool)
    first[np.unique(family, return_index=True)[1]] = True
    events["unborn"] = expecting[family] & ~alone
    if BIRTH_REASON in reason.labels:
        reason.codes[flags(events, "unborn") & first] = reason.labels.index(BIRTH_REASON)


def _part_accidental_twins(events: Columns) -> None:
    """A family's next contact within six days gets another reason, so that only planted repeats look like ones."""
    reason, family, received = words(events, "reason"), plain(events, "family"), plain(events, "received_at")
    for _ in range(3):
        order = np.lexsort((received, reason.codes, family))
        same = (np.diff(family[order]) == 0) & (np.diff(reason.codes[order]) == 0)
        close = same & (np.diff(received[order]) < np.timedelta64(6 * 1440, "m"))
        later = order[1:][close & (reason.codes[order][1:] >= 0)]
        reason.codes[later] = (reason.codes[later] + 1) % len(reason.labels)


def _with_repeats(rng: np.random.Generator, profile: Profile, events: Columns, span: Timeline, size: int) -> Columns:
    usable = (plain(events, "group") != ARRIVALS) & ~flags(events, "no_child")
    usable &= plain(events, "received_at") < span.extract - np.timedelta64(3 * 1440, "m")
    origin = np.sort(rng.choice(np.flatnonzero(usable), size, replace=False)) if size else np.zeros(0, np.int64)
    repeats = take(events, origin)
    again = (rng.random(size) < 0.5) & words(repeats, "channel").has("portal")
    _change_sender(rng, profile, repeats, ~again, span)
    lag = np.where(again, rng.integers(5, 20 * 60, size), rng.integers(60, 44 * 60, size))
    repeats["received_at"] = skip_missing_hour(plain(repeats, "received_at") + minutes(lag))
    repeats["kind"] = np.where(again, RESUBMISSION, SECOND_SENDER).astype(np.int8)
    repeats["converting"] = np.zeros(size, bool)
    return _merged(events, repeats, origin)


def _change_sender(rng: np.random.Generator, profile: Profile, repeats: Columns, other: Array, span: Timeline) -> None:
    """The second sender of the same incident is of another group, and writes in its own way."""
    group = (plain(repeats, "group") + 1 + pick(rng, len(other), (1, 1, 1))) % 5
    fresh = senders(rng, profile, group, span.length_months / 12)
    fresh["channel"] = coded(pick_each(rng, group, CHANNEL_WEIGHTS), CHANNELS)
    for name, column in fresh.items():
        old = repeats[name]
        if isinstance(column, Coded) and isinstance(old, Coded):
            repeats[name] = coded(np.where(other, column.codes, old.codes), column.labels)
        elif not isinstance(column, Coded) and not isinstance(old, Coded):
            repeats[name] = np.where(other, column, old)


def _merged(events: Columns, repeats: Columns, origin: Array) -> Columns:
    """Events and repeats in one, in order of receipt; `origin` then holds the event's new position."""
    together = {name: joined(column, repeats[name]) for name, column in events.items()}
    base = len(plain(events, "family"))
    order = np.lexsort((np.arange(base + len(origin)), plain(together, "received_at")))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    together["origin"] = np.concatenate([np.full(base, -1), place[origin]])
    return take(together, order)


def _agency_types(profile: Profile, source: Coded) -> Coded:
    first: dict[str, int] = {}
    for place, kind in enumerate(profile.agency_types):
        first.setdefault(kind.source_code, place)
    mapped = np.array([first.get(code, -1) for code in source.labels])
    return coded(mapped[source.codes], tuple(kind.label for kind in profile.agency_types))


def _agencies(rng: np.random.Generator, profile: Profile, source: Coded) -> Coded:
    """The organisation of each event (n,): the first ones of a type are the busiest, a few are on no list."""
    labels = (*(agency.name for agency in profile.agencies), *UNKNOWN_AGENCIES)
    chosen = np.full(len(source), -1, np.int64)
    for code, label in enumerate(source.labels):
        known = [place for place, agency in enumerate(profile.agencies) if agency.source_code == label]
        rows = np.flatnonzero(source.codes == code)
        if known:
            weights = 1 / (np.arange(len(known)) + 3.0)
            chosen[rows] = np.asarray(known)[pick(rng, len(rows), weights.tolist())]
    strange = (chosen >= 0) & chance(rng, np.full(len(chosen), UNKNOWN_NAME_SHARE))
    chosen[strange] = len(profile.agencies) + rng.integers(0, len(UNKNOWN_AGENCIES), int(strange.sum()))
    return coded(chosen, labels)


def _persons(rng: np.random.Generator, agency: Coded, years: float) -> Array:
    """A person's number (n,): staff write about twice a year, somebody without an organisation once."""
    count = np.bincount(agency.codes + 1, minlength=len(agency.labels) + 1)[1:]
    staff = np.maximum(4, count * 0.6 / max(years, 0.25)).astype(np.int64)
    start = np.concatenate([[0], np.cumsum(staff)])
    within = (rng.random(len(agency)) * staff[agency.codes]).astype(np.int64) + start[agency.codes]
    alone = np.cumsum(agency.codes < 0) + start[-1]
    found: Array = np.where(agency.codes >= 0, within, alone)
    return found
