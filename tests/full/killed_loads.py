"""Loads in processes that are killed: what the process does, what its parent looks at afterwards."""

from __future__ import annotations

import os
import random
import shutil
import time
from dataclasses import dataclass, field
from hashlib import file_digest
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import duckdb

from etl import jobs
from etl.order import Order, Progress
from etl.publish import STEPS, Warehouse, WarehouseBusy
from etl.settings import Settings
from etl.sidecar import Sidecar
from etl.verify import check

PROCESSES = get_context("forkserver")
PROCESSES.set_forkserver_preload(["etl.build", "etl.jobs", __name__])
LONG_AGO = 1_700_000_000
LONGEST_SECONDS = 60.0
REAL_BUILDS = 10
"""One load in so many builds its snapshot; the others copy a built one, so that more kills fall on publishing."""
RATES = (2000, 200, 5)
"""Kills come half a millisecond, five or two hundred after a step, on average."""
CONTENT = "SELECT (SELECT count(*) FROM contact), (SELECT version FROM snapshot)"


@dataclass(frozen=True)
class Kill:
    """When a load is killed: so many seconds after it has reached a step."""

    is_real_build: bool
    step: str
    seconds: float


@dataclass
class Round:
    """What became of a load: the step it reached last, and whether it published, was killed, and how long it took."""

    reached: str
    is_killed: bool
    is_published: bool = False
    seconds: float = 0.0


@dataclass
class Loop:
    """A warehouse that is loaded and killed again and again. `rows`: contacts of the versions as they were told."""

    root: Path
    chance: random.Random
    whole_seconds: float = 3.0
    serving: Sidecar | None = None
    rounds: list[Round] = field(default_factory=list)

    @property
    def settings(self) -> Settings:
        paths = {name: self.root / name for name in ("inbox", "warehouse", "state", "key_file")}
        return Settings(**paths, threads=1)  # type: ignore[arg-type]

    @property
    def warehouse(self) -> Warehouse:
        return Warehouse(self.root / "warehouse")

    @property
    def built(self) -> Path:
        """The snapshot of a real build, for the loads that copy."""
        return self.root / "built.duckdb"

    def prepare(self) -> None:
        """Write a first inbox, load it, and keep the snapshot."""
        self.write_inbox(60)
        started = time.monotonic()
        version = jobs.load(self.settings).version
        self.whole_seconds = time.monotonic() - started
        shutil.copyfile(self.warehouse.path(version), self.built)
        self.serving = self.warehouse.current()

    def write_inbox(self, contacts: int) -> None:
        """An extract of so many contacts, and a child in each."""
        folder = self.root / "inbox" / "kent"
        folder.mkdir(parents=True, exist_ok=True)
        references = [f"C-{number:05d}" for number in range(contacts)]
        texts = {
            "contacts": ["contact_ref,received_at", *(f"{one},2026-09-01 10:00" for one in references)],
            "children": ["contact_ref,child_ref", *(f"{one},K{one}" for one in references)],
        }
        for feed, lines in texts.items():
            path = folder / f"{feed}_2026-10-01T0610.csv"
            path.write_text("\n".join(lines) + "\n")
            os.utime(path, (LONG_AGO, LONG_AGO))

    def any_kill(self) -> Kill:
        """A moment anywhere in a whole load, or soon after one of its steps."""
        if self.chance.randrange(REAL_BUILDS) == 0:
            return Kill(True, "locked", self.chance.uniform(0, self.whole_seconds))
        return Kill(False, self.chance.choice(STEPS), self.chance.expovariate(self.chance.choice(RATES)))

    def run(self, kill: Kill | None) -> Round:
        """One load, killed or not, and what must hold afterwards."""
        self.write_inbox(60 + len(self.rounds) % 10)
        started = time.monotonic()
        is_real = kill is None or kill.is_real_build
        steps, ours = PROCESSES.Pipe(duplex=False)
        process = PROCESSES.Process(target=load, args=(self.settings, self.built, is_real, ours))
        process.start()
        ours.close()
        reached = _watch(steps, kill, started + LONGEST_SECONDS)
        if kill:
            process.kill()
        process.join(LONGEST_SECONDS)
        assert process.exitcode == 0 or (kill and process.exitcode == -9), f"the load ended with {process.exitcode}"
        done = Round(reached, process.exitcode == -9, self.look(is_real), time.monotonic() - started)
        self.rounds.append(done)
        return done

    def look(self, is_real_build: bool) -> bool:
        """Assert that a whole version serves, the old one or a new one; whether it is a new one."""
        current = self.warehouse.current()
        assert current is not None and self.serving is not None
        versions, serves = jobs.history(self.settings)
        assert serves == current.version and serves in {one.version for one in versions}
        (file,) = current.files
        path = self.warehouse.folder / file.name
        with path.open("rb") as raw:
            assert file_digest(raw, "sha256").hexdigest() == file.sha256
        assert path.stat().st_size == file.bytes
        with duckdb.connect(str(path), read_only=True) as con:
            assert con.execute(CONTENT).fetchone() == (current.rows["contact"], current.version)
        is_new = current.version != self.serving.version
        if is_new:
            assert current.version > self.serving.version
            if is_real_build:
                assert check(path, jobs.checks(self.settings, None)).problems == ()
        else:
            assert current == self.serving
        self.serving = current
        return is_new

    def left_over(self) -> set[str]:
        """Names in the warehouse that are neither kept versions nor pointer and lock."""
        kept = {f"frontdoor-{one.version}.{end}" for one in self.warehouse.versions() for end in ("duckdb", "json")}
        return {path.name for path in self.warehouse.folder.iterdir()} - kept - {"CURRENT", "etl.lock"}


def load(settings: Settings, built: Path, is_real_build: bool, steps: Connection) -> None:
    """What a process does: a load that tells each of its steps."""
    options = {} if is_real_build else {"builder": _copying(built)}
    warehouse = Warehouse(settings.warehouse, steps.send)
    for _ in range(20):
        try:
            jobs.load(settings, force=True, warehouse=warehouse, **options)  # type: ignore[arg-type]
            return
        except WarehouseBusy:
            # A killed load's own child may hold the lock for the moment that it takes to start.
            time.sleep(0.05)
    raise SystemExit(75)


def _copying(built: Path) -> jobs.Builder:
    def copy(order: Order, into: Path, scratch: Path, progress: Progress) -> None:
        shutil.copyfile(built, into)
        with duckdb.connect(str(into)) as con:
            con.execute("UPDATE snapshot SET version = ?", [order.draft.version])

    return copy


def _watch(steps: Connection, kill: Kill | None, until: float) -> str:
    """The step told last when the process has ended, or when the moment to kill it has come."""
    reached = "nothing"
    while steps.poll(max(0.0, until - time.monotonic())):
        try:
            reached = steps.recv()
        except EOFError:
            break
        if kill and reached == kill.step:
            until = time.monotonic() + kill.seconds
    return reached
