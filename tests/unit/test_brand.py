"""A shop's colour on the shopper's page can always be read."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.core.colours import DEFAULT, code, contrast, parse
from kaeru.tenants import brand
from kaeru.tenants.brand import PAPER, brand_css, shades

COLOURS = st.tuples(*[st.integers(0, 255)] * 3).map(lambda rgb: "#{:02x}{:02x}{:02x}".format(*rgb))


def _values(css: str) -> dict[str, list[str]]:
    return {name: re.findall(r"#[0-9a-f]{6}", value) for name, value in re.findall(r"(--[a-z-]+):([^;}]+)", css)}


@given(COLOURS)
def test_it_keeps_text_readable_whatever_the_colour(colour: str) -> None:
    values = _values(brand_css(colour))
    assert contrast(parse(values["--brand"][0]), parse(values["--on-brand"][0])) >= 4.5
    for text, wash in zip(values["--brand-text"], values["--brand-wash"], strict=True):
        assert contrast(parse(text), parse(wash)) >= 4.5


@pytest.mark.parametrize("text", ["", "red", "#fff", "#12345g", "#000000;}*{display:none", "expression(1)"])
def test_it_takes_its_own_green_for_anything_that_is_no_colour(text: str) -> None:
    assert brand_css(text) == brand_css(DEFAULT)


@given(COLOURS, COLOURS)
def test_it_keeps_text_readable_on_any_page(colour: str, paper: str) -> None:
    shown = shades(colour, paper)
    for place, inks in enumerate((("#23261f", "#5c5f54", "#9c3526"), ("#e9e7de", "#abada1", "#f2a08d"))):
        assert all(contrast(parse(ink), shown.paper[place]) >= 4.5 for ink in inks)
        assert contrast(shown.text[place], shown.wash[place]) >= 4.5
        assert contrast(shown.text[place], shown.paper[place]) >= 4.5


def test_it_says_nothing_of_the_page_unless_the_shop_chose_it() -> None:
    assert "--paper" not in brand_css("#2d6784", PAPER)
    assert "--paper:light-dark(#fff0f0," in brand_css("#2d6784", "#fff0f0")
    assert "--paper:light-dark(#f2f2f2," in brand_css("#2d6784", "#000000")


def test_it_knows_the_inks_of_the_pages() -> None:
    """The colours that the page is measured against are those of the stylesheet."""
    tokens = (Path(__file__).parents[2] / "kaeru/core/static/kaeru/tokens.css").read_text("utf-8")
    for name, day, night in (
        ("paper", brand._PAPER, brand._NIGHT),
        *((name, brand._DAY_INKS[n][0], brand._NIGHT_INKS[n][0]) for n, name in enumerate(INKS)),
    ):
        assert f"--{name}: light-dark({code(day)}, {code(night)});" in tokens


INKS = ("ink", "ink-soft", "edge", "brick", "amber")
