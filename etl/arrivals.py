"""The files of an authority, opened: which columns are there, and which feed each sheet goes to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from etl.feeds import BY_NAME, Feed, annex_a
from etl.intake.header import plain
from etl.intake.names import NamedFile
from etl.intake.opened import OpenedSheet, open_file, open_slowly
from etl.intake.refusals import Refusal, RefusedFile
from etl.intake.refusals import refused as refused_file
from etl.profile import Feed as Delivery
from etl.profile import Profile

DECISIONS = frozenset({"decided_at", "decision"})
DISPOSALS = frozenset({"decided_at", "disposal", "outcome"})


@dataclass(frozen=True)
class AddedSheet:
    """A list of Annex A that is no case of its own: its number, and the sheet."""

    file_no: int
    sheet: OpenedSheet


@dataclass(frozen=True)
class Arrival:
    """A sheet that goes to a feed. `positions`: field → column of `relation`; `unknown`: columns nobody asked for.

    `counts` is false for the second feed a sheet goes to: its records are accounted for once. `beside`: the lists of
    the same workbook that only add to cases.
    """

    file_no: int
    feed: Feed
    sheet: OpenedSheet
    relation: str
    positions: Mapping[str, int]
    unknown: tuple[str, ...]
    is_annex_a: bool = False
    counts: bool = True
    beside: tuple[AddedSheet, ...] = ()

    @property
    def sheets(self) -> list[tuple[int, OpenedSheet]]:
        """Number and sheet of this arrival and of those beside it."""
        return [(self.file_no, self.sheet), *((one.file_no, one.sheet) for one in self.beside)]

    @property
    def origin(self) -> str:
        """The feed as the snapshot names it."""
        return "annex_a" if self.is_annex_a else self.feed.name

    @property
    def has_decisions(self) -> bool:
        """Whether the sheet can say that a case is decided; without, nothing from it is ever open."""
        wanted = DISPOSALS if self.feed.name == "referrals" else DECISIONS
        return not self.is_annex_a and not wanted.isdisjoint(self.positions)

    def slowly(self, profile: Profile, scratch: Path) -> Arrival:
        """The same sheet read record by record. Raises RefusedFile."""
        sheet = open_slowly(self.sheet.file, scratch=scratch, **_reading(profile, self.sheet.file.feed))
        return replace(self, sheet=sheet, relation=sheet.relation)


@dataclass(frozen=True)
class RefusedArrival:
    """A file that is not read, and why."""

    file_no: int
    file: NamedFile
    refusal: Refusal


def arrivals(
    files: Sequence[NamedFile], profile: Profile, scratch: Path, first_file_no: int
) -> Iterator[Arrival | RefusedArrival]:
    """Open the files of an authority in their order; each sheet has a number of its own.

    Files are opened ahead, while those before them are being staged.
    """
    number = first_file_no
    with ThreadPoolExecutor(max_workers=1) as ahead:
        opening = [ahead.submit(_sheets, file, profile, scratch) for file in files]
        for file, sheets in zip(files, opening, strict=True):
            try:
                for arrival in _arrived(sheets.result(), file, profile, number):
                    yield arrival
                    number = arrival.file_no + 1
            except RefusedFile as refused:
                yield RefusedArrival(number, file, refused.refusal)
                number += 1


def _sheets(file: NamedFile, profile: Profile, scratch: Path) -> list[OpenedSheet]:
    return open_file(file, scratch=scratch, **_reading(profile, file.feed))


def _arrived(
    sheets: Sequence[OpenedSheet], file: NamedFile, profile: Profile, number: int
) -> Iterator[Arrival | RefusedArrival]:
    if file.feed == "annex_a":
        yield from _annex_lists(sheets, file, number)
        return
    feed, delivery = BY_NAME[file.feed], delivery_of(profile, file.feed)
    for offset, sheet in enumerate(sheets):
        positions, unknown = _positions(sheet, feed, delivery)
        _require(sheet, feed, positions)
        yield Arrival(number + offset, feed, sheet, sheet.relation, positions, unknown)


def delivery_of(profile: Profile, feed: str) -> Delivery:
    """How the authority delivers a feed."""
    return next((delivery for name, delivery in profile.feeds.items() if name == feed), Delivery())


def _reading(profile: Profile, feed: str) -> dict[str, Any]:
    delivery = delivery_of(profile, feed)
    names = annex_a.HEADER_NAMES if feed == "annex_a" else (*BY_NAME[feed].names, *delivery.columns)
    return {"encoding": delivery.encoding, "header_names": names}


def _positions(sheet: OpenedSheet, feed: Feed, delivery: Delivery) -> tuple[dict[str, int], tuple[str, ...]]:
    local = {plain(name): canonical for name, canonical in delivery.columns.items()}
    known = {plain(name): name for name in feed.names}
    found: dict[str, int] = {}
    unknown = []
    for index, name in enumerate(sheet.header):
        field = local.get(plain(name)) or known.get(plain(name))
        if field in feed.names and field not in found:
            found[field] = index
        elif name:
            unknown.append(name)
    return found, tuple(unknown)


def _require(sheet: OpenedSheet, feed: Feed, positions: Iterable[str]) -> None:
    missing = [name for name in feed.required if name not in set(positions)]
    if missing:
        name = sheet.file.path.name
        message = f"{name}: the column {', '.join(missing)} is missing; export it, or map its local name in the profile"
        raise RefusedFile(Refusal(name, "missing_column", message, sheet.sheet))


def _annex_lists(sheets: Sequence[OpenedSheet], file: NamedFile, number: int) -> Iterator[Arrival | RefusedArrival]:
    """The lists of a workbook. Those that only add are numbered first: its last number is one of a list of cases."""
    lists = [sheet for sheet in sheets if sheet.sheet in annex_a.LISTS]
    if not lists:
        raise refused_file(file.path, "no_sheet", "it holds neither List_1 nor List_3; name the lists so")
    others = [sheet for sheet in sheets if sheet.sheet in annex_a.ADDED]
    found: list[Arrival | RefusedArrival] = []
    for file_no, sheet in enumerate(lists, start=number + len(others)):
        try:
            found += _annex_list(sheet, file_no)
        except RefusedFile as refused:
            found.append(RefusedArrival(file_no, file, refused.refusal))
    yield from _with_others(found, [AddedSheet(number + place, sheet) for place, sheet in enumerate(others)])


def _with_others(
    found: Sequence[Arrival | RefusedArrival], others: Sequence[AddedSheet]
) -> Iterator[Arrival | RefusedArrival]:
    """Lists that only add go with the last list of cases that can be read, which is list 3 where it is there."""
    last = next((one for one in reversed(found) if isinstance(one, Arrival) and one.counts), None)
    for other in others if last is None else ():
        path = other.sheet.file.path
        reason = refused_file(path, "no_sheet", "neither List_1 nor List_3 can be read", other.sheet.sheet).refusal
        yield RefusedArrival(other.file_no, other.sheet.file, reason)
    for one in found:
        yield replace(one, beside=tuple(others)) if one is last and isinstance(one, Arrival) else one


def _annex_list(sheet: OpenedSheet, number: int) -> Iterator[Arrival]:
    layout = annex_a.LISTS[sheet.sheet or ""]
    header = [plain(name) for name in sheet.header]
    columns = {
        field: header.index(plain(name))
        for field, names in layout.columns.items()
        for name in names
        if plain(name) in header
    }
    missing = [field for field in layout.identity if field not in columns]
    if missing:
        words = ", ".join(layout.columns[field][0] for field in missing)
        message = f"{sheet.file.path.name}, {sheet.sheet}: the column {words} is missing; export the list whole"
        raise RefusedFile(Refusal(sheet.file.path.name, "missing_column", message, sheet.sheet))
    relation, positions = _with_reference(sheet, layout, columns)
    known = set(columns.values())
    unknown = tuple(name for index, name in enumerate(sheet.header) if name and index not in known)
    for feed_name in layout.feeds:
        feed = BY_NAME[feed_name]
        own = {field: at for field, at in positions.items() if field in feed.names}
        counts = feed_name == layout.feeds[0]
        yield Arrival(number, feed, sheet, relation, own, unknown if counts else (), is_annex_a=True, counts=counts)


def _with_reference(
    sheet: OpenedSheet, layout: annex_a.AnnexList, columns: Mapping[str, int]
) -> tuple[str, dict[str, int]]:
    """The relation with two columns more: the row's reference made of its identity, and the plain source code.

    A child may come twice in a day from one source: contacts alike are numbered. A referral twice is one too many.
    """
    width, child = len(sheet.header), f"cell(c{columns['child_ref']})"
    code = annex_a.SOURCE_CODE.format(f"c{columns[layout.identity[-1]]}")
    same = ", ".join([*(f"cell(c{columns[field]})" for field in layout.identity[:-1]), f"left({code}, 20)"])
    placed = f"(SELECT *, row_number() OVER () AS place FROM {sheet.relation})"
    numbered = f"(SELECT *, row_number() OVER (PARTITION BY {same} ORDER BY place) AS alike FROM {placed})"
    number = "nullif(alike, 1)" if layout.reference == "contact_ref" else "NULL"
    reference = f"CASE WHEN {child} IS NOT NULL THEN concat_ws('|', {same}, {number}) END"
    columns_kept = "* EXCLUDE (place, alike)"
    relation = (
        f"(SELECT {columns_kept}, {reference} AS c{width}, {code} AS c{width + 1} FROM {numbered} ORDER BY place)"
    )
    return relation, {**columns, layout.reference: width, layout.identity[-1]: width + 1}
