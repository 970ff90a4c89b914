"""One authority's way through a build."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from etl import accounts, annex_lists, reference_rows, spelling, staging
from etl.arrivals import Arrival, RefusedArrival, arrivals, delivery_of
from etl.contract.schema import quoted
from etl.feeds import FEEDS
from etl.intake.opened import is_unchanged
from etl.intake.refusals import RefusedFile, refused
from etl.links import link
from etl.order import JobError, Order, Progress
from etl.profile import Profile
from etl.pseudonymise import prefix
from etl.run_clocks import run_clocks
from etl.settle import settle
from etl.variables import LONDON, set_variables, write_calendar
from etl.write_cases import write_cases

_UNCOUNTABLE = "its records cannot be counted the same way twice; export it again"
_SECOND = "these records also come in files of their own, which tell more; the list is not loaded"
_CHANGED = "it changed while it was read; load again when the copy has ended"


class Work:
    """The build of one authority: reads its files in order, then settles, links and writes."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, order: Order, profile: Profile, scratch: Path, progress: Progress
    ) -> None:
        self.con, self.order, self.profile, self.scratch, self.progress = con, order, profile, scratch, progress
        self.arrived: list[Arrival] = []
        self.refused: list[RefusedArrival] = []

    def run(self, first_file_no: int) -> int:
        """Do everything; returns the next file number. Raises JobError when no file can be read."""
        self.stage(first_file_no)
        self.settle()
        self._tell("linking", 0.2)
        link(self.con)
        self._tell("running clocks", 0.4)
        run_clocks(self.con, self.profile, self.arrived)
        self._tell("writing cases", 0.6)
        write_cases(self.con)
        accounts.write(self.con, self.profile.code, self.arrived, self.refused)
        annex_lists.account(self.con, self.profile.code, self.arrived)
        reference_rows.write_authority(self.con, self.profile, self.arrived)
        self._release()
        numbers = [one.file_no for one in self.arrived] + [one.file_no for one in self.refused]
        return max(numbers, default=first_file_no - 1) + 1

    def _tell(self, step: str, share: float) -> None:
        self.progress(f"{self.profile.authority.name}: {step}", share)

    def _prepare(self) -> None:
        """Macros and types that carry the authority's own words."""
        code = self.profile.code
        separator = quoted(prefix("child", code).removeprefix("child"))
        self.con.execute(f"CREATE OR REPLACE TEMP MACRO prefix_of(domain) AS domain || {separator}")
        self.con.execute(f"CREATE OR REPLACE TEMP MACRO authority_of() AS {quoted(code)}::authority")
        self.con.execute(spelling.source_code_macro(self.profile))
        self.con.execute(spelling.agency_name_macro())
        self.con.execute(spelling.outward_type_statement(self.profile))
        for statement in spelling.type_statements(self.profile):
            self.con.execute(statement)
        for feed in FEEDS:
            self.con.execute(staging.create_statement(feed))

    def stage(self, first_file_no: int) -> None:
        """Read the files in their order into the staging tables; `first_file_no` numbers the first sheet."""
        self._prepare()
        files = self.order.files[self.profile.code]
        total = sum(file.path.stat().st_size for file in files) or 1
        done, seen = 0, set()
        rich = {file.feed for file in files}
        for arrival in arrivals(files, self.profile, self.scratch, first_file_no):
            file = arrival.file if isinstance(arrival, RefusedArrival) else arrival.sheet.file
            self._tell(f"reading {file.feed}", done / total)
            if isinstance(arrival, RefusedArrival):
                self.refused.append(arrival)
            elif arrival.is_annex_a and arrival.feed.name in rich:
                self._refuse_second_source(arrival)
            else:
                self._stage_one(arrival)
            if file.path not in seen:
                seen.add(file.path)
                done += file.path.stat().st_size
        if not self.arrived:
            words = "\n".join(one.refusal.message for one in self.refused)
            raise JobError(f"Nothing of {self.profile.authority.name} can be read. {words}")

    def _refuse_second_source(self, arrival: Arrival) -> None:
        """The same records from an Annex A list and from the feed's own file would count twice."""
        for file_no, sheet in arrival.sheets if arrival.counts else ():
            reason = refused(sheet.file.path, "second_source", _SECOND, sheet.sheet).refusal
            self.refused.append(RefusedArrival(file_no, sheet.file, reason))

    def _stage_one(self, arrival: Arrival) -> None:
        """Stage a sheet; where DuckDB and the scan of the file disagree, read it again record by record."""
        try:
            if not self._inserted(arrival):
                arrival = arrival.slowly(self.profile, self.scratch)
                if not self._inserted(arrival):
                    raise refused(arrival.sheet.file.path, "damaged", _UNCOUNTABLE)
        except RefusedFile as error:
            for file_no, sheet in arrival.sheets:
                self.refused.append(RefusedArrival(file_no, sheet.file, error.refusal))
            return
        if arrival.is_annex_a and not arrival.counts:
            self.con.execute(f"UPDATE stage_{arrival.feed.name} SET faults = NULL WHERE file_no = {arrival.file_no}")
        self.arrived.append(arrival)

    def _inserted(self, arrival: Arrival) -> bool:
        statement = staging.insert_statement(
            arrival.feed,
            self.profile,
            relation=arrival.relation,
            positions=arrival.positions,
            file_no=arrival.file_no,
            extract=arrival.sheet.file.extract_at.astimezone(LONDON).replace(tzinfo=None),
            origin=arrival.origin,
            has_decisions=arrival.has_decisions,
        )
        self.con.execute("BEGIN")
        try:
            row = self.con.execute(statement).fetchone()
        except (duckdb.InvalidInputException, duckdb.ConversionException, duckdb.IOException):
            self.con.execute("ROLLBACK")
            return False
        is_whole = row is not None and row[0] == arrival.sheet.rows
        is_same = is_unchanged(arrival.sheet)
        self.con.execute("COMMIT" if is_whole and is_same else "ROLLBACK")
        if not is_same:
            raise refused(arrival.sheet.file.path, "still_written", _CHANGED)
        return is_whole

    def settle(self) -> None:
        """Decide which rows are kept, set the variables of the SQL, and write the calendar."""
        self._tell("settling records", 0.0)
        extracts = [(one.file_no, one.sheet.file.extract_at) for one in self.arrived]
        self.con.execute("CREATE OR REPLACE TEMP TABLE file_extract (file_no INTEGER, extract_at TIMESTAMPTZ)")
        self.con.executemany("INSERT INTO file_extract VALUES (?, ?)", sorted(set(extracts)))
        # Contacts come before children, whose moment is their contact's.
        for feed in FEEDS:
            files = [arrival.file_no for arrival in self.arrived if arrival.feed is feed]
            full = [] if delivery_of(self.profile, feed.name).mode == "increment" else files
            settle(self.con, feed, full, len(files))
            self.con.execute(staging.moments_view(feed))
        set_variables(self.con, self.profile, self.arrived)
        annex_lists.fill(self.con, self.arrived)
        write_calendar(self.con, self.profile)

    def _release(self) -> None:
        for table in _temp_tables(self.con):
            if table not in ("erased_key",):
                self.con.execute(f'DROP TABLE IF EXISTS temp."{table}" CASCADE')
        self._tell("written", 1.0)


def _temp_tables(con: duckdb.DuckDBPyConnection) -> Iterable[str]:
    rows = con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall()
    return [name for (name,) in rows]
