"""Loads from end to end: generated files of two authorities in, versions out."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest

from etl import jobs, references
from etl.contract.case_tables import TABLES
from etl.order import JobError
from etl.pseudonymise import PseudonymKey, new_key_file
from etl.publish import Warehouse
from etl.settings import Settings, shipped_profiles

LONG_AGO = 1_700_000_000
CASES = tuple(table.name for table in TABLES)
LATER = "2026-10-01T0610"


@dataclass(frozen=True)
class Place:
    """A folder with key, inbox and warehouse."""

    root: Path

    @property
    def settings(self) -> Settings:
        paths = {name: self.root / name for name in ("inbox", "warehouse", "state", "key_file", "profiles")}
        return Settings(**paths, threads=1)  # type: ignore[arg-type]

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.root / "warehouse")

    @property
    def version(self) -> str:
        current = self.warehouse.current()
        assert current is not None
        return current.version

    @property
    def versions(self) -> list[str]:
        return [sidecar.version for sidecar in jobs.history(self.settings)[0]]

    def load(self, **options: Any) -> jobs.LoadReport:
        return jobs.load(self.settings, **options)

    @contextmanager
    def opened(self, version: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(str(self.warehouse.path(version or self.version)), read_only=True) as con:
            con.execute("SET TimeZone = 'Europe/London'")
            yield con

    def rows(self, sql: str, *values: object, version: str | None = None) -> list[tuple[Any, ...]]:
        with self.opened(version) as con:
            return con.execute(sql, values).fetchall()

    def file(self, feed: str, authority: str = "kent") -> Path:
        (path,) = (self.root / "inbox" / authority).glob(f"{feed}_*")
        return path

    def rewrite(self, feed: str, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
        """Change a file of Kent, as the next extract of the source system would have it."""
        path = self.file(feed)
        with path.open(encoding="utf-8-sig", newline="") as text:
            rows = list(csv.DictReader(text))
        names = list(rows[0])
        with path.open("w", encoding="utf-8", newline="") as text:
            writer = csv.DictWriter(text, names)
            writer.writeheader()
            writer.writerows(change(rows))
        _age(path)

    def key(self, domain: Any, reference: str) -> str:
        return str(PseudonymKey.load(self.root / "key_file").pseudonym(domain, "kent", reference))

    def places_of(self, key: str, version: str) -> set[str]:
        """Table and column wherever a pseudonym stands in a version."""
        with self.opened(version) as con:
            columns = con.execute(
                "SELECT table_name, column_name FROM duckdb_columns() JOIN duckdb_tables() USING (table_name) "
                "WHERE data_type = 'UUID'"
            ).fetchall()
            found = {
                (t, c): con.execute(f'SELECT count(*) FROM {t} WHERE "{c}" = ?', [key]).fetchone() for t, c in columns
            }
        return {f"{table}.{column}" for (table, column), count in found.items() if count != (0,)}


def _age(*paths: Path) -> None:
    # A file that was not changed a moment ago is not looked at twice.
    for path in paths:
        os.utime(path, (LONG_AGO, LONG_AGO))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Three months of two authorities, loaded once; nobody changes it."""
    place = Place(tmp_path_factory.mktemp("base"))
    new_key_file(place.root / "key_file")
    shutil.copytree(shipped_profiles(), place.root / "profiles")
    for code, scale in (("kent", 0.005), ("medway", 0.02)):
        written = jobs.generate(
            place.settings, place.root / "inbox", authority=code, months=3, scale=scale, seed=3, until=date(2026, 9, 30)
        )
        _age(*written.values())
    place.load()
    return place


@pytest.fixture
def place(base: Place, tmp_path: Path) -> Place:
    """A copy of the base."""
    shutil.copytree(base.root, tmp_path / "place")
    return Place(tmp_path / "place")


def test_every_authority_is_in_every_table_and_accounted_for(base: Place) -> None:
    (sidecar,), current = jobs.history(base.settings)
    assert current == sidecar.version == base.version
    assert set(sidecar.data_as_at) == set(sidecar.profiles) == {"kent", "medway"}
    assert len(sidecar.sources) == 8
    for table in CASES:
        found = dict(base.rows(f"SELECT authority::VARCHAR, count(*) FROM {table} GROUP BY ALL"))
        assert set(found) == {"kent", "medway"} and min(found.values()) > 5
        assert found == {code: rows[table] for code, rows in sidecar.authority_rows.items()}
    with base.opened() as con:
        for table, feed in (("consultation", "consultations"), ("contact", "contacts"), ("contact_child", "children")):
            told = dict(
                con.execute("SELECT authority::VARCHAR, loaded FROM load_file WHERE feed = ?", [feed]).fetchall()
            )
            assert told == dict(
                con.execute(f"SELECT authority::VARCHAR, count(*) FROM {table} GROUP BY ALL").fetchall()
            )


def test_no_child_of_one_authority_is_a_child_of_another(base: Place) -> None:
    sql = "SELECT child_key FROM contact_child WHERE authority = ? AND child_key IS NOT NULL"
    kent, medway = (set(base.rows(sql, code)) for code in ("kent", "medway"))
    assert kent and medway and not kent & medway


def test_unchanged_files_publish_nothing_and_by_force_the_same_again(place: Place) -> None:
    first = place.version
    report = place.load()
    assert (report.is_new, report.version, place.versions) == (False, first, [first])
    second = place.load(force=True).version
    assert second == place.version and place.versions == [second, first]
    for table in CASES:
        assert _content(place, table, first) == _content(place, table, second)


def test_other_authorities_are_carried_over_unread(place: Place) -> None:
    before = {table: _content(place, table, place.version, "medway") for table in (*CASES, "load_file", "quarantine")}
    shutil.rmtree(place.root / "inbox" / "medway")
    place.rewrite("contacts", lambda rows: rows[:-1])
    report = place.load(authority="kent")
    assert report.is_new
    assert {file.authority for file in report.files} == {"kent", "medway"}
    after = {table: _content(place, table, report.version, "medway") for table in before}
    assert after == before and all(len(before[table]) > 5 for table in CASES)
    numbers = place.rows("SELECT file_no FROM load_file")
    assert len(numbers) == len(set(numbers)) == 8
    for table in ("consultation", "contact", "contact_child", "referral"):
        lost = f"FROM {table} AS case_row ANTI JOIN load_file USING (file_no, authority)"
        assert place.rows(lost) == [], "each row leads to a file of its own authority"
    assert not place.load(authority="kent").is_new


def test_a_changed_profile_of_a_carried_authority_waits_for_a_load_that_reads_it(place: Place) -> None:
    sql = "SELECT duplicate_windows, profile_version FROM authority WHERE authority = 'medway'"
    before = place.rows(sql)
    profile = place.root / "profiles" / "medway.toml"
    text = profile.read_text()
    changed = re.sub(r"(?m)^duplicate_days = .*$", "duplicate_days = 9", text)
    assert changed != text
    profile.write_text(changed)
    place.load(authority="kent", force=True)
    assert place.rows(sql) == before, "carried over as it was built"
    assert place.load().is_new
    assert place.rows(sql) != before


def test_another_key_publishes_nothing(place: Place) -> None:
    first = place.version
    (place.root / "key_file").unlink()
    new_key_file(place.root / "key_file")
    with pytest.raises(JobError, match="not the one the last version was made with"):
        place.load(force=True)
    assert place.versions == [first]


def test_a_fall_of_more_than_forty_percent_publishes_nothing_unless_accepted(place: Place) -> None:
    first = place.version
    place.rewrite("contacts", lambda rows: rows[: len(rows) // 2])
    with pytest.raises(JobError, match=r"Nothing was published. kent: contact has .* a fall of more than 40 %"):
        place.load(authority="kent")
    assert place.versions == [first]
    assert {path.name for path in place.warehouse.folder.iterdir() if path.name.startswith(".")} == set()
    assert place.load(authority="kent", accept_fall=True).is_new


def test_what_is_corrected_or_erased_at_the_source_is_gone_from_all_versions_within_three(place: Place) -> None:
    first, child = place.version, _child_of_one_contact(place)
    assert "contact_child.child_key" in place.places_of(place.key("child", child), first)
    changed: list[str] = []

    def corrected(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        undecided = next(row for row in rows if not row["decided_at"])
        changed.append(undecided["contact_ref"])
        undecided.update(decided_at="2026-09-30 16:59", decision="no further action")
        return rows

    place.rewrite("contacts", corrected)
    for feed in ("children", "referrals"):
        place.rewrite(feed, lambda rows: [row for row in rows if row["child_ref"] != child])
    second = place.load(authority="kent").version
    sql = "SELECT is_open FROM contact WHERE contact_key = ?"
    key = place.key("contact", changed[0])
    assert (place.rows(sql, key, version=first), place.rows(sql, key)) == ([(True,)], [(False,)])
    assert place.places_of(place.key("child", child), second) == set()

    for _ in range(2):
        place.load(authority="kent", force=True)
    assert len(place.versions) == 3 and first not in place.versions
    assert not place.warehouse.path(first).exists()
    for version in place.versions:
        assert place.places_of(place.key("child", child), version) == set()


def test_a_later_extract_replaces_the_rows_it_repeats(place: Place) -> None:
    earlier = place.file("contacts")
    later = earlier.with_name(f"contacts_{LATER}.csv")
    shutil.copyfile(earlier, place.root / "kept.csv")
    place.rewrite("contacts", lambda rows: rows[-5:])
    earlier.rename(later)
    shutil.move(place.root / "kept.csv", earlier)
    _age(earlier, later)
    before = place.rows("SELECT contact_key FROM contact WHERE authority = 'kent' ORDER BY ALL")
    report = place.load(authority="kent")
    assert place.rows("SELECT contact_key FROM contact WHERE authority = 'kent' ORDER BY ALL") == before
    files = {file.name: file for file in report.files if file.authority == "kent" and file.name.startswith("contacts")}
    assert len(files) == 2
    assert files[later.name].loaded == 5
    assert sum(file.superseded for file in files.values()) == 5


def test_what_is_on_the_erasure_list_comes_back_neither_by_load_nor_by_rollback(place: Place, tmp_path: Path) -> None:
    first, child = place.version, _child_of_one_contact(place)
    key = place.key("child", child)
    (tmp_path / "refs.csv").write_text(f"kind,reference\nchild,{child}\n")
    assert references.erase(place.settings, tmp_path / "refs.csv", authority="kent") == 1
    second = place.load(authority="kent").version
    assert second != first, "no file has changed, and yet there is something new to say"
    assert place.places_of(key, second) == set()
    served = jobs.rollback(place.settings, first)
    assert served not in (first, second)
    assert place.places_of(key, served) == set()
    place.load(authority="kent", force=True)
    assert [place.places_of(key, version) for version in place.versions] == [set()] * 3


def test_an_erased_pseudonym_is_not_among_the_bytes_of_a_carried_authority(place: Place, tmp_path: Path) -> None:
    child = _child_of_one_contact(place)
    key = place.key("child", child)
    assert _in_bytes(place, key, place.version), "the search finds it where it is"
    (tmp_path / "refs.csv").write_text(f"kind,reference\nchild,{child}\n")
    references.erase(place.settings, tmp_path / "refs.csv", authority="kent")
    version = place.load(authority="medway").version
    assert place.places_of(key, version) == set()
    assert not _in_bytes(place, key, version)


ANALYST = """
import sys, duckdb
with duckdb.connect(sys.argv[1], read_only=True) as con:
    print("open", flush=True)
    sys.stdin.readline()
    print(con.execute("SELECT count(*), (SELECT version FROM snapshot) FROM contact_view").fetchone(), flush=True)
"""


def test_a_load_works_while_an_analyst_has_the_file_open(place: Place) -> None:
    first = place.version
    seen = place.rows("SELECT count(*), (SELECT version FROM snapshot) FROM contact_view")
    program = [sys.executable, "-c", ANALYST, str(place.warehouse.path(first))]
    with subprocess.Popen(program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as analyst:
        assert analyst.stdout is not None and analyst.stdout.readline() == "open\n"
        settings = place.settings.model_copy(update={"keep_versions": 1})
        second = jobs.load(settings, authority="kent", force=True).version
        told, _ = analyst.communicate("go on\n", timeout=60)
    assert told.strip() == str(seen[0]), "the analyst goes on with the version that was opened"
    assert place.versions == [second] and not place.warehouse.path(first).exists()


def test_rollback_serves_an_older_version_until_the_next_load(place: Place) -> None:
    first = place.version
    place.rewrite("contacts", lambda rows: rows[:-3])
    second = place.load(authority="kent").version
    assert jobs.rollback(place.settings, first) == first == place.version
    assert place.versions == [second, first], "the newer one is kept"
    third = place.load(authority="kent")
    assert third.is_new and third.version > second, "what is in the inbox is not what serves"
    assert _content(place, "contact", third.version) == _content(place, "contact", second)


def _content(place: Place, table: str, version: str, authority: str = "kent") -> list[tuple[Any, ...]]:
    numbered = "" if table in ("clock", "load_file", "quarantine") else " EXCLUDE (file_no)"
    return place.rows(f"SELECT *{numbered} FROM {table} WHERE authority = ? ORDER BY ALL", authority, version=version)


def _child_of_one_contact(place: Place) -> str:
    """The reference of a child that one contact is about, with no sibling."""
    with place.file("children").open(encoding="utf-8-sig", newline="") as text:
        rows = list(csv.DictReader(text))
    contacts, children = ([row[name] for row in rows] for name in ("contact_ref", "child_ref"))
    return next(
        child
        for contact, child in zip(contacts, children, strict=True)
        if child and contacts.count(contact) == children.count(child) == 1
    )


def _in_bytes(place: Place, key: str, version: str) -> bool:
    """Whether the half of a pseudonym that is stored as it is stands in the bytes of a version."""
    half = bytes.fromhex(key.replace("-", ""))[8:][::-1]
    return half in place.warehouse.path(version).read_bytes()
