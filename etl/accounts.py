"""Accounts for every physical record: `load_file`, `quarantine` and `finding`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb

from etl.arrivals import Arrival, RefusedArrival
from etl.contract.vocabularies import UNMAPPED
from etl.feeds import FEEDS, Feed
from etl.intake.names import LONDON, NamedFile
from etl.intake.opened import digest
from etl.validate import BY_CODE

TABLES = ("load_file", "quarantine", "finding")
Connection = duckdb.DuckDBPyConnection
MOST_SHARE_A_WIDTH = 0.9
"""References are of one width when so many share it; the shorter ones may have lost leading zeros."""


def write(con: Connection, authority: str, arrived: Sequence[Arrival], refused: Sequence[RefusedArrival]) -> None:
    """Write the three tables for an authority whose rows are staged and settled."""
    counted = [arrival for arrival in arrived if arrival.counts]
    for feed in FEEDS:
        of_feed = [arrival for arrival in counted if arrival.feed is feed]
        _write_files(con, authority, feed, of_feed)
        _write_quarantine(con, authority, feed, of_feed)
        _write_warnings(con, authority, feed, [arrival for arrival in arrived if arrival.feed is feed])
    _write_rejected(con, authority, counted)
    _write_columns(con, authority, counted)
    _write_refused(con, authority, refused)
    _write_errors(con, authority)


def _write_files(con: Connection, authority: str, feed: Feed, arrived: Sequence[Arrival]) -> None:
    counts = {
        file_no: row
        for file_no, *row in con.execute(
            f"SELECT file_no, count(*) FILTER (why = 'blank'), count(*) FILTER (why = 'error'), "
            f"count(*) FILTER (why IN ('superseded', 'erased')), count(*) FILTER (why IS NULL) "
            f"FROM stage_{feed.name} AS staged LEFT JOIN lost_{feed.name} AS lost ON lost.rid = staged.rowid "
            "GROUP BY file_no"
        ).fetchall()
    }
    for arrival in arrived:
        blank, wrong, superseded, loaded = counts.get(arrival.file_no, (0, 0, 0, 0))
        sheet = arrival.sheet
        _insert_file(
            con, authority, arrival.file_no, arrival.origin, sheet.file, sheet.sheet, sheet.sha256,
            (sheet.records, sheet.header_and_blank + blank, loaded, superseded, wrong + len(sheet.rejected)),
            "loaded", None,
        )  # fmt: skip


def _write_refused(con: Connection, authority: str, refused: Sequence[RefusedArrival]) -> None:
    for one in refused:
        # The place before the colon has the file's own name, which may name someone.
        reason = one.refusal.message.removeprefix(one.refusal.file).partition(": ")[2]
        feed = one.file.feed
        _insert_file(
            con,
            authority,
            one.file_no,
            feed,
            one.file,
            one.refusal.sheet,
            _digest(one.file),
            (0, 0, 0, 0, 0),
            "refused",
            reason,
        )


def _insert_file(
    con: Connection,
    authority: str,
    file_no: int,
    feed: str,
    file: NamedFile,
    sheet: str | None,
    sha256: str | None,
    counts: tuple[int, int, int, int, int],
    state: str,
    reason: str | None,
) -> None:
    con.execute(
        f"INSERT INTO load_file VALUES ({', '.join('?' * 17)})",
        [
            file_no, authority, feed, safe_name(file), sheet, file.extension, file.extract_at,
            file.is_moment_from_name, sha256, file.path.stat().st_size, *counts, state, reason,
        ],
    )  # fmt: skip


def _digest(file: NamedFile) -> str | None:
    try:
        return digest(file.path)
    except OSError:
        return None


def safe_name(file: NamedFile) -> str:
    """Feed and extract moment: what stands between them in the file's name may name someone."""
    return f"{file.feed}_{file.extract_at.astimezone(LONDON):%Y-%m-%dT%H%M}.{file.extension}"


def _write_quarantine(con: Connection, authority: str, feed: Feed, arrived: Sequence[Arrival]) -> None:
    """One row per quarantined record and rule, with the record's ordinal in its file."""
    runs = [
        (arrival.file_no, arrival.sheet.sheet, row, shift)
        for arrival in arrived
        for row, shift in arrival.sheet.skipped.runs()
    ]
    if not runs:
        return
    con.execute("CREATE OR REPLACE TEMP TABLE run (file_no INTEGER, sheet VARCHAR, first_row BIGINT, shift BIGINT)")
    con.executemany("INSERT INTO run VALUES (?, ?, ?, ?)", runs)
    con.execute(f"""
        INSERT INTO quarantine
        WITH wrong AS (
            SELECT file_no, rowid - min(rowid) OVER (PARTITION BY file_no) AS place, faults FROM (
                SELECT file_no, rowid, faults FROM stage_{feed.name} WHERE faults IS NOT NULL
                UNION ALL SELECT file_no, min(rowid), NULL FROM stage_{feed.name} GROUP BY file_no)
        )
        SELECT '{authority}', wrong.file_no, run.sheet, wrong.place + run.shift, split_part(fault, '|', 1),
            nullif(split_part(fault, '|', 2), '')
        FROM (SELECT *, unnest(string_split(faults, ',')) AS fault FROM wrong WHERE faults IS NOT NULL) AS wrong
        ASOF JOIN run ON run.file_no = wrong.file_no AND run.first_row <= wrong.place
        ORDER BY ALL""")


def _write_rejected(con: Connection, authority: str, arrived: Iterable[Arrival]) -> None:
    rows = [
        (
            authority,
            arrival.file_no,
            arrival.sheet.sheet,
            one.record,
            one.code if one.code in BY_CODE else "unreadable",
            None,
        )
        for arrival in arrived
        for one in arrival.sheet.rejected
    ]
    if rows:
        con.executemany("INSERT INTO quarantine VALUES (?, ?, ?, ?, ?, ?)", rows)


def _write_errors(con: Connection, authority: str) -> None:
    con.execute(
        "INSERT INTO finding SELECT authority, file_no, rule, field, 'error', count(*) FROM quarantine "
        "WHERE authority = $1 GROUP BY ALL ORDER BY ALL",
        [authority],
    )


def _write_warnings(con: Connection, authority: str, feed: Feed, arrived: Sequence[Arrival]) -> None:
    files = [arrival.file_no for arrival in arrived]
    if not files:
        return
    selects = [*_unmapped(feed), _noticed(feed)]
    if feed.name == "children":
        selects.append(
            "SELECT file_no, 'orphan', 'contact_ref', count(*) FROM kept_children "
            "WHERE rid NOT IN (SELECT rid FROM child_link) GROUP BY file_no"
        )
    if feed.name == "referrals":
        selects.append(
            "SELECT file_no, 'orphan', 'contact_ref', count(*) FROM kept_referrals JOIN referral_link USING (rid) "
            "WHERE is_orphan GROUP BY file_no"
        )
    if feed.name in ("children", "referrals"):
        selects.append(_short_references(feed))
    selects.append(
        f"SELECT file_no, 'erased', NULL, count(*) FROM stage_{feed.name} AS staged "
        f"JOIN lost_{feed.name} AS lost ON lost.rid = staged.rowid WHERE why = 'erased' GROUP BY file_no"
    )
    for select in selects:
        con.execute(
            f"INSERT INTO finding SELECT $1, file_no, rule, field, 'warning', records FROM ({select}) "
            "AS found(file_no, rule, field, records) WHERE records > 0 AND list_contains($2, file_no)",
            [authority, files],
        )


def _unmapped(feed: Feed) -> list[str]:
    """One scan counts the unmapped values of all columns."""
    fields = [field.name for field in feed.fields if field.kind == "coded"]
    counts = ", ".join(f"count(*) FILTER ({name} = '{UNMAPPED}') AS {name}" for name in fields)
    counted = f"SELECT file_no, {counts} FROM kept_{feed.name} GROUP BY file_no"
    listed = ", ".join(fields)
    rule = "CASE field WHEN 'agency_name' THEN 'unknown_agency' ELSE 'unmapped' END"
    return [
        f"SELECT file_no, {rule}, field, records FROM (UNPIVOT ({counted}) ON {listed} INTO NAME field VALUE records)"
    ]


def _noticed(feed: Feed) -> str:
    return (
        "SELECT file_no, split_part(warning, '|', 1), split_part(warning, '|', 2), count(*) FROM "
        f"(SELECT file_no, unnest(string_split(warnings, ',')) AS warning FROM kept_{feed.name} "
        "WHERE warnings IS NOT NULL) GROUP BY ALL"
    )


def _short_references(feed: Feed) -> str:
    """References of digits that are shorter than the one width nearly all others share."""
    return f"""
        WITH width AS (SELECT file_no, reference_digits, count(*) AS records FROM kept_{feed.name}
            WHERE reference_digits > 0 GROUP BY ALL),
        common AS (SELECT file_no, max_by(reference_digits, records) AS digits,
            max(records) / sum(records) AS share FROM width GROUP BY file_no)
        SELECT file_no, 'leading_zeros_lost', 'child_ref', sum(records)::BIGINT FROM width JOIN common USING (file_no)
        WHERE share >= {MOST_SHARE_A_WIDTH} AND reference_digits < digits GROUP BY file_no"""


def _write_columns(con: Connection, authority: str, arrived: Iterable[Arrival]) -> None:
    """Columns nobody asked for are counted (their names may be anything), missing ones are named."""
    rows: list[tuple[object, ...]] = []
    for arrival in arrived:
        if arrival.unknown:
            rows.append((authority, arrival.file_no, "extra_column", None, "warning", len(arrival.unknown)))
        if not arrival.is_annex_a:
            absent = [name for name in arrival.feed.names if name not in arrival.positions]
            rows += [
                (authority, arrival.file_no, "absent_column", name, "warning", arrival.sheet.rows) for name in absent
            ]
    if rows:
        con.executemany("INSERT INTO finding VALUES (?, ?, ?, ?, ?, ?)", rows)
