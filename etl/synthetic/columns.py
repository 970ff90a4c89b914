"""Columns in memory: plain arrays, and coded ones whose labels are written only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
NEVER = np.datetime64("NaT", "m")


@dataclass(frozen=True)
class Coded:
    """Positions (n,) in `labels`; -1 is blank."""

    codes: Array
    labels: tuple[str, ...]

    def __getitem__(self, rows: Array) -> Coded:
        return Coded(self.codes[rows], self.labels)

    def __len__(self) -> int:
        return len(self.codes)

    def where(self, keep: Array) -> Coded:
        """The same column, blank where `keep` (n,) is false."""
        return Coded(np.where(keep, self.codes, -1).astype(self.codes.dtype), self.labels)

    def has(self, label: str) -> Array:
        """True (n,) where the column holds that label; nowhere when it is not one of the labels."""
        return self.codes == self.labels.index(label) if label in self.labels else np.zeros(len(self), bool)


Columns = dict[str, Array | Coded]


def coded(codes: Array, labels: Sequence[str]) -> Coded:
    """A coded column; the codes are narrowed to the smallest type that holds them."""
    return Coded(codes.astype(np.int16 if len(labels) < 2**15 else np.int32), tuple(labels))


def pick(rng: np.random.Generator, size: int, weights: Sequence[float]) -> Array:
    """Positions (size,) drawn with the given weights."""
    bounds = np.cumsum(np.asarray(weights, float))
    found: Array = np.searchsorted(bounds, rng.random(size) * bounds[-1], side="right").clip(max=len(bounds) - 1)
    return found


def pick_each(rng: np.random.Generator, kinds: Array, weights: Sequence[Sequence[float]]) -> Array:
    """Positions (n,), each drawn with the weights of its kind (n,)."""
    drawn = np.zeros(len(kinds), np.int64)
    for kind, row in enumerate(weights):
        rows = np.flatnonzero(kinds == kind)
        drawn[rows] = pick(rng, len(rows), row)
    return drawn


def chance(rng: np.random.Generator, shares: Array) -> Array:
    """True (n,) with the probability given for each row."""
    return rng.random(len(shares)) < shares


def answers(yes: Array, filled: Array) -> Coded:
    """Yes or No (n,), blank where not filled."""
    return Coded(np.where(filled, np.where(yes, 0, 1), -1).astype(np.int16), ("Yes", "No"))


def take(columns: Columns, rows: Array) -> Columns:
    """The given rows of every column."""
    return {name: column[rows] for name, column in columns.items()}


def minutes(values: Array) -> Array:
    """Whole minutes (n,) as a span of time."""
    return values.astype(np.int64).astype("timedelta64[m]")


def plain(columns: Columns, name: str) -> Array:
    """A column that is a plain array."""
    column = columns[name]
    assert not isinstance(column, Coded)
    return column


def words(columns: Columns, name: str) -> Coded:
    """A column that is coded."""
    column = columns[name]
    assert isinstance(column, Coded)
    return column


def flags(columns: Columns, name: str) -> Array:
    """A plain column as true and false."""
    return plain(columns, name).astype(bool)


def joined(first: Array | Coded, second: Array | Coded) -> Array | Coded:
    """One column after the other; coded ones share their labels."""
    if isinstance(first, Coded) and isinstance(second, Coded):
        return Coded(np.concatenate([first.codes, second.codes]), first.labels)
    assert not isinstance(first, Coded) and not isinstance(second, Coded)
    return np.concatenate([first, second])
