"""The dashboard served to a real browser, which reports every foreign request and every complaint of its console."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import ConsoleMessage, Page, Request
from werkzeug.serving import make_server

from dashboard.app import create_app
from etl.settings import Settings
from tests.snapshots import Recipe, publish

RECIPE = Recipe(rows=4000, months=26)
NOW = RECIPE.as_at + timedelta(hours=2)
Serve = Callable[..., str]
Counted = Callable[..., str]


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one published version."""
    folder = tmp_path_factory.mktemp("warehouse")
    publish(folder, RECIPE)
    return folder


@pytest.fixture(scope="session")
def counted(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Counted:
    """(condition, table) → rows, asked of a copy: one process cannot open a file twice with two configurations."""
    path = shutil.copy(next(warehouse.glob("*.duckdb")), tmp_path_factory.mktemp("copy"))
    connection = duckdb.connect(str(path), read_only=True)

    def count(condition: str, table: str = "contact") -> str:
        found = connection.execute(f"SELECT count(*) FROM {table} WHERE {condition}").fetchone()
        return f"{found[0]:,}" if found else ""

    return count


@pytest.fixture(scope="session")
def serve() -> Iterator[Serve]:
    """(warehouse, now) → address of a dashboard over it; stopped at the end."""
    servers = []

    def start(folder: Path, now: datetime = NOW) -> str:
        app = create_app(Settings(warehouse=folder), lambda: now).server
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in servers:
        server.shutdown()


@pytest.fixture(scope="session")
def site(serve: Serve, warehouse: Path) -> str:
    """The address of the dashboard over the usual version."""
    return serve(warehouse)


@dataclass
class Complaints:
    """What a page should never do."""

    foreign: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)

    def on_request(self, request: Request) -> None:
        if not request.url.startswith(("http://127.0.0.1:", "data:", "blob:")):
            self.foreign.append(request.url)

    def on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.console.append(message.text)


@pytest.fixture(autouse=True)
def complaints(page: Page) -> Iterator[Complaints]:
    """Every test fails on a foreign request, a console error or an uncaught one."""
    found = Complaints()
    page.on("request", found.on_request)
    page.on("console", found.on_console)
    page.on("pageerror", lambda error: found.console.append(str(error)))
    page.on("dialog", lambda dialog: found.console.append(f"dialog {dialog.message}"))
    yield found
    assert found == Complaints()
