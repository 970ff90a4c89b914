"""A Parquet file: its columns as the text an exported CSV would hold."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import duckdb

from etl.intake.header import find_header
from etl.intake.names import NamedFile
from etl.intake.ordinals import RecordOrdinals
from etl.intake.refusals import refused
from etl.intake.relations import quoted
from etl.intake.sheets import OpenedSheet

_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
_FRACTIONAL = ("DOUBLE", "FLOAT", "DECIMAL")
_MOMENT = "'%Y-%m-%d %H:%M:%S'"


def open_parquet(file: NamedFile, *, header_names: Collection[str], sha256: str) -> OpenedSheet:
    """Describe a Parquet file; it has no header record. Raises `RefusedFile`."""
    source = f"read_parquet({quoted(file.path)}, binary_as_string=true, hive_partitioning=false)"
    columns, rows = _described(file.path, source)
    _refuse_nested(file.path, columns)
    header = find_header([_written(columns)], header_names, file.path)
    # A blank is null, as it is in the other formats.
    texts = ", ".join(f"nullif({_text(name, kind)}, '') AS c{index}" for index, (name, kind) in enumerate(columns))
    return OpenedSheet(
        file=file,
        sheet=None,
        header=header.names,
        relation=f"(SELECT {texts} FROM {source})",
        rows=rows,
        skipped=RecordOrdinals(1),
        records=rows,
        header_and_blank=0,
        sha256=sha256,
    )


def _described(path: Path, source: str) -> tuple[list[tuple[str, str]], int]:
    try:
        with duckdb.connect() as connection:
            described = connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
            counted = connection.execute(f"SELECT count(*) FROM {source}").fetchall()
    except duckdb.Error:
        message = "the Parquet file is damaged or cut off; export it again"
        raise refused(path, "damaged", message) from None
    return [(row[0], row[1]) for row in described], counted[0][0]


def _refuse_nested(path: Path, columns: list[tuple[str, str]]) -> None:
    for number, (_, kind) in enumerate(columns, start=1):
        if kind.startswith(_NESTED) or kind.endswith("]"):
            message = f"column {number} holds lists or records; export one plain value in each column"
            raise refused(path, "nested", message)


def _written(columns: list[tuple[str, str]]) -> list[str]:
    """The names as they were written: the reader numbers a repeated one (a, a_1)."""
    seen: set[str] = set()
    names = []
    for name, _ in columns:
        stem, _, number = name.rpartition("_")
        names.append(stem if number.isdecimal() and stem.casefold() in seen else name)
        seen.add(name.casefold())
    return names


def _text(name: str, kind: str) -> str:
    column = '"' + name.replace('"', '""') + '"'
    if kind == "BOOLEAN":
        return f"CASE WHEN {column} THEN 'Yes' WHEN NOT {column} THEN 'No' END"
    if kind == "TIMESTAMP WITH TIME ZONE":
        return f"strftime(timezone('Europe/London', {column}), {_MOMENT})"
    if kind.startswith("TIMESTAMP"):
        return f"strftime({column}, {_MOMENT})"
    if kind.startswith(_FRACTIONAL):
        return _number(column)
    return f"nullif(CAST({column} AS VARCHAR), '')"


def _number(column: str) -> str:
    return (
        f"CASE WHEN isnan(CAST({column} AS DOUBLE)) THEN NULL "
        f"WHEN abs({column}) >= 1e15 THEN printf('%.5E', CAST({column} AS DOUBLE)) "
        f"WHEN {column} = trunc({column}) THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) "
        f"ELSE CAST({column} AS VARCHAR) END"
    )
