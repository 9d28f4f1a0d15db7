"""What a page behind a link may show, and which page it is. Pure.

A link can be passed on, so the page shows what the buyer needs to know the order again, and no more of the person.
"""

import re
from typing import Literal

Stage = Literal[
    "choose", "answer", "kept", "shipped", "told", "tell", "repairing", "by_hand", "repaired", "offered", "swap", "swapped", "asked",
    "declined",
]  # fmt: skip
"""choose a reason · answer to it · kept · shipped: too late · told: cancelled · tell: cancelled, the reason is missing · repairing: the
shop's system is at it · by_hand: the staff are · repaired: kept, and put right · offered: something in place of an item · swap: the new
order first · swapped: it stands, and the old one is cancelled · asked: the shop decides · declined: it said no."""

_HAN_OR_KANA = re.compile(r"[\u3040-\u30ff\uff66-\uff9f\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")


_REPAIRS: dict[str, Stage] = {"asked": "repairing", "by_hand": "by_hand", "offered": "offered"}


def stage(
    *,
    is_cancelled: bool,
    is_shipped: bool,
    request_state: str | None,
    has_reason: bool,
    is_again: bool = False,
    repair_state: str | None = None,
    swap_state: str | None = None,
) -> Stage:
    """Which page the cancel link opens. `is_again`: the buyer asked for the list of reasons once more.

    `repair_state`, `swap_state`: of the wish's newest repair and its swap.
    """
    is_open = request_state in ("considering", "asked")
    if swap_state in ("ordered", "done") and (request_state == "requested" or is_cancelled):
        return "swapped"
    if request_state == "requested" or is_cancelled or request_state == "cancelled":
        return "told" if has_reason or request_state == "requested" else "tell"
    if is_open and swap_state == "ordered":
        return "swap"
    if is_shipped:
        return "shipped"
    if is_open and repair_state in _REPAIRS:
        return _REPAIRS[repair_state]
    if is_open and swap_state == "open" and not is_again:
        return "swap"
    if request_state == "asked":
        return "asked"
    return "choose" if is_again else _decided(request_state, repair_state)


def _decided(request_state: str | None, repair_state: str | None) -> Stage:
    """The page of a wish that waits for nobody but its buyer."""
    if request_state == "considering":
        return "answer"
    if request_state == "declined":
        return "declined"
    if request_state == "kept":
        return "repaired" if repair_state == "done" else "kept"
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
