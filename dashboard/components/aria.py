"""Accessible names and states, and marks for style and script, as keyword arguments of a component."""

from __future__ import annotations

from typing import Any


def aria(**words: str) -> dict[str, Any]:
    """`aria(label="Filters")` → `{"aria-label": "Filters"}`."""
    return {f"aria-{name}": value for name, value in words.items()}


def labelled(column: str) -> dict[str, Any]:
    """The column's name on a cell, shown where a telephone is too narrow for the table's head."""
    return {"data-label": column}


def marked(path: str) -> dict[str, Any]:
    """The mark by which the browser finds the link of the page it is on."""
    return {"data-page-path": path}
