"""Which physical record a row came from, kept as the gaps between rows and not as a number per row."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Ordinals = NDArray[np.int64]


def no_gaps() -> Ordinals:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class RecordOrdinals:
    """Rows are the records from `first` on, less `gaps` (ordinals of records that are no rows, ascending)."""

    first: int
    gaps: Ordinals = field(default_factory=no_gaps)

    def record_of(self, k: int) -> int:
        """The ordinal (first record of the file = 1) of the k-th row, counted from 0."""
        return self.first + k + int(np.searchsorted(self._rows_before_gaps(), k, side="right"))

    def runs(self) -> list[tuple[int, int]]:
        """(row, shift) pairs: from that row on, record = row + shift, until the next pair's row.

        For a join with many rows at once: `record = k + shift` of the last pair whose row is <= k.
        """
        before = self._rows_before_gaps()
        rows, last = np.unique(before[::-1], return_index=True)
        shifts = self.first + len(before) - last
        found = [(int(row), int(shift)) for row, shift in zip(rows, shifts, strict=True)]
        return found if found and found[0][0] == 0 else [(0, self.first), *found]

    def _rows_before_gaps(self) -> Ordinals:
        return self.gaps - self.first - np.arange(len(self.gaps), dtype=np.int64)
