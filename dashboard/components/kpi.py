"""The card of one number: label, value, what it is out of, and a mark in words."""

from __future__ import annotations

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.components.aria import aria

MARKS = {
    "overdue": ("!", "Overdue", "fd-badge fd-badge-late"),
    "soon": ("◔", "Due soon", "fd-badge fd-badge-soon"),
    "on time": ("✓", "None", "fd-badge fd-badge-good"),
    "not measurable": ("?", "Not measurable", "fd-badge fd-badge-unknown"),
}


def badge(mark: str, words: str = "") -> Component:
    """A state as sign and word; colour comes last."""
    sign, usual, style = MARKS[mark]
    return html.Span([html.Span(f"{sign} ", **aria(hidden="true")), words or usual], className=style)


def kpi(label: str, value: str, detail: str, mark: str = "", href: str = "", link: str = "") -> Component:
    """A card of five short lines; `link` is the visible way to the rows behind the number."""
    return html.Div(
        [
            html.P(label, className="fd-kpi-label"),
            html.P([value, " ", badge(mark)] if mark else value, className="fd-kpi-value"),
            html.P(detail, className="fd-kpi-detail"),
            *([dcc.Link(link, href=href, className="fd-kpi-link")] if link else []),
        ],
        className="fd-kpi",
    )


def kpi_missing(label: str, reason: str) -> Component:
    """A number that cannot be given: never 0, never 100."""
    return html.Div(
        [
            html.P(label, className="fd-kpi-label"),
            html.P("Not measurable", className="fd-not-measurable"),
            html.P(reason, className="fd-kpi-detail"),
        ],
        className="fd-kpi",
    )
