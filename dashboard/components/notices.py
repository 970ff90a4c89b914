"""Strips above the figures: old data, a refused file, a version that could not be opened, a link half read."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component


def strips(warnings: Sequence[str], remarks: Sequence[str] = ()) -> list[Component]:
    """Warnings in amber, then remarks in grey."""
    amber: list[Component] = [html.P(words, className="fd-strip fd-strip-warning", role="status") for words in warnings]
    return [*amber, *(html.P(words, className="fd-strip") for words in remarks)]


def failed(reference: str) -> Component:
    """What stands where a page could not be made."""
    words = f"This page could not be drawn. Nothing is lost; try again in a moment. Reference: {reference}"
    return html.P(words, className="fd-strip fd-strip-warning", role="alert")
