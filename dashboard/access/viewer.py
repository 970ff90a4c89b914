"""Who is looking. Every query takes a viewer, so that no page can ask without one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Viewer:
    """Somebody who looks at the pages, and the role they have."""

    role: str = "manager"


LOCAL = Viewer()
"""The one viewer there is while the pages answer this machine only."""
