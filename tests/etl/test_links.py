"""Links and what rows say of themselves: the published snapshot against a brute-force oracle, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from etl.contract.tables import RESOLVING
from tests.etl.oracle import links_oracle, particulars_oracle
from tests.etl.oracle.collisions import Collisions
from tests.etl.oracle.incidents_oracle import Incidents
from tests.etl.oracle.loaded import Loaded, loaded
from tests.etl.oracle.records import Found, records

EXTRACT = "2026-06-30T1200"
AS_AT = datetime(2026, 6, 30, 11, tzinfo=UTC)
FILES = Collisions(seed=20261125, contacts=600).files
Expected = dict[Any, Found]


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    with loaded(FILES, tmp_path_factory.mktemp("links"), extract=EXTRACT, beside=["medway"]) as snapshot:
        yield snapshot


def test_every_record_is_in_the_snapshot(snapshot: Loaded) -> None:
    assert snapshot.one("SELECT count(*) FROM quarantine") == 0
    tables = {"consultations": "consultation", "contacts": "contact", "children": "contact_child"}
    found = {feed: len(snapshot.rows(table, ["authority"])) for feed, table in tables.items()}
    assert found == {feed: len(FILES[feed]) for feed in tables}


def test_the_cases_collide(snapshot: Loaded) -> None:
    """Else the other tests would compare nothing with nothing."""
    rules = {
        "consultation": ("link_rule", {"quoted", "inferred", "none"}),
        "referral": ("link_rule", {"explicit", "inferred", "none"}),
        "contact": ("duplicate_rule", {"marked", "resubmission", "written confirmation", "same incident", "none"}),
    }
    for table, (column, wanted) in rules.items():
        counted = Counter(row[column] for row in snapshot.rows(table, [column]))
        assert counted.keys() == wanted
        assert min(counted.values()) >= 10, (table, counted)


@pytest.mark.parametrize("table", ["consultation", "contact", "referral"])
def test_authorities_with_the_same_files_do_not_meet(snapshot: Loaded, table: str) -> None:
    """Every link stays within its authority, although the other one has the same references."""
    keys = [one for one in RESOLVING if one.table == table]
    counts = ", ".join(f"count({one.column})" for one in keys)
    kent, medway = snapshot.con.execute(f"SELECT {counts} FROM {table} GROUP BY authority").fetchall()
    assert min(*kent, *medway) > 0
    for one in keys:
        crossing = snapshot.one(
            f"SELECT count(*) FROM {table} AS here JOIN {one.target} AS there "
            f"ON there.{one.target_column} = here.{one.column} WHERE there.authority <> here.authority"
        )
        assert crossing == 0


def test_consultations_and_their_requests(snapshot: Loaded) -> None:
    compare(snapshot, "consultation", links_oracle.consultations(FILES, AS_AT))


def test_referrals_their_contacts_and_previous_ones(snapshot: Loaded) -> None:
    compare(snapshot, "referral", links_oracle.referrals(FILES))


def test_contacts_that_repeat_others(snapshot: Loaded) -> None:
    incidents = Incidents(FILES, AS_AT)
    compare(snapshot, "contact", {one.ref: incidents.contact(one) for one in incidents.contacts})


def test_what_a_contact_says_of_itself(snapshot: Loaded) -> None:
    expected = {one.ref: particulars_oracle.contact(one, AS_AT) for one in records(FILES, "contacts")}
    compare(snapshot, "contact", expected)


def test_children_of_contacts(snapshot: Loaded) -> None:
    incidents = Incidents(FILES, AS_AT)
    expected = {}
    for one in incidents.contacts:
        for row in incidents.children.get(one.ref, ()):
            keys = (snapshot.pseudonym("contact", one.ref), snapshot.pseudonym("child", row["child_ref"]))
            band = {"age_band": particulars_oracle.age_band(row, one.on)}
            expected[keys] = snapshot.keyed(incidents.child(one, row) | band)
    columns = list(next(iter(expected.values())))
    rows = snapshot.rows("contact_child", ["contact_key", "child_key", *columns])
    found = {(row.pop("contact_key"), row.pop("child_key")): row for row in rows}
    assert differences(found, expected) == []


def compare(snapshot: Loaded, table: str, by_reference: Expected) -> None:
    """The wanted columns of a table of cases, row by row."""
    domain: Any = table
    expected = {snapshot.pseudonym(domain, ref): snapshot.keyed(found) for ref, found in by_reference.items()}
    columns = list(dict.fromkeys(name for row in expected.values() for name in row))
    rows = snapshot.rows(table, [f"{table}_key", *columns])
    found = {row.pop(f"{table}_key"): row for row in rows}
    assert differences(found, expected) == []


def differences(found: Expected, expected: Expected) -> list[tuple[Any, str, Any, Any]]:
    """Key, column, what was found and what was expected, wherever they differ."""
    assert found.keys() == expected.keys()
    return [
        (key, name, plain(found[key][name]), value)
        for key, row in expected.items()
        for name, value in row.items()
        if plain(found[key][name]) != value
    ]


def plain(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value
