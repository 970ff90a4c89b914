from __future__ import annotations

from datetime import date
from pathlib import Path

from etl.profile import load_profile
from etl.synthetic import FEEDS, generate

PROFILES = Path(__file__).parents[3] / "data" / "profiles"
UNTIL = date(2026, 9, 30)


def test_the_same_call_writes_the_same_bytes(tmp_path: Path) -> None:
    kent = load_profile(PROFILES / "kent.toml")
    first, second = (
        generate(kent, tmp_path / name, months=12, scale=0.005, until=UNTIL) for name in ("first", "second")
    )
    for feed in FEEDS:
        assert first.files[feed].read_bytes() == second.files[feed].read_bytes()
    assert first.files["contacts"].name == "contacts_2026-09-30T2359.csv"
