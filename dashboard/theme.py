"""The tokens of the design: colours as hex, because the browser paints anything else black in a chart."""

from __future__ import annotations

INK, INK_2, INK_3 = "#16202B", "#45525F", "#5B6875"
PAGE, CARD, SUNKEN = "#F5F7F9", "#FFFFFF", "#EEF2F6"
BRAND, LINK, CONTROL = "#12436D", "#1A5C93", "#75828F"
RULE, GRID = "#D3DAE1", "#DDE3E9"
FOCUS, FOCUS_EDGE = "#FFDD00", "#0B0C0C"
MUTED = "#8295A6"
CATEGORICAL = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
FONT = 'system-ui, "Segoe UI", Roboto, Arial, sans-serif'

GOOD, GOOD_GROUND = "#0F5E4F", "#E3F2EE"
SOON, SOON_GROUND, SOON_EDGE = "#7A4300", "#FFF0D6", "#B86E00"
LATE = "#9B1C1C"

TOKENS = {
    "ink": INK, "ink-2": INK_2, "ink-3": INK_3, "page": PAGE, "card": CARD, "sunken": SUNKEN, "brand": BRAND,
    "link": LINK, "control": CONTROL, "rule": RULE, "grid": GRID, "focus": FOCUS, "focus-edge": FOCUS_EDGE,
    "muted": MUTED, "good": GOOD, "good-ground": GOOD_GROUND, "soon": SOON, "soon-ground": SOON_GROUND,
    "soon-edge": SOON_EDGE, "late": LATE,
}  # fmt: skip
"""CSS variables `--fd-…` of `assets/dashboard.css`, which a test compares with this."""


def css_variables() -> str:
    """The `:root` block that `dashboard.css` starts with."""
    lines = "\n".join(f"  --fd-{name}: {value};" for name, value in TOKENS.items())
    return f":root {{\n{lines}\n}}\n"
