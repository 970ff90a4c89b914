"""Fills the tables beside the cases: dictionary, rules, measures, and what pages need of the profiles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb

from etl.arrivals import Arrival
from etl.contract import schema, vocabularies
from etl.contract.dimensions import DIMENSIONS
from etl.contract.measures import MEASURES, Measure
from etl.feeds import BY_NAME
from etl.order import Order
from etl.profile import Clock, Profile
from etl.spelling import added_labels
from etl.validate import RULES

TABLES_BY_AUTHORITY = ("calendar", "clock_rule", "event", "target", "population", "capability", "authority")
Connection = duckdb.DuckDBPyConnection
Row = tuple[object, ...]


def write_vocabularies(con: Connection, profiles: Mapping[str, Profile]) -> None:
    """Rows that are the same for every authority: dictionary, rule, measure."""
    _insert(con, "dictionary", _dictionary(profiles))
    _insert(con, "rule", [(rule.code, rule.severity, rule.message, rule.remedy) for rule in RULES])
    _insert(
        con,
        "measure",
        [
            (one.name, one.title, one.grain, one.unit, one.numerator, one.denominator, one.definition, one.trap,
             one.questions, one.source)
            for one in MEASURES
        ],
    )  # fmt: skip


def write_authority(con: Connection, profile: Profile, arrived: Sequence[Arrival]) -> None:
    """Rows of one authority: its rules, events, targets, populations, and what its feeds can show."""
    code = profile.code
    _insert(con, "clock_rule", [_clock_rule(code, clock) for clock in profile.clocks])
    _insert(con, "event", [(code, one.on, one.title, one.rebases, one.source) for one in profile.events])
    targets = [(code, one.measure, one.target, one.floor, one.starts_on, one.source) for one in profile.targets]
    _insert(con, "target", targets)
    _insert(con, "population", [(code, one.year, one.aged_0_17, one.source) for one in profile.population])
    _insert(con, "capability", _capabilities(code, arrived))
    _write_authority_row(con, profile)


def write_snapshot(con: Connection, order: Order) -> None:
    """The one row that says which version this is."""
    versions = ", ".join(f"{code} {version}" for code, version in sorted(order.draft.profiles.items()))
    con.execute(
        "INSERT INTO snapshot SELECT $1, $2, (SELECT min(data_as_at) FROM authority), $3, $4, $5",
        [order.draft.version, order.draft.built_at, versions, order.draft.software, order.draft.key_id],
    )


def _dictionary(profiles: Mapping[str, Profile]) -> list[Row]:
    added = added_labels(profiles.values())
    attested = {one.label for profile in profiles.values() for one in profile.reasons if one.is_attested}
    rows: list[Row] = []
    for name in dict.fromkeys([*vocabularies.BY_NAME, *added]):
        vocabulary = vocabularies.BY_NAME.get(name)
        words = {value.label: value.definition for value in vocabulary.values} if vocabulary else {}
        source = vocabulary.source if vocabulary else "profiles"
        for place, label in enumerate(schema.labels(name, added), start=1):
            is_illustrative = name == "reason" and label not in attested and label not in _NO_VALUE
            rows.append((name, label, place, words.get(label) or None, is_illustrative, source))
    return rows


_NO_VALUE = (vocabularies.UNMAPPED, vocabularies.NOT_RECORDED)


def _clock_rule(code: str, clock: Clock) -> Row:
    conditions = [f"{column} is {' or '.join(map(str, values))}" for column, values in clock.applies_when.items()]
    conditions += [f"{column} is filled" for column in clock.needs]
    return (
        code, clock.name, clock.case, clock.title, clock.kind, clock.limit, clock.starts, clock.stops,
        "; ".join(conditions) or None, clock.starts_on, clock.ends_on, clock.source,
    )  # fmt: skip


def _capabilities(code: str, arrived: Sequence[Arrival]) -> list[Row]:
    """Which measures each way of delivery can show: Annex A has neither times nor decisions."""
    rows: list[Row] = []
    for origin in dict.fromkeys(arrival.origin for arrival in arrived):
        of_origin = [arrival for arrival in arrived if arrival.origin == origin]
        for name, needs in _NEEDS.items():
            missing = _missing(needs, of_origin, arrived)
            if missing is not None:
                words = f"no column {', '.join(missing)}" if missing else None
                rows.append((code, origin, name, "not available" if missing else "available", words))
    return rows


def _by_dimension(measure: Measure) -> dict[str, tuple[str, ...]]:
    """A volume by each dimension that a file has a column for: `contacts by urgency`."""
    feed = measure.needs[0].split(".")[0]
    fields = {dimension.name: _MADE_OF.get(dimension.name, dimension.name) for dimension in DIMENSIONS}
    return {
        f"{measure.name} by {name}": (*measure.needs, f"{feed}.{field}")
        for name, field in fields.items()
        if field in BY_NAME[feed].names
    }


_MADE_OF = {"consent_status": "agreement_obtained", "agency_group": "agency_type", "decision_state": "decided_at"}
_NEEDS: dict[str, tuple[str, ...]] = {measure.name: measure.needs for measure in MEASURES}
for _measure in MEASURES:
    if _measure.denominator is None:
        _NEEDS |= _by_dimension(_measure)


def _missing(needs: Iterable[str], of_origin: Sequence[Arrival], arrived: Sequence[Arrival]) -> list[str] | None:
    """The columns a measure needs that are not there; None when the measure is not about this feed."""
    feeds = {arrival.feed.name for arrival in of_origin}
    needed = [need.split(".") for need in needs]
    if not any(feed in feeds for feed, _ in needed):
        return None
    is_annex_a = all(arrival.is_annex_a for arrival in of_origin)
    pool = of_origin if is_annex_a else [arrival for arrival in arrived if not arrival.is_annex_a]
    have = {(arrival.feed.name, field) for arrival in pool for field in arrival.positions}
    return [f"{feed}.{field}" for feed, field in needed if (feed, field) not in have]


def _write_authority_row(con: Connection, profile: Profile) -> None:
    windows = profile.windows
    words = (
        f"same child and primary reason within {windows.duplicate_days} days; "
        f"portal resubmission within {windows.resubmission_hours} hours"
    )
    first = ", ".join(
        f"(SELECT min(received_on) FROM {table} WHERE authority = authority_of())"
        for table in ("consultation", "contact", "referral")
    )
    con.execute(
        f"INSERT INTO authority SELECT $1, $2, $3, $4, $5, getvariable('data_as_at'), $6, {first}, $7, $8, $9",
        [
            profile.code, profile.authority.name, profile.authority.ons_code, profile.authority.region, profile.version,
            profile.authority.freshness_hours, windows.consultation_to_request_days,
            windows.contact_to_referral_working_days, words,
        ],
    )  # fmt: skip


def _insert(con: Connection, table: str, rows: Iterable[Row]) -> None:
    values = list(rows)
    if values:
        con.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(values[0]))})", values)
