"""From the text of a file to typed rows, in one pass: parse, pseudonymise, and say what is wrong with which row.

Each feed has one staging table, `stage_<feed>`, a TEMP table that lives as long as the build. Row order is the
file's order, so a row's id gives its place in the file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from etl.contract.schema import quoted, quoted_name
from etl.feeds import Feed, Field
from etl.profile import Profile
from etl.spelling import coded_sql, outward_sql

EARLIEST = datetime(1990, 1, 1)
EARLIEST_BIRTH = datetime(1970, 1, 1)
LONGEST_REFERENCE = 60

MACROS = (
    # A cell without the white space around it; blank is null. Trimming copies every text, so look first.
    "CREATE OR REPLACE TEMP MACRO cell(text) AS CASE WHEN regexp_matches(text, '^[\\s\\x{A0}]|[\\s\\x{A0}]$') "
    "THEN nullif(trim(text, chr(9) || chr(10) || chr(13) || ' ' || chr(160)), '') ELSE nullif(text, '') END",
    "CREATE OR REPLACE TEMP MACRO is_filled(text) AS CASE WHEN strlen(text) > 40 THEN true "
    "WHEN text IS NULL THEN false ELSE cell(text) IS NOT NULL END",
    "CREATE OR REPLACE TEMP MACRO iso_moment(text) AS CASE WHEN text[5] = '-' AND "
    "(length(text) IN (10, 15, 16, 18, 19) OR (length(text) BETWEEN 21 AND 26 AND text[20] = '.')) "
    "THEN try_cast(text AS TIMESTAMP) END",
    "CREATE OR REPLACE TEMP MACRO day_first_moment(text) AS "
    "try_strptime(text, ['%d/%m/%Y %H:%M:%S', '%d/%m/%Y %H:%M', '%d/%m/%Y'])",
    "CREATE OR REPLACE TEMP MACRO loose_moment(text) AS coalesce(iso_moment(text), day_first_moment(text))",
    "CREATE OR REPLACE TEMP MACRO moment_of(text) AS CASE WHEN text IS NULL THEN NULL::TIMESTAMP "
    "ELSE coalesce(iso_moment(text), loose_moment(cell(text))) END",
    # Whether a text that gave nothing was more than white space: looked at only where it gave nothing.
    "CREATE OR REPLACE TEMP MACRO is_lost(text, value) AS "
    "CASE WHEN value IS NULL AND text IS NOT NULL THEN cell(text) IS NOT NULL ELSE false END",
    "CREATE OR REPLACE TEMP MACRO date_fault(text) AS CASE "
    "WHEN regexp_full_match(text, '[0-9]{4,6}(\\.[0-9]+)?') THEN 'excel_serial' "
    "WHEN try_strptime(text, ['%m/%d/%Y %H:%M:%S', '%m/%d/%Y %H:%M', '%m/%d/%Y']) IS NOT NULL THEN 'month_first' "
    "ELSE 'malformed_date' END",
    # Day and month could change places: suspect where the same file has dates that are month first for certain.
    "CREATE OR REPLACE TEMP MACRO is_either_order(text) AS CASE WHEN contains(text, '/') THEN day_first_moment(text) "
    "IS NOT NULL AND try_strptime(split_part(text, ' ', 1), '%m/%d/%Y') IS NOT NULL ELSE false END",
    "CREATE OR REPLACE TEMP MACRO plain_name(text) AS "
    "coalesce(regexp_replace(upper(strip_accents(nfc_normalize(text))), '[^\\p{L}\\p{N}]', '', 'g'), '')",
    # Local time to UTC: summer time from the last Sunday of March to the last of October. The hour that exists twice
    # is read as the first, the one that does not exist as an hour later.
    "CREATE OR REPLACE TEMP MACRO last_sunday(day) AS last_day(day) - (isodow(last_day(day)) % 7)::INTEGER",
    "CREATE OR REPLACE TEMP MACRO is_missing_hour(moment) AS CASE WHEN month(moment) = 3 AND hour(moment) = 1 "
    "THEN moment::DATE = last_sunday(moment) ELSE false END",
    "CREATE OR REPLACE TEMP MACRO is_repeated_hour(moment) AS CASE WHEN month(moment) = 10 AND hour(moment) = 1 "
    "THEN moment::DATE = last_sunday(moment) ELSE false END",
    "CREATE OR REPLACE TEMP MACRO is_summer_time(moment) AS month(moment) BETWEEN 4 AND 9 "
    "OR (month(moment) = 3 AND moment >= last_sunday(moment) + INTERVAL 2 HOUR) "
    "OR (month(moment) = 10 AND moment < last_sunday(moment) + INTERVAL 2 HOUR)",
    "CREATE OR REPLACE TEMP MACRO to_moment(local) AS make_timestamptz(epoch_us(local) - "
    "CASE WHEN is_summer_time(local) THEN 3600000000 ELSE 0 END)",
)


def stage_columns(feed: Feed) -> list[tuple[str, str]]:
    """Name and DuckDB type of the columns of a staging table."""
    columns = [("file_no", "INTEGER"), ("feed", "feed"), ("is_blank", "BOOLEAN"), ("faults", "VARCHAR")]
    columns += [("warnings", "VARCHAR"), ("is_either_order", "BOOLEAN"), ("has_decisions", "BOOLEAN")]
    for field in feed.fields:
        columns += _staged(field)
    return columns + [(name, kind) for name, kind, _ in _DERIVED[feed.name]]


def create_statement(feed: Feed) -> str:
    """CREATE TABLE of a feed's staging table."""
    columns = ", ".join(f"{quoted_name(name)} {kind}" for name, kind in stage_columns(feed))
    return f"CREATE OR REPLACE TEMP TABLE stage_{feed.name} ({columns})"


def insert_statement(
    feed: Feed,
    profile: Profile,
    *,
    relation: str,
    positions: Mapping[str, int],
    file_no: int,
    extract: datetime,
    origin: str | None = None,
    has_decisions: bool = True,
) -> str:
    """INSERT of one file or sheet. `positions`: field → column of `relation`; `extract`: local moment, no zone."""
    head = (
        f"SELECT {file_no}, {quoted(origin or feed.name)}::feed, is_blank, faults, warnings, is_either_order, "
        f"{str(has_decisions).lower()}, "
    )
    kept = ", ".join(quoted_name(name) for field in feed.fields for name, _ in _staged(field))
    derived = "".join(f", {sql} AS {quoted_name(name)}" for name, _, sql in _derived(feed, profile, positions))
    return (
        f"INSERT INTO stage_{feed.name} {head}{kept}{derived} FROM (SELECT *, {_checks(feed, extract, positions)} FROM "
        f"(SELECT *, {_parsed(feed, profile)} FROM (SELECT {_cells(feed, positions)} FROM {relation})))"
    )


def _staged(field: Field) -> list[tuple[str, str]]:
    if field.kind == "moment":
        return [(field.name, "TIMESTAMP"), (f"{field.name}_has_time", "BOOLEAN")]
    if field.kind == "person" or not field.is_kept:
        return []
    types = {"reference": "VARCHAR", "day": "DATE", "filled": "BOOLEAN", "number": "INTEGER"}
    return [(field.name, types.get(field.kind, quoted_name(field.vocabulary)))]


def _cells(feed: Feed, positions: Mapping[str, int]) -> str:
    return ", ".join([*(_cell(field, positions) for field in feed.fields), "c0 AS first_cell"])


def _cell(field: Field, positions: Mapping[str, int]) -> str:
    if field.name not in positions:
        return f"NULL::VARCHAR AS t_{field.name}"
    column = f"c{positions[field.name]}"
    if field.kind == "filled" and field.is_kept:
        return f"nullif(is_filled({column}), false) AS t_{field.name}"
    return f"{column} AS t_{field.name}"


def _parsed(feed: Feed, profile: Profile) -> str:
    return ", ".join(sql for field in feed.fields for sql in _parse(field, feed, profile))


def _parse(field: Field, feed: Feed, profile: Profile) -> Iterator[str]:
    text, name = f"t_{field.name}", quoted_name(field.name)
    if field.kind == "reference":
        read = f"nullif(canonical_reference({text}), '')"
        # What is too long to be a reference of something else leads nowhere; as a key it is an error.
        short = f"CASE WHEN length({text}) <= {LONGEST_REFERENCE} THEN {read} END"
        yield f"{read if field.is_key else short} AS {name}"
    elif field.kind == "moment":
        yield f"moment_of({text}) AS {name}"
        yield f"contains({text}, ':') AS {field.name}_has_time"
    elif field.kind == "day":
        yield f"moment_of({text})::DATE AS {name}"
    elif field.kind == "coded":
        yield f"{coded_sql(text, profile, feed, field)} AS {name}"
    elif field.kind == "filled" and field.is_kept:
        yield f"{text} IS NOT NULL AS {name}"
    elif field.kind == "number":
        whole = f"regexp_full_match({text}, '\\s*[0-9]{{1,9}}\\s*')"
        yield f"CASE WHEN {whole} THEN try_cast(trim({text}) AS INTEGER) END AS {name}"


def _checks(feed: Feed, extract: datetime, positions: Mapping[str, int]) -> str:
    faults = list(_faults(feed, extract, positions))
    suspect = " OR ".join(f"({condition})" for condition, _ in faults)
    said = ", ".join(f"CASE WHEN {condition} THEN {code} END" for condition, code in faults)
    warnings = list(_warnings(feed))
    noticed = ", ".join(f"CASE WHEN {condition} THEN {code} END" for condition, code in warnings)
    doubtful = " OR ".join(f"({condition})" for condition, _ in warnings) or "false"
    cells = " AND ".join(f"cell(t_{field.name}::VARCHAR) IS NULL" for field in feed.fields)
    blank = f"CASE WHEN {feed.required[0]} IS NULL THEN {cells} ELSE false END"
    either = " OR ".join(f"is_either_order(t_{field.name})" for field in feed.fields if field.kind in ("moment", "day"))
    total = _is_total(feed)
    return (
        f"{blank} AS is_blank, "
        f"CASE WHEN {blank} THEN NULL WHEN {total} THEN 'total_row|{feed.required[0]}' "
        f"WHEN {suspect} THEN concat_ws(',', {said}) END AS faults, "
        f"CASE WHEN {doubtful} THEN concat_ws(',', {noticed or 'NULL'}) END AS warnings, "
        f"coalesce({either}, false) AS is_either_order"
    )


def _is_total(feed: Feed) -> str:
    """A word for a total in the first cell or the first key, and no moment that would make it a record."""
    words = r"'(?i)(grand |sub[- ]?)?totals?\b.*'"
    key = f"t_{feed.required[0]}"
    return (
        f"(length(first_cell) < 40 AND starts_with(lower(first_cell), 'total') OR lower(first_cell[1:1]) IN ('g', 's') "
        f"AND regexp_full_match(first_cell, {words}) OR starts_with(lower({key}), 'total')) AND {_has_no_moment(feed)}"
    )


def _has_no_moment(feed: Feed) -> str:
    named = {"children": "child_ref IS NULL AND date_of_birth IS NULL AND expected_date_of_birth IS NULL"}
    return (
        named.get(feed.name) or f"{next(f.name for f in feed.fields if f.kind == 'moment' and f.is_required)} IS NULL"
    )


def _faults(feed: Feed, extract: datetime, positions: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    for field in feed.fields:
        yield from _field_faults(field, extract)
    for earlier, later in feed.orders:
        yield _is_out_of_order(earlier, later), quoted(f"impossible_order|{later}")
    if feed.name == "consultations" and "advice" in positions:
        yield "completed_at IS NOT NULL AND advice = 'Not recorded'", quoted("missing_advice|advice")


def _is_out_of_order(earlier: str, later: str) -> str:
    """Before the moment it must follow: by time where both have one, by day otherwise.

    Within the hour that exists twice, local times cannot tell.
    """
    by_day = f"{later}::DATE < {earlier}::DATE"
    by_time = (
        f"{earlier}_has_time AND {later}_has_time AND NOT (is_repeated_hour({later}) AND is_repeated_hour({earlier}))"
    )
    return f"CASE WHEN {later} < {earlier} THEN {by_day} OR ({by_time}) ELSE false END"


def _field_faults(field: Field, extract: datetime) -> Iterator[tuple[str, str]]:
    text, name = f"t_{field.name}", field.name
    if field.kind == "reference":
        if field.is_required:
            yield f"{name} IS NULL", quoted(f"missing_key|{name}")
        yield (
            f"contains({text}, '+') AND regexp_full_match({text}, '[0-9](\\.[0-9]+)?[eE]\\+[0-9]+')",
            quoted(f"scientific_notation|{name}"),
        )
        if field.is_key:
            yield f"length({text}) > {LONGEST_REFERENCE}", quoted(f"malformed_key|{name}")
    elif field.kind in ("moment", "day"):
        if field.is_required:
            yield f"{name} IS NULL AND NOT is_lost({text}, {name})", quoted(f"missing_moment|{name}")
        yield f"is_lost({text}, {name})", f"date_fault(cell({text})) || '|{name}'"
        first = EARLIEST_BIRTH if field.is_birth else EARLIEST
        last = extract + timedelta(days=366) if field.may_be_future else extract
        yield f"{name} < TIMESTAMP '{first}'", quoted(f"impossible_year|{name}")
        yield f"{name} > TIMESTAMP '{last:%Y-%m-%d %H:%M:%S}'", quoted(f"future_date|{name}")


def _warnings(feed: Feed) -> Iterator[tuple[str, str]]:
    for field in feed.fields:
        if field.kind == "reference" and not field.is_key:
            yield f"length(t_{field.name}) > {LONGEST_REFERENCE}", quoted(f"malformed_reference|{field.name}")
        if field.kind == "moment" and field.is_required:
            yield f"{field.name}_has_time AND is_missing_hour({field.name})", quoted(f"missing_hour|{field.name}")
        if field.kind == "number":
            yield f"is_lost(t_{field.name}, {field.name})", quoted(f"malformed_number|{field.name}")
    if feed.name == "contacts":
        yield (
            "agreement_obtained = 'Yes' AND parents_aware = 'No'",
            quoted("agreement_without_awareness|agreement_obtained"),
        )


_PERSON = "coalesce(nullif(lower(trim(t_{0}_email)), ''), nullif(plain_name(t_{0}_name), ''))"
_BIRTH = "coalesce(date_of_birth, expected_date_of_birth)"
_NAMES = f"plain_name(t_first_name) || chr(30) || plain_name(t_last_name) || chr(30) || coalesce({_BIRTH}::VARCHAR, '')"
_IS_NAMED = "(plain_name(t_first_name) <> '' OR plain_name(t_last_name) <> '')"
# Tells two agencies apart that are on no list; it stays in the staging table.
_AGENCY = "CASE WHEN t_agency_name IS NOT NULL THEN hash(lower(trim(t_agency_name))) END"
_DIGITS = "CASE WHEN regexp_full_match({0}, '[0-9]+') THEN strlen({0}) ELSE 0 END"

_DERIVED: dict[str, tuple[tuple[str, str, str], ...]] = {
    "consultations": (
        ("consultation_key", "UUID", "pseudonym(prefix_of('consultation'), consultation_ref)"),
        ("case_code", "VARCHAR", "code_of_digits(pseudonym_digits(prefix_of('consultation'), consultation_ref))"),
        ("person", "VARCHAR", _PERSON.format("consultee")),
        ("agency_hash", "UBIGINT", _AGENCY),
    ),
    "contacts": (
        ("contact_key", "UUID", "pseudonym(prefix_of('contact'), contact_ref)"),
        ("case_code", "VARCHAR", "code_of_digits(pseudonym_digits(prefix_of('contact'), contact_ref))"),
        ("person", "VARCHAR", _PERSON.format("referrer")),
        ("agency_hash", "UBIGINT", _AGENCY),
        ("postcode_district", "district", "OUTWARD_IF_NO_DISTRICT"),
        ("fields_relevant", "UTINYINT", "RELEVANT"),
        ("fields_filled", "UTINYINT", "FILLED"),
    ),
    "children": (
        (
            "child_key",
            "UUID",
            f"CASE WHEN child_ref IS NOT NULL THEN pseudonym(prefix_of('child'), child_ref) "
            f"WHEN {_IS_NAMED} AND {_BIRTH} IS NOT NULL THEN pseudonym(prefix_of('child'), {_NAMES}) END",
        ),
        (
            "row_basis",
            "VARCHAR",
            f"CASE WHEN child_ref IS NOT NULL THEN child_ref WHEN {_IS_NAMED} OR {_BIRTH} IS NOT NULL "
            f"THEN position::VARCHAR || chr(30) || {_NAMES} END",
        ),
        ("is_named", "BOOLEAN", f"child_ref IS NULL AND {_IS_NAMED}"),
        ("reference_digits", "UTINYINT", _DIGITS.format("t_child_ref")),
        ("postcode_district", "district", "OUTWARD"),
    ),
    "referrals": (
        ("referral_key", "UUID", "pseudonym(prefix_of('referral'), referral_ref)"),
        ("case_code", "VARCHAR", "code_of_digits(pseudonym_digits(prefix_of('referral'), referral_ref))"),
        ("child_key", "UUID", "pseudonym(prefix_of('child'), child_ref)"),
        ("reference_digits", "UTINYINT", _DIGITS.format("t_child_ref")),
    ),
}


def _derived(feed: Feed, profile: Profile, positions: Mapping[str, int]) -> Iterator[tuple[str, str, str]]:
    own = {
        "OUTWARD": lambda: outward_sql("t_postcode", profile),
        "OUTWARD_IF_NO_DISTRICT": lambda: f"CASE WHEN t_district IS NULL THEN {outward_sql('t_postcode', profile)} END",
        "RELEVANT": lambda: _by_channel(profile, positions, lambda fields: str(len(fields))),
        "FILLED": lambda: _by_channel(
            profile,
            positions,
            lambda fields: " + ".join(f"(t_{field} IS NOT NULL)::UTINYINT" for field in fields) or "0",
        ),
    }
    for name, kind, sql in _DERIVED[feed.name]:
        yield name, kind, own[sql]() if sql in own else sql


def _by_channel(profile: Profile, positions: Mapping[str, int], count: Callable[[list[str]], str]) -> str:
    """SQL that counts fields by channel, of those the file has; 0 for a channel the profile lists no fields for."""
    cases = " ".join(
        f"WHEN {quoted(channel)} THEN {count([field for field in form.fields if field in positions])}"
        for channel, form in profile.completeness.items()
    )
    return f"CASE channel {cases} ELSE 0 END" if cases else "0"


def moments_view(feed: Feed) -> str:
    """CREATE VIEW of the kept rows with their moments in time zone; `<moment>_local` is what the file says."""
    names = [field.name for field in feed.fields if field.kind == "moment"]
    replaced = ", ".join(f"to_moment({name}) AS {name}" for name in names)
    local = ", ".join(f"{name} AS {name}_local" for name in names)
    columns = f"* REPLACE ({replaced}), {local}" if names else "*"
    return f"CREATE OR REPLACE TEMP VIEW moments_{feed.name} AS SELECT {columns} FROM kept_{feed.name}"
