"""The address that rebuilds a cart in the shop. Pure."""

from collections.abc import Sequence
from urllib.parse import quote


def cart_address(template: str, items: Sequence[tuple[str, int]], coupon: str, ref: str) -> str:
    """The shop's address that rebuilds the cart: `{items}` becomes `id:quantity,…`; empty without a web address or items.

    >>> cart_address("https://s.example/cart?items={items}&coupon={coupon}&ref={ref}", [("MUG-1", 2)], "", "r1")
    'https://s.example/cart?items=MUG-1:2&coupon=&ref=r1'
    """
    wanted = ",".join(f"{quote(item, safe='')}:{quantity}" for item, quantity in items if item and quantity > 0)
    if not template.startswith(("https://", "http://")) or not wanted:
        return ""
    return (
        template.replace("{items}", wanted)
        .replace("{coupon}", quote(coupon, safe=""))
        .replace("{ref}", quote(ref, safe=""))
    )
