"""What the front door does with a contact: consent, acknowledgement, decision, feedback, police, other authorities."""

from __future__ import annotations

import numpy as np

from etl.contract.vocabularies import DECISION
from etl.synthetic.calibration import ARRIVALS, Calibration
from etl.synthetic.columns import (
    NEVER,
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
from etl.synthetic.people import shift
from etl.synthetic.timeline import DAY, OPENING, Timeline, minute_of_day

DECISIONS = DECISION.labels[:10]
REFERRAL, STRATEGY, EARLY_HELP, SIGNPOSTED, ADVISED, ALLOCATED, ELSEWHERE, RETURNED, NOTHING, PENDING = range(10)
BY_LEVEL = (
    (0, 0, 0.01, 0.45, 0.38, 0.02, 0.01, 0.02, 0.11, 0),
    (0, 0, 0.06, 0.40, 0.32, 0.04, 0.01, 0.04, 0.13, 0),
    (0, 0, 0.26, 0.23, 0.24, 0.08, 0.02, 0.06, 0.11, 0),
    (0, 0, 0.27, 0.14, 0.22, 0.16, 0.03, 0.06, 0.12, 0),
)
LEVEL_DECIDED = ((0, 0, 0, 1), (0, 0, 0, 1), (0, 0.02, 0.98, 0), (0.25, 0.75, 0, 0), (0.45, 0.55, 0, 0))
CRIMINAL = {"Physical abuse": 0.5, "Sexual abuse": 0.75, "Domestic abuse": 0.4, "Neglect": 0.08,
            "Child/Young person is at risk of exploitation/harm outside the family home": 0.35}  # fmt: skip
UNRECORDED_AT_POOR_AGENCY = 0.55
WRITTEN = ("portal", "email", "letter")


def handle(rng: np.random.Generator, events: Columns, figures: Calibration, span: Timeline, pile: int) -> None:
    """Adds to the events everything that follows their receipt; nothing lies after the extract.

    `pile` contacts, received 10 to 60 days before the extract, are left undecided: overdue on every clock.
    """
    consent(rng, events)
    _decide(rng, events, figures, span, pile)
    _write_back(rng, events, span)
    _police(rng, events, span)


def consent(rng: np.random.Generator, events: Columns) -> None:
    """parents_aware, agreement_obtained, why not and authorised by (filled or not); one agency seldom says."""
    size = len(plain(events, "received_at"))
    form = ~words(events, "channel").has("police notification")
    quiet = chance(rng, np.where(form, 0.05, 0.55)) | _poorly_recorded(rng, events)
    aware = chance(rng, np.where(plain(events, "level") == 4, 0.74, 0.88))
    agreed = (aware & chance(rng, np.full(size, 0.84))) | (rng.random(size) < 0.002)
    events["parents_aware"] = answers(aware, ~quiet)
    events["agreement_obtained"] = answers(agreed, ~quiet)
    said = ~quiet & ~agreed & chance(rng, np.full(size, 0.8))
    events["no_agreement_reason"] = said
    events["no_agreement_authorised_by"] = said & chance(rng, np.full(size, 0.82))
    events["immediate_safeguarding_concern"] = answers(flags(events, "immediate"), rng.random(size) < 0.93)


def poor_agency(events: Columns) -> int:
    """The position of the agency whose consent is often unrecorded: the busiest school, else the busiest of all."""
    agency, schools = words(events, "agency"), words(events, "source").has("2A")
    rows = schools & (agency.codes >= 0)
    chosen = agency.codes[rows if rows.any() else agency.codes >= 0]
    return int(np.bincount(chosen).argmax()) if len(chosen) else -1


def _poorly_recorded(rng: np.random.Generator, events: Columns) -> Array:
    agency = words(events, "agency").codes
    found: Array = (
        (agency == poor_agency(events)) & (agency >= 0) & (rng.random(len(agency)) < UNRECORDED_AT_POOR_AGENCY)
    )
    return found


def _decide(rng: np.random.Generator, events: Columns, figures: Calibration, span: Timeline, pile: int) -> None:
    received, urgent = plain(events, "received_at"), flags(events, "urgent")
    moment = _by_hours(rng, received, figures) if figures.elapsed_decision_clock else None
    moment = moment if moment is not None else _by_days(rng, received, urgent, span, figures)
    piled = _pile(rng, events, span, pile)
    decided = np.where(piled, NEVER, span.past(moment))
    events["decided_at"], events["piled"] = decided, piled
    made = ~np.isnat(decided)
    events["decision"] = coded(np.where(made, _decisions(rng, events), -1), DECISIONS)
    _follow_decision(rng, events, span, made)
    waiting = ~made & (rng.random(len(made)) < 0.6)
    events["decision"] = coded(np.where(waiting, PENDING, words(events, "decision").codes), DECISIONS)


def _by_days(rng: np.random.Generator, received: Array, urgent: Array, span: Timeline, figures: Calibration) -> Array:
    """Decision moments on working days; the share in time is decided by the end of the next working day."""
    size = len(received)
    counting = span.counting_day(received)
    wait = np.where(rng.random(size) < 0.45, 0, 1)
    late = rng.random(size) >= np.where(urgent, min(1.0, figures.decided_in_time + 0.06), figures.decided_in_time)
    wait = np.where(late, 2 + rng.geometric(0.45, size) - 1, wait)
    moment = span.office_moment(rng, span.add_days(counting, wait))
    early = moment <= received + minutes(np.full(size, 15))
    moment = np.where(early, span.office_moment(rng, span.add_days(counting, 1)), moment)
    at_night = urgent & (rng.random(size) < 0.3)
    return np.where(at_night, shift(received, 0.4, 5, rng), moment)


def _by_hours(rng: np.random.Generator, received: Array, figures: Calibration) -> Array:
    late = rng.random(len(received)) >= figures.decided_in_time
    return np.where(late, shift(received, 24.2, 180, rng), shift(received, 0.5, 23.5, rng))


def _pile(rng: np.random.Generator, events: Columns, span: Timeline, size: int) -> Array:
    received = plain(events, "received_at")
    usable = (received < span.extract - 10 * DAY) & (received > span.extract - 60 * DAY)
    usable &= ~flags(events, "converting") & (plain(events, "kind") == 0)
    rows = np.flatnonzero(usable)
    marked = np.zeros(len(received), bool)
    marked[rng.choice(rows, min(size, len(rows)), replace=False)] = True
    return marked


def _decisions(rng: np.random.Generator, events: Columns) -> Array:
    """Positions in DECISIONS (n,): what converts is accepted, the rest by the level requested."""
    converting, urgent = flags(events, "converting"), flags(events, "urgent")
    other = pick_each(rng, plain(events, "level") - 1, BY_LEVEL)
    repeat = plain(events, "kind") > 0
    other = np.where(repeat, np.take((ADVISED, NOTHING, ALLOCATED), pick(rng, len(other), (5, 4, 1))), other)
    strategy = chance(rng, np.where(urgent, 0.38, 0.07)) & (plain(events, "group") != ARRIVALS)
    return np.where(converting, np.where(strategy, STRATEGY, REFERRAL), other)


def _follow_decision(rng: np.random.Generator, events: Columns, span: Timeline, made: Array) -> None:
    decision, decided = words(events, "decision").codes, plain(events, "decided_at")
    known = np.isin(decision, (REFERRAL, STRATEGY, EARLY_HELP, SIGNPOSTED))
    row = np.where(known, decision, 4)
    level = pick_each(rng, row, LEVEL_DECIDED)
    shown = known | (np.isin(decision, (ADVISED, NOTHING)) & (rng.random(len(row)) < 0.6))
    events["level_decided"] = np.where(made & shown, level + 1, 0)
    events["destination"] = coded(_destinations(decision), ("Early Help Unit", "Children's Social Work Team"))
    returned = decision == RETURNED
    events["returned_at"] = np.where(returned, decided, NEVER)
    again = made & np.isin(decision, (RETURNED, NOTHING)) & (rng.random(len(row)) < 0.12)
    later = span.past(shift(decided, 30, 400, rng))
    again &= ~np.isnat(later)
    events["last_decided_at"] = np.where(again, later, NEVER)
    last = np.take((EARLY_HELP, ADVISED, SIGNPOSTED), pick(rng, len(row), (4, 3, 3)))
    events["last_decision"] = coded(np.where(again, last, -1), DECISIONS)
    elsewhere = (decision == ELSEWHERE) | (rng.random(len(row)) < 0.01)
    events["other_authority"] = answers(elsewhere, elsewhere | (rng.random(len(row)) < 0.6))
    caf = flags(events, "unborn") & (decision == EARLY_HELP) & (rng.random(len(row)) < 0.8)
    events["caf_started_at"] = np.where(caf, span.past(shift(decided, 24, 900, rng)), NEVER)


def _destinations(decision: Array) -> Array:
    team = np.isin(decision, (REFERRAL, STRATEGY, ALLOCATED))
    return np.where(decision == EARLY_HELP, 0, np.where(team, 1, -1))


def _write_back(rng: np.random.Generator, events: Columns, span: Timeline) -> None:
    """Acknowledgement of written contacts, written confirmation of calls, feedback, word to the family."""
    received, decided, channel = plain(events, "received_at"), plain(events, "decided_at"), words(events, "channel")
    size = len(received)
    written = np.isin(channel.codes, [channel.labels.index(label) for label in WRITTEN])
    wait = np.take((0, 1, 2, 4), pick(rng, size, (0.62, 0.28, 0.06, 0.04)))
    day = span.add_days(span.counting_day(received), wait)
    moment = np.maximum(span.office_moment(rng, day), received + minutes(rng.integers(2, 40, size)))
    portal = channel.has("portal") & (rng.random(size) < 0.5)
    moment = np.where(portal, received + minutes(rng.integers(1, 5, size)), moment)
    events["acknowledged_at"] = np.where(written & (rng.random(size) < 0.95), span.past(moment), NEVER)
    private = np.isin(plain(events, "group"), (4, ARRIVALS))
    call = channel.has("phone") & ~private & (rng.random(size) < 0.82)
    confirmed = np.where(rng.random(size) < 0.86, shift(received, 1, 46, rng), shift(received, 50, 150, rng))
    events["written_confirmation_at"] = np.where(call, span.past(confirmed), NEVER)
    told = rng.random(size) < 0.62
    events["feedback_at"] = np.where(told, span.past(shift(decided, 0.2, 110, rng)), NEVER)
    informed = rng.random(size) < 0.55
    events["family_informed_at"] = np.where(informed, span.past(shift(decided, 0.2, 80, rng)), NEVER)
    events["by_day"] = (
        (minute_of_day(received) >= OPENING)
        & (minute_of_day(received) < 17 * 60)
        & (np.is_busday(received.astype("datetime64[D]"), busdaycal=span.working))
    )


def _police(rng: np.random.Generator, events: Columns, span: Timeline) -> None:
    reason = words(events, "reason")
    shares = np.array([CRIMINAL.get(label, 0.02) for label in reason.labels] + [0.02])
    suspected = chance(rng, shares[reason.codes])
    size = len(suspected)
    events["crime_suspected"] = answers(suspected, rng.random(size) < 0.9)
    told = words(events, "crime_suspected").has("Yes") & ~words(events, "source").has("6") & (rng.random(size) < 0.82)
    lag = shift(plain(events, "received_at"), 0.2, 30, rng)
    events["police_notified_at"] = np.where(told, span.past(lag), NEVER)


def consent_status(events: Columns) -> Coded:
    """The consent status of each contact (n,) by the published rule, from the answers as they are written."""
    labels = ("not required", "agreed", "refused, proceeding", "not sought, authorised", "gap", "not recorded")
    aware, agreed = words(events, "parents_aware"), words(events, "agreement_obtained")
    reason, by = flags(events, "no_agreement_reason"), flags(events, "no_agreement_authorised_by")
    rules = [
        words(events, "immediate_safeguarding_concern").has("Yes"),
        agreed.has("Yes"),
        aware.has("Yes") & agreed.has("No") & reason,
        aware.has("No") & reason & by,
        aware.has("No") | agreed.has("No"),
    ]
    return coded(np.select(rules, range(5), 5), labels)
