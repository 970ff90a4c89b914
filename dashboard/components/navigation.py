"""Header, rail and skip link. Links carry the query, so that filters are kept from page to page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria, marked

LINK = "page-link"


def shell(pages: Sequence[tuple[str, str]]) -> Component:
    """What stands around every page; holds no data. `pages` are (path, title)."""
    return html.Div(
        [
            html.A("Skip to the page", href="#main", className="fd-skip"),
            dcc.Location(id="url", refresh=False),
            _header(pages),
            html.Div(
                [_rail(pages), html.Main(html.Div(id="page"), id="main", tabIndex=-1, className="fd-main")],
                className="fd-body",
            ),
        ]
    )


def _header(pages: Sequence[tuple[str, str]]) -> Component:
    menu = dbc.Button("Menu", id="menu-button", className="fd-menu-button", color="light", outline=True, size="sm")
    return html.Header(
        [html.Span("Front door", className="fd-name"), menu],
        className="fd-header",
    )


def _rail(pages: Sequence[tuple[str, str]]) -> Component:
    items = [
        html.Li(dcc.Link(title, href=path, id={"type": LINK, "path": path}), **marked(path)) for path, title in pages
    ]
    nav = html.Nav(html.Ul(items), **aria(label="Pages"))
    return cast(Component, dbc.Collapse(nav, id="menu", is_open=False, className="fd-rail"))
