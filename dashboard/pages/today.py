"""Today: what came in, what is open, due and overdue, and what to decide next."""

from __future__ import annotations

from datetime import datetime

from dash import ALL, Dash, Input, Output, html
from dash.development.base_component import Component

from dashboard import periods, wording
from dashboard.components.aria import aria
from dashboard.components.filter_bar import control_keys, control_values, filter_bar, sentence
from dashboard.components.kpi import kpi, kpi_missing
from dashboard.components.notices import strips
from dashboard.components.work_list import work_list
from dashboard.filters import Filters, Labels, from_query
from dashboard.pages.context import Context, Page
from dashboard.pages.frame import as_at_words, page_title, warnings
from dashboard.queries import facts, today
from dashboard.queries.facts import Facts
from dashboard.queries.today import Position, Today

PAGE = Page("today", "/", "Today")
KEYS = ("authority", "urgency", "level_requested", "agency_group", "district", "channel")
CONTROLS = control_keys(KEYS, with_period=False)


def layout(labels: Labels) -> Component:
    """The page without figures."""
    return html.Div(
        [
            page_title(PAGE),
            filter_bar(PAGE.name, KEYS, labels, first=len(KEYS), with_period=False),
            html.Div(id="today-sentence", className="fd-sticky"),
            html.Div(id="today-body"),
        ]
    )


def register(app: Dash, context: Context) -> None:
    """One callback: the URL's query → the whole page, one version, one statement."""

    @app.callback(
        Output("today-sentence", "children"),
        Output("today-body", "children"),
        Output({"type": "filter", "page": PAGE.name, "key": ALL}, "value"),
        Output("today-as-at", "children"),
        Input("url", "search"),
    )
    def show(search: str | None) -> tuple[object, ...]:
        now = context.now()
        with context.warehouse.reading() as reading:
            filters, notices = from_query(search or "", reading.labels)
            known = facts.read(reading, context.viewer)
            found = today.read(reading, context.viewer, filters, known.as_at, now)
            words = sentence(PAGE.path, filters, "Contacts: this week's and all that are open", "contact")
            body = [
                *strips(warnings(reading, known, now), [*notices, *_remarks(filters, known, found)]),
                html.P(opening(found.whole, now), className="fd-opening", **aria(live="polite")),
                html.Div(_cards(known, found.whole, now), className="fd-kpis"),
                html.Div([work_list(PAGE.path, filters, found, now), *_tables(found)], className="fd-columns"),
            ]
            return words, body, control_values(filters, CONTROLS), as_at_words(known)


def opening(whole: Position, now: datetime) -> str:
    """The sentence the page opens with: what is overdue, how old, what is next."""
    if whole.unknown and not whole.open:
        return "These feeds carry no decisions, so nothing here is open, due or overdue."
    if whole.oldest_due:
        over = wording.duration(int((now - whole.oldest_due).total_seconds() // 60))
        verb = "decision is" if whole.overdue == 1 else "decisions are"
        first = f"{wording.number(whole.overdue)} {verb} overdue; the oldest is {over} over."
    else:
        first = "No decision is overdue."
    return f"{first} {_due(whole)}"


def _due(whole: Position) -> str:
    left = whole.due_today - whole.due_passed
    passed = (
        f" {wording.counted(whole.due_passed, 'decision')} fell due since the data were taken and may have been made."
        if whole.due_passed
        else ""
    )
    return f"{wording.counted(left, 'more falls', 'more fall')} due by the end of today.{passed}"


def _remarks(filters: Filters, known: Facts, found: Today) -> list[str]:
    remarks = [f"{title} is not used here: contacts do not carry it." for title in filters.left_out("contact")]
    remarks += [
        f"{name}: open, due and overdue are not available. {why}"
        for name, why in known.missing("decision_in_time", filters.of("authority"))
    ]
    if found.whole.no_state:
        remarks.append(
            f"{wording.counted(found.whole.no_state, 'open contact')} cannot be timed "
            "(a date without a time, or no clock applies): not measurable, and neither due nor overdue here."
        )
    return remarks


def _cards(known: Facts, whole: Position, now: datetime) -> list[Component]:
    return [*_decision_cards(whole), *_received_cards(known, whole, now)]


def _received_cards(known: Facts, whole: Position, now: datetime) -> list[Component]:
    day = known.as_at_day
    is_today = day == now.astimezone(wording.LONDON).date()
    until = f"{known.as_at.astimezone(wording.LONDON):%H:%M}"
    monday = periods.week_start(day)
    return [
        kpi(
            "Received today" if is_today else f"Received on {wording.weekday(day)}",
            wording.number(whole.received_day),
            f"contact events, {wording.weekday(day)} to {until}",
        ),
        kpi(
            "Received this week"
            if periods.week_start(now.astimezone(wording.LONDON).date()) == monday
            else f"Received in the week of {wording.weekday(monday)}",
            wording.number(whole.received_week),
            f"contact events, {wording.weekday(monday)} to {wording.weekday(day)}, {until}",
            href="/volumes?period=this-week",
            link="View by reason and agency →",
        ),
    ]


def _decision_cards(whole: Position) -> list[Component]:
    if whole.unknown and not whole.open:
        reason = "these feeds carry no decisions"
        return [kpi_missing(label, reason) for label in ("Overdue", "Due today", "Open")]
    left = whole.due_today - whole.due_passed
    return [
        kpi("Overdue", wording.number(whole.overdue), f"of {wording.number(whole.open)} open, as at the data",
            "overdue" if whole.overdue else "on time", "#work-list", "View in the work list →"),
        kpi("Due today", wording.number(left), "still to fall due by the end of today",
            "soon" if left else "", "#work-list", "View in the work list →"),
        kpi("Open", wording.number(whole.open), "contact events without a decision, as at the data"),
    ]  # fmt: skip


def _tables(found: Today) -> list[Component]:
    return [_table("Level requested", found.by["level_requested"]), _table("Urgency", found.by["urgency"])]


def _cell(count: int) -> Component:
    return html.Td(wording.number(count))


def _table(title: str, rows: list[tuple[str, Position]]) -> Component:
    head = html.Tr([html.Th(name, scope="col") for name in (title, "Overdue", "Due today", "Open", "This week")])
    body = [
        html.Tr(
            [
                html.Th(label, scope="row"),
                *map(_cell, (row.overdue, row.due_today, row.open, row.received_week)),
            ]
        )
        for label, row in rows
    ]
    return html.Section(
        [
            html.H2(f"By {title.lower()}", id=f"today-{title.split()[0].lower()}"),
            html.Table([html.Thead(head), html.Tbody(body)], className="table fd-table"),
        ],
        className="fd-card",
        **aria(labelledby=f"today-{title.split()[0].lower()}"),
    )
