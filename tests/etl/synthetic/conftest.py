from __future__ import annotations

from pathlib import Path

import pytest

from etl.profile import Profile, load_profiles
from etl.synthetic import FEEDS, Generated, generate
from tests.etl.synthetic.reading import UNTIL, Frames, read

PROFILES = Path(__file__).parents[3] / "data" / "profiles"


@pytest.fixture(scope="session")
def profiles() -> dict[str, Profile]:
    return load_profiles(PROFILES)


@pytest.fixture(scope="session")
def kent(profiles: dict[str, Profile]) -> Profile:
    return profiles["kent"]


@pytest.fixture(scope="session")
def made(kent: Profile, tmp_path_factory: pytest.TempPathFactory) -> Generated:
    """Five years of Kent at one twentieth of its size."""
    return generate(kent, tmp_path_factory.mktemp("made"), scale=0.05, until=UNTIL)


@pytest.fixture(scope="session")
def frames(made: Generated) -> Frames:
    found = read(made)
    assert list(found) == list(FEEDS)
    return found
