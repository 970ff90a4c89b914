"""Today: what came in, what is open, due and overdue, and what to decide next."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from dash import Dash, html
from dash.development.base_component import Component

from dashboard import periods, wording
from dashboard.components.aria import aria
from dashboard.components.filter_bar import control_keys, filter_bar, sentence
from dashboard.components.kpi import kpi, kpi_missing
from dashboard.components.measure_table import measure_table
from dashboard.components.notices import strips
from dashboard.components.work_list import list_link, work_list
from dashboard.filters import Filters, Labels
from dashboard.pages.context import Context, Page
from dashboard.pages.frame import Drawn, View, page_title, register_page, together, warnings
from dashboard.queries import first_measures, today
from dashboard.queries.facts import Facts
from dashboard.queries.first_measures import Share
from dashboard.queries.today import Position, Today

PAGE = Page("today", "/", "Today")
KEYS = ("authority", "urgency", "level_requested", "agency_group", "district", "channel")
NOT_TOLD = "These feeds carry no decisions, so nothing here is open, due or overdue."
DECISIONS = ("Decisions overdue", "Decisions due today", "Contacts open")
TITLES = ("Level requested", "Urgency")
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
    """The page's callback."""
    register_page(app, context, PAGE, CONTROLS, draw)


def draw(view: View) -> Drawn:
    """The position in one statement, the measures in another, both on the same version."""
    filters, known, now = view.filters, view.known, view.now
    found = today.read(view.reading, view.viewer, filters, known.as_at, now)
    shares = first_measures.read(view.reading, view.viewer, filters.without_period(), known.as_at_day)
    is_told = _decisions_are_told(filters, known, found.whole)
    tables = [_table(title, found.by[name], is_told) for name, title in zip(today.GROUPS, TITLES, strict=True)]
    body = [
        *strips(warnings(view), [*view.notices, *_remarks(filters, known, found)]),
        html.P(opening(found.whole, now) if is_told else NOT_TOLD, className="fd-opening", **aria(live="polite")),
        html.Div(_cards(view, found.whole, is_told), className="fd-kpis"),
        html.Div([*([work_list(PAGE.path, filters, found, now)] if is_told else []), *tables], className="fd-columns"),
        _measures(filters, known, shares),
    ]
    return sentence(PAGE.path, filters, "Contacts: this week's and all that are open", "contact"), body


def _decisions_are_told(filters: Filters, known: Facts, whole: Position) -> bool:
    """Some feed of the authorities asked for carries decisions; otherwise nothing is open, due or overdue."""
    codes = filters.of("authority")
    everywhere = len(known.missing("decision_in_time", codes)) == len(known.chosen(codes)) > 0
    return bool(whole.open) or not (everywhere or whole.unknown)


def opening(whole: Position, now: datetime) -> str:
    """The sentence the page opens with: what is overdue, how old, what is next."""
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
    more = wording.counted(left, "more falls", "more fall") if left else "No more fall"
    return f"{more} due by the end of today.{passed}"


def _remarks(filters: Filters, known: Facts, found: Today) -> list[str]:
    remarks = [f"{title} is not used here: contacts do not carry it." for title in filters.left_out("contact")]
    remarks += [
        f"{names}: open, due and overdue are not available. {why}"
        for names, why in together(known.missing("decision_in_time", filters.of("authority")))
    ]
    if found.whole.untimed:
        remarks.append(
            f"{wording.counted(found.whole.untimed, 'open contact')} cannot be timed "
            "(a date without a time, or no clock applies): not measurable, and neither due nor overdue here."
        )
    return remarks


def _cards(view: View, whole: Position, is_told: bool) -> list[Component]:
    missing = [kpi_missing(label, "these feeds carry no decisions") for label in DECISIONS]
    decisions = _decision_cards(view.filters, whole) if is_told else missing
    return [*decisions, *_received_cards(view.filters, view.known, whole, view.now)]


def _received_cards(filters: Filters, known: Facts, whole: Position, now: datetime) -> list[Component]:
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
            href=f"/volumes{replace(filters, period='this-week').to_query()}",
            link="By reason and agency →",
        ),
    ]


def _decision_cards(filters: Filters, whole: Position) -> list[Component]:
    left = whole.due_today - whole.due_passed
    overdue, due, opened = DECISIONS
    return [
        kpi(overdue, wording.number(whole.overdue), f"of {wording.number(whole.open)} open, as at the data",
            "overdue" if whole.overdue else "on time", list_link(PAGE.path, filters, "overdue"),
            _view(whole.overdue)),
        kpi(due, wording.number(left), "still to fall due by the end of today",
            "soon" if left else "", list_link(PAGE.path, filters, "due-today"), _view(left)),
        kpi(opened, wording.number(whole.open), "without a decision, as at the data"),
    ]  # fmt: skip


def _view(count: int) -> str:
    """Where there is nothing to see the arrow is absent, not dead."""
    return f"View {wording.number(count)} →" if count else ""


def _measures(filters: Filters, known: Facts, shares: list[Share]) -> Component:
    first, last = filters.without_period().days(known.as_at_day)
    when = wording.span(first, last) if first else wording.day(last)
    missing = {share.measure.name: reason for share in shares if (reason := _why_not(filters, known, share))}
    return measure_table("Last 12 full months", f"Received {when}, as at the data", shares, missing)


def _why_not(filters: Filters, known: Facts, share: Share) -> str:
    measure = share.measure
    asked = filters.left_out(measure.grain)
    if asked:
        return f"{measure.unit} carry no {wording.joined(asked, 'and').lower()}"
    gaps = known.missing(measure.name, filters.of("authority"))
    everywhere = len(gaps) == len(known.chosen(filters.of("authority")))
    return "; ".join(f"{name}: {reason}" for name, reason in gaps) if gaps and everywhere else ""


def _cell(count: int) -> Component:
    return html.Td(wording.number(count))


def _table(title: str, rows: list[tuple[str, Position]], is_told: bool) -> Component:
    identity = f"today-by-{title.split()[0].lower()}"
    told = ("Overdue", "Due today", "Open") if is_told else ()
    head = html.Tr([html.Th(name, scope="col") for name in (title, *told, "This week")])
    body = [
        html.Tr(
            [
                html.Th(label, scope="row"),
                *(map(_cell, (row.overdue, row.due_today - row.due_passed, row.open)) if is_told else ()),
                _cell(row.received_week),
            ]
        )
        for label, row in rows
    ]
    return html.Section(
        [
            html.H2(f"By {title.lower()}", id=identity),
            html.Table([html.Thead(head), html.Tbody(body)], className="table fd-table fd-narrow"),
        ],
        className="fd-card",
        **aria(labelledby=identity),
    )
