"""What identifies someone never reaches a published file, a log or a message."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from dashboard import cli
from etl import jobs
from etl.feeds import FEEDS
from etl.order import Order, Progress
from etl.pseudonymise import new_key_file
from etl.settings import shipped_profiles
from etl.validate import RULES
from tests.etl import canaries, canary_search
from tests.etl.canaries import IN_FILE_NAME, IN_SHEET_NAME, STEM

LONG_AGO = 1_700_000_000
ANNEX_A = "annexshire"
WRITERS = {"kent": canaries.write_csv, "medway": canaries.write_xlsx, "norfolk": canaries.write_parquet}
CHILD_HASH = next(canary_search.hashes(canaries.canary("children", "child_ref")))
NAMES = {IN_FILE_NAME.lower(), IN_SHEET_NAME.lower()}
"""A message about a file names the file and its sheet, to the person who put it there."""


@dataclass(frozen=True)
class Place:
    """A root folder with inbox, warehouse and a folder for temporary files, and all that was logged."""

    root: Path
    log: Path

    @property
    def warehouse(self) -> Path:
        return self.root / "warehouse"

    @property
    def snapshot(self) -> Path:
        (path,) = self.warehouse.glob("frontdoor-*.duckdb")
        return path

    def environment(self) -> dict[str, str]:
        paths = {name: str(self.root / name) for name in ("inbox", "warehouse", "state", "key_file", "profiles")}
        return {f"FRONTDOOR_{name.upper()}": path for name, path in paths.items()}

    def frontdoor(self, *words: str) -> tuple[int, str]:
        """The command's exit code, and everything it said, log included."""
        logged = self.log.stat().st_size
        done = CliRunner().invoke(cli.app, list(words), env=self.environment())
        text = done.output + str(done.exception or "") + self.log.read_text()[logged:]
        return done.exit_code, text


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("log") / "everything.log"
    handler = logging.FileHandler(path)
    logging.captureWarnings(True)
    logging.getLogger().addHandler(handler)
    level = logging.getLogger().level
    logging.getLogger().setLevel(logging.DEBUG)
    yield path
    logging.getLogger().setLevel(level)
    logging.getLogger().removeHandler(handler)
    logging.captureWarnings(False)


@pytest.fixture
def place(tmp_path: Path, logged: Path) -> Iterator[Place]:
    with _place(tmp_path, logged) as made:
        yield made


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory, logged: Path) -> Iterator[tuple[Place, str]]:
    """Three authorities in three formats, with files that are refused, and what their load said."""
    with _place(tmp_path_factory.mktemp("loaded"), logged) as made:
        for code, write in WRITERS.items():
            (made.root / "inbox" / code).mkdir()
            write(made.root / "inbox" / code)
        (made.root / "inbox" / ANNEX_A).mkdir()
        canaries.write_annex_a(made.root / "inbox" / ANNEX_A)
        canaries.write_refused(made.root / "inbox" / "kent")
        _age(made)
        code, said = made.frontdoor("load")
        assert code == 0, said
        yield made, said


class _place:
    """A place whose temporary files lie in a folder of its own."""

    def __init__(self, root: Path, log: Path) -> None:
        self.root, self.log, self.before = root, log, tempfile.tempdir

    def __enter__(self) -> Place:
        for name in ("inbox", "temporary"):
            (self.root / name).mkdir()
        shutil.copytree(shipped_profiles(), self.root / "profiles")
        # Annex A beside an authority's own files would be refused, so it has an authority of its own.
        shutil.copy(self.root / "profiles" / "kent.toml", self.root / "profiles" / f"{ANNEX_A}.toml")
        new_key_file(self.root / "key_file")
        tempfile.tempdir = str(self.root / "temporary")
        return Place(self.root, self.log)

    def __exit__(self, *_: object) -> None:
        tempfile.tempdir = self.before


def _age(place: Place) -> None:
    # A file that was not changed a moment ago is not looked at twice.
    for path in place.root.joinpath("inbox").rglob("*"):
        os.utime(path, (LONG_AGO, LONG_AGO))


def _one_broken_file(place: Place) -> None:
    (place.root / "inbox" / "kent").mkdir()
    canaries.write_csv(place.root / "inbox" / "kent")
    for feed in ("children", "contacts", "referrals"):
        for path in place.root.joinpath("inbox", "kent").glob(f"{feed}*"):
            path.unlink()
    _age(place)


def test_the_inputs_have_a_canary_in_every_column_that_identifies() -> None:
    for feed in FEEDS:
        marked = {*canaries.IDENTIFYING[feed.name], *canaries.MEANT_AS_WELL[feed.name]}
        personal = {
            field.name for field in feed.fields if field.kind in ("person", "reference", "filled") or field.is_birth
        }
        assert personal <= marked <= set(feed.names)
        filled = {name for row in canaries.rows(feed.name) for name, text in row.items() if text}
        assert filled == set(feed.names) - ({"agreement_on"} & set(feed.names))


def test_the_inputs_break_every_rule(loaded: tuple[Place, str]) -> None:
    place, _ = loaded
    with duckdb.connect(str(place.snapshot), read_only=True) as con:
        for code in WRITERS:
            broken = {
                rule for (rule,) in con.execute("SELECT rule FROM finding WHERE authority = ?", [code]).fetchall()
            }
            by_format = {"ragged", "broken_quotes", "merged", "unreadable", "no_referral"}
            assert {rule.code for rule in RULES if rule.severity == "error"} - by_format <= broken
            assert {"unmapped", "unknown_agency", "malformed_number", "extra_column", "orphan"} <= broken
        everywhere = {rule for (rule,) in con.execute("SELECT DISTINCT rule FROM quarantine").fetchall()}
        assert {"ragged", "broken_quotes", "merged"} <= everywhere
        for table in ("consultation", "contact", "contact_child", "referral"):
            codes = con.execute(f"SELECT DISTINCT authority::VARCHAR FROM {table}").fetchall()
            assert set(WRITERS) <= {code for (code,) in codes}
        sheets = con.execute(
            "SELECT sheet FROM load_file WHERE feed = 'annex_a' AND loaded + superseded + quarantined = 3"
        ).fetchall()
        assert {sheet for (sheet,) in sheets} == {f"list_{number}" for number in range(1, 6)}
        refused = con.execute(
            "SELECT count(*), count(DISTINCT reason) FROM load_file WHERE state = 'refused'"
        ).fetchone()
    assert refused == (13, 10)


PLANTS = {
    "load_file.name": f"UPDATE load_file SET name = 'x{STEM.upper()}x'",
    "contact_view.agency_name": f"UPDATE contact SET agency_name = '{STEM} z'",
    "planted.blob": f"CREATE TABLE planted AS SELECT '\\x00{STEM}'::BLOB AS blob",
    "planted.list": f"CREATE TABLE planted AS SELECT ['a', '{canaries.POSTCODE.replace(' ', '').lower()}'] AS list",
    "planted.day": f"CREATE TABLE planted AS SELECT DATE '{canaries.BORN_ON}' AS day",
    "planted.key": f"CREATE TABLE planted AS SELECT '{CHILD_HASH}'::UUID AS key",
    "planted.hash": f"CREATE TABLE planted AS SELECT sha256('{canaries.reference('child', 1).upper()}') AS hash",
    "planted.number": "CREATE TABLE planted AS SELECT 9990004441 AS number",
    "type planted": f"CREATE TYPE planted AS ENUM ('a', '{STEM}')",
    "duckdb_columns": f"COMMENT ON COLUMN contact.case_code IS '{STEM}'",
    "duckdb_tables": f"COMMENT ON TABLE contact IS '{STEM}'",
    "duckdb_views": f"CREATE VIEW planted AS SELECT 1 AS one WHERE 'a' <> '{STEM}'",
    "duckdb_functions": f"CREATE MACRO planted() AS '{STEM}'",
}


@pytest.mark.parametrize("where", PLANTS)
def test_the_search_finds_what_is_planted_in_a_snapshot(loaded: tuple[Place, str], tmp_path: Path, where: str) -> None:
    copy = tmp_path / "planted.duckdb"
    shutil.copyfile(loaded[0].snapshot, copy)
    with duckdb.connect(str(copy)) as con:
        if where == "contact_view.agency_name":
            con.execute("ALTER TABLE contact ALTER agency_name TYPE VARCHAR")
        con.execute(PLANTS[where])
    assert where in canary_search.in_snapshot(copy)


@pytest.mark.parametrize(
    "name", ["CURRENT", "frontdoor-x.json", "erasures.csv", "etl.lock", ".staging-x/scratch/a.csv"]
)
def test_the_search_finds_what_is_planted_in_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    for text in (f"x{STEM.upper()}", canaries.NHS_NUMBER, canaries.BORN_ON, IN_SHEET_NAME):
        for encoding in ("utf-8", "utf-16-le"):
            (tmp_path / name).write_bytes(b"..." + text.encode(encoding))
            assert Path(name).name in canary_search.in_files(tmp_path)
    (tmp_path / name).write_text("nothing")
    assert canary_search.in_files(tmp_path) == {}


def test_the_search_finds_what_is_planted_in_a_message(loaded: tuple[Place, str]) -> None:
    place, _ = loaded
    logged = place.log.stat().st_size
    logging.getLogger("etl").debug("a record of %s", STEM)
    assert canary_search.in_text(place.log.read_text()[logged:]) == {STEM.lower()}
    assert canary_search.in_text("nothing at all") == set()


def test_no_canary_reaches_the_snapshot(loaded: tuple[Place, str]) -> None:
    assert canary_search.in_snapshot(loaded[0].snapshot) == {}


def test_no_canary_reaches_any_file_of_the_warehouse(loaded: tuple[Place, str]) -> None:
    place, _ = loaded
    assert canary_search.in_files(place.warehouse) == {}
    assert not [path for path in place.warehouse.iterdir() if path.is_dir()], "no staging folder stays"
    assert list((place.root / "temporary").iterdir()) == []
    assert {path.name for path in place.root.iterdir()} == {"inbox", "temporary", "key_file", "warehouse", "profiles"}


def test_a_load_says_nothing_of_what_it_read(loaded: tuple[Place, str]) -> None:
    _, said = loaded
    assert "is published" in said
    assert canary_search.in_text(said) <= NAMES


def test_history_and_locate_say_nothing(loaded: tuple[Place, str]) -> None:
    place, _ = loaded
    code, said = place.frontdoor("history")
    assert code == 0 and "data as at" in said
    assert canary_search.in_text(said) == set()
    code, said = place.frontdoor("locate", "AAAAAAAAAA")
    assert code == 1 and "No file of the inbox" in said
    assert canary_search.in_text(said) == set()
    assert list((place.root / "temporary").iterdir()) == []


def test_check_says_no_value_unless_asked(loaded: tuple[Place, str]) -> None:
    place, _ = loaded
    paths = [str(next((place.root / "inbox" / code).glob("consultations*"))) for code in WRITERS]
    for path in paths:
        code, said = place.frontdoor("check", path)
        assert code == 1 and "column requested_at" in said
        assert canary_search.in_text(said) <= NAMES
    _, said = place.frontdoor("check", "--show-values", paths[0])
    assert STEM.lower() in canary_search.in_text(said)
    assert list((place.root / "temporary").iterdir()) == []


def test_the_erasure_list_says_nothing(loaded: tuple[Place, str]) -> None:
    place, _ = loaded
    person = canaries.canary("contacts", "referrer_email")
    listed = place.root / "refs.csv"
    for wrong in (f"cat,{STEM}", "child,"):
        listed.write_text(f"kind,reference\nchild,{canaries.reference('child', 1)}\nreferrer,{person}\n{wrong}\n")
        code, said = place.frontdoor("erase", "--ref-file", str(listed), "--authority", "kent")
        assert code == 1 and "row 4" in said
        assert canary_search.in_text(said) == set()
    listed.write_text(f"kind,reference\nchild,{canaries.reference('child', 1)}\nreferrer,{person}\n")
    code, said = place.frontdoor("erase", "--ref-file", str(listed), "--authority", "kent")
    assert code == 0 and "2 new" in said
    assert canary_search.in_text(said) == set()
    assert "erasures.csv" in {path.name for path in place.warehouse.iterdir()}
    assert canary_search.in_files(place.warehouse) == {}
    listed.unlink()


def test_a_load_that_fails_leaves_nothing_and_says_nothing(place: Place) -> None:
    (place.root / "inbox" / "kent").mkdir()
    canaries.write_refused(place.root / "inbox" / "kent")
    _age(place)
    code, said = place.frontdoor("load")
    assert code == 1 and "Nothing of Kent can be read" in said
    assert canary_search.in_text(said) <= NAMES
    assert {path.name for path in place.warehouse.iterdir()} == {"etl.lock"}
    assert list((place.root / "temporary").iterdir()) == []


def test_a_fault_of_the_software_does_not_quote_the_data(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    _one_broken_file(place)

    def broken(order: Order, into: Path, scratch: Path, progress: Progress) -> None:
        with duckdb.connect() as con:
            con.execute(f"SELECT '{STEM}'::INTEGER")

    monkeypatch.setattr(jobs, "_builder", lambda: broken)
    code, said = place.frontdoor("load")
    assert code == 1 and "ConversionException" in said
    assert canary_search.in_text(said) == set()


KILLED = """
import os, signal, sys
from etl import jobs
from etl.settings import load_settings
def progress(step, share):
    if "settling" in step:
        os.kill(os.getpid(), signal.SIGKILL)
jobs.load(load_settings(), progress=progress)
"""


def test_what_a_killed_load_leaves_is_for_its_owner_alone_and_swept_by_the_next(place: Place) -> None:
    _one_broken_file(place)
    environment = {**os.environ, **place.environment(), "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", KILLED], env=environment, cwd=place.root, check=False)
    assert killed.returncode == -signal.SIGKILL
    (staging,) = place.warehouse.glob(".staging-*")
    assert stat.S_IMODE(staging.stat().st_mode) == 0o700
    assert canary_search.in_files(staging), "the copy that a load works on is what the search is for"
    assert canary_search.in_files(place.warehouse).keys() == canary_search.in_files(staging).keys()

    code, said = place.frontdoor("load")
    assert code == 0, said
    assert canary_search.in_files(place.warehouse) == {}
    assert list((place.root / "temporary").iterdir()) == []
