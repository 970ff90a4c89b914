"""The style sheet has the tokens of the theme, and charts have no colour but them."""

from __future__ import annotations

import re
from pathlib import Path

import dashboard
from dashboard import theme

HOUSE = Path(dashboard.__file__).parent
SHEET = (HOUSE / "assets" / "dashboard.css").read_text()


def _light(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """WCAG contrast of two colours."""
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_sheet_starts_with_the_tokens() -> None:
    assert SHEET.startswith(theme.css_variables())


def test_the_sheet_uses_only_known_tokens() -> None:
    used = set(re.findall(r"var\(--fd-([a-z0-9-]+)\)", SHEET))
    assert used - {"sticky"} <= set(theme.TOKENS)


def test_text_can_be_read() -> None:
    for ground in (theme.CARD, theme.PAGE):
        assert min(contrast(ink, ground) for ink in (theme.INK, theme.INK_2, theme.INK_3, theme.LINK)) >= 4.5
    assert contrast(theme.SOON, theme.SOON_GROUND) >= 4.5
    assert contrast(theme.GOOD, theme.GOOD_GROUND) >= 4.5
    assert contrast("#FFFFFF", theme.LATE) >= 4.5
    assert min(contrast(colour, theme.CARD) for colour in theme.CATEGORICAL) >= 3


def test_no_figure_names_a_colour() -> None:
    named = [
        path.name for path in (HOUSE / "figures").glob("*.py") if re.search(r"#[0-9A-Fa-f]{6}\b", path.read_text())
    ]
    assert named == []


def test_nothing_in_the_assets_points_elsewhere() -> None:
    for path in (HOUSE / "assets").iterdir():
        addresses = re.findall(r"(?:url\(|@import|fetch\(|src=)\s*['\"]?(https?:)", path.read_text())
        assert addresses == [], path.name
