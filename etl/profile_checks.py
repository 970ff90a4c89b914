"""What makes a well-formed profile wrong: unknown columns, rules that overlap, names given twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING

from etl.contract.case_tables import CONSULTATION, CONTACT, CONTACT_CHILD, REFERRAL
from etl.contract.vocabularies import BY_NAME

if TYPE_CHECKING:
    from etl.profile import Clock, Hours, Profile

Problem = tuple[str, str]

CASE_TABLES = {"consultation": CONSULTATION, "contact": CONTACT, "referral": REFERRAL}
FEED_TABLES = {"consultations": CONSULTATION, "contacts": CONTACT, "children": CONTACT_CHILD, "referrals": REFERRAL}
# Derived after the clocks have run, so no clock can wait for them.
DERIVED = frozenset({"decision_due_at", "decision_state", "is_duplicate", "duplicate_rule", "link_rule", "hours"})


def moments(case: str) -> frozenset[str]:
    """The columns of a kind of case that hold a moment a clock may start or stop at."""
    return frozenset(column.name for column in CASE_TABLES[case].columns if column.type == "TIMESTAMPTZ") - DERIVED


def dimensions(case: str) -> dict[str, tuple[str, ...] | None]:
    """The columns of a kind of case that a clock may depend on, with their values; None for true or false."""
    columns = (column for column in CASE_TABLES[case].columns if column.name not in DERIVED)
    return {
        column.name: BY_NAME[column.vocabulary].labels if column.vocabulary else None
        for column in columns
        if column.type == "BOOLEAN" or column.vocabulary in BY_NAME
    }


def problems_in(profile: Profile) -> Iterator[Problem]:
    """Everything wrong with a profile that its parts cannot see alone, as (dotted key, reason)."""
    for number, clock in enumerate(profile.clocks, 1):
        yield from ((f"clocks.{number}.{key}", reason) for key, reason in _wrong_columns(clock))
    yield from _overlapping_clocks(profile.clocks)
    yield from _overlapping_hours("office_hours", profile.office_hours)
    yield from _overlapping_hours("consultation_hours", profile.consultation_hours)
    yield from _repeated(profile)
    yield from _columns_named_twice(profile)
    yield from _wrong_words(profile)
    for channel in profile.completeness.keys() - set(BY_NAME["channel"].labels):
        yield f"completeness.{channel}", "is not a channel"


def _wrong_columns(clock: Clock) -> Iterator[Problem]:
    known = moments(clock.case)
    for key, columns in (("starts", (clock.starts,)), ("stops", (clock.stops,)), ("needs", clock.needs)):
        if any(column not in known for column in columns if column):
            yield key, f"a {clock.case} has no such moment; it has {_listed(known)}"
    if clock.starts == clock.stops:
        yield "stops", "is the moment that starts the clock"
    for column, wanted in clock.applies_when.items():
        if reason := _wrong_condition(clock.case, column, wanted):
            yield f"applies_when.{column}", reason


def _wrong_condition(case: str, column: str, wanted: Sequence[bool | str]) -> str | None:
    known = dimensions(case)
    if column not in known:
        return f"a {case} has no such column; it has {_listed(known)}"
    values: Sequence[bool | str] = known[column] or (True, False)
    if wanted and all(value in values for value in wanted):
        return None
    return f"wants a list of its values: {', '.join(str(value) for value in values)}"


def _overlapping_clocks(clocks: Sequence[Clock]) -> Iterator[Problem]:
    for (_, one), (number, other) in combinations(enumerate(clocks, 1), 2):
        if one.name == other.name and one.overlaps(other) and not _disjoint(one, other):
            yield f"clocks.{number}.starts_on", f'overlaps an earlier rule of the clock "{one.name}"'


def _disjoint(one: Clock, other: Clock) -> bool:
    if one.case != other.case:
        return True
    shared = one.applies_when.keys() & other.applies_when.keys()
    return any(not set(one.applies_when[column]) & set(other.applies_when[column]) for column in shared)


def _overlapping_hours(key: str, hours: Sequence[Hours]) -> Iterator[Problem]:
    for (_, one), (number, other) in combinations(enumerate(hours, 1), 2):
        if one.overlaps(other) and set(one.days) & set(other.days):
            yield f"{key}.{number}.starts_on", "overlaps earlier hours on the same weekday"


def _repeated(profile: Profile) -> Iterator[Problem]:
    named: dict[str, Iterable[object]] = {
        "closures": (closure.on for closure in profile.closures),
        "agency_types": (kind.label.casefold() for kind in profile.agency_types),
        "agencies": (agency.name.casefold() for agency in profile.agencies),
        "districts": (district.name.casefold() for district in profile.districts),
        "reasons": (reason.label for reason in profile.reasons),
        "population": (population.year for population in profile.population),
    }
    for key, names in named.items():
        yield from ((key, f"{name} is given twice") for name, count in Counter(names).items() if count > 1)
    for number, district in enumerate(profile.districts, 1):
        if len(set(district.outward)) < len(district.outward):
            yield f"districts.{number}.outward", "names an outward code twice"


def _wrong_words(profile: Profile) -> Iterator[Problem]:
    """Words of closed vocabularies: those the authority uses, and those its local values map to."""
    used = {"disposal": profile.disposals, "outcome": profile.outcomes, "destination": profile.destinations}
    for vocabulary, labels in used.items():
        known = BY_NAME[vocabulary].labels
        yield from (
            (f"{vocabulary}s.{number}.label", f"is not one of: {', '.join(known)}")
            for number, label in enumerate(labels, 1)
            if label.label not in known
        )
    for name, feed in profile.feeds.items():
        for column, values in feed.values.items():
            closed = _closed_words(name, column)
            if closed and not set(values.values()) <= set(closed):
                yield f"feeds.{name}.values.{column}", f"maps to something else than: {', '.join(closed)}"


def _closed_words(feed: str, column: str) -> tuple[str, ...]:
    columns = {found.name: found.vocabulary for found in FEED_TABLES[feed].columns} if feed in FEED_TABLES else {}
    vocabulary = BY_NAME.get(columns.get(column) or "")
    return vocabulary.labels if vocabulary and not vocabulary.is_open else ()


def _columns_named_twice(profile: Profile) -> Iterator[Problem]:
    for name, feed in profile.feeds.items():
        for column, count in Counter(feed.columns.values()).items():
            if count > 1:
                yield f"feeds.{name}.columns", f"maps {count} local columns to {column}"


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(sorted(columns))
