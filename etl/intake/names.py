"""What a file's name says: its feed and the moment of the extract (input-files.md, file names)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from etl.intake.refusals import Refusal, RefusedFile, refused

FEEDS = ("consultations", "contacts", "children", "referrals", "annex_a")
EXTENSIONS = ("csv", "xlsx", "parquet")
LONDON = ZoneInfo("Europe/London")

_UNFINISHED = (".part", ".partial", ".tmp", ".crdownload", ".download", ".filepart")
_SYSTEM_FILES = frozenset({".gitkeep", ".gitignore", ".ds_store", "thumbs.db", "desktop.ini"})
_FEED = re.compile(rf"({'|'.join(FEEDS)})(?=$|[_ .-])", re.IGNORECASE)
_MOMENT = re.compile(r"(?:^|[_ -])(\d{4}-\d\d-\d\d)(?:T(\d\d)-?(\d\d)(\d\d)?)?$", re.IGNORECASE)
_ADVICE = {
    "xls": "this is the old Excel format; open it and save it as .xlsx",
    "xlsm": "this is a workbook with macros; save it as .xlsx",
    "xlsb": "this is a binary workbook; save it as .xlsx",
    "ods": "this is an OpenDocument sheet; save it as .xlsx or .csv",
    "zip": "this is a zip archive; unpack it and put the files in the inbox",
    "gz": "this file is compressed; unpack it and put the file in the inbox",
}


@dataclass(frozen=True)
class NamedFile:
    """A file whose name has been understood. `extract_at` is in UTC."""

    path: Path
    authority: str
    feed: str
    extract_at: datetime
    is_moment_from_name: bool
    extension: str


def list_inbox(inbox: Path, authority: str) -> tuple[list[NamedFile], list[Refusal]]:
    """The files of an authority's inbox, by extract moment then name, and what was passed over and why.

    `inbox` is the authority's own folder. Folders in it are ignored. Raises OSError when it cannot be listed.
    Source: input-files.md, file names.
    """
    files: list[NamedFile] = []
    refusals: list[Refusal] = []
    for path in _candidates(inbox):
        try:
            files.append(name_file(path, authority, inbox=inbox))
        except RefusedFile as error:
            refusals.append(error.refusal)
    return sorted(files, key=lambda file: (file.extract_at, file.path.name)), refusals


def name_file(path: Path, authority: str, *, inbox: Path | None = None) -> NamedFile:
    """Read one file's name. Raises `RefusedFile` for a name or kind of file that is not understood."""
    _refuse_passing(path)
    _refuse_outside(path, inbox)
    extension = _extension(path)
    feed = _FEED.match(path.stem)
    if feed is None:
        raise refused(path, "unknown_name", f"the name must begin with one of {', '.join(FEEDS)}; rename the file")
    moment, is_from_name = _extract_moment(path)
    return NamedFile(path, authority, feed[1].lower(), moment, is_from_name, extension)


def _candidates(inbox: Path) -> Iterator[Path]:
    for path in sorted(inbox.iterdir()):
        is_system = path.name.lower() in _SYSTEM_FILES
        if not is_system and (path.is_symlink() or not path.is_dir()):
            yield path


def _refuse_passing(path: Path) -> None:
    if path.name.startswith("~$"):
        raise refused(path, "ignored", "left by an open Excel window; ignored")
    if path.name.startswith("."):
        raise refused(path, "ignored", "a hidden file; ignored")
    if path.name.lower().endswith(_UNFINISHED):
        raise refused(path, "ignored", "a file that is still being copied or was left behind; ignored")


def _refuse_outside(path: Path, inbox: Path | None) -> None:
    if not path.name.isprintable():
        raise refused(path, "unknown_name", "the name holds characters that cannot be read; rename the file")
    try:
        target = path.resolve(strict=True)
    except (OSError, RuntimeError):
        raise refused(path, "unreadable", "a link that leads nowhere; remove it") from None
    if inbox is not None and path.is_symlink() and not target.is_relative_to(inbox.resolve()):
        raise refused(path, "outside", "a link to a place outside the inbox; copy the file itself")
    if not target.is_file():
        raise refused(path, "not_a_file", "this is not an ordinary file; remove it from the inbox")


def _extension(path: Path) -> str:
    extension = path.suffix.lower().lstrip(".")
    if extension in EXTENSIONS:
        return extension
    advice = _ADVICE.get(extension, f"only {', '.join(EXTENSIONS)} files are read; export it as one of these")
    raise refused(path, "unknown_kind", advice)


def _extract_moment(path: Path) -> tuple[datetime, bool]:
    modified_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    found = _MOMENT.search(path.stem)
    if found is None:
        return modified_at, False
    try:
        day = date.fromisoformat(found[1])
        clock = time(int(found[2]), int(found[3]), int(found[4] or 0)) if found[2] else None
    except ValueError:
        raise _impossible(path) from None
    if not 2000 <= day.year <= 2100:
        raise _impossible(path)
    return (_instant(day, clock) if clock else _end_of(day, modified_at)), True


def _impossible(path: Path) -> RefusedFile:
    message = "the date in the name does not exist; name it like contacts_2026-11-25T0610.csv"
    return refused(path, "bad_moment", message)


def _instant(day: date, clock: time) -> datetime:
    # fold=0: the first of two equal hours in October, and an hour later in March's gap
    return datetime.combine(day, clock, LONDON).astimezone(UTC)


def _end_of(day: date, modified_at: datetime) -> datetime:
    if modified_at.astimezone(LONDON).date() == day:
        return modified_at
    return _instant(day, time(23, 59, 59))
