"""The pieces of work that the loading benchmark compares, each over the four files of a folder.

python -m tests.benchmarks.loading_work raw|core|pandas|load FOLDER
"""

from __future__ import annotations

import csv
import hashlib
import hmac
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from etl import jobs
from etl.authority_build import Work
from etl.build import opened
from etl.clocks import clock_statements
from etl.contract import schema
from etl.order import Order, work_out
from etl.pseudonymise import new_key_file
from etl.publish import Warehouse
from etl.settings import Settings, load_settings
from etl.spelling import added_labels
from etl.steps import steps_of
from tests.benchmarks.measured import report

AUTHORITY = "kent"
KEY = bytes(range(32))


def raw_copy(folder: Path, scratch: Path) -> None:
    """The baseline: DuckDB copies the files as they are, every column as text, into tables of a file."""
    with duckdb.connect(scratch / "raw.duckdb") as con:
        con.execute("SET threads = 2; SET memory_limit = '1000MB'")
        for path in sorted((folder / AUTHORITY).glob("*.csv")):
            with path.open(encoding="utf-8", newline="") as file:
                names = next(csv.reader(file))
            columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
            con.execute(
                f"CREATE TABLE {path.name.split('_')[0]} AS FROM read_csv({schema.quoted(str(path))}, header=true, "
                f"auto_detect=false, delim=',', quote='\"', escape='\"', columns={{{columns}}})"
            )


def load(folder: Path, scratch: Path) -> None:
    """The whole load, to the published version."""
    jobs.load(_settings(folder, scratch))


def core(folder: Path, scratch: Path) -> None:
    """Parsing, pseudonyms and the clocks of contacts, from the same files to staged rows and clock rows."""
    settings = _settings(folder, scratch)
    (scratch / "warehouse").mkdir()
    order = work_out(settings, Warehouse(settings.warehouse), None)
    with opened(order, scratch / "core.duckdb", scratch) as con:
        _core(con, order, scratch)


def pandas_core(folder: Path, _scratch: Path) -> None:
    """The same core in pandas: parse, HMAC with hashlib, due moments with business-day offsets."""
    import numpy as np
    import pandas as pd

    files = {path.name.split("_")[0]: path for path in (folder / AUTHORITY).glob("*.csv")}
    frames = {feed: pd.read_csv(path, dtype=str) for feed, path in files.items()}
    for frame in frames.values():
        for column in frame.columns[frame.columns.str.endswith("_at")]:
            frame[column] = pd.to_datetime(frame[column], format="ISO8601", errors="coerce")
        for column in frame.columns[frame.columns.str.endswith("_ref")]:
            frame[column] = frame[column].str.strip().str.upper().map(_pseudonym, na_action="ignore")
    contacts = frames["contacts"]
    received = contacts["received_at"]
    is_late = received.dt.hour >= 17
    counting = np.busday_offset(received.dt.date.to_numpy(dtype="datetime64[D]"), is_late.astype(int), roll="forward")
    contacts["due_at"] = np.busday_offset(counting, 1) + np.timedelta64(86399, "s")
    contacts["is_in_time"] = contacts["decided_at"] <= contacts["due_at"]


def _pseudonym(reference: str) -> str:
    return hmac.new(KEY, reference.encode(), hashlib.sha256).hexdigest()[:32]


def _core(con: duckdb.DuckDBPyConnection, order: Order, scratch: Path) -> None:
    for statement in schema.create_statements(added_labels(order.profiles.values())):
        con.execute(statement)
    profile = order.profiles[AUTHORITY]
    work = Work(con, order, profile, scratch, jobs.silent)
    work.stage(1)
    work.settle()
    con.execute(next(sql for name, sql in steps_of("settled") if name == "settled_contact"))
    con.execute(
        "CREATE TEMP TABLE data_as_at AS "
        "SELECT authority_of()::VARCHAR AS authority, getvariable('data_as_at') AS data_as_at"
    )
    only_contacts = profile.model_copy(
        update={"clocks": [clock for clock in profile.clocks if clock.case == "contact"]}
    )
    for step in clock_statements({AUTHORITY: only_contacts}):
        con.execute(step.sql)


def _settings(folder: Path, scratch: Path) -> Settings:
    key = scratch / "key"
    new_key_file(key)
    return load_settings(inbox=folder, warehouse=scratch / "warehouse", key_file=key)


WORK: dict[str, Callable[[Path, Path], None]] = {"raw": raw_copy, "core": core, "pandas": pandas_core, "load": load}

if __name__ == "__main__":
    place = Path(tempfile.mkdtemp(prefix="frontdoor-benchmark-"))
    try:
        report(lambda: WORK[sys.argv[1]](Path(sys.argv[2]), place))
    finally:
        shutil.rmtree(place)
