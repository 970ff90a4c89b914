"""How values and column names may be written, and what they are read as: one load, one column of spellings each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from etl.contract.schema import create_statements
from etl.contract.vocabularies import BY_NAME, NOT_RECORDED, UNMAPPED
from etl.feeds import BY_NAME as FEEDS
from etl.feeds import FEEDS as EVERY_FEED
from etl.feeds import Feed, Field
from etl.profile import Profile, load_profiles
from etl.spelling import added_labels, coded_sql, outward_sql, outward_type_statement, spellings, type_statements
from etl.staging import MACROS
from tests.etl.loading import SHIPPED, kent_with, loaded

SPELLED: dict[tuple[str, str], dict[str, str]] = {
    ("contacts", "agreement_obtained"): {
        "Yes": "Yes", "yes": "Yes", "Y": "Yes", "y": "Yes", "TRUE": "Yes", "true": "Yes", "1": "Yes", " YES ": "Yes",
        "No": "No", "nO": "No", "N": "No", "False": "No", "0": "No", "a) Yes": "Yes", "b) No": "No",
        "": NOT_RECORDED, " ": NOT_RECORDED, "\u00a0": NOT_RECORDED,
        "maybe": UNMAPPED, "2": UNMAPPED, "YesNo": UNMAPPED,
    },
    ("contacts", "decision"): {
        "level 1–2 signposting": "level 1–2 signposting", "level 1-2 signposting": "level 1–2 signposting",
        "Level 1-2 Signposting": "level 1–2 signposting", "PENDING": "pending",
        "\u00a0no further action\u00a0": "no further action", "returned: insufficient information":
        "returned: insufficient information", "level 3 signposting": UNMAPPED,
    },
    ("contacts", "channel"): {"Portal": "portal", "police notification": "police notification", "fax": UNMAPPED},
    ("contacts", "level_requested"): {
        "1": "1", "4": "4", "Intensive": "3", "specialist": "4", "Level 3": "3", "5": UNMAPPED, "": NOT_RECORDED,
    },
    ("contacts", "primary_reason"): {
        "Neglect": "Neglect", "behaviour of child/young person": "Behaviour of Child/Young Person", "Zzz": UNMAPPED,
    },
    ("contacts", "agency_type"): {
        "Police": "Police", "police": "Police", "6": "Police", "3f": "Hospital or other health", "": NOT_RECORDED,
    },
    ("children", "gender"): {
        "female": "female", "b) Female": "female", "a) Male": "male", "F": "female", "m": "male", "U": "unknown",
    },
    ("children", "ethnicity"): {
        "WBRI": "WBRI", "A1": "WBRI", "A1 - White British": "WBRI", "a) WBRI": "WBRI",
        "e3 – anything": "REFU", "Z9": UNMAPPED,
    },
    ("referrals", "source_code"): {"1A": "1A", "1a": "1A", "6: Police": "6", "q) 6: Police": "6",
        "10": "10", "11": UNMAPPED},
    ("referrals", "primary_need"): {"N1": "N1", "n0": "N0", "N1 - Abuse or Neglect": "N1", "PSRMEM": UNMAPPED},
}  # fmt: skip


@pytest.fixture(scope="module")
def kent() -> Profile:
    return load_profiles(SHIPPED)["kent"]


@pytest.fixture(scope="module")
def con(kent: Profile) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for statement in (*create_statements(added_labels([kent])), *MACROS, *type_statements(kent)):
            connection.execute(statement)
        connection.execute("CREATE TEMP MACRO without_spaces(text) AS regexp_replace(text, '\\s', '', 'g')")
        connection.execute(outward_type_statement(kent))
        yield connection


@pytest.mark.parametrize(("feed", "column"), SPELLED)
def test_spellings(con: duckdb.DuckDBPyConnection, kent: Profile, feed: str, column: str) -> None:
    wanted = SPELLED[feed, column]
    found = {spelling: read(con, kent, FEEDS[feed], field_of(feed, column), spelling) for spelling in wanted}
    assert found == wanted


def test_every_label_of_every_column_is_read_as_itself(con: duckdb.DuckDBPyConnection, kent: Profile) -> None:
    coded = [(feed, field) for feed in EVERY_FEED for field in feed.fields if field.kind == "coded"]
    assert len(coded) > 40
    for feed, field in coded:
        labels = set(spellings(kent, feed, field).values()) - {UNMAPPED, NOT_RECORDED}
        assert {label: read(con, kent, feed, field, label) for label in labels} == {label: label for label in labels}


def test_a_label_in_another_case_and_with_space_around_is_the_same(
    con: duckdb.DuckDBPyConnection, kent: Profile
) -> None:
    for column in ("decision", "channel", "agency_name", "district", "primary_reason"):
        field = field_of("contacts", column)
        for label in set(spellings(kent, FEEDS["contacts"], field).values()) - {UNMAPPED, NOT_RECORDED}:
            assert read(con, kent, FEEDS["contacts"], field, f"\t{label.upper()}\u00a0") == label, column


def test_the_vocabularies_of_the_contract_have_no_spelling_that_means_two_things() -> None:
    for vocabulary in BY_NAME.values():
        meanings: dict[str, str] = {}
        for value in vocabulary.values:
            for spelling in (value.label, *value.synonyms):
                assert meanings.setdefault(spelling.lower(), value.label) == value.label, vocabulary.name


@pytest.mark.parametrize(
    ("postcode", "district"),
    [
        ("ME14 9ZZ", "Maidstone"), ("me149zz", "Maidstone"), (" ME14  9ZZ ", "Maidstone"),
        ("CT3 9ZZ", UNMAPPED), ("DA4 9ZZ", UNMAPPED), ("ZZ1 9ZZ", UNMAPPED), ("", None), (None, None),
    ],
)  # fmt: skip
def test_a_postcode_gives_the_district_of_its_outward_code(
    con: duckdb.DuckDBPyConnection, kent: Profile, postcode: str | None, district: str | None
) -> None:
    row = con.execute(f"SELECT {outward_sql('t', kent)}::VARCHAR FROM (SELECT ?::VARCHAR AS t)", [postcode]).fetchone()
    assert row == (district,)


def test_agencies_and_districts_through_a_load(tmp_path: Path) -> None:
    text = (
        "contact_ref,received_at,agency_type,agency_name,district,postcode\n"
        "1,2026-06-01 09:01,Police,kent police,,CT3 9ZZ\n"
        "2,2026-06-01 09:02,Police,Testy McTestface,,ME149ZZ\n"
        "3,2026-06-01 09:03,Coven,Witches,maidstone,CT3 9ZZ\n"
        "4,2026-06-01 09:04,,,,\n"
    )
    with loaded(tmp_path, {"contacts_2026-06-02.csv": text}) as found:
        columns = "agency_type::VARCHAR, agency_name::VARCHAR, district::VARCHAR"
        assert found.rows(f"SELECT {columns} FROM contact ORDER BY received_at") == [
            ("Police", "Kent Police", UNMAPPED),
            ("Police", "Other (Police)", "Maidstone"),
            (UNMAPPED, f"Other ({UNMAPPED})", "Maidstone"),
            (NOT_RECORDED, NOT_RECORDED, NOT_RECORDED),
        ]
        assert found.warnings() == {("unknown_agency", "agency_name"): 2, ("unmapped", "agency_type"): 1}


LOCAL = """[feeds.contacts]
columns = { "Case No." = "contact_ref", "Date Rec'd" = "received_at", "Source" = "agency_type" }
values.urgency = { "RED" = "Urgent", "green" = "Standard" }
values.agency_type = { "OLD BILL" = "Police" }
values.agreement_obtained = { "Given" = "Yes", "Withheld" = "No" }
"""


def test_local_names_and_values_are_mapped_by_the_profile(tmp_path: Path) -> None:
    text = (
        "Case_No.,date  rec'd,source,URGENCY,Agreement Obtained,levelrequested\n"
        "1,01/06/2026 09:00,Old Bill,Red,GIVEN,3\n"
        "2,02/06/2026 09:00,police,GREEN,withheld,Level 3\n"
        "3,03/06/2026 09:00,Bill,Urgent,Y,\n"
    )
    with loaded(
        tmp_path, {"contacts_2026-06-04.csv": text}, kent_with(tmp_path, ("[feeds.contacts]\n", LOCAL))
    ) as found:
        columns = ("agency_type", "urgency", "agreement_obtained", "level_requested")
        listed = ", ".join(f"{column}::VARCHAR" for column in columns)
        assert found.rows(f"SELECT contact_key::VARCHAR, {listed} FROM contact ORDER BY received_at") == [
            (found.key_of("contact", "1"), "Police", "Urgent", "Yes", "3"),
            (found.key_of("contact", "2"), "Police", "Standard", "No", "3"),
            (found.key_of("contact", "3"), UNMAPPED, "Urgent", "Yes", NOT_RECORDED),
        ]
        assert found.one("SELECT count(*) FROM finding WHERE rule = 'extra_column'") == 0


def field_of(feed: str, column: str) -> Field:
    return next(field for field in FEEDS[feed].fields if field.name == column)


def read(con: duckdb.DuckDBPyConnection, profile: Profile, feed: Feed, field: Field, text: str) -> str:
    """A value as a load reads it: what DuckDB gives for a blank cell is null."""
    sql = f"SELECT ({coded_sql('t', profile, feed, field)})::VARCHAR FROM (SELECT nullif(?, '') AS t)"
    row = con.execute(sql, [text]).fetchone()
    assert row is not None
    return str(row[0])
