"""Which page an address shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from dash import Dash, Input, Output, html
from dash.development.base_component import Component

from dashboard.components.notices import strips
from dashboard.filters import Labels
from dashboard.pages.context import Context, Page
from dashboard.snapshot import NoSnapshot


class PageModule(Protocol):
    """What a file of `pages` offers."""

    PAGE: Page

    def layout(self, labels: Labels) -> Component:
        """The page without figures."""

    def register(self, app: Dash, context: Context) -> None:
        """The page's callback."""


def register(app: Dash, context: Context, pages: Sequence[PageModule]) -> None:
    """The callbacks of the pages, and the one that shows the page of an address."""
    for page in pages:
        page.register(app, context)
    by_path = {page.PAGE.path: page for page in pages}

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
