"""What a published snapshot promises to an analyst: words on everything, keys that lead somewhere, fixed days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from etl import jobs
from etl.contract import views
from etl.contract.dimensions import DIMENSIONS
from etl.contract.measures import MEASURES
from etl.contract.tables import CASE_TABLES, RESOLVING, TABLES, Reference, Table
from etl.contract.views import VIEWS, View
from etl.contract.vocabularies import VOCABULARIES
from etl.pseudonymise import case_code, new_key_file
from etl.settings import Settings

STORAGE_VERSION_1_4 = 67
WITHOUT_AUTHORITY = {"snapshot", "rule", "dictionary", "measure"}
DIALECTS = ("postgres", "spark", "snowflake", "tsql")
Connection = duckdb.DuckDBPyConnection


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("contract")
    settings = Settings(inbox=root / "inbox", warehouse=root / "warehouse", state=root, key_file=root / "key")
    new_key_file(root / "key")
    for code in ("kent", "norfolk"):
        jobs.generate(settings, settings.inbox, authority=code, months=4, scale=0.01, seed=3, until=date(2026, 9, 30))
    return settings.warehouse / f"frontdoor-{jobs.load(settings).version}.duckdb"


@pytest.fixture(scope="module")
def snapshot(file: Path) -> Iterator[Connection]:
    """As an analyst opens it: no setting but that it is read only."""
    with duckdb.connect(str(file), read_only=True) as con:
        yield con


def rows(con: Connection, sql: str, values: list[Any] | None = None) -> list[tuple[Any, ...]]:
    return con.execute(sql, values or []).fetchall()


def test_the_tables_are_those_of_the_contract(snapshot: Connection) -> None:
    found = {name for (name,) in rows(snapshot, "SELECT table_name FROM duckdb_tables()")}
    assert found == {table.name for table in TABLES}


def test_every_table_view_and_column_says_what_it_is(snapshot: Connection) -> None:
    named = rows(snapshot, "SELECT table_name, comment FROM duckdb_tables()")
    named += rows(snapshot, "SELECT view_name, comment FROM duckdb_views() WHERE NOT internal")
    sql = "SELECT table_name || '.' || column_name, comment FROM duckdb_columns() WHERE NOT internal"
    columns = rows(snapshot, sql)
    assert len(named) == len(TABLES) + len(VIEWS)
    assert len(columns) > sum(len(table.columns) for table in TABLES)
    assert [name for name, comment in (*named, *columns) if not (comment or "").strip()] == []


@pytest.mark.parametrize("name", [*(table.name for table in TABLES), *(view.name for view in VIEWS)])
def test_describe_names_the_columns(snapshot: Connection, name: str) -> None:
    described = [row[0] for row in rows(snapshot, f"DESCRIBE {name}")]
    sql = "SELECT column_name FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index"
    assert described == [column for (column,) in rows(snapshot, sql, [name])]
    assert described


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_can_be_read_and_has_no_word_without_a_column(snapshot: Connection, view: View) -> None:
    assert view.column_comments.keys() == {row[0] for row in rows(snapshot, f"DESCRIBE {view.name}")}
    assert rows(snapshot, f"SELECT count(*) > 0 FROM {view.name}") == [(True,)]


def test_a_view_has_a_row_for_each_row_of_its_table(snapshot: Connection) -> None:
    of = {view.name: view.name.removesuffix("_view") for view in VIEWS if view.name.endswith("_view")}
    assert {"contact", "clock"} <= set(of.values())
    counted = {name: rows(snapshot, f"SELECT count(*) FROM {name}") for name in of}
    assert counted == {name: rows(snapshot, f"SELECT count(*) FROM {table}") for name, table in of.items()}


def test_the_dictionary_has_every_value_of_every_enum_in_its_order(snapshot: Connection) -> None:
    enums = """
        SELECT type_name, labels FROM duckdb_types()
        WHERE logical_type = 'ENUM' AND database_name = current_database()"""
    words = "SELECT vocabulary, list(value ORDER BY position) FROM dictionary GROUP BY vocabulary"
    found = {name: labels for name, labels in rows(snapshot, enums) if name != "enum"}
    assert {vocabulary.name for vocabulary in VOCABULARIES} <= found.keys()
    assert dict(rows(snapshot, words)) == found


@pytest.mark.parametrize("dimension", DIMENSIONS, ids=lambda dimension: dimension.name)
def test_a_dimension_is_an_enum_column_of_a_case_table(snapshot: Connection, dimension: Any) -> None:
    carrying = [table.name for table in CASE_TABLES if dimension.is_in(table.name)]
    sql = "SELECT data_type FROM duckdb_columns() WHERE table_name = ? AND column_name = ?"
    types = [rows(snapshot, sql, [table, dimension.name])[0][0] for table in carrying]
    assert types and all(name.startswith("ENUM(") for name in types)


@pytest.mark.parametrize("table", [table for table in TABLES if table.key], ids=lambda table: table.name)
def test_keys_are_unique(snapshot: Connection, table: Table) -> None:
    counts = rows(snapshot, f"SELECT count(*), count({table.key}), count(DISTINCT {table.key}) FROM {table.name}")
    assert len(set(counts[0])) == 1


def test_a_child_stands_once_in_a_contact(snapshot: Connection) -> None:
    sql = "SELECT count(*), count(DISTINCT (contact_key, child_key)) FROM contact_child WHERE child_key IS NOT NULL"
    ((every, distinct),) = rows(snapshot, sql)
    assert every == distinct > 0


@pytest.mark.parametrize("one", RESOLVING, ids=lambda one: f"{one.table}.{one.column}")
def test_every_key_leads_to_a_row(snapshot: Connection, one: Reference) -> None:
    sql = f"""
        SELECT count({one.column}), count({one.column}) FILTER (
          WHERE {one.column} NOT IN (SELECT {one.target_column} FROM {one.target}
            WHERE {one.target_column} IS NOT NULL)) FROM {one.table}"""
    ((filled, lost),) = rows(snapshot, sql)
    assert (filled > 0, lost) == (True, 0)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_every_row_carries_its_authority(snapshot: Connection, table: Table) -> None:
    if table.name in WITHOUT_AUTHORITY:
        assert "authority" not in table.names
    else:
        assert rows(snapshot, f"SELECT count(*) FROM {table.name} WHERE authority IS NULL") == [(0,)]


@pytest.mark.parametrize("table", [table for table in CASE_TABLES if table.sorted_by], ids=lambda table: table.name)
def test_facts_lie_in_the_order_of_their_day(snapshot: Connection, table: Table) -> None:
    days = [day for (day,) in rows(snapshot, f"SELECT {table.sorted_by} FROM {table.name}") if day is not None]
    assert days == sorted(days)
    assert len(set(days)) > 30


@pytest.mark.parametrize("table", ["consultation", "contact", "referral"])
def test_a_case_code_is_made_of_the_key_and_belongs_to_one_case(snapshot: Connection, table: str) -> None:
    found = rows(snapshot, f"SELECT {table}_key, case_code FROM {table}")
    assert found and all(code == case_code(key) for key, code in found)
    assert len({code for _, code in found}) == len(found)


def test_the_measures_and_what_can_be_shown_are_in_the_snapshot(snapshot: Connection) -> None:
    names = {measure.name for measure in MEASURES}
    assert {name for (name,) in rows(snapshot, "SELECT measure FROM measure")} == names
    shown = {name for (name,) in rows(snapshot, "SELECT measure FROM capability")}
    broken_down = {f"{name} by {dimension.name}" for name in names for dimension in DIMENSIONS}
    assert names < shown <= names | broken_down
    assert {name for (name,) in rows(snapshot, "SELECT DISTINCT measure FROM measure_by_month")} == names


def test_the_file_can_be_read_by_software_that_knows_storage_version_1_4(file: Path, snapshot: Connection) -> None:
    with file.open("rb") as opened:
        header = opened.read(20)
    assert (header[8:12], int.from_bytes(header[12:20], "little")) == (b"DUCK", STORAGE_VERSION_1_4)
    sql = "SELECT tags['storage_version'] FROM duckdb_databases() WHERE database_name = current_database()"
    ((version,),) = rows(snapshot, sql)
    assert version.startswith("v1.4")


def functions_of_moments(sql: str) -> list[str]:
    """Functions and casts of a statement that are given a moment (`…_at`)."""
    return [
        node.sql("duckdb")
        for node in sqlglot.parse_one(sql, read="duckdb").find_all(exp.Func)
        if any(column.name.endswith("_at") for column in node.find_all(exp.Column))
    ]


@pytest.mark.parametrize("sql", ["CAST(received_at AS DATE)", "received_at::DATE", "date_trunc('month', received_at)"])
def test_a_day_made_of_a_moment_would_be_seen(sql: str) -> None:
    assert functions_of_moments(f"SELECT {sql} FROM contact")


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_no_view_derives_a_day_from_a_moment(view: View) -> None:
    assert functions_of_moments(view.sql) == []


def test_figures_do_not_change_with_the_time_zone_of_the_session(file: Path) -> None:
    sql = "SELECT * FROM measure_by_month ORDER BY ALL"
    found = []
    for zone in ("Europe/London", "Pacific/Kiritimati"):
        with duckdb.connect(str(file), read_only=True) as con:
            con.execute(f"SET TimeZone = '{zone}'")
            found.append(rows(con, sql))
    assert found[0] == found[1] != []


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_sql_of_the_contract_can_be_said_in_other_dialects(dialect: str) -> None:
    statements = [f"CREATE VIEW {view.name} AS {view.sql}" for view in views.VIEWS]
    for measure in MEASURES:
        base = measure.base_sql or "NULL"
        statements.append(f"SELECT {measure.count_sql} AS numerator, {base} AS denominator FROM {measure.grain}")
    for statement in statements:
        (said,) = sqlglot.transpile(statement, read="duckdb", write=dialect, unsupported_level=sqlglot.ErrorLevel.RAISE)
        assert sqlglot.parse_one(said, read=dialect)
