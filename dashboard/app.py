"""The app factory: everything is made here, nothing at import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import resources

from dash import Dash, dcc, html
from flask_compress import Compress

from dashboard.components import in_browser, navigation
from dashboard.components.filter_bar import INITIAL
from dashboard.pages import router, today, volumes
from dashboard.pages.context import Context, wall_clock
from dashboard.security import secure
from dashboard.snapshot import Limits, Warehouse
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
    router.register(app, context, PAGES)
    in_browser.register(app, [page.PAGE.name for page in PAGES])
    Compress(app.server)
    secure(app.server, list(app.csp_hashes()))
    return app
