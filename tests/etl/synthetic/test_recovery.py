"""What was planted is found again in the warehouse: written as files, loaded, asked for in SQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from etl import jobs
from etl.pseudonymise import new_key_file
from etl.settings import Settings
from tests.etl.synthetic.reading import UNTIL

AUTHORITIES = {"kent": 0.02, "norfolk": 0.03}
COUNTS = {
    "contacts": "count(*) FROM contact",
    "children": "count(*) FROM contact_child",
    "referrals": "count(*) FROM referral",
    "consultations": "count(*) FROM consultation",
    "contacts_without_child": "count(*) FILTER (children = 0) FROM contact",
    "open_contacts": "count(*) FILTER (is_open) FROM contact",
    "open_overdue_contacts": "count(*) FILTER (decision_state = 'open, overdue') FROM contact",
    "decided_with_time": "count(*) FILTER (is_decided AND is_time_known) FROM contact",
    "decided_in_time": "count(*) FILTER (decision_state = 'in time' AND is_time_known) FROM contact",
    "duplicates_marked": "count(*) FILTER (duplicate_rule = 'marked') FROM contact",
    "duplicate_contacts": "count(*) FILTER (is_duplicate) FROM contact",
    "duplicate_child_rows": "count(*) FILTER (is_duplicate) FROM contact_child",
    "decided_children": "count(*) FILTER (is_decided) FROM contact_child",
    "decided_children_counted": "count(*) FILTER (is_in_conversion) FROM contact_child",
    "converted_children": "count(*) FILTER (is_in_conversion AND is_converted) FROM contact_child",
    "repeat_contact_rows": "count(*) FILTER (is_repeat_contact) FROM contact_child",
    "children_who_come_back": "count(DISTINCT child_key) FILTER (is_repeat_contact) FROM contact_child",
    "rereferrals": "count(*) FILTER (is_rereferral) FROM referral",
    "children_rereferred": "count(DISTINCT child_key) FILTER (is_rereferral) FROM referral",
    "referrals_linked_by_reference": "count(*) FILTER (link_rule = 'explicit') FROM referral",
    "referrals_linked_by_child": "count(*) FILTER (link_rule = 'inferred') FROM referral",
    "referrals_with_unknown_contact": "count(*) FILTER (is_orphan) FROM referral",
    "no_further_action": "count(*) FILTER (no_further_action = 'Yes') FROM referral",
    "crime_suspected": "count(*) FILTER (police_told <> 'not applicable') FROM contact",
    "police_told": "count(*) FILTER (police_told = 'told') FROM contact",
    "quoted_consultations": "count(*) FILTER (link_rule = 'quoted') FROM consultation",
}
BREAKDOWNS = {
    "consent_status": ("contact", "consent_status"),
    "contacts_by_month": ("contact", "strftime(received_month, '%Y-%m')"),
    "children_by_month": ("contact_child", "strftime(received_month, '%Y-%m')"),
    "referrals_by_month": ("referral", "strftime(received_month, '%Y-%m')"),
    "consultations_by_month": ("consultation", "strftime(received_month, '%Y-%m')"),
    "contacts_by_source": ("contact", "source_code"),
    "contacts_by_decision": ("contact", "decision"),
    "contacts_by_channel": ("contact", "channel"),
    "contacts_by_urgency": ("contact", "urgency"),
    "contacts_by_primary_reason": ("contact", "primary_reason"),
    "contacts_by_level_requested": ("contact", "level_requested"),
    "contacts_by_district": ("contact", "district"),
    "children_by_age_band": ("contact_child", "age_band"),
    "children_by_gender": ("contact_child", "gender"),
}
Truth = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def truth() -> Truth:
    return {}


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory, truth: Truth) -> Iterator[duckdb.DuckDBPyConnection]:
    root = tmp_path_factory.mktemp("recovery")
    settings = Settings(inbox=root / "inbox", warehouse=root / "warehouse", state=root, key_file=root / "key")
    new_key_file(root / "key")
    for code, scale in AUTHORITIES.items():
        wanted = {"authority": code, "months": 60, "scale": scale, "seed": 7, "until": UNTIL}
        jobs.generate(settings, settings.inbox, **wanted, truths=root / f"{code}.json")
        planted = json.loads((root / f"{code}.json").read_text(encoding="utf-8"))["truths"]
        truth[code] = {name: entry["value"] for name, entry in planted.items()}
    version = jobs.load(settings).version
    with duckdb.connect(str(settings.warehouse / f"frontdoor-{version}.duckdb"), read_only=True) as connection:
        connection.execute("SET TimeZone = 'Europe/London'")
        yield connection


@pytest.mark.parametrize("code", AUTHORITIES)
def test_counts(warehouse: duckdb.DuckDBPyConnection, truth: Truth, code: str) -> None:
    found = {name: one(warehouse, f"SELECT {sql} WHERE authority = ?", code) for name, sql in COUNTS.items()}
    assert found == {name: truth[code][name] for name in COUNTS}


@pytest.mark.parametrize("code", AUTHORITIES)
@pytest.mark.parametrize("name", BREAKDOWNS)
def test_breakdowns(warehouse: duckdb.DuckDBPyConnection, truth: Truth, name: str, code: str) -> None:
    table, column = BREAKDOWNS[name]
    sql = f"SELECT {column}::VARCHAR, count(*) FROM {table} WHERE authority = ? GROUP BY ALL"
    found = dict(warehouse.execute(sql, [code]).fetchall())
    assert found == {label: count for label, count in truth[code][name].items() if count}


@pytest.mark.parametrize("code", AUTHORITIES)
def test_no_record_is_quarantined(warehouse: duckdb.DuckDBPyConnection, truth: Truth, code: str) -> None:
    assert truth[code]["contacts"] > 0
    assert one(warehouse, "SELECT count(*) FROM quarantine WHERE authority = ?", code) == 0


@pytest.mark.parametrize("code", AUTHORITIES)
def test_the_agency_with_unrecorded_consent(warehouse: duckdb.DuckDBPyConnection, truth: Truth, code: str) -> None:
    worst = truth[code]["agency_with_unrecorded_consent"]
    sql = (
        "SELECT agency_name::VARCHAR FROM contact WHERE authority = ? GROUP BY ALL HAVING count(*) >= 30 "
        "ORDER BY avg((consent_status = 'not recorded' AND channel <> 'police notification')::INTEGER) DESC LIMIT 1"
    )
    assert one(warehouse, sql, code) == worst["agency"]


@pytest.mark.parametrize("code", AUTHORITIES)
def test_requests_that_can_be_found_lie_between_quoted_and_inferred(
    warehouse: duckdb.DuckDBPyConnection, truth: Truth, code: str
) -> None:
    sql = "SELECT count(*) FILTER (link_rule IN ({})) FROM consultation WHERE authority = ?"
    low = one(warehouse, sql.format("'quoted'"), code)
    high = one(warehouse, sql.format("'quoted', 'inferred'"), code)
    followed, unfindable = (truth[code][name] for name in ("consultations_followed", "followed_unquoted_colleague"))
    assert low <= followed and followed - unfindable <= high


def one(connection: duckdb.DuckDBPyConnection, sql: str, code: str) -> Any:
    row = connection.execute(sql, [code]).fetchone()
    return row[0] if row else None
