"""The words of a Dash layout, in reading order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


def words(node: Any) -> str:
    """All text of a layout as JSON."""
    return " ".join(_texts(node))


def _texts(node: Any) -> Iterator[str]:
    if isinstance(node, str | int | float) and not isinstance(node, bool):
        yield str(node)
    elif isinstance(node, list):
        for one in node:
            yield from _texts(one)
    elif isinstance(node, dict):
        yield from _texts(node.get("props", {}).get("children"))


def find(node: Any, wanted: str) -> Iterator[dict[str, Any]]:
    """The props of every component of a type ("Graph")."""
    if isinstance(node, list):
        for one in node:
            yield from find(one, wanted)
    elif isinstance(node, dict):
        if node.get("type") == wanted:
            yield node["props"]
        yield from find(node.get("props", {}).get("children"), wanted)
