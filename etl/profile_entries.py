"""The parts of a profile: hours, clocks, feeds, vocabularies and windows, each with its dates and source."""

from __future__ import annotations

import codecs
import re
from datetime import date, time
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictStr, field_validator, model_validator

CaseKind = Literal["consultation", "contact", "referral"]
ClockKind = Literal["elapsed_hours", "working_hours", "working_days", "calendar_months", "in_hours"]
FeedName = Literal["consultations", "contacts", "children", "referrals", "annex_a"]
SourceCode = Literal[
    "1A", "1B", "1C", "1D", "2A", "2B", "3A", "3B", "3C", "3D", "3E", "3F", "4",
    "5A", "5B", "5C", "5D", "6", "7", "8", "9", "10",
]  # fmt: skip
Text = Annotated[str, Field(min_length=1)]
Positive = Annotated[int, Field(ge=1, strict=True)]
Outward = Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9][0-9A-Z]?$")]


class Entry(BaseModel):
    """A part of a profile: cannot be changed, and knows no key that is not declared."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Dated(Entry):
    """A rule in force from `starts_on` to `ends_on`, both days included; no end means still in force."""

    starts_on: date
    ends_on: date | None = None
    source: Text

    @model_validator(mode="after")
    def ends_after_start(self) -> Self:
        if self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("ends_on is before starts_on")
        return self

    def covers(self, day: date) -> bool:
        """True when the rule is in force on that day."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)

    def overlaps(self, other: Dated) -> bool:
        """True when both rules are in force on at least one day."""
        return self.starts_on <= (other.ends_on or date.max) and other.starts_on <= (self.ends_on or date.max)


class Authority(Entry):
    """The authority itself; `freshness_hours` is how old data may be before Today warns."""

    name: Text
    ons_code: Annotated[str, Field(pattern=r"^E\d{8}$")]
    region: Text
    region_code: Annotated[str, Field(pattern=r"^E\d{8}$")]
    freshness_hours: Positive


class Hours(Dated):
    """Opening hours on the given weekdays (1 = Monday … 7 = Sunday), local time, closing not included."""

    days: tuple[Annotated[int, Field(ge=1, le=7, strict=True)], ...] = Field(min_length=1)
    opens: time
    closes: time
    is_assumption: StrictBool = False

    @field_validator("opens", "closes", mode="before")
    @classmethod
    def clock_time(cls, value: object) -> object:
        if isinstance(value, str) and re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
            return value
        raise ValueError('a time is written "HH:MM", from "00:00" to "23:59"')

    @model_validator(mode="after")
    def opens_before_closing(self) -> Self:
        if self.opens >= self.closes:
            raise ValueError("opens must be before closes")
        return self


class Closure(Entry):
    """A day on which the front door is closed besides weekends and bank holidays."""

    on: date
    reason: Text
    source: Text


class Feed(Entry):
    """How a feed is delivered and how its local column names and values map to the contract's."""

    mode: Literal["full", "increment"] = "full"
    encoding: Text = "utf-8"
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}

    @field_validator("encoding")
    @classmethod
    def known_encoding(cls, value: str) -> str:
        try:
            return codecs.lookup(value).name
        except LookupError:
            raise ValueError("is not the name of an encoding, such as utf-8 or windows-1252") from None


class Windows(Entry):
    """Windows for linking and counting; the unit is in each name."""

    consultation_to_request_days: Positive
    contact_to_referral_working_days: Positive
    duplicate_days: Positive
    resubmission_hours: Positive
    lookback_months: Positive
    source: Text


class Clock(Dated):
    """A clock rule: it runs for a case that starts on a day in force and for which all conditions hold."""

    name: Text
    title: Text
    case: CaseKind
    kind: ClockKind
    limit: Positive | None = None
    chase_after: Positive | None = None
    starts: Text
    stops: Text | None = None
    applies_when: dict[str, tuple[StrictBool | StrictStr, ...]] = {}
    needs: tuple[str, ...] = ()

    @model_validator(mode="after")
    def has_limit_and_stop(self) -> Self:
        parts = (self.limit, self.stops)
        if self.kind == "in_hours" and any(parts):
            raise ValueError("an in_hours clock has neither limit nor stops")
        if self.kind != "in_hours" and not all(parts):
            raise ValueError(f"a clock of kind {self.kind} needs limit and stops")
        return self


class Practice(Dated):
    """A rule of the front door that is not a clock: what is allowed, expected or offered, in plain words."""

    name: Text
    values: tuple[str, ...] = ()
    title: Text


class AgencyType(Entry):
    """A local agency type and the DfE referral source code it maps to."""

    label: Text
    source_code: SourceCode


class Agency(Entry):
    """An organisation whose name may be kept."""

    name: Text
    source_code: SourceCode


class District(Entry):
    """A district and the outward postcodes that lie in it."""

    name: Text
    outward: tuple[Outward, ...] = ()


class Reason(Entry):
    """A primary or secondary reason: attested on the form, or illustrative because the list is not public."""

    label: Text
    is_attested: StrictBool = False
    is_illustrative: StrictBool = False
    source: Text


class Completeness(Entry):
    """The fields of a contact that count towards completeness on one channel."""

    fields: tuple[str, ...] = Field(min_length=1)


class Event(Entry):
    """A dated change that readers of a chart must know of; `rebases` starts new control limits."""

    on: date
    title: Text
    rebases: StrictBool = False
    source: Text


class Target(Dated):
    """A target for a measure or a clock, with its floor, both as percentages."""

    measure: Text
    target: Annotated[float, Field(ge=0, le=100)]
    floor: Annotated[float, Field(ge=0, le=100)]


class Population(Entry):
    """Children aged 0–17 at the middle of a year."""

    year: Annotated[int, Field(ge=2000, le=2100)]
    aged_0_17: Positive
    source: Text


class Label(Dated):
    """A word of a vocabulary that the authority uses."""

    label: Text
