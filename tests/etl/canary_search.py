"""Looks for canaries wherever a warehouse can hold one: through SQL, in the bytes of its files, in texts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path

import duckdb

from etl.pseudonymise import canonical
from tests.etl import canaries

Place = str
NEEDLES = {
    text.lower()
    for text in (canaries.STEM, canaries.IN_FILE_NAME, canaries.IN_SHEET_NAME, canaries.POSTCODE, canaries.NHS_NUMBER)
}
DATES = (canaries.BORN_ON, canaries.EXPECTED_ON)
BETWEEN = "~"
"""Stands between two texts, so that none is made of the end of one and the beginning of the other."""
DAYS_IN = "calendar."
"""A calendar has every day of its years, among them one on which a child is expected."""


def needles() -> set[str]:
    """What is looked for, in lower case and without anything but letters and digits."""
    return {_bare(text) for text in NEEDLES}


def date_needles() -> set[str]:
    """The days of birth as they may be written."""
    return {
        form for year, month, day in (date.split("-") for date in DATES)
        for form in (f"{year}-{month}-{day}", f"{day}/{month}/{year}", f"{year}{month}{day}", f"{month}/{day}/{year}")
    }  # fmt: skip


def hash_needles() -> set[str]:
    """The first 32 hex digits of hashes without a key, of references and of name and birth date, however joined."""
    return {digest for text in _hashable() for digest in hashes(text)}


def hashes(text: str) -> Iterator[str]:
    """Hashes that need no key."""
    for make in (hashlib.md5, hashlib.sha1, hashlib.sha256, hashlib.sha512, hashlib.blake2b):
        yield make(text.encode()).hexdigest()[:32]


def _hashable() -> Iterator[str]:
    for feed, columns in canaries.IDENTIFYING.items():
        for column in columns:
            for form in _forms(canaries.canary(feed, column)):
                yield form
                yield from ("\x1f".join((*head, form)) for head in product(("child", "contact", "referrer"), ("kent",)))
    names = [_forms(canaries.canary("children", column)) for column in ("first_name", "last_name")]
    for first, last, between in product(*names, ("", " ", "|", ",", "\x1e", "\x1f")):
        for day in canaries.BORN_ON, canaries.EXPECTED_ON:
            yield between.join((first, last, day))


def _forms(text: str) -> set[str]:
    plain = re.sub(r"[^A-Za-z0-9]", "", text)
    return {text, text.lower(), text.upper(), canonical(text), plain, plain.lower(), plain.upper()}


def in_text(text: str) -> set[str]:
    """The needles of any kind that a text holds."""
    bare, hexadecimal = _bare(text), text.lower().replace("-", "")
    found = {needle for needle in needles() if needle in bare}
    found |= {needle for needle in date_needles() if needle in text}
    return found | {needle for needle in re.findall("[0-9a-f]{32,}", hexadecimal) if needle[:32] in HASHES}


def in_snapshot(path: Path) -> dict[Place, set[str]]:
    """Place → needles, for everything that SQL can say about a snapshot."""
    places: dict[Place, list[str]] = {}
    with duckdb.connect(str(path), read_only=True) as con:
        for place, text in texts(con):
            places.setdefault(place, []).append(text)
    found = {place: in_text(BETWEEN.join(said)) for place, said in places.items()}
    for place in found:
        found[place] -= date_needles() if place.startswith(DAYS_IN) else set()
    return {place: hit for place, hit in found.items() if hit}


def texts(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[Place, str]]:
    """(place, text) of every value, label, comment, name and definition."""
    yield from _values(con)
    for name, labels in con.execute("SELECT type_name, labels FROM duckdb_types() WHERE NOT internal").fetchall():
        yield from ((f"type {name}", label) for label in labels or ())
    for source in (
        "tables",
        "views",
        "columns",
        "types",
        "schemas",
        "indexes",
        "sequences",
        "constraints",
        "functions",
    ):
        where = (
            "" if source == "constraints" else "WHERE NOT internal" if source not in ("indexes", "sequences") else ""
        )
        for row in con.execute(f"FROM duckdb_{source}() {where}").fetchall():
            yield from ((f"duckdb_{source}", str(value)) for value in row if value is not None)


def _values(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[Place, str]]:
    columns = con.execute(
        "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY ALL"
    ).fetchall()
    for table, column, data_type in columns:
        reads = ['"{}"::VARCHAR'] + (["decode(\"{}\", 'replace')", 'hex("{}")'] if data_type == "BLOB" else [])
        for read in reads:
            sql = f'SELECT DISTINCT {read.format(column)} FROM "{table}" WHERE "{column}" IS NOT NULL'
            yield from ((f"{table}.{column}", text) for (text,) in con.execute(sql).fetchall())


def in_files(folder: Path) -> dict[Place, set[str]]:
    """File → needles in its name or its bytes, as UTF-8, UTF-16 and hexadecimal digits."""
    found: dict[Place, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        raw = path.read_bytes().lower() if path.is_file() else b""
        hit = {needle for needle in _written() if any(form in raw for form in _encoded(needle))}
        hit |= in_text(path.name)
        if hit:
            found[path.name] = hit
    return found


def _written() -> Iterator[str]:
    yield from (text.lower() for text in NEEDLES)
    yield from needles()
    yield from date_needles() - {date.replace("-", "") for date in DATES}


def _encoded(text: str) -> Iterable[bytes]:
    plain = text.encode()
    return plain, text.encode("utf-16-le"), plain.hex().encode()


def _bare(text: str) -> str:
    return re.sub(rf"[^a-z0-9{BETWEEN}]", "", text.lower())


HASHES = hash_needles()
