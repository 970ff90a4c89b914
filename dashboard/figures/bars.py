"""Horizontal bars by the values of a dimension: greys last, a long tail left to the table."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard import theme, wording
from dashboard.figures.house import CATEGORY_AXIS, Figure, layout

MOST_BARS = 12
ROW_HEIGHT = 28
LAST = ("Other", "Unmapped", "Not recorded", "not recorded", "not obtained", "not measurable", "unknown")
LONGEST_LABEL = 28


@dataclass(frozen=True)
class Bar:
    """A value and its rows; grey when it tells nothing."""

    label: str
    rows: int
    is_grey: bool = False


def bars(counts: Sequence[tuple[str, int]], *, is_ordered: bool) -> list[Bar]:
    """Bars in the vocabulary's order when it has one, else largest first; greys stand last."""
    plain = [pair for pair in counts if pair[0] not in LAST]
    if not is_ordered:
        plain.sort(key=lambda pair: -pair[1])
    rest = sorted((pair for pair in counts if pair[0] in LAST), key=lambda pair: LAST.index(pair[0]))
    return [Bar(label, rows) for label, rows in plain] + [Bar(label, rows, True) for label, rows in rest]


def shortened(all_bars: Sequence[Bar]) -> tuple[list[Bar], list[Bar]]:
    """The bars to draw, at most twelve plain ones and the greys, and those left for the table."""
    plain = [bar for bar in all_bars if not bar.is_grey]
    greys = [bar for bar in all_bars if bar.is_grey]
    return plain[:MOST_BARS] + greys, plain[MOST_BARS:]


def bar_figure(shown: Sequence[Bar], unit: str, revision: str) -> Figure:
    """A bar per value with its number. Labels are escaped: plotly reads some HTML in them."""
    trace = {
        "type": "bar",
        "orientation": "h",
        "x": [bar.rows for bar in shown],
        "y": list(range(len(shown))),
        "customdata": [bar.label for bar in shown],
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
    xaxis = {"visible": False, "range": [0, most], "fixedrange": True}
    figure = layout(ROW_HEIGHT * max(len(shown), 1) + 16, xaxis, yaxis, revision)
    # Room at the right for the number of the longest bar.
    figure["margin"] = {"l": 8, "r": 12 + 8 * len(wording.number(most)), "t": 4, "b": 4, "pad": 4}
    return {"data": [trace], "layout": figure}


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else label[: LONGEST_LABEL - 1].rstrip() + "…"
