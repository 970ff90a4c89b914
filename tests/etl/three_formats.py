"""The same typed records as CSV, as a workbook with real dates, and as Parquet with real columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

Records = Sequence[Mapping[str, Any]]


def as_csv(_: str, records: Records) -> bytes:
    """Text as an export writes it."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(records[0])
    writer.writerows([_text(cell) for cell in record.values()] for record in records)
    return out.getvalue().encode()


def as_workbook(feed: str, records: Records) -> bytes:
    """A sheet of the feed's name; dates, numbers and booleans are cells of their kind."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        kinds = {
            datetime: book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
            date: book.add_format({"num_format": 14}),
        }
        sheet = book.add_worksheet(feed)
        sheet.write_row(0, 0, list(records[0]))
        for row, record in enumerate(records, start=1):
            for column, cell in enumerate(record.values()):
                if type(cell) in kinds:
                    sheet.write_datetime(row, column, cell, kinds[type(cell)])
                elif cell is not None:
                    sheet.write(row, column, cell)
    return out.getvalue()


def as_parquet(_: str, records: Records) -> bytes:
    """Columns of the type of their values; a column of mixed values is text."""
    out = io.BytesIO()
    pq.write_table(pa.table({name: _column([record[name] for record in records]) for name in records[0]}), out)
    return out.getvalue()


FORMATS: dict[str, Callable[[str, Records], bytes]] = {"csv": as_csv, "xlsx": as_workbook, "parquet": as_parquet}


def _column(cells: list[Any]) -> Any:
    if len({type(cell) for cell in cells if cell is not None}) > 1:
        return pa.array([None if cell is None else _text(cell) for cell in cells])
    return pa.array(cells)


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "Yes" if cell else "No"
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    return "" if cell is None else str(cell)
