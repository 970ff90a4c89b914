"""Runs one piece of work in a process of its own and measures it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Measured:
    """Wall clock and processor time in seconds, and the largest resident memory of a process in MB."""

    seconds: float
    processor_seconds: float
    peak_mb: float


def in_process(module: str, *arguments: str) -> Measured:
    """Run `python -m module arguments`, whose last line of output is what `report` printed."""
    done = subprocess.run([sys.executable, "-m", module, *arguments], check=True, capture_output=True, text=True)
    return Measured(**json.loads(done.stdout.strip().splitlines()[-1]))


def report(work: Callable[[], object]) -> None:
    """Do the work in this process and print its measures as a line of JSON."""
    before, started = _processor_seconds(), time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    used = _processor_seconds() - before
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    print(json.dumps(asdict(Measured(round(seconds, 3), round(used, 3), round(peak / 1024, 1)))))


def _processor_seconds() -> float:
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)
