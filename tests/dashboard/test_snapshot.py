"""Versions are found, verified and swapped: no process death, no mixed answer, the old one serves if need be."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import duckdb
import pytest

from dashboard.access.viewer import LOCAL, Viewer
from dashboard.snapshot import NOT_VERIFIED, RETRY_SECONDS, Limits, NoSnapshot, Warehouse
from tests.snapshots import Recipe, point_at, publish, sidecar

TINY = Recipe(rows=40, months=2)
FIRST, SECOND = "20261125T010000Z-aaaaaaaa", "20261125T020000Z-bbbbbbbb"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    publish(folder, TINY, FIRST)
    return folder


@pytest.fixture
def folder(built: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(built, tmp_path / "warehouse"))


def _publish_copy(folder: Path, version: str) -> None:
    """The first version again under another name, which is also written into it."""
    path = folder / f"frontdoor-{version}.duckdb"
    shutil.copy(folder / f"frontdoor-{FIRST}.duckdb", path)
    with duckdb.connect(str(path)) as con:
        con.execute("UPDATE snapshot SET version = ?", [version])
    point_at(folder, version, sidecar(path, TINY, version))


def _version(warehouse: Warehouse) -> tuple[str, str | None]:
    with warehouse.reading() as reading:
        (named,) = reading.rows("SELECT version FROM snapshot", (), LOCAL)[0]
        assert named == reading.version
        return named, reading.notice


def test_a_new_version_is_seen_by_the_next_reader(folder: Path) -> None:
    warehouse = Warehouse(folder)
    with warehouse.reading() as before:
        _publish_copy(folder, SECOND)
        assert _version(warehouse) == (SECOND, None)
        assert before.rows("SELECT version FROM snapshot", (), LOCAL) == [(FIRST,)]
    assert _version(warehouse) == (SECOND, None)


def test_a_rollback_is_a_new_pointer(folder: Path) -> None:
    warehouse = Warehouse(folder)
    _publish_copy(folder, SECOND)
    assert _version(warehouse)[0] == SECOND
    point_at(folder, FIRST, (folder / f"frontdoor-{FIRST}.json").read_bytes())
    assert _version(warehouse) == (FIRST, None)


def _damaged(folder: Path, how: str) -> None:
    path = folder / f"frontdoor-{SECOND}.duckdb"
    _publish_copy(folder, SECOND)
    described = json.loads((folder / "CURRENT").read_bytes())
    if how == "bit":
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
    elif how == "size":
        path.write_bytes(path.read_bytes()[:-1])
    elif how == "gone":
        path.unlink()
    elif how == "name":
        described["files"][0]["name"] = f"../{folder.name}/{path.name}"
        point_at(folder, SECOND, json.dumps(described).encode())
    elif how == "no database":
        path.write_bytes(b"not a database")
        point_at(folder, SECOND, sidecar(path, TINY, SECOND))
    else:
        (folder / "CURRENT").write_bytes(b"{" if how == "no json" else b"[]")


@pytest.mark.parametrize("how", ["bit", "size", "gone", "name", "no database", "no json", "no object"])
def test_a_version_that_does_not_verify_leaves_the_old_one_serving(
    folder: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    warehouse = Warehouse(folder)
    assert _version(warehouse) == (FIRST, None)
    _damaged(folder, how)
    assert _version(warehouse) == (FIRST, NOT_VERIFIED)
    assert str(folder) not in caplog.text
    _publish_copy(folder, "20261125T030000Z-cccccccc")
    assert _version(warehouse) == ("20261125T030000Z-cccccccc", None)


def test_a_version_that_could_not_be_opened_is_tried_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    warehouse = Warehouse(folder)
    path = folder / f"frontdoor-{FIRST}.duckdb"
    content = path.read_bytes()
    path.write_bytes(b"")
    with pytest.raises(NoSnapshot), warehouse.reading():
        pass
    path.write_bytes(content)
    with pytest.raises(NoSnapshot), warehouse.reading():
        pass
    later = time.monotonic() + RETRY_SECONDS
    monkeypatch.setattr("dashboard.snapshot.time.monotonic", lambda: later)
    assert _version(warehouse) == (FIRST, None)


def test_without_a_version_the_reason_is_plain(tmp_path: Path) -> None:
    with pytest.raises(NoSnapshot, match="No data has been published yet"), Warehouse(tmp_path).reading():
        pass
    publish(tmp_path, TINY, FIRST)
    next(tmp_path.glob("*.duckdb")).write_bytes(b"")
    with pytest.raises(NoSnapshot, match="could not be opened") as found, Warehouse(tmp_path).reading():
        pass
    assert str(tmp_path) not in str(found.value)


def test_the_old_file_is_let_go_when_its_last_reader_has_gone(folder: Path) -> None:
    warehouse = Warehouse(folder)
    with warehouse.reading():
        _publish_copy(folder, SECOND)
        assert _version(warehouse)[0] == SECOND
    # Another process may now open the old file for writing, which an open reader would lock out.
    code = f"import duckdb; duckdb.connect({str(folder / f'frontdoor-{FIRST}.duckdb')!r}).close()"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "sql",
    [
        "CREATE TABLE t AS SELECT 1",
        "FROM read_csv('/etc/passwd')",
        "COPY (SELECT 1) TO 'x.csv'",
        "ATTACH ':memory:' AS other",
        "SET threads = 8",
        "INSTALL httpfs",
        "FROM frame",
    ],
)
def test_a_connection_reaches_nothing_but_its_file(folder: Path, sql: str) -> None:
    frame = [1]
    assert frame
    with Warehouse(folder).reading() as reading, pytest.raises(duckdb.Error):
        reading.rows(sql, (), LOCAL)


def test_moments_are_local_and_limits_hold(folder: Path) -> None:
    with Warehouse(folder, Limits(threads=1, memory_mb=200, seconds=3)).reading() as reading:
        wanted = "current_setting('TimeZone'), current_setting('threads'), current_setting('max_execution_time')"
        assert reading.rows(f"SELECT {wanted}", (), LOCAL) == [("Europe/London", 1, 3000)]


def test_nobody_asks_without_a_role(folder: Path) -> None:
    with Warehouse(folder).reading() as reading, pytest.raises(PermissionError):
        reading.rows("SELECT 1", (), Viewer(role=""))


def test_what_is_remembered_belongs_to_a_version(folder: Path) -> None:
    warehouse = Warehouse(folder)
    with warehouse.reading() as reading:
        assert reading.remembered("x", lambda: 1) == reading.remembered("x", lambda: 2) == 1
    _publish_copy(folder, SECOND)
    with warehouse.reading() as reading:
        assert reading.remembered("x", lambda: 3) == 3


SWAP = """
import sys, threading
from pathlib import Path
from tests.dashboard.test_snapshot import swap_under_load
print(swap_under_load(Path(sys.argv[1]), int(sys.argv[2])))
"""


def swap_under_load(folder: Path, versions: int) -> int:
    """Eight threads read while the pointer moves `versions` times; returns the answers, all of one version each."""
    warehouse = Warehouse(folder)
    answers, mixed = [0] * 8, []
    is_done = threading.Event()

    def read(place: int) -> None:
        # A breath between reads, or eight of them starve the one thread that publishes.
        while not is_done.wait(0.002):
            with warehouse.reading() as reading:
                seen = {reading.rows("SELECT version, (SELECT count(*) FROM contact) FROM snapshot", (), LOCAL)[0][0]}
                seen |= {reading.rows("SELECT version FROM snapshot", (), LOCAL)[0][0], reading.version}
            answers[place] += 1
            if len(seen) > 1:
                mixed.append(seen)

    threads = [threading.Thread(target=read, args=(place,)) for place in range(8)]
    for thread in threads:
        thread.start()
    _publish_many(folder, versions, warehouse)
    is_done.set()
    for thread in threads:
        thread.join()
    assert not mixed
    assert _version(warehouse)[0] == _name(versions)
    return sum(answers)


def _name(number: int) -> str:
    return f"20261125T{number:06}Z-{number:08x}"


def _publish_many(folder: Path, versions: int, warehouse: Warehouse) -> None:
    """One version after the other; each is seen before the next comes, and old ones are swept."""
    for number in range(1, versions + 1):
        _publish_copy(folder, _name(number))
        _version(warehouse)
        if number > 5:
            os.unlink(folder / f"frontdoor-{_name(number - 5)}.duckdb")


def _swap_in_a_process(folder: Path, versions: int) -> None:
    command = [sys.executable, "-c", SWAP, str(folder), str(versions)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert int(done.stdout) > versions


def test_versions_change_under_load(folder: Path) -> None:
    _swap_in_a_process(folder, 25)


@pytest.mark.full
@pytest.mark.timeout(1800)
def test_a_thousand_versions_change_under_load(folder: Path) -> None:
    _swap_in_a_process(folder, 1000)
