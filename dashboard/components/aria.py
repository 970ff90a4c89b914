"""Accessible names and states as keyword arguments of a component."""

from __future__ import annotations

from typing import Any


def aria(**words: str) -> dict[str, Any]:
    """`aria(label="Filters")` → `{"aria-label": "Filters"}`."""
    return {f"aria-{name}": value for name, value in words.items()}
