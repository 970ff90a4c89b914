"""A CSV file: read by DuckDB as it is when it is clean, else record by record into a clean copy."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Collection
from pathlib import Path

from etl.intake.clean_copy import CleanCopy
from etl.intake.header import Header, find_header, is_blank
from etl.intake.names import NamedFile
from etl.intake.ordinals import RecordOrdinals
from etl.intake.records import Record, TooMuchBroken, first_records, open_text, read_records
from etl.intake.refusals import RefusedFile, refused
from etl.intake.relations import csv_relation
from etl.intake.scan import Scan, scan
from etl.intake.sheets import OpenedSheet

_UTF8 = "utf-8-sig"
_EVERY = 1 << 62
_UNDECODED = re.compile("[\udc80-\udcff]")
_MARKS = ((codecs.BOM_UTF8, _UTF8), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_CUT_OFF = "the file ends in the middle of a record, so a part is missing; export it again"
_FAULTS = {
    "broken_quotes": "the quotation marks do not match; double every quotation mark inside a text",
    "null_character": "the record holds null characters, so it is damaged; export the file again",
    "too_long": "the record is longer than 16 million characters; look for a missing quotation mark",
}


def open_csv(
    file: NamedFile,
    *,
    scratch: Path,
    encoding: str,
    header_names: Collection[str],
    is_slow: bool = False,
) -> OpenedSheet:
    """Open a CSV file, without a copy where that is possible and not `is_slow`. Raises `RefusedFile`."""
    encoding = _checked_encoding(file.path, encoding)
    found = scan(file.path)
    if encoding == _UTF8 and not found.is_utf8:
        raise _not_text(file.path, encoding)
    header = find_header(first_records(file.path, encoding), header_names, file.path)
    is_readable = found.is_clean and (found.is_ascii or encoding == _UTF8)
    # DuckDB yields empty lines of a file with one column as rows
    if is_slow or not is_readable or len(header.names) == 1:
        return _copied(file, header, encoding, found.sha256, scratch)
    _refuse_half(file.path, header, found)
    return _in_place(file, header, found)


def _checked_encoding(path: Path, declared: str) -> str:
    """The encoding to read with: a byte order mark is surer than what was declared."""
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        raise refused(path, "bad_encoding", "the profile declares an encoding that does not exist") from None
    with path.open("rb") as file:
        head = file.read(4)
    marked = next((encoding for mark, encoding in _MARKS if head.startswith(mark)), None)
    if marked == "utf-16" and not name.startswith("utf-16"):
        message = "the text is UTF-16, which the profile does not declare; export as UTF-8, or declare it"
        raise refused(path, "bad_encoding", message)
    return marked or (_UTF8 if name == "utf-8" else name)


def _not_text(path: Path, encoding: str) -> RefusedFile:
    name = "UTF-8" if encoding == _UTF8 else encoding
    number = None if encoding.startswith("utf-16") else _first_undecoded(path, encoding)
    where = f"record {number} is" if number else "the text is"
    message = f"{where} not valid {name}; export as UTF-8, or declare the file's encoding in the profile"
    return refused(path, "bad_encoding", message)


def _first_undecoded(path: Path, encoding: str) -> int | None:
    with open_text(path, encoding, "surrogateescape") as text:
        for number, record in enumerate(read_records(text, 0, _EVERY), start=1):
            if any(_UNDECODED.search(cell) for cell in record.cells):
                return number
    return None


def _in_place(file: NamedFile, header: Header, found: Scan) -> OpenedSheet:
    first, width = header.last_record + 1, len(header.names)
    gaps = found.empty[found.empty >= first]
    rows = found.records - header.last_record - len(gaps)
    return OpenedSheet(
        file=file,
        sheet=None,
        header=header.names,
        relation=csv_relation(
            file.path, width, skip=header.last_record, longest=found.longest, has_returns=found.returns > 0
        ),
        rows=rows,
        skipped=RecordOrdinals(first, gaps),
        records=found.records,
        header_and_blank=found.records - rows,
        sha256=found.sha256,
    )


def _refuse_half(path: Path, header: Header, found: Scan) -> None:
    if found.tail_at is None or found.records <= header.last_record:
        return
    with path.open("rb") as file:
        file.seek(found.tail_at)
        tail = io.StringIO(file.read().decode("utf-8"), newline="")
    cells = next(csv.reader(tail), [])
    if not is_blank(cells) and len(cells) < _needed(header):
        raise refused(path, "cut_off", _CUT_OFF)


def _needed(header: Header) -> int:
    """How many fields a record must have: columns without a name at the end may be missing."""
    named = [index for index, name in enumerate(header.names, start=1) if name]
    return max(named, default=1)


def _copied(file: NamedFile, header: Header, encoding: str, sha256: str, scratch: Path) -> OpenedSheet:
    path, needed = file.path, _needed(header)
    try:
        with CleanCopy(scratch, header) as copy, open_text(path, encoding) as text:
            records = read_records(text, len(header.names), header.last_record)
            for ordinal, record in enumerate(records, start=1):
                if ordinal > header.last_record:
                    _take(copy, record, len(header.names), needed, path)
            return copy.opened(file, sheet=None, sha256=sha256)
    except UnicodeDecodeError:
        raise _not_text(path, encoding) from None
    except TooMuchBroken:
        message = "the quotation marks are broken in very many records; export it again with RFC 4180 quoting"
        raise refused(path, "broken_quotes", message) from None


def _take(copy: CleanCopy, record: Record, width: int, needed: int, path: Path) -> None:
    count = len(record.cells)
    if _is_cut_off(record, needed):
        raise refused(path, "cut_off", _CUT_OFF)
    if record.is_empty:
        copy.blank()
    elif record.fault:
        copy.reject(record.fault, _FAULTS[record.fault])
    elif count < needed or not is_blank(record.cells[width:]):
        message = f"the record has {count} fields where the header has {width}; quote texts that hold commas"
        copy.reject("ragged", message)
    else:
        copy.row(record.cells)


def _is_cut_off(record: Record, needed: int) -> bool:
    if record.fault == "cut_off":
        return True
    if record.is_ended or record.is_empty:
        return False
    is_zeros = record.fault == "null_character" and not "".join(record.cells).strip("\0")
    return is_zeros or (record.fault is None and len(record.cells) < needed)
