"""No chart offers to send its data anywhere."""

from __future__ import annotations

from pathlib import Path

import dashboard
from dashboard.figures.house import CONFIG


def test_the_configuration_shares_nothing() -> None:
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["plotlyServerURL"] == ""
    assert CONFIG["displayModeBar"] is False


def test_there_is_one_place_that_makes_a_chart() -> None:
    house = Path(dashboard.__file__).parent
    making = [path.relative_to(house).as_posix() for path in house.rglob("*.py") if "dcc.Graph(" in path.read_text()]
    assert making == ["components/chart.py"]
