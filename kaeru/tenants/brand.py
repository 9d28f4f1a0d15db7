"""The shop's own colours on the shopper's page: a tiny stylesheet for each shop, because inline style is forbidden. Pure.

A shop chooses two colours, and text stays readable whatever they are: each is made lighter or darker until it does, by day and at night.
"""

from dataclasses import dataclass

from kaeru.core.colours import Colour, code, contrast, ink_on, mixed, parse, readable

PAPER = "#faf8f2"
_PAPER, _NIGHT, _WHITE, _BLACK = (0xFA, 0xF8, 0xF2), (0x17, 0x1A, 0x16), (255, 255, 255), (0, 0, 0)
_DAY_INKS = (
    (parse("#23261f"), 7.0), (parse("#5c5f54"), 4.5), (parse("#8b8a7c"), 3.0), (parse("#9c3526"), 4.5),
    (parse("#805200"), 4.5),
)  # fmt: skip
_NIGHT_INKS = (
    (parse("#e9e7de"), 7.0), (parse("#abada1"), 4.5), (parse("#7d8375"), 3.0), (parse("#f2a08d"), 4.5),
    (parse("#e5b762"), 4.5),
)  # fmt: skip
"""What is written on the page (`tokens.css`): text, soft text, edges, and the two colours that warn; with the least contrast."""


@dataclass(frozen=True, slots=True)
class Shades:
    """The shop's colours as they are shown, by day and at night."""

    brand: Colour
    on_brand: Colour
    paper: tuple[Colour, Colour]
    wash: tuple[Colour, Colour]
    """Behind the shop's answer."""
    text: tuple[Colour, Colour]
    """Links and marks in the shop's colour."""


def _held(paper: Colour, towards: Colour, inks: tuple[tuple[Colour, float], ...]) -> Colour:
    """The nearest shade of the paper on which all of this can be read."""
    for step in range(21):
        shade = mixed(paper, towards, step / 20)
        if all(contrast(ink, shade) >= least for ink, least in inks):
            return shade
    return towards


def shades(color: str, paper: str = PAPER) -> Shades:
    """How the shop's two colours (#rrggbb) are shown."""
    brand = parse(color)
    chosen = parse(paper) if paper.lower() != PAPER else _PAPER
    day = chosen if chosen == _PAPER else _held(chosen, _WHITE, _DAY_INKS)
    night = _NIGHT if chosen == _PAPER else _held(mixed(_NIGHT, chosen, 0.08), _BLACK, _NIGHT_INKS)
    wash = (mixed(day, brand, 0.1), mixed(night, brand, 0.25))
    text = (readable(readable(brand, wash[0]), day), readable(readable(brand, wash[1]), night))
    return Shades(brand, ink_on(brand), (day, night), wash, text)


def brand_css(color: str, paper: str = PAPER) -> str:
    """The stylesheet of a shop with these colours (#rrggbb)."""
    shown = shades(color, paper)
    values = {"--brand": code(shown.brand), "--on-brand": code(shown.on_brand)}
    if shown.paper[0] != _PAPER:
        values["--paper"] = _both(shown.paper)
    values |= {"--brand-wash": _both(shown.wash), "--brand-text": _both(shown.text)}
    return ":root{" + ";".join(f"{name}:{value}" for name, value in values.items()) + "}\n"


def _both(pair: tuple[Colour, Colour]) -> str:
    return f"light-dark({code(pair[0])},{code(pair[1])})"
