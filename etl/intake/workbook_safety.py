"""What is looked at in a workbook's parts before a reader is let near it."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from etl.intake.refusals import RefusedFile, refused

LARGEST_CONTENT = 2 << 30
LARGEST_RATIO = 200
LARGEST_AREA = 80_000_000
_SMALL = 1 << 20
_BLOCK = 1 << 20
_OVERLAP = 256
_MOST_PARTS = 5_000
_DECLARATION = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_ROW = re.compile(rb'<row\b[^>]*? r="(\d{1,9})"')
_FAR_CELL = re.compile(rb' r="[A-Z]{1,3}\d{6}')
# the widest a sheet can be when no cell lies beyond: (columns, a cell beyond them)
_WIDTHS = (
    (16_384, re.compile(rb' r="(?:[A-Z]{3}|[J-Z][A-Z]|I[W-Z])\d')),
    (256, re.compile(rb' r="(?:[C-I][A-Z]|B[M-Z])\d')),
)
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, struct.error)


@dataclass
class WorkbookCheck:
    """What the check noticed: whether any cell holds an Excel error such as #N/A."""

    has_error_cells: bool = False


def check_workbook(path: Path) -> WorkbookCheck:
    """Refuse zip bombs, document type declarations, sheets out of all proportion and damaged archives.

    Reads every part once, in blocks. Raises `RefusedFile`.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            _refuse_bomb(path, archive)
            return _check_parts(path, archive)
    except _BROKEN:
        message = "the workbook is damaged or cut off; open it in Excel, save it again, or export it again"
        raise refused(path, "damaged", message) from None


def _refuse_bomb(path: Path, archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    size = sum(part.file_size for part in parts)
    is_dense = size > _SMALL and size > LARGEST_RATIO * path.stat().st_size
    if size > LARGEST_CONTENT or is_dense or len(parts) > _MOST_PARTS:
        raise refused(path, "zip_bomb", "the workbook unpacks to far more than is reasonable; export it as .csv")
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise refused(path, "other_kind", "named .xlsx but it is no workbook; save it again as .xlsx")


def _check_parts(path: Path, archive: zipfile.ZipFile) -> WorkbookCheck:
    check = WorkbookCheck()
    for part in archive.infolist():
        is_sheet = part.filename.startswith("xl/worksheets/") and part.filename.endswith(".xml")
        shape = _Shape()
        for block in _blocks(archive, part):
            if part.filename.endswith((".xml", ".rels", ".vml")):
                _refuse_declarations(path, block)
            if is_sheet:
                shape.take(block)
                check.has_error_cells |= b't="e"' in block
        if shape.is_out_of_proportion():
            raise _out_of_proportion(path)
    return check


def _blocks(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    kept = b""
    with archive.open(part) as file:
        while block := file.read(_BLOCK):
            yield kept + block
            kept = block[-_OVERLAP:]


def _refuse_declarations(path: Path, block: bytes) -> None:
    # a part in UTF-16 would hide a declaration; Excel writes none
    if _DECLARATION.search(block) or block.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "the workbook holds document type declarations, which are not safe to read; save it again in Excel"
        raise refused(path, "unsafe_workbook", message)


class _Shape:
    """How far a sheet's cells reach: readers allot room for the whole rectangle."""

    def __init__(self) -> None:
        self._rows = 0
        self._columns = 64
        self._has_far_cell = False

    def take(self, block: bytes) -> None:
        self._rows = max(self._rows, max(map(int, _ROW.findall(block)), default=0))
        for columns, beyond in _WIDTHS:
            if self._columns < columns and beyond.search(block):
                self._columns = columns
                break
        self._has_far_cell = self._has_far_cell or bool(_FAR_CELL.search(block))

    def is_out_of_proportion(self) -> bool:
        is_odd = self._has_far_cell and self._rows < 100_000
        return is_odd or self._rows * self._columns > LARGEST_AREA


def _out_of_proportion(path: Path) -> RefusedFile:
    message = "a sheet reaches far beyond its data; delete the unused rows and columns, or export it as .csv"
    return refused(path, "sheet_too_large", message)
