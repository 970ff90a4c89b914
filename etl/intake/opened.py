"""Opening a file of an inbox: what kind it is, whether it is whole, and how DuckDB can read it."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from etl.intake.csv_file import open_csv
from etl.intake.kinds import refuse_other_kind
from etl.intake.names import NamedFile
from etl.intake.parquet_file import open_parquet
from etl.intake.refusals import RefusedFile, refused
from etl.intake.sheets import OpenedSheet as OpenedSheet
from etl.intake.sheets import Rejected as Rejected
from etl.intake.workbook import open_workbook

_FRESH_SECONDS = 2.0
_PAUSE_SECONDS = 0.25
_STILL_WRITTEN = "the file is still being written; load again when the copy has ended"


def open_file(
    file: NamedFile, *, scratch: Path, encoding: str = "utf-8", header_names: Collection[str] = ()
) -> list[OpenedSheet]:
    """Open a file: one sheet, or for an Annex A workbook one for each list. Raises `RefusedFile`.

    `scratch`: folder for clean copies, which hold personal data and are the caller's to remove.
    `header_names`: names by which a header is recognised; none: the first record is the header.
    A CSV relation may still fail or yield another number than `rows`: call `open_slowly` then.
    """
    before = _settled(file.path)
    try:
        refuse_other_kind(file.path, file.extension, _head(file.path))
        sheets = _open(file, scratch, encoding, header_names)
    except OSError as error:
        raise _unreadable(file.path, error) from None
    finally:
        # a file that grew explains whatever else was found wrong with it
        _refuse_changed(file.path, before)
    return [replace(sheet, stamp=before) for sheet in sheets]


def open_slowly(
    file: NamedFile, *, scratch: Path, encoding: str = "utf-8", header_names: Collection[str] = ()
) -> OpenedSheet:
    """Open a CSV file record by record, when DuckDB fails on what `open_file` gave. Raises `RefusedFile`.

    A workbook's copy or a Parquet file that DuckDB cannot read is damaged, and refused.
    """
    if file.extension != "csv":
        raise refused(file.path, "damaged", "the content cannot be read to its end; export it again")
    before = _settled(file.path)
    try:
        sheet = open_csv(file, scratch=scratch, encoding=encoding, header_names=header_names, is_slow=True)
    except OSError as error:
        raise _unreadable(file.path, error) from None
    finally:
        _refuse_changed(file.path, before)
    return replace(sheet, stamp=before)


def is_unchanged(sheet: OpenedSheet) -> bool:
    """True while the file is the one that was opened; to be asked after `relation` was read."""
    try:
        return _stamp(sheet.file.path) == sheet.stamp
    except RefusedFile:
        return False


def digest(path: Path) -> str:
    """SHA-256 of a file, as hex. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open(file: NamedFile, scratch: Path, encoding: str, header_names: Collection[str]) -> list[OpenedSheet]:
    if file.extension == "csv":
        return [open_csv(file, scratch=scratch, encoding=encoding, header_names=header_names)]
    if file.extension == "xlsx":
        sha256 = digest(file.path)
        return open_workbook(file, scratch=scratch, header_names=header_names, sha256=sha256)
    if file.extension == "parquet":
        return [open_parquet(file, header_names=header_names, sha256=digest(file.path))]
    raise refused(file.path, "unknown_kind", "only csv, xlsx and parquet files are read")


def _settled(path: Path) -> tuple[int, int, int]:
    """The file's stamp; one changed a moment ago is looked at twice, in case it is still growing."""
    before = _stamp(path)
    if before[0] == 0:
        raise refused(path, "empty", "there is nothing in it; export it again")
    if abs(time.time() - before[1] / 1e9) < _FRESH_SECONDS:
        time.sleep(_PAUSE_SECONDS)
        _refuse_changed(path, before)
    return before


def _refuse_changed(path: Path, before: tuple[int, int, int]) -> None:
    if _stamp(path) != before:
        raise refused(path, "still_written", _STILL_WRITTEN)


def _stamp(path: Path) -> tuple[int, int, int]:
    try:
        found = os.stat(path)
    except OSError as error:
        raise _unreadable(path, error) from None
    return found.st_size, found.st_mtime_ns, found.st_ino


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(1024)


def _unreadable(path: Path, error: OSError) -> RefusedFile:
    return refused(path, "unreadable", f"it cannot be read ({error.strerror}); check that it is still there")
