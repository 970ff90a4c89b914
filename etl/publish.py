"""The warehouse folder: versions that are never written again, and the pointer that says which one serves.

Steps as in architecture.md "Publishing". ``CURRENT`` is the only commit point: whatever happens before it is
replaced leaves the old version serving, whatever happens after it is tidied up by the next ``sweep``.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb

from etl.sidecar import PublishedFile, Sidecar

POINTER = "CURRENT"
LOCK = "etl.lock"
STAGING = ".staging-"
PREFIX = "frontdoor-"
VERSION = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")

STEPS = (
    "locked",
    "swept",
    "room",
    "staging",
    "built",
    "verified",
    "synced",
    "hashed",
    "protected",
    "renamed",
    "folder synced",
    "pointer written",
    "pointer replaced",
    "committed",
    "sidecar written",
    "retired",
)
"""Every moment at which a load can be interrupted, in order; "pointer replaced" is the commit."""

Checkpoint = Callable[[str], None]


class WarehouseError(RuntimeError):
    """The warehouse refuses; the message is a plain sentence for the person at the keyboard."""


class WarehouseBusy(WarehouseError):
    """Another load holds the lock."""


class DiskShort(WarehouseError):
    """There is not room enough; nothing was published."""


def new_version(at: datetime) -> str:
    """Name of a version built ``at`` a moment with time zone, such as ``20261125T074512Z-3f9a1c2b``."""
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


class Warehouse:
    """A folder of published versions. ``checkpoint`` is called with each name of STEPS as it is reached."""

    def __init__(self, folder: Path, checkpoint: Checkpoint = lambda step: None) -> None:
        self.folder = folder
        self.checkpoint = checkpoint

    # ---- reading -------------------------------------------------------------------------------------------

    def current(self) -> Sidecar | None:
        """Sidecar of the version that serves, or None before the first load."""
        try:
            text = (self.folder / POINTER).read_bytes()
        except FileNotFoundError:
            return None
        return _sidecar(text, POINTER)

    def versions(self) -> list[Sidecar]:
        """Sidecars of every version that can serve, newest first."""
        found = {one.version: one for one in self._sidecars()}
        # A damaged pointer must not hide the versions that a rollback can still go to.
        with contextlib.suppress(WarehouseError):
            if current := self.current():
                found[current.version] = current
        return [found[name] for name in sorted(found, reverse=True)]

    def path(self, version: str) -> Path:
        """Where the snapshot of ``version`` lies; the name is checked, so it cannot lead elsewhere."""
        if not VERSION.fullmatch(version):
            raise WarehouseError(f"{version!r} is not the name of a version; 'frontdoor history' lists them.")
        return self.folder / f"{PREFIX}{version}.duckdb"

    def find(self, version: str) -> Sidecar:
        """Sidecar of ``version``; raises WarehouseError when it is not (or no longer) kept."""
        self.path(version)
        for sidecar in self.versions():
            if sidecar.version == version:
                return sidecar
        raise WarehouseError(f"There is no version {version}; 'frontdoor history' lists those that are kept.")

    def _sidecars(self) -> Iterator[Sidecar]:
        for path in sorted(self.folder.glob(f"{PREFIX}*.json")):
            # A load that retires a version may be at work beside this reader.
            with contextlib.suppress(FileNotFoundError):
                yield _sidecar(path.read_bytes(), path.name)

    def next_version(self, at: datetime) -> str:
        """A name for a version built ``at`` a moment, later in order than every version there is."""
        newest = max((sidecar.version for sidecar in self.versions()), default="")
        while (name := new_version(at)) <= newest:
            at += timedelta(seconds=1)
        return name

    # ---- step 0 and 1: lock, sweep, room -------------------------------------------------------------------

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the warehouse for one writer; raises WarehouseBusy at once when another has it."""
        self.folder.mkdir(mode=0o750, parents=True, exist_ok=True)
        handle = os.open(self.folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
        try:
            _flock(handle)
            self.checkpoint("locked")
            yield
        except (OSError, duckdb.Error) as error:
            if not _is_full_disk(error):
                raise
            raise DiskShort(
                f"The disk of {self.folder} is full: make room, then load again. What serves is whole; "
                "'frontdoor history' shows it."
            ) from error
        finally:
            os.close(handle)

    def sweep(self) -> list[str]:
        """Remove what an interrupted load left and complete what it had committed; returns names removed."""
        if current := self.current():
            self._write_sidecar(current)
        kept = {self.path(sidecar.version).name for sidecar in self.versions()}
        stale = [*self.folder.glob(f"{STAGING}*"), *self.folder.glob(".*.writing")]
        stale += [path for path in self.folder.glob(f"{PREFIX}*.duckdb*") if path.name not in kept]
        for path in stale:
            _remove(path)
        self.checkpoint("swept")
        return sorted(path.name for path in stale)

    def ensure_room(self, needed: int) -> None:
        """Raise DiskShort unless ``needed`` bytes are free where the warehouse lies."""
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise DiskShort(
                f"The disk of {self.folder} has {free / 1e6:,.0f} MB free and this load needs about "
                f"{needed / 1e6:,.0f} MB: make room, then load again. Nothing was changed."
            )
        self.checkpoint("room")

    # ---- step 2 to 6: build aside, then publish ------------------------------------------------------------

    @contextlib.contextmanager
    def staging(self, run: str) -> Iterator[Path]:
        """A folder that only this user may enter, on the warehouse's own disk, gone afterwards."""
        folder = self.folder / f"{STAGING}{run}"
        folder.mkdir(mode=0o700)
        try:
            self.checkpoint("staging")
            yield folder
        finally:
            _remove(folder)

    def publish(self, staged: Path, sidecar: Sidecar) -> Sidecar:
        """Make the closed and verified file ``staged`` the version that serves.

        ``sidecar.files`` is filled in here. Raises WarehouseError when a write-ahead log lies beside the file
        or the version exists already.
        """
        target = self.path(sidecar.version)
        if target.exists():
            raise WarehouseError(f"Version {sidecar.version} exists already and is never written again.")
        if staged.with_name(staged.name + ".wal").exists():
            raise WarehouseError("The new snapshot was not closed properly (it has a write-ahead log).")
        _sync(staged)
        self.checkpoint("synced")
        complete = sidecar.model_copy(update={"files": (_published(staged, target.name),)})
        self.checkpoint("hashed")
        staged.chmod(0o440)
        self.checkpoint("protected")
        staged.rename(target)
        self.checkpoint("renamed")
        _sync(self.folder)
        self.checkpoint("folder synced")
        self._point_to(complete)
        self._write_sidecar(complete)
        self.checkpoint("sidecar written")
        return complete

    def rollback(self, version: str) -> Sidecar:
        """Let a kept version serve again; raises WarehouseError when its file is missing or damaged."""
        sidecar = self.find(version)
        for file in sidecar.files:
            path = self.folder / file.name
            if not path.is_file() or _published(path, file.name) != file:
                raise WarehouseError(f"Version {version} is missing or damaged: choose another one.")
        self._point_to(sidecar)
        return sidecar

    def retire(self, keep: int = 3) -> list[str]:
        """Remove all but the newest ``keep`` versions, never the one that serves; returns those removed."""
        current = self.current()
        serving = current.version if current else None
        old = [one.version for one in self.versions()[keep:] if one.version != serving]
        for version in old:
            # The sidecar goes first: a file without one is swept by the next load.
            _remove(self._sidecar_path(version))
            _remove(self.path(version))
        self.checkpoint("retired")
        return old

    def _point_to(self, sidecar: Sidecar) -> None:
        temporary = self._write_aside(POINTER, sidecar)
        self.checkpoint("pointer written")
        temporary.replace(self.folder / POINTER)
        self.checkpoint("pointer replaced")
        _sync(self.folder)
        self.checkpoint("committed")

    def _write_sidecar(self, sidecar: Sidecar) -> None:
        path = self._sidecar_path(sidecar.version)
        if not path.exists():
            self._write_aside(path.name, sidecar).replace(path)
            _sync(self.folder)

    def _write_aside(self, name: str, sidecar: Sidecar) -> Path:
        temporary = self.folder / f".{name}.writing"
        temporary.unlink(missing_ok=True)
        temporary.write_text(sidecar.model_dump_json(indent=1) + "\n", encoding="utf-8")
        temporary.chmod(0o440)
        _sync(temporary)
        return temporary

    def _sidecar_path(self, version: str) -> Path:
        return self.path(version).with_suffix(".json")


def _sidecar(text: bytes, name: str) -> Sidecar:
    try:
        return Sidecar.model_validate_json(text)
    except ValueError as error:
        raise WarehouseError(
            f"{name} in the warehouse is damaged. 'frontdoor history' lists the versions that are kept, "
            "'frontdoor rollback VERSION' lets one of them serve."
        ) from error


def _flock(handle: int) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise WarehouseBusy("Another load is running. Wait for it to end, then try again.") from None


def _is_full_disk(error: OSError | duckdb.Error) -> bool:
    if isinstance(error, OSError):
        return error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return any(os.strerror(number) in str(error) for number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


def _published(path: Path, name: str) -> PublishedFile:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return PublishedFile(name=name, sha256=digest, bytes=path.stat().st_size)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
