from __future__ import annotations

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from etl.publish import STEPS, DiskShort, Warehouse, WarehouseBusy, WarehouseError, new_version
from etl.sidecar import Sidecar

START = datetime(2026, 11, 25, 7, 45, 12, tzinfo=UTC)


def build(file: Path, rows: int) -> None:
    """A snapshot of ``rows`` rows that each say how many there are: a mixture would show."""
    with duckdb.connect() as con:
        con.execute(f"ATTACH '{file}' AS snapshot (STORAGE_VERSION 'v1.4.0')")
        con.execute(f"CREATE TABLE snapshot.contact AS SELECT {rows} AS told FROM range({rows})")
        con.execute("DETACH snapshot")


def draft(version: str, rows: int) -> Sidecar:
    return Sidecar(
        version=version,
        built_at=START,
        data_as_at={"kent": START},
        sources=(),
        profiles={"kent": "0" * 12},
        key_id="00000000",
        rows={"contact": rows},
        software="0.1.0",
    )


def load(warehouse: Warehouse, rows: int, at: datetime = START, keep: int = 3) -> str:
    """A whole load in small: every step of STEPS, in order."""
    version = new_version(at)
    with warehouse.lock():
        warehouse.sweep()
        warehouse.ensure_room(1)
        with warehouse.staging(version) as folder:
            staged = folder / "frontdoor.duckdb"
            build(staged, rows)
            warehouse.checkpoint("built")
            warehouse.checkpoint("verified")
            warehouse.publish(staged, draft(version, rows))
        warehouse.retire(keep)
    return version


def served(warehouse: Warehouse) -> int:
    """How many rows the version that serves has, after checking that pointer and file agree."""
    current = warehouse.current()
    assert current is not None
    (file,) = current.files
    with duckdb.connect(str(warehouse.folder / file.name), read_only=True) as con:
        found = con.execute("SELECT count(*), min(told), max(told) FROM contact").fetchone()
    assert found == (current.rows["contact"],) * 3
    return current.rows["contact"]


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def dying(step: str) -> str:
    """A program that loads 20 rows into argv[1] and is killed at ``step``."""
    return textwrap.dedent(f"""
        import os, signal, sys
        from datetime import timedelta
        from pathlib import Path
        sys.path[:0] = [{str(Path(__file__).parent)!r}]
        from test_publish import START, Warehouse, load
        def checkpoint(reached):
            if reached == {step!r}:
                os.kill(os.getpid(), signal.SIGKILL)
        load(Warehouse(Path(sys.argv[1]), checkpoint), 20, START + timedelta(hours=1), keep=1)
    """)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "warehouse")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB, where this machine lets us have one."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_load_reaches_every_step_in_order(tmp_path: Path) -> None:
    reached: list[str] = []
    load(Warehouse(tmp_path, reached.append), 10)
    assert tuple(reached) == STEPS


def test_a_published_version_is_complete_and_closed(warehouse: Warehouse) -> None:
    version = load(warehouse, 10)
    path = warehouse.path(version)
    assert served(warehouse) == 10
    assert stat.S_IMODE(path.stat().st_mode) == 0o440
    assert names(warehouse.folder) == {"etl.lock", "CURRENT", path.name, path.with_suffix(".json").name}
    assert json.loads((warehouse.folder / "CURRENT").read_text()) == json.loads(path.with_suffix(".json").read_text())


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_the_old_or_the_new_version_serves(warehouse: Warehouse, step: str) -> None:
    load(warehouse, 10)
    killed = subprocess.run([sys.executable, "-c", dying(step), str(warehouse.folder)], check=False)
    assert killed.returncode == -signal.SIGKILL
    committed = STEPS.index(step) >= STEPS.index("pointer replaced")
    assert served(warehouse) == (20 if committed else 10)

    load(warehouse, 30, START + timedelta(hours=2), keep=1)
    assert served(warehouse) == 30
    assert len(names(warehouse.folder)) == 4, "the next load has swept what the killed one left"


@pytest.mark.parametrize("step", STEPS)
def test_a_disk_full_at_any_step_leaves_a_version_serving(warehouse: Warehouse, step: str) -> None:
    load(warehouse, 10)

    def full(reached: str) -> None:
        if reached == step:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with pytest.raises(DiskShort, match="is full"):
        load(Warehouse(warehouse.folder, full), 20, START + timedelta(hours=1))
    committed = STEPS.index(step) >= STEPS.index("pointer replaced")
    assert served(warehouse) == (20 if committed else 10)
    assert not list(warehouse.folder.glob(".staging-*"))
    load(warehouse, 30, START + timedelta(hours=2))
    assert served(warehouse) == 30


@pytest.mark.parametrize("step", ["staging", "built", "renamed", "folder synced"])
def test_a_disk_that_really_fills_leaves_the_old_version_serving(small_disk: Path, step: str) -> None:
    load(Warehouse(small_disk), 10)

    def fill(reached: str) -> None:
        if reached == step:
            with (small_disk / "ballast").open("wb", buffering=0) as ballast:
                while True:
                    ballast.write(b"\0" * 4096)

    with pytest.raises(DiskShort):
        load(Warehouse(small_disk, fill), 200, START + timedelta(hours=1))
    assert served(Warehouse(small_disk)) == 10
    (small_disk / "ballast").unlink()
    load(Warehouse(small_disk), 30, START + timedelta(hours=2))
    assert served(Warehouse(small_disk)) == 30


def test_the_database_itself_running_out_of_disk_is_a_plain_refusal(small_disk: Path) -> None:
    load(Warehouse(small_disk), 10)
    with pytest.raises(DiskShort), Warehouse(small_disk).lock(), duckdb.connect() as con:
        con.execute(f"ATTACH '{small_disk / 'big.duckdb'}' AS big")
        con.execute("CREATE TABLE big.t AS SELECT random() AS x FROM range(1000000)")
    assert served(Warehouse(small_disk)) == 10


def test_a_second_load_is_told_that_one_is_running(warehouse: Warehouse) -> None:
    with warehouse.lock(), pytest.raises(WarehouseBusy), Warehouse(warehouse.folder).lock():
        pytest.fail("two loads at once")
    load(warehouse, 10)
    assert served(warehouse) == 10


def test_a_load_works_while_an_analyst_reads(warehouse: Warehouse) -> None:
    old = load(warehouse, 10)
    with duckdb.connect(str(warehouse.path(old)), read_only=True) as analyst:
        load(warehouse, 20, START + timedelta(hours=1), keep=1)
        assert analyst.execute("SELECT count(*) FROM contact").fetchone() == (10,)
    assert served(warehouse) == 20


def test_too_little_room_is_refused_before_anything_is_written(warehouse: Warehouse) -> None:
    load(warehouse, 10)
    before = names(warehouse.folder)
    with warehouse.lock(), pytest.raises(DiskShort, match="make room"):
        warehouse.ensure_room(2**62)
    assert names(warehouse.folder) == before


def test_the_newest_versions_and_the_one_that_serves_are_kept(warehouse: Warehouse) -> None:
    versions = [load(warehouse, 10 + hour, START + timedelta(hours=hour)) for hour in range(4)]
    assert [one.version for one in warehouse.versions()] == versions[:0:-1]
    warehouse.rollback(versions[1])
    warehouse.retire(keep=1)
    assert [one.version for one in warehouse.versions()] == [versions[3], versions[1]]
    assert served(warehouse) == 11


def test_rollback_refuses_a_damaged_version(warehouse: Warehouse) -> None:
    first = load(warehouse, 10)
    load(warehouse, 20, START + timedelta(hours=1))
    path = warehouse.path(first)
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(WarehouseError, match="damaged"):
        warehouse.rollback(first)
    assert served(warehouse) == 20


def test_a_damaged_pointer_can_be_mended_by_rollback(warehouse: Warehouse) -> None:
    version = load(warehouse, 10)
    (warehouse.folder / "CURRENT").chmod(0o640)
    (warehouse.folder / "CURRENT").write_text("{")
    with pytest.raises(WarehouseError, match="CURRENT in the warehouse is damaged"):
        warehouse.current()
    warehouse.rollback(version)
    assert served(warehouse) == 10


def test_a_later_version_has_a_later_name_whatever_the_clock_says(warehouse: Warehouse) -> None:
    first = load(warehouse, 10)
    names = [warehouse.next_version(START - timedelta(days=day)) for day in range(20)]
    assert all(name > first for name in names)


@pytest.mark.parametrize("version", ["", "../../etc", "20261125T074512Z-3f9a1c2b/x", "latest"])
def test_only_names_of_versions_lead_to_files(warehouse: Warehouse, version: str) -> None:
    with pytest.raises(WarehouseError, match="not the name of a version"):
        warehouse.path(version)


def test_a_version_is_never_written_again(warehouse: Warehouse, tmp_path: Path) -> None:
    version = load(warehouse, 10)
    build(tmp_path / "again.duckdb", 20)
    with pytest.raises(WarehouseError, match="exists already"):
        warehouse.publish(tmp_path / "again.duckdb", draft(version, 20))
    assert served(warehouse) == 10


def test_a_snapshot_with_a_log_beside_it_is_not_published(warehouse: Warehouse, tmp_path: Path) -> None:
    build(tmp_path / "open.duckdb", 20)
    (tmp_path / "open.duckdb.wal").write_bytes(b"")
    with pytest.raises(WarehouseError, match="not closed properly"):
        warehouse.publish(tmp_path / "open.duckdb", draft(new_version(START), 20))
