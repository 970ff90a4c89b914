from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import duckdb
import pytest

from etl import erasures
from etl.contract.schema import create_statements
from etl.contract.tables import TABLES
from etl.erasures import Erasure, ErasuresError, add, copy_without, digest, erase_from, read

NOW = datetime(2026, 11, 25, 7, 45, tzinfo=UTC)
ADDED = {
    name: ("a", "kent") for name in ("authority", "agency_name", "district", "reason", "clock_name", "agency_type")
}


def key(name: str) -> UUID:
    return UUID(bytes=name.encode().ljust(16, b"."))


def erasure(name: str, domain: str = "case") -> Erasure:
    return Erasure("kent", domain, key(name), NOW)


def row(con: duckdb.DuckDBPyConnection, table: str, **values: object) -> None:
    names = ", ".join(values)
    con.execute(f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(values))})", list(values.values()))


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """Two consultations, three contacts (A of two children, B of one, C of none), two referrals, their clocks."""
    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("BEGIN")
        for statement in create_statements(ADDED):
            con.execute(statement)
        row(con, "snapshot", version="old", built_at=NOW)
        row(
            con,
            "consultation",
            consultation_key=key("Q"),
            consultee_key=key("who"),
            quoted_contact_key=key("A"),
            file_no=1,
        )
        row(con, "consultation", consultation_key=key("R"), file_no=1)
        row(
            con,
            "contact",
            contact_key=key("A"),
            referrer_key=key("ref"),
            children=2,
            consultation_key=key("Q"),
            file_no=2,
        )
        row(con, "contact", contact_key=key("B"), children=1, duplicate_of_key=key("A"), file_no=2)
        row(con, "contact", contact_key=key("C"), children=0, file_no=2)
        for contact, child in (("A", "one"), ("A", "two"), ("B", "one")):
            row(con, "contact_child", contact_key=key(contact), child_key=key(child), file_no=3,
                previous_contact_key=key("A") if contact == "B" else None)  # fmt: skip
        row(con, "referral", referral_key=key("X"), contact_key=key("A"), child_key=key("one"), file_no=4)
        row(con, "referral", referral_key=key("Y"), contact_key=key("A"), child_key=key("two"), file_no=4)
        for kind, case in (("contact", "A"), ("contact", "B"), ("referral", "X"), ("consultation", "Q")):
            row(con, "clock", case_kind=kind, case_key=key(case))
        for file_no, rows in ((1, 2), (2, 3), (3, 3), (4, 2)):
            row(con, "load_file", file_no=file_no, records=rows + 1, header_and_blank=1, loaded=rows,
                superseded=0, quarantined=0)  # fmt: skip
        con.execute("COMMIT")
    return path


def keys(con: duckdb.DuckDBPyConnection, table: str, column: str) -> list[str]:
    found = con.execute(f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY 1").fetchall()
    return [value.bytes.decode().rstrip(".") for (value,) in found]


def test_an_erased_child_goes_with_all_that_is_only_about_it(snapshot: Path) -> None:
    with duckdb.connect(str(snapshot)) as con:
        removed = erase_from(con, [erasure("one", "child")])
        assert removed == {"consultation": 0, "contact": 1, "contact_child": 2, "referral": 1, "clock": 2}
        assert keys(con, "contact", "contact_key") == ["A", "C"], "B was about this child alone"
        assert keys(con, "contact_child", "child_key") == ["two"]
        assert keys(con, "referral", "referral_key") == ["Y"]
        assert keys(con, "clock", "case_key") == ["A", "Q"]
        assert con.execute("SELECT children FROM contact ORDER BY contact_key").fetchall() == [(1,), (0,)]


def test_links_to_an_erased_contact_become_null(snapshot: Path) -> None:
    with duckdb.connect(str(snapshot)) as con:
        erase_from(con, [erasure("A")])
        assert keys(con, "contact", "contact_key") == ["B", "C"]
        assert keys(con, "contact", "duplicate_of_key") == []
        assert keys(con, "consultation", "quoted_contact_key") == []
        assert keys(con, "contact_child", "previous_contact_key") == []
        assert keys(con, "referral", "contact_key") == []


def test_an_erased_professional_is_forgotten_and_the_case_stays(snapshot: Path) -> None:
    with duckdb.connect(str(snapshot)) as con:
        removed = erase_from(con, [erasure("who", "consultee"), erasure("ref", "referrer")])
        assert not any(removed.values())
        assert keys(con, "consultation", "consultee_key") == keys(con, "contact", "referrer_key") == []


def test_every_file_stays_accounted_for(snapshot: Path) -> None:
    with duckdb.connect(str(snapshot)) as con:
        erase_from(con, [erasure("one", "child"), erasure("R")])
        counted = con.execute("SELECT loaded, superseded FROM load_file ORDER BY file_no").fetchall()
        assert counted == [(1, 1), (2, 1), (1, 2), (1, 1)]


def test_an_empty_list_takes_nothing(snapshot: Path) -> None:
    with duckdb.connect(str(snapshot)) as con:
        assert erase_from(con, []) == {}
        assert keys(con, "contact", "contact_key") == ["A", "B", "C"]


def test_a_copy_knows_the_erased_pseudonym_nowhere(snapshot: Path, tmp_path: Path) -> None:
    target = tmp_path / "copied" / "new.duckdb"
    target.parent.mkdir()
    copy_without(snapshot, target, [erasure("one", "child")], version="new", built_at=NOW)
    with duckdb.connect(str(snapshot), read_only=True) as con:
        assert places(con, "one") == {"contact_child.child_key", "referral.child_key"}
    with duckdb.connect(str(target), read_only=True) as con:
        assert places(con, "one") == set()
        assert places(con, "two") == {"contact_child.child_key", "referral.child_key"}
    assert list(target.parent.iterdir()) == [target], "no scratch file stays"


def places(con: duckdb.DuckDBPyConnection, name: str) -> set[str]:
    columns = con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE data_type = 'UUID' "
        "AND table_name IN (SELECT table_name FROM duckdb_tables())"
    ).fetchall()
    return {f"{table}.{column}" for table, column in columns if name in keys(con, table, column)}


def test_a_copy_keeps_comments_views_and_storage_version(snapshot: Path, tmp_path: Path) -> None:
    target = tmp_path / "new.duckdb"
    copy_without(snapshot, target, [erasure("A")], version="new", built_at=NOW)
    about = (
        "SELECT 'table', table_name, comment FROM duckdb_tables() UNION ALL "
        "SELECT 'column', table_name || column_name, comment FROM duckdb_columns() WHERE NOT internal UNION ALL "
        "SELECT 'view', view_name, comment FROM duckdb_views() WHERE NOT internal ORDER BY ALL"
    )
    with duckdb.connect(str(snapshot), read_only=True) as old, duckdb.connect(str(target), read_only=True) as new:
        assert len(TABLES) < len(old.execute(about).fetchall())
        assert new.execute(about).fetchall() == old.execute(about).fetchall()
        assert new.execute("SELECT version FROM snapshot").fetchall() == [("new",)]
        tags = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE NOT internal"
        assert new.execute(tags).fetchall() == [("v1.4.0+",)]


def test_the_list_grows_and_says_no_more_than_pseudonyms(tmp_path: Path) -> None:
    assert read(tmp_path) == ()
    assert digest(tmp_path) == ""
    assert add(tmp_path, [erasure("A"), erasure("A")]) == 1
    before = digest(tmp_path)
    assert add(tmp_path, [erasure("A"), erasure("one", "child")]) == 1
    assert digest(tmp_path) != before
    assert read(tmp_path) == (erasure("A"), erasure("one", "child"))
    header, first, _ = (tmp_path / erasures.FILE).read_text().splitlines()
    assert header == "authority,domain,key,added_at"
    assert first == f"kent,case,{key('A').hex},2026-11-25T07:45:00+00:00"


def test_a_damaged_list_stops_with_its_line_and_not_its_value(tmp_path: Path) -> None:
    add(tmp_path, [erasure("A")])
    with (tmp_path / erasures.FILE).open("a") as file:
        file.write("kent,case,Testy McTestface,2026-11-25\n")
    with pytest.raises(ErasuresError, match=r"erasures.csv, line 3") as caught:
        read(tmp_path)
    assert "Testy" not in str(caught.value)
