"""How fast a changed filter on /volumes is answered over HTTP.

    python -m tests.benchmarks.volumes --rows 1000000 10000000

Twelve of sixty months, three value filters, ten result sets, no two requests alike; one server process of eight
threads, two cores for DuckDB. Synthetic snapshots are made once and kept in the temporary folder. Prints rows of a
markdown table.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlencode

from dashboard import periods
from tests.callbacks import ADDRESS, page_request
from tests.snapshots import Recipe, publish

MONTHS = 60
REQUESTS, WARM_UP = 200, 20
LIMITS = {1_000_000: 20.0, 10_000_000: 80.0}
LEVELS, CHANNELS = ("1", "2", "3", "4"), ("portal", "phone", "email", "police notification", "letter", "other")


def snapshot(rows: int) -> Path:
    """A warehouse with that many contacts; built when it is not there yet."""
    recipe = Recipe(rows=rows, months=MONTHS)
    folder = Path(tempfile.gettempdir()) / "frontdoor-benchmarks" / f"volumes-{rows}"
    if not (folder / "CURRENT").exists():
        shutil.rmtree(folder, ignore_errors=True)
        publish(folder, recipe)
    return folder


@contextmanager
def serving(warehouse: Path) -> Iterator[tuple[int, int]]:
    """The port and process of a server over `warehouse`: one worker, eight threads."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "dashboard.wsgi:create_server()", "--worker-class", "gthread"]
    command += ["--workers", "1", "--threads", "8", "--no-control-socket", "--bind", f"127.0.0.1:{port}"]
    environment = {**os.environ, "FRONTDOOR_WAREHOUSE": str(warehouse), "FRONTDOOR_THREADS": "2"}
    server = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait(10)


def _wait(port: int) -> None:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not start")


def query(draw: random.Random) -> str:
    """Twelve months from a month drawn, and values drawn in three dimensions."""
    first = periods.month_start(date(2022, 1, 1), -draw.randrange(MONTHS - 14))
    last = periods.month_start(first, -12) - timedelta(days=1)
    levels, channels = draw.sample(LEVELS, draw.randint(1, 3)), draw.sample(CHANNELS, draw.randint(1, 4))
    values = [("urgency", draw.choice(("Urgent", "Standard"))), *(("level_requested", one) for one in levels)]
    values += [("channel", one) for one in channels]
    return "?" + urlencode([("from", first.isoformat()), ("to", last.isoformat()), *values])


def measure(port: int, requests: int) -> list[float]:
    """Milliseconds of each answer, the connection kept, first byte of the request to last of the answer."""
    draw = random.Random(7)
    connection = http.client.HTTPConnection("127.0.0.1", port)
    headers = {"Content-Type": "application/json", "Accept-Encoding": "gzip, deflate, br, zstd"}
    took = []
    for _ in range(WARM_UP + requests):
        body = json.dumps(page_request("/volumes", query(draw)))
        began = time.perf_counter()
        connection.request("POST", ADDRESS, body, headers)
        answer = connection.getresponse()
        answer.read()
        took.append((time.perf_counter() - began) * 1000)
        if answer.status != 200:
            raise RuntimeError(f"the server answered {answer.status}")
    return took[WARM_UP:]


def processor_seconds(parent: int) -> float:
    """Processor time the workers of a server have used; 0 where the system does not tell (Linux does)."""
    found = 0.0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            fields = stat.read_text().rsplit(")", 1)[1].split()
            if int(fields[1]) == parent:
                found += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def main() -> None:
    """Print one row per size: median and 95th percentile against the limit, and processor time per answer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--requests", type=int, default=REQUESTS)
    given = parser.parse_args()
    print("| a changed filter on /volumes | median | 95 % | processor | limit |\n|---|---|---|---|---|")
    for rows in given.rows:
        with serving(snapshot(rows)) as (port, server):
            measure(port, 0)
            before = processor_seconds(server)
            took = measure(port, given.requests)
            each = (processor_seconds(server) - before) / (given.requests + WARM_UP) * 1000
        limit = f"{LIMITS[rows]:.0f} ms" if rows in LIMITS else "–"
        p95 = statistics.quantiles(took, n=20)[-1]
        median = statistics.median(took)
        print(f"| {rows:,} contacts | {median:.1f} ms | {p95:.1f} ms | {each:.1f} ms | {limit} |", flush=True)


if __name__ == "__main__":
    main()
