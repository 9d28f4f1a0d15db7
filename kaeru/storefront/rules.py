"""What a page behind a link may show, and which page it is. Pure.

A link can be passed on, so the page shows what the buyer needs to know the order again, and no more of the person.
"""

import re
from collections.abc import Sequence
from typing import Literal
from urllib.parse import quote

Stage = Literal["choose", "answer", "kept", "shipped", "told", "tell"]
"""choose a reason · answer to it · kept · shipped: too late · told: cancelled · tell: cancelled, the reason is missing."""

_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


def stage(
    *,
    is_cancelled: bool,
    is_shipped: bool,
    request_state: str | None,
    has_reason: bool,
    is_again: bool = False,
) -> Stage:
    """Which page the cancel link opens. `is_again`: the buyer asked for the list of reasons once more."""
    if request_state == "requested" or is_cancelled or request_state == "cancelled":
        return "told" if has_reason else "tell"
    if is_shipped:
        return "shipped"
    if request_state == "considering" and not is_again:
        return "answer"
    if request_state == "kept" and not is_again:
        return "kept"
    return "choose"


def mask_name(name: str) -> str:
    """The first letter of the name: enough to know oneself again.

    >>> mask_name("山田 はるか"), mask_name("Hanna Weber"), mask_name("")
    ('山＊＊', 'H***', '')
    """
    first = name.strip()[:1]
    if not first:
        return ""
    return first + ("＊＊" if _HAN_OR_KANA.match(first) else "***")


def mask_mail(address: str) -> str:
    """The first letter and the domain.

    >>> mask_mail("haruka@example.jp")
    'h***@example.jp'
    """
    name, at, domain = address.partition("@")
    return f"{name[:1]}***@{domain}" if at and name else ""


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
