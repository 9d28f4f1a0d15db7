"""クーポンの適用: a coupon that was forgotten is taken off the order that stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from kaeru.cancellations.models import Repair
from kaeru.cancellations.repairs.base import Form, Plain, Read, Stage
from kaeru.connectors.changes import AddDiscount, Change
from kaeru.core import money
from kaeru.offers import actions as offers
from kaeru.offers.errors import CouponNotFound
from kaeru.offers.rules import tidy_code

LONGEST = 40


class ForgottenCoupon(Plain):
    """A code, then old total, what comes off, new total, and one tap. Codes that Kaeru does not know are looked at by staff."""

    name = "coupon"
    label = lazy("A forgotten coupon")
    reasons = frozenset({"forgot_coupon"})
    template = "storefront/repair/coupon.html"

    def show(self, stage: Stage, form: Form) -> Mapping[str, Any] | None:
        """After the first tap, what the code does to the order."""
        typed = form.get("code", "")
        told = self.read(stage, form) if "code" in form else None
        shown: dict[str, Any] = {"typed": typed, "asked": None}
        if told is not None and not told.problems:
            amount = told.asked["amount"]
            shown["asked"] = told.asked
            shown["after"] = None if amount is None else stage.order.total - amount
        return shown

    def read(self, stage: Stage, form: Form) -> Read:
        """What the code gives this order, or kindly why not."""
        code = tidy_code(form.get("code", ""))[:LONGEST]
        if not code:
            return Read(problems={"code": _("Please enter the coupon code.")})
        if stage.order.coupon_codes:
            return Read(problems={"code": _("This order already has a coupon. Only one can be used for an order.")})
        sums = stage.sums
        try:
            found = offers.check(stage.order.shop_id, code, subtotal=sums.subtotal, shipping_fee=sums.shipping_fee)
        except CouponNotFound:
            return Read({"code": code, "amount": None})
        problem = _problem(found, sums.subtotal, stage)
        if problem:
            return Read(problems={"code": problem})
        return Read({"code": found.code, "amount": min(found.discount or 0, stage.order.total)})

    def changes(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Change]:
        """What is known to come off; nothing for a code that staff must look at."""
        amount = asked.get("amount")
        if not amount:
            return ()
        return (AddDiscount(amount=int(amount), code=str(asked["code"]), label=str(asked["code"])),)

    def coupon(self, asked: Mapping[str, Any]) -> str:
        """Kaeru's own code, once it is known."""
        return str(asked["code"]) if asked.get("amount") else ""

    def says(self, repair: Repair, language: str) -> str:
        """The code and what it gives."""
        with override(language):
            code, amount = repair.asked.get("code", ""), repair.asked.get("amount")
            if amount is None:
                return _("Coupon %(code)s, to be checked") % {"code": code}
            return _("Coupon %(code)s: %(amount)s off") % {
                "code": code,
                "amount": money.show(int(amount), repair.request.currency, language),
            }


def _problem(found: offers.CouponView, subtotal: int, stage: Stage) -> str:
    if found.is_used:
        return _("This coupon has been used already.")
    if found.is_expired:
        return _("The time of this coupon is over.")
    if found.currency != stage.order.currency:
        return _("This coupon is for another currency.")
    if subtotal < found.terms.minimum:
        least = money.show(found.terms.minimum, found.currency, stage.language)
        return _("This coupon is for orders of %(least)s or more.") % {"least": least}
    if not found.discount:
        return _("This coupon would take nothing off this order.")
    return ""


KIND = ForgottenCoupon()
