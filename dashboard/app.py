"""The app factory: everything is made here, nothing at import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import resources
from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, dcc, html
from dash.development.base_component import Component
from flask_compress import Compress

from dashboard.components import navigation
from dashboard.components.filter_bar import INITIAL
from dashboard.components.notices import strips
from dashboard.pages import today, volumes
from dashboard.pages.context import Context, wall_clock
from dashboard.security import secure
from dashboard.snapshot import Limits, NoSnapshot, Warehouse
from etl.settings import Settings

PAGES = (today, volumes)
INDEX = """<!DOCTYPE html>
<html lang="en-GB">
<head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}</head>
<body>{%app_entry%}<footer>{%config%}{%scripts%}{%renderer%}</footer></body>
</html>"""


def create_app(settings: Settings, now: Callable[[], datetime] = wall_clock) -> Dash:
    """The dashboard over `settings.warehouse`; `now` is the clock on the wall."""
    limits = Limits(settings.threads, settings.memory_limit_mb, settings.query_seconds)
    context = Context(Warehouse(settings.warehouse, limits), now)
    app = Dash(
        "dashboard",
        assets_folder=str(resources.files("dashboard") / "assets"),
        index_string=INDEX,
        title="Front door",
        update_title="",
        serve_locally=True,
        suppress_callback_exceptions=True,
        enable_mcp=False,
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
    )
    frame = navigation.shell([(page.PAGE.path, page.PAGE.title) for page in PAGES])
    app.layout = html.Div([frame, dcc.Store(id="initial-values", data=INITIAL)])
    _route(app, context)
    for page in PAGES:
        page.register(app, context)
    _in_browser(app)
    Compress(app.server)
    secure(app.server, list(app.csp_hashes()))
    return app


def _route(app: Dash, context: Context) -> None:
    by_path = {page.PAGE.path: page for page in PAGES}

    @app.callback(Output("page", "children"), Input("url", "pathname"))
    def show(pathname: str | None) -> list[Component]:
        page = by_path.get(str(pathname))
        if page is None:
            return [html.H1("There is no such page"), html.P("Choose one from the menu.")]
        try:
            with context.warehouse.reading() as reading:
                return [page.layout(reading.labels)]
        except NoSnapshot as reason:
            return [html.H1(page.PAGE.title), *strips([str(reason)])]


def _clientside(app: Dash, function: str, *parts: Any, **options: Any) -> None:
    app.clientside_callback(ClientsideFunction("frontdoor", function), *parts, **options)  # type: ignore[no-untyped-call]


def _in_browser(app: Dash) -> None:
    """What the browser does on its own: controls → URL, links that carry the query, opening and closing."""
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
        *((f"{p.PAGE.name}-bar-button", f"{p.PAGE.name}-bar") for p in PAGES),
    ):
        _clientside(
            app,
            "toggle",
            Output(panel, "is_open"),
            Input(button, "n_clicks"),
            State(panel, "is_open"),
        )
