"""One pass over a CSV file at the speed of the disk: how many records, which are empty, is it clean."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from etl.intake.ordinals import Ordinals, no_gaps

CHUNK = 8 << 20
LONGEST_LINE = 64 << 20
LONGEST_RECORD = 16 << 20
BOM = b"\xef\xbb\xbf"
_NEWLINE, _RETURN, _QUOTE, _COMMA = 10, 13, 34, 44

Bytes = NDArray[np.uint8]
Positions = NDArray[np.int64]


def _table(*values: int) -> NDArray[np.bool_]:
    allowed = np.zeros(256, dtype=np.bool_)
    allowed[list(values)] = True
    return allowed


_BEFORE_OPENING = _table(_COMMA, _NEWLINE, _QUOTE)
_AFTER_CLOSING = _table(_COMMA, _NEWLINE, _RETURN, _QUOTE)


@dataclass
class Scan:
    """What the pass found. When `is_clean`, any reader of RFC 4180 finds the same `records`.

    `empty`: ordinals (from 1) of records of no length. `tail_at`: offset of a last record without line end.
    """

    records: int = 0
    empty: Ordinals = field(default_factory=no_gaps)
    longest: int = 0
    tail_at: int | None = None
    is_ascii: bool = True
    is_utf8: bool = True
    has_nul: bool = False
    has_stray_quotes: bool = False
    has_stray_returns: bool = False
    ends_in_quotes: bool = False
    is_too_long: bool = False
    line_ends: int = 0
    returns: int = 0
    sha256: str = ""

    @property
    def is_clean(self) -> bool:
        """True when DuckDB may read the file as it is."""
        is_mixed = 0 < self.returns < self.line_ends
        return not (
            is_mixed
            or self.has_nul
            or self.has_stray_quotes
            or self.has_stray_returns
            or self.ends_in_quotes
            or self.is_too_long
            or self.longest > LONGEST_RECORD
            or not self.is_utf8
        )


def scan(path: Path, chunk: int = CHUNK) -> Scan:
    """Read `path` once in blocks of `chunk` bytes. Raises OSError. Memory: a few chunks, or one long line."""
    scanner = _Scanner()
    digest = hashlib.sha256()
    with ThreadPoolExecutor(1) as pool:
        for piece in _pieces(path, chunk, digest, pool):
            scanner.take(piece)
    scanner.finish()
    scanner.found.sha256 = digest.hexdigest()
    return scanner.found


def _pieces(path: Path, chunk: int, digest: Any, pool: ThreadPoolExecutor) -> Iterator[bytes]:
    """Pieces that end with a line, the last aside; the digest is computed beside the caller's work."""
    kept = b""
    pending: Future[None] | None = None
    with path.open("rb", buffering=0) as file:
        while block := file.read(chunk):
            if pending:
                pending.result()
            pending = pool.submit(digest.update, block)
            cut = block.rfind(b"\n") + 1
            if cut:
                yield kept + block[:cut]
                kept = block[cut:]
            else:
                kept += block
                if len(kept) > LONGEST_LINE:
                    yield kept
                    kept = b""
    if kept:
        yield kept
    if pending:
        pending.result()


class _Scanner:
    def __init__(self) -> None:
        self.found = Scan()
        self._at = 0
        self._record_at = 0
        self._inside = 0
        self._empty: list[Ordinals] = []

    def take(self, piece: bytes) -> None:
        found = self.found
        if self._at == 0 and piece.startswith(BOM):
            self._at = self._record_at = len(BOM)
            piece = piece[len(BOM) :]
        found.is_too_long |= len(piece) > LONGEST_LINE
        found.has_nul |= b"\0" in piece
        self._check_text(piece)
        if not found.has_nul:
            self._structure(piece)
        self._at += len(piece)

    def finish(self) -> None:
        found = self.found
        found.ends_in_quotes = bool(self._inside)
        if self._at > self._record_at:
            found.records += 1
            found.tail_at = self._record_at
            found.longest = max(found.longest, self._at - self._record_at)
        found.empty = np.concatenate(self._empty) if self._empty else no_gaps()

    def _check_text(self, piece: bytes) -> None:
        if piece.isascii():
            return
        self.found.is_ascii = False
        try:
            piece.decode("utf-8")
        except UnicodeDecodeError:
            self.found.is_utf8 = False

    def _structure(self, piece: bytes) -> None:
        data = np.frombuffer(piece, dtype=np.uint8)
        quotes = np.flatnonzero(data == _QUOTE)
        newlines = np.flatnonzero(data == _NEWLINE)
        ends = self._outside(newlines, quotes)
        after_return = int(np.count_nonzero(data[ends[ends > 0] - 1] == _RETURN)) if b"\r" in piece else 0
        if b"\r" in piece:
            returns = self._outside(np.flatnonzero(data == _RETURN), quotes)
            self.found.has_stray_returns |= len(returns) != after_return
        self._check_quotes(data, quotes)
        self._inside = (self._inside + len(quotes)) & 1
        self.found.line_ends += len(ends)
        self.found.returns += after_return
        self._count(data, ends)

    def _outside(self, positions: Positions, quotes: Positions) -> Positions:
        if not len(quotes):
            return positions[:0] if self._inside else positions
        is_outside: NDArray[np.bool_] = (np.searchsorted(quotes, positions) + self._inside) & 1 == 0
        return np.compress(is_outside, positions)

    def _check_quotes(self, data: Bytes, quotes: Positions) -> None:
        opening, closing = quotes[self._inside :: 2], quotes[1 - self._inside :: 2]
        # a piece begins after a line's end, and so may a quote at its very start
        opening = opening[1:] if len(opening) and opening[0] == 0 else opening
        closing = closing[:-1] if len(closing) and closing[-1] == len(data) - 1 else closing
        is_fine = _BEFORE_OPENING[data[opening - 1]].all() and _AFTER_CLOSING[data[closing + 1]].all()
        self.found.has_stray_quotes |= not is_fine

    def _count(self, data: Bytes, ends: Positions) -> None:
        if not len(ends):
            return
        lengths = np.diff(ends, prepend=self._record_at - self._at - 1)
        is_empty = (lengths == 1) | ((lengths == 2) & (data[ends - 1] == _RETURN))
        if is_empty.any():
            self._empty.append(np.flatnonzero(is_empty) + self.found.records + 1)
        self.found.records += len(ends)
        self.found.longest = max(self.found.longest, int(lengths.max()))
        self._record_at = self._at + int(ends[-1]) + 1
