"""Colours that shops choose, kept readable (WCAG 2.2, 4.5 to 1)."""

import re

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
    told = text if _HEX.fullmatch(text or "") else DEFAULT
    return int(told[1:3], 16), int(told[3:5], 16), int(told[5:7], 16)


def mixed(colour: Colour, other: Colour, part: float) -> Colour:
    """The colour with this part (0 to 1) of the other in it."""
    red, green, blue = (round(mine * (1 - part) + theirs * part) for mine, theirs in zip(colour, other, strict=True))
    return red, green, blue


def readable(colour: Colour, paper: Colour) -> Colour:
    """The nearest shade of the colour that can be read as text on the paper."""
    towards = _BLACK if luminance(paper) > 0.5 else _WHITE
    for step in range(21):
        shade = mixed(colour, towards, step / 20)
        if contrast(shade, paper) >= _READABLE:
            return shade
    return towards


def ink_on(colour: Colour) -> Colour:
    """Black or white, whichever reads better on the colour."""
    return max(_WHITE, _BLACK, key=lambda ink: contrast(ink, colour))


def code(colour: Colour) -> str:
    """The colour as #rrggbb."""
    return "#" + "".join(f"{channel:02x}" for channel in colour)
