"""The work list: open contacts, soonest due first, with the time left by the clock on the wall."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import wording
from dashboard.components.aria import aria
from dashboard.components.kpi import badge
from dashboard.filters import ROWS, Filters
from dashboard.queries.today import Case, Today, end_of_day

COLUMNS = ("Time left", "Case", "Clock", "Level", "Urgency", "Agency", "Received")


def work_list(path: str, filters: Filters, found: Today, now: datetime) -> Component:
    """A card with the table; more rows are one click away, and in the URL."""
    timed = found.whole.open - found.whole.no_state
    return html.Section(
        [
            html.H2("Work list: soonest due first", id="work-list-title"),
            html.P(f"{len(found.cases)} of {wording.number(timed)} open decisions shown", className="fd-subtitle"),
            _table(found, now) if found.cases else html.P("Nothing is open that can be timed.", className="fd-empty"),
            *_more(path, filters, len(found.cases), timed),
        ],
        className="fd-card",
        id="work-list",
        **aria(labelledby="work-list-title"),
    )


def _table(found: Today, now: datetime) -> Component:
    head = html.Thead(html.Tr([html.Th(name, scope="col") for name in COLUMNS]))
    body = html.Tbody([_row(case, now) for case in found.cases])
    table = html.Table([head, body], className="table fd-table fd-list")
    return html.Div(table, className="fd-scroll", role="region", tabIndex=0, **aria(label="Work list, table"))


def _row(case: Case, now: datetime) -> Component:
    return html.Tr(
        [
            html.Td(time_left(case, now)),
            html.Th(case.case_code, scope="row", className="fd-code"),
            html.Td("Contact decision"),
            html.Td(case.level or "Not recorded"),
            html.Td(case.urgency or "Not recorded"),
            html.Td(case.agency_type or "Not recorded"),
            html.Td(f"{case.received_at.astimezone(wording.LONDON):%a %-d %b %H:%M}"),
        ]
    )


def time_left(case: Case, now: datetime) -> Component:
    """ "2 h 10 min over", "3 h left"; past due since the data were taken is not called overdue."""
    minutes = int((case.due_at - now).total_seconds() // 60)
    if minutes >= 0:
        words = f"{wording.duration(minutes)} left"
        return badge("soon", words) if case.due_at <= end_of_day(now) else html.Span(words)
    if case.state == "open, overdue":
        return badge("overdue", f"{wording.duration(minutes)} over")
    return badge("soon", f"{wording.duration(minutes)} past due, not yet seen as decided")


def _more(path: str, filters: Filters, shown: int, timed: int) -> list[Component]:
    longer = [rows for rows in ROWS if rows > filters.rows]
    if not longer or shown >= timed:
        return []
    longer_list = replace(filters, rows=longer[0]).to_query()
    return [dcc.Link("Show more", href=f"{path}{longer_list}", className="fd-more-link")]
