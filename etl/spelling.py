"""How values are spelled in files, and the vocabulary label each spelling means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from etl.contract import vocabularies
from etl.contract.schema import labels, quoted, quoted_name
from etl.contract.vocabularies import NOT_RECORDED, UNMAPPED
from etl.feeds import FEEDS, Feed, Field
from etl.profile import Profile

Spellings = dict[str, str]
_CODE_FIRST = ("ethnicity", "source_code", "primary_need")
"""Vocabularies written as code and words ("A1 - White British", "6: Police"): the code counts."""


def added_labels(profiles: Iterable[Profile]) -> dict[str, tuple[str, ...]]:
    """What profiles add to the vocabularies: authorities, clocks, reasons, agencies, agency types, districts."""
    everyone = tuple(profiles)
    types = [kind.label for profile in everyone for kind in profile.agency_types]
    names = [agency.name for profile in everyone for agency in profile.agencies]
    return {
        "authority": tuple(profile.code for profile in everyone),
        "clock_name": _unique(clock.name for profile in everyone for clock in profile.clocks),
        "reason": _unique(reason.label for profile in everyone for reason in profile.reasons),
        "agency_type": _unique(types),
        "agency_name": _unique([*names, *(other_agency(label) for label in [*types, UNMAPPED, NOT_RECORDED])]),
        "district": _unique(district.name for profile in everyone for district in profile.districts),
    }


def other_agency(agency_type: str) -> str:
    """What an agency is called that is not on the profile's list."""
    return f"Other ({agency_type})"


def spellings(profile: Profile, feed: Feed, field: Field) -> Spellings:
    """Spelling in lower case → label, for one column of one authority's feed. The profile's own mapping wins."""
    found: Spellings = {}
    for label in labels(field.vocabulary, _own_labels(profile)):
        found |= {label: label, label.lower(): label}
    if field.vocabulary in vocabularies.BY_NAME:
        for value in vocabularies.BY_NAME[field.vocabulary].values:
            found |= {spelling.lower(): value.label for spelling in value.synonyms}
    if field.vocabulary == "level":
        found |= {name.lower(): level for level, name in profile.levels.items()}
    if field.vocabulary == "ethnicity":
        found |= {"e5": NOT_RECORDED}
    if field.vocabulary == "agency_type":
        found = {**_by_source_code(profile), **found}
    local = profile.feed(feed.name).values.get(field.name, {})  # type: ignore[arg-type]
    return found | {spelling.lower().strip(): label for spelling, label in local.items()}


def type_name(feed: Feed, field: Field) -> str:
    """Name of the ENUM type of a column's spellings."""
    return f"reads_{feed.name}_{field.name}"


def type_statements(profile: Profile) -> Iterator[str]:
    """CREATE TYPE for the spellings of every coded column: casting to it looks a spelling up by hash."""
    for feed in FEEDS:
        for field in (field for field in feed.fields if field.kind == "coded"):
            words = ", ".join(quoted(spelling) for spelling in spellings(profile, feed, field))
            yield f"CREATE OR REPLACE TEMP TYPE {type_name(feed, field)} AS ENUM ({words})"


def coded_sql(text: str, profile: Profile, feed: Feed, field: Field) -> str:
    """SQL that reads a trimmed text (null when blank) as a label of the field's ENUM."""
    mapping = spellings(profile, feed, field)
    target = quoted_name(field.vocabulary)
    labels_by_code = ", ".join(quoted(label) for label in mapping.values())
    blank, unknown = (f"{quoted(label)}::{target}" for label in (NOT_RECORDED, UNMAPPED))

    def look_up(spelled: str) -> str:
        code = f"enum_code(try_cast({spelled} AS {type_name(feed, field)})) + 1"
        return f"list_extract([{labels_by_code}]::{target}[], {code})"

    # A cast that fails is dear, so what is written as usual is looked up at once, the rest when that gave nothing.
    second = look_up(_spelled(f"cell({text})", field))
    rest = f"CASE WHEN cell({text}) IS NULL THEN {blank} ELSE coalesce({second}, {unknown}) END"
    first = "" if field.vocabulary in _CODE_FIRST else f"{look_up(text)}, "
    return f"CASE WHEN {text} IS NULL THEN {blank} ELSE coalesce({first}{rest}) END"


def outward_sql(postcode: str, profile: Profile) -> str:
    """SQL for the district of a postcode's outward part: `Unmapped` when it is on no list, null when blank."""
    districts: Mapping[str, str] = profile.outward_districts()
    if not districts:
        return "NULL::district"
    names = ", ".join(quoted(name) for name in districts.values())
    outward = (
        f"CASE WHEN {postcode}[-4] = ' ' THEN left({postcode}, -4) ELSE left(without_spaces(upper({postcode})), -3) END"
    )
    found = f"list_extract([{names}]::district[], enum_code(try_cast(upper({outward}) AS reads_outward)) + 1)"
    return f"CASE WHEN cell({postcode}) IS NOT NULL THEN coalesce({found}, '{UNMAPPED}') END"


def outward_type_statement(profile: Profile) -> str:
    """CREATE TYPE for the outward postcodes of a profile."""
    words = ", ".join(quoted(outward) for outward in profile.outward_districts()) or "''"
    return f"CREATE OR REPLACE TEMP TYPE reads_outward AS ENUM ({words})"


def source_code_macro(profile: Profile) -> str:
    """TEMP macro `source_code_of(agency_type)`: the DfE referral source code of a local label."""
    cases = " ".join(f"WHEN {quoted(kind.label)} THEN {quoted(kind.source_code)}" for kind in profile.agency_types)
    other = f"CASE WHEN label = '{UNMAPPED}' THEN '{UNMAPPED}' ELSE '{NOT_RECORDED}' END"
    body = f"CASE label {cases} ELSE {other} END" if cases else other
    return f"CREATE OR REPLACE TEMP MACRO source_code_of(label) AS ({body})::source_code"


def agency_name_macro() -> str:
    """TEMP macro `agency_name_of(name, agency_type)`: a name that is on no list becomes `Other (type)`."""
    return (
        "CREATE OR REPLACE TEMP MACRO agency_name_of(name, type) AS "
        f"CASE WHEN name = '{UNMAPPED}' THEN ('Other (' || type::VARCHAR || ')')::agency_name ELSE name END"
    )


def _spelled(text: str, field: Field) -> str:
    """The text as it is looked up: lower case, no list letter ("b) Female"), only the code of code and words."""
    text = f"replace({text}, '’', '''')"
    plain = f"lower(regexp_replace({text}, '^[A-Za-z]{{1,2}}\\)\\s*', ''))"
    bare = f"CASE WHEN contains({text}, ')') THEN {plain} ELSE lower({text}) END"
    if field.vocabulary not in _CODE_FIRST:
        return bare
    return f"CASE WHEN length({text}) > 4 THEN trim(regexp_extract({bare}, '^[^:–-]+')) ELSE lower({text}) END"


def _own_labels(profile: Profile) -> dict[str, tuple[str, ...]]:
    own = added_labels([profile])
    own["agency_name"] = tuple(agency.name for agency in profile.agencies)
    return own


def _by_source_code(profile: Profile) -> Spellings:
    found: Spellings = {}
    for kind in profile.agency_types:
        found.setdefault(kind.source_code.lower(), kind.label)
    return found


def _unique(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
