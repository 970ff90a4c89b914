"""Consultations: professionals who ask for advice, and which of them then send a request."""

from __future__ import annotations

import numpy as np

from etl.contract.vocabularies import ADVICE
from etl.profile import Profile
from etl.synthetic.calibration import (
    ARRIVALS,
    CONVERTING_SHARE,
    QUOTED_SHARE,
    SAME_CONSULTEE_SHARE,
    Calibration,
)
from etl.synthetic.columns import (
    NEVER,
    Array,
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
from etl.synthetic.events import reasons, senders
from etl.synthetic.timeline import DAY, Timeline

ADVICES = ADVICE.labels[:7]
AFTER_REQUEST = (0.75, 0.10, 0.08, 0.02, 0.04, 0.01, 0.0)
WITHOUT_REQUEST = (0.14, 0.01, 0.32, 0.20, 0.22, 0.06, 0.05)
NO_REQUEST = -1


def draw_consultations(
    rng: np.random.Generator,
    profile: Profile,
    figures: Calibration,
    span: Timeline,
    events: Columns,
    size: int,
    out_of_hours_share: float = 0.04,
) -> Columns:
    """All consultations in order of request; adds `consultation` to the events (quoted position, else -1).

    Columns: requested_at, event (the request that followed, -1 none), quoted, same_person, agency_type, agency,
    source, person, reason, level, significant_harm, advice and the later moments.
    """
    followed = _with_request(rng, span, events, round(CONVERTING_SHARE * size), len(profile.agencies))
    others = _without_request(rng, profile, span, size - len(plain(followed, "event")))
    table = {name: joined(followed[name], others[name]) for name in followed}
    _in_hours(rng, span, table, out_of_hours_share)
    table = take(table, np.argsort(plain(table, "requested_at"), kind="stable"))
    _quote(rng, events, table, round(QUOTED_SHARE * size))
    _answered(rng, figures, span, table)
    return table


def _with_request(rng: np.random.Generator, span: Timeline, events: Columns, wanted: int, known: int) -> Columns:
    """Consultations from up to 22 days before a portal request of the same agency, nearly all by its writer."""
    dated = span.month_of(plain(events, "received_at")) == (span.date_only_month or -1)
    agency = words(events, "agency").codes
    usable = words(events, "channel").has("portal") & (agency >= 0) & (agency < known) & ~dated
    usable &= (plain(events, "kind") == 0) & (plain(events, "group") != ARRIVALS)
    usable &= plain(events, "received_at") > span.days[0] + 32 * DAY
    rows = np.flatnonzero(usable)
    event = np.sort(rng.choice(rows, min(wanted, len(rows)), replace=False))
    table = take({name: events[name] for name in ("agency_type", "agency", "source", "group", "person", "reason")},
                 event)  # fmt: skip
    lag = np.minimum(rng.geometric(0.22, len(event)) - 1, 22)
    table["day"] = plain(events, "received_at")[event].astype("datetime64[D]") - lag * DAY
    same = rng.random(len(event)) < SAME_CONSULTEE_SHARE
    table["person"] = np.where(same, plain(table, "person"), -2 - np.arange(len(event)))
    table |= {"event": event, "same_person": same, "before": plain(events, "received_at")[event]}
    return table


def _without_request(rng: np.random.Generator, profile: Profile, span: Timeline, size: int) -> Columns:
    group = np.take((1, 2, 3, 5, 0), pick(rng, size, (0.5, 0.25, 0.12, 0.08, 0.05)))
    table = senders(rng, profile, group, span.length_months / 12 * 8)
    table["reason"] = reasons(rng, profile, group)
    weights = [span.day_weights(number).tolist() for number in range(6)]
    table["day"] = span.days[pick_each(rng, group, weights)]
    table["event"] = np.full(size, NO_REQUEST)
    table["same_person"] = np.zeros(size, bool)
    table["before"] = np.full(size, span.extract)
    return table


def _in_hours(rng: np.random.Generator, span: Timeline, table: Columns, share: float) -> None:
    """Moments in consultation hours, a few near them; always before the request that follows and the extract."""
    size = len(plain(table, "event"))
    day = np.busday_offset(plain(table, "day"), 0, roll="backward", busdaycal=span.working)
    outside = rng.random(size) < share
    minute = np.where(outside, pick_minutes_outside(rng, size), rng.integers(600, 960, size))
    moment = day.astype("datetime64[m]") + minutes(minute)
    late = moment >= plain(table, "before") - minutes(np.full(1, 30))
    earlier = np.busday_offset(day, -1, roll="backward", busdaycal=span.working)
    moment = np.where(late, earlier.astype("datetime64[m]") + minutes(minute), moment)
    first = span.add_days(span.days[:1], 0).astype("datetime64[m]")
    table["requested_at"] = np.where(moment < first, first + minutes(minute), moment)


def pick_minutes_outside(rng: np.random.Generator, size: int) -> Array:
    """Minutes of the day (n,) just before 10:00 or after 16:00."""
    return np.where(rng.random(size) < 0.4, rng.integers(500, 600, size), rng.integers(960, 1100, size))


def _quote(rng: np.random.Generator, events: Columns, table: Columns, wanted: int) -> None:
    event = plain(table, "event")
    rows = np.flatnonzero(event != NO_REQUEST)
    chosen = rng.choice(rows, min(wanted, len(rows)), replace=False)
    table["quoted"] = np.zeros(len(event), bool)
    plain(table, "quoted")[chosen] = True
    quoted = np.full(len(plain(events, "received_at")), NO_REQUEST)
    quoted[event[chosen]] = chosen
    events["consultation"] = quoted
    events["consulted"] = np.zeros(len(quoted), bool)
    plain(events, "consulted")[event[rows]] = True


def _answered(rng: np.random.Generator, figures: Calibration, span: Timeline, table: Columns) -> None:
    requested, follows = plain(table, "requested_at"), plain(table, "event") != NO_REQUEST
    size = len(requested)
    called = span.past(requested + minutes(np.minimum(rng.exponential(70, size) + 8, 1500)))
    done = span.past(called + minutes(rng.integers(8, 50, size)))
    table["called_back_at"], table["completed_at"] = called, done
    sent = np.where(rng.random(size) < 0.94, done + minutes(rng.integers(1, 240, size)), NEVER)
    table["confirmation_sent_at"] = span.past(sent)
    advice = pick_each(rng, follows.astype(int), (WITHOUT_REQUEST, AFTER_REQUEST))
    table["advice"] = coded(np.where(np.isnat(done), -1, advice), ADVICES)
    table["level"] = np.take((0, 1, 2, 3, 4), pick(rng, size, (0.08, 0.06, 0.38, 0.36, 0.12)))
    table["dsl_consulted"] = answers(rng.random(size) < 0.88, rng.random(size) < 0.95)
    table["known_open_case"] = answers(words(table, "advice").has(ADVICES[5]), rng.random(size) < 0.9)
    table["request_already_made"] = answers(rng.random(size) < 0.025, rng.random(size) < 0.92)
    table["significant_harm"] = answers(rng.random(size) < 0.03, rng.random(size) < 0.92)
    consent = rng.random(size) < 0.72
    filled = (rng.random(size) < 0.9) & figures.names_with_consent
    table["consent_given"] = answers(consent, filled)
    table["is_request"] = flags(table, "quoted") | follows
