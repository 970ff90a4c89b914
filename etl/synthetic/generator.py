"""Writes the four input files of an authority, and says what is true of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import numpy as np

from etl.profile import Profile
from etl.synthetic import cells, particulars
from etl.synthetic.calibration import CONSULTATIONS_PER_EVENT, Calibration, calibration
from etl.synthetic.children import draw_children
from etl.synthetic.columns import Columns
from etl.synthetic.consultations import draw_consultations
from etl.synthetic.contacts import handle
from etl.synthetic.events import draw_events
from etl.synthetic.referrals import draw_referrals
from etl.synthetic.timeline import Timeline, timeline
from etl.synthetic.truths import Written, exact
from etl.synthetic.truths import truths as count_truths
from etl.synthetic.writing import FORMATS, register, write

FEEDS = ("consultations", "contacts", "children", "referrals")
PILE_SHARE = 0.004
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class Generated:
    """The files written, by feed, the extract moment (local) that names them, and what is true of them."""

    files: dict[str, Path]
    extract_at: datetime
    truths: dict[str, Any]


@dataclass(frozen=True)
class Order:
    """What was asked for, with the authority's figures and span worked out."""

    profile: Profile
    figures: Calibration
    span: Timeline
    total: int
    seed: int
    characters: int | None
    dirt: float

    def random(self, part: str) -> np.random.Generator:
        """Random numbers of one part: a change in one part leaves the others as they are."""
        return np.random.default_rng([self.seed, zlib.crc32(f"{self.profile.code}/{part}".encode())])


def generate(
    profile: Profile,
    folder: Path,
    *,
    months: int = 60,
    scale: float = 1.0,
    seed: int = 7,
    until: datetime | date | None = None,
    file_format: str = "csv",
    truths: Path | None = None,
    narrative_characters: int | None = None,
    contacts: int | None = None,
    dirt: float = 0.0,
    progress: Progress | None = None,
) -> Generated:
    """Writes `folder/<code>/<feed>_<YYYY-MM-DDTHHMM>.<ext>` for the four feeds; all cells are text.

    The span is `months` calendar months, the last one being that of `until` (local time; a date means its 23:59;
    without it: now). With `until`, the same arguments write the same bytes.

    Volumes: at scale 1 an authority has its own referrals a year (Kent 24,035) and 75,000 contact events a year for
    each 24,035 of them, on average over the span: less before the step at one third of it, more after. Contact events
    are exact to one; children are exactly 1.7 a contact, rounded; referrals are within about 1 %, since the latest
    contacts are undecided. Children per referral follow from these (Kent 5.3; the country's 4.8 is not kept).
    `contacts` sets the number of events, and everything else in proportion. `narrative_characters` is the length of
    every filled narrative field. `dirt` is the share (0–1) of contacts with a planted mistake, and adds total rows.

    Raises ValueError for an unknown format, no months, or numbers that are not positive.
    """
    tell = progress or (lambda _step, _share: None)
    _check(months, scale, file_format, contacts, dirt)
    span = timeline(_moment(until), months, tuple(closure.on for closure in profile.closures))
    figures = calibration(profile)
    total = contacts or max(40, round(figures.events_a_year * scale * span.length_months / 12))
    order = Order(profile, figures, span, total, seed, narrative_characters, dirt)
    tables, planted = _tables(order, tell)
    files = _write(order, tables, folder / profile.code, file_format, tell)
    if truths:
        truths.parent.mkdir(parents=True, exist_ok=True)
        truths.write_text(json.dumps(planted, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    tell("done", 1.0)
    return Generated(files, span.until, planted)


def _check(months: int, scale: float, file_format: str, contacts: int | None, dirt: float) -> None:
    if file_format not in FORMATS:
        raise ValueError(f"format {file_format!r} is not one of {', '.join(FORMATS)}")
    if months < 1 or scale <= 0 or (contacts is not None and contacts < 40):
        raise ValueError("months must be 1 or more, scale above 0, contacts 40 or more")
    if not 0 <= dirt <= 0.2:
        raise ValueError("dirt is a share from 0 to 0.2")


def _moment(until: datetime | date | None) -> datetime:
    """The extract moment, local and naive, to the minute."""
    if until is None:
        until = datetime.now(ZoneInfo("Europe/London"))
    if not isinstance(until, datetime):
        return datetime.combine(until, time(23, 59))
    local = until.astimezone(ZoneInfo("Europe/London")) if until.tzinfo else until
    return local.replace(tzinfo=None, second=0, microsecond=0)


def _tables(order: Order, tell: Progress) -> tuple[dict[str, Columns], dict[str, Any]]:
    profile, figures, span = order.profile, order.figures, order.span
    tell("contacts", 0.02)
    events = draw_events(order.random("events"), profile, figures, span, order.total)
    pile = max(3, round(PILE_SHARE * order.total * 12 / max(span.length_months, 1)))
    handle(order.random("contacts"), events, figures, span, pile)
    tell("children", 0.15)
    children = draw_children(order.random("children"), events)
    tell("referrals", 0.22)
    referrals = draw_referrals(order.random("referrals"), profile, figures, span, events, children)
    tell("consultations", 0.28)
    size = round(order.total * CONSULTATIONS_PER_EVENT)
    consultations = draw_consultations(order.random("consultations"), profile, figures, span, events, size)
    rng = order.random("particulars")
    particulars.complete_contacts(rng, profile, span, events, order.characters)
    particulars.complete_children(rng, events, children)
    particulars.complete_consultations(rng, profile, consultations, order.characters)
    particulars.complete_referrals(referrals)
    soiled = particulars.soil(order.random("dirt"), events, order.dirt)
    tell("truths", 0.35)
    found = count_truths(Written(profile, span, figures, events, children, referrals, consultations))
    found["planted_mistakes"] = exact(soiled, "rows with a mistake by kind; the other truths are without them")
    planted = {**_about(order), "truths": found}
    tables = dict(zip(FEEDS, (consultations, events, children, referrals), strict=True))
    return tables, planted


def _about(order: Order) -> dict[str, Any]:
    return {
        "authority": order.profile.code,
        "extract_at": f"{order.span.until:%Y-%m-%d %H:%M}",
        "first_day": f"{order.span.first}",
        "months": order.span.months,
        "seed": order.seed,
        "dirt": order.dirt,
    }


def _write(order: Order, tables: dict[str, Columns], folder: Path, file_format: str, tell: Progress) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    prefix = order.profile.code[:1].upper()
    stamp = f"{order.span.until:%Y-%m-%dT%H%M}"
    columns = {feed: getattr(cells, feed)(prefix) for feed in FEEDS}
    files = {feed: folder / f"{feed}_{stamp}.{file_format}" for feed in FEEDS}
    # One thread writes in order as it goes; several would hold the rows of all in memory until their turn.
    with duckdb.connect(config={"threads": 1}) as connection:
        for number, feed in enumerate(FEEDS):
            tell(f"writing {feed}", 0.4 + 0.15 * number)
            register(connection, f"{feed}_rows", tables[feed])
            write(connection, cells.query(f"{feed}_rows", columns[feed], total_row=order.dirt > 0), files[feed])
            connection.unregister(f"{feed}_rows")
    return files
