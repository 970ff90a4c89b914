"""The published version that is current: found by a stat, opened read-only, kept until its last query ends.

The only file of the dashboard that knows DuckDB. A served file is never written; a new version has a new name.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from dashboard.access.viewer import Viewer

log = logging.getLogger(__name__)
NOT_LOADED = "No data has been published yet. Load the first files, then open this page again."
NOT_VERIFIED = "A newer version of the data could not be opened, so the figures below are from the one before it."
RETRY_SECONDS = 30.0
"""After this long a version that could not be opened is tried again: what was in the way may have gone."""
Row = tuple[Any, ...]
Found = TypeVar("Found")


class NoSnapshot(RuntimeError):
    """There is no version that can be shown; the message is fit for a page."""


class NotVerified(ValueError):
    """A version is not what its sidecar says."""


@dataclass(frozen=True)
class Limits:
    """What one query may use: threads, memory in MB, seconds."""

    threads: int = 2
    memory_mb: int = 1000
    seconds: int = 20


class Version:
    """An open version and the number of readers it has. Closed when it is retired and the last reader has gone."""

    def __init__(self, described: Mapping[str, Any], connection: duckdb.DuckDBPyConnection) -> None:
        self.name = str(described["version"])
        self.labels = _labels(connection)
        self.memory: dict[str, Any] = {}
        self._connection = connection
        self._lock = threading.Lock()
        self._readers = 0
        self._is_retired = False

    def enter(self) -> duckdb.DuckDBPyConnection:
        """A cursor of its own for one reader; swapping or closing a connection under `cursor()` kills the process."""
        with self._lock:
            cursor = self._connection.cursor()
            self._readers += 1
            return cursor

    def leave(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """The reader has gone."""
        with self._lock:
            cursor.close()
            self._readers -= 1
            self._close_if_done()

    def retire(self) -> None:
        """Another version is current: close when nobody reads."""
        with self._lock:
            self._is_retired = True
            self._close_if_done()

    def _close_if_done(self) -> None:
        if self._is_retired and not self._readers:
            self._connection.close()


@dataclass(frozen=True)
class Reading:
    """One version for the length of one answer. `notice` says when a newer one could not be opened."""

    of: Version
    cursor: duckdb.DuckDBPyConnection
    notice: str | None = None

    @property
    def version(self) -> str:
        """Name of the version."""
        return self.of.name

    @property
    def labels(self) -> Mapping[str, tuple[str, ...]]:
        """The values of each ENUM, in the order of their codes."""
        return self.of.labels

    def remembered(self, name: str, ask: Callable[[], Found]) -> Found:
        """What `ask` found, asked once per version; two first readers may both ask and find the same."""
        if name not in self.of.memory:
            self.of.memory[name] = ask()
        found: Found = self.of.memory[name]
        return found

    def rows(self, sql: str, values: Sequence[object], viewer: Viewer) -> list[Row]:
        """All rows of a query that `queries` wrote; `values` are its parameters."""
        if not viewer.role:
            raise PermissionError("A query needs a viewer with a role.")
        return self.cursor.execute(sql, list(values)).fetchall()


class Warehouse:
    """The folder of published versions. Safe to share between threads."""

    def __init__(self, folder: Path, limits: Limits = Limits()) -> None:
        self._folder = folder
        self._limits = limits
        self._lock = threading.Lock()
        self._opening = threading.Lock()
        self._current: Version | None = None
        self._seen: tuple[int, ...] | None = None
        self._notice: str | None = None
        self._again_at = 0.0

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """The current version until the block ends; NoSnapshot when there is none."""
        self._look()
        with self._lock:
            version, notice = self._current, self._notice
            if version is None:
                raise NoSnapshot(notice or NOT_LOADED)
            cursor = version.enter()
        try:
            yield Reading(version, cursor, notice)
        finally:
            version.leave(cursor)

    def close(self) -> None:
        """Close the current version when its readers have gone."""
        with self._lock:
            version, self._current, self._seen = self._current, None, None
        if version:
            version.retire()

    def _look(self) -> None:
        """Open the version CURRENT names, when it has changed. One thread opens; the others serve what there is."""
        stamp = _stamp(self._folder / "CURRENT")
        if stamp == self._seen and not (self._notice and time.monotonic() >= self._again_at):
            return
        if self._opening.acquire(blocking=self._current is None):
            try:
                if stamp != self._seen or self._notice:
                    self._switch(stamp)
            finally:
                self._opening.release()

    def _switch(self, stamp: tuple[int, ...] | None) -> None:
        opened, notice = self._open(stamp)
        with self._lock:
            old = self._current
            self._seen, self._notice, self._again_at = stamp, notice, time.monotonic() + RETRY_SECONDS
            self._current = opened or old
        if opened and old:
            old.retire()

    def _open(self, stamp: tuple[int, ...] | None) -> tuple[Version | None, str | None]:
        if stamp is None:
            return None, NOT_VERIFIED if self._current else NOT_LOADED
        try:
            described = json.loads((self._folder / "CURRENT").read_bytes())
            if self._current and described["version"] == self._current.name:
                return None, None
            return Version(described, _connect(_verified(self._folder, described), self._limits)), None
        except (OSError, ValueError, KeyError, TypeError, IndexError, duckdb.Error) as error:
            # The text of these errors names paths and processes: it may go to no page and no log.
            log.warning("the current version could not be opened: %s", type(error).__name__)
            return None, NOT_VERIFIED if self._current else "The published data could not be opened."


def _stamp(path: Path) -> tuple[int, ...] | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _verified(folder: Path, described: Mapping[str, Any]) -> Path:
    """The case file of a version, when name, size and SHA-256 are what the sidecar says."""
    file = described["files"][0]
    path = folder / str(file["name"])
    if file["name"] != f"frontdoor-{described['version']}.duckdb" or path.parent != folder:
        raise NotVerified("name")
    if path.stat().st_size != file["bytes"]:
        raise NotVerified("size")
    with path.open("rb") as content:
        if hashlib.file_digest(content, "sha256").hexdigest() != file["sha256"]:
            raise NotVerified("sha256")
    return path


def _connect(path: Path, limits: Limits) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach nothing but this file; the configuration is locked last."""
    connection = duckdb.connect(str(path), read_only=True, config={"python_enable_replacements": "false"})
    if connection.execute("SELECT current_setting('lock_configuration')").fetchone() == (True,):
        # A reader of this version is still there (a rollback within one query): it shares its configuration.
        return connection
    wanted = {
        "TimeZone": "'Europe/London'",
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "memory_limit": f"'{limits.memory_mb}MB'",
        "threads": str(limits.threads),
        "max_temp_directory_size": "'0B'",
        "max_execution_time": str(limits.seconds * 1000),
        "lock_configuration": "true",
    }
    for name, value in wanted.items():
        connection.execute(f"SET GLOBAL {name} = {value}")
    return connection


def _labels(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, ...]]:
    sql = "SELECT type_name, labels FROM duckdb_types() WHERE logical_type = 'ENUM' AND labels IS NOT NULL"
    return {name: tuple(labels) for name, labels in connection.execute(sql).fetchall()}
