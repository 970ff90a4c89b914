"""Each page in each of its states says what it must, and no number that it cannot know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from flask.testing import FlaskClient

from tests.callbacks import ADDRESS, page_request
from tests.dashboard.conftest import NOW, RECIPE, Ask
from tests.snapshots import publish
from tests.words import find, words

FEW = replace(RECIPE, rows=300, months=6)


def _body(client: FlaskClient, path: str, search: str = "") -> Any:
    response = client.post(ADDRESS, json=page_request(path, search)).get_json()["response"]
    return response[f"{path.strip('/') or 'today'}-body"]["children"]


def test_today_opens_with_a_sentence_and_shows_the_counts(ask: Ask, frames: dict[str, pd.DataFrame]) -> None:
    answer = ask("/", "")
    contact = frames["contact"]
    overdue = int((contact["decision_state"] == "open, overdue").sum())
    said = words(answer["today-body"]["children"])
    assert said.startswith(f"{overdue} decisions are overdue; the oldest is ")
    assert f"of {int(contact['is_open'].sum())} open, as at the data" in said
    assert words(answer["today-as-at"]["children"]) == (
        "Data as at 25 November 2026, 06:10 · version 20261125T074512Z-3f9a1c2b"
    )


def test_old_data_are_named_above_the_figures(warehouse: Path, client_of: Callable[..., FlaskClient]) -> None:
    body = _body(client_of(warehouse, RECIPE.as_at + timedelta(hours=27)), "/")
    assert words(body[0]) == (
        "Kent and Medway: these figures are as at 25 November 2026, 06:10. "
        "Contacts and decisions after that are not yet seen."
    )
    said = words(body)
    assert "Received on Wed 25 Nov" in said and "Received today" not in said
    assert "fell due since the data were taken and may have been made" in said


def test_fresh_data_carry_no_warning(ask: Ask) -> None:
    assert "these figures are as at" not in words(ask("/", "")["today-body"]["children"])


def test_a_feed_without_decisions_is_never_open_or_overdue(
    tmp_path: Path, client_of: Callable[..., FlaskClient]
) -> None:
    publish(tmp_path, replace(FEW, has_decisions=False))
    said = words(_body(client_of(tmp_path), "/"))
    assert "These feeds carry no decisions, so nothing here is open, due or overdue." in said
    assert said.count("Not measurable") >= 3
    assert " 0 of" not in said and "Work list" not in said and "No decision is overdue" not in said
    assert "Decided in time" in said and "Not available: Kent: Annex A" in said


def test_a_refused_file_is_named(tmp_path: Path, client_of: Callable[..., FlaskClient]) -> None:
    publish(tmp_path, replace(FEW, refused="It has no column received_at."))
    for path in ("/", "/volumes"):
        said = words(_body(client_of(tmp_path), path))
        assert "referrals 2026-11-25 06:10 was refused in the last load" in said
        assert "It has no column received_at." in said


def test_without_data_the_page_says_what_to_do(tmp_path: Path, client_of: Callable[..., FlaskClient]) -> None:
    assert "No data has been published yet" in words(_body(client_of(tmp_path), "/volumes"))


def test_nothing_found_is_said(ask: Ask) -> None:
    body = ask("/volumes", "?from=1999-01-01&to=1999-02-01")["volumes-body"]["children"]
    assert "the data begin on 25 November 2024" in words(body)
    assert list(find(body, "Graph")) == []
    none = ask("/volumes", "?advice=Unmapped&unit=consultations&urgency=Urgent&from=2026-01-01&to=2026-01-01")
    assert "No consultations match these filters." in words(none["volumes-body"]["children"])


def test_the_unfinished_month_is_hollow(ask: Ask) -> None:
    body = ask("/volumes", "?period=financial-year")["volumes-body"]["children"]
    month = next(graph for graph in find(body, "Graph") if graph["id"]["panel"] == "month")["figure"]
    assert month["data"][0]["marker"]["line"]["width"] == [0] * 7 + [2]
    assert "so far" in month["layout"]["xaxis"]["ticktext"][-1]
    assert "Hollow: a month that is not whole" in words(body)


def test_the_default_period_has_twelve_whole_months(ask: Ask) -> None:
    body = ask("/volumes", "")["volumes-body"]["children"]
    assert "Hollow" not in words(body)
    month = next(graph for graph in find(body, "Graph") if graph["id"]["panel"] == "month")["figure"]
    assert len(month["data"][0]["x"]) == 12


def test_orphans_and_unused_filters_are_said(ask: Ask, frames: dict[str, pd.DataFrame]) -> None:
    orphans = int(frames["contact_child"]["received_on"].isna().sum())
    body = ask("/volumes", "?unit=contact_children&advice=no+further+action")["volumes-body"]["children"]
    assert f"{orphans} contact children have no date of receipt" in words(body)
    assert "Advice given is not used here: contact children do not carry it." in words(body)


def test_every_chart_has_a_name_that_says_its_finding(ask: Ask) -> None:
    body = ask("/volumes", "")["volumes-body"]["children"]
    figures = list(find(body, "Figure"))
    assert len(figures) == len(list(find(body, "Graph"))) == 10
    assert all(figure["role"] == "img" and len(figure["aria-label"]) > 40 for figure in figures)


def test_a_table_has_the_numbers_of_its_chart(ask: Ask) -> None:
    chart = ask("/volumes", "")["volumes-body"]["children"]
    bars = next(graph for graph in find(chart, "Graph") if graph["id"]["panel"] == "district")["figure"]["data"][0]
    table = words(ask("/volumes", "?table=district")["volumes-body"]["children"])
    for label, count in zip(bars["customdata"], bars["text"], strict=True):
        assert f"{label} {count} " in table


@pytest.mark.parametrize("path", ["/", "/volumes"])
def test_controls_show_what_the_url_says(ask: Ask, path: str) -> None:
    answer = ask(path, "?urgency=Urgent&from=2026-01-01&to=2026-02-01&unit=referrals")
    values = {key: value["value"] for key, value in answer.items() if "filter" in key}
    shown = {part.split('"key":"')[1].split('"')[0]: value for part, value in values.items()}
    assert shown["urgency"] == ["Urgent"]
    assert shown["level_requested"] == []
    if path == "/volumes":
        assert (shown["unit"], shown["period"], shown["from"], shown["to"]) == (
            "referrals", "dates", "2026-01-01", "2026-02-01",
        )  # fmt: skip


def test_every_unit_and_all_dimensions_can_be_shown(ask: Ask) -> None:
    for unit in ("contacts", "contact_children", "consultations", "referrals"):
        body = ask("/volumes", f"?unit={unit}&more=yes&period=all")["volumes-body"]["children"]
        assert len(list(find(body, "Graph"))) > 10


def test_past_due_since_the_data_is_not_called_overdue(warehouse: Path, client_of: Callable[..., FlaskClient]) -> None:
    said = words(_body(client_of(warehouse, NOW + timedelta(hours=20)), "/", "?rows=500"))
    assert "fell due since the data were taken, and may have been decided" in said
