"""A shop's colour on the shopper's page can always be read."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kaeru.core.colours import DEFAULT, contrast, parse
from kaeru.storefront.brand import brand_css

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
