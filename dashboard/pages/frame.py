"""What both pages say above their figures: as at, old data, refused files, a version that could not be opened."""

from __future__ import annotations

from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard import wording
from dashboard.pages.context import Page
from dashboard.queries.facts import Facts
from dashboard.snapshot import Reading


def page_title(page: Page) -> Component:
    """The heading, with data as at beside it."""
    return html.Div(
        [
            html.H1(page.title, id="page-title", tabIndex=-1),
            html.P(id=f"{page.name}-as-at", className="fd-as-at"),
        ],
        className="fd-title",
    )


def as_at_words(known: Facts) -> str:
    """For the header: "As at 25 November 2026, 06:10 · version …"."""
    return f"Data as at {wording.moment(known.as_at)} · version {known.version}"


def warnings(reading: Reading, known: Facts, now: datetime | None = None) -> list[str]:
    """Amber strips; with `now`, also for data older than their authority tolerates."""
    found = [reading.notice] if reading.notice else []
    found += [
        f"{name or 'A file'} was refused in the last load, so its records are not in these figures. {reason}".rstrip()
        for _, name, reason in known.refused
    ]
    if now:
        found += [
            f"{one.name}: these figures are as at {wording.moment(one.as_at)}. "
            "Contacts and decisions after that are not yet seen."
            for one in known.authorities
            if one.is_stale(now)
        ]
    return found
