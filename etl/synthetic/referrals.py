"""Accepted referrals: one row per child, what was decided on it, and the dates of what followed."""

from __future__ import annotations

import numpy as np

from etl.profile import Profile
from etl.synthetic.calibration import ARRIVALS, DIRECT_REFERRAL_SHARE, NEEDS, Calibration
from etl.synthetic.columns import (
    NEVER,
    Array,
    Coded,
    Columns,
    answers,
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
from etl.synthetic.contacts import REFERRAL, STRATEGY
from etl.synthetic.people import shift
from etl.synthetic.timeline import DAY, Timeline, minute_of_day

OUTCOMES = (
    "child and family assessment",
    "emergency protective action",
    "section 47 / new assessment on a known child",
    "another agency / advice",
    "no further action",
)
ASSESSMENT, EMERGENCY, SECTION_47, ELSEWHERE, NOTHING = range(5)
DISPOSALS = ("not in need", "moderate need", "high need", "significant harm")
NO_CONTACT, OLD_CONTACT = -1, -2
BLANK_CONTACT_SHARE = 0.05
SAME_CHILD_GAP = np.timedelta64(2 * 1440, "m")


def draw_referrals(
    rng: np.random.Generator,
    profile: Profile,
    figures: Calibration,
    span: Timeline,
    events: Columns,
    children: Columns,
) -> Columns:
    """All referrals in order of receipt.

    Columns: received_at, event (position of the contact; -1 none, -2 one from before the span), quoted (the contact's
    reference is given), person, source, need, nfa, disposal, outcome, decided_at and the later moments.
    """
    row = _referred(rng, events, children, figures)
    event, person = plain(children, "event")[row], plain(children, "person")[row]
    received = _received(rng, plain(events, "decided_at")[event], event)
    source = words(events, "source").codes[event]
    referrals: Columns = {"received_at": received, "event": event, "person": person}
    referrals |= {"source": Coded(source, words(events, "source").labels), "unborn": flags(children, "unborn")[row]}
    referrals["strategy"] = words(events, "decision").codes[event] == STRATEGY
    referrals["need"] = _need(events, event)
    referrals = _with_direct(rng, referrals, span, events, children)
    referrals = take(referrals, np.lexsort((plain(referrals, "person"), plain(referrals, "received_at"))))
    referrals = take(referrals, np.flatnonzero(_apart(referrals) & (plain(referrals, "received_at") <= span.extract)))
    referrals["quoted"] = _quoted(rng, events, referrals)
    _decided(rng, profile, figures, span, events, referrals)
    _followed(rng, span, referrals)
    return referrals


def _referred(rng: np.random.Generator, events: Columns, children: Columns, figures: Calibration) -> Array:
    """The child rows (m,) that become referrals: all key children of accepted contacts, and most of the others."""
    event = plain(children, "event")
    accepted = np.isin(words(events, "decision").codes, (REFERRAL, STRATEGY))
    rows = np.flatnonzero(accepted[event] & flags(children, "has_reference"))
    others = rows[(plain(children, "slot")[rows] > 0)]
    chance_left = flags(events, "converting").sum() / max(accepted.sum(), 1)
    wanted = len(plain(events, "group")) * figures.referrals_a_year / figures.events_a_year / max(chance_left, 1.0)
    surplus = len(rows) - round(wanted * (1 - DIRECT_REFERRAL_SHARE))
    dropped = rng.choice(others, min(max(surplus, 0), len(others)), replace=False)
    return np.setdiff1d(rows, dropped)


def _received(rng: np.random.Generator, decided: Array, event: Array) -> Array:
    """A referral starts when a manager accepts it: within the hour after the decision, brothers and sisters alike."""
    lag = rng.integers(0, 50, int(event.max(initial=-1)) + 1)
    return decided + minutes(lag[event])


def _need(events: Columns, event: Array) -> Coded:
    reason = words(events, "reason")
    codes = ("N1", "N2", "N3", "N4", "N5", "N6", "N7", "N8", "N9", "N0")
    mapped = np.array([codes.index(NEEDS.get(label, "N4")) for label in reason.labels] + [9])
    return coded(mapped[reason.codes[event]], codes)


def _with_direct(
    rng: np.random.Generator, referrals: Columns, span: Timeline, events: Columns, children: Columns
) -> Columns:
    """A few referrals of children without a contact here, some naming a contact from before the span."""
    size = round(len(plain(referrals, "person")) * DIRECT_REFERRAL_SHARE / (1 - DIRECT_REFERRAL_SHARE))
    if not size:
        return referrals
    some = rng.integers(0, len(plain(referrals, "person")), size)
    direct = take(referrals, some)
    direct["person"] = int(plain(children, "person").max(initial=0)) + 1 + np.arange(size)
    days = span.days[pick(rng, size, span.day_weights(3).tolist())]
    direct["received_at"] = span.before_extract(rng, span.office_moment(rng, days))
    direct["event"] = np.where(rng.random(size) < 0.2, OLD_CONTACT, NO_CONTACT)
    direct["unborn"] = np.zeros(size, bool)
    direct["strategy"] = np.zeros(size, bool)
    return {name: joined(column, direct[name]) for name, column in referrals.items()}


def _apart(referrals: Columns) -> Array:
    """False (m,) where the child's previous referral is less than two days old: that is one referral, not two."""
    person, received = plain(referrals, "person"), plain(referrals, "received_at")
    order = np.lexsort((received, person))
    close = (np.diff(person[order]) == 0) & (np.diff(received[order]) < SAME_CHILD_GAP)
    keep = np.ones(len(person), bool)
    keep[order[1:][close]] = False
    return keep


def _quoted(rng: np.random.Generator, events: Columns, referrals: Columns) -> Array:
    """Whether the contact's reference is given; left out only where the child's one contact tells all the same."""
    event = plain(referrals, "event")
    once = np.bincount(plain(events, "family"))[plain(events, "family")] == 1
    quick = plain(referrals, "received_at") - plain(events, "received_at")[event] < 7 * DAY
    left_out = (event >= 0) & once[event] & quick & (rng.random(len(event)) < BLANK_CONTACT_SHARE * 1.6)
    found: Array = (event != NO_CONTACT) & ~left_out
    return found


def _decided(
    rng: np.random.Generator,
    profile: Profile,
    figures: Calibration,
    span: Timeline,
    events: Columns,
    referrals: Columns,
) -> None:
    received, size = plain(referrals, "received_at"), len(plain(referrals, "received_at"))
    day = span.add_days(span.counting_day(received), np.take((0, 1, 2, 5), pick(rng, size, (55, 32, 8, 5))))
    if figures.elapsed_decision_clock:
        day = np.where(rng.random(size) < 0.8, received.astype("datetime64[D]"), day)
    moment = np.maximum(span.office_moment(rng, day), received + minutes(rng.integers(10, 240, size)))
    decided = span.past(moment)
    referrals["decided_at"] = decided
    referrals["accepted_at"] = np.where(rng.random(size) < 0.85, received + minutes(rng.integers(0, 9, size)), NEVER)
    referrals["accepted_at"] = span.past(plain(referrals, "accepted_at"))
    _outcome(rng, profile, figures, events, referrals, ~np.isnat(decided))


def _outcome(
    rng: np.random.Generator,
    profile: Profile,
    figures: Calibration,
    events: Columns,
    referrals: Columns,
    made: Array,
) -> None:
    strategy = flags(referrals, "strategy")
    outcome = pick_each(rng, strategy.astype(int), ((0.87, 0.005, 0.045, 0.08), (0.2, 0.08, 0.72, 0.0)))
    plainly = np.flatnonzero(made & ~strategy)
    nothing = rng.choice(plainly, min(round(figures.nfa_share * int(made.sum())), len(plainly)), replace=False)
    outcome[nothing] = NOTHING
    level = np.take((1.6, 3.0, 3.0, 0.6, 0.0), outcome) + rng.uniform(-0.6, 0.6, len(outcome))
    referrals["nfa"] = answers(outcome == NOTHING, made)
    if profile.disposals:
        disposal = np.where(made, np.clip(np.rint(level), 0, 3), -1)
        referrals["disposal"] = coded(disposal, DISPOSALS)
    use = made if profile.outcomes or not profile.disposals else made & False
    referrals["outcome_code"] = np.where(made, outcome, -1)
    referrals["outcome"] = coded(np.where(use, outcome, -1), OUTCOMES)


def _followed(rng: np.random.Generator, span: Timeline, referrals: Columns) -> None:
    decided, outcome = plain(referrals, "decided_at"), plain(referrals, "outcome_code")
    size = len(decided)
    serious = (flags(referrals, "strategy") & (outcome >= 0)) | np.isin(outcome, (EMERGENCY, SECTION_47))
    talk = np.where(serious, span.past(_at_work(shift(decided, 0.3, 20, rng))), NEVER)
    referrals["strategy_discussion_at"] = talk
    referrals["strategy_record_distributed_at"] = _some(rng, span, talk, 0.93, 1, 34)
    enquiry = _some(rng, span, np.where(outcome == SECTION_47, talk, NEVER), 0.95, 0.5, 26)
    referrals["section_47_at"] = enquiry
    referrals["conference_at"] = _conference(rng, span, np.where(np.isnat(enquiry), NEVER, talk))
    assessed = np.isin(outcome, (ASSESSMENT, EMERGENCY, SECTION_47))
    start = _some(rng, span, np.where(assessed, decided, NEVER), 0.97, 1, 70)
    referrals["assessment_started_at"] = start
    begun = np.where(np.isnat(start), np.datetime64("2020-01-06T10:00"), plain(referrals, "received_at"))
    days = np.where(rng.random(size) < 0.84, rng.integers(10, 44, size), rng.integers(47, 80, size))
    signed = span.office_moment(rng, span.add_days(begun.astype("datetime64[D]"), days))
    signed = np.where(np.isnat(start), NEVER, signed)
    referrals["assessment_authorised_at"] = span.past(signed)
    caf = flags(referrals, "unborn") & (outcome == ELSEWHERE)
    referrals["caf_started_at"] = _some(rng, span, np.where(caf, decided, NEVER), 0.85, 48, 900)
    referrals["feedback_at"] = _some(rng, span, decided, 0.58, 0.5, 140)
    referrals["family_informed_at"] = _some(rng, span, decided, 0.7, 0.5, 72)
    end = np.where(assessed, signed, decided)
    referrals["closed_at"] = _some(rng, span, end, 0.72, 1, 24 * 120)


def _conference(rng: np.random.Generator, span: Timeline, talk: Array) -> Array:
    """Conferences (m,) for about six enquiries in ten, most within 15 working days of the discussion."""
    size = len(talk)
    held = ~np.isnat(talk) & (rng.random(size) < 0.6)
    base = np.where(held, talk, np.datetime64("2020-01-06T10:00")).astype("datetime64[D]")
    days = np.where(rng.random(size) < 0.79, rng.integers(8, 15, size), rng.integers(17, 30, size))
    return np.where(held, span.past(span.office_moment(rng, span.add_days(base, days))), NEVER)


def _some(rng: np.random.Generator, span: Timeline, base: Array, share: float, least: float, most: float) -> Array:
    """For a share of the moments (m,) a later one, `least` to `most` hours on; blank after the extract."""
    moved = span.past(shift(base, least, most, rng))
    return np.where(rng.random(len(base)) < share, moved, NEVER)


def _at_work(moments: Array) -> Array:
    """Moments in the small hours are moved to the morning."""
    early = minute_of_day(moments) < 7 * 60
    return np.where(early, moments.astype("datetime64[D]").astype("datetime64[m]") + minutes(np.full(1, 560)), moments)


def is_arrival(events: Columns, referrals: Columns) -> Array:
    """True (m,) for referrals of unaccompanied children."""
    event = plain(referrals, "event")
    found: Array = (event >= 0) & (plain(events, "group")[event] == ARRIVALS)
    return found
