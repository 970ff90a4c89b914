"""Random dirty files of one feed in all three formats, and what must become of each of their records."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

CANARY = "Canary7391"
COLUMNS = ("mark", "contact_ref", "received_at", "decided_at", "channel", "attachments", "concern")
TITLE = "An export of contacts"
Row = list[str]


def _change(**cells: str) -> Callable[[random.Random, Row], Row]:
    def change(_: random.Random, row: Row) -> Row:
        return [cells.get(name, cell) for name, cell in zip(COLUMNS, row, strict=True)]

    return change


def _day_first(_: random.Random, row: Row) -> Row:
    year, month, day = row[2][:10].split("-")
    return [*row[:2], f"{day}/{month}/{year}{row[2][10:]}", *row[3:]]


GOOD: tuple[Callable[[random.Random, Row], Row], ...] = (
    lambda _, row: row,
    _day_first,
    _change(channel=f"{CANARY} pigeon"),
    _change(channel="\u00a0 PHONE ", attachments=f"{CANARY} or two"),
    _change(concern=f'{CANARY}, "quoted",\nand a second line'),
    _change(decided_at="2026-03-27"),
    lambda _, row: [cell if cell == row[0] else f" {cell}\t" for cell in row],
)
BAD: dict[str, Callable[[random.Random, Row], Row]] = {
    "missing_key": _change(contact_ref=" "),
    "missing_moment": _change(received_at=""),
    "malformed_date": _change(decided_at=f"{CANARY} noon"),
    "impossible_year": _change(received_at="0202-03-01 10:00"),
    "future_date": _change(received_at="2062-03-01 10:00"),
    "impossible_order": _change(decided_at="2001-03-01 10:00"),
    "excel_serial": _change(received_at="46082.25"),
    "scientific_notation": _change(contact_ref="4.20260E+14"),
    "malformed_key": _change(contact_ref=f"{CANARY} " * 9),
}


@dataclass(frozen=True)
class Dirty:
    """A file: its bytes, and by what Python reads of it (ordinal, rule) of bad records, references of good ones."""

    content: bytes
    bad: frozenset[tuple[int, str]]
    good: tuple[str, ...]
    records: int
    header_and_blank: int


def dirty(seed: int, rows: int, extension: str) -> Dirty:
    """A dirty file of so many records and more, the same for the same seed."""
    chance = random.Random(f"{seed} {extension}")
    faults: dict[str, str] = {}
    made = [row for number in range(rows) for row in _records(chance, f"m{number}", faults)]
    twins = [("t1", ["t1", "Twin-1"]), ("t2", ["t2", "TWIN-1"])]
    for mark, start in twins:
        faults[mark] = "twin_key"
        made.insert(chance.randrange(len(made)), [*start, "2026-03-02 10:00", "", "portal", "1", CANARY])
    content, found = WRITERS[extension](chance, made, faults)
    header = 0 if extension == "parquet" else next(n for n, row in enumerate(found, 1) if row[:1] == ["mark"])
    blank = sum(not any(cell.strip("\u00a0 \t") for cell in row) for row in found[header:])
    marked = {row[0].strip(): (n, row) for n, row in enumerate(found, 1) if n > header and any(map(str.strip, row))}
    bad = frozenset((n, faults[mark]) for mark, (n, _) in marked.items() if mark in faults)
    good = tuple(row[1].strip().upper() for mark, (_, row) in marked.items() if mark not in faults)
    return Dirty(content, bad, good, len(found), header + blank)


def _records(chance: random.Random, mark: str, faults: dict[str, str]) -> Iterator[Row]:
    received = f"2026-03-{chance.randint(1, 26):02d} {chance.randint(2, 23):02d}:{chance.randint(0, 59):02d}"
    row = [mark, f"Ref-{mark}", received, "", "portal", "2", CANARY]
    kind = chance.random()
    if kind < 0.1:
        yield [chance.choice(["", " ", "\u00a0"]) for _ in COLUMNS]
    elif kind < 0.35:
        rule = chance.choice(list(BAD))
        faults[mark] = rule
        yield BAD[rule](chance, row)
    else:
        yield chance.choice(GOOD)(chance, row)


def _as_csv(chance: random.Random, rows: list[Row], faults: dict[str, str]) -> tuple[bytes, list[Row]]:
    ends = chance.choice(["\n", "\r\n"])
    lines = [f"{TITLE}{ends}"] if chance.random() < 0.5 else []
    for row in [list(COLUMNS), *rows]:
        text = io.StringIO()
        csv.writer(text, lineterminator=ends).writerow(row)
        lines.append(_broken(chance, text.getvalue(), row, ends, faults))
    content = "".join(lines)
    return content.encode(chance.choice(["utf-8", "utf-8-sig"])), list(csv.reader(io.StringIO(content, newline="")))


def _broken(chance: random.Random, line: str, row: Row, ends: str, faults: dict[str, str]) -> str:
    """Some good records get too many fields or marks that do not match; some empty lines come between."""
    if row[0] not in faults and row[0].startswith("m") and row[0] != "mark" and "\n" not in line[:-2]:
        kind = chance.random()
        if kind < 0.05:
            faults[row[0]] = "ragged"
            return line.removesuffix(ends) + f",{CANARY}{ends}"
        if kind < 0.1 and row[6] == CANARY:
            faults[row[0]] = "broken_quotes"
            return line.removesuffix(ends).removesuffix(CANARY) + f'"{CANARY} "said" it"{ends}'
    return line + (ends if chance.random() < 0.05 else "")


def _as_workbook(chance: random.Random, rows: list[Row], _: dict[str, str]) -> tuple[bytes, list[Row]]:
    lines = [[TITLE]] * (chance.random() < 0.5) + [list(COLUMNS), *rows]
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_numbers": False}) as book:
        sheet = book.add_worksheet("contacts")
        for number, line in enumerate(lines):
            sheet.write_row(number, 0, line)
    while not any(lines[-1]):
        lines.pop()
    return out.getvalue(), lines


def _as_parquet(_: random.Random, rows: list[Row], __: dict[str, str]) -> tuple[bytes, list[Row]]:
    columns = {name: pa.array([row[at] or None for row in rows]) for at, name in enumerate(COLUMNS)}
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue(), rows


WRITERS = {"csv": _as_csv, "xlsx": _as_workbook, "parquet": _as_parquet}
