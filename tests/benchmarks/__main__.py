"""Runs every benchmark and prints their tables: `make bench`."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (("tests.benchmarks.loading",), ("tests.benchmarks.volumes", "--rows", "1000000", "10000000"))

if __name__ == "__main__":
    for benchmark in BENCHMARKS:
        print(f"\n## {' '.join(benchmark)}\n", flush=True)
        subprocess.run([sys.executable, "-m", *benchmark], check=True)
