"""Examples for the clocks: moments where working time goes wrong, and offices that differ."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import strategies as st

from etl.profile import Profile
from tests.etl.oracle.clock_oracle import Moment, Office, due

FIRST, LAST = date(2018, 1, 1), date(2030, 12, 31)
PLAIN = Office()
ODD = Office(
    opens=time(8, 30),
    closes=time(16, 45),
    weekdays=(1, 2, 3, 4, 5, 6),
    closures=frozenset({date(2019, 12, 27), date(2023, 12, 28), date(2026, 12, 29)}),
    line=None,
)
OFFICES = {"plain": PLAIN, "odd": ODD}
EDGE_DAYS = (
    *(date(year, 12, day) for year in range(2018, 2031) for day in (23, 24, 27, 31)),
    date(2020, 5, 7), date(2020, 5, 8), date(2022, 6, 1), date(2022, 6, 2), date(2022, 6, 3),
    date(2022, 9, 16), date(2022, 9, 19), date(2023, 5, 5), date(2023, 5, 8), date(2024, 2, 29),
    date(2024, 3, 28), date(2024, 1, 31), date(2025, 8, 22), date(2025, 10, 31),
    # the days on which clocks change
    date(2019, 3, 31), date(2021, 10, 31), date(2024, 3, 31), date(2024, 10, 27), date(2026, 3, 29), date(2026, 10, 25),
)  # fmt: skip
EDGE_TIMES = (
    time(0), time(0, 59, 59), time(1), time(1, 30), time(2), time(3, 17, 5), time(8, 59, 59), time(9), time(10),
    time(16), time(16, 44, 59), time(16, 45), time(16, 59), time(16, 59, 59), time(17), time(18), time(23, 59, 59),
)  # fmt: skip

edge_instants = st.builds(
    lambda day, at: datetime.combine(day, at, UTC), st.sampled_from(EDGE_DAYS), st.sampled_from(EDGE_TIMES)
)
any_instants = st.builds(
    lambda day, second: datetime.combine(day, time(), UTC) + timedelta(seconds=second),
    st.dates(FIRST, LAST),
    st.integers(0, 86_399),
)
instants = edge_instants | any_instants


def profile_of(code: str, office: Office, clocks: list[dict[str, Any]]) -> Profile:
    """A profile with the office's hours and the given clocks, all in force throughout."""
    in_force = {"starts_on": date(2017, 11, 1), "source": "invented"}
    hours = in_force | {"days": office.weekdays, "opens": f"{office.opens:%H:%M}", "closes": f"{office.closes:%H:%M}"}
    line = (
        [hours | {"opens": f"{o:%H:%M}", "closes": f"{c:%H:%M}"} for o, c in [office.line] if o] if office.line else []
    )
    return Profile.model_validate(
        {
            "code": code,
            "version": "0" * 12,
            "authority": {
                "name": code, "ons_code": "E99999999", "region": "Nowhere", "region_code": "E99999998",
                "freshness_hours": 26,
            },
            "office_hours": [hours],
            "consultation_hours": line,
            "closures": [{"on": day, "reason": "closed", "source": "invented"} for day in sorted(office.closures)],
            "levels": {},
            "windows": {
                "consultation_to_request_days": 28, "contact_to_referral_working_days": 10, "duplicate_days": 3,
                "resubmission_hours": 24, "lookback_months": 12, "source": "invented",
            },
            "clocks": [in_force | {"title": "invented"} | clock for clock in clocks],
        }
    )  # fmt: skip


@st.composite
def spans(draw: st.DrawFn, kind: str, limit: int, as_at: datetime) -> tuple[str, Moment, Moment | None]:
    """An office, a start and a stop: none, any later one, one on or just past the due moment, or dates only."""
    office = draw(st.sampled_from(sorted(OFFICES)))
    near = st.builds(lambda minutes: as_at - timedelta(minutes=minutes), st.integers(0, 40_000))
    at = draw(instants | near)
    start = Moment(on=Moment(at=at).day) if draw(st.integers(0, 9)) == 0 else Moment(at=at)
    return office, start, draw(_stops(due(OFFICES[office], kind, limit, start), at))


@st.composite
def _stops(draw: st.DrawFn, due_at: datetime | None, at: datetime) -> Moment | None:
    later = at + timedelta(seconds=draw(st.integers(0, 5_000_000)))
    choices = [None, Moment(at=later), Moment(on=Moment(at=later).day)]
    if due_at is not None and due_at >= at:
        choices += [Moment(at=due_at), Moment(at=due_at + timedelta(seconds=1)), Moment(on=Moment(at=due_at).day)]
    return draw(st.sampled_from(choices))
