"""Checks a new snapshot in a fresh process, before anything points to it.

``python -m etl.verify FILE`` reads a request (JSON) on standard input and answers with a report (JSON)
on standard output. A fresh process sees what a reader will see: what is on the disk.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb

EMAIL = r"[^\s@]@[^\s@]"
POSTCODE = r"\b[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][ABD-HJLNP-UW-Z]{2}\b"
TEN_DIGITS = r"\b[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}\b"
PATTERNS = {"an email address": EMAIL, "a postcode": POSTCODE, "an NHS number": TEN_DIGITS}
ANY_PATTERN = "(?i)" + "|".join(f"(?:{pattern})" for pattern in PATTERNS.values())

CODES = {"case_code": "[A-Z2-7]{10}"}
"""Columns of codes that we make: held to their form instead, since one in twenty million is ten digits."""

FEW = 50
"""Tables with fewer rows than this before are too small for a fall to mean anything."""


@dataclass(frozen=True)
class Link:
    """Every value of ``table.column`` that is not null stands in ``target.target_column``.

    ``only`` narrows it to rows with these values, such as ``{"case_kind": "contact"}``.
    """

    table: str
    column: str
    target: str
    target_column: str
    only: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Request:
    """What a snapshot must keep. ``previous`` has rows by authority and table."""

    tables: tuple[str, ...] = ()
    keys: tuple[tuple[str, str], ...] = ()
    links: tuple[Link, ...] = ()
    canaries: tuple[str, ...] = ()
    previous: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    largest_fall_percent: int | None = 40
    threads: int = 2
    memory_limit_mb: int = 1000


@dataclass(frozen=True)
class Report:
    """Problems in plain words (none = fit to publish), and rows by table and by authority and table."""

    problems: tuple[str, ...]
    rows: Mapping[str, int] = field(default_factory=dict)
    authority_rows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def verify(file: Path, request: Request, *, seconds: float = 300) -> Report:
    """Run ``check`` in a fresh process; a process that fails is a problem like any other."""
    # -P: a folder named etl in the working folder must not be taken for this package.
    command = [sys.executable, "-P", "-m", "etl.verify", str(file)]
    paths = [str(Path(__file__).resolve().parent.parent), os.environ.get("PYTHONPATH", "")]
    fresh = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    text = json.dumps(asdict(request))
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=seconds, env=fresh)
    except subprocess.TimeoutExpired:
        return Report((f"The checks of the new snapshot took more than {seconds:.0f} seconds.",))
    if done.returncode:
        return Report(("The checks of the new snapshot ended before their end.",))
    answer = json.loads(done.stdout)
    return Report(tuple(answer["problems"]), answer["rows"], answer["authority_rows"])


def check(file: Path, request: Request) -> Report:
    """Every check in this process; never a value of the data in the words of a problem."""
    if file.with_name(file.name + ".wal").exists():
        return Report(("The snapshot was not closed properly: a write-ahead log lies beside it.",))
    try:
        con = open_snapshot(file, threads=request.threads, memory_limit_mb=request.memory_limit_mb)
    except duckdb.Error:
        return Report(("The snapshot cannot be opened: it is damaged or not a snapshot.",))
    with con:
        try:
            return _check(con, request)
        except duckdb.Error as error:
            return Report((f"The snapshot cannot be read through: {type(error).__name__}.",))


def open_snapshot(file: Path, *, threads: int, memory_limit_mb: int) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach nothing but ``file`` (platform-notes, DuckDB 5)."""
    return duckdb.connect(
        str(file),
        read_only=True,
        config={
            "enable_external_access": "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_community_extensions": "false",
            "python_enable_replacements": "false",
            "threads": str(threads),
            "memory_limit": f"{memory_limit_mb}MB",
            "max_temp_directory_size": "0B",
            "lock_configuration": "true",
        },
    )


def _check(con: duckdb.DuckDBPyConnection, request: Request) -> Report:
    present = {name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    missing = [f"The table {name} is missing." for name in request.tables if name not in present]
    if missing:
        return Report(tuple(missing))
    authority_rows = _authority_rows(con, request.tables)
    problems = [
        *_unaccounted(con, "load_file" in present),
        *(problem for key in request.keys for problem in _key(con, *key)),
        *(problem for link in request.links for problem in _unresolved(con, link)),
        *_identifiers(con, request.canaries),
        *_falls(authority_rows, request.previous, request.largest_fall_percent),
    ]
    return Report(tuple(problems), _rows(con), authority_rows)


def _rows(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    tables = con.execute("SELECT table_name FROM duckdb_tables() ORDER BY ALL").fetchall()
    return {table: _number(con, f"SELECT count(*) FROM {_name(table)}") for (table,) in tables}


def _authority_rows(con: duckdb.DuckDBPyConnection, tables: Iterable[str]) -> dict[str, dict[str, int]]:
    """Rows of each table by authority, for the tables that say whose their rows are."""
    with_authority = "SELECT table_name FROM duckdb_columns() WHERE column_name = 'authority'"
    owned = {table for (table,) in con.execute(with_authority).fetchall()}
    counted: dict[str, dict[str, int]] = {}
    for table in sorted(owned.intersection(tables)):
        sql = f"SELECT authority::VARCHAR, count(*) FROM {_name(table)} WHERE authority IS NOT NULL GROUP BY 1"
        for authority, rows in con.execute(sql).fetchall():
            counted.setdefault(authority, {})[table] = rows
    return counted


def _unaccounted(con: duckdb.DuckDBPyConnection, is_there: bool) -> Iterator[str]:
    if not is_there:
        return
    sql = """
        SELECT count(*) FROM load_file
        WHERE records IS DISTINCT FROM header_and_blank + loaded + superseded + quarantined
    """
    if wrong := _number(con, sql):
        yield (
            f"load_file: {wrong} of the files are not accounted for (records are not header and blank "
            "+ loaded + superseded + quarantined)."
        )


def _key(con: duckdb.DuckDBPyConnection, table: str, column: str) -> Iterator[str]:
    key, source = _name(column), _name(table)
    sql = f"SELECT count(*), count({key}), count(DISTINCT {key}) FROM {source}"
    rows, filled, distinct = con.execute(sql).fetchall()[0]
    if rows > filled:
        yield f"{table}.{column}: {rows - filled} rows have no key."
    if filled > distinct:
        yield f"{table}.{column}: {filled - distinct} rows repeat a key that another row has."


def _unresolved(con: duckdb.DuckDBPyConnection, link: Link) -> Iterator[str]:
    column = _name(link.column)
    only = "".join(f" AND {_name(name)} = ?" for name in link.only)
    sql = f"""
        WITH wanted AS (SELECT {column} AS key FROM {_name(link.table)} WHERE {column} IS NOT NULL{only})
        SELECT count(*) FROM wanted
        WHERE key NOT IN (SELECT {_name(link.target_column)} FROM {_name(link.target)}
                          WHERE {_name(link.target_column)} IS NOT NULL)
    """
    if lost := _number(con, sql, list(link.only.values())):
        yield (f"{link.table}.{link.column}: {lost} rows lead to no row of {link.target}.{link.target_column}.")


def _identifiers(con: duckdb.DuckDBPyConnection, canaries: tuple[str, ...]) -> Iterator[str]:
    """Texts that look like an email address, a postcode or an NHS number, or hold a canary."""
    # Many columns share an ENUM: its labels are looked at once.
    columns = """
        SELECT table_name, column_name, data_type FROM duckdb_columns()
        WHERE table_name IN (SELECT table_name FROM duckdb_tables())
        QUALIFY NOT (data_type LIKE 'ENUM%)')
             OR row_number() OVER (PARTITION BY data_type ORDER BY table_name, column_name) = 1
        ORDER BY ALL
    """
    for table, column, data_type in con.execute(columns).fetchall():
        texts = _texts(table, column, data_type)
        if texts is None:
            continue
        if column in CODES:
            yield from _misshapen(con, f"{table}.{column}", texts, CODES[column])
            continue
        for what in _looks_like(con, texts):
            yield f"{table}.{column} holds a text that looks like {what}."
        if canaries and _number(con, _holding(texts), [list(canaries)]):
            yield f"{table}.{column} holds a text that must never be published."


def _texts(table: str, column: str, data_type: str) -> str | None:
    """A query for the texts of a column as ``text``: labels of an ENUM, used or not; None without texts."""
    name, source = _name(column), _name(table)
    if data_type.startswith("ENUM") and data_type.endswith(")"):
        return f"SELECT unnest(enum_range((SELECT {name} FROM {source} LIMIT 0)))::VARCHAR AS text"
    if data_type == "BLOB":
        return f"SELECT decode({name}, 'replace') AS text FROM {source}"
    if any(kind in data_type for kind in ("VARCHAR", "JSON", "BLOB", "ENUM")):
        return f"SELECT {name}::VARCHAR AS text FROM {source}"
    return None


def _misshapen(con: duckdb.DuckDBPyConnection, where: str, texts: str, form: str) -> Iterator[str]:
    if wrong := _number(con, f"SELECT count(*) FROM ({texts}) WHERE NOT regexp_full_match(text, ?)", [form]):
        yield f"{where}: {wrong} codes do not have the form of a code."


def _looks_like(con: duckdb.DuckDBPyConnection, texts: str) -> list[str]:
    suspects = con.execute(
        f"SELECT DISTINCT text FROM ({texts}) WHERE regexp_matches(text, ?)", [ANY_PATTERN]
    ).fetchall()
    if not suspects:
        return []
    found = []
    for what, pattern in PATTERNS.items():
        sql = "SELECT bool_or(regexp_matches(text, ?, 'i')) FROM (SELECT unnest(?::VARCHAR[]) AS text)"
        if _number(con, sql, [pattern, [text for (text,) in suspects]]):
            found.append(what)
    return found


def _holding(texts: str) -> str:
    return f"""
        SELECT count(*) FROM ({texts})
        WHERE len(list_filter(?::VARCHAR[], lambda canary: contains(lower(text), lower(canary)))) > 0
    """


def _falls(
    now: Mapping[str, Mapping[str, int]], before: Mapping[str, Mapping[str, int]], percent: int | None
) -> Iterator[str]:
    """Tables of an authority that lost more than ``percent`` of their rows; None accepts any fall."""
    if percent is None:
        return
    for authority, tables in sorted(before.items()):
        for table, rows in sorted(tables.items()):
            left = now.get(authority, {}).get(table, 0)
            if rows >= FEW and left < rows * (100 - percent) / 100:
                yield (
                    f"{authority}: {table} has {left:,} rows and had {rows:,} in the last version, a fall of "
                    f"more than {percent} %. If that is right, load again with --accept-fall."
                )


def _number(con: duckdb.DuckDBPyConnection, sql: str, values: list[Any] | None = None) -> int:
    row = con.execute(sql, values or []).fetchone()
    return int(row[0] or 0) if row else 0


def _name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _request(text: str) -> Request:
    given = json.loads(text)
    given["links"] = tuple(Link(**link) for link in given["links"])
    given["keys"] = tuple((table, column) for table, column in given["keys"])
    return Request(**given)


if __name__ == "__main__":
    json.dump(asdict(check(Path(sys.argv[1]), _request(sys.stdin.read()))), sys.stdout)
