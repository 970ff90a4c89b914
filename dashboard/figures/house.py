"""What all figures share: the layout of the house, and the configuration that keeps every chart on this host."""

from __future__ import annotations

from typing import Any

from dashboard import theme

Figure = dict[str, Any]

CONFIG: Any = {
    "displayModeBar": False, "showSendToCloud": False, "plotlyServerURL": "", "displaylogo": False,
    "scrollZoom": False, "doubleClick": False, "responsive": True,
}  # fmt: skip
HOVER = {
    "bgcolor": theme.CARD, "bordercolor": theme.CONTROL, "align": "left", "namelength": -1,
    "font": {"size": 13, "color": theme.INK},
}  # fmt: skip
VALUE_AXIS = {
    "showgrid": True, "gridcolor": theme.GRID, "zeroline": False, "ticks": "", "nticks": 5, "tickformat": ",",
    "fixedrange": True, "rangemode": "tozero", "tickfont": {"color": theme.INK_2}, "automargin": True,
}  # fmt: skip
CATEGORY_AXIS = {
    "type": "category", "showgrid": False, "showline": True, "linecolor": theme.CONTROL, "ticks": "outside",
    "ticklen": 4, "tickangle": 0, "fixedrange": True, "tickfont": {"color": theme.INK_2}, "automargin": True,
}  # fmt: skip


def layout(height: int, xaxis: Figure, yaxis: Figure, revision: str) -> Figure:
    """The layout of a chart without a title: title, subtitle and footer are HTML."""
    return {
        "height": height,
        "autosize": True,
        "font": {"family": theme.FONT, "size": 13, "color": theme.INK},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "margin": {"l": 8, "r": 8, "t": 20, "b": 8, "pad": 4},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": HOVER,
        "dragmode": False,
        "clickmode": "event",
        "separators": ".,",
        "bargap": 0.28,
        "barcornerradius": 2,
        "uirevision": revision,
        "xaxis": xaxis,
        "yaxis": yaxis,
    }
