"""Measures as a table: share, and what it is out of; never a rate without its denominator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import wording
from dashboard.components.aria import aria
from dashboard.queries.first_measures import Share

HEADS = ("Measure", "Share", "Counted", "Of")


def measure_table(title: str, subtitle: str, shares: Sequence[Share], missing: Mapping[str, str]) -> Component:
    """A card; `missing` has the measures that cannot be shown, with the reason."""
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in HEADS]))
    bodies = [html.Tbody(_rows(share, missing.get(share.measure.name))) for share in shares]
    return html.Section(
        [
            html.H2(title, id="today-measures-title"),
            html.P(subtitle, className="fd-subtitle"),
            html.Table([head, *bodies], className="table fd-table fd-narrow"),
        ],
        className="fd-card fd-measures",
        **aria(labelledby="today-measures-title"),
    )


def _rows(share: Share, reason: str | None) -> list[Component]:
    """The figures of a measure, and below them its definition, which needs the table's whole width on a telephone."""
    name = html.Th(share.measure.title, scope="row")
    definition = html.Td(share.measure.definition, colSpan=len(HEADS), className="fd-definition")
    return [html.Tr([name, *_figures(share, reason)]), html.Tr(definition)]


def _figures(share: Share, reason: str | None) -> list[Component]:
    if reason is not None:
        return [html.Td(f"Not available: {reason}", colSpan=3)]
    if not share.denominator:
        return [html.Td("Not measurable: nothing in the period counts", colSpan=3)]
    written = wording.share(share.numerator, share.denominator)
    base = f"{wording.number(share.denominator)} {share.measure.unit}"
    return [html.Td(written), html.Td(wording.number(share.numerator)), html.Td(base)]
