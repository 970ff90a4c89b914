"""What the README must say: every command, setting, column of the input format, table and view."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

from dashboard.cli import app
from etl.contract.tables import TABLES
from etl.contract.views import VIEWS
from etl.feeds import FEEDS
from etl.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(name for name in typer.main.get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_explained(command: str) -> None:
    assert f"`frontdoor {command}" in README


@pytest.mark.parametrize("setting", sorted(Settings.model_fields))
def test_every_setting_is_named(setting: str) -> None:
    assert f"`{setting}`" in README


@pytest.mark.parametrize("feed", FEEDS, ids=lambda feed: feed.name)
def test_every_column_of_the_input_format_is_named(feed: object) -> None:
    line = next(line for line in README.splitlines() if line.startswith(f"**{feed.name}**"))  # type: ignore[attr-defined]
    for field in feed.fields:  # type: ignore[attr-defined]
        assert f"`{field.name}`" + ("\\*" if field.is_required else "") in line


@pytest.mark.parametrize("name", [*(table.name for table in TABLES), *(view.name for view in VIEWS)])
def test_every_table_and_view_is_named(name: str) -> None:
    assert f"`{name}`" in README


def test_its_pictures_are_there() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures and all((ROOT / picture).is_file() for picture in pictures)


def test_it_has_measured_figures_with_their_date_and_command() -> None:
    assert re.search(r"Measured on \d+ \w+ 20\d\d", README)
    assert "make bench" in README and "| raw copy of" in README
