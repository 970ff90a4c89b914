"""Numbers, dates and durations as the design writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dashboard import wording


@pytest.mark.parametrize(
    ("part", "whole", "written"), [(183, 258, "70.9%"), (71, 100, "71%"), (3, 7, "3 of 7"), (0, 200, "0.0%")]
)
def test_a_share_shows_as_much_as_its_denominator_carries(part: int, whole: int, written: str) -> None:
    assert wording.share(part, whole) == written


def test_a_moment_is_local() -> None:
    assert wording.moment(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)) == "2 July 2026, 00:30"


@pytest.mark.parametrize(
    ("first", "last", "written"),
    [
        (date(2026, 11, 1), date(2026, 11, 7), "1 to 7 November 2026"),
        (date(2026, 8, 24), date(2026, 11, 22), "24 August to 22 November 2026"),
        (date(2025, 11, 1), date(2026, 10, 31), "1 November 2025 to 31 October 2026"),
        (date(2026, 11, 1), date(2026, 11, 1), "1 November 2026"),
    ],
)
def test_a_span(first: date, last: date, written: str) -> None:
    assert wording.span(first, last) == written


@pytest.mark.parametrize(
    ("minutes", "written"), [(30, "30 min"), (-135, "2 h 15 min"), (47 * 60, "47 h 0 min"), (49 * 60, "2 days 1 h")]
)
def test_a_duration(minutes: int, written: str) -> None:
    assert wording.duration(minutes) == written


@pytest.mark.parametrize(
    ("day", "written"), [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (22, "22nd"), (25, "25th")]
)
def test_an_ordinal(day: int, written: str) -> None:
    assert wording.ordinal(day) == written


def test_what_is_counted_agrees_with_its_number() -> None:
    assert wording.counted(1, "contact") == "1 contact"
    assert wording.counted(5412, "contact") == "5,412 contacts"
