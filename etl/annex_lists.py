"""Lists 2, 4 and 5 of Annex A: assessments and enquiries go to the child's referral, early help is counted.

A row belongs to the child's latest referral of list 3 on or before its date. Every row is accounted for: one that finds
no referral, or finds it filled by an earlier row, is in quarantine.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import duckdb

from etl.arrivals import AddedSheet, Arrival
from etl.contract.schema import quoted
from etl.feeds.annex_a import ADDED, CHILD, AddedList
from etl.intake.header import plain
from etl.intake.names import LONDON
from etl.steps import run_steps

Connection = duckdb.DuckDBPyConnection
Beside = Iterator[tuple[Arrival, AddedSheet]]
EARLIEST = "1990-01-01"
STAGE = """
CREATE OR REPLACE TEMP TABLE stage_list (file_no INTEGER, extract_at TIMESTAMP, list VARCHAR, child_key UUID,
    starts_on DATE, ends_on DATE,
    is_blank BOOLEAN, is_either_order BOOLEAN, faults VARCHAR)"""

SPANS = {
    "DATED": "SELECT rowid AS rid, list AS feed, * FROM stage_list WHERE faults IS NULL AND NOT is_blank",
    "KEY": "child_key, starts_on",
    "SAME": "again.child_key = dated.child_key AND again.starts_on = dated.starts_on",
    "MOMENT": "starts_on",
}
"""Newer lists replace older ones as newer full files do."""


def fill(con: Connection, arrived: Sequence[Arrival]) -> None:
    """Stage the lists beside the arrivals and fill the moments of their referrals, which must be settled."""
    con.execute(STAGE)
    for _, added in _beside(arrived):
        columns = _columns(added)
        if columns:
            con.execute(_insert(added, columns))
    run_steps(con, "annex_faults")
    con.execute("CREATE OR REPLACE TEMP TABLE full_file AS SELECT DISTINCT file_no FROM stage_list")
    run_steps(con, "spans", SPANS)
    run_steps(con, "annex_lists")
    for name, layout in ADDED.items():
        if layout.fills:
            con.execute(_update(name, layout))


def account(con: Connection, authority: str, arrived: Sequence[Arrival]) -> None:
    """Write `load_file`, `quarantine` and `finding` of these lists. The arrivals they came with have been written."""
    for arrival, added in _beside(arrived):
        columns = _columns(added)
        if not columns:
            _refuse(con, arrival, added)
            continue
        wrong = _wrong(con, added)
        _write_file(con, arrival, added, len({row for row, _, _ in wrong}))
        _write_quarantine(con, authority, added, wrong)
        unknown = sum(bool(name) for name in added.sheet.header) - len(columns)
        _warn(con, authority, added, "extra_column", unknown)
        if not ADDED[added.sheet.sheet or ""].fills:
            _warn(con, authority, added, "counted_only", _good(con, added))


def _beside(arrived: Sequence[Arrival]) -> Beside:
    return ((arrival, added) for arrival in arrived for added in arrival.beside)


def _columns(added: AddedSheet) -> tuple[int, int, int] | None:
    """Where child and dates stand; None when one is missing."""
    layout = ADDED[added.sheet.sheet or ""]
    header = [plain(name) for name in added.sheet.header]
    children = [header.index(plain(name)) for name in CHILD if plain(name) in header]
    dates = [header.index(plain(name)) for _, name in (layout.starts, layout.ends) if plain(name) in header]
    return (children[0], dates[0], dates[1]) if children and len(dates) == 2 else None


def _insert(added: AddedSheet, columns: tuple[int, int, int]) -> str:
    sheet = added.sheet
    layout = ADDED[sheet.sheet or ""]
    extract = sheet.file.extract_at.astimezone(LONDON).replace(tzinfo=None)
    child, starts, ends = (f"c{column}" for column in columns)
    blank = " AND ".join(f"cell(c{column}) IS NULL" for column in range(len(sheet.header)))
    faults = ", ".join(_faults(layout, extract))
    return f"""
        INSERT INTO stage_list
        SELECT {added.file_no}, TIMESTAMP '{extract}', {quoted(sheet.sheet or "")},
            pseudonym(prefix_of('child'), child), starts::DATE, ends::DATE,
            is_blank, is_either_order(t_starts) OR is_either_order(t_ends),
            CASE WHEN is_blank THEN NULL WHEN starts_with(lower(t_child), 'total') THEN 'total_row|child_ref'
                ELSE nullif(concat_ws(',', {faults}), '') END
        FROM (SELECT {child} AS t_child, {starts} AS t_starts, {ends} AS t_ends, {blank} AS is_blank,
            nullif(canonical_reference({child}), '') AS child, moment_of({starts}) AS starts, moment_of({ends}) AS ends
            FROM {sheet.relation})"""


def _faults(layout: AddedList, extract: datetime) -> Iterator[str]:
    def said(condition: str, rule: str, field: str) -> str:
        return f"CASE WHEN {condition} THEN {quoted(f'{rule}|{field}')} END"

    yield said("child IS NULL", "missing_key", "child_ref")
    exponent = r"regexp_full_match(t_child, '[0-9](\.[0-9]+)?[eE]\+[0-9]+')"
    yield said(exponent, "scientific_notation", "child_ref")
    yield said("starts IS NULL AND NOT is_lost(t_starts, starts)", "missing_moment", layout.starts[0])
    for name, (field, _) in (("starts", layout.starts), ("ends", layout.ends)):
        yield f"CASE WHEN is_lost(t_{name}, {name}) THEN date_fault(cell(t_{name})) || {quoted('|' + field)} END"
        yield said(f"{name} < TIMESTAMP '{EARLIEST}'", "impossible_year", field)
        yield said(f"{name} > TIMESTAMP '{extract:%Y-%m-%d %H:%M:%S}'", "future_date", field)
    yield said("ends < starts", "impossible_order", layout.ends[0])


def _update(name: str, layout: AddedList) -> str:
    """A moment that the referral has already is kept."""
    filled = ", ".join(
        f"{moment} = coalesce(staged.{moment}, found.{which}_on)" for moment, which in layout.fills.items()
    )
    dated = ", ".join(f"{moment}_has_time = coalesce(staged.{moment}_has_time, false)" for moment in layout.fills)
    return (
        f"UPDATE stage_referrals AS staged SET {filled}, {dated} FROM list_referral AS found "
        f"WHERE found.referral_rid = staged.rowid AND found.list = {quoted(name)}"
    )


def _wrong(con: Connection, added: AddedSheet) -> list[tuple[int, str, str | None]]:
    """(row number, rule, field) of the records in quarantine."""
    rows = con.execute(
        "SELECT place, unnest(string_split(faults, ',')) FROM (SELECT rowid - min(rowid) OVER () AS place, faults "
        "FROM stage_list WHERE file_no = $1) WHERE faults IS NOT NULL ORDER BY ALL",
        [added.file_no],
    ).fetchall()
    faults = [(added.sheet.record_of(place), *fault.split("|")) for place, fault in rows]
    found = [(row, rule, field or None) for row, rule, field in faults]
    return found + [(one.record, one.code, None) for one in added.sheet.rejected]


def _write_file(con: Connection, arrival: Arrival, added: AddedSheet, quarantined: int) -> None:
    sheet = added.sheet
    blank = _count(con, "SELECT count(*) FROM stage_list WHERE file_no = $1 AND is_blank", added)
    superseded = _count(con, "SELECT count(*) FROM list_row WHERE file_no = $1 AND why IS NOT NULL", added)
    aside = sheet.header_and_blank + blank
    loaded = sheet.records - aside - superseded - quarantined
    con.execute(
        "INSERT INTO load_file SELECT * REPLACE ($1 AS file_no, $2 AS sheet, $3 AS records, $4 AS header_and_blank, "
        "$5 AS loaded, $6 AS superseded, $7 AS quarantined) FROM load_file WHERE file_no = $8",
        [added.file_no, sheet.sheet, sheet.records, aside, loaded, superseded, quarantined, arrival.file_no],
    )


def _refuse(con: Connection, arrival: Arrival, added: AddedSheet) -> None:
    layout = ADDED[added.sheet.sheet or ""]
    words = f"a column is missing: {CHILD[0]}, {layout.starts[1]} or {layout.ends[1]}; export the list whole"
    con.execute(
        "INSERT INTO load_file SELECT * REPLACE ($1 AS file_no, $2 AS sheet, 0 AS records, 0 AS header_and_blank, "
        "0 AS loaded, 0 AS superseded, 0 AS quarantined, 'refused' AS state, $3 AS reason) FROM load_file "
        "WHERE file_no = $4",
        [added.file_no, added.sheet.sheet, words, arrival.file_no],
    )


def _write_quarantine(
    con: Connection, authority: str, added: AddedSheet, wrong: Sequence[tuple[int, str, str | None]]
) -> None:
    if not wrong:
        return
    rows = [(authority, added.file_no, added.sheet.sheet, row, rule, field) for row, rule, field in wrong]
    con.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)", rows)
    con.execute(
        "INSERT INTO finding SELECT authority, file_no, rule, field, 'error', count(*) FROM quarantine "
        "WHERE file_no = $1 GROUP BY ALL ORDER BY ALL",
        [added.file_no],
    )


def _warn(con: Connection, authority: str, added: AddedSheet, rule: str, records: int) -> None:
    if records:
        con.execute(
            "INSERT INTO finding VALUES ($1, $2, $3, NULL, 'warning', $4)", [authority, added.file_no, rule, records]
        )


def _good(con: Connection, added: AddedSheet) -> int:
    return _count(con, "SELECT count(*) FROM list_row WHERE file_no = $1 AND why IS NULL", added)


def _count(con: Connection, sql: str, added: AddedSheet) -> int:
    row = con.execute(sql, [added.file_no]).fetchone()
    return int(row[0]) if row else 0
