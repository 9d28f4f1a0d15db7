"""Plots: what is drawn stays inside, says its numbers as text, and is whole XML."""

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kaeru.console.plots import NARROW, WIDE, Range, Series, columns, ranges, strips

NUMBERS = st.one_of(st.none(), st.floats(-1e7, 1e7, allow_nan=False))
SVG = "{http://www.w3.org/2000/svg}"


def yen(value: float) -> str:
    return f"¥{value:,.0f}"


def read(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


@settings(max_examples=40)
@given(st.lists(NUMBERS, min_size=1, max_size=14), st.sampled_from((WIDE, NARROW)))
def test_it_draws_any_months_inside_of_the_picture(values: list[float | None], width: int) -> None:
    names = [f"{at + 1}月" for at in range(len(values))]
    told = [Series("奪われた", values, "bad"), Series("戻った", values), Series("もともと", values, is_mark=True)]
    drawn = read(columns("月ごと", names, told, yen, width))
    _, _, right, bottom = map(float, drawn.attrib["viewBox"].split())
    for bar in drawn.iter(f"{SVG}rect"):
        x, y, wide, tall = (float(bar.attrib[name]) for name in ("x", "y", "width", "height"))
        assert x >= 0 and x + wide <= right + 2 and y >= 0 and y + tall <= bottom
    assert drawn[0].text == "月ごと"


@settings(max_examples=40)
@given(st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), max_size=6), st.sampled_from((WIDE, NARROW)))
def test_it_draws_any_interval_inside_of_the_picture(
    ends: list[tuple[float | None, float | None, float | None]], width: int
) -> None:
    rows = [Range("すべてのシナリオ" * 4, *one, "+4.0ポイント", "good") for one in ends]
    drawn = read(ranges("違い", rows, yen, width))
    for dot in drawn.iter(f"{SVG}circle"):
        assert 0 <= float(dot.attrib["cx"]) <= width


def test_it_says_each_column_as_text() -> None:
    drawn = columns("Months", ["Oct", "Nov"], [Series("Taken", [1200, None], "bad")], yen)
    assert "<title>Oct Taken: ¥1,200</title>" in drawn and "Nov Taken" not in drawn


def test_it_escapes_what_shops_call_things() -> None:
    drawn = strips("<b>", ["10月"], [Series('"><script>', [3.0])], yen)
    assert "<script>" not in drawn and "<b>" not in drawn
    read(drawn)


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_it_draws_nothing_of_nothing(width: int) -> None:
    for drawn in (columns("", [], [], yen, width), strips("", [], [], yen, width), ranges("", [], yen, width)):
        read(drawn)


def test_it_measures_strips_alike() -> None:
    drawn = read(strips("Reasons", ["a", "b"], [Series("A", [10, 5]), Series("B", [5, 0])], yen))
    tall = [float(bar.attrib["height"]) for bar in drawn.iter(f"{SVG}rect")]
    assert tall[0] == pytest.approx(2 * tall[1], rel=0.01) and tall[1] == tall[2]
