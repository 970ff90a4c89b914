"""An Excel workbook: the feed's sheet, or the lists of Annex A, as clean copies."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime, time, timedelta
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetTypeEnum

from etl.intake.clean_copy import CleanCopy
from etl.intake.header import SEARCHED_RECORDS, Header, find_header, is_blank, plain
from etl.intake.names import NamedFile
from etl.intake.refusals import RefusedFile, refused
from etl.intake.sheets import OpenedSheet
from etl.intake.workbook_safety import check_workbook

_LIST = re.compile(r"list([1-5])")
# Excel keeps 15 digits: beyond, a number is not the one that was typed
_LARGEST_EXACT = 1e15
_MERGED = "the row is part of merged cells; unmerge them and fill in each row"
_ERROR_CELLS = "cells with an Excel error such as #N/A were read as blank"
_UNNAMED = "cells beyond the last named column were ignored"


def open_workbook(file: NamedFile, *, scratch: Path, header_names: Collection[str], sha256: str) -> list[OpenedSheet]:
    """Open a workbook's sheets for its feed, in the order of their lists. Raises `RefusedFile`."""
    check = check_workbook(file.path)
    notices = (_ERROR_CELLS,) if check.has_error_cells else ()
    scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
    copies = Path(tempfile.mkdtemp(dir=scratch))
    with ExitStack() as undo, _damage_as_refusal(file.path):
        undo.callback(shutil.rmtree, copies)
        workbook = undo.enter_context(CalamineWorkbook.from_path(file.path))
        sheets = [
            _opened(file, name, workbook.get_sheet_by_name(found), copies, header_names, sha256, notices)
            for name, found in _chosen(file, workbook)
        ]
        workbook.close()
        undo.pop_all()
    return sheets


@contextmanager
def _damage_as_refusal(path: Path) -> Iterator[None]:
    try:
        yield
    except PasswordError:
        raise refused(path, "encrypted", "the workbook has a password; save it without one") from None
    except (CalamineError, ValueError, OverflowError, KeyError):
        raise _damaged(path) from None
    except BaseException as error:
        # a panic of the reader derives from BaseException and has no importable name
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(path) from None


def cell_text(value: Any) -> str:
    """A cell as the text an exported file would hold. Moments are rounded to seconds, as Excel keeps fractions."""
    return _TEXTS[type(value)](value)


def _number(value: float) -> str:
    if abs(value) >= _LARGEST_EXACT:
        return f"{value:.5E}"
    return str(int(value)) if value == int(value) else repr(value)


def _moment(value: datetime) -> str:
    return (value + timedelta(microseconds=500_000)).replace(microsecond=0).isoformat(" ")


_TEXTS: dict[type, Callable[[Any], str]] = {
    str: lambda value: value.replace("\0", ""),
    float: _number,
    int: _number,
    bool: lambda value: "Yes" if value else "No",
    datetime: _moment,
    date: date.isoformat,
    time: lambda value: value.isoformat("seconds"),
    timedelta: str,
}


def _damaged(path: Path) -> RefusedFile:
    return refused(path, "damaged", "the workbook cannot be read; open it in Excel and save it again")


def _chosen(file: NamedFile, workbook: CalamineWorkbook) -> list[tuple[str, str]]:
    """(normalised name, name found) of each sheet to read."""
    names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]
    if file.feed == "annex_a":
        return _lists(file, workbook, names)
    found = [name for name in names if plain(name) == plain(file.feed)] or (names if len(names) == 1 else [])
    if len(found) != 1:
        raise refused(file.path, "no_sheet", f"no sheet is named {file.feed}; give one that name")
    # a lone sheet may be called anything, after a person too: it goes by the feed's name
    return [(file.feed, found[0])]


def _lists(file: NamedFile, workbook: CalamineWorkbook, names: list[str]) -> list[tuple[str, str]]:
    found = [(f"list_{match[1]}", name) for name in names if (match := _LIST.fullmatch(plain(name)))]
    if len({normal for normal, _ in found}) < len(found):
        raise refused(file.path, "twin_sheets", "two sheets are the same list; remove one")
    filled = [pair for pair in sorted(found) if workbook.get_sheet_by_name(pair[1]).end]
    if not filled:
        raise refused(file.path, "no_sheet", "no sheet is named List_1 to List_5; name the lists so")
    return filled


def _opened(
    file: NamedFile,
    name: str,
    sheet: CalamineSheet,
    scratch: Path,
    header_names: Collection[str],
    sha256: str,
    notices: tuple[str, ...],
) -> OpenedSheet:
    rows = ([cell_text(value) for value in row] for row in sheet.iter_rows())
    head = list(islice(rows, SEARCHED_RECORDS + 1))
    header = _trimmed(find_header(head, header_names, file.path, name))
    merged = _merged_rows(sheet, header)
    with CleanCopy(scratch, header) as copy:
        has_unnamed = _copy(chain(head, rows), header, merged, copy)
        notices += (_UNNAMED,) if has_unnamed else ()
        return copy.opened(file, sheet=name, sha256=sha256, notices=notices)


def _copy(rows: Iterator[list[str]], header: Header, merged: set[int], copy: CleanCopy) -> bool:
    """Copy the rows after the header; True when cells beyond the last named column hold something."""
    width = len(header.names)
    has_unnamed = False
    for number, row in enumerate(islice(rows, header.last_record, None), start=header.last_record + 1):
        if number in merged:
            copy.reject("merged", _MERGED)
        elif is_blank(row):
            copy.blank()
        else:
            copy.row(row)
            has_unnamed = has_unnamed or not is_blank(row[width:])
    return has_unnamed


def _trimmed(header: Header) -> Header:
    last = max((index for index, name in enumerate(header.names, start=1) if name), default=1)
    return Header(header.names[:last], header.last_record)


def _merged_rows(sheet: CalamineSheet, header: Header) -> set[int]:
    """Numbers of the rows that merged cells cover under the header's columns."""
    left = (sheet.start or (0, 0))[1]
    right = left + len(header.names) - 1
    last_row = (sheet.end or (0, 0))[0]
    return {
        row + 1
        for (top, first), (bottom, last) in sheet.merged_cell_ranges or ()
        if first <= right and last >= left
        for row in range(max(top, header.last_record), min(bottom, last_row) + 1)
    }
