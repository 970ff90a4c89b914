"""The tables beside the cases: files, quarantine, findings, calendar, dictionary, and the profiles."""

from __future__ import annotations

from etl.contract.case_tables import AUTHORITY, FILE_NO
from etl.contract.column import Column, Table


def _text(name: str, comment: str) -> Column:
    return Column(name, "VARCHAR", comment)


def _date(name: str, comment: str) -> Column:
    return Column(name, "DATE", comment)


def _whole(name: str, comment: str) -> Column:
    return Column(name, "BIGINT", comment)


SOURCE = _text("source", "Where the rule or figure comes from")
STARTS_ON = _date("starts_on", "First day the rule holds")
ENDS_ON = _date("ends_on", "Last day the rule holds; null while it holds")

SNAPSHOT = Table(
    "snapshot",
    "One row: which version this is.",
    (
        _text("version", "Name of the version"),
        Column("built_at", "TIMESTAMPTZ", "Moment the version was built"),
        Column("data_as_at", "TIMESTAMPTZ", "Oldest data as at of its authorities"),
        _text("profile_versions", "Authority and version of its profile, comma-separated"),
        _text("software_version", "Version of the software"),
        _text("key_id", "Fingerprint of the pseudonym key"),
    ),
)
AUTHORITIES = Table(
    "authority",
    "One row per authority in the snapshot.",
    (
        AUTHORITY,
        _text("name", "Name"),
        _text("ons_code", "ONS code"),
        _text("region", "Region"),
        _text("profile_version", "Version of its profile"),
        Column("data_as_at", "TIMESTAMPTZ", "Oldest of the newest extracts per feed: states are evaluated at it"),
        Column("freshness_hours", "DOUBLE", "Age of the data in hours after which Today warns"),
        _date("consultations_from", "First day of consultations"),
        _date("contacts_from", "First day of contacts: look-backs before it are incomplete"),
        _date("referrals_from", "First day of referrals: look-backs before it are incomplete"),
        _whole("consultation_window_days", "Window from consultation to request, days"),
        _whole("referral_window_working_days", "Window from contact to referral, working days"),
        _text("duplicate_windows", "Windows that make a contact a duplicate, in words"),
    ),
    key="authority",
)
LOAD_FILE = Table(
    "load_file",
    "One row per file and sheet: records = header_and_blank + loaded + superseded + quarantined.",
    (
        FILE_NO,
        AUTHORITY,
        Column("feed", "enum:feed", "Feed"),
        _text("name", "Feed and extract moment; the rest of the file's name is not kept"),
        _text("sheet", "Sheet or list, for workbooks"),
        _text("format", "csv, xlsx or parquet"),
        Column("extract_at", "TIMESTAMPTZ", "Moment of the extract"),
        Column(
            "is_moment_from_name",
            "BOOLEAN",
            "The extract moment is in the file's name, not its modification time",
        ),
        _text("sha256", "SHA-256 of the file"),
        _whole("bytes", "Size"),
        _whole("records", "Physical records"),
        _whole("header_and_blank", "Header, title and blank records"),
        _whole("loaded", "Records that are rows of the snapshot"),
        _whole("superseded", "Records replaced by, or gone from, a later file, or erased"),
        _whole("quarantined", "Records in quarantine"),
        _text("state", "loaded or refused"),
        _text("reason", "Why it was refused, in words"),
    ),
    key="file_no",
)
QUARANTINE = Table(
    "quarantine",
    "One row per quarantined record and rule it breaks. Never the value.",
    (
        AUTHORITY,
        FILE_NO,
        _text("sheet", "Sheet or list, for workbooks"),
        _whole("row_number", "Ordinal of the record in its file or sheet, header = 1"),
        _text("rule", "Code of the rule (`rule.rule`)"),
        _text("field", "Field it is about"),
    ),
)
FINDING = Table(
    "finding",
    "Counts per file, rule and field: errors and warnings, unmapped values among them.",
    (
        AUTHORITY,
        FILE_NO,
        _text("rule", "Code of the rule (`rule.rule`)"),
        _text("field", "Field it is about"),
        Column("severity", "enum:severity", "error: quarantined; warning: loaded and counted"),
        _whole("records", "Records"),
    ),
)
RULE = Table(
    "rule",
    "The validation rules.",
    (
        _text("rule", "Code"),
        Column("severity", "enum:severity", "error: the record is quarantined; warning: loaded and counted"),
        _text("message", "What is wrong, in plain words"),
        _text("remedy", "What to do"),
    ),
    key="rule",
)
DICTIONARY = Table(
    "dictionary",
    "Every value of every vocabulary, in its order.",
    (
        _text("vocabulary", "Vocabulary (the ENUM type has the same name)"),
        _text("value", "Value as stored"),
        _whole("position", "Order"),
        _text("definition", "What it means"),
        Column("is_illustrative", "BOOLEAN", "From an illustrative list, not attested in a published form"),
        SOURCE,
    ),
)
CALENDAR = Table(
    "calendar",
    "One row per authority and day: working days, office and consultation hours.",
    (
        AUTHORITY,
        _date("day", "Local day"),
        Column("weekday", "UTINYINT", "ISO weekday, 1 = Monday"),
        Column("is_bank_holiday", "BOOLEAN", "Bank holiday in England"),
        Column("is_closure", "BOOLEAN", "Closure day of the authority"),
        Column("is_working_day", "BOOLEAN", "Office hours apply"),
        Column("working_day_number", "INTEGER", "Working days up to and including this day"),
        Column("opens_at", "TIMESTAMPTZ", "Office opens; null on other days"),
        Column("closes_at", "TIMESTAMPTZ", "Office closes; null on other days"),
        Column("consultation_opens_at", "TIMESTAMPTZ", "Consultation line opens; null when closed all day"),
        Column("consultation_closes_at", "TIMESTAMPTZ", "Consultation line closes; null when closed all day"),
        Column("day_ends_at", "TIMESTAMPTZ", "23:59:59 local"),
        Column("working_minutes_before", "INTEGER", "Office minutes before this day, cumulated"),
        _date("month", "First day of its month"),
        _date("quarter", "First day of its quarter"),
        _text("financial_year", "Financial year, 2026/27"),
        _date("week_starts_on", "Monday of its week"),
    ),
)
CLOCK_RULE = Table(
    "clock_rule",
    "The clocks of the profiles, with the dates they hold.",
    (
        AUTHORITY,
        Column("clock_name", "enum:clock_name", "Clock"),
        Column("case_kind", "enum:case_kind", "Case it applies to"),
        _text("title", "What it asks, in words"),
        _text("kind", "elapsed_hours, working_hours, working_days, calendar_months or in_hours"),
        _whole("limit", "Limit in the unit of its kind"),
        _text("starts", "Column that starts it"),
        _text("stops", "Column that stops it"),
        _text("applies_when", "When it applies, in words"),
        STARTS_ON,
        ENDS_ON,
        SOURCE,
    ),
)
EVENT = Table(
    "event",
    "Dated changes that time charts show and process limits start anew from.",
    (
        AUTHORITY,
        _date("happened_on", "Day"),
        _text("title", "What changed"),
        Column("is_rebase", "BOOLEAN", "Process limits are computed anew from this day"),
        SOURCE,
    ),
)
TARGET = Table(
    "target",
    "Targets and floors of the profiles; none is shipped.",
    (
        AUTHORITY,
        _text("measure", "Measure or clock"),
        Column("target", "DOUBLE", "Target, percent"),
        Column("floor", "DOUBLE", "Floor, percent"),
        STARTS_ON,
        SOURCE,
    ),
)
POPULATION = Table(
    "population",
    "Children aged 0 to 17.",
    (AUTHORITY, _whole("year", "Mid-year"), _whole("aged_0_17", "Children aged 0 to 17"), SOURCE),
)
CAPABILITY = Table(
    "capability",
    "What each feed can show: feed and measure.",
    (
        AUTHORITY,
        Column("feed", "enum:feed", "Feed"),
        _text("measure", "Measure (`measure.measure`), or a volume by a dimension: `contacts by urgency`"),
        Column("availability", "enum:availability", "available or not available"),
        _text("reason", "Why not, in words"),
    ),
)
MEASURE = Table(
    "measure",
    "The measures: what is counted, over what.",
    (
        _text("measure", "Name"),
        _text("title", "Title"),
        _text("grain", "Table whose rows are counted"),
        _text("unit", "Unit"),
        _text("numerator", "SQL condition of the numerator"),
        _text("denominator", "SQL condition of the denominator"),
        _text("definition", "Plain definition"),
        _text("trap", "What goes wrong with it"),
        _text("questions", "Questions to ask"),
        SOURCE,
    ),
    key="measure",
)

TABLES = (
    SNAPSHOT, AUTHORITIES, LOAD_FILE, QUARANTINE, FINDING, RULE, DICTIONARY, CALENDAR, CLOCK_RULE, EVENT, TARGET,
    POPULATION, CAPABILITY, MEASURE,
)  # fmt: skip
