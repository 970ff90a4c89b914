"""Physical records of a CSV file read one by one, with recovery after broken quotes."""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TextIO

from etl.intake.header import SEARCHED_RECORDS
from etl.intake.scan import LONGEST_RECORD

HEAD_CHARACTERS = 1 << 20
RECOVERY_CHARACTERS = 256 << 20
_FIELD = r'(?>"(?:[^"]++|"")*+"|[^",\r\n]*+)'
_RFC_RECORD = re.compile(rf"{_FIELD}(?:,{_FIELD})*+(?:\r\n|\n|\r|\Z)")


class TooMuchBroken(Exception):
    """Quotes are broken in so many records that recovering would take too long."""


class _TooLong(Exception):
    pass


@dataclass(frozen=True)
class Record:
    """One record: its cells as a forgiving reader sees them, and why they cannot be trusted, if so.

    `fault`: None, `broken_quotes`, `null_character`, `too_long` or `cut_off`. `is_ended`: by a line end.
    """

    cells: list[str]
    fault: str | None = None
    is_ended: bool = True
    is_empty: bool = False


def open_text(path: Path, encoding: str, errors: str = "strict") -> TextIO:
    """The file as text with its line ends untouched and without a byte order mark."""
    return path.open("r", encoding=encoding, errors=errors, newline="")


def first_records(path: Path, encoding: str) -> list[list[str]]:
    """The records in which a header is looked for, and the one after; characters of other encodings replaced."""
    with open_text(path, encoding, "replace") as text:
        csv.field_size_limit(LONGEST_RECORD)
        rows: list[list[str]] = []
        with suppress(csv.Error):
            rows.extend(islice(csv.reader(_head_lines(text)), SEARCHED_RECORDS + 1))
        return rows


def read_records(text: TextIO, width: int, unrecovered: int) -> Iterator[Record]:
    """Every record of `text`. A quote that swallows good records of `width` fields costs only its own record.

    The first `unrecovered` records (titles, header) are taken as they come. Raises `TooMuchBroken`.
    """
    return _Reader(text, width, unrecovered).records()


def _head_lines(text: TextIO) -> Iterator[str]:
    left = HEAD_CHARACTERS
    while left > 0 and (line := text.readline(left)):
        left -= len(line)
        yield line


class _Lines:
    """Lines of a file with a memory of those taken since `start` and a way to put them back."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._back: deque[str] = deque()
        self.taken: list[str] = []
        self.has_null = False
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.popleft() if self._back else self._text.readline(LONGEST_RECORD + 1)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._size += len(line)
        self.has_null = self.has_null or "\0" in line
        if self._size > LONGEST_RECORD:
            raise _TooLong
        return line

    def start(self) -> None:
        self.taken = []
        self.has_null = False
        self._size = 0

    def put_back(self, lines: Sequence[str]) -> None:
        self._back.extendleft(reversed(lines))

    def skip_line(self) -> None:
        while (line := self._text.readline(LONGEST_RECORD)) and not line.endswith(("\n", "\r")):
            pass

    def is_at_end(self) -> bool:
        if not self._back and (line := self._text.readline(LONGEST_RECORD + 1)):
            self._back.append(line)
        return not self._back


class _Reader:
    def __init__(self, text: TextIO, width: int, unrecovered: int) -> None:
        csv.field_size_limit(2 * LONGEST_RECORD)
        self._lines = _Lines(text)
        self._strict = csv.reader(self._lines, strict=True)
        self._forgiving = csv.reader(self._lines)
        self._width = width
        self._unrecovered = unrecovered
        self._spent = 0

    def records(self) -> Iterator[Record]:
        ordinal = 0
        while True:
            self._lines.start()
            try:
                cells, is_sound = self._next_cells()
            except StopIteration:
                return
            ordinal += 1
            yield self._judged(cells, is_sound, ordinal > self._unrecovered)

    def _next_cells(self) -> tuple[list[str], bool]:
        """The next record's cells and whether its quotes are sound; no cells when it is too long."""
        try:
            return next(self._strict), True
        except _TooLong:
            return [], False
        except csv.Error:
            self._lines.put_back(self._lines.taken)
            self._lines.start()
        try:
            return next(self._forgiving), False
        except (_TooLong, csv.Error):
            return [], False

    def _judged(self, cells: list[str], is_sound: bool, may_recover: bool) -> Record:
        taken = self._lines.taken
        is_ended = taken[-1].endswith(("\n", "\r"))
        if self._lines.has_null:
            return Record(cells, "null_character", is_ended)
        if is_sound:
            is_empty = len(cells) < 2 and len(taken) == 1 and not taken[0].strip(" \t\r\n\x1a")
            return Record(cells, None, is_ended, is_empty)
        if not cells:
            return self._too_long(may_recover)
        return self._recovered(cells, is_ended) if may_recover else Record(cells, None, is_ended)

    def _too_long(self, may_recover: bool) -> Record:
        if len(self._lines.taken) == 1:
            self._lines.skip_line()
            return Record([], "too_long")
        return self._recovered([], True) if may_recover else Record([], "too_long")

    def _recovered(self, cells: list[str], is_ended: bool) -> Record:
        """Keep the broken start of what was taken as one record and put the good records in it back."""
        taken = self._lines.taken
        resume = self._next_good(taken)
        if resume is not None:
            self._lines.put_back(taken[resume:])
            return Record([], "broken_quotes")
        is_open = self._lines.is_at_end() and len(list(csv.reader([*taken, "x\n"]))) == 1
        return Record(cells, "cut_off" if is_open else "broken_quotes", is_ended)

    def _next_good(self, taken: list[str]) -> int | None:
        text = "".join(taken)
        at = 0
        for index, line in enumerate(taken):
            match = _RFC_RECORD.match(text, at) if index else None
            self._spend(match.end() - at if match else len(text) - at)
            if match and self._has_width(match[0]):
                return index
            at += len(line)
        return None

    def _has_width(self, raw: str) -> bool:
        cells = next(csv.reader([raw]), [])
        return len(cells) >= max(self._width, 2) and not any(cells[self._width :])

    def _spend(self, characters: int) -> None:
        self._spent += characters
        if self._spent > RECOVERY_CHARACTERS:
            raise TooMuchBroken
