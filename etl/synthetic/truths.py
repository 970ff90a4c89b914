"""What is true of the generated data, counted from the arrays that are written."""

from __future__ import annotations

from typing import Any

from etl.synthetic.columns import Columns, plain


def truths(events: Columns, children: Columns, referrals: Columns, consultations: Columns) -> dict[str, Any]:
    """Counts of the four files."""
    return {
        "contacts": len(plain(events, "group")),
        "children": len(plain(children, "event")),
        "referrals": len(plain(referrals, "person")),
        "consultations": len(plain(consultations, "person")),
    }
