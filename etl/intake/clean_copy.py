"""A clean CSV copy of rows that DuckDB cannot read from the original, with the account of its records."""

from __future__ import annotations

import csv
import os
import tempfile
from array import array
from pathlib import Path
from types import TracebackType

import numpy as np

from etl.intake.header import Header
from etl.intake.names import NamedFile
from etl.intake.ordinals import RecordOrdinals
from etl.intake.relations import csv_relation
from etl.intake.sheets import OpenedSheet, Rejected


class CleanCopy:
    """Writes good rows to a file in `scratch` (mode 0600), removed again when an error leaves the block.

    Records are announced in order: `row`, `blank` or `reject`, the header's own records aside.
    """

    def __init__(self, scratch: Path, header: Header) -> None:
        scratch.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(suffix=".csv", dir=scratch)
        self._path = Path(name)
        self._out = os.fdopen(handle, "w", encoding="utf-8", newline="")
        # every field quoted: a lone blank field would else be an empty line, which DuckDB passes over
        self._writer = csv.writer(self._out, quoting=csv.QUOTE_ALL, lineterminator="\n")
        self._header = header
        self._width = len(header.names)
        self._gaps = array("q")
        self._rejected: list[Rejected] = []
        self._rows = 0
        self._longest = 0

    def __enter__(self) -> CleanCopy:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._out.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)

    @property
    def records(self) -> int:
        """Records announced so far, the header's included."""
        return self._header.last_record + self._rows + len(self._gaps)

    def row(self, cells: list[str]) -> None:
        """Write a row; longer than the header: cut, shorter: filled with blanks."""
        missing = self._width - len(cells)
        if missing:
            cells = (cells + [""] * missing)[: self._width]
        written = self._writer.writerow(cells)
        # a character takes up to four bytes
        self._longest = max(self._longest, 4 * written)
        self._rows += 1

    def blank(self) -> None:
        """Count an empty record."""
        self._gaps.append(self.records + 1)

    def reject(self, code: str, message: str) -> None:
        """Count a record that is no row."""
        self._rejected.append(Rejected(self.records + 1, code, message))
        self.blank()

    def opened(self, file: NamedFile, *, sheet: str | None, sha256: str, notices: tuple[str, ...] = ()) -> OpenedSheet:
        """Close the copy and describe it."""
        self._out.close()
        gaps = np.array(self._gaps, dtype=np.int64)
        return OpenedSheet(
            file=file,
            sheet=sheet,
            header=self._header.names,
            relation=csv_relation(self._path, len(self._header.names), longest=self._longest),
            rows=self._rows,
            skipped=RecordOrdinals(self._header.last_record + 1, gaps),
            records=self.records,
            header_and_blank=self.records - self._rows - len(self._rejected),
            rejected=tuple(self._rejected),
            notices=notices,
            sha256=sha256,
            is_normalised=True,
        )
