"""What every test may use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

CHROMIUM = Path("/usr/bin/chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests say why they are skipped where there is no Chromium."""
    if CHROMIUM.exists():
        return
    reason = pytest.mark.skip(reason=f"no Chromium at {CHROMIUM}: install the package 'chromium' to run it")
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(reason)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, object]) -> dict[str, object]:
    """Debian's Chromium, as root, that asks nothing of any other host."""
    quiet = ["background-networking", "component-update", "sync"]
    switches = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
    args = [*switches, *(f"--disable-{what}" for what in quiet)]
    return {**browser_type_launch_args, "executable_path": str(CHROMIUM), "args": args}


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A developer's own FRONTDOOR_ variables must not steer a test."""
    import os

    for name in [name for name in os.environ if name.startswith("FRONTDOOR_")]:
        monkeypatch.delenv(name)
    yield
