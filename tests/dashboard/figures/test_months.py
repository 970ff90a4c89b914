"""A month that is not whole is hollow and says which days it holds; a month without rows is 0."""

from __future__ import annotations

from datetime import date

from dashboard import theme
from dashboard.figures.months import month_figure, months

AS_AT = date(2026, 11, 22)


def test_the_month_of_the_extract_is_so_far() -> None:
    shown = months({date(2026, 10, 1): 5, date(2026, 11, 1): 2}, date(2026, 10, 1), AS_AT, AS_AT)
    assert [(month.rows, month.part) for month in shown] == [(5, ""), (2, "so far (to 22nd)")]


def test_cut_months_say_their_days() -> None:
    shown = months({}, date(2026, 3, 15), date(2026, 5, 10), AS_AT)
    assert [month.part for month in shown] == ["in part (from 15th)", "", "in part (to 10th)"]
    assert months({}, date(2026, 3, 3), date(2026, 3, 9), AS_AT)[0].part == "in part (3rd to 9th)"


def test_the_last_day_of_a_month_is_unfinished_too() -> None:
    ends = date(2026, 11, 30)
    assert months({}, date(2026, 11, 1), ends, ends)[0].part == "so far (to 30th)"


def test_a_month_without_rows_is_drawn_as_zero() -> None:
    shown = months({date(2026, 1, 1): 5, date(2026, 3, 1): 4}, date(2026, 1, 1), date(2026, 3, 31), AS_AT)
    assert month_figure(shown, "contacts", "r")["data"][0]["y"] == [5, 0, 4]


def test_hollow_bars_have_an_edge_and_no_filling() -> None:
    shown = months({}, date(2026, 10, 1), AS_AT, AS_AT)
    marker = month_figure(shown, "contacts", "r")["data"][0]["marker"]
    assert marker["color"] == [theme.CATEGORICAL[0], theme.CARD]
    assert marker["line"]["width"] == [0, 2]


def test_long_spans_have_few_labels() -> None:
    shown = months({}, date(2021, 11, 1), date(2026, 10, 31), AS_AT)
    figure = month_figure(shown, "contacts", "r")
    assert len(shown) == 60
    assert len(figure["layout"]["xaxis"]["tickvals"]) == 5
    assert figure["data"][0]["text"] is None
