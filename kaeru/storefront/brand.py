"""The shop's own colour on the shopper's page: a tiny stylesheet for each shop, because inline style is forbidden."""

from kaeru.core.colours import code, ink_on, mixed, parse, readable

_PAPER, _NIGHT = (0xFA, 0xF8, 0xF2), (0x17, 0x1A, 0x16)


def brand_css(text: str) -> str:
    """The stylesheet of a shop whose colour is `text` (#rrggbb)."""
    brand = parse(text)
    values = {
        "--brand": code(brand),
        "--on-brand": code(ink_on(brand)),
        "--brand-wash": f"light-dark({code(mixed(_PAPER, brand, 0.1))},{code(mixed(_NIGHT, brand, 0.25))})",
        "--brand-text": (
            f"light-dark({code(readable(brand, mixed(_PAPER, brand, 0.1)))},"
            f"{code(readable(brand, mixed(_NIGHT, brand, 0.25)))})"
        ),
    }
    return ":root{" + ";".join(f"{name}:{value}" for name, value in values.items()) + "}\n"
