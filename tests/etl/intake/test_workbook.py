from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from etl.intake.opened import OpenedSheet, digest
from etl.intake.refusals import Refusal
from tests.etl.intake.reading import is_accounted, rows_of

Opener = Callable[..., list[OpenedSheet]]
Refuser = Callable[..., Refusal]
Build = Callable[[Any, Any], None]
NAME = "contacts_2026-11-25T0610.xlsx"
LIST_NAMES = ("Child Unique ID", "Gender", "Date of Contact")


def workbook(sheets: dict[str, Build]) -> bytes:
    """A workbook with the named sheets, each filled by its function of (workbook, sheet)."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        for name, build in sheets.items():
            build(book, book.add_worksheet(name))
    return out.getvalue()


def rows(*lines: list[Any]) -> Build:
    def build(book: Any, sheet: Any) -> None:
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)

    return build


def repacked(content: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same archive with the content of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return out.getvalue()


def test_cells_become_the_text_of_an_export(open_bytes: Opener) -> None:
    def build(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        sheet.write_row(0, 0, list("abcdefghijk"))
        sheet.write_datetime(1, 0, datetime(2026, 1, 2), day)
        sheet.write_datetime(1, 1, datetime(2026, 1, 2, 10, 30), moment)
        sheet.write_datetime(1, 2, datetime(2026, 1, 2, 10, 29, 59, 999_600), moment)
        sheet.write_row(1, 3, [4012345678, 0.5, 1234567890123456789, 7.0, True, False, ' "x",\ny '])
        sheet.write_datetime(1, 10, time(9, 5), book.add_format({"num_format": "hh:mm"}))

    content = workbook({"Contacts": build, "Notes": rows(["x"])})
    (sheet,) = open_bytes(content, NAME)
    assert rows_of(sheet) == [
        (
            "2026-01-02",
            "2026-01-02 10:30:00",
            "2026-01-02 10:30:00",
            "4012345678",
            "0.5",
            "1.23457E+18",
            "7",
            "Yes",
            "No",
            ' "x",\ny ',
            "09:05:00",
        )
    ]
    assert (sheet.records, sheet.header_and_blank, sheet.record_of(0)) == (2, 1, 2)
    assert sheet.sha256 == digest(sheet.file.path)


def test_blank_rows_titles_and_gaps_are_accounted_for(open_bytes: Opener) -> None:
    content = workbook(
        {"any": rows(["Contacts"], [], ["contact_ref", "channel"], ["1", "a"], [], ["2", "b", "note"], [""])}
    )
    (sheet,) = open_bytes(content, NAME, header_names=["contact_ref", "channel"])
    assert sheet.header == ("contact_ref", "channel")
    assert rows_of(sheet) == [("1", "a"), ("2", "b")]
    assert [sheet.record_of(k) for k in range(2)] == [4, 6]
    assert is_accounted(sheet)
    assert sheet.notices == ("cells beyond the last named column were ignored",)


def test_rows_under_merged_cells_are_rejected(open_bytes: Opener) -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.merge_range(0, 0, 0, 1, "Contacts of Testshire")
        sheet.write_row(1, 0, ["contact_ref", "channel"])
        for number in range(2, 6):
            sheet.write_row(number, 0, [str(number), "phone"])
        sheet.merge_range(3, 1, 4, 1, "email")
        sheet.merge_range(5, 4, 5, 6, "a note beside the table")

    (sheet,) = open_bytes(workbook({"x": build}), NAME, header_names=["contact_ref", "channel"])
    assert [row[0] for row in rows_of(sheet)] == ["2", "5"]
    assert [(rejected.record, rejected.code) for rejected in sheet.rejected] == [(4, "merged"), (5, "merged")]
    assert [sheet.record_of(k) for k in range(2)] == [3, 6]
    assert is_accounted(sheet)


def test_excel_errors_are_blank_and_noticed(open_bytes: Opener) -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=NA()", value="#N/A")
        sheet.write(1, 1, 1)

    (sheet,) = open_bytes(workbook({"x": build}), NAME)
    assert rows_of(sheet) == [(None, "1")]
    assert sheet.notices == ("cells with an Excel error such as #N/A were read as blank",)


@pytest.mark.parametrize("has_title", [True, False])
@pytest.mark.parametrize("spelling", ["List_{}", "List {}", "LIST{}"])
def test_the_lists_of_annex_a_are_found(open_bytes: Opener, has_title: bool, spelling: str) -> None:
    title: list[list[Any]] = [["List of contacts"]] if has_title else []
    table = [*title, list(LIST_NAMES), [7, "a) Female", date(2026, 1, 2).isoformat()]]
    names = ["Cover", *(spelling.format(number) for number in (3, 1, 7))]
    sheets = open_bytes(
        workbook({name: rows(*table) for name in names}),
        "annex_a_2026-11-25.xlsx",
        "annex_a",
        header_names=LIST_NAMES,
    )
    assert [sheet.sheet for sheet in sheets] == ["list_1", "list_3"]
    assert all(rows_of(sheet) == [("7", "a) Female", "2026-01-02")] for sheet in sheets)
    assert all(sheet.record_of(0) == 2 + has_title for sheet in sheets)


def test_a_sheet_is_the_only_one_or_has_the_feeds_name(refusal_of: Refuser) -> None:
    content = workbook({"one": rows(["a", "b"]), "two": rows(["a", "b"])})
    assert refusal_of(content, NAME).code == "no_sheet"


def test_a_refusal_says_which_sheet_by_the_name_of_its_feed(refusal_of: Refuser) -> None:
    refusal = refusal_of(workbook({"data": rows(["x", "y"])}), NAME, header_names=["contact_ref", "channel"])
    assert (refusal.code, refusal.sheet, "sheet contacts" in refusal.message) == ("no_header", "contacts", True)


def test_a_zip_bomb_is_refused(refusal_of: Refuser) -> None:
    def change(name: str, part: bytes) -> bytes:
        return part + b" " * 20_000_000 if name.endswith("sheet1.xml") else part

    assert refusal_of(repacked(workbook({"x": rows(["a"])}), change), NAME).code == "zip_bomb"


def test_more_content_than_the_limit_is_refused(refusal_of: Refuser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.intake.workbook_safety.LARGEST_CONTENT", 1000)
    assert refusal_of(workbook({"x": rows(["a", "b"])}), NAME).code == "zip_bomb"


@pytest.mark.parametrize(
    "declaration",
    [b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>', b"<!doctype x>"],
)
def test_external_entities_are_refused(refusal_of: Refuser, declaration: bytes) -> None:
    def change(name: str, part: bytes) -> bytes:
        return part.replace(b"?>", b"?>" + declaration, 1) if name.endswith("sharedStrings.xml") else part

    assert refusal_of(repacked(workbook({"x": rows(["a", "b"])}), change), NAME).code == "unsafe_workbook"


def test_a_sheet_that_reaches_far_beyond_its_data_is_refused(refusal_of: Refuser) -> None:
    def build(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write(1_000_000, 300, "x")

    assert refusal_of(workbook({"x": build}), NAME).code == "sheet_too_large"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a,b\n1,2\n", "other_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old_workbook"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"),
            "encrypted",
        ),
    ],
)
def test_a_file_of_another_kind_is_refused(refusal_of: Refuser, content: bytes, code: str) -> None:
    assert refusal_of(content, NAME).code == code


def test_an_archive_that_is_no_workbook_is_refused(refusal_of: Refuser) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("letter.txt", "x")
    assert refusal_of(out.getvalue(), NAME).code == "other_kind"


def test_a_damaged_workbook_is_refused_wherever_it_breaks(refusal_of: Refuser) -> None:
    content = workbook({"x": rows(["a", "b"], *([str(n), "phone"] for n in range(200)))})
    for share in (0.2, 0.5, 0.9, 0.999):
        assert refusal_of(content[: int(len(content) * share)], NAME).code == "damaged"
    middle = len(content) // 3
    broken = content[:middle] + bytes(255 - byte for byte in content[middle : middle + 40]) + content[middle + 40 :]
    assert refusal_of(broken, NAME).code == "damaged"


def test_parts_that_are_not_what_they_should_be_are_refused(refusal_of: Refuser) -> None:
    content = workbook({"x": rows(["a", "b"], ["1", "2"])})
    for broken in ("xl/workbook.xml", "xl/worksheets/sheet1.xml"):
        spoilt = repacked(content, lambda name, part, broken=broken: b"<x" if name == broken else part)  # type: ignore[misc]
        assert refusal_of(spoilt, NAME).code in {"damaged", "no_sheet", "empty"}


def test_the_clean_copy_goes_when_the_workbook_is_refused(refusal_of: Refuser, tmp_path: Path) -> None:
    content = workbook({"List_1": rows(list(LIST_NAMES), ["1", "2", "3"]), "List_2": rows(["x"])})
    refusal_of(content, "annex_a_2026.xlsx", feed="annex_a", header_names=LIST_NAMES)
    assert list((tmp_path / "scratch").iterdir()) == []
