from __future__ import annotations

import base64
import hashlib
import hmac
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.jobs import checks
from etl.pseudonymise import (
    CASE_CODE_LENGTH,
    Domain,
    KeyProblem,
    PseudonymKey,
    canonical,
    case_code,
    macro_statements,
    new_key_file,
    prefix,
)
from etl.settings import Settings
from etl.verify import check

DOMAINS = get_args(Domain)
KEYS = {size: PseudonymKey(bytes((7 * i + size) % 256 for i in range(size))) for size in (32, 63, 64, 65, 100, 131)}
KEY = KEYS[32]
# Readers refuse or remove null characters: DuckDB ends a text at one when it composes letters.
LETTERS = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
REFERENCES = st.text(LETTERS, min_size=1, max_size=40)
CASED = st.sampled_from([c for c in map(chr, range(1, 0x2000)) if len(c.lower()) == len(c.upper()) == 1])
"""Letters whose other case is one letter: ß, ŉ and their like have no case that a reference could come back in."""
SPACES = st.sampled_from(["", " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u2009", "\u2028", "\u3000", "\x0b", "\x85"])


@pytest.fixture(scope="module")
def builds() -> Iterator[dict[int, duckdb.DuckDBPyConnection]]:
    """A connection with the macros of each key."""
    opened = {size: duckdb.connect() for size in KEYS}
    for size, con in opened.items():
        for statement in macro_statements(KEYS[size]):
            con.execute(statement)
    yield opened
    for con in opened.values():
        con.close()


def in_duckdb(con: duckdb.DuckDBPyConnection, domain: Domain, authority: str, reference: str) -> tuple[UUID, str]:
    sql = (
        "SELECT pseudonym($1, canonical_reference($2)) AS key, "
        "case_code(pseudonym($1, canonical_reference($2))) AS case_code"
    )
    row = con.execute(sql, [prefix(domain, authority), reference]).fetchone()
    assert row is not None
    return row


def by_the_book(secret: bytes, domain: str, authority: str, reference: str) -> bytes:
    """As the contract words it, from Python's standard library alone."""
    return hmac.digest(secret, f"{domain}\x1f{authority}\x1f{reference}".encode(), "sha256")


@pytest.mark.parametrize("size", KEYS)
@settings(max_examples=40, deadline=None)
@given(domain=st.sampled_from(DOMAINS), authority=st.sampled_from(["kent", "medway"]), reference=REFERENCES)
def test_duckdb_and_python_agree_with_hmac(
    builds: dict[int, duckdb.DuckDBPyConnection], size: int, domain: Domain, authority: str, reference: str
) -> None:
    digest = by_the_book(KEYS[size].secret, domain, authority, canonical(reference))
    expected = UUID(bytes=digest[:16]), base64.b32encode(digest).decode()[:CASE_CODE_LENGTH]
    assert in_duckdb(builds[size], domain, authority, reference) == expected
    key = KEYS[size].pseudonym(domain, authority, reference)
    assert (key, case_code(key)) == expected


def test_every_character_has_the_same_canonical_form_in_both(builds: dict[int, duckdb.DuckDBPyConnection]) -> None:
    points = [point for point in range(1, 0x3000) if not 0xD800 <= point <= 0xDFFF]
    sql = "SELECT point, canonical_reference('0e' || chr(point) || '0') FROM (SELECT unnest(?::INTEGER[]) AS point)"
    found = dict(builds[32].execute(sql, [points]).fetchall())
    differing = {hex(point) for point in points if found[point] != canonical(f"0e{chr(point)}0")}
    assert len(found) == len(points)
    assert differing == set()


def test_a_published_test_vector() -> None:
    """RFC 4231, case 6: a key longer than a block."""
    with duckdb.connect() as con:
        for statement in macro_statements(PseudonymKey(b"\xaa" * 131)):
            con.execute(statement)
        sql = "SELECT pseudonym('Test Using Larger Than Block-Size Key', ' - Hash Key First')"
        assert con.execute(sql).fetchone() == (UUID("60e43159-1ee0-b67f-0d8a-26aacbf5b77f"),)


@given(st.text(CASED, min_size=1, max_size=20))
def test_upper_and_lower_case_are_one(reference: str) -> None:
    assert canonical(reference.upper()) == canonical(reference.lower()) == canonical(reference)


@given(st.lists(st.tuples(SPACES, st.text(CASED, max_size=4)), min_size=1, max_size=6), SPACES)
def test_white_space_anywhere_makes_no_difference(parts: list[tuple[str, str]], end: str) -> None:
    spaced = "".join(space + text for space, text in parts) + end
    assert canonical(spaced) == canonical("".join(text for _, text in parts))


@given(st.integers(0, 12), st.from_regex(r"[A-Z0-9]{1,12}", fullmatch=True))
def test_leading_zeros_make_no_difference(zeros: int, reference: str) -> None:
    assert canonical("0" * zeros + reference) == canonical(reference)


@given(REFERENCES)
def test_composed_and_decomposed_are_one_and_canonical_is_final(reference: str) -> None:
    form = canonical(reference)
    assert canonical(unicodedata.normalize("NFD", reference)) == form
    assert canonical(form) == form


@pytest.mark.parametrize(
    ("spelled", "again"),
    [
        ("C-00042", " c-00042\n"),
        ("000123", "123"),
        ("Zoë-7", "ZOE\u0308-7"),
        ("ab 12", "AB12"),
        ("0", "0000"),
        ("\u00a00071", "71"),
    ],
)
def test_one_child_stays_one_child(builds: dict[int, duckdb.DuckDBPyConnection], spelled: str, again: str) -> None:
    keys = {in_duckdb(builds[32], "child", "kent", reference)[0] for reference in (spelled, again)}
    assert keys == {KEY.pseudonym("child", "kent", spelled)}


@pytest.mark.parametrize(
    ("one", "other"), [("C-1", "C-01"), ("10", "1"), ("1-2", "12"), ("0O", "00"), ("Zoe", "Zoë"), ("A.1", "A1")]
)
def test_different_references_stay_different(one: str, other: str) -> None:
    assert KEY.pseudonym("child", "kent", one) != KEY.pseudonym("child", "kent", other)


@given(REFERENCES)
def test_no_two_authorities_domains_or_keys_share_a_pseudonym(reference: str) -> None:
    places = [(key, domain, code) for key in KEYS.values() for domain in DOMAINS for code in ("kent", "medway")]
    assert len({key.pseudonym(domain, code, reference) for key, domain, code in places}) == len(places)


@given(st.text(LETTERS, max_size=8), st.text(LETTERS, max_size=8))
def test_an_authority_cannot_be_stretched_into_a_reference(head: str, tail: str) -> None:
    # Canonical form has no separator in it, so what stands between two is never part of a reference.
    assert "\x1f" not in canonical(f"{head}\x1f{tail}x")


@given(st.binary(min_size=16, max_size=16))
def test_a_case_code_is_the_head_of_base32(raw: bytes) -> None:
    assert case_code(UUID(bytes=raw)) == base64.b32encode(raw).decode()[:CASE_CODE_LENGTH]


def test_case_codes_in_duckdb_at_the_edges(builds: dict[int, duckdb.DuckDBPyConnection]) -> None:
    edges = [b"\0" * 16, b"\xff" * 16, bytes(range(16)), b"\x80" + b"\0" * 15, b"\0" * 6 + b"\xff" * 10]
    for raw in edges:
        (found,) = builds[32].execute("SELECT case_code(?::UUID)", [str(UUID(bytes=raw))]).fetchone()  # type: ignore[misc]
        assert found == base64.b32encode(raw).decode()[:CASE_CODE_LENGTH]


@pytest.mark.parametrize("table", ["consultation", "contact", "referral"])
def test_a_collision_of_case_codes_fails_the_load(tmp_path: Path, table: str) -> None:
    asked = [key for key in checks(Settings(), None).keys if key[0] == table]
    assert (table, "case_code") in asked
    with duckdb.connect(str(tmp_path / "twin.duckdb")) as con:
        con.execute(f"CREATE TABLE {table} AS SELECT uuid() AS {table}_key, 'ABCDE23456' AS case_code FROM range(2)")
    request = replace(checks(Settings(), None), tables=(table,), keys=tuple(asked), links=())
    assert check(tmp_path / "twin.duckdb", request).problems == (
        f"{table}.case_code: 1 rows repeat a key that another row has.",
    )


def test_a_new_key_file_is_for_its_owner_to_read_and_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "pseudonyms.hex"
    new_key_file(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o400
    assert len(PseudonymKey.load(path).secret) == 32
    before = path.read_bytes()
    with pytest.raises(FileExistsError):
        new_key_file(path)
    assert path.read_bytes() == before
    new_key_file(tmp_path / "other.hex")
    assert (tmp_path / "other.hex").read_bytes() != before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "too short"),
        (b"00" * 31, "too short"),
        (b"not a key", "cannot be read as hexadecimal"),
        (b"0" * 65, "cannot be read as hexadecimal"),
        (b"\xff\xfe" * 40, "cannot be read as hexadecimal"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "bad.hex").write_bytes(content)
    with pytest.raises(KeyProblem, match=said) as caught:
        PseudonymKey.load(tmp_path / "bad.hex")
    assert content == b"" or content.decode("latin-1") not in str(caught.value)


def test_a_key_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(KeyProblem, match="frontdoor key new PATH"):
        PseudonymKey.load(None)
    with pytest.raises(KeyProblem, match="There is no key file"):
        PseudonymKey.load(tmp_path / "none.hex")
    with pytest.raises(KeyProblem, match="cannot be read"):
        PseudonymKey.load(tmp_path)


def test_a_key_does_not_show_itself() -> None:
    secret = KEY.secret.hex()
    assert secret not in repr(KEY) and str(KEY.secret) not in repr(KEY)
    assert KEY.key_id not in secret
    assert KEY.key_id != hashlib.sha256(KEY.secret).hexdigest()[:8]
    assert len({key.key_id for key in KEYS.values()}) == len(KEYS)
