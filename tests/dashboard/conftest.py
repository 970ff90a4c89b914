"""One published snapshot for the tests of the dashboard, and the app over it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from flask.testing import FlaskClient

from dashboard.app import create_app
from dashboard.snapshot import Reading, Warehouse
from etl.settings import Settings
from tests.callbacks import ADDRESS, page_request
from tests.snapshots import Recipe, publish

RECIPE = Recipe(rows=2500, months=24)
NOW = RECIPE.as_at + timedelta(hours=2)


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one published version."""
    folder = tmp_path_factory.mktemp("warehouse")
    publish(folder, RECIPE)
    return folder


@pytest.fixture(scope="session")
def frames(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    """The case tables as pandas frames, ENUMs as text: what the queries are compared with."""
    tables = ("contact", "contact_child", "referral", "consultation")
    # A copy: one process cannot open a file twice with two configurations.
    path = shutil.copy(next(warehouse.glob("*.duckdb")), tmp_path_factory.mktemp("copy"))
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("SET TimeZone = 'Europe/London'")
        return {table: con.execute(f"FROM {table}").df() for table in tables}


@pytest.fixture
def reading(warehouse: Path) -> Iterator[Reading]:
    """The version being read."""
    opened = Warehouse(warehouse)
    with opened.reading() as one:
        yield one
    opened.close()


Ask = Callable[[str, str], Any]


@pytest.fixture
def client_of() -> Callable[..., FlaskClient]:
    """A client of an app over a warehouse, at a moment of the wall clock."""

    def make(folder: Path, now: datetime = NOW) -> FlaskClient:
        server = create_app(Settings(warehouse=folder), lambda: now).server
        client: FlaskClient = server.test_client()
        client.environ_base["HTTP_HOST"] = "localhost"
        return client

    return make


@pytest.fixture
def ask(warehouse: Path, client_of: Callable[..., FlaskClient]) -> Ask:
    """(path, query) → the answer of the page's callback as JSON."""
    client = client_of(warehouse)

    def answer(path: str, search: str) -> Any:
        return client.post(ADDRESS, json=page_request(path, search)).get_json()["response"]

    return answer
