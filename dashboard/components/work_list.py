"""The work list: open contacts, soonest due first, with the time left by the clock on the wall."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import wording
from dashboard.components.aria import aria, labelled
from dashboard.components.kpi import badge
from dashboard.filters import LISTS, ROWS, Filters
from dashboard.queries.today import Case, Today, end_of_day
from etl.contract import vocabularies

NAMES = {"open": "All open", "overdue": "Overdue", "due-today": "Due today"}
COLUMNS = ("Time left", "Case", "Clock", "Level", "Urgency", "Agency", "Received")


def work_list(path: str, filters: Filters, found: Today, now: datetime) -> Component:
    """A card with the table; which cases it holds, and how many, is in the URL."""
    sizes = list_sizes(found)
    size = sizes[filters.listed]
    return html.Section(
        [
            html.H2("Work list: soonest due first", id="work-list-title"),
            html.P(_choices(path, filters, sizes), className="fd-subtitle"),
            _table(found, now) if found.cases else html.P("Nothing to decide here.", className="fd-empty"),
            html.P(_note(found, size, now), className="fd-note"),
            *_more(path, filters, len(found.cases), size),
        ],
        className="fd-card",
        id="work-list",
        **aria(labelledby="work-list-title"),
    )


def _note(found: Today, size: int, now: datetime) -> str:
    shown = f"{len(found.cases)} of {wording.number(size)} shown"
    is_unsure = any(case.due_at < now and case.state != "open, overdue" for case in found.cases)
    why = ". “Due … ago”: fell due since the data were taken, and may have been decided."
    return shown + why if is_unsure else shown


def list_sizes(found: Today) -> dict[str, int]:
    """How many cases each of the lists holds."""
    whole = found.whole
    due = whole.due_today - whole.due_passed
    return dict(zip(LISTS, (whole.open - whole.untimed, whole.overdue, due), strict=True))


def list_link(path: str, filters: Filters, listed: str) -> str:
    """The address of one of the lists."""
    return f"{path}{replace(filters, listed=listed, rows=ROWS[0]).to_query()}#work-list"


def _choices(path: str, filters: Filters, sizes: dict[str, int]) -> list[Component | str]:
    parts: list[Component | str] = []
    for listed, size in sizes.items():
        words = f"{NAMES[listed]} {wording.number(size)}"
        chosen = html.Strong(words)
        parts += [" · ", chosen if listed == filters.listed else dcc.Link(words, href=list_link(path, filters, listed))]
    return parts[1:]


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
            *(html.Td(words, **labelled(name)) for name, words in zip(COLUMNS[2:], _words(case, now), strict=True)),
        ]
    )


def _words(case: Case, now: datetime) -> tuple[str, ...]:
    missing = vocabularies.NOT_RECORDED
    received = wording.moment_in_table(case.received_at, now)
    return "Decision", case.level or missing, case.urgency or missing, case.agency_type or missing, received


def time_left(case: Case, now: datetime) -> Component:
    """ "2 h 10 min over", "3 h left"; past due since the data were taken is not called overdue."""
    minutes = int((case.due_at - now).total_seconds() // 60)
    if minutes >= 0:
        words = f"{wording.duration(minutes)} left"
        return badge("soon", words) if case.due_at <= end_of_day(now) else html.Span(words)
    if case.state == "open, overdue":
        # Text, not a solid badge: a page has one solid red thing, and a list would have many.
        return html.Span(f"! {wording.duration(minutes)} over", className="fd-over")
    return badge("soon", f"due {wording.duration(minutes)} ago")


def _more(path: str, filters: Filters, shown: int, size: int) -> list[Component]:
    longer = [rows for rows in ROWS if rows > filters.rows]
    if not longer or shown >= size:
        return []
    longer_list = replace(filters, rows=longer[0]).to_query()
    return [dcc.Link("Show more", href=f"{path}{longer_list}", className="fd-more-link")]
