"""Filters are read from any query, and what is written reads back as it was."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import periods
from dashboard.filters import LISTS, LONGEST_QUERY, ROWS, UNITS, Filters, from_query
from etl.contract import dimensions, schema
from tests.snapshots import ADDED

LABELS = {one.vocabulary: schema.labels(one.vocabulary, ADDED) for one in dimensions.DIMENSIONS}
NAMES = [one.name for one in dimensions.DIMENSIONS]


@st.composite
def views(draw: st.DrawFn) -> Filters:
    """Any filters a page can be asked for."""
    chosen = draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=4))
    pairs = []
    for name in sorted(chosen):
        labels = LABELS[dimensions.BY_NAME[name].vocabulary]
        values = draw(st.lists(st.sampled_from(labels), min_size=1, max_size=5, unique=True))
        pairs.append((name, tuple(sorted(values))))
    first, last = sorted(
        draw(st.tuples(st.dates(date(1990, 1, 1), date(2100, 12, 31)), st.dates(date(1990, 1, 1), date(2100, 12, 31))))
    )
    is_dated = draw(st.booleans())
    return Filters(
        unit=draw(st.sampled_from(UNITS)),
        period=draw(st.sampled_from(sorted(periods.BY_NAME))),
        first=first if is_dated and draw(st.booleans()) else None,
        last=last if is_dated else None,
        values=tuple(pairs),
        tables=tuple(sorted(draw(st.sets(st.sampled_from([*NAMES, "month"]), max_size=3)))),
        more=draw(st.booleans()),
        rows=draw(st.sampled_from(ROWS)),
        listed=draw(st.sampled_from(LISTS)),
    )


@given(views())
def test_what_is_written_reads_back(filters: Filters) -> None:
    assert from_query(filters.to_query(), LABELS) == (filters, ())


@given(st.text(max_size=300))
def test_any_text_gives_filters_that_round_trip(text: str) -> None:
    filters, _ = from_query(text, LABELS)
    assert from_query(filters.to_query(), LABELS) == (filters, ())


@pytest.mark.parametrize(
    ("query", "notice"),
    [
        ("?urgency=Urgent&urgency=Now", "Urgency: a value in the link is not in this data and was left out."),
        ("?unit=children", "The link's unit is not known and was left out."),
        ("?period=yesterday", "The link's period is not known and was left out."),
        ("?from=2026-13-01", "The link's date 'from' is not a day between 1990 and 2100 and was left out."),
        ("?to=0202-01-01", "The link's date 'to' is not a day between 1990 and 2100 and was left out."),
        ("?from=2026-03-01&to=2026-02-01", "The first day is after the last; the dates were left out."),
        ("?colour=red", "1 part of the link is not known and left out."),
        ("?table=secrets", "A table in the link is not known and was left out."),
        ("?" + "a" * LONGEST_QUERY, "The link is too long to read; nothing is filtered."),
    ],
)
def test_what_is_not_known_is_left_out_and_said(query: str, notice: str) -> None:
    filters, notices = from_query(query, LABELS)
    assert notice in notices
    assert filters.to_query() in ("", "?urgency=Urgent")


def test_no_notice_repeats_what_was_sent() -> None:
    _, notices = from_query("?unit=<script>&urgency=<script>&<script>=1&from=<script>", LABELS)
    assert len(notices) == 4
    assert not any("<script>" in notice for notice in notices)


def test_the_sentence_says_unit_period_and_values() -> None:
    filters, _ = from_query("?unit=referrals&urgency=Urgent&channel=phone&channel=email", LABELS)
    said = filters.sentence(date(2026, 11, 25))
    assert said == ("Referrals received 1 November 2025 to 31 October 2026 · Channel: email or phone · Urgency: Urgent")


def test_a_dimension_the_table_does_not_carry_is_named() -> None:
    filters, _ = from_query("?age_band=under+1&urgency=Urgent", LABELS)
    assert filters.left_out("contact") == ("Age at receipt",)
    assert filters.applied("contact") == (("urgency", ("Urgent",)),)
