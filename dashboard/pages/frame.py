"""What all pages share: one callback from the URL's query to the page, and what stands above its figures."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from dash import ALL, Dash, Input, Output, html, no_update
from dash.development.base_component import Component
from werkzeug.exceptions import BadRequest, HTTPException

from dashboard import wording
from dashboard.access.viewer import Viewer
from dashboard.components.filter_bar import control_values
from dashboard.components.notices import failed, strips
from dashboard.filters import Filters, from_query
from dashboard.pages.context import Context, Page
from dashboard.queries import facts
from dashboard.queries.facts import Facts
from dashboard.snapshot import NoSnapshot, Reading

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class View:
    """What a page is drawn from: one version, who looks, what is asked for, and when."""

    reading: Reading
    viewer: Viewer
    filters: Filters
    notices: tuple[str, ...]
    known: Facts
    now: datetime


Drawn = tuple[Component, list[Component]]
"""The filter sentence and the body."""


def register_page(
    app: Dash, context: Context, page: Page, controls: Sequence[str], draw: Callable[[View], Drawn]
) -> None:
    """The page's one callback: the URL's query → sentence, body, controls and data as at."""
    unchanged = [no_update] * len(controls)

    @app.callback(
        Output(f"{page.name}-sentence", "children"),
        Output(f"{page.name}-body", "children"),
        Output({"type": "filter", "page": page.name, "key": ALL}, "value"),
        Output(f"{page.name}-as-at", "children"),
        Input("url", "search"),
    )
    def show(search: object) -> tuple[object, ...]:
        if not isinstance(search, str | None):
            raise BadRequest
        try:
            return _answer(context, controls, draw, search or "")
        except HTTPException:
            raise
        except NoSnapshot as reason:
            return None, strips([str(reason)]), unchanged, None
        except Exception as error:
            reference = secrets.token_hex(4)
            log.exception("reference %s: the page %s failed", reference, page.name, exc_info=error)
            return None, failed(reference), unchanged, no_update


def _answer(
    context: Context, controls: Sequence[str], draw: Callable[[View], Drawn], search: str
) -> tuple[object, ...]:
    with context.warehouse.reading() as reading:
        filters, notices = from_query(search, reading.labels)
        known = facts.read(reading, context.viewer)
        words, body = draw(View(reading, context.viewer, filters, notices, known, context.now()))
    return words, _as_json(body), control_values(filters, controls), _as_at(known)


def _as_json(body: list[Component]) -> Any:
    """The body as finished JSON: Dash would otherwise walk each of its thousands of nodes in Python."""
    return orjson.Fragment(orjson.dumps(body, default=_component_as_json))


def _component_as_json(node: Any) -> Any:
    if isinstance(node, Component):
        return node.to_plotly_json()  # type: ignore[no-untyped-call]
    raise TypeError(type(node).__name__)


def page_title(page: Page) -> Component:
    """The heading, with data as at beside it."""
    return html.Div(
        [
            html.H1(page.title, id="page-title", tabIndex=-1),
            html.P(id=f"{page.name}-as-at", className="fd-as-at"),
        ],
        className="fd-title",
    )


def _as_at(known: Facts) -> str:
    return f"Data as at {wording.moment(known.as_at)} · version {known.version}"


def warnings(view: View) -> list[str]:
    """Amber strips: a version that could not be opened, refused files, data older than their authority tolerates."""
    found = [view.reading.notice] if view.reading.notice else []
    found += [
        f"The file {name} was refused in the last load, so its records are not in these figures. {reason}".rstrip()
        for _, name, reason in view.known.refused
    ]
    stale = [(one.name, wording.moment(one.as_at)) for one in view.known.authorities if one.is_stale(view.now)]
    found += [
        f"{names}: these figures are as at {as_at}. Contacts and decisions after that are not yet seen."
        for names, as_at in together(stale)
    ]
    return found


def together(said: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """(name, words) pairs with the names of the same words joined: "Kent and Medway"."""
    names: dict[str, list[str]] = {}
    for name, words in said:
        names.setdefault(words, []).append(name)
    return [(wording.joined(found, "and"), words) for words, found in names.items()]
