"""The description of an opened file or sheet."""

from __future__ import annotations

from dataclasses import dataclass

from etl.intake.names import NamedFile
from etl.intake.ordinals import RecordOrdinals


@dataclass(frozen=True)
class Rejected:
    """A physical record that could not be read as a row; never holds its text."""

    record: int
    code: str
    message: str


@dataclass(frozen=True)
class OpenedSheet:
    """A file, or a sheet of one, that DuckDB can read: `SELECT * FROM {relation}`.

    `relation` yields VARCHAR columns c0…cN-1, one per name in `header`, and `rows` rows in record order.
    records == header_and_blank + len(rejected) + rows. `sha256` is the digest of the whole file and `stamp`
    its (size, modification time, inode) when it was opened: see `opened.is_unchanged`.
    """

    file: NamedFile
    sheet: str | None
    header: tuple[str, ...]
    relation: str
    rows: int
    skipped: RecordOrdinals
    records: int
    header_and_blank: int
    rejected: tuple[Rejected, ...] = ()
    notices: tuple[str, ...] = ()
    sha256: str = ""
    is_normalised: bool = False
    stamp: tuple[int, int, int] = (0, 0, 0)

    def record_of(self, k: int) -> int:
        """The ordinal of the k-th row (from 0) of `relation` in the file."""
        return self.skipped.record_of(k)
