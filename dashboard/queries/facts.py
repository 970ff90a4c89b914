"""What a version says about itself: as at, authorities, first data, refused files, what each feed can show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from dashboard import wording
from dashboard.access.viewer import Viewer
from dashboard.snapshot import Reading

FIRST_DATA = {
    "consultation": "consultations_from",
    "contact": "contacts_from",
    "contact_child": "contacts_from",
    "referral": "referrals_from",
}


@dataclass(frozen=True)
class Authority:
    """An authority of the snapshot. `first` is its first day of data per case table."""

    code: str
    name: str
    as_at: datetime
    freshness_hours: float
    first: Mapping[str, date | None]

    def is_stale(self, now: datetime) -> bool:
        """Older than the authority tolerates."""
        return now - self.as_at > timedelta(hours=self.freshness_hours)


@dataclass(frozen=True)
class Facts:
    """`unavailable` has (authority, measure) → the reason no feed of that authority can show it."""

    version: str
    as_at: datetime
    authorities: tuple[Authority, ...]
    refused: tuple[tuple[str, str, str], ...]
    unavailable: Mapping[tuple[str, str], str]

    @property
    def as_at_day(self) -> date:
        """The local day of data as at."""
        return self.as_at.astimezone(wording.LONDON).date()

    def first_day(self, table: str) -> date | None:
        """First day with data in a case table, over all authorities."""
        return min((day for one in self.authorities if (day := one.first[table])), default=None)

    def chosen(self, codes: tuple[str, ...]) -> tuple[Authority, ...]:
        """The authorities asked for; all when none is named."""
        return tuple(one for one in self.authorities if not codes or one.code in codes)

    def missing(self, measure: str, codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
        """(authority's name, reason) for each chosen authority that cannot show the measure."""
        return tuple(
            (one.name, self.unavailable[one.code, measure])
            for one in self.chosen(codes)
            if (one.code, measure) in self.unavailable
        )


def read(reading: Reading, viewer: Viewer) -> Facts:
    """The facts of the version being read; asked once per version."""
    return reading.remembered("facts", lambda: _ask(reading, viewer))


def _ask(reading: Reading, viewer: Viewer) -> Facts:
    (as_at,) = reading.rows("SELECT data_as_at FROM snapshot", (), viewer)[0]
    refused = reading.rows(
        "SELECT coalesce(authority::VARCHAR, ''), name, coalesce(reason, '') FROM load_file WHERE state = 'refused' "
        "ORDER BY ALL",
        (),
        viewer,
    )
    return Facts(reading.version, as_at, _authorities(reading, viewer), tuple(refused), _missing(reading, viewer))


def _authorities(reading: Reading, viewer: Viewer) -> tuple[Authority, ...]:
    columns = ", ".join(FIRST_DATA.values())
    sql = f"SELECT authority::VARCHAR, name, data_as_at, freshness_hours, {columns} FROM authority ORDER BY authority"
    return tuple(
        Authority(code, name, as_at, hours, dict(zip(FIRST_DATA, first, strict=True)))
        for code, name, as_at, hours, *first in reading.rows(sql, (), viewer)
    )


def _missing(reading: Reading, viewer: Viewer) -> dict[tuple[str, str], str]:
    sql = (
        "SELECT authority::VARCHAR, measure, any_value(reason) FROM capability "
        "GROUP BY ALL HAVING bool_and(availability = 'not available')"
    )
    return {(code, measure): reason or "" for code, measure, reason in reading.rows(sql, (), viewer)}
