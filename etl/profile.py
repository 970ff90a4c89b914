"""An authority's profile: names, hours, clocks, vocabularies and windows, as data with dates and sources."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from etl.contract.vocabularies import UNMAPPED
from etl.profile_checks import problems_in
from etl.profile_entries import (
    Agency,
    AgencyType,
    Authority,
    Clock,
    Closure,
    Completeness,
    District,
    Entry,
    Event,
    Feed,
    FeedName,
    Hours,
    Label,
    Population,
    Practice,
    Reason,
    Target,
    Windows,
)

__all__ = ["Clock", "Feed", "Hours", "Profile", "ProfileError", "Windows", "load_profile", "load_profiles"]


class ProfileError(Exception):
    """A profile that cannot be used: `problems` lists (key, reason); `file`, `key`, `reason`: the first."""

    def __init__(self, file: Path, problems: list[tuple[str, str]]) -> None:
        self.file, self.problems = file.name, problems
        self.key, self.reason = problems[0]
        super().__init__("\n".join(f"{self.file}: {key}: {reason}" for key, reason in problems))


class Profile(Entry):
    """Everything known about one authority; `version` is the first 12 hex digits of the file's SHA-256."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    version: str
    authority: Authority
    office_hours: tuple[Hours, ...] = Field(min_length=1)
    consultation_hours: tuple[Hours, ...] = ()
    closures: tuple[Closure, ...] = ()
    levels: dict[Literal["1", "2", "3", "4"], str]
    feeds: dict[FeedName, Feed] = Field(default_factory=dict)
    windows: Windows
    clocks: tuple[Clock, ...] = ()
    practices: tuple[Practice, ...] = ()
    agency_types: tuple[AgencyType, ...] = ()
    agencies: tuple[Agency, ...] = ()
    districts: tuple[District, ...] = ()
    reasons: tuple[Reason, ...] = ()
    completeness: dict[str, Completeness] = Field(default_factory=dict)
    events: tuple[Event, ...] = ()
    targets: tuple[Target, ...] = ()
    population: tuple[Population, ...] = ()
    disposals: tuple[Label, ...] = ()
    outcomes: tuple[Label, ...] = ()
    destinations: tuple[Label, ...] = ()

    def feed(self, name: FeedName) -> Feed:
        """The feed's settings; a feed that the file does not mention has the defaults."""
        return self.feeds.get(name, Feed())

    def outward_districts(self) -> dict[str, str]:
        """Outward code → district name; `Unmapped` where the code lies in more than one district."""
        found: dict[str, str] = {}
        for district in self.districts:
            for outward in district.outward:
                found[outward] = UNMAPPED if outward in found else district.name
        return found


def load_profile(path: Path) -> Profile:
    """Read one profile; its file name without `.toml` is the authority's code.

    Raises ProfileError with file, dotted key (list entries counted from 1) and reason for everything wrong.
    """
    content, tables = _read(path)
    named = {"code": path.stem, "version": hashlib.sha256(content).hexdigest()[:12]}
    if reserved := [(key, "unknown key") for key in named if key in tables]:
        raise ProfileError(path, reserved)
    try:
        profile = Profile.model_validate(tables | named)
    except ValidationError as error:
        raise ProfileError(path, _problems(error)) from None
    if problems := list(problems_in(profile)):
        raise ProfileError(path, problems)
    return profile


def load_profiles(folder: Path) -> dict[str, Profile]:
    """Read every `*.toml` of a folder, by authority code in alphabetical order. Raises ProfileError."""
    profiles = (load_profile(path) for path in sorted(folder.glob("*.toml")))
    return {profile.code: profile for profile in profiles}


def _read(path: Path) -> tuple[bytes, dict[str, Any]]:
    try:
        content = path.read_bytes()
        return content, tomllib.loads(content.decode("utf-8"))
    except OSError:
        raise ProfileError(path, [("file", "cannot be read")]) from None
    except UnicodeDecodeError:
        raise ProfileError(path, [("file", "is not UTF-8")]) from None
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(path, [("file", f"is not TOML: {error}")]) from None


def _problems(error: ValidationError) -> list[tuple[str, str]]:
    """Without what follows from another problem: a list is empty because its only entry is wrong."""
    details = error.errors(include_url=False)
    places = [detail["loc"] for detail in details]
    follows = {place[:depth] for place in places for depth in range(len(place))}
    return [_problem(detail) for detail in details if detail["loc"] not in follows]


def _problem(detail: Any) -> tuple[str, str]:
    parts = (part for part in detail["loc"] if part not in ("[key]", "bool", "str"))
    key = ".".join(str(part + 1) if isinstance(part, int) else part for part in parts)
    own_words = {"extra_forbidden": "unknown key", "missing": "is missing", "too_short": "has too few entries"}
    return key or "file", own_words.get(detail["type"], detail["msg"].removeprefix("Value error, "))
