from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from etl.intake.opened import OpenedSheet, open_file, open_slowly
from etl.intake.refusals import Refusal, RefusedFile
from tests.etl.intake.reading import is_accounted, named, rows_of

Refuser = Callable[..., Refusal]
NAME = "contacts_2026-11-25T0610.parquet"


def write(folder: Path, select: str) -> Path:
    path = folder / NAME
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'Europe/London'")
        connection.execute(f"COPY ({select}) TO '{path}' (FORMAT parquet)")
    return path


def opened(path: Path, **options: object) -> OpenedSheet:
    (sheet,) = open_file(named(path), scratch=path.parent, **options)  # type: ignore[arg-type]
    return sheet


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5::BIGINT", "5"),
        ("2.0::DOUBLE", "2"),
        ("2.5::DOUBLE", "2.5"),
        ("7::DECIMAL(10,2)", "7"),
        ("1e20::DOUBLE", "1.00000E+20"),
        ("'nan'::DOUBLE", None),
        ("DATE '2026-01-02'", "2026-01-02"),
        ("TIMESTAMP '2026-01-02 10:30:15.2'", "2026-01-02 10:30:15"),
        ("TIMESTAMPTZ '2026-07-02 10:30:00+00'", "2026-07-02 11:30:00"),
        ("true", "Yes"),
        ("false", "No"),
        ("NULL::BOOLEAN", None),
        ("' x '", " x "),
        ("''", None),
        ("'abc'::BLOB", "abc"),
        ("TIME '09:05:00'", "09:05:00"),
    ],
)
def test_values_become_the_text_of_an_export(tmp_path: Path, value: str, text: str | None) -> None:
    sheet = opened(write(tmp_path, f'SELECT {value} AS "a ""b""", \'x\' AS c'))
    assert sheet.header == ('a "b"', "c")
    assert rows_of(sheet) == [(text, "x")]


def test_there_is_no_header_record(tmp_path: Path) -> None:
    sheet = opened(write(tmp_path, "SELECT range AS contact_ref, 'x' AS channel FROM range(3)"))
    assert (sheet.records, sheet.header_and_blank, sheet.rows) == (3, 0, 3)
    assert [sheet.record_of(k) for k in range(3)] == [1, 2, 3]
    assert is_accounted(sheet)


@pytest.mark.parametrize("value", ["[1]", "{'x': 1}", "MAP {'x': 1}"])
def test_nested_columns_are_refused(tmp_path: Path, value: str) -> None:
    with pytest.raises(RefusedFile) as caught:
        opened(write(tmp_path, f"SELECT 1 AS a, {value} AS b"))
    assert (caught.value.refusal.code, "column 2" in caught.value.refusal.message) == ("nested", True)


def test_twin_columns_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile) as caught:
        opened(write(tmp_path, 'SELECT 1 AS contact_ref, 2 AS "Contact Ref"'))
    assert caught.value.refusal.code == "twin_columns"


def test_columns_without_the_formats_names_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile) as caught:
        opened(write(tmp_path, "SELECT 1 AS x, 2 AS y"), header_names=["contact_ref", "channel"])
    assert caught.value.refusal.code == "no_header"


def test_a_damaged_file_is_refused(tmp_path: Path, refusal_of: Refuser) -> None:
    content = write(tmp_path, "SELECT range AS a FROM range(1000)").read_bytes()
    assert refusal_of(content[: len(content) // 2], NAME).code == "damaged"
    assert refusal_of(content[:-60] + b"\xff" * 50 + content[-10:], NAME).code == "damaged"
    assert refusal_of(b"a,b\n1,2\n", NAME).code == "other_kind"
    assert refusal_of(b"PARE" + content[4:], NAME).code == "encrypted"


def test_what_duckdb_cannot_read_to_the_end_is_damaged(tmp_path: Path) -> None:
    path = write(tmp_path, "SELECT 1 AS a")
    with pytest.raises(RefusedFile) as caught:
        open_slowly(named(path), scratch=tmp_path)
    assert caught.value.refusal.code == "damaged"
