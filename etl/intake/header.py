"""Finding the header among a file's first records."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from etl.intake.refusals import RefusedFile, refused

SEARCHED_RECORDS = 10
_SPACES = re.compile(r"[\s_\ufeff]+")
_OTHER_DELIMITERS = {";": "semicolons", "\t": "tabs", "|": "vertical bars"}


@dataclass(frozen=True)
class Header:
    """The column names and the ordinal of the last header record (title rows and blanks counted, from 1)."""

    names: tuple[str, ...]
    last_record: int


def plain(name: str) -> str:
    """A column's name without regard to case, spaces and underscores."""
    return _SPACES.sub("", name).casefold()


def find_header(
    records: Sequence[Sequence[str]],
    header_names: Collection[str],
    path: Path,
    sheet: str | None = None,
) -> Header:
    """The header among the first records, and whether a second one follows. Raises `RefusedFile`.

    With `header_names`: the first of ten records that holds at least two of them. Without: the first record
    that is not blank.
    """
    known = {plain(name) for name in header_names}
    at = _position(records[:SEARCHED_RECORDS], known)
    if at is None:
        raise _no_header(records, known, path, sheet)
    names = tuple(cell.strip() for cell in records[at])
    if not known and len(names) == 1:
        _refuse_delimiter(records[at], known, path)
    _refuse_twins(names, known, path, sheet)
    return Header(names, at + 1 + _repeats(records[at + 1 : at + 2], known))


def is_blank(record: Sequence[str]) -> bool:
    """True when no cell holds anything but spaces."""
    return not any(cell.strip() for cell in record)


def _position(records: Sequence[Sequence[str]], known: set[str]) -> int | None:
    for index, record in enumerate(records):
        if _matches(record, known) >= 2 if known else not is_blank(record):
            return index
    return None


def _matches(record: Sequence[str], known: set[str]) -> int:
    return len({plain(cell) for cell in record} & known)


def _repeats(records: Sequence[Sequence[str]], known: set[str]) -> int:
    """1 when the next record is a header as well: most of what it holds are column names."""
    return sum(
        _matches(record, known) >= 2 and 2 * _matches(record, known) > sum(map(bool, map(str.strip, record)))
        for record in records
    )


def _no_header(records: Sequence[Sequence[str]], known: set[str], path: Path, sheet: str | None) -> RefusedFile:
    for record in records[:SEARCHED_RECORDS]:
        _refuse_delimiter(record, known, path)
    if all(is_blank(record) for record in records):
        return refused(path, "empty", "there is nothing in it; export it again", sheet)
    message = (
        f"no header row found in the first {SEARCHED_RECORDS} rows; put the column names of the input format "
        "in the first row, or map the local names in the profile"
    )
    return refused(path, "no_header", message, sheet)


def _refuse_delimiter(record: Sequence[str], known: set[str], path: Path) -> None:
    text = ",".join(record)
    for delimiter, name in _OTHER_DELIMITERS.items():
        parts = text.split(delimiter)
        if len(parts) > 1 and (_matches(parts, known) >= 2 if known else len(record) == 1):
            message = f"the columns are divided by {name}; export it with commas"
            raise refused(path, "wrong_delimiter", message)


def _refuse_twins(names: tuple[str, ...], known: set[str], path: Path, sheet: str | None) -> None:
    first: dict[str, int] = {}
    for number, name in enumerate(names, start=1):
        key = plain(name)
        if key and key in first:
            # an unknown name may be a person's, when the header is missing: only known ones are shown
            which = f" “{name}”" if key in known else ""
            message = f"two columns have the same name{which} (columns {first[key]} and {number}); rename one"
            raise refused(path, "twin_columns", message, sheet)
        first[key] = number
