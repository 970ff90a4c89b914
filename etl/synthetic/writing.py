"""Writes a table, given as SQL over registered columns, as CSV, Parquet or XLSX: the same text cells in each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import xlsxwriter

from etl.synthetic.columns import Array, Coded, Columns

FORMATS = {"csv": "FORMAT csv, HEADER", "parquet": "FORMAT parquet, COMPRESSION zstd", "xlsx": ""}
SHEET_ROWS = 1_048_576
BATCH = 5_000
FIXED = datetime(2000, 1, 1)


def register(connection: duckdb.DuckDBPyConnection, name: str, columns: Columns) -> None:
    """Makes the columns a table for SQL: coded columns as text, -1 and NaT as NULL, and `row` counted from 1."""
    arrays = {key: _arrow(column) for key, column in columns.items()}
    size = len(next(iter(columns.values())))
    arrays["row"] = pa.array(np.arange(1, size + 1))
    connection.register(name, pa.table(arrays))


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Writes the query's rows, in their order, to `path`; its extension says the format.

    Raises ValueError for another extension and for more rows than a sheet holds.
    """
    kind = path.suffix.removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(f"format {kind!r} is not one of csv, parquet, xlsx")
    if kind == "xlsx":
        _write_sheet(connection.execute(query), path)
    else:
        quoted = str(path).replace("'", "''")
        connection.execute(f"COPY ({query}) TO '{quoted}' ({FORMATS[kind]})")


def _arrow(column: Array | Coded) -> Any:
    if not isinstance(column, Coded):
        return pa.array(column.astype("datetime64[us]") if column.dtype.kind == "M" else column)
    indices = pa.array(column.codes, mask=column.codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(column.labels or ("",), pa.string()))


def _write_sheet(result: duckdb.DuckDBPyConnection, path: Path) -> None:
    names = [str(field[0]) for field in result.description]
    book = xlsxwriter.Workbook(str(path), {"constant_memory": True, "strings_to_urls": False})
    book.set_properties({"created": FIXED})
    sheet = book.add_worksheet(path.name.split("_")[0])
    for number, record in enumerate(_records(names, result)):
        if number >= SHEET_ROWS:
            raise ValueError(f"{path.name}: more rows than a sheet holds; write csv or parquet")
        for place, cell in enumerate(record):
            if cell is not None:
                sheet.write_string(number, place, cell)
    book.close()


def _records(names: list[str], result: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
    yield tuple(names)
    while batch := result.fetchmany(BATCH):
        yield from batch
