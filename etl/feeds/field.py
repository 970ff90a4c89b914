"""What a column of an input file is, and what a feed is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["reference", "moment", "day", "coded", "filled", "person", "number"]


@dataclass(frozen=True)
class Field:
    """A column of an input file.

    reference: an identifier, read in canonical form · moment: date with or without time · day: a date ·
    coded: a value of `vocabulary` · filled: only whether it is filled is used · person: a name, an email or a
    postcode, used to derive a pseudonym or a district · number: a whole number.
    One that is not `is_kept` only tells a blank row from one that is not. A day that `is_birth` may lie before 1990,
    one that `may_be_future` after the extract.
    """

    name: str
    kind: Kind
    vocabulary: str = ""
    is_required: bool = False
    may_be_future: bool = False
    is_birth: bool = False
    is_kept: bool = True

    @property
    def is_key(self) -> bool:
        """Whether a reference makes the record's own key: without it there is no record."""
        return self.is_required or self.name == "child_ref"


@dataclass(frozen=True)
class Feed:
    """A feed: its fields, its case table, and the pairs of moments (earlier, later) that must stand in that order."""

    name: str
    table: str
    fields: tuple[Field, ...]
    orders: tuple[tuple[str, str], ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The column names of the published input format."""
        return tuple(field.name for field in self.fields)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns without which a file of this feed cannot be read."""
        return tuple(field.name for field in self.fields if field.is_required)


def reference(name: str, *, is_required: bool = False) -> Field:
    """An identifier."""
    return Field(name, "reference", is_required=is_required)


def moment(name: str, *, is_required: bool = False) -> Field:
    """A date with or without a time."""
    return Field(name, "moment", is_required=is_required)


def coded(name: str, vocabulary: str = "") -> Field:
    """A value of a vocabulary (of the same name when not given)."""
    return Field(name, "coded", vocabulary or name)


def answers(*names: str) -> tuple[Field, ...]:
    """Yes/No fields."""
    return tuple(Field(name, "coded", "answer") for name in names)


def moments(*names: str) -> tuple[Field, ...]:
    """Optional moments."""
    return tuple(moment(name) for name in names)


def filled(*names: str) -> tuple[Field, ...]:
    """Fields of which only whether they are filled is used."""
    return tuple(Field(name, "filled") for name in names)


def persons(*names: str) -> tuple[Field, ...]:
    """Names, emails, postcodes: used to derive, never stored."""
    return tuple(Field(name, "person") for name in names)
