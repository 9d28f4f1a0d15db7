"""Policies to start from, and the usual one: what most shops mean when they say "before it is shipped"."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_SHIPPED = {"field": "order.is_shipped", "op": "is", "value": True}
_LATE = {"field": "order.passed_cutoff", "op": "is", "value": True}


@dataclass(frozen=True, slots=True)
class Ready:
    """One policy to start from."""

    code: str
    label: str | Promise
    hint: str | Promise
    document: Mapping[str, Any]


def _document(*rules: Mapping[str, Any], cutoff: str | None = None) -> Mapping[str, Any]:
    refund = {"coupons": "shop_side", "points": "always", "form_url": ""}
    return {
        "cutoff": cutoff, "rules": list(rules), "otherwise": "accept", "otherwise_ground": "", "grounds": {}, "refund": refund,
    }  # fmt: skip


def _rule(key: str, name: str, when: Any, result: str, ground: str = "") -> Mapping[str, Any]:
    return {"id": key, "name": name, "when": when, "result": result, "ground": ground}


READY = (
    Ready(
        "before_shipping", _("By itself until it is shipped"), _("Cancelled at once before the parcel leaves; not after it."),
        _document(_rule("shipped", "発送済み", _SHIPPED, "refuse", "shipped")),
    ),
    Ready(
        "before_cutoff", _("By itself until the cut-off"), _("Cancelled at once until the warehouse takes over at 14:00; then you are asked."),
        _document(
            _rule("shipped", "発送済み", _SHIPPED, "refuse", "shipped"),
            _rule("passed_cutoff", "締め時間のあと", _LATE, "ask", "passed_cutoff"),
            cutoff="14:00",
        ),
    ),
    Ready(
        "made_to_order", _("Made to order is asked about"), _("What is made for the order is decided by you; everything else until it is shipped."),
        _document(
            _rule("shipped", "発送済み", _SHIPPED, "refuse", "shipped"),
            _rule(
                "made_to_order", "注文後にお作りする商品",
                {"field": "order.product_tag", "op": "has_any", "value": ["made-to-order", "受注生産"]}, "ask", "made_to_order",
            ),
        ),
    ),
)  # fmt: skip
"""The first is offered first."""


def ready(code: str) -> Ready | None:
    """The one of this code."""
    return next((one for one in READY if one.code == code), None)
