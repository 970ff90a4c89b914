"""Invented narrative: words from a template, with the commas, quotes and line breaks that a file must survive."""

from __future__ import annotations

import numpy as np

from etl.synthetic.columns import Array

POOL = 1024
OPENINGS = ("Invented text,", "A made-up note:", "Sample wording,", "Fictional account:", "For testing only,")
PARTS = (
    'the sample person said "nothing of this happened", twice',
    "a placeholder visit took place, then another",
    "the example setting has seen a pretend change since the half-term",
    "mock agencies were told, as the template says",
    "nobody in this story exists; any likeness is chance",
    'somebody wrote "see above", although nothing is above',
    "an imaginary plan was agreed, on paper only",
    "the specimen family asks for specimen support",
)


def texts(rng: np.random.Generator, characters: int | None) -> tuple[str, ...]:
    """POOL texts of exactly `characters` characters each; without it, of the length their words happen to have."""
    return tuple(_text(rng, number, characters) for number in range(POOL))


def _text(rng: np.random.Generator, number: int, characters: int | None) -> str:
    size = 2 + characters // 30 if characters else int(rng.integers(1, 4))
    parts = [PARTS[place] for place in rng.integers(0, len(PARTS), size)]
    text = f"{OPENINGS[number % len(OPENINGS)]} {'. '.join(parts)}."
    if number % 9 == 0:
        text = text.replace(". ", ".\n", 1)
    return _cut(text, characters) if characters else text


def _cut(text: str, characters: int) -> str:
    """Exactly that many characters, never ending in a blank that a reader might strip."""
    cut = (text * (characters // len(text) + 1))[:characters]
    return cut if cut == cut.rstrip() else cut.rstrip() + "x" * (characters - len(cut.rstrip()))


def filled(rng: np.random.Generator, shown: Array, share: float) -> Array:
    """Positions in the pool (n,), -1 where the field stays blank: outside `shown` and for 1 - share of the rest."""
    size = len(shown)
    text = rng.integers(0, POOL, size)
    return np.where(shown & (rng.random(size) < share), text, -1)
