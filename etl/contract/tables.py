"""The tables of the snapshot: every column with its type and its comment. `describe` shows the same words.

Types are DuckDB's; `enum:<vocabulary>` names an ENUM of `vocabularies.py`. Moments (`_at`) are TIMESTAMPTZ, dates
(`_on`, `_month`) are local dates of Europe/London stored as DATE. Keys are the first 16 bytes of an HMAC-SHA-256.
"""

from __future__ import annotations

from dataclasses import dataclass

from etl.contract import case_tables, reference_tables
from etl.contract.column import Column, Table

__all__ = [
    "BY_NAME",
    "CASE_TABLES",
    "REFERENCE_TABLES",
    "RESOLVING",
    "TABLES",
    "Column",
    "Reference",
    "Table",
]

CASE_TABLES: tuple[Table, ...] = case_tables.TABLES
REFERENCE_TABLES: tuple[Table, ...] = reference_tables.TABLES
TABLES: tuple[Table, ...] = (*CASE_TABLES, *REFERENCE_TABLES)
BY_NAME = {table.name: table for table in TABLES}


@dataclass(frozen=True)
class Reference:
    """A key column that must resolve: every value that is not null stands in `target.column`."""

    table: str
    column: str
    target: str
    target_column: str


RESOLVING: tuple[Reference, ...] = (
    Reference("contact_child", "contact_key", "contact", "contact_key"),
    Reference("contact_child", "previous_contact_key", "contact", "contact_key"),
    Reference("contact_child", "referral_key", "referral", "referral_key"),
    Reference("contact", "duplicate_of_key", "contact", "contact_key"),
    Reference("contact", "consultation_key", "consultation", "consultation_key"),
    Reference("consultation", "quoted_contact_key", "contact", "contact_key"),
    Reference("consultation", "inferred_contact_key", "contact", "contact_key"),
    Reference("consultation", "placebo_contact_key", "contact", "contact_key"),
    Reference("referral", "contact_key", "contact", "contact_key"),
    Reference("referral", "previous_referral_key", "referral", "referral_key"),
)
