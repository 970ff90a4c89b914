"""Headers, caching, crafted requests, errors: nothing is said that need not be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard.queries import volumes
from tests.callbacks import ADDRESS, page_request


@pytest.fixture
def client(warehouse: Path, client_of: Callable[..., FlaskClient]) -> FlaskClient:
    return client_of(warehouse)


def test_every_answer_has_the_headers(client: FlaskClient) -> None:
    for path in ("/", "/_dash-layout", "/nowhere", "/assets/none.js"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "frame-ancestors 'none'" in policy and "base-uri 'none'" in policy
        assert "unsafe-inline" not in policy.split("style-src")[0] and "unsafe-eval" not in policy
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "camera=()" in headers["Permissions-Policy"]


def test_data_is_never_cached_and_fingerprinted_files_are(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    assert client.post(ADDRESS, json=page_request("/", "")).headers["Cache-Control"] == "no-store"
    sheet = page.text.split('href="')[3].split('"')[0]
    assert "immutable" in client.get(sheet).headers["Cache-Control"]
    assert client.get(sheet.split("?")[0]).headers["Cache-Control"] == "no-cache"
    library = client.get("/_dash-component-suites/plotly/package_data/plotly.min.js")
    assert library.headers["Cache-Control"] == "no-cache"
    again = client.get(library.request.path, headers={"If-None-Match": library.headers["ETag"]})
    assert again.status_code == 304


def test_answers_are_compressed(client: FlaskClient) -> None:
    answer = client.post(ADDRESS, json=page_request("/volumes", ""), headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"


def test_the_layout_holds_no_data(client: FlaskClient) -> None:
    layout = client.get("/_dash-layout").text
    assert "kent" not in layout.lower() and "Maidstone" not in layout


def test_the_page_says_its_language(client: FlaskClient) -> None:
    assert '<html lang="en-GB">' in client.get("/").text


def _crafted() -> dict[str, Any]:
    good = page_request("/", "")
    return {
        "nothing": {},
        "list": [],
        "text": "x",
        "unknown output": good | {"output": "other.children"},
        "no inputs": {key: value for key, value in good.items() if key != "inputs"},
        "inputs of another shape": good | {"inputs": [{"id": "url"}]},
        "inputs too many": good | {"inputs": good["inputs"] * 3},
        "outputs of another shape": good | {"outputs": [{"id": "x"}]},
        "number": 5,
    }


@pytest.mark.parametrize("name", list(_crafted()))
def test_a_crafted_callback_is_refused_in_plain_words(client: FlaskClient, name: str) -> None:
    answer = client.post(ADDRESS, json=_crafted()[name])
    assert answer.status_code == 400
    assert "Traceback" not in answer.text and "/" not in answer.get_json()["error"]


def test_a_body_that_is_no_json_is_refused(client: FlaskClient) -> None:
    assert client.post(ADDRESS, data=b"{", content_type="application/json").status_code == 400
    assert client.post(ADDRESS, data=b"x" * 300_000, content_type="application/json").status_code == 413


@pytest.mark.parametrize("search", [5, ["?urgency=Urgent"], {"a": 1}, None, "?" + "urgency=Urgent&" * 5000])
def test_a_query_of_another_kind_is_no_error(client: FlaskClient, search: object) -> None:
    for path in ("/", "/volumes"):
        answer = client.post(ADDRESS, json=page_request(path, search))  # type: ignore[arg-type]
        assert answer.status_code == (200 if isinstance(search, str | None) else 400)


def test_another_name_for_this_machine_is_refused(client: FlaskClient) -> None:
    assert client.get("/", headers={"Host": "evil.example"}).status_code == 421
    for name in ("localhost:8050", "127.0.0.1:8050", "[::1]:8050", "[::1]"):
        assert client.get("/", headers={"Host": name}).status_code == 200


def test_a_failure_says_a_reference_and_no_more(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(volumes, "read", fail)
    answer = client.post(ADDRESS, json=page_request("/volumes", ""))
    assert answer.status_code == 200
    assert "could not be drawn" in answer.text
    assert "/secret/path" not in answer.text and "Traceback" not in answer.text
    reference = answer.text.split("Reference: ")[1][:8]
    assert reference in caplog.text


def test_no_door_for_tools_is_open(client: FlaskClient) -> None:
    for path in ("/_mcp", "/mcp", "/_dash-mcp"):
        answer = client.get(path)
        assert answer.status_code in (404, 405) or answer.text.startswith("<!DOCTYPE html>")
        assert client.post(path, json={"jsonrpc": "2.0", "id": 1, "method": "initialize"}).status_code in (404, 405)
