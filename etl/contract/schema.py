"""The contract as DuckDB statements: ENUM types, tables, comments, views."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from etl.contract import tables, views, vocabularies
from etl.contract.column import Column, Table


def quoted(text: str) -> str:
    """`text` as an SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


def quoted_name(name: str) -> str:
    """`name` as an SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def labels(vocabulary: str, added: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The labels of a vocabulary with those an authority adds, `Unmapped` and `Not recorded` last."""
    own = vocabularies.BY_NAME[vocabulary].labels if vocabulary in vocabularies.BY_NAME else ()
    last = (vocabularies.UNMAPPED, vocabularies.NOT_RECORDED)
    head = [label for label in own if label not in last]
    more = [label for label in added.get(vocabulary, ()) if label not in own]
    return tuple(dict.fromkeys([*head, *more, *(label for label in last if label in own)]))


def enum_statements(added: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """CREATE TYPE for each vocabulary; `added` has the values of authorities, agencies, districts, reasons, clocks."""
    for name in dict.fromkeys([*vocabularies.BY_NAME, *added]):
        values = ", ".join(quoted(label) for label in labels(name, added))
        yield f"CREATE TYPE {quoted_name(name)} AS ENUM ({values})"


def column_type(column: Column) -> str:
    """The DuckDB type of a column."""
    return quoted_name(column.vocabulary) if column.vocabulary else column.type


def table_statements(wanted: Iterable[Table] = tables.TABLES) -> Iterator[str]:
    """CREATE TABLE with COMMENTs for each table."""
    for table in wanted:
        columns = ", ".join(f'"{column.name}" {column_type(column)}' for column in table.columns)
        yield f"CREATE TABLE {table.name} ({columns})"
        yield f"COMMENT ON TABLE {table.name} IS {quoted(table.comment)}"
        for column in table.columns:
            yield f'COMMENT ON COLUMN {table.name}."{column.name}" IS {quoted(column.comment)}'


def view_statements() -> Iterator[str]:
    """CREATE VIEW with COMMENTs for each view."""
    for view in views.VIEWS:
        yield f"CREATE VIEW {view.name} AS {view.sql}"
        yield f"COMMENT ON VIEW {view.name} IS {quoted(view.comment)}"
        for name, comment in view.column_comments.items():
            yield f'COMMENT ON COLUMN {view.name}."{name}" IS {quoted(comment)}'


def create_statements(added: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Everything an empty snapshot is made of, in order."""
    yield from enum_statements(added)
    yield from table_statements()
    yield from view_statements()
