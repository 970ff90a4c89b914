"""What is known about a version without opening it: ``frontdoor-<version>.json`` and ``CURRENT``."""

from __future__ import annotations

from pydantic import AwareDatetime, BaseModel, ConfigDict


class _Frozen(BaseModel):
    # A later release may add fields: an older reader passes over them.
    model_config = ConfigDict(frozen=True, extra="ignore")


class PublishedFile(_Frozen):
    """A file of a version: its name in the warehouse, SHA-256 in hex, size in bytes."""

    name: str
    sha256: str
    bytes: int


class Source(_Frozen):
    """An input file that a version was built from."""

    authority: str
    feed: str
    extract_at: AwareDatetime
    sha256: str
    bytes: int


class Sidecar(_Frozen):
    """A version: when and from what it was built, and how many rows each table holds."""

    version: str
    built_at: AwareDatetime
    data_as_at: dict[str, AwareDatetime]
    files: tuple[PublishedFile, ...] = ()
    sources: tuple[Source, ...]
    profiles: dict[str, str]
    key_id: str
    rows: dict[str, int]
    authority_rows: dict[str, dict[str, int]] = {}
    erasures: str = ""
    software: str

    def looks_like(self, other: Sidecar) -> bool:
        """Whether both were built from files of the same feeds, moments and sizes, by the same rules and key."""
        return self._inputs() == other._inputs()

    def _inputs(self) -> tuple[object, ...]:
        sources = sorted((s.authority, s.feed, s.extract_at, s.bytes) for s in self.sources)
        return sources, self.profiles, self.key_id, self.erasures, self.software
