from __future__ import annotations

from pathlib import Path

import pytest

from etl import checking
from etl.order import JobError
from etl.settings import Settings, shipped_profiles

HEADER = "contact_ref,received_at,channel,decided_at,decision"
SOUND = "C-00001,2026-09-01 10:00,phone,2026-09-01 12:00,no further action"
LATE = "C-00002,2026-09-02 10:00,phone,2026-09-01 12:00,no further action"
SERIAL = "C-00003,45000,phone,,"
UNMAPPED = "C-00004,2026-09-02 10:00,carrier pigeon,,"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "kent").mkdir()
    return Settings(profiles=shipped_profiles(), inbox=tmp_path)


def put(settings: Settings, *lines: str, name: str = "contacts_2026-10-01T0610.csv") -> Path:
    path = settings.inbox / "kent" / name
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def wrong(settings: Settings, path: Path, **options: bool) -> list[checking.Finding]:
    """What is found, without the columns that these short files lack."""
    found = checking.check(settings, [path], **options)
    return [finding for finding in found if "is not in the file" not in finding.message]


def test_a_sound_file_gives_no_finding_and_leaves_nothing(settings: Settings) -> None:
    path = put(settings, SOUND)
    assert wrong(settings, path) == []
    assert list(path.parent.iterdir()) == [path]


def test_a_finding_says_file_row_and_column_and_not_the_value(settings: Settings) -> None:
    late, serial = wrong(settings, put(settings, SOUND, LATE, SERIAL))
    assert late.place == "contacts_2026-10-01T0610.csv, row 3, column decided_at"
    assert serial.place == "contacts_2026-10-01T0610.csv, row 4, column received_at"
    assert (late.severity, serial.severity) == ("error", "error")
    assert "spreadsheet's serial number" in serial.message
    assert late.value is serial.value is None
    assert "45000" not in str(serial)


def test_values_are_shown_on_request_only(settings: Settings) -> None:
    late, serial = wrong(settings, put(settings, SOUND, LATE, SERIAL), show_values=True)
    assert (late.value, serial.value) == ("2026-09-01 12:00", "45000")


def test_a_warning_is_counted(settings: Settings) -> None:
    (unmapped,) = wrong(settings, put(settings, SOUND, UNMAPPED, UNMAPPED.replace("4", "5")))
    assert (unmapped.severity, unmapped.field, unmapped.records, unmapped.row) == ("warning", "channel", 2, None)


def test_a_file_of_another_kind_is_one_finding(settings: Settings) -> None:
    (named,) = wrong(settings, put(settings, SOUND, name="letters_2026-10-01T0610.csv"))
    assert named.severity == "error"
    assert "letters_2026-10-01T0610.csv" in named.message


def test_a_file_whose_authority_is_not_known_is_refused(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "contacts_2026-10-01T0610.csv").write_text(HEADER)
    with pytest.raises(JobError, match="--authority"):
        checking.check(settings, [tmp_path / "contacts_2026-10-01T0610.csv"])
