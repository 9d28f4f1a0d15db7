"""The shop's own colour on the shopper's page: a tiny stylesheet for each shop, because inline style is forbidden.

A shop may choose any colour; the text on it and text in it stay readable (WCAG 2.2, 4.5 to 1) on light and dark paper.
"""

import re

_PAPER, _NIGHT = (0xFA, 0xF8, 0xF2), (0x17, 0x1A, 0x16)
_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_READABLE = 4.5
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
DEFAULT = "#2b6a3d"

Colour = tuple[int, int, int]


def _linear(channel: int) -> float:
    part = channel / 255
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def luminance(colour: Colour) -> float:
    """Relative luminance, 0 to 1 (WCAG)."""
    red, green, blue = (_linear(channel) for channel in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def parse(text: str) -> Colour:
    """The colour of `#rrggbb`; anything else is Kaeru's own green."""
    code = text if _HEX.fullmatch(text or "") else DEFAULT
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


def _mixed(colour: Colour, other: Colour, part: float) -> Colour:
    red, green, blue = (round(mine * (1 - part) + theirs * part) for mine, theirs in zip(colour, other, strict=True))
    return red, green, blue


def readable(colour: Colour, paper: Colour) -> Colour:
    """The nearest shade of the colour that can be read as text on the paper."""
    towards = _BLACK if luminance(paper) > 0.5 else _WHITE
    for step in range(21):
        shade = _mixed(colour, towards, step / 20)
        if contrast(shade, paper) >= _READABLE:
            return shade
    return towards


def _on(colour: Colour) -> Colour:
    return max(_WHITE, _BLACK, key=lambda ink: contrast(ink, colour))


def _hex(colour: Colour) -> str:
    return "#" + "".join(f"{channel:02x}" for channel in colour)


def brand_css(text: str) -> str:
    """The stylesheet of a shop whose colour is `text` (#rrggbb)."""
    brand = parse(text)
    values = {
        "--brand": _hex(brand),
        "--on-brand": _hex(_on(brand)),
        "--brand-wash": f"light-dark({_hex(_mixed(_PAPER, brand, 0.1))},{_hex(_mixed(_NIGHT, brand, 0.25))})",
        "--brand-text": (
            f"light-dark({_hex(readable(brand, _mixed(_PAPER, brand, 0.1)))},"
            f"{_hex(readable(brand, _mixed(_NIGHT, brand, 0.25)))})"
        ),
    }
    return ":root{" + ";".join(f"{name}:{value}" for name, value in values.items()) + "}\n"
