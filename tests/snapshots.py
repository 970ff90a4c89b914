"""Invented snapshots for tests and benchmarks: random but coherent rows, made in SQL, published as the loader does."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from etl.contract import measures, schema, tables

ADDED: Mapping[str, Sequence[str]] = {
    "authority": ("kent", "medway"),
    "agency_type": ("Police", "School", "Hospital", "Adult services", "Family member", "Charity"),
    "agency_name": ("Kent Police", "Example Primary School", "Sample Academy", "Specimen Hospital", "Other (charity)"),
    "district": ("Ashford", "Canterbury", "Dover", "Gravesham", "Maidstone", "Swale", "Thanet"),
    "clock_name": ("contact decision",),
}  # fmt: skip


@dataclass(frozen=True)
class Recipe:
    """What a snapshot holds. `rows` contact events over `months` until `as_at`; `codes` its authorities."""

    rows: int = 2000
    months: int = 24
    as_at: datetime = datetime(2026, 11, 25, 6, 10, tzinfo=UTC)
    added: Mapping[str, Sequence[str]] = field(default_factory=lambda: ADDED)
    has_decisions: bool = True
    refused: str = ""
    salt: int = 0

    def labels(self, vocabulary: str) -> tuple[str, ...]:
        """The labels of a vocabulary in this snapshot."""
        return schema.labels(vocabulary, self.added)


def publish(warehouse: Path, recipe: Recipe, version: str = "20261125T074512Z-3f9a1c2b") -> str:
    """Build a version in `warehouse`, write its sidecar and make it current; returns the version."""
    warehouse.mkdir(parents=True, exist_ok=True)
    path = warehouse / f"frontdoor-{version}.duckdb"
    build(path, recipe, version)
    point_at(warehouse, version, sidecar(path, recipe, version))
    return version


def sidecar(path: Path, recipe: Recipe, version: str) -> bytes:
    """The JSON beside a version: its files with size and SHA-256, and data as at per authority."""
    moment = recipe.as_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    described = {
        "version": version,
        "built_at": moment,
        "data_as_at": {code: moment for code in recipe.added["authority"]},
        "files": [{"name": path.name, "sha256": digest, "bytes": path.stat().st_size}],
        "sources": [],
        "profiles": {},
        "key_id": "00000000",
        "rows": {"contact": recipe.rows},
        "software": "0.1.0",
    }
    return json.dumps(described).encode()


def point_at(warehouse: Path, version: str, described: bytes) -> None:
    """Write the sidecar and move CURRENT to it, atomically."""
    (warehouse / f"frontdoor-{version}.json").write_bytes(described)
    staged = warehouse / "CURRENT.new"
    staged.write_bytes(described)
    staged.replace(warehouse / "CURRENT")


def build(path: Path, recipe: Recipe, version: str) -> None:
    """Make the file: contract, then contacts, children, referrals, consultations, and the small tables."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'Europe/London'")
        con.execute(f"ATTACH '{path}' AS s (STORAGE_VERSION 'v1.4.0')")
        con.execute("USE s")
        for statement in schema.create_statements(recipe.added):
            con.execute(statement)
        con.execute("CREATE TEMP MACRO r(i, k) AS (hash(i * 1000 + k) % 1000000) / 1000000.0")
        for table, columns, source in _cases(recipe):
            _insert(con, table, columns, source)
        _reference_rows(con, recipe, version)
        con.execute("USE memory")
        con.execute("DETACH s")


def _insert(con: duckdb.DuckDBPyConnection, table: str, columns: Mapping[str, str], source: str) -> None:
    known = tables.BY_NAME[table].names
    assert set(columns) <= set(known), sorted(set(columns) - set(known))
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(columns.values())
    con.execute(f"INSERT INTO {table} ({names}) SELECT {values} FROM {source} ORDER BY received_at")


def _pick(recipe: Recipe, vocabulary: str, k: int, weights: Sequence[int] = ()) -> str:
    """SQL that draws a label; `weights` count for the first labels, the rest weigh 1."""
    labels = recipe.labels(vocabulary)
    padded = [*weights, *[1] * (len(labels) - len(weights))]
    drawn = [schema.quoted(label) for label, weight in zip(labels, padded, strict=False) for _ in range(weight)]
    return f'([{", ".join(drawn)}])[1 + CAST(floor(r(i, {k}) * {len(drawn)}) AS INTEGER)]::"{vocabulary}"'


def _moments(recipe: Recipe, rows: int, k: int, needs_contact: bool = False) -> str:
    """A source of rows with `i`, `at` and `received_at`: busy on weekdays and by day, none after data as at."""
    days = round(recipe.months * 30.4375)
    end = recipe.as_at
    start = (end - timedelta(days=days)).date().isoformat()
    day = f"DATE '{start}' + CAST(floor(r(i, {k}) * {days + 1}) AS INTEGER)"
    moved = f"CASE WHEN isodow(d) > 5 AND r(i, {k + 1}) < 0.6 THEN d - 2 ELSE d END"
    minutes = f"CAST(floor(150 + (r(i, {k + 2}) + r(i, {k + 3})) * 640) AS INTEGER)"
    at = f"(({moved}) + to_minutes({minutes}))::TIMESTAMP AT TIME ZONE 'Europe/London'"
    return (
        f"(SELECT i, {at} AS received_at, (received_at AT TIME ZONE 'Europe/London') AS local "
        f"FROM (SELECT i + {recipe.salt} AS i, {day} AS d FROM range({rows}) t(i)) "
        f"WHERE received_at <= TIMESTAMPTZ '{end.isoformat()}')"
    )


def _uuid(k: int) -> str:
    return f"md5(concat(i, '-{k}'))::UUID"


_CODE = "upper(substr(translate(md5(concat('c', i)), '0189', 'wxyz'), 1, 10))"
_RECEIPT = {
    "received_at": "received_at",
    "received_on": "local::DATE",
    "received_hour": "hour(local)",
    "received_weekday": "isodow(local)",
    "received_month": "date_trunc('month', local)::DATE",
    "is_time_known": "true",
}


def _shared(recipe: Recipe) -> dict[str, str]:
    hours = "(CASE WHEN isodow(local) < 6 AND hour(local) BETWEEN 9 AND 16 THEN 'in hours' ELSE 'out of hours' END)"
    return {
        "authority": _pick(recipe, "authority", 10, (5,)),
        **_RECEIPT,
        "hours": f"{hours}::hours",
        "channel": _pick(recipe, "channel", 11, (20, 8, 6, 14)),
        "urgency": _pick(recipe, "urgency", 12, (8, 30)),
        "agency_type": _pick(recipe, "agency_type", 13, (15, 9, 7, 6, 4)),
        "agency_group": _pick(recipe, "agency_group", 13, (8, 19, 15, 3, 13, 30)),
        "agency_name": _pick(recipe, "agency_name", 13, (14, 4, 3, 3)),
        "primary_reason": _pick(recipe, "reason", 14, (5, 4, 4, 3, 2, 6, 9)),
        "secondary_reason": _pick(recipe, "reason", 15),
        "consent_status": _pick(recipe, "consent_status", 16, (6, 14, 4, 3, 2, 3)),
        "level_requested": _pick(recipe, "level", 17, (1, 3, 14, 9)),
    }


def _contact(recipe: Recipe) -> dict[str, str]:
    as_at = f"TIMESTAMPTZ '{recipe.as_at.isoformat()}'"
    due = (
        "(local::DATE + CASE isodow(local) WHEN 5 THEN 3 WHEN 6 THEN 3 WHEN 7 THEN 2 ELSE 1 END "
        "+ TIME '23:59:59') AT TIME ZONE 'Europe/London'"
    )
    took = "received_at + to_minutes(CAST(60 + 1500 * r(i, 20) * (1 + 3 * (r(i, 21) > 0.8)::INTEGER) AS INTEGER))"
    stuck = f"received_at > {as_at} - INTERVAL 21 DAY AND r(i, 22) < 0.02"
    decided = f"CASE WHEN {took} <= {as_at} AND NOT ({stuck}) THEN {took} END"
    state = (
        f"CASE WHEN {decided} IS NOT NULL THEN CASE WHEN {decided} <= {due} THEN 'in time' ELSE 'late' END "
        f"WHEN {due} < {as_at} THEN 'open, overdue' ELSE 'open, in time' END"
    )
    columns = {
        **_shared(recipe),
        "contact_key": _uuid(1),
        "case_code": _CODE,
        "received_by": _pick(recipe, "received_by", 23, (8,)),
        "district": _pick(recipe, "district", 24, (3, 4, 2, 3, 5, 4, 4)),
        "crime_suspected": _pick(recipe, "answer", 25, (1, 5)),
        "police_told": _pick(recipe, "police_told", 26, (4, 1, 20)),
        "is_duplicate": "r(i, 27) < 0.03",
        "duplicate_rule": "'none'::duplicate_rule",
        "children": "1 + CAST(floor(r(i, 28) * 2.4) AS INTEGER)",
        "feed": f"'{'contacts' if recipe.has_decisions else 'annex_a'}'::feed",
        "file_no": "1",
    }
    if not recipe.has_decisions:
        return columns
    decision = _pick(recipe, "decision", 29, (8, 3, 6, 8, 6, 3, 2, 3, 6))
    return columns | {
        "decided_at": decided,
        "decided_on": f"(({decided}) AT TIME ZONE 'Europe/London')::DATE",
        "is_decided": f"({decided}) IS NOT NULL",
        "is_open": f"({decided}) IS NULL",
        "decision": f"CASE WHEN ({decided}) IS NULL THEN 'pending' ELSE {decision} END::decision",
        "decision_due_at": due,
        "decision_state": f"({state})::clock_state",
        "level_decided": _pick(recipe, "level", 30, (3, 6, 9, 6)),
        "destination": _pick(recipe, "destination", 31, (4, 4)),
    }


_REPEATED = (
    "authority", "received_at", "received_on", "received_hour", "received_weekday", "received_month", "is_time_known",
    "hours", "channel", "urgency", "agency_type", "agency_group", "agency_name", "primary_reason", "secondary_reason",
    "consent_status", "level_requested", "level_decided", "decision", "is_decided", "is_open", "is_duplicate",
    "decision_state", "contact_key", "district",
)  # fmt: skip


def _child(recipe: Recipe) -> dict[str, str]:
    orphan = "r(i, 40) < 0.002"
    repeated = {name: f"CASE WHEN {orphan} THEN NULL ELSE {name} END" for name in _REPEATED}
    return repeated | {
        "authority": "authority",
        "is_orphan": orphan,
        "child_key": "md5(concat(CAST(i / 2 AS BIGINT), '-child'))::UUID",
        "position": _pick(recipe, "position", 41, (6, 3)),
        "age_band": _pick(recipe, "age_band", 42, (1, 2, 5, 6, 8, 3)),
        "gender": _pick(recipe, "gender", 43, (12, 12)),
        "ethnicity_group": _pick(recipe, "ethnicity_group", 44, (20, 2, 2, 2)),
        "unaccompanied": _pick(recipe, "answer", 45, (1, 12)),
        "is_converted": "CASE WHEN is_decided THEN r(i, 46) < 0.2 END",
        "is_in_conversion": "CASE WHEN is_decided THEN NOT is_duplicate END",
        "is_mature": f"received_at < TIMESTAMPTZ '{recipe.as_at.isoformat()}' - INTERVAL 14 DAY",
        "is_repeat_contact": "r(i, 47) < 0.25",
        "is_lookback_complete": "true",
        "file_no": "2",
    }


_CHILDREN = (
    "(SELECT c.* EXCLUDE (case_code), row_number() OVER () AS i FROM contact c, range(CAST(c.children AS BIGINT)))"
)


def _referral(recipe: Recipe) -> dict[str, str]:
    keep = {
        "authority", *_RECEIPT, "channel", "urgency", "agency_type", "agency_group", "primary_reason",
        "secondary_reason", "consent_status", "level_requested",
    }  # fmt: skip
    return {name: sql for name, sql in _shared(recipe).items() if name in keep} | {
        "referral_key": _uuid(3),
        "case_code": _CODE,
        "child_key": "md5(concat(CAST(i / 2 AS BIGINT), '-child'))::UUID",
        "district": _pick(recipe, "district", 24),
        "age_band": _pick(recipe, "age_band", 42),
        "gender": _pick(recipe, "gender", 43),
        "outcome": _pick(recipe, "outcome", 50, (8, 1, 3)),
        "is_rereferral": "r(i, 51) < 0.22",
        "is_lookback_complete": "true",
        "feed": "'referrals'::feed",
        "file_no": "3",
    }


def _consultation(recipe: Recipe) -> dict[str, str]:
    dropped = ("urgency", "level_requested")
    return {name: sql for name, sql in _shared(recipe).items() if name not in dropped} | {
        "consultation_key": _uuid(4),
        "case_code": _CODE,
        "advice": _pick(recipe, "advice", 60, (4, 2, 4)),
        "level_view": _pick(recipe, "level", 61),
        "is_mature": "true",
        "is_converted_quoted": "r(i, 62) < 0.12",
        "is_converted_inferred": "r(i, 62) BETWEEN 0.12 AND 0.3",
        "file_no": "4",
    }


def _cases(recipe: Recipe) -> Sequence[tuple[str, Mapping[str, str], str]]:
    few = max(recipe.rows // 5, 1)
    return (
        ("contact", _contact(recipe), _moments(recipe, recipe.rows, 1)),
        ("contact_child", _child(recipe), _CHILDREN),
        ("referral", _referral(recipe), _moments(recipe, few, 70)),
        ("consultation", _consultation(recipe), _moments(recipe, few, 80)),
    )


def _reference_rows(con: duckdb.DuckDBPyConnection, recipe: Recipe, version: str) -> None:
    con.execute("INSERT INTO snapshot VALUES (?, ?, ?, '', '0.1.0', '00000000')", [version, recipe.as_at, recipe.as_at])
    first = (recipe.as_at - timedelta(days=round(recipe.months * 30.4375))).date()
    for code in recipe.added["authority"]:
        con.execute(
            "INSERT INTO authority (authority, name, region, profile_version, data_as_at, freshness_hours, "
            "contacts_from, consultations_from, referrals_from) VALUES (?, ?, 'South East', 'x', ?, 26, ?, ?, ?)",
            [code, code.title(), recipe.as_at, first, first, first],
        )
        _capabilities(con, recipe, code)
    con.execute(
        "INSERT INTO load_file (file_no, authority, feed, name, extract_at, records, loaded, quarantined, state) "
        "VALUES (1, 'kent', 'contacts', 'contacts 2026-11-25 06:10', ?, ?, ?, 0, 'loaded')",
        [recipe.as_at, recipe.rows, recipe.rows],
    )
    if recipe.refused:
        con.execute(
            "INSERT INTO load_file (file_no, authority, feed, name, state, reason) "
            "VALUES (2, 'kent', 'referrals', 'referrals 2026-11-25 06:10', 'refused', ?)",
            [recipe.refused],
        )


def _capabilities(con: duckdb.DuckDBPyConnection, recipe: Recipe, code: str) -> None:
    feed = "contacts" if recipe.has_decisions else "annex_a"
    reason = "Annex A lists carry neither times nor decisions."
    for measure in measures.MEASURES:
        able = recipe.has_decisions or measure.name in ("contacts", "contact_children", "referrals")
        con.execute(
            "INSERT INTO capability VALUES (?, ?, ?, ?, ?)",
            [code, feed, measure.name, "available" if able else "not available", "" if able else reason],
        )
