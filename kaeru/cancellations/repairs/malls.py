"""Which repairs a shop's mall cannot carry out: said when they are offered, with what to do instead."""

from collections.abc import Collection
from typing import Final

from kaeru.connectors.capabilities import lacking
from kaeru.tenants.models import Shop

NEEDS: Final = {
    "address": "can_change_address",
    "coupon": "can_discount",
    "free_shipping": "can_change_lines",
    "lines": "can_change_lines",
    "payment": "can_draft",
}
"""The capability that a kind of repair needs; on a mall there is no other way, such as a cart that can be linked to."""


class MallCannot(ValueError):
    """`instead`: what to do, by kind of repair."""

    def __init__(self, instead: dict[str, str]) -> None:
        super().__init__("; ".join(instead.values()))
        self.instead = instead


def problems_at(shop: Shop, without: Collection[str]) -> dict[str, str]:
    """What to do instead of each kind that is offered and that the shop's mall cannot do; empty for a shop without a mall."""
    offered = {name: need for name, need in NEEDS.items() if name not in without}
    instead = {one.capability: one.instead for one in lacking(shop, set(offered.values()))}
    return {name: instead[need] for name, need in offered.items() if need in instead}
