"""From an authority's exported files to a published snapshot."""

from __future__ import annotations

__version__ = "0.1.0"
