"""Bars stand in the vocabulary's order or by size, what tells nothing is grey and last, labels are escaped."""

from __future__ import annotations

from dashboard import theme
from dashboard.figures.bars import bar_figure, bars, shortened

COUNTS = [("Not recorded", 9), ("b", 2), ("Unmapped", 8), ("a", 5), ("Other", 7)]


def test_by_size_with_greys_last() -> None:
    found = bars(COUNTS, is_ordered=False)
    assert [bar.label for bar in found] == ["a", "b", "Other", "Unmapped", "Not recorded"]
    assert [bar.is_grey for bar in found] == [False, False, True, True, True]


def test_an_ordered_vocabulary_keeps_its_order() -> None:
    assert [bar.label for bar in bars(COUNTS, is_ordered=True)][:2] == ["b", "a"]


def test_a_long_tail_is_left_to_the_table() -> None:
    shown, tail = shortened(bars([(f"v{n}", 20 - n) for n in range(15)] + [("Unmapped", 1)], is_ordered=False))
    assert [bar.label for bar in shown][-2:] == ["v11", "Unmapped"]
    assert [bar.label for bar in tail] == ["v12", "v13", "v14"]


def test_a_label_is_never_markup() -> None:
    hostile = "<img src=x onerror=alert(1)>"
    figure = bar_figure(bars([(hostile, 1)], is_ordered=False), "contacts", "r")
    assert "<img" not in str(figure["layout"]["yaxis"]["ticktext"])
    assert "<img" not in str(figure["data"][0]["hovertext"])
    assert figure["data"][0]["customdata"] == [hostile]


def test_greys_are_muted() -> None:
    figure = bar_figure(bars([("a", 2), ("Unmapped", 1)], is_ordered=False), "contacts", "r")
    assert figure["data"][0]["marker"]["color"] == [theme.CATEGORICAL[0], theme.MUTED]
