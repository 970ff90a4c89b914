"""What a load is about to read and write: worked out before anything is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from etl import __version__, erasures
from etl.erasures import Erasure
from etl.intake.names import NamedFile, list_inbox
from etl.intake.opened import digest
from etl.intake.refusals import Refusal
from etl.profile import Profile, load_profiles
from etl.pseudonymise import PseudonymKey
from etl.publish import Warehouse
from etl.settings import Settings
from etl.sidecar import Sidecar, Source

Progress = Callable[[str, float], None]
"""Told the name of the step and the share of it that is done, 0 to 1."""

SPARE_BYTES = 200_000_000
UNPACKED = {"csv": 1, "xlsx": 8, "parquet": 8}
"""How many bytes a byte of a file may become while it is loaded."""


class JobError(RuntimeError):
    """The job stops; nothing was published. The message is for the person at the keyboard."""


@dataclass(frozen=True)
class Order:
    """What a build is asked for.

    ``files`` and ``refusals`` (files passed over by their name) by authority; the ``carried`` authorities are taken
    over from the snapshot ``previous``. ``profiles`` has those of both. ``draft`` is the sidecar so far.
    """

    draft: Sidecar
    files: Mapping[str, Sequence[NamedFile]]
    refusals: Mapping[str, Sequence[Refusal]]
    profiles: Mapping[str, Profile]
    carried: tuple[str, ...]
    previous: Path | None
    key: PseudonymKey
    erased: tuple[Erasure, ...]
    threads: int
    memory_limit_mb: int

    @property
    def notices(self) -> tuple[str, ...]:
        """What is said about files that were passed over."""
        return tuple(refusal.message for refusals in self.refusals.values() for refusal in refusals)

    @property
    def bytes_needed(self) -> int:
        """Room that the load may take while it runs."""
        files = (file for files in self.files.values() for file in files)
        unpacked = sum(file.path.stat().st_size * UNPACKED[file.extension] for file in files)
        return SPARE_BYTES + unpacked + (self.previous.stat().st_size if self.previous and self.carried else 0)


Builder = Callable[[Order, Path, Path, Progress], None]
"""``build(order, into, scratch, progress)`` writes the snapshot ``into`` and closes it, leaving no log.

``scratch`` is a private folder for copies, removed afterwards whatever happens.
"""


def work_out(settings: Settings, warehouse: Warehouse, authority: str | None) -> Order:
    """The order for the inbox as it is now, or for one ``authority`` of it; raises JobError in plain words."""
    key = PseudonymKey.load(settings.key_file)
    profiles = load_profiles(settings.profiles)
    previous = warehouse.current()
    _refuse_other_key(key, previous)
    read = [authority] if authority else authorities_in(settings.inbox)
    _refuse_unknown(settings, read, profiles)
    listed = {code: list_inbox(settings.inbox / code, code) for code in read}
    files = {code: found for code, (found, _) in listed.items() if found}
    _refuse_empty(settings, files, [refusal for _, refusals in listed.values() for refusal in refusals])
    carried = tuple(sorted(set(previous.data_as_at) - {authority})) if authority and previous else ()
    _refuse_missing(carried, profiles)
    used = {code: profiles[code] for code in sorted({*files, *carried})}
    return Order(
        draft=_draft(settings, warehouse, key, _versions(used, previous, carried), _sources(files, previous, carried)),
        files=files,
        refusals={code: refusals for code, (_, refusals) in listed.items()},
        profiles=used,
        carried=carried,
        previous=warehouse.path(previous.version) if previous else None,
        key=key,
        erased=erasures.read(settings.warehouse),
        threads=settings.threads,
        memory_limit_mb=settings.memory_limit_mb,
    )


def is_unchanged(order: Order, previous: Sidecar) -> bool:
    """Whether a build would say nothing new. Only files that look the same are read to be sure."""
    if not previous.looks_like(order.draft):
        return False
    digests = {source.sha256 for source in previous.sources}
    return all(digest(file.path) in digests for files in order.files.values() for file in files)


def authorities_in(inbox: Path) -> list[str]:
    """The folders of an inbox: one per authority, named by the code of its profile."""
    if not inbox.is_dir():
        raise JobError(f"There is no inbox {inbox}: make it, with a folder per authority, or name another one.")
    return sorted(path.name for path in inbox.iterdir() if path.is_dir() and not path.name.startswith("."))


def _versions(profiles: Mapping[str, Profile], previous: Sidecar | None, carried: Sequence[str]) -> dict[str, str]:
    """The profile each authority's rows were made by: those carried over keep theirs."""
    kept = {code: previous.profiles[code] for code in carried} if previous else {}
    return {code: profile.version for code, profile in profiles.items()} | kept


def _draft(
    settings: Settings,
    warehouse: Warehouse,
    key: PseudonymKey,
    profiles: Mapping[str, str],
    sources: tuple[Source, ...],
) -> Sidecar:
    built_at = datetime.now(UTC).replace(microsecond=0)
    return Sidecar(
        version=warehouse.next_version(built_at),
        built_at=built_at,
        data_as_at={},
        sources=sources,
        profiles=dict(profiles),
        key_id=key.key_id,
        rows={},
        erasures=erasures.digest(settings.warehouse),
        software=__version__,
    )


def _sources(
    files: Mapping[str, Sequence[NamedFile]], previous: Sidecar | None, carried: Sequence[str]
) -> tuple[Source, ...]:
    read = [_source(file) for found in files.values() for file in found]
    kept = [source for source in (previous.sources if previous else ()) if source.authority in carried]
    return (*read, *kept)


def _source(file: NamedFile) -> Source:
    # The digest is taken when the file is read: taking it here would read every file twice.
    return Source(
        authority=file.authority,
        feed=file.feed,
        extract_at=file.extract_at,
        sha256="",
        bytes=file.path.stat().st_size,
    )


def _refuse_other_key(key: PseudonymKey, previous: Sidecar | None) -> None:
    if previous and previous.key_id != key.key_id:
        raise JobError(
            f"This key ({key.key_id}) is not the one the last version was made with ({previous.key_id}): the same "
            "child would become another one. Name the right key file, or begin a new warehouse."
        )


def _refuse_missing(carried: Sequence[str], profiles: Mapping[str, Profile]) -> None:
    for code in carried:
        if code not in profiles:
            raise JobError(f"The profile of {code!r} is gone: put it back, or load without --authority.")


def _refuse_unknown(settings: Settings, read: Sequence[str], profiles: Mapping[str, Profile]) -> None:
    for code in read:
        if code not in profiles:
            known = ", ".join(sorted(profiles))
            raise JobError(f"There is no profile for {code!r} in {settings.profiles}; known are {known}.")
        if not (settings.inbox / code).is_dir():
            raise JobError(f"There is no folder {settings.inbox / code}: put the exported files there.")


def _refuse_empty(settings: Settings, files: Mapping[str, Sequence[NamedFile]], refusals: Sequence[Refusal]) -> None:
    if not files:
        raise JobError(
            f"There is nothing to load in {settings.inbox}: it needs a folder per authority with its exported files, "
            "named like contacts_2026-11-25T0610.csv. " + "\n".join(refusal.message for refusal in refusals)
        )
