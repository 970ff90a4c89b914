"""Horizontal bars by the values of a dimension: greys last, the tail put together."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import theme, wording
from dashboard.figures.house import CATEGORY_AXIS, Figure, layout

MOST_BARS = 12
ROW_HEIGHT = 28
LAST = ("Other", "Unmapped", "Not recorded", "not recorded", "unknown")
LONGEST_LABEL = 34


@dataclass(frozen=True)
class Bar:
    """A bar. `value` is what a click filters by; None for several values put together."""

    label: str
    rows: int
    value: str | None
    is_grey: bool = False


def bars(counts: Sequence[tuple[str, int]], *, is_ordered: bool) -> list[Bar]:
    """Bars in the vocabulary's order when it has one, else largest first; greys stand last."""
    plain = [pair for pair in counts if pair[0] not in LAST]
    if not is_ordered:
        plain.sort(key=lambda pair: -pair[1])
    rest = sorted((pair for pair in counts if pair[0] in LAST), key=lambda pair: LAST.index(pair[0]))
    return [Bar(label, rows, label) for label, rows in plain] + [Bar(label, rows, label, True) for label, rows in rest]


def shortened(all_bars: Sequence[Bar]) -> list[Bar]:
    """At most twelve plain bars; those left are one grey bar. A table shows them all."""
    plain = [bar for bar in all_bars if not bar.is_grey]
    tail = plain[MOST_BARS - 1 :]
    if len(plain) <= MOST_BARS:
        return list(all_bars)
    together = Bar(f"{len(tail)} others together", sum(bar.rows for bar in tail), None, True)
    return [*plain[: MOST_BARS - 1], together, *(bar for bar in all_bars if bar.is_grey)]


def bar_figure(shown: Sequence[Bar], unit: str, revision: str) -> Figure:
    """A bar per value with its number. Labels are escaped: plotly reads some HTML in them."""
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [bar.rows for bar in shown],
        "y": list(range(len(shown))),
        "customdata": [bar.value for bar in shown],
        "text": [wording.number(bar.rows) for bar in shown],
        "textposition": "outside",
        "cliponaxis": False,
        "hovertext": [f"{html.escape(bar.label)}: {wording.number(bar.rows)} {unit}" for bar in shown],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "marker": {"color": [theme.MUTED if bar.is_grey else theme.CATEGORICAL[0] for bar in shown]},
    }
    labels = [html.escape(_short(bar.label)) for bar in shown]
    yaxis = {
        **CATEGORY_AXIS,
        "autorange": "reversed",
        "ticks": "",
        "tickvals": list(range(len(shown))),
        "ticktext": labels,
    }
    most = max((bar.rows for bar in shown), default=0) or 1
    # Room at the right for the number of the longest bar.
    xaxis = {"visible": False, "range": [0, most * 1.18], "fixedrange": True}
    figure = layout(ROW_HEIGHT * max(len(shown), 1) + 16, xaxis, yaxis, revision)
    figure["margin"] = {"l": 8, "r": 8, "t": 4, "b": 4, "pad": 4}
    return {"data": [trace], "layout": figure}


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"
