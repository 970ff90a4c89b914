"""Named periods are counted from data as at."""

from __future__ import annotations

from datetime import date

import pytest

from dashboard import periods


@pytest.mark.parametrize(
    ("name", "as_at", "days"),
    [
        ("last-12-months", date(2026, 11, 25), (date(2025, 11, 1), date(2026, 10, 31))),
        ("last-3-months", date(2026, 1, 1), (date(2025, 10, 1), date(2025, 12, 31))),
        ("this-week", date(2026, 11, 25), (date(2026, 11, 23), date(2026, 11, 25))),
        ("this-month", date(2026, 11, 25), (date(2026, 11, 1), date(2026, 11, 25))),
        ("financial-year", date(2026, 3, 31), (date(2025, 4, 1), date(2026, 3, 31))),
        ("financial-year", date(2026, 4, 1), (date(2026, 4, 1), date(2026, 4, 1))),
        ("last-financial-year", date(2026, 11, 25), (date(2025, 4, 1), date(2026, 3, 31))),
        ("all", date(2026, 11, 25), (None, date(2026, 11, 25))),
    ],
)
def test_days(name: str, as_at: date, days: periods.Days) -> None:
    assert periods.BY_NAME[name].days(as_at) == days
