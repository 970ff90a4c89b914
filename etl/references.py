"""From an authority's own references to pseudonyms and back, where key and inbox are: erase and locate."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from uuid import UUID

import duckdb

from etl import erasures
from etl.erasures import Erasure
from etl.feeds import BY_NAME
from etl.intake.header import plain
from etl.intake.names import NamedFile, list_inbox
from etl.intake.opened import OpenedSheet, open_file
from etl.intake.refusals import RefusedFile, printable
from etl.order import JobError, authorities_in
from etl.profile import Feed, Profile, load_profiles
from etl.pseudonymise import CASE_CODE_LENGTH, Domain, PseudonymKey, macro_statements, prefix
from etl.publish import Warehouse
from etl.settings import Settings
from etl.staging import MACROS

CODE = re.compile(rf"[A-Z2-7]{{{CASE_CODE_LENGTH}}}")
CASES: dict[str, tuple[Domain, str]] = {
    "consultations": ("consultation", "consultation_ref"),
    "contacts": ("contact", "contact_ref"),
    "referrals": ("referral", "referral_ref"),
}
"""The feeds of cases, with the domain of their pseudonyms and the column that has the reference."""


@dataclass(frozen=True)
class Located:
    """Where a case code leads: the authority, the kind of case, its own reference, and a file that has it."""

    authority: str
    kind: str
    reference: str
    file: str


def erase(settings: Settings, ref_file: Path, *, authority: str | None = None) -> int:
    """Add what ``ref_file`` names to the erasure list; returns how many pseudonyms are new on it.

    The file is a CSV with the columns ``kind`` (child, contact, referral, consultation, consultee or referrer),
    ``reference`` and, unless ``authority`` is given, ``authority``. Raises JobError naming file, row and column.
    """
    key = PseudonymKey.load(settings.key_file)
    known = load_profiles(settings.profiles)
    at = datetime.now(UTC).replace(microsecond=0)
    listed = [
        Erasure(code, kind, _pseudonym(key, kind, code, reference), at)
        for code, kind, reference in _named(ref_file, authority, known)
    ]
    with Warehouse(settings.warehouse).lock():
        return erasures.add(settings.warehouse, listed)


def locate(settings: Settings, code: str) -> list[Located]:
    """The references whose case code is ``code``, in every file of the inbox that can be read."""
    if not CODE.fullmatch(code.upper()):
        raise JobError(f"{printable(code)!r} is not a case code: it has {CASE_CODE_LENGTH} letters A-Z and digits 2-7.")
    key = PseudonymKey.load(settings.key_file)
    profiles = load_profiles(settings.profiles)
    found: dict[tuple[str, str, str], Located] = {}
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as con:
        for statement in macro_statements(key):
            con.execute(statement)
        for authority in authorities_in(settings.inbox):
            if authority in profiles:
                for one in _located(con, settings, profiles[authority], code.upper(), Path(scratch)):
                    found[one.authority, one.kind, one.reference] = one
    return list(found.values())


def _pseudonym(key: PseudonymKey, kind: Domain, authority: str, reference: str) -> UUID:
    """As a load makes it: a professional is known by the email address, else by the name."""
    if kind not in ("consultee", "referrer"):
        return key.pseudonym(kind, authority, reference)
    without_spaces = "".join(reference.split())
    person = without_spaces.lower() if "@" in reference else plain_person(reference)
    return UUID(bytes=key.digest(kind, authority, person)[:16])


def plain_person(name: str) -> str:
    """A name as a load compares it: without accents, case and anything that is no letter or digit."""
    with duckdb.connect() as con:
        for statement in MACROS:
            con.execute(statement)
        row = con.execute("SELECT plain_name(?)", [name]).fetchone()
    return str(row[0]) if row else ""


def _named(ref_file: Path, authority: str | None, known: dict[str, Profile]) -> Iterator[tuple[str, Domain, str]]:
    name = printable(ref_file.name)
    try:
        with ref_file.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            wanted = {"kind", "reference"} if authority else {"authority", "kind", "reference"}
            if missing := wanted - set(rows.fieldnames or ()):
                raise JobError(f"{name}, row 1: the column {', '.join(sorted(missing))} is missing.")
            for number, row in enumerate(rows, start=2):
                yield _entry(f"{name}, row {number}", row, authority, known)
    except (OSError, UnicodeDecodeError, csv.Error):
        raise JobError(f"{name} cannot be read: it has to be a CSV file in UTF-8.") from None


def _entry(
    where: str, row: dict[str, str], authority: str | None, known: dict[str, Profile]
) -> tuple[str, Domain, str]:
    code = authority or (row["authority"] or "").strip()
    kind = (row["kind"] or "").strip().lower()
    reference = (row["reference"] or "").strip()
    if code not in known:
        raise JobError(f"{where}, column authority: there is no such profile; known are {', '.join(sorted(known))}.")
    if not reference:
        raise JobError(f"{where}, column reference: it is blank.")
    for domain in get_args(Domain):
        if domain == kind:
            return code, domain, reference
    raise JobError(f"{where}, column kind: it has to be one of {', '.join(get_args(Domain))}.")


def _located(
    con: duckdb.DuckDBPyConnection, settings: Settings, profile: Profile, code: str, scratch: Path
) -> Iterator[Located]:
    files, _ = list_inbox(settings.inbox / profile.code, profile.code)
    for file in files:
        if file.feed not in CASES:
            continue
        domain, column = CASES[file.feed]
        for sheet in opened(file, profile, scratch):
            for reference in _matching(con, sheet, profile, domain, column, code):
                yield Located(profile.code, domain, reference, printable(file.path.name))


def opened(file: NamedFile, profile: Profile, scratch: Path) -> list[OpenedSheet]:
    """The sheets of a file as its profile says it is delivered; none when the file is refused."""
    if file.feed not in BY_NAME:
        return []
    feed = _delivery(profile, file.feed)
    names = (*BY_NAME[file.feed].names, *feed.columns)
    try:
        return open_file(file, scratch=scratch, encoding=feed.encoding, header_names=names)
    except RefusedFile:
        return []


def positions(sheet: OpenedSheet, profile: Profile) -> dict[str, int]:
    """Where each column of the input format stands in a sheet, by its plain name."""
    columns = _delivery(profile, sheet.file.feed).columns
    local = {plain(name): plain(canonical) for name, canonical in columns.items()}
    return {local.get(plain(name), plain(name)): place for place, name in enumerate(sheet.header)}


def _delivery(profile: Profile, feed: str) -> Feed:
    return next((delivery for name, delivery in profile.feeds.items() if name == feed), Feed())


def _matching(
    con: duckdb.DuckDBPyConnection, sheet: OpenedSheet, profile: Profile, domain: Domain, column: str, code: str
) -> list[str]:
    place = positions(sheet, profile).get(plain(column))
    if place is None:
        return []
    cell = f"c{place}"
    sql = f"""
        SELECT DISTINCT trim({cell}) FROM {sheet.relation}
        WHERE {cell} IS NOT NULL AND case_code(pseudonym(?, canonical_reference({cell}))) = ?
    """
    return [reference for (reference,) in con.execute(sql, [prefix(domain, profile.code), code]).fetchall()]
