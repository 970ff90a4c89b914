"""The one chart: a titled panel with a figure that says its finding, or the same numbers as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria
from dashboard.figures.house import CONFIG, Figure


@dataclass(frozen=True)
class Row:
    """A row of the table view: its head, its cells, and where its link leads (None: no link)."""

    head: str
    cells: tuple[str, ...]
    href: str | None = None


@dataclass(frozen=True)
class Panel:
    """A chart's words and numbers. `finding` is what a screen reader is told; `columns` head the table,
    whose `rows` are made only when it is shown."""

    name: str
    title: str
    subtitle: str
    finding: str
    figure: Figure
    columns: tuple[str, ...]
    rows: Callable[[], Sequence[Row]]
    note: str = ""
    is_wide: bool = False


def chart(page: str, panel: Panel, *, as_table: bool) -> Component:
    """The panel as a card; `as_table` swaps the plot for its numbers."""
    title_id = f"{page}-{panel.name}-title"
    body = _table(panel) if as_table else _plot(page, panel)
    note = [html.P(panel.note, className="fd-note")] if panel.note else []
    return html.Section(
        [_head(page, panel, title_id, as_table), body, *note],
        className="fd-card fd-wide" if panel.is_wide else "fd-card",
        id=f"{page}-{panel.name}",
        **aria(labelledby=title_id),
    )


def _head(page: str, panel: Panel, title_id: str, as_table: bool) -> Component:
    other = "Chart" if as_table else "Table"
    switch = dbc.Button(
        [other, html.Span(f" of {panel.title}", className="visually-hidden")],
        id={"type": "as-table", "page": page, "panel": panel.name},
        color="link",
        className="fd-switch",
    )
    words = html.Div([html.H2(panel.title, id=title_id), html.P(panel.subtitle, className="fd-subtitle")])
    return html.Div([words, switch], className="fd-card-head")


def _plot(page: str, panel: Panel) -> Component:
    height = panel.figure["layout"]["height"]
    graph = dcc.Graph(
        id={"type": "chart", "page": page, "panel": panel.name},
        figure=panel.figure,
        config=CONFIG,
        style={"height": f"{height}px"},
        className="fd-plot",
    )
    return html.Figure(graph, role="img", className="fd-figure", **aria(label=panel.finding))


def _table(panel: Panel) -> Component:
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in panel.columns]))
    table = dbc.Table(
        [html.Caption(f"{panel.title}. {panel.subtitle}"), head, html.Tbody([_row(row) for row in panel.rows()])],
        size="sm",
        className="fd-table",
    )
    return html.Div(table, className="fd-scroll", role="region", tabIndex=0, **aria(label=f"{panel.title}, table"))


def _row(row: Row) -> Component:
    name = dcc.Link(row.head, href=row.href) if row.href else row.head
    return html.Tr([html.Th(name, scope="row"), *(html.Td(cell) for cell in row.cells)])
