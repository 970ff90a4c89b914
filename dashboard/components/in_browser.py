"""What the browser does on its own: controls → URL, links that carry the query, opening and closing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State

from dashboard.components import navigation


def register(app: Dash, pages: Sequence[str]) -> None:
    """The clientside callbacks; `pages` are the names whose filter bars open and close on a telephone."""
    any_page = {"page": ALL}
    _clientside(
        app,
        "toUrl",
        Input({"type": "filter", **any_page, "key": ALL}, "value"),
        Input({"type": "chart", **any_page, "panel": ALL}, "clickData"),
        Input({"type": "as-table", **any_page, "panel": ALL}, "n_clicks"),
        State("url", "search"),
        State("initial-values", "data"),
        prevent_initial_call=True,
    )
    _clientside(
        app,
        "navigation",
        Output({"type": navigation.LINK, "path": ALL}, "href"),
        Input("url", "pathname"),
        Input("url", "search"),
        State({"type": navigation.LINK, "path": ALL}, "id"),
    )
    for button, panel in (
        ("menu-button", "menu"),
        *((f"{name}-bar-button", f"{name}-bar") for name in pages),
    ):
        _clientside(
            app,
            "toggle",
            Output(panel, "is_open"),
            Input(button, "n_clicks"),
            State(panel, "is_open"),
        )


def _clientside(app: Dash, function: str, *parts: Any, **options: Any) -> None:
    app.clientside_callback(ClientsideFunction("frontdoor", function), *parts, **options)  # type: ignore[no-untyped-call]
