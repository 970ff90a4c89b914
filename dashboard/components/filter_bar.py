"""The filter bar: controls that write to the URL, and the sentence that reads it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashboard import periods
from dashboard.components.aria import aria
from dashboard.filters import UNITS, Filters, Labels, in_words
from etl.contract import dimensions, measures

DATES = "dates"
INITIAL = {"unit": UNITS[0], "period": periods.DEFAULT}
"""What a control shows when the URL says nothing: not written to the URL."""


def control_id(page: str, key: str) -> dict[str, str]:
    """The id of a control; `key` is its key in the URL."""
    return {"type": "filter", "page": page, "key": key}


def filter_bar(page: str, keys: Sequence[str], labels: Labels, *, first: int, with_period: bool) -> Component:
    """Controls for unit, period and the dimensions `keys`; the first few in the bar, the others one click away."""
    fixed = [_unit(page), _period(page), _dates(page)] if with_period else []
    near = [_dimension(page, key, labels) for key in keys[:first]]
    more = [_dimension(page, key, labels) for key in keys[first:]]
    rest = [_more(more)] if more else []
    bar = dbc.Collapse(html.Div([*fixed, *near, *rest], className="fd-bar"), id=f"{page}-bar", is_open=False)
    button = dbc.Button("Filters", id=f"{page}-bar-button", className="fd-bar-button", color="primary", outline=True)
    return html.Div([button, bar], className="fd-bar-frame", role="search", **aria(label="Filters"))


def control_keys(keys: Sequence[str], *, with_period: bool) -> tuple[str, ...]:
    """The keys of a bar's controls, in their order on the page."""
    return (*(("unit", "period", "from", "to") if with_period else ()), *keys)


def control_values(filters: Filters, keys: Sequence[str]) -> list[object]:
    """What each control shows for these filters."""
    is_dated = bool(filters.first or filters.last)
    fixed: dict[str, object] = {
        "unit": filters.unit,
        "period": DATES if is_dated else filters.period,
        "from": filters.first.isoformat() if filters.first else "",
        "to": filters.last.isoformat() if filters.last else "",
    }
    return [fixed[key] if key in fixed else list(filters.of(key)) for key in keys]


def sentence(page: str, filters: Filters, base: str, table: str) -> Component:
    """The filters in words, each with a way to take it out, and Reset."""
    chips = [_chip(page, pair, filters) for pair in filters.applied(table)]
    dated = filters.first or filters.last or filters.period != periods.DEFAULT
    reset = [dcc.Link("Reset", href=f"{page}{filters.cleared().to_query()}", className="fd-reset")]
    has_filter = bool(filters.values) or bool(dated)
    return html.Div([html.Span(base), *chips, *(reset if has_filter else [])], className="fd-sentence")


def _chip(page: str, pair: tuple[str, tuple[str, ...]], filters: Filters) -> Component:
    words = in_words(pair)
    without = filters.with_values(pair[0], ())
    cross = [
        html.Span("✕", **aria(hidden="true")),
        html.Span(f"Remove {words}", className="visually-hidden"),
    ]
    link = dcc.Link(cross, href=f"{page}{without.to_query()}", className="fd-remove", title=f"Remove {words}")
    return html.Span([words, link], className="fd-chip")


def _labelled(label: str, control_for: dict[str, str], control: Component) -> Component:
    # The browser knows an id of several parts as JSON with sorted keys; a label given the dict itself names nothing.
    written = json.dumps(control_for, sort_keys=True, separators=(",", ":"))
    return html.Div([html.Label(label, htmlFor=written, className="fd-label"), control], className="fd-control")


def _unit(page: str) -> Component:
    options = [{"label": measures.BY_NAME[unit].title, "value": unit} for unit in UNITS]
    identity = control_id(page, "unit")
    return _labelled("Count", identity, dbc.Select(options=options, id=identity, value=UNITS[0], size="sm"))


def _period(page: str) -> Component:
    options = [{"label": period.title, "value": period.name} for period in periods.PERIODS]
    options.append({"label": "Chosen dates", "value": DATES})
    identity = control_id(page, "period")
    return _labelled("Period", identity, dbc.Select(options=options, id=identity, value=periods.DEFAULT, size="sm"))


def _dates(page: str) -> Component:
    body = html.Div([_date(page, "from", "From"), _date(page, "to", "To")], className="fd-drop-body")
    return html.Details([html.Summary("Dates"), body], className="fd-drop")


def _date(page: str, key: str, label: str) -> Component:
    identity = control_id(page, key)
    control = dbc.Input(type="date", id=identity, value="", debounce=True, size="sm", min="1990-01-01")
    return _labelled(label, identity, control)


def _dimension(page: str, key: str, labels: Labels) -> Component:
    dimension = dimensions.BY_NAME[key]
    options = [{"label": label, "value": label} for label in labels[dimension.vocabulary]]
    checklist = dbc.Checklist(options=options, value=[], id=control_id(page, key), className="fd-options")
    group = html.Div(checklist, role="group", className="fd-drop-body", **aria(label=dimension.title))
    return html.Details([html.Summary(dimension.title), group], className="fd-drop")


def _more(controls: Sequence[Component]) -> Component:
    body = html.Div(list(controls), className="fd-drop-body fd-more")
    return html.Details([html.Summary("More filters"), body], className="fd-drop")


def link(page: str, filters: Filters) -> str:
    """The address of a page with these filters."""
    return f"{page}{filters.to_query()}"


def drill(page: str, filters: Filters, dimension: str, value: str) -> str:
    """The address of the same page for one more value; of the page without it when it is chosen already."""
    held = filters.of(dimension)
    chosen = [one for one in held if one != value] if value in held else [*held, value]
    return link(page, filters.with_values(dimension, chosen))


def month_link(page: str, filters: Filters, first: date, last: date) -> str:
    """The address of the same page for one month."""
    pairs = {"from": first.isoformat(), "to": last.isoformat()}
    query = filters.without_period().to_query()
    return f"{page}{query}{'&' if query else '?'}{urlencode(pairs)}"
