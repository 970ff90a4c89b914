"""What a column and a table of the contract are."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """A column: name, DuckDB type (or `enum:<vocabulary>`), and the comment an analyst reads."""

    name: str
    type: str
    comment: str

    @property
    def vocabulary(self) -> str | None:
        """The vocabulary of an ENUM column, or None."""
        return self.type.removeprefix("enum:") if self.type.startswith("enum:") else None


@dataclass(frozen=True)
class Table:
    """A table: its comment, its columns, the column that is its key, and the column its rows are sorted by."""

    name: str
    comment: str
    columns: tuple[Column, ...]
    key: str | None = None
    sorted_by: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The column names in order."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name; KeyError when there is none."""
        return {column.name: column for column in self.columns}[name]
