"""Counts by every dimension that can be told from the files alone; a blank value counts as `Not recorded`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from etl.contract.vocabularies import NOT_RECORDED, UNMAPPED
from etl.profile import Profile
from etl.synthetic.columns import Array, Coded, Columns, coded, flags, plain, words

AGE_BANDS = ("unborn", "under 1", "1–4", "5–9", "10–15", "16–17", "18 and over", "unknown")
FIRST_BIRTHDAYS = (1, 5, 10, 16, 18)


def counts(column: Coded, blank: str | None = None) -> dict[str, int]:
    """Label → rows, labels without a row left out; blank rows under the name `blank`, if one is given."""
    size = len(column.labels)
    count = np.bincount(np.where(column.codes < 0, size, column.codes), minlength=size + 1).tolist()
    named = zip((*column.labels, blank), count, strict=True)
    return {label: number for label, number in named if number and label is not None}


def of_contacts(events: Columns, profile: Profile) -> dict[str, dict[str, int]]:
    """Contacts by channel, urgency, reason, level requested, district and receiving service."""
    parts = {
        "channel": words(events, "channel"),
        "urgency": _either(flags(events, "urgent"), ("Urgent", "Standard")),
        "primary_reason": words(events, "reason"),
        "level_requested": coded(plain(events, "level_requested") - 1, ("1", "2", "3", "4")),
        "district": _district(events, profile),
        "received_by": _either(flags(events, "by_day"), ("day service", "out-of-hours service")),
    }
    return {name: counts(column, NOT_RECORDED) for name, column in parts.items()}


def of_children(events: Columns, children: Columns) -> dict[str, dict[str, int]]:
    """Child rows by age band at receipt and by gender."""
    day = plain(events, "received_at")[plain(children, "event")].astype("datetime64[D]")
    band = np.where(flags(children, "unborn"), 0, 1 + np.searchsorted(FIRST_BIRTHDAYS, _age(children, day), "right"))
    band = np.where(flags(children, "nameless"), len(AGE_BANDS) - 1, band)
    return {"age_band": counts(coded(band, AGE_BANDS)), "gender": counts(words(children, "gender"), NOT_RECORDED)}


def _age(children: Columns, day: Array) -> Array:
    """Whole years (c,) on the day; a child born on 29 February turns a year older on 1 March."""
    born = plain(children, "born").astype("datetime64[D]")
    months = (day.astype("datetime64[M]") - born.astype("datetime64[M]")).astype(np.int64)
    number, birthday = (each - each.astype("datetime64[M]").astype("datetime64[D]") for each in (day, born))
    years: Array = np.floor_divide(months - (number < birthday), 12)
    return years


def _either(first: Array, labels: Sequence[str]) -> Coded:
    return coded(np.where(first, 0, 1), labels)


def _district(events: Columns, profile: Profile) -> Coded:
    """The district as written, else that of the outward code: Unmapped when two share it or none has it."""
    given, postcode = words(events, "district"), words(events, "postcode")
    by_outward = profile.outward_districts()
    labels = (*given.labels, UNMAPPED)
    found = [by_outward.get(text.split()[0]) for text in postcode.labels]
    mapped = np.array([*(labels.index(name or UNMAPPED) for name in found), -1])[postcode.codes]
    return coded(np.where(given.codes >= 0, given.codes, mapped), labels)
