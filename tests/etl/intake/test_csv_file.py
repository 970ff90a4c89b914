from __future__ import annotations

import codecs
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from etl.intake.csv_file import open_csv
from etl.intake.opened import OpenedSheet, digest, is_unchanged, open_file, open_slowly
from etl.intake.refusals import Refusal, RefusedFile
from tests.etl.intake.reading import is_accounted, named, rows_of

Opener = Callable[..., list[OpenedSheet]]
Refuser = Callable[..., Refusal]
NAMES = ("contact_ref", "received_at", "channel")


def test_a_clean_file_is_read_where_it_lies(open_bytes: Opener) -> None:
    (sheet,) = open_bytes(b"contact_ref, Received At\n1,2026-01-02\n2,\n")
    assert not sheet.is_normalised
    assert sheet.header == ("contact_ref", "Received At")
    assert rows_of(sheet) == [("1", "2026-01-02"), ("2", None)]
    assert (sheet.records, sheet.header_and_blank, sheet.rows) == (3, 1, 2)
    assert [sheet.record_of(k) for k in range(2)] == [2, 3]
    assert sheet.sha256 == digest(sheet.file.path)


@pytest.mark.parametrize(
    ("content", "rows", "ordinals"),
    [
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", [("1", "2")], [2]),
        (b'a,b\n"1\n\n2",3\n4,5\n', [("1\n\n2", "3"), ("4", "5")], [2, 3]),
        (b"a,b\n\n1,2\n\r\n3,4\n\n", [("1", "2"), ("3", "4")], [3, 5]),
        (b"a,b\n1,2\r\n3,4\n", [("1", "2"), ("3", "4")], [2, 3]),
        (b"a,b\r1,2\r3,4\r", [("1", "2"), ("3", "4")], [2, 3]),
        (b'"a\nx",b\n1,2', [("1", "2")], [2]),
        (b"a,b\n1,2,,\n3,4, \n", [("1", "2"), ("3", "4")], [2, 3]),
        (b"a,b,\n1,2\n3,4,\n", [("1", "2", None), ("3", "4", None)], [2, 3]),
        (b"a,b\n1,2\n\x1a", [("1", "2")], [2]),
        (b"a,b\n   \n1,2\n", [("1", "2")], [3]),
        (b"a\n1\n\n2\n", [("1",), ("2",)], [2, 4]),
        (b'a,b\n1,5" nails\n', [("1", '5" nails')], [2]),
        (b"a,b\n", [], []),
        (b"a,b", [], []),
    ],
)
def test_every_readable_record_becomes_a_row(
    tmp_path: Path, content: bytes, rows: list[tuple[str, ...]], ordinals: list[int]
) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(content)
    sheet = open_slowly(named(path), scratch=tmp_path / "scratch")
    assert rows_of(sheet) == rows
    assert [sheet.record_of(k) for k in range(sheet.rows)] == ordinals
    assert sheet.rejected == ()
    assert is_accounted(sheet)


@pytest.mark.parametrize("line_end", [b"\n", b"\r\n"])
def test_titles_and_a_second_header_are_counted_not_loaded(open_bytes: Opener, line_end: bytes) -> None:
    lines = [b"Contacts of Testshire", b"", b"Contact Ref,Received at", b"contact_ref,received_at"]
    content = line_end.join([*lines, b"1,2026-01-02", b""])
    (sheet,) = open_bytes(content, header_names=NAMES)
    assert not sheet.is_normalised
    assert sheet.header == ("Contact Ref", "Received at")
    assert rows_of(sheet) == [("1", "2026-01-02")]
    assert (sheet.records, sheet.header_and_blank, sheet.record_of(0)) == (5, 4, 5)


def test_ragged_and_broken_records_are_rejected_one_by_one(open_bytes: Opener) -> None:
    (sheet,) = open_bytes(b'a,b\n1,2,3\n4,5\n6\n"7"x,8\n9,0\n1\x00,2\n')
    assert rows_of(sheet) == [("4", "5"), ("9", "0")]
    assert [(rejected.record, rejected.code) for rejected in sheet.rejected] == [
        (2, "ragged"),
        (4, "ragged"),
        (5, "broken_quotes"),
        (7, "null_character"),
    ]
    assert [sheet.record_of(k) for k in range(2)] == [3, 6]
    assert is_accounted(sheet)


@pytest.mark.parametrize(
    "content",
    [
        b'a,b\n1,2\n3,"4\n5,6\n7,8\n',
        b'a,b\n1,2\n3,"4\n5,6\n7,"8"\n',
        b'a,b\n1,2\n3,"4"4\n5,6\n7,8\n',
        b'a,b\n1,2\n"3,4\n5,"6"\n7,8\n',
    ],
)
def test_a_stray_quote_costs_only_its_own_record(open_bytes: Opener, content: bytes) -> None:
    (sheet,) = open_bytes(content)
    assert rows_of(sheet) == [("1", "2"), ("5", "6"), ("7", "8")]
    assert [(rejected.record, rejected.code) for rejected in sheet.rejected] == [(3, "broken_quotes")]
    assert [sheet.record_of(k) for k in range(3)] == [2, 4, 5]


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n3",
        b'a,b\n1,2\n3,"4',
        b'a,b\n1,2\n3,"a narrative\nof two lines',
        b'a,b\n1,2\n3,"a narrative\nof two lines\n',
        b"a,b\n1,2\n\0\0\0\0",
    ],
)
def test_half_a_file_is_refused(refusal_of: Refuser, content: bytes) -> None:
    refusal = refusal_of(content)
    assert refusal.code == "cut_off"
    assert "export it again" in refusal.message


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"", "empty", "nothing in it"),
        (b"\n\n", "empty", "nothing in it"),
        (b"contact_ref;received_at\n1;2\n", "wrong_delimiter", "semicolons"),
        (b"contact_ref\treceived_at\n1\t2\n", "wrong_delimiter", "tabs"),
        (b"Contact_Ref,contact ref\n1,2\n", "twin_columns", "columns 1 and 2"),
        (b"contact_ref,b\n1,\xff2\n", "bad_encoding", "record 2"),
        ("a,b\n1,2\n".encode("utf-16"), "bad_encoding", "UTF-16"),
        (b"PK\x03\x04....", "other_kind", "zip"),
        (b"%PDF-1.7\n", "other_kind", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1..", "other_kind", "old Office"),
        (b"\xef\xbb\xbf \n<!DOCTYPE html><html>", "other_kind", "web page"),
        (b"\x1f\x8b\x08..", "other_kind", "gzip"),
    ],
)
def test_a_file_that_cannot_be_right_is_refused_in_plain_words(
    refusal_of: Refuser, content: bytes, code: str, words: str
) -> None:
    refusal = refusal_of(content)
    assert (refusal.code, words in refusal.message) == (code, True)


def test_a_file_without_header_is_refused_without_showing_what_it_holds(refusal_of: Refuser) -> None:
    refusal = refusal_of(b"Testy,McTestface\nTesty,McTestface\n", header_names=NAMES)
    assert refusal.code == "no_header"
    assert "Testy" not in refusal.message


def test_twin_columns_are_named_only_when_they_are_columns_of_the_format(refusal_of: Refuser) -> None:
    assert "Testy" not in refusal_of(b"Testy,Testy\n1,2\n").message
    known = refusal_of(b"contact_ref,channel,Channel\n1,2,3\n", header_names=NAMES)
    assert "“Channel” (columns 2 and 3)" in known.message


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "utf-16", "utf-8-sig"])
def test_a_declared_encoding_is_read(open_bytes: Opener, encoding: str) -> None:
    text = "a,b\nZoë,Łódź\n" if encoding.startswith("utf") else "a,b\nZoë,café\n"
    (sheet,) = open_bytes(text.encode(encoding), encoding=encoding)
    assert rows_of(sheet) == [tuple(text.splitlines()[1].split(","))]


def test_a_byte_order_mark_is_surer_than_the_declared_encoding(open_bytes: Opener) -> None:
    (sheet,) = open_bytes(codecs.BOM_UTF8 + "a,b\nZoë,1\n".encode(), encoding="cp1252")
    assert rows_of(sheet) == [("Zoë", "1")]


def test_text_that_is_not_in_the_declared_encoding_names_the_record(refusal_of: Refuser) -> None:
    refusal = refusal_of(b'a,b\n"1\n2",3\n\x81,4\n', encoding="cp1252")
    assert (refusal.code, "record 3" in refusal.message) == ("bad_encoding", True)


def test_ascii_text_is_read_in_place_whatever_was_declared(open_bytes: Opener) -> None:
    (sheet,) = open_bytes(b"a,b\n1,2\n", encoding="cp1252")
    assert not sheet.is_normalised


@pytest.mark.parametrize("name", ["contacts_[x]_*?.csv", "contacts_it's.csv", "contacts_a=b.csv"])
def test_awkward_names_are_taken_literally(open_bytes: Opener, name: str) -> None:
    (sheet,) = open_bytes(b"a,b\n1,2\n", name)
    assert rows_of(sheet) == [("1", "2")]


def test_a_record_longer_than_duckdb_expects_is_read(open_bytes: Opener) -> None:
    (sheet,) = open_bytes(b"a,b\n1," + b"x" * 3_000_000 + b"\n2,3\n")
    assert [len(row[1] or "") for row in rows_of(sheet)] == [3_000_000, 1]


def test_a_record_too_long_for_anyone_is_rejected(open_bytes: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.intake.scan.LONGEST_RECORD", 100)
    monkeypatch.setattr("etl.intake.records.LONGEST_RECORD", 100)
    (sheet,) = open_bytes(b"a,b\n1," + b"x" * 300 + b"\n2,3\n")
    assert rows_of(sheet) == [("2", "3")]
    assert [(rejected.record, rejected.code) for rejected in sheet.rejected] == [(2, "too_long")]


def test_a_clean_copy_is_for_its_owner_only_and_goes_when_the_file_is_refused(
    open_bytes: Opener, refusal_of: Refuser, tmp_path: Path
) -> None:
    refusal_of(b'a,b\n"1"x,2\n3', "contacts_1.csv")
    assert list((tmp_path / "scratch").iterdir()) == []
    open_bytes(b'a,b\n"1"x,2\n3,4\n')
    (copy,) = (tmp_path / "scratch").iterdir()
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600


def test_a_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(b"a,b\n1,2\n")

    def growing(*args: object, **options: object) -> OpenedSheet:
        with path.open("ab") as file:
            file.write(b"3,4\n")
        return open_csv(*args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr("etl.intake.opened.open_csv", growing)
    with pytest.raises(RefusedFile) as caught:
        open_file(named(path), scratch=tmp_path)
    assert caught.value.refusal.code == "still_written"


def test_a_fresh_file_that_grows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "contacts.csv"
    path.write_bytes(b"a,b\n1,2\n")
    monkeypatch.setattr("etl.intake.opened.time.sleep", lambda _: path.write_bytes(b"a,b\n1,2\n3,4\n"))
    with pytest.raises(RefusedFile) as caught:
        open_file(named(path), scratch=tmp_path)
    assert caught.value.refusal.code == "still_written"


def test_a_file_replaced_after_it_was_opened_is_noticed(open_bytes: Opener) -> None:
    (sheet,) = open_bytes(b"a,b\n1,2\n")
    assert is_unchanged(sheet)
    sheet.file.path.write_bytes(b"a,b\n1,2\n3,4\n")
    assert not is_unchanged(sheet)
    sheet.file.path.unlink()
    assert not is_unchanged(sheet)


def test_a_file_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedFile) as caught:
        open_file(named(tmp_path / "contacts.csv"), scratch=tmp_path)
    assert caught.value.refusal.code == "unreadable"
