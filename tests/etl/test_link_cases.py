"""The stories of `tests/cases/links`: input files and what the snapshot must say of them."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.etl.oracle.loaded import Loaded, loaded
from tests.etl.oracle.records import Row

FOLDER = Path(__file__).parents[1] / "cases" / "links"
STORIES = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())
FEEDS = ("consultations", "contacts", "children", "referrals")
APART = ("_ref", "_email", "duplicate_of")


def read(story: str, name: str) -> list[Row]:
    path = FOLDER / story / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def apart(story: str, row: Row) -> Row:
    """The row with references and addresses that are the story's own."""
    return {name: f"{story}/{value}" if value and name.endswith(APART) else value for name, value in row.items()}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    files: dict[str, list[Row]] = defaultdict(list)
    for story in STORIES:
        for feed in FEEDS:
            files[feed] += [apart(story, row) for row in read(story, feed)]
    with loaded(files, tmp_path_factory.mktemp("stories"), extract="2026-06-30T1200") as snapshot:
        yield snapshot


def test_no_record_of_a_story_is_quarantined(snapshot: Loaded) -> None:
    assert len(STORIES) > 5
    assert snapshot.con.execute("FROM quarantine").fetchall() == []


def test_a_child_of_a_story_stands_once_in_a_contact(snapshot: Loaded) -> None:
    sql = "SELECT count(*) - count(DISTINCT (contact_key, child_key)) FROM contact_child WHERE child_key IS NOT NULL"
    assert snapshot.one(sql) == 0


@pytest.mark.parametrize("story", STORIES)
def test_a_story_ends_as_expected(snapshot: Loaded, story: str) -> None:
    rows = read(story, "expected")
    assert rows
    wrong = [(row, found) for row in rows if (found := _found(snapshot, story, row)) != _expected(snapshot, story, row)]
    assert wrong == []


def _found(snapshot: Loaded, story: str, row: Row) -> str:
    """The value in the snapshot; of rows that cannot be told apart every value that one of them has."""
    key = "contact_key" if row["table"] == "contact_child" else f"{row['table']}_key"
    values = [snapshot.keyed({key: f"{story}/{row['reference']}"})[key]]
    of_child = ""
    if row["child"]:
        of_child = " AND child_key = ?"
        values.append(snapshot.pseudonym("child", f"{story}/{row['child']}"))
    sql = f"SELECT DISTINCT {row['column']}::VARCHAR FROM {row['table']} WHERE {key} = ?{of_child}"
    found = snapshot.con.execute(sql, values).fetchall()
    assert found, f"{row['table']} {row['reference']} {row['child']} is not in the snapshot"
    return " and ".join(sorted(value or "" for (value,) in found))


def _expected(snapshot: Loaded, story: str, row: Row) -> str:
    expected = row["expected"]
    if not (expected and row["column"].endswith("_key")):
        return expected
    return str(snapshot.keyed({row["column"]: f"{story}/{expected}"})[row["column"]])
