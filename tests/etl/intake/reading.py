"""What DuckDB reads from an opened file, for assertions."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from etl.intake.names import NamedFile
from etl.intake.opened import OpenedSheet


def named(path: Path, feed: str = "contacts", extension: str | None = None) -> NamedFile:
    extract_at = datetime(2026, 11, 25, 6, 10, tzinfo=UTC)
    return NamedFile(path, "testshire", feed, extract_at, True, extension or path.suffix.lstrip(".").lower())


def rows_of(sheet: OpenedSheet) -> list[tuple[str | None, ...]]:
    return _connection().execute(f"SELECT * FROM {sheet.relation}").fetchall()


@cache
def _connection() -> duckdb.DuckDBPyConnection:
    # one for all tests: opening a connection takes longer than reading a small file
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'Europe/London'")
    return connection


def is_accounted(sheet: OpenedSheet) -> bool:
    return sheet.records == sheet.header_and_blank + len(sheet.rejected) + sheet.rows
