"""The validation rules: what is wrong, in plain words, and what to do. Errors quarantine the record; warnings count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Rule:
    """A rule: its code in `quarantine` and `finding`, and the sentences a data officer reads. Never a value."""

    code: str
    severity: Severity
    message: str
    remedy: str


RULES: tuple[Rule, ...] = (
    Rule("missing_key", "error", "The reference that identifies the record is blank.", "Fill it in the source system."),
    Rule(
        "scientific_notation",
        "error",
        "A reference is written as a number with an exponent: a spreadsheet has lost its digits.",
        "Export the column as text.",
    ),
    Rule("malformed_key", "error", "A reference is too long to be one.", "Check that the columns are not shifted."),
    Rule("twin_key", "error", "The same key stands twice in one file.", "Export each record once."),
    Rule(
        "missing_moment",
        "error",
        "The moment that places the record in time is blank.",
        "Fill it in the source system.",
    ),
    Rule(
        "excel_serial",
        "error",
        "A date is a spreadsheet's serial number.",
        "Format the column as a date, or export dates as YYYY-MM-DD.",
    ),
    Rule(
        "month_first",
        "error",
        "A date is written month first, or could be, in a column that has such dates.",
        "Export dates as YYYY-MM-DD or DD/MM/YYYY.",
    ),
    Rule("malformed_date", "error", "A date cannot be read.", "Export dates as YYYY-MM-DD or DD/MM/YYYY, with HH:MM."),
    Rule("impossible_year", "error", "A date lies in an impossible year.", "Correct the year in the source system."),
    Rule(
        "future_date",
        "error",
        "A date lies after the extract.",
        "Correct the date, or the extract's moment in the name.",
    ),
    Rule(
        "impossible_order",
        "error",
        "A moment lies before the one it must follow.",
        "Correct the moments in the source system.",
    ),
    Rule(
        "malformed_reference",
        "warning",
        "A reference to another record is too long to be one, left blank.",
        "Give the other record's reference alone.",
    ),
    Rule("missing_advice", "error", "The consultation is completed and its advice is blank.", "Record the advice."),
    Rule("total_row", "error", "The row is a total, not a record.", "Export without totals."),
    Rule(
        "ragged", "error", "The record has another number of fields than the header.", "Quote texts that hold commas."
    ),
    Rule(
        "broken_quotes", "error", "The record's quotation marks do not match.", "Double the marks inside quoted texts."
    ),
    Rule("merged", "error", "The row lies in merged cells.", "Unmerge the cells."),
    Rule(
        "no_referral",
        "error",
        "No referral of the child lies on or before the date, or an earlier row of the list has it.",
        "Export the lists of one workbook for the same span.",
    ),
    Rule("unreadable", "error", "The record cannot be read as a row.", "Export the file again."),
    Rule(
        "unmapped",
        "warning",
        "Values that are on no list, counted as Unmapped.",
        "Map them in the authority's profile.",
    ),
    Rule(
        "unknown_agency",
        "warning",
        "Agencies that are not on the profile's list, kept as Other.",
        "Add organisations to the profile.",
    ),
    Rule(
        "malformed_number", "warning", "Numbers that cannot be read, left blank.", "Correct them in the source system."
    ),
    Rule(
        "agreement_without_awareness",
        "warning",
        "Agreement obtained from parents who are not aware.",
        "Check both answers.",
    ),
    Rule(
        "leading_zeros_lost",
        "warning",
        "References shorter than the others: leading zeros may be lost.",
        "Export references as text.",
    ),
    Rule(
        "missing_hour",
        "warning",
        "A time in the hour that the clock change skips, read as an hour later.",
        "Check the source's time zone.",
    ),
    Rule(
        "extra_column",
        "warning",
        "Columns the format does not know, ignored.",
        "Map them in the profile, or leave them out.",
    ),
    Rule(
        "absent_column",
        "warning",
        "A column of the format is not in the file.",
        "Add it to the export if the system holds it.",
    ),
    Rule("orphan", "warning", "The contact is in no file.", "Export contacts and children of the same span."),
    Rule("counted_only", "warning", "Early help assessments, counted and not kept.", "Nothing: no measure needs them."),
    Rule("erased", "warning", "Records on the erasure list, left out.", "Nothing: they are erased."),
)
BY_CODE = {rule.code: rule for rule in RULES}
