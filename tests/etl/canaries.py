"""Inputs that are full of canaries: in every column that identifies someone, in every kind of row and of file.

A canary begins with a stem that no honest text holds. `IDENTIFYING` is the one table of the columns marked ° in the
published input format.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow
import pyarrow.parquet
import xlsxwriter

from etl.feeds import BY_NAME

STEM = "Zqxvk"
IN_FILE_NAME = "Wkvrbfile"
IN_SHEET_NAME = "Jhqtzsheet"
BORN_ON, EXPECTED_ON = "2009-02-23", "2027-03-19"
NHS_NUMBER, POSTCODE = "999 000 4441", "ME14 0CV"
EXTRACT = "2026-10-01T0610"

IDENTIFYING: Mapping[str, Sequence[str]] = {
    "consultations": ("consultation_ref", "consultee_name", "consultee_email", "notes"),
    "contacts": (
        "contact_ref", "referrer_name", "referrer_email", "consultation_ref", "agreement_given_by",
        "no_agreement_reason", "no_agreement_authorised_by", "postcode", "concern", "complicating_factors", "strengths",
        "needs_to_change", "other_information", "decision_authorised_by", "duplicate_of",
    ),
    "children": (
        "contact_ref", "child_ref", "first_name", "last_name", "date_of_birth", "expected_date_of_birth", "nhs_number",
        "upn", "school", "postcode",
    ),
    "referrals": ("referral_ref", "contact_ref", "child_ref", "accepted_by", "allocated_team"),
}  # fmt: skip
MEANT_AS_WELL = {"consultations": ("consultee_role",), "contacts": ("referrer_role",), "children": (), "referrals": ()}
"""Columns of free text that are not marked, and of which only whether they are filled is kept."""

Row = dict[str, str]


def canary(feed: str, column: str) -> str:
    """What stands in a column: a text, or a date, a number, a postcode, an address of its kind."""
    special = {
        "date_of_birth": BORN_ON,
        "expected_date_of_birth": EXPECTED_ON,
        "nhs_number": NHS_NUMBER,
        "postcode": POSTCODE,
    }
    if column.endswith("_email"):
        return f"{STEM}.{feed}.{column}@example.org"
    if column.endswith("_ref") or column == "duplicate_of":
        return reference(column.removesuffix("_ref").replace("duplicate_of", "contact"), 1)
    return special.get(column, f"{STEM} {feed} {column}")


def reference(kind: str, number: int) -> str:
    """A reference of a case or a child."""
    return f"00{STEM}-{kind}-{number:04d}"


def rows(feed: str) -> list[Row]:
    """Rows that load, rows that break each rule, rows that hold what is on no list."""
    made = {"consultations": _consultations, "contacts": _contacts, "children": _children, "referrals": _referrals}
    return list(made[feed]())


def _row(feed: str, **changes: str) -> Row:
    columns = (*IDENTIFYING[feed], *MEANT_AS_WELL[feed])
    return {column: canary(feed, column) for column in columns} | changes


def _wrong_moments(feed: str, first: str, key: str) -> Iterator[Row]:
    kind = key.removesuffix("_ref")
    wrong = ("", "45000", "09/21/2026 10:00", f"{STEM} soon", "0202-09-01 10:00", "2026-11-30 10:00")
    for number, text in enumerate(wrong, start=101):
        yield _row(feed, **{key: reference(kind, number), first: text})
    moments = [field.name for field in BY_NAME[feed].fields if field.kind == "moment" and field.name != first]
    for number, column in enumerate(moments, start=201):
        yield _row(feed, **{key: reference(kind, number), first: "2026-09-02 10:00", column: f"{STEM} {column}"})


def _wrong_keys(feed: str, first: str, key: str) -> Iterator[Row]:
    at = {first: "2026-09-03 10:00"}
    kind = key.removesuffix("_ref")
    for text in ("", "1.23E+12", STEM * 15, *[reference(kind, 300)] * 2, f"Total {STEM}"):
        yield _row(feed, **{**at, key: text, **({first: ""} if text.startswith("Total") else {})})


def _unmapped(feed: str, first: str, key: str) -> Iterator[Row]:
    values = {field.name: f"{STEM} {field.name}" for field in BY_NAME[feed].fields if field.kind in ("coded", "number")}
    at = {first: "2026-09-04 10:00"} if first else {}
    yield _row(feed, **{**at, key: reference(key.removesuffix("_ref"), 400), **values})


def _every_wrong(feed: str, first: str, key: str) -> Iterator[Row]:
    yield from _wrong_moments(feed, first, key)
    yield from _wrong_keys(feed, first, key)
    yield from _unmapped(feed, first, key)


def _consultations() -> Iterator[Row]:
    feed, at = "consultations", "2026-09-01 11:00"
    yield _row(
        feed, requested_at=at, channel="phone", agency_type="School", completed_at=at, advice="universal services"
    )
    yield _row(feed, consultation_ref=reference("consultation", 2), requested_at=at, completed_at="2026-09-02 11:00")
    yield from _every_wrong(feed, "requested_at", "consultation_ref")


def _contacts() -> Iterator[Row]:
    feed, at = "contacts", {"received_at": "2026-09-03 11:00"}
    yield _row(feed, **at, duplicate_of="", channel="portal", parents_aware="Yes", agreement_obtained="No")
    yield _row(feed, contact_ref=reference("contact", 2), **at, decided_at="2026-09-03 12:00", decision="pending")
    yield _row(feed, contact_ref=reference("contact", 3), **at, referrer_email="", decided_at="2026-09-01")
    yield _row(feed, contact_ref=reference("contact", 4), **at, referrer_email="", parents_aware="No",
               agreement_obtained="Yes")  # fmt: skip
    yield from _every_wrong(feed, "received_at", "contact_ref")


def _children() -> Iterator[Row]:
    feed = "children"
    unborn = {"child_ref": "", "date_of_birth": ""}
    yield _row(feed, expected_date_of_birth="", position="key child", gender="female")
    yield _row(feed, child_ref="", expected_date_of_birth="")
    yield _row(feed, contact_ref=reference("contact", 2), child_ref="")
    yield _row(feed, contact_ref=reference("contact", 2), **unborn)
    yield _row(feed, contact_ref=reference("contact", 2), **unborn)
    yield _row(
        feed, contact_ref=reference("contact", 4), **unborn, first_name="", last_name="", expected_date_of_birth=""
    )
    yield _row(feed, contact_ref=reference("contact", 9999))
    yield _row(feed, contact_ref="")
    yield _row(feed, contact_ref=f"Total {STEM}")
    for text in (f"{STEM} day", "40597", "02/23/2011", "0202-02-23", "2026-12-24"):
        yield _row(feed, child_ref=reference("child", 5), date_of_birth=text)
    yield _row(feed, child_ref="7.65E+11")
    yield _row(feed, child_ref=STEM * 15)
    yield from [_row(feed, child_ref=reference("child", 6))] * 2
    values = {field.name: f"{STEM} {field.name}" for field in BY_NAME[feed].fields if field.kind == "coded"}
    yield _row(feed, child_ref=reference("child", 7), **values)


def _referrals() -> Iterator[Row]:
    feed, at = "referrals", {"received_at": "2026-09-05 10:00"}
    yield _row(feed, **at, source_code="6", outcome="no further action")
    yield _row(feed, referral_ref=reference("referral", 2), **at, contact_ref=reference("contact", 9999))
    yield _row(feed, referral_ref=reference("referral", 3), **at, contact_ref="")
    yield _row(feed, referral_ref=reference("referral", 4), **at, decided_at="2026-09-01 10:00")
    yield _row(feed, referral_ref=reference("referral", 5), **at, child_ref="")
    yield from _every_wrong(feed, "received_at", "referral_ref")


def columns(feed: str) -> list[str]:
    """The columns of the format, and one that nobody asked for."""
    return [*BY_NAME[feed].names, f"{STEM} extra column"]


def table(feed: str) -> list[list[str]]:
    """Header and rows; the column nobody asked for is filled throughout."""
    names = columns(feed)
    return [names, *([*(row.get(name, "") for name in names[:-1]), f"{STEM} extra value"] for row in rows(feed))]


def csv_bytes(lines: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows(lines)
    return text.getvalue().encode()


def write_csv(folder: Path) -> None:
    """The four files, each with a record of another width and one with broken quotes."""
    for feed in IDENTIFYING:
        ragged = (
            f"{STEM} ragged,{STEM}\n" + f'"{STEM} broken" quotes,' + ",".join([STEM] * len(BY_NAME[feed].names)) + "\n"
        )
        (folder / _name(feed, "csv")).write_bytes(csv_bytes(table(feed)) + ragged.encode())


def write_xlsx(folder: Path) -> None:
    """The four workbooks; the sheet of one has a name of its own, another has merged cells."""
    for feed in IDENTIFYING:
        sheet = f"{IN_SHEET_NAME} 1" if feed == "consultations" else feed
        write_workbook(folder / _name(feed, "xlsx"), {sheet: table(feed)}, is_merged=feed == "contacts")


def write_annex_a(folder: Path) -> None:
    """An Annex A workbook: rows that load, rows whose date is none, rows of children that no referral is about."""
    who = ["Child Unique ID", "Gender", "Ethnicity", "Date of Birth", "Allocated Worker", f"{STEM} extra"]
    named = {
        "List_1": ("Date of Contact", "Contact Source"),
        "List_2": ("Assessment start date", "Assessment completion date"),
        "List_3": ("Date of Referral", "Referral Source"),
        "List_4": ("Continuous Assessment Start Date", "Continuous Assessment Date of Authorisation"),
        "List_5": (
            "Strategy discussion initiating Section 47 Enquiry Start Date",
            "Date of Initial Child Protection Conference",
        ),
    }
    sheets = {}
    for name, dates in named.items():
        last = "6: Police" if name in ("List_1", "List_3") else "2026-09-20"
        lines = [
            [*_child(1), "2026-09-10", last],
            [*_child(2), f"{STEM} day", last],
            [*_child(9999), "2026-09-11", STEM],
        ]
        sheets[name] = [[*who, *dates], *lines]
    write_workbook(folder / _name("annex_a", "xlsx"), sheets)


def _child(number: int) -> list[str]:
    return [
        reference("child", number),
        f"{STEM} gender",
        f"{STEM} ethnicity",
        BORN_ON,
        f"{STEM} worker",
        f"{STEM} extra",
    ]


def write_workbook(path: Path, sheets: Mapping[str, Sequence[Sequence[str]]], *, is_merged: bool = False) -> None:
    """A workbook of texts; `is_merged`: with two merged rows after the last."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False}) as book:
        for name, lines in sheets.items():
            sheet = book.add_worksheet(name)
            for number, line in enumerate(lines):
                for column, text in enumerate(line):
                    sheet.write_string(number, column, text)
            if is_merged:
                sheet.merge_range(len(lines), 0, len(lines) + 1, 2, f"{STEM} merged")


def write_parquet(folder: Path) -> None:
    """The four Parquet files."""
    for feed in IDENTIFYING:
        pyarrow.parquet.write_table(_arrow(table(feed)), folder / _name(feed, "parquet"))


def _arrow(lines: Sequence[Sequence[str]]) -> pyarrow.Table:
    names, *body = lines
    return pyarrow.table({name: [line[place] or None for line in body] for place, name in enumerate(names)})


def _name(feed: str, extension: str) -> str:
    return f"{feed}_{IN_FILE_NAME}_{EXTRACT}.{extension}"


def write_refused(folder: Path) -> None:
    """Files that are refused, each for a reason of its own, full of canaries all the same."""
    header, *body = table("contacts")
    without_key = [line[1:] for line in table("contacts")]
    good = csv_bytes([header, *body])
    contents = {
        "headless.csv": csv_bytes(body),
        "semicolons.csv": csv_bytes([header, *body], ";"),
        "twins.csv": csv_bytes([[*header, header[-1]], *([*line, STEM] for line in body)]),
        "keyless.csv": csv_bytes(without_key),
        "latin.csv": good.replace(STEM.encode(), STEM.encode() + b"\xe9", 3),
        "half.csv": good[: good.rindex(b"\r\n", 0, -400) + 60] + b',"' + STEM.encode(),
        "broken.xlsx": b"PK\x03\x04" + STEM.encode() * 100,
        "broken.parquet": b"PAR1" + STEM.encode() * 100,
        "empty.csv": b"",
    }
    for name, content in contents.items():
        (folder / _refused_name(name)).write_bytes(content)
    write_workbook(folder / _refused_name("keyless.xlsx"), {f"{IN_SHEET_NAME} 2": without_key})
    write_workbook(folder / _refused_name("headless.xlsx"), {f"{IN_SHEET_NAME} 3": body})
    write_workbook(folder / _refused_name("sheets.xlsx"), dict.fromkeys((f"{IN_SHEET_NAME} 4", STEM), body))
    pyarrow.parquet.write_table(_arrow(without_key), folder / _refused_name("keyless.parquet"))
    (folder / f"{IN_FILE_NAME} letter.docx").write_bytes(STEM.encode())
    (folder / f".{IN_FILE_NAME}.csv").write_bytes(good)


def _refused_name(name: str) -> str:
    stem, _, extension = name.partition(".")
    return f"contacts_{IN_FILE_NAME}_{stem}_2026-09-30T0610.{extension}"
