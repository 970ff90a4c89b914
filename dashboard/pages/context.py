"""What a page is given: the warehouse, the clock on the wall, and who is looking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.access.viewer import LOCAL, Viewer
from dashboard.snapshot import Warehouse


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """Handed to each page by the app factory; no page has a connection of its own."""

    warehouse: Warehouse
    now: Callable[[], datetime] = wall_clock
    viewer: Viewer = LOCAL


@dataclass(frozen=True)
class Page:
    """Name (prefix of its ids), path and title."""

    name: str
    path: str
    title: str
