"""How long a load takes, against a raw copy of the same files in the same run.

    python -m tests.benchmarks.loading --contacts 1000000 --rounds 3

Narrative fields hold 300 characters. Each piece of work runs in a process of its own, one after the other, `rounds`
times; the median counts. Prints rows of a markdown table.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from etl.profile import load_profile
from etl.settings import shipped_profiles
from etl.synthetic.generator import generate
from tests.benchmarks.measured import Measured, in_process

UNTIL = date(2026, 9, 30)
MONTHS, SEED, NARRATIVE = 60, 7, 300
GROWTH = 5
MODULE = "tests.benchmarks.loading_work"


def inbox(contacts: int | None) -> Path:
    """Generated files of Kent with that many contacts, or at full scale; made when they are not there yet."""
    folder = Path(tempfile.gettempdir()) / "frontdoor-benchmarks" / f"inbox-{contacts or 'full'}"
    if not (folder / "done").exists():
        profile = load_profile(shipped_profiles() / "kent.toml")
        narrative = NARRATIVE if contacts else None
        generate(
            profile, folder, months=MONTHS, seed=SEED, until=UNTIL, contacts=contacts, narrative_characters=narrative
        )
        (folder / "done").touch()
    return folder


def rows(contacts: int, rounds: int, *, with_growth: bool) -> Iterator[str]:
    """Rows of the table: what, measured, limit."""
    folder = inbox(contacts)
    runs = [{work: in_process(MODULE, work, str(folder)) for work in ("raw", "core", "load")} for _ in range(rounds)]
    pandas = in_process(MODULE, "pandas", str(folder))
    raw, core, load = (median([run[work] for run in runs]) for work in ("raw", "core", "load"))
    what = f"{contacts:,} contacts"
    yield _row(f"raw copy of {what} (baseline)", raw, "")
    yield _row(f"core: parsing, pseudonyms, clocks, {what}", core, _times(core, raw, 1.0))
    yield _row(f"load, {what}", load, _times(load, raw, 2.0) + f"; memory below 1,500 MB: {_yes(load.peak_mb < 1500)}")
    yield _row(f"pandas, the same core, {what}", pandas, f"{pandas.seconds / core.seconds:.1f} × the core")
    if with_growth:
        yield _growth(contacts * GROWTH, load)


def _growth(contacts: int, load: Measured) -> str:
    what = f"load, {contacts:,} contacts"
    try:
        more = in_process(MODULE, "load", str(inbox(contacts)))
    except subprocess.CalledProcessError as error:
        return f"| {what} | | | | failed: {error.stderr.strip().splitlines()[-1]}: **not met** |"
    return _row(what, more, _times(more, load, 5.5, "the load"))


def full_kent() -> Iterator[str]:
    """Full-scale Kent for five years."""
    measured = in_process(MODULE, "load", str(inbox(None)))
    yield _row("load, Kent at full scale, five years", measured, f"below 60 s: {_yes(measured.seconds < 60)}")


def median(runs: list[Measured]) -> Measured:
    """The run with the median wall clock."""
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def _row(what: str, measured: Measured, verdict: str) -> str:
    figures = f"{measured.seconds:.1f} s | {measured.processor_seconds:.1f} s | {measured.peak_mb:,.0f} MB"
    return f"| {what} | {figures} | {verdict} |"


def _times(one: Measured, baseline: Measured, limit: float, name: str = "the raw copy") -> str:
    ratio = one.seconds / baseline.seconds
    return f"{ratio:.2f} × {name} (limit {limit:g}): {_yes(ratio <= limit)}"


def _yes(is_met: bool) -> str:
    return "met" if is_met else "**not met**"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-growth", action="store_true")
    chosen = parser.parse_args()
    print("| what | wall clock | processor | peak memory | against its limit |\n|---|---|---|---|---|")
    for row in rows(chosen.contacts, chosen.rounds, with_growth=not chosen.no_growth):
        print(row, flush=True)
    for row in full_kent():
        print(row, flush=True)


if __name__ == "__main__":
    main()
