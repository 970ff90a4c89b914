"""Small files in an inbox of their own, opened or refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from etl.intake.opened import OpenedSheet, open_file
from etl.intake.refusals import Refusal, RefusedFile
from tests.etl.intake.reading import named

Opener = Callable[..., list[OpenedSheet]]


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.intake.opened._PAUSE_SECONDS", 0.0)


@pytest.fixture
def open_bytes(tmp_path: Path) -> Opener:
    """Write bytes as a file and open it."""

    def opener(
        content: bytes, name: str = "contacts_2026-11-25T0610.csv", feed: str = "contacts", **options: object
    ) -> list[OpenedSheet]:
        path = tmp_path / name
        path.write_bytes(content)
        return open_file(named(path, feed), scratch=tmp_path / "scratch", **options)  # type: ignore[arg-type]

    return opener


@pytest.fixture
def refusal_of(open_bytes: Opener) -> Callable[..., Refusal]:
    """Write bytes as a file, open it and return why it was refused."""

    def opener(content: bytes, name: str = "contacts_2026-11-25T0610.csv", **options: object) -> Refusal:
        with pytest.raises(RefusedFile) as caught:
            open_bytes(content, name, **options)
        assert name in caught.value.refusal.message
        return caught.value.refusal

    return opener
