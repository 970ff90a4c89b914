from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from etl.verify import Link, Request, check, open_snapshot, verify

REQUEST = Request(
    tables=("contact", "contact_child", "load_file"),
    keys=(("contact", "contact_key"),),
    links=(
        Link("contact_child", "contact_key", "contact", "contact_key"),
        Link("clock", "case_key", "contact", "contact_key", {"case_kind": "contact"}),
    ),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A sound snapshot of 100 contacts."""
    path = tmp_path / "snapshot.duckdb"
    with duckdb.connect(str(path)) as con:
        con.execute("CREATE TYPE authority AS ENUM ('kent', 'medway')")
        con.execute("CREATE TYPE kind AS ENUM ('contact', 'referral')")
        con.execute("""CREATE TABLE contact AS
            SELECT 'kent'::authority AS authority, md5(i::VARCHAR)::UUID AS contact_key, 'ABCDE23456' AS case_code,
                   'Invented School' AS agency_name, NULL::BLOB AS raw FROM range(100) AS r(i)""")
        con.execute("CREATE TABLE contact_child AS SELECT authority, contact_key FROM contact")
        con.execute("INSERT INTO contact_child VALUES ('kent', NULL)")
        con.execute("""CREATE TABLE clock AS
            SELECT 'contact'::kind AS case_kind, contact_key AS case_key FROM contact
            UNION ALL SELECT 'referral', uuid() FROM range(3)""")
        con.execute("""CREATE TABLE load_file AS SELECT 'contacts 2026-11-25T06:10' AS name, 110 AS records,
            3 AS header_and_blank, 100 AS loaded, 5 AS superseded, 2 AS quarantined""")
    return path


def spoil(file: Path, *statements: str) -> Path:
    with duckdb.connect(str(file)) as con:
        for statement in statements:
            con.execute(statement)
    return file


def problem(file: Path, request: Request = REQUEST) -> str:
    (only,) = check(file, request).problems
    return only


def test_a_sound_snapshot_passes_in_a_fresh_process(file: Path) -> None:
    report = verify(file, REQUEST)
    assert report.problems == ()
    assert report.rows == {"clock": 103, "contact": 100, "contact_child": 101, "load_file": 1}
    assert report.authority_rows == {"kent": {"contact": 100, "contact_child": 101}}


def test_a_problem_found_in_the_fresh_process_comes_back(file: Path) -> None:
    spoil(file, "DROP TABLE contact_child")
    assert verify(file, REQUEST).problems == ("The table contact_child is missing.",)


def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.duckdb").write_bytes(b"not a database" * 1000)
    assert "cannot be opened" in problem(tmp_path / "x.duckdb")


def test_half_a_file_is_refused(file: Path) -> None:
    half = file.with_name("half.duckdb")
    half.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    assert "cannot be" in problem(half)


def test_a_write_ahead_log_is_refused(file: Path) -> None:
    file.with_name(file.name + ".wal").write_bytes(b"")
    assert "not closed properly" in problem(file)


def test_a_file_that_is_not_accounted_for_is_refused(file: Path) -> None:
    spoil(file, "UPDATE load_file SET quarantined = 1")
    assert problem(file).startswith("load_file: 1 of the files are not accounted for")


def test_keys_are_unique_and_filled(file: Path) -> None:
    spoil(
        file,
        "INSERT INTO contact SELECT * FROM contact LIMIT 2",
        "INSERT INTO contact (authority) VALUES ('kent')",
    )
    assert check(file, REQUEST).problems == (
        "contact.contact_key: 1 rows have no key.",
        "contact.contact_key: 2 rows repeat a key that another row has.",
    )


def test_every_key_resolves_and_a_null_key_leads_nowhere(file: Path) -> None:
    spoil(file, "INSERT INTO contact_child VALUES ('kent', uuid())")
    assert problem(file) == "contact_child.contact_key: 1 rows lead to no row of contact.contact_key."


def test_a_link_may_hold_for_some_rows_only(file: Path) -> None:
    spoil(file, "INSERT INTO clock VALUES ('contact', uuid()), ('referral', uuid())")
    assert problem(file) == "clock.case_key: 1 rows lead to no row of contact.contact_key."


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("write to testy@example.org", "an email address"),
        ("lives at ZZ99 9ZZ", "a postcode"),
        ("zz999zz", "a postcode"),
        ("000 000 0000", "an NHS number"),
        ("0000000000", "an NHS number"),
    ],
)
def test_a_text_that_looks_like_an_identifier_is_refused_and_not_shown(file: Path, text: str, what: str) -> None:
    spoil(file, f"UPDATE contact SET agency_name = '{text}' WHERE rowid = 50")
    assert problem(file) == f"contact.agency_name holds a text that looks like {what}."


def test_identifiers_are_found_in_every_kind_of_column(file: Path) -> None:
    spoil(
        file,
        "CREATE TYPE unused AS ENUM ('fine', 'testy@example.org')",
        "ALTER TABLE contact ADD COLUMN a_label unused",
        "ALTER TABLE contact ADD COLUMN listed VARCHAR[] DEFAULT ['testy@example.org']",
        "ALTER TABLE contact ADD COLUMN nested STRUCT(a VARCHAR) DEFAULT {'a': 'testy@example.org'}",
        "ALTER TABLE contact ADD COLUMN labels unused[] DEFAULT ['testy@example.org'::unused]",
        "UPDATE contact SET raw = 'testy@example.org'::BLOB",
    )
    columns = {text.split(" ")[0] for text in check(file, REQUEST).problems}
    assert columns == {"contact.a_label", "contact.labels", "contact.listed", "contact.nested", "contact.raw"}


def test_a_code_is_held_to_its_form(file: Path) -> None:
    spoil(file, "UPDATE contact SET case_code = '2345672345' WHERE rowid = 0")
    assert check(file, REQUEST).problems == ()
    spoil(file, "UPDATE contact SET case_code = '0000000000' WHERE rowid = 0")
    assert problem(file) == "contact.case_code: 1 codes do not have the form of a code."


def test_moments_versions_and_hashes_are_not_taken_for_identifiers(file: Path) -> None:
    texts = ["20261125T074512Z-3f9a1c2b", "contacts 2026-11-25T06:10", "0" * 64, "E10000016", "level 1–2"]
    spoil(file, *(f"INSERT INTO load_file VALUES ('{text}', 1, 1, 0, 0, 0)" for text in texts))
    assert check(file, REQUEST).problems == ()


def test_a_canary_is_found_wherever_it_is_planted(file: Path) -> None:
    request = replace(REQUEST, canaries=("Testy McTestface",))
    assert check(file, request).problems == ()
    spoil(file, "UPDATE contact SET raw = '..TESTY MCTESTFACE..'::BLOB WHERE rowid = 7")
    assert problem(file, request) == "contact.raw holds a text that must never be published."


@pytest.mark.parametrize(("before", "refused"), [(166, False), (167, True)])
def test_a_fall_of_more_than_forty_percent_is_refused(file: Path, before: int, refused: bool) -> None:
    request = replace(REQUEST, previous={"kent": {"contact": before}})
    assert any("--accept-fall" in text for text in check(file, request).problems) is refused
    assert check(file, replace(request, largest_fall_percent=None)).problems == ()


def test_an_authority_that_vanished_has_fallen(file: Path) -> None:
    request = replace(REQUEST, previous={"medway": {"contact": 500}})
    assert problem(file, request).startswith("medway: contact has 0 rows and had 500")


@pytest.fixture
def reader(file: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_snapshot(file, threads=1, memory_limit_mb=200) as con:
        yield con


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM contact", "FROM read_text('/etc/hostname')", "ATTACH ':memory:'", "SET threads = 4", "INSTALL x"],
)
def test_the_checks_can_reach_nothing_but_the_snapshot(reader: duckdb.DuckDBPyConnection, statement: str) -> None:
    with pytest.raises(duckdb.Error):
        reader.execute(statement)
