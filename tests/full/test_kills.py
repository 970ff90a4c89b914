"""Loads that are killed at any moment leave the old version serving, or the new one."""

from __future__ import annotations

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from etl.pseudonymise import new_key_file
from etl.publish import STEPS
from tests.full.killed_loads import Loop, Round

KILLS = int(os.environ.get("FRONTDOOR_KILLS", "2000"))
SIDE_BY_SIDE = 2
WHOLE_LOAD_EVERY = 50
ENOUGH = 1000
"""So many kills reach every step but the last, after which there is next to nothing left to kill."""


def prepared(root: Path, seed: int) -> Loop:
    root.mkdir()
    new_key_file(root / "key_file")
    loop = Loop(root, random.Random(seed))
    loop.prepare()
    return loop


def killed_and_loaded(root: Path, kills: int) -> list[Round]:
    """Loads of one warehouse that are killed, now and then one that is not; what was killed."""
    loop = prepared(root, kills)
    for number in range(1, kills + 1):
        loop.run(loop.any_kill())
        if number % WHOLE_LOAD_EVERY == 0:
            whole_load(loop)
    return [done for done in loop.rounds if done.is_killed]


def whole_load(loop: Loop) -> None:
    """What a kill left does not stop the next load, which tidies it up."""
    done = loop.run(None)
    assert (done.is_killed, done.is_published) == (False, True)
    assert loop.left_over() == set()
    assert len(loop.warehouse.versions()) <= loop.settings.keep_versions


def test_a_few_kills_leave_a_version_serving(tmp_path: Path) -> None:
    loop = prepared(tmp_path / "loop", 10)
    for _ in range(10):
        loop.run(loop.any_kill())
    whole_load(loop)
    assert any(done.is_killed for done in loop.rounds)


@pytest.mark.full
@pytest.mark.timeout(3600)
def test_thousands_of_kills_leave_a_version_serving(tmp_path: Path) -> None:
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        loops = [pool.submit(killed_and_loaded, tmp_path / str(n), KILLS // SIDE_BY_SIDE) for n in range(SIDE_BY_SIDE)]
        killed = [done for loop in loops for done in loop.result()]
    assert {done.is_published for done in killed} == {False, True}, "not one kill before the commit, or not one after"
    never = set(STEPS) - {done.reached for done in killed}
    assert KILLS < ENOUGH or len(never) <= 1, f"no kill fell soon after {never}"
