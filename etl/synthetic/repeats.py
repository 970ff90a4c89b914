"""Who comes again: repeat contacts, duplicates, re-referrals and conversion, counted on the arrays as written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from etl.synthetic.columns import Array, Columns, flags, plain, words
from etl.synthetic.contacts import ALLOCATED
from etl.synthetic.timeline import DAY, Timeline, a_year_later

Exact = Callable[[Any, str], dict[str, Any]]
DUPLICATE_WINDOW = 3 * DAY
RESUBMISSION_WINDOW = np.timedelta64(24 * 60, "m")


def written_at(events: Columns) -> Array:
    """Moments of receipt (n,) as the file tells them: midnight in the month that is written as dates."""
    received = plain(events, "received_at")
    return np.where(flags(events, "dated"), received.astype("datetime64[D]").astype("datetime64[m]"), received)


def repeat_contacts(events: Columns, children: Columns) -> Array:
    """Child rows (c,) whose child was named in an earlier contact, at most 12 calendar months before."""
    order, same, moment = _by_child(events, children)
    day = moment[order].astype("datetime64[D]")
    return _marked(order, same & (day[1:] <= a_year_later(day[:-1])))


def duplicates(events: Columns, children: Columns, exact: Exact) -> dict[str, dict[str, Any]]:
    """Duplicates by each rule, in contacts, and those that any rule finds, in child rows and in contacts."""
    event, marked = plain(children, "event"), flags(events, "marked")
    same, again = _same_reason(events, children), _resubmitted(events, children)
    rows = repeated(events, children)
    left = _contacts(events, event, ~rows)
    whole = marked | (_contacts(events, event, rows) & ~left)
    rule = "a child and primary reason of an earlier contact at most 3 days before, by date and by the hour"
    sender = "portal contacts with a child of a portal contact of the same writer at most 24 hours before, times known"
    return {
        "planted_duplicates": exact(int((plain(events, "kind") > 0).sum()), "second reports of one incident, planted"),
        "duplicates_marked": exact(int(marked.sum()), "contacts with duplicate_of"),
        "duplicates_same_reason": exact(len(np.unique(event[same])), f"contacts that share {rule}"),
        "duplicates_resubmitted": exact(len(np.unique(event[again])), sender),
        "duplicate_child_rows": exact(int(rows.sum()), "child rows that any of these rules finds"),
        "duplicate_contacts": exact(int(whole.sum()), "contacts marked, or each of whose children any rule finds"),
    }


def repeated(events: Columns, children: Columns) -> Array:
    """Child rows (c,) that repeat an earlier one: marked in the file, of the same reason, or sent again."""
    return _marked_rows(events, children) | _same_reason(events, children) | _resubmitted(events, children)


def _marked_rows(events: Columns, children: Columns) -> Array:
    """Child rows of marked contacts whose child the original names too, or whom nothing tells from another."""
    event, person = plain(children, "event"), plain(children, "person")
    width = int(person.max(initial=0)) + 1
    repeats: Array = np.isin(plain(events, "origin")[event] * width + person, event * width + person)
    return flags(events, "marked")[event] & (repeats | flags(children, "nameless"))


def left_out(events: Columns, children: Columns) -> Array:
    """Child rows (c,) outside the denominator of conversion: those that repeat, and passed to a worker."""
    passed: Array = words(events, "decision").codes == ALLOCATED
    return repeated(events, children) | passed[plain(children, "event")]


def converted(children: Columns, referrals: Columns) -> Array:
    """Child rows (c,) with a referral from that contact."""
    width = int(max(plain(children, "person").max(initial=0), plain(referrals, "person").max(initial=0))) + 1
    accepted = plain(referrals, "event") * width + plain(referrals, "person")
    return np.isin(plain(children, "event") * width + plain(children, "person"), accepted)


def rereferrals(referrals: Columns, span: Timeline) -> tuple[Array, Array]:
    """Which referrals (m,) follow one of the same child within 12 months, and which have 12 months of data before."""
    person, day = plain(referrals, "person"), plain(referrals, "received_at").astype("datetime64[D]")
    order = np.lexsort((plain(referrals, "received_at"), person))
    same = np.diff(person[order]) == 0
    again = _marked(order, same & (day[order][1:] <= a_year_later(day[order][:-1])))
    return again, day >= a_year_later(span.days[:1])[0]


def _same_reason(events: Columns, children: Columns) -> Array:
    event, reason = plain(children, "event"), words(events, "reason").codes
    order, same, moment = _by_child(events, children, reason[event])
    close = same & (np.diff(moment[order]) <= DUPLICATE_WINDOW) & (reason[event[order][1:]] >= 0)
    return _marked(order, close)


def _resubmitted(events: Columns, children: Columns) -> Array:
    event = plain(children, "event")
    portal = words(events, "channel").has("portal") & ~flags(events, "dated")
    agency = words(events, "agency").codes.astype(np.int64) + 2
    writer = np.where(portal, agency * 2**32 + plain(events, "person"), 0)[event]
    order, same, moment = _by_child(events, children, writer)
    close = same & (np.diff(moment[order]) <= RESUBMISSION_WINDOW) & (writer[order][1:] > 0)
    return _marked(order, close)


def _by_child(events: Columns, children: Columns, within: Array | None = None) -> tuple[Array, Array, Array]:
    """Child rows in order of child, of `within` (c,) and of receipt; which follow one alike; when each came."""
    person, event = plain(children, "person"), plain(children, "event")
    extra = within if within is not None else np.zeros(len(person), np.int8)
    moment = written_at(events)[event]
    order = np.lexsort((event, moment, extra, person))
    same = (np.diff(person[order]) == 0) & (np.diff(extra[order].astype(np.int64)) == 0)
    return order, same, moment


def _marked(order: Array, follows: Array) -> Array:
    """True for the rows that `follows` finds among the second to last of `order`."""
    found = np.zeros(len(order), bool)
    found[order[1:][follows]] = True
    return found


def _contacts(events: Columns, event: Array, rows: Array) -> Array:
    found = np.zeros(len(plain(events, "group")), bool)
    found[event[rows]] = True
    return found
