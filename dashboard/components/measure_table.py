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
    body = html.Tbody([_row(share, missing.get(share.measure.name)) for share in shares])
    return html.Section(
        [
            html.H2(title, id="today-measures-title"),
            html.P(subtitle, className="fd-subtitle"),
            html.Table([head, body], className="table fd-table fd-narrow"),
        ],
        className="fd-card fd-measures",
        **aria(labelledby="today-measures-title"),
    )


def _row(share: Share, reason: str | None) -> Component:
    if reason is not None:
        cells = [html.Td(f"Not available: {reason}", colSpan=3)]
    elif not share.denominator:
        cells = [html.Td("Not measurable: nothing in the period counts", colSpan=3)]
    else:
        written = wording.share(share.numerator, share.denominator)
        base = f"{wording.number(share.denominator)} {share.measure.unit}"
        cells = [html.Td(written), html.Td(wording.number(share.numerator)), html.Td(base)]
    name = html.Th([share.measure.title, html.Span(share.measure.definition, className="fd-definition")], scope="row")
    return html.Tr([name, *cells])
