"""Keyed pseudonyms: HMAC-SHA-256 (RFC 2104) per authority and domain, the same in Python and in DuckDB.

A pseudonym is the first 16 bytes of HMAC-SHA-256(key, domain ∥ 1F ∥ authority ∥ 1F ∥ canonical reference), stored as
a UUID. DuckDB has sha256 but no HMAC, so the macro composes it: sha256(opad ∥ sha256(ipad ∥ message)).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import unicodedata
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Literal

Domain = Literal["child", "consultee", "referrer", "consultation", "contact", "referral"]
CASE_CODE_LENGTH = 10
SHORTEST_KEY = 32
_BLOCK = 64
_SEPARATOR = "\x1f"
_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class KeyProblem(ValueError):
    """The key file cannot be used; the message says why and what to do."""


@dataclass(frozen=True)
class PseudonymKey:
    """The secret key of an installation. `key_id` (8 hex digits) names it without giving it away."""

    secret: bytes = field(repr=False)

    @classmethod
    def load(cls, path: Path | None) -> PseudonymKey:
        """Read a key file of 64 or more hexadecimal digits. Raises KeyProblem."""
        if path is None:
            raise KeyProblem(
                "No key file is set. Make one with `frontdoor key new PATH` and name it in FRONTDOOR_KEY_FILE."
            )
        try:
            secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except FileNotFoundError:
            raise KeyProblem(f"There is no key file {path}. Make one with `frontdoor key new PATH`.") from None
        except (OSError, ValueError):
            raise KeyProblem(f"The key file {path} cannot be read as hexadecimal digits.") from None
        if len(secret) < SHORTEST_KEY:
            raise KeyProblem(f"The key in {path} is too short: it needs {2 * SHORTEST_KEY} hexadecimal digits or more.")
        return cls(secret)

    @property
    def key_id(self) -> str:
        """Eight hex digits that tell two keys apart."""
        return hmac.new(self.secret, b"frontdoor key id", hashlib.sha256).hexdigest()[:8]

    def digest(self, domain: Domain, authority: str, reference: str) -> bytes:
        """HMAC-SHA-256 of a canonical reference: 32 bytes."""
        message = _SEPARATOR.join((domain, authority, reference)).encode()
        return hmac.new(self.secret, message, hashlib.sha256).digest()

    def pseudonym(self, domain: Domain, authority: str, reference: str) -> uuid.UUID:
        """The pseudonym of a reference as found in a file."""
        return uuid.UUID(bytes=self.digest(domain, authority, canonical(reference))[:16])


def new_key_file(path: Path) -> None:
    """Write a new key of 32 random bytes, mode 0400. Raises FileExistsError rather than overwrite one."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(SHORTEST_KEY) + "\n")
        file.flush()
        os.fsync(file.fileno())


def canonical(reference: str) -> str:
    """A reference in canonical form: composed Unicode, upper case, no white space, no leading zeros."""
    text = "".join(unicodedata.normalize("NFC", reference).split())
    text = "".join(_upper(character) for character in text)
    return text.lstrip("0") or text[-1:]


def _upper(character: str) -> str:
    # DuckDB changes case one code point at a time; where a capital would need two it takes these.
    for capital in (character.upper(), character.title()):
        if len(capital) == 1:
            return capital
    return "\u1e9e" if character == "\u00df" else character


def case_code(pseudonym: uuid.UUID) -> str:
    """The short code of a case: the first 10 base32 characters of its pseudonym."""
    return base64.b32encode(pseudonym.bytes).decode()[:CASE_CODE_LENGTH]


def macro_statements(key: PseudonymKey) -> Iterator[str]:
    """TEMP macros `canonical_reference(text)`, `pseudonym(prefix, canonical)` and `case_code(uuid)` for a build.

    `prefix` is what `prefix()` gives. The macros hold key material: TEMP, so never in a published file.
    """
    secret = key.secret if len(key.secret) <= _BLOCK else hashlib.sha256(key.secret).digest()
    padded = secret.ljust(_BLOCK, b"\0")
    inner, outer = (bytes(byte ^ pad for byte in padded).hex() for pad in (0x36, 0x5C))
    # With the prefix given as a constant, all but the reference is put together once.
    inside = f"unhex(sha256((unhex('{inner}') || encode(prefix)) || encode(reference)))"
    # Hexadecimal first: the case code reads the same digits, and the engine computes a common part once.
    yield (
        "CREATE OR REPLACE TEMP MACRO pseudonym_digits(prefix, reference) AS "
        f"left(sha256(unhex('{outer}') || {inside}), 32)"
    )
    yield (
        "CREATE OR REPLACE TEMP MACRO pseudonym(prefix, reference) AS CAST(pseudonym_digits(prefix, reference) AS UUID)"
    )
    spaces = r"[\s\x0b\x1c-\x1f\x{85}\p{Z}]"
    yield (
        "CREATE OR REPLACE TEMP MACRO without_spaces(text) AS "
        f"CASE WHEN regexp_matches(text, '{spaces}') THEN regexp_replace(text, '{spaces}', '', 'g') ELSE text END"
    )
    # A text of zeros alone keeps one of them.
    yield (
        "CREATE OR REPLACE TEMP MACRO without_zeros(text) AS "
        "CASE WHEN text[1] = '0' THEN coalesce(nullif(ltrim(text, '0'), ''), text[-1]) ELSE text END"
    )
    yield (
        "CREATE OR REPLACE TEMP MACRO canonical_reference(text) AS "
        "without_zeros(upper(without_spaces(nfc_normalize(text))))"
    )
    yield f"CREATE OR REPLACE TEMP MACRO code_of_digits(digits) AS {_case_code_sql()}"
    yield "CREATE OR REPLACE TEMP MACRO case_code(key) AS code_of_digits(replace(CAST(key AS VARCHAR), '-', ''))"


def prefix(domain: Domain, authority: str) -> str:
    """What stands before a canonical reference in the message of a pseudonym."""
    return f"{domain}{_SEPARATOR}{authority}{_SEPARATOR}"


def _case_code_sql() -> str:
    """The first 50 bits of hexadecimal digits, ten at a time, looked up as pairs of base32 characters."""
    pairs = ", ".join(f"'{first}{second}'" for first, second in product(_BASE32, _BASE32))
    bits = "(('0x' || left(digits, 13))::UBIGINT >> 2)"
    return " || ".join(
        f"list_extract([{pairs}], (({bits} >> {shift}) & 1023)::INTEGER + 1)" for shift in (40, 30, 20, 10, 0)
    )
