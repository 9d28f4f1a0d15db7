"""送料無料まで: what is missing for free delivery, and what would close the gap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from kaeru.cancellations.models import Repair
from kaeru.cancellations.repairs import queries
from kaeru.cancellations.repairs.base import Form, Item, Plain, Read, Stage
from kaeru.connectors.changes import Change, ChangeLines
from kaeru.offers import shipping


@dataclass(frozen=True, slots=True)
class Offer:
    """One suggestion as the page shows it."""

    variant_id: str
    title: str
    variant: str
    quantity: int
    amount: int
    """What the items cost."""
    more: int
    """What the order costs more than now: the items without the fee that falls away; below 0 when it costs less."""
    total: int
    """What the order costs then."""


class FreeShipping(Plain):
    """Up to three items that fit, one tap each; or one parcel together with another open order."""

    name = "free_shipping"
    label = lazy("Free delivery")
    reasons = frozenset({"shipping_fee_too_high"})
    template = "storefront/repair/free_shipping.html"

    def show(self, stage: Stage, form: Form) -> Mapping[str, Any] | None:
        """Nothing, when delivery is free already or never is."""
        missing = _missing(stage)
        if not missing:
            return None
        offers, others = self._offers(stage), self._others(stage)
        if not offers and not others:
            return None
        return {"missing": missing, "fee": stage.order.shipping_fee, "offers": offers, "others": others}

    def read(self, stage: Stage, form: Form) -> Read:
        """One of the suggestions as it stands now, or another order of the same customer."""
        chosen = form.get("add", "")
        for offer in self._offers(stage) if chosen else ():
            if offer.variant_id == chosen:
                return Read(
                    {"variant_id": chosen, "title": offer.title, "quantity": offer.quantity, "more": offer.more}
                )
        for order in self._others(stage) if form.get("with") else ():
            if str(order.id) == form["with"]:
                return Read({"with": order.id, "number": order.number})
        return Read(problems={"": _("Please choose one. What can be chosen may have changed meanwhile.")})

    def changes(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Change]:
        """The item is added, and the fee falls away."""
        if "variant_id" not in asked:
            return ()
        return (ChangeLines(added=((str(asked["variant_id"]), int(asked["quantity"])),), shipping_fee=0,
                            given_back=max(0, -int(asked["more"]))),)  # fmt: skip

    def cart(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Item]:
        """The order's own items and the new one."""
        if "variant_id" not in asked:
            return ()
        own = [(line.variant_id or line.sku or line.product_id, line.quantity) for line in stage.lines]
        return (*own, (str(asked["variant_id"]), int(asked["quantity"])))

    def says(self, repair: Repair, language: str) -> str:
        """What is added, or with which order it goes."""
        with override(language):
            if "with" in repair.asked:
                return _("In one parcel with order %(number)s") % {"number": repair.asked.get("number", "")}
            told = {"title": repair.asked.get("title", ""), "quantity": repair.asked.get("quantity", 1)}
            return _("Added for free shipping: %(title)s × %(quantity)s") % told

    def _offers(self, stage: Stage) -> list[Offer]:
        terms, now = stage.shipping, stage.sums
        if terms is None or not _missing(stage):
            return []
        mine = {line.variant_id for line in stage.lines} | {line.product_id for line in stage.lines}
        sold = {
            one.variant_id: one
            for one in queries.sold(stage.order.shop_id, stage.order.currency)
            if one.variant_id not in mine and one.product_id not in mine
        }
        items = [shipping.Item(one.variant_id, one.unit_price, one.bought) for one in sold.values()]
        found = []
        for fit in shipping.suggest(_missing(stage), items):
            one = sold[fit.key]
            after = shipping.recount(now, now.subtotal + fit.amount, terms)
            found.append(
                Offer(
                    one.variant_id,
                    one.title,
                    one.variant,
                    fit.quantity,
                    fit.amount,
                    after.total - now.total,
                    after.total,
                )
            )
        return found

    def _others(self, stage: Stage) -> list[Any]:
        terms = stage.shipping
        if terms is None:
            return []
        return [
            order
            for order in queries.others_open(stage.order)
            if shipping.is_free(stage.sums.subtotal + (order.subtotal or order.total - order.shipping_fee), terms)
        ]


def _missing(stage: Stage) -> int:
    """What is missing for free delivery; 0 when there is nothing to gain by it."""
    if stage.shipping is None or stage.order.shipping_fee <= 0:
        return 0
    return shipping.gap(stage.sums.subtotal, stage.shipping)


KIND = FreeShipping()
