"""The factory makes an app each time it is asked, and nothing at import."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import dashboard
from dashboard import wsgi
from dashboard.app import create_app
from etl.settings import Settings, SettingsError, load_settings
from tests.callbacks import ADDRESS, page_request

HOUSE = Path(dashboard.__file__).parent


def test_two_apps_live_in_one_process(warehouse: Path, tmp_path: Path) -> None:
    apps = [create_app(Settings(warehouse=folder)) for folder in (warehouse, tmp_path)]
    answers = [
        app.server.test_client().post(ADDRESS, json=page_request("/volumes", "")).get_data(as_text=True) for app in apps
    ]
    assert "No data has been published yet" not in answers[0]
    assert "No data has been published yet" in answers[1]


def test_a_wsgi_server_gets_one_from_the_settings(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FRONTDOOR_WAREHOUSE", str(warehouse))
    assert wsgi.create_server().test_client().get("/").status_code == 200


def test_only_this_machine_may_be_served() -> None:
    with pytest.raises(SettingsError, match="only this machine"):
        load_settings(host="0.0.0.0")


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda path: path.relative_to(HOUSE).as_posix())
def test_no_module_makes_a_connection_or_an_app_at_import(path: Path) -> None:
    made = [
        node.value.func.id
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
    ]
    assert not {"Dash", "Warehouse", "create_app", "connect", "DataFrame"} & set(made)
