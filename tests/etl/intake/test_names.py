from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from etl.intake.names import list_inbox


def put(inbox: Path, name: str, modified_at: datetime = datetime(2026, 11, 20, 12, tzinfo=UTC)) -> Path:
    path = inbox / name
    path.write_text("a,b\n")
    os.utime(path, (modified_at.timestamp(), modified_at.timestamp()))
    return path


@pytest.mark.parametrize(
    ("name", "feed", "extract_at"),
    [
        ("contacts_2026-11-25T0610.csv", "contacts", datetime(2026, 11, 25, 6, 10, tzinfo=UTC)),
        ("contacts_from_lcs_2026-07-01T061030.csv", "contacts", datetime(2026, 7, 1, 5, 10, 30, tzinfo=UTC)),
        ("Referrals 2026-11-25T0610.XLSX", "referrals", datetime(2026, 11, 25, 6, 10, tzinfo=UTC)),
        ("annex_a_2026-11-25T0610.xlsx", "annex_a", datetime(2026, 11, 25, 6, 10, tzinfo=UTC)),
        ("children_2026-10-25T0130.parquet", "children", datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        ("children_2026-03-29T0130.parquet", "children", datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        ("consultations_2026-07-01.csv", "consultations", datetime(2026, 7, 1, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_feed_and_local_moment_come_from_the_name(tmp_path: Path, name: str, feed: str, extract_at: datetime) -> None:
    put(tmp_path, name)
    files, refusals = list_inbox(tmp_path, "testshire")
    assert refusals == []
    assert [(file.feed, file.extract_at, file.is_moment_from_name) for file in files] == [(feed, extract_at, True)]
    assert files[0].authority == "testshire"


def test_a_date_alone_takes_the_modification_time_of_that_day(tmp_path: Path) -> None:
    modified_at = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    put(tmp_path, "contacts_2026-07-01.csv", modified_at)
    files, _ = list_inbox(tmp_path, "testshire")
    assert files[0].extract_at == modified_at


def test_a_name_without_moment_takes_the_modification_time_and_says_so(tmp_path: Path) -> None:
    modified_at = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)
    put(tmp_path, "contacts.csv", modified_at)
    files, _ = list_inbox(tmp_path, "testshire")
    assert (files[0].extract_at, files[0].is_moment_from_name) == (modified_at, False)


def test_files_come_by_moment_then_name(tmp_path: Path) -> None:
    names = [
        "referrals_2026-11-01T0600.csv",
        "contacts_2026-11-02T0600.csv",
        "children_2026-11-02T0600.csv",
        "contacts_2026-10-31.csv",
    ]
    for name in names:
        put(tmp_path, name)
    files, _ = list_inbox(tmp_path, "testshire")
    assert [file.path.name for file in files] == [names[3], names[0], names[2], names[1]]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("~$contacts_2026-11-25.xlsx", "ignored"),
        (".hidden.csv", "ignored"),
        ("contacts_2026-11-25.csv.part", "ignored"),
        ("contacts_2026-11-25.csv.crdownload", "ignored"),
        ("letters_2026-11-25.csv", "unknown_name"),
        ("contactsheet.csv", "unknown_name"),
        ("contacts_2026-11-25.xls", "unknown_kind"),
        ("contacts_2026-11-25.pdf", "unknown_kind"),
        ("contacts_2026-02-30.csv", "bad_moment"),
        ("contacts_2026-11-25T2561.csv", "bad_moment"),
        ("contacts_0202-11-25.csv", "bad_moment"),
    ],
)
def test_what_is_not_read_is_said(tmp_path: Path, name: str, code: str) -> None:
    put(tmp_path, name)
    files, refusals = list_inbox(tmp_path, "testshire")
    assert files == []
    assert [(refusal.file, refusal.code, refusal.is_notice) for refusal in refusals] == [
        (name, code, code == "ignored")
    ]
    assert name in refusals[0].message


def test_folders_and_system_files_are_passed_over_in_silence(tmp_path: Path) -> None:
    (tmp_path / "contacts_2026-11-25.csv").mkdir()
    put(tmp_path, ".gitkeep")
    assert list_inbox(tmp_path, "testshire") == ([], [])


def test_a_link_out_of_the_inbox_is_refused_and_one_inside_is_not(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "contacts_2026-11-25.csv").symlink_to(put(tmp_path, "elsewhere.csv"))
    (inbox / "children_2026-11-25.csv").symlink_to(put(inbox, "children_2026-11-24.csv"))
    (inbox / "referrals_2026-11-25.csv").symlink_to(inbox / "missing")
    files, refusals = list_inbox(inbox, "testshire")
    assert [file.path.name for file in files] == ["children_2026-11-24.csv", "children_2026-11-25.csv"]
    assert [refusal.code for refusal in refusals] == ["outside", "unreadable"]


def test_control_characters_of_a_name_do_not_reach_the_terminal(tmp_path: Path) -> None:
    put(tmp_path, "contacts_\x1b[2J.csv")
    _, refusals = list_inbox(tmp_path, "testshire")
    assert refusals[0].code == "unknown_name"
    assert "\x1b" not in refusals[0].message + refusals[0].file
