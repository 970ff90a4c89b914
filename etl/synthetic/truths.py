"""What is true of the generated data: counted from the very arrays that are written, never from what was intended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from etl.contract.vocabularies import NOT_RECORDED
from etl.profile import Profile
from etl.synthetic import breakdowns, repeats
from etl.synthetic.breakdowns import counts
from etl.synthetic.calibration import ARRIVALS, STEP, Calibration
from etl.synthetic.columns import Array, Columns, flags, plain, words
from etl.synthetic.consultations import NO_REQUEST
from etl.synthetic.contacts import PENDING, consent_status, poor_agency
from etl.synthetic.referrals import is_arrival
from etl.synthetic.timeline import DAY, Timeline, minute_of_day, universal

Truths = dict[str, dict[str, Any]]
MATURE_AFTER = 28 * DAY


@dataclass(frozen=True)
class Written:
    """The four tables as they are written."""

    profile: Profile
    span: Timeline
    figures: Calibration
    events: Columns
    children: Columns
    referrals: Columns
    consultations: Columns


def truths(data: Written) -> Truths:
    """Name → value, is_exact, tolerance (a share of the value; 0 when exact) and the definition counted by.

    A total row, and what a planted mistake changes, are not counted here.
    """
    parts = (_volumes, _breakdowns, _step, _senders, _arrivals, _consent, _open, _decisions, _children, _conversion,
             _rereferrals, _police, _consultations)  # fmt: skip
    return {name: truth for part in parts for name, truth in part(data).items()}


def exact(value: Any, definition: str) -> dict[str, Any]:
    """A truth that a query with the same definition must meet exactly."""
    return {"value": value, "is_exact": True, "tolerance": 0.0, "definition": definition}


def about(value: Any, tolerance: float, definition: str) -> dict[str, Any]:
    """A truth that holds within a share of its value."""
    return {"value": value, "is_exact": False, "tolerance": tolerance, "definition": definition}


def _volumes(data: Written) -> Truths:
    received = plain(data.events, "received_at")
    moments = {
        "contacts": received,
        "children": received[plain(data.children, "event")],
        "referrals": plain(data.referrals, "received_at"),
        "consultations": plain(data.consultations, "requested_at"),
    }
    found = {
        name: exact(len(each), f"records of the {name} file, without its header") for name, each in moments.items()
    }
    for name, each in moments.items():
        of = "the contact's receipt" if name == "children" else "receipt"
        found[f"{name}_by_month"] = exact(_by_month(data.span, each), f"{name} by local month of {of}")
    per = round(found["children"]["value"] / found["contacts"]["value"], 4)
    found["children_per_contact"] = exact(per, "child rows ÷ contacts, those without a child included; 4 decimals")
    return found


def _breakdowns(data: Written) -> Truths:
    contacts = breakdowns.of_contacts(data.events, data.profile)
    children = breakdowns.of_children(data.events, data.children)
    rule = "by {}; a blank one is Not recorded, an outward code in two districts or in none is Unmapped"
    found = {f"contacts_by_{name}": exact(count, f"contacts {rule.format(name)}") for name, count in contacts.items()}
    return found | {f"children_by_{name}": exact(count, f"child rows by {name}") for name, count in children.items()}


def _step(data: Written) -> Truths:
    """The step compares the same calendar months before and after it, up to twelve of each."""
    span = data.span
    size = min(span.step_month, 12, span.months - 1 - span.step_month)
    before = np.arange(span.step_month - size, span.step_month) if span.months >= 15 else np.zeros(0, np.int64)
    found = {"step_month": exact(_month_name(span, span.step_month), "first month with the higher volume")}
    found["step_factor"] = about(STEP, 0.08, "referrals after ÷ before the step, same calendar months; at full scale")
    if not len(before) or before[-1] + 12 >= span.months:
        return found
    names = {"before": _named(span, before), "after": _named(span, before + 12)}
    for table, column in (("contacts", data.events), ("referrals", data.referrals)):
        count = np.bincount(span.month_of(plain(column, "received_at")), minlength=span.months)
        ratio = round(float(count[before + 12].sum() / max(count[before].sum(), 1)), 4)
        found[f"{table}_step"] = exact(names | {"ratio": ratio}, f"{table} in the months after ÷ before; 4 decimals")
    return found


def _senders(data: Written) -> Truths:
    source = words(data.events, "source")
    schools = plain(data.events, "received_at")[source.has("2A") | source.has("2B")]
    by_month = _by_month(data.span, schools)
    august = sum(count for month, count in by_month.items() if month.endswith("-08"))
    return {
        "contacts_by_source": exact(counts(source), "contacts by DfE source code of their agency type"),
        "referrals_by_source": exact(counts(words(data.referrals, "source")), "referrals by source_code"),
        "school_contacts_by_month": exact(by_month, "contacts of source 2A and 2B by local month of receipt"),
        "school_contacts_in_august": exact(august, "contacts of source 2A and 2B received in any August"),
    }


def _arrivals(data: Written) -> Truths:
    mine = plain(data.events, "group")[plain(data.children, "event")] == ARRIVALS
    moments = plain(data.events, "received_at")[plain(data.children, "event")[mine]]
    accepted = plain(data.referrals, "received_at")[is_arrival(data.events, data.referrals)]
    share = len(accepted) / max(len(plain(data.referrals, "person")), 1)
    return {
        "unaccompanied_children_by_month": exact(_by_month(data.span, moments), "child rows with unaccompanied = Yes"),
        "unaccompanied_referrals": exact(len(accepted), "referrals of children who are unaccompanied"),
        "unaccompanied_referral_share": about(round(share, 4), 0.15, f"planted {data.figures.arrivals_share}"),
        "unaccompanied_peak": exact("August, September", "the months with the most of them, planted"),
    }


def _consent(data: Written) -> Truths:
    status, place = consent_status(data.events), poor_agency(data.events)
    agency = words(data.events, "agency")
    rows = agency.codes == place
    name = agency.labels[place] if place >= 0 else None
    rule = "contacts by consent status: the first that fits of the published list"
    worst = {"agency": name, "contacts": int(rows.sum()), "by_status": counts(status[rows])}
    return {
        "consent_status": exact(counts(status), rule),
        "agency_with_unrecorded_consent": exact(worst, f"{rule}; of the agency named"),
    }


def _open(data: Written) -> Truths:
    events, span = data.events, data.span
    undecided = np.isnat(plain(events, "decided_at"))
    overdue = undecided & (_due(data) < universal(np.full(1, span.extract))[0]) & ~flags(events, "dated")
    month = span.date_only_month
    dated = {
        "month": None if month is None else _month_name(span, month),
        "contacts": int(flags(events, "dated").sum()),
    }
    return {
        "open_contacts": exact(int(undecided.sum()), "contacts without decided_at"),
        "pending_contacts": exact(int((words(events, "decision").codes == PENDING).sum()), "decision = pending"),
        "open_overdue_contacts": exact(int(overdue.sum()), "open contacts whose decision was due before the extract"),
        "planted_overdue_contacts": exact(
            int(flags(events, "piled").sum()), "those left undecided on purpose, of them"
        ),
        "date_only_month": exact(dated, "the month whose contacts are written as dates, and how many they are"),
    }


def _decisions(data: Written) -> Truths:
    events = data.events
    decided = plain(events, "decided_at")
    timed = ~np.isnat(decided) & ~flags(events, "dated")
    good = timed & (universal(decided) <= _due(data))
    rule = "24 hours" if data.figures.elapsed_decision_clock else "the first working day after the counting day"
    return {
        "contacts_by_decision": exact(counts(words(events, "decision"), NOT_RECORDED), "contacts by first decision"),
        "decided_with_time": exact(int(timed.sum()), "decided contacts, the date-only month left out"),
        "decided_in_time": exact(int(good.sum()), f"of those, decided within {rule}"),
    }


def _children(data: Written) -> Truths:
    children, again = data.children, repeats.repeat_contacts(data.events, data.children)
    person = plain(children, "person")
    unborn, known = flags(children, "unborn"), flags(children, "has_reference")
    nameless = flags(children, "nameless")
    return {
        "contacts_without_child": exact(int(flags(data.events, "no_child").sum()), "contacts without a child row"),
        "unborn_children": exact(int((unborn & ~nameless).sum()), "child rows with expected_date_of_birth"),
        "children_without_reference": exact(int((~known).sum()), "child rows with a blank child_ref"),
        "children_known_by_order": exact(int(nameless.sum()), "child rows without reference, names and dates"),
        "repeat_contact_rows": exact(int(again.sum()), "child rows with an earlier contact of that child in 12 months"),
        "children_who_come_back": exact(len(np.unique(person[again])), "distinct children with such a row"),
        **repeats.duplicates(data.events, children, exact),
    }


def _conversion(data: Written) -> Truths:
    decided = ~np.isnat(plain(data.events, "decided_at"))[plain(data.children, "event")]
    left_out = repeats.left_out(data.events, data.children)
    converted = repeats.converted(data.children, data.referrals)
    blank = (plain(data.referrals, "event") >= 0) & ~flags(data.referrals, "quoted")
    linked = (plain(data.referrals, "event") >= 0) & flags(data.referrals, "quoted")
    counted = decided & ~left_out
    return {
        "decided_children": exact(int(decided.sum()), "child rows of contacts with decided_at"),
        "decided_children_counted": exact(int(counted.sum()), "those, without repeats and passed to allocated worker"),
        "converted_children": exact(int((converted & counted).sum()), "of those counted, with a referral from it"),
        "referrals_linked_by_reference": exact(int(linked.sum()), "referrals whose contact_ref is in the file"),
        "referrals_linked_by_child": exact(int(blank.sum()), "blank contact_ref, the child's only contact before it"),
        "referrals_without_contact": exact(int((plain(data.referrals, "event") == -1).sum()), "no contact at all"),
        "referrals_with_unknown_contact": exact(int((plain(data.referrals, "event") == -2).sum()), "orphans"),
    }  # fmt: skip


def _rereferrals(data: Written) -> Truths:
    again, complete = repeats.rereferrals(data.referrals, data.span)
    share = float(again[complete].mean()) if complete.any() else 0.0
    nothing = words(data.referrals, "nfa").has("Yes")
    rule = "referrals within 12 months of the same child's previous one by start date, the same day included"
    return {
        "rereferrals": exact(int(again.sum()), rule),
        "rereferrals_with_history": exact(
            {"referrals": int(complete.sum()), "rereferrals": int((again & complete).sum())},
            f"{rule}; only referrals received 12 months or more after the first day of the data"),
        "rereferral_share": about(round(share, 4), 0.1, f"of those; planted {data.figures.rereferral_share}"),
        "children_rereferred": exact(len(np.unique(plain(data.referrals, "person")[again])), "distinct children"),
        "no_further_action": exact(int(nothing.sum()), f"planted {data.figures.nfa_share} of the decided referrals"),
    }  # fmt: skip


def _police(data: Written) -> Truths:
    crime = words(data.events, "crime_suspected").has("Yes") & ~words(data.events, "source").has("6")
    told = crime & ~np.isnat(plain(data.events, "police_notified_at"))
    return {
        "crime_suspected": exact(int(crime.sum()), "contacts with crime_suspected = Yes, not from the police"),
        "police_told": exact(int(told.sum()), "of those, with police_notified_at"),
    }


def _consultations(data: Written) -> Truths:
    table, span = data.consultations, data.span
    requested, follows = plain(table, "requested_at"), plain(table, "event") != NO_REQUEST
    quoted, same = flags(table, "quoted"), flags(table, "same_person")
    minute = minute_of_day(requested)
    working = np.is_busday(requested.astype("datetime64[D]"), busdaycal=span.working)
    outside = (minute < 600) | (minute >= 960) | ~working
    mature = requested + MATURE_AFTER <= span.extract
    return {
        "quoted_consultations": exact(int(quoted.sum()), "consultations whose number is on a contact"),
        "consultations_followed": exact(int(follows.sum()), "true requests after a consultation, quoted or not"),
        "followed_unquoted_same_consultee": exact(int((follows & ~quoted & same).sum()), "unquoted, findable"),
        "followed_unquoted_colleague": exact(int((follows & ~quoted & ~same).sum()), "unquoted, by another person"),
        "mature_consultations": exact(int(mature.sum()), "requested 28 days or more before the extract"),
        "mature_consultations_followed": exact(int((mature & follows).sum()), "of those, truly followed"),
        "out_of_hours_consultations": exact(int(outside.sum()), "not 10:00 to 15:59 on a working day"),
    }


def _due(data: Written) -> Array:
    """When the first decision is due (n,), in universal time."""
    received = plain(data.events, "received_at")
    if data.figures.elapsed_decision_clock:
        return universal(received) + np.timedelta64(24 * 60, "m")
    day = data.span.add_days(data.span.counting_day(received), 1)
    return universal(day.astype("datetime64[m]") + np.timedelta64(24 * 60 - 1, "m"))


def _by_month(span: Timeline, moments: Array) -> dict[str, int]:
    count = np.bincount(span.month_of(moments), minlength=span.months).tolist()
    return {_month_name(span, month): number for month, number in enumerate(count)}


def _named(span: Timeline, months: Array) -> list[str]:
    return [_month_name(span, month) for month in months.tolist()]


def _month_name(span: Timeline, month: int) -> str:
    return str(np.datetime64(span.first, "M") + month)
