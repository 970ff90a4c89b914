"""Volumes: how much was received, by month and by each dimension."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from dash import Dash, dcc, html
from dash.development.base_component import Component

from dashboard import periods, wording
from dashboard.components.aria import aria
from dashboard.components.chart import Panel, Row, chart
from dashboard.components.filter_bar import (
    control_keys,
    drill,
    filter_bar,
    month_link,
    sentence,
)
from dashboard.components.notices import strips
from dashboard.figures.bars import Bar, bar_figure, bars, shortened
from dashboard.figures.months import Month, month_figure, months
from dashboard.filters import Filters, Labels
from dashboard.pages.context import Context, Page
from dashboard.pages.frame import Drawn, View, page_title, register_page, together, warnings
from dashboard.queries import volumes
from dashboard.queries.facts import Facts
from dashboard.queries.volumes import Volumes
from etl.contract import dimensions, measures

PAGE = Page("volumes", "/volumes", "Volumes")
NEAR = ("authority", "urgency", "level_requested", "agency_group")
KEYS = (*NEAR, *(dimension.name for dimension in dimensions.DIMENSIONS if dimension.name not in NEAR))
CONTROLS = control_keys(KEYS, with_period=True)
COLUMNS = 3
ORDERED = ("level_requested", "level_decided", "level_view", "age_band", "urgency", "hours", "decision_state")


def layout(labels: Labels) -> Component:
    """The page without figures: the bar has the vocabularies of the current version."""
    return html.Div(
        [
            page_title(PAGE),
            filter_bar(PAGE.name, KEYS, labels, first=len(NEAR), with_period=True),
            html.Div(id="volumes-sentence", className="fd-sticky", **aria(live="polite")),
            html.Div(id="volumes-body"),
        ]
    )


def register(app: Dash, context: Context) -> None:
    """The page's callback."""
    register_page(app, context, PAGE, CONTROLS, draw)


def draw(view: View) -> Drawn:
    """The page from one statement."""
    filters, known = view.filters, view.known
    found = volumes.read(view.reading, view.viewer, filters, known.as_at_day)
    remarks = [*view.notices, *_remarks(filters, known, found)]
    body = [*strips(warnings(view), remarks), _panels(filters, known, found)]
    return sentence(PAGE.path, filters, _base(filters, known), filters.grain), body


def _base(filters: Filters, known: Facts) -> str:
    return Filters.sentence(_bare(filters), known.as_at_day, known.first_day(filters.grain))


def _bare(filters: Filters) -> Filters:
    return Filters(filters.unit, filters.period, filters.first, filters.last)


def _remarks(filters: Filters, known: Facts, found: Volumes) -> list[str]:
    unit = measures.BY_NAME[filters.unit].unit
    remarks = [f"{title} is not used here: {unit} do not carry it." for title in filters.left_out(filters.grain)]
    remarks += [
        f"{names}: not available. {why}"
        for names, why in together(known.missing(filters.unit, filters.of("authority")))
    ]
    if found.undated:
        remarks.append(
            f"{wording.number(found.undated)} {unit} have no date of receipt, because their contact is in no file. "
            "They are in none of the figures below."
        )
    return remarks


def _panels(filters: Filters, known: Facts, found: Volumes) -> Component:
    if not found.total:
        return html.P(_nothing(filters, known), className="fd-empty")
    names = list(found.bars)
    cards = [_by_dimension(filters, name, found) for name in names]
    # Each card keeps its column, so that nothing jumps when a filter makes another one shorter.
    columns = [html.Div(cards[place::COLUMNS], className="fd-stack") for place in range(COLUMNS)]
    return html.Div([_by_month(filters, known, found), *columns, _all_dimensions(filters)], className="fd-grid")


def _all_dimensions(filters: Filters) -> Component:
    words = "Show fewer dimensions" if filters.more else "Show every dimension"
    return dcc.Link(words, href=f"{PAGE.path}{replace(filters, more=not filters.more).to_query()}", className="fd-wide")


def _nothing(filters: Filters, known: Facts) -> str:
    unit = measures.BY_NAME[filters.unit].unit
    _, last = filters.days(known.as_at_day)
    begins = known.first_day(filters.grain)
    if begins and last < begins:
        return f"No {unit} can be shown: the data begin on {wording.day(begins)}."
    return f"No {unit} match these filters. Take one out above, or choose Reset."


def _by_month(filters: Filters, known: Facts, found: Volumes) -> Component:
    first, last = _window(filters, known)
    shown = months(found.months, first, last, known.as_at_day)
    unit = measures.BY_NAME[filters.unit].unit
    panel = Panel(
        name="month",
        title=f"{wording.number(found.total)} {unit}",
        subtitle=f"{measures.BY_NAME[filters.unit].title} by month received",
        finding=_month_finding(shown, unit),
        figure=month_figure(shown, unit, f"volumes-{filters.unit}"),
        columns=("Month received", unit.capitalize()),
        rows=lambda: [_month_row(filters, month) for month in shown],
        note="Hollow: a month that is not whole. It is not to be compared." if any(m.part for m in shown) else "",
        is_wide=True,
    )
    return chart(PAGE.name, panel, as_table="month" in filters.tables)


def _window(filters: Filters, known: Facts) -> tuple[date, date]:
    """The days shown: never before the first data, never after data as at."""
    first, last = filters.days(known.as_at_day)
    earliest = known.first_day(filters.grain) or known.as_at_day
    begins = max(first or earliest, earliest)
    ends = min(last, known.as_at_day)
    return min(begins, ends), ends


def _month_finding(shown: list[Month], unit: str) -> str:
    whole = [month for month in shown if not month.part]
    if not whole:
        return f"{unit.capitalize()} by month; no whole month in the period."
    most, least = max(whole, key=lambda m: m.rows), min(whole, key=lambda m: m.rows)
    last = whole[-1]
    return (
        f"{unit.capitalize()} by month: most in {most.name} ({wording.number(most.rows)}), least in {least.name} "
        f"({wording.number(least.rows)}), {wording.number(last.rows)} in {last.name}, the last whole month."
    )


def _month_row(filters: Filters, month: Month) -> Row:
    last = periods.month_start(month.starts_on, -1)
    ends = last - timedelta(days=1)
    return Row(month.name, (wording.number(month.rows),), month_link(PAGE.path, filters, month.starts_on, ends))


def _by_dimension(filters: Filters, name: str, found: Volumes) -> Component:
    dimension = dimensions.BY_NAME[name]
    unit = measures.BY_NAME[filters.unit].unit
    every = bars(found.bars[name], is_ordered=name in ORDERED)
    shown, tail = shortened(every)
    top = max(every, key=lambda bar: bar.rows)
    panel = Panel(
        name=name,
        title=dimension.title,
        subtitle=f"{unit.capitalize()} · n = {wording.number(found.total)}",
        finding=f"{unit.capitalize()} by {dimension.title.lower()}: most are {top.label}, "
        f"{wording.number(top.rows)} of {wording.number(found.total)}.",
        figure=bar_figure(shown, unit, f"volumes-{filters.unit}-{name}"),
        columns=(dimension.title, unit.capitalize(), "Share"),
        rows=lambda: [_bar_row(filters, name, bar, found.total) for bar in every],
        note=_tail_note(tail, unit),
    )
    return chart(PAGE.name, panel, as_table=name in filters.tables)


def _tail_note(tail: list[Bar], unit: str) -> str:
    together = wording.number(sum(bar.rows for bar in tail))
    return f"{len(tail)} smaller ones, {together} {unit} together, are in the table." if tail else ""


def _bar_row(filters: Filters, name: str, bar: Bar, total: int) -> Row:
    cells = (wording.number(bar.rows), wording.share(bar.rows, total))
    return Row(bar.label, cells, drill(PAGE.path, filters, name, bar.label))
