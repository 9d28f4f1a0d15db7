"""支払い方法の変更: on the shop's own page where it has one, else by a safe swap: the new order first, the old one after."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from kaeru.cancellations.models import Repair
from kaeru.cancellations.repairs.base import Form, Item, Plain, Read, Stage


class Payment(Plain):
    """No system changes how a standing order is paid, so that the order is made anew."""

    name = "payment"
    label = lazy("Another way to pay")
    reasons = frozenset({"change_payment"})
    template = "storefront/repair/payment.html"

    def show(self, stage: Stage, form: Form) -> Mapping[str, Any] | None:
        """The shop's page, and the way by a new order."""
        return {"page": stage.terms.payment_page(stage.order.number), "minutes": stage.terms.swap_minutes}

    def read(self, stage: Stage, form: Form) -> Read:
        """Nothing to type: how it is paid is chosen in the shop."""
        return Read({"swap": True})

    def cart(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Item]:
        """The same items."""
        return [(line.variant_id or line.sku or line.product_id, line.quantity) for line in stage.lines]

    def says(self, repair: Repair, language: str) -> str:
        """What is wished."""
        with override(language):
            return _("Another way to pay")


KIND = Payment()
