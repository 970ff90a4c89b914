"""Files as they arrive: refused ones do not stop a load, and the format they come in makes no difference."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from etl import jobs
from etl.order import JobError
from tests.etl.loading import ACCOUNT, Loaded, loaded, put, settings_in
from tests.etl.three_formats import FORMATS

GOOD = "contact_ref,received_at,channel\n1,2026-06-01 09:00,portal\n2,2026-06-01 10:00,phone\n"
HEADER = "contact_ref,received_at,channel\n"
ENTITY = b'?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'


def workbook(change: Callable[[str, bytes], bytes] = lambda _, part: part) -> bytes:
    """A small workbook, its parts changed."""
    made, out = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("contacts")
        for place, line in enumerate(GOOD.splitlines()):
            sheet.write_row(place, 0, line.split(","))
    with zipfile.ZipFile(made) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(name, source.read(name)))
    return out.getvalue()


def bomb(name: str, part: bytes) -> bytes:
    return part + b" " * 20_000_000 if name.endswith("sheet1.xml") else part


def entity(name: str, part: bytes) -> bytes:
    return part.replace(b"?>", ENTITY, 1) if name.endswith("sharedStrings.xml") else part


REFUSED: dict[str, tuple[str | bytes, str, str]] = {
    "empty.csv": ("", "nothing in it", "export it again"),
    "spaces.csv": (" \n\n \n", "nothing in it", "export it again"),
    "another_kind.csv": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF", "export"),
    "workbook.csv": (workbook(), "workbook", "csv"),
    "text.xlsx": (GOOD, "", "save"),
    "half.csv": (HEADER + "1,2026-06-01 09:00,portal\n2,2026-06-0", "middle of a record", "export it again"),
    "half.xlsx": (workbook()[:-400], "damaged or cut off", "export it again"),
    "half.parquet": (FORMATS["parquet"]("", [{"contact_ref": "1", "channel": ""}])[:-20], "cut off", "export it again"),
    "bomb.xlsx": (workbook(bomb), "unpacks to far more", "export it as .csv"),
    "entities.xlsx": (workbook(entity), "document type declarations", "save it again"),
    "latin.csv": (f"{HEADER}1,2026-06-01,caf\u00e9\n".encode("latin-1"), "record 2 is not valid UTF-8", "declare"),
    "semicolons.csv": (GOOD.replace(",", ";"), "semicolons", "export it with commas"),
    "headless.csv": ("1,2026-06-01 09:00,portal\n2,2026-06-01 10:00,phone\n", "no header row", "column names"),
    "keyless.csv": ("received_at,channel\n2026-06-01 09:00,portal\n", "contact_ref is missing", "map its local name"),
    "twins.csv": ("contact_ref,received_at,channel,Channel\n1,2026-06-01,portal,portal\n", "same name", "rename one"),
}  # fmt: skip
PASSED_OVER = {
    "~$contacts_2026-06-02.xlsx": "Excel window",
    "contacts_2026-06-02.csv.part": "still being copied",
    "contacts_2026-06-02.docx": "only csv, xlsx, parquet files are read",
    "old_contacts_2026-06-02.csv": "the name must begin with",
    "contacts_2026-02-30.csv": "does not exist",
}


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    files = {
        f"contacts_{name.partition('.')[0]}_2026-06-02.{name.partition('.')[2]}": one[0]
        for name, one in REFUSED.items()
    }
    files |= dict.fromkeys(PASSED_OVER, GOOD) | {"contacts_2026-06-03.csv": GOOD}
    with loaded(tmp_path_factory.mktemp("refused"), files) as found:
        yield found


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_refused_in_plain_words(snapshot: Loaded, name: str) -> None:
    content, wrong, remedy = REFUSED[name]
    size = len(content.encode() if isinstance(content, str) else content)
    rows = snapshot.rows(
        f"SELECT state, {ACCOUNT}, reason FROM load_file WHERE state = 'refused' AND format = ? AND bytes = ?",
        name.partition(".")[2],
        size,
    )
    assert [row[:-1] for row in rows] == [("refused", 0, 0, 0, 0, 0)]
    assert wrong in rows[0][-1] and remedy in rows[0][-1]


def test_the_load_goes_on_with_the_other_files_and_no_file_is_lost(snapshot: Loaded) -> None:
    assert snapshot.one("SELECT count(*) FROM contact") == 2
    assert snapshot.one("SELECT count(*) FROM load_file") == len(REFUSED) + 1
    assert len(snapshot.report.files) == len(REFUSED) + 1
    assert len(snapshot.report.notices) == len(PASSED_OVER)


@pytest.mark.parametrize("name", PASSED_OVER)
def test_a_file_that_is_passed_over_is_named_with_the_reason(snapshot: Loaded, name: str) -> None:
    notice = next(notice for notice in snapshot.report.notices if notice.startswith(f"{name}:"))
    assert PASSED_OVER[name] in notice


def test_an_authority_of_which_nothing_can_be_read_publishes_nothing(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    put(settings, {"contacts_2026-06-02.csv": ""})
    with pytest.raises(JobError, match=r"Nothing of Kent can be read\..*nothing in it"):
        jobs.load(settings)
    assert list(settings.warehouse.glob("frontdoor-*.duckdb")) == []


AT = datetime(2026, 6, 1, 9, 5)
RECORDS: dict[str, list[dict[str, Any]]] = {
    "consultations": [
        {"consultation_ref": 7001, "requested_at": AT, "channel": "phone", "agency_type": "Police",
         "dsl_consulted": True, "completed_at": datetime(2026, 6, 1, 10, 30, 15), "advice": "universal services"},
        {"consultation_ref": 7002, "requested_at": datetime(2026, 6, 2, 17, 0), "channel": None,
         "agency_type": "School", "dsl_consulted": None, "completed_at": None, "advice": None},
    ],
    "contacts": [
        {"contact_ref": 11, "received_at": AT, "channel": "portal", "district": "Maidstone", "attachments": 3,
         "consultation_ref": 7001, "agreement_obtained": True, "agreement_on": date(2026, 5, 30), "level_requested": 3,
         "decided_at": datetime(2026, 6, 2, 9, 0), "decision": "no further action", "concern": "text\nin two lines"},
        {"contact_ref": 12, "received_at": datetime(2026, 6, 2, 0, 0, 1), "channel": "phone", "district": "Nowhere",
         "attachments": None, "consultation_ref": None, "agreement_obtained": False, "agreement_on": None,
         "level_requested": 4, "decided_at": None, "decision": None, "concern": None},
    ],
    "children": [
        {"contact_ref": 11, "child_ref": 501, "date_of_birth": date(2012, 3, 4), "gender": "male", "ethnicity": "A1",
         "unaccompanied": False, "postcode": "ME14 9ZZ"},
        {"contact_ref": 12, "child_ref": 502, "date_of_birth": None, "gender": "b) Female", "ethnicity": "WBRI",
         "unaccompanied": None, "postcode": None},
        {"contact_ref": 99, "child_ref": 503, "date_of_birth": date(2062, 3, 4), "gender": None, "ethnicity": None,
         "unaccompanied": None, "postcode": None},
    ],
    "referrals": [
        {"referral_ref": 901, "contact_ref": 11, "child_ref": 501, "received_at": date(2026, 6, 2),
         "source_code": "6", "no_further_action": False},
        {"referral_ref": 902, "contact_ref": None, "child_ref": 502, "received_at": date(2026, 6, 3),
         "source_code": "1A", "no_further_action": True},
    ],
}  # fmt: skip
CASE_TABLES = ("consultation", "contact", "contact_child", "referral", "clock")


def test_the_same_data_in_three_formats_gives_the_same_tables(tmp_path: Path) -> None:
    found = {extension: tables_of(tmp_path / extension, extension) for extension in FORMATS}
    assert [len(rows) for rows in found["csv"][:4]] == [2, 2, 2, 2]
    assert found["xlsx"] == found["csv"]
    assert found["parquet"] == found["csv"]


def tables_of(root: Path, extension: str) -> list[list[tuple[Any, ...]]]:
    root.mkdir()
    write = FORMATS[extension]
    files = {f"{feed}_2026-06-05.{extension}": write(feed, records) for feed, records in RECORDS.items()}
    with loaded(root, files) as found:
        tables = [
            found.rows(f"SELECT * EXCLUDE ({'file_no' if table != 'clock' else 'case_code'}) FROM {table} ORDER BY ALL")
            for table in CASE_TABLES
        ]
        counts = "feed::VARCHAR, rule, field, finding.records"
        findings = found.rows(f"SELECT {counts} FROM finding JOIN load_file USING (file_no) ORDER BY ALL")
        return [*tables, findings, found.rows("SELECT rule, field FROM quarantine")]
