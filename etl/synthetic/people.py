"""Invented people: names that nobody bears, families, and how they come back to the front door."""

from __future__ import annotations

import numpy as np

from etl.synthetic.columns import Array, minutes

FIRST_NAMES = (
    "Zorblax", "Quillon", "Wibbly", "Fenwickle", "Tamsilla", "Jorvane", "Plinka", "Oddwin", "Mirabock", "Snorrel",
    "Bexter", "Yolanthia", "Crumbert", "Dapplin", "Elfrink", "Gwimble", "Hobnella", "Ickabert", "Klementine-Q",
    "Lumpkin", "Nobbins", "Orlabeth", "Pipwick", "Rumbelina", "Tuftine", "Umbrick", "Vexley", "Whiskett",
)  # fmt: skip
SURNAMES = (
    "Testperson", "Examplington", "Sampleworth", "Fictionby", "Placeholder", "Mockingham", "Dummifield",
    "Inventley", "Notreal", "Pretendwick", "Fabricate", "Imaginor", "Specimen", "Stubbs-Sample", "Testleigh",
    "Makebelieve", "Exemplar", "Figmenton", "Phantomby", "Demoson",
)  # fmt: skip
SYLLABLES = tuple(a + b for a in ("bli", "dro", "fub", "gle", "nop", "quo", "snu", "tri", "vum", "zib")
                  for b in ("bax", "dle", "fin", "kel", "mon", "nit", "pum", "rus", "ton", "wug"))  # fmt: skip
FAMILY_SIZES = (0.46, 0.28, 0.16, 0.07, 0.03)
A_DAY = 1440
MOST_REREFERRED = 0.9


def families(
    rng: np.random.Generator, received: Array, can_return: Array, converting: Array, rereferral_share: float
) -> Array:
    """The family number (n,) of every contact, from 0, given in order of receipt.

    A third of the families come back; the share of converting contacts that follow an earlier converting one of the
    same family within 12 months is tuned to `rereferral_share` (0–1), measured after the first 12 months.
    """
    clock = received.astype(np.int64)
    parent = _returns(rng, clock, np.flatnonzero(can_return), 0.33, 5, 160)
    candidates = np.flatnonzero(converting & can_return)
    parent[candidates] = candidates
    again = _returns(rng, clock, candidates, 1.0, 6, 120)
    order = rng.random(len(clock))
    share = rereferral_share
    for _ in range(4):
        tried = np.where(order < share, again, parent)
        tried = np.where(converting, tried, parent)
        family = _roots(tried)
        measured = _rereferred(clock, family, candidates)
        share = min(MOST_REREFERRED, share * rereferral_share / measured) if measured > 0 else share
    return np.unique(family, return_inverse=True)[1]


def family_sizes(rng: np.random.Generator, family: Array, single: Array) -> Array:
    """The number of children (f,) of every family; one where a contact (n,) is marked `single`."""
    bounds = np.cumsum(FAMILY_SIZES)
    count = int(family.max(initial=-1)) + 1
    sizes = np.searchsorted(bounds / bounds[-1], rng.random(count), side="right") + 1
    sizes[family[single]] = 1
    return sizes


def surname(number: str) -> str:
    """SQL for a surname that is unique to a family or person number, given as SQL."""
    parts = f"{_listed(SYLLABLES)}[({number} // {len(SURNAMES)}) % 100 + 1]"
    more = f"{_listed(SYLLABLES)}[({number} // {len(SURNAMES) * 100}) % 100 + 1]"
    return f"{_listed(SURNAMES)}[{number} % {len(SURNAMES)} + 1] || '-' || {parts} || {more}"


def first_name(number: str) -> str:
    """SQL for a first name, given a person number as SQL."""
    return f"{_listed(FIRST_NAMES)}[{number} % {len(FIRST_NAMES)} + 1]"


def _listed(words: tuple[str, ...]) -> str:
    return "[" + ", ".join(f"'{word}'" for word in words) + "]"


def _returns(
    rng: np.random.Generator, clock: Array, rows: Array, share: float, least_days: int, mean_days: int
) -> Array:
    """For each contact the earlier one it follows (n,), itself when it follows none; only `rows` take part."""
    parent = np.arange(len(clock))
    lag = least_days + rng.exponential(mean_days, len(rows))
    lag = np.where(lag > 355, rng.uniform(least_days, 355, len(rows)), lag)
    place = np.searchsorted(clock[rows], clock[rows] - (lag * A_DAY).astype(np.int64), side="right") - 1
    found = (rng.random(len(rows)) < share) & (place >= 0)
    parent[rows[found]] = rows[place[found]]
    return parent


def _roots(parent: Array) -> Array:
    while True:
        further = parent[parent]
        if np.array_equal(further, parent):
            return parent
        parent = further


def _rereferred(clock: Array, family: Array, candidates: Array) -> float:
    order = candidates[np.lexsort((clock[candidates], family[candidates]))]
    same = family[order][1:] == family[order][:-1]
    close = same & (np.diff(clock[order]) <= 365 * A_DAY)
    mature = clock[order][1:] >= clock.min(initial=0) + 365 * A_DAY
    return float(close[mature].mean()) if mature.any() else 0.0


def shift(moments: Array, least: float, most: float, rng: np.random.Generator) -> Array:
    """The moments (n,) moved later by between `least` and `most` hours."""
    return moments + minutes(rng.uniform(least * 60, most * 60, len(moments)))
