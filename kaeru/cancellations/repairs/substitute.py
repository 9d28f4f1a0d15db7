"""代わりの商品: what the shop offers in place of an item that it cannot deliver. The buyer takes one, or the rest is cancelled as
the shop's fault.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from kaeru.cancellations.models import Repair, RepairState
from kaeru.cancellations.repairs.base import Form, Plain, Read, Stage
from kaeru.connectors.changes import Change, ChangeLines
from kaeru.offers import shipping


class Substitute(Plain):
    """Offered, never asked for: it answers no reason of the page."""

    name = "substitute"
    label = lazy("Another item instead")
    reasons: frozenset[str] = frozenset()
    template = "storefront/repair/substitute.html"

    def show(self, stage: Stage, form: Form) -> Mapping[str, Any] | None:
        """What is offered, each with what the order costs then."""
        offered = _offered(stage)
        if offered is None:
            return None
        options = []
        for option in offered.asked.get("options", ()):
            more = _after(stage, offered.asked, option).total - stage.order.total
            options.append({**option, "more": more, "back": -more})
        return {
            "offer": offered,
            "options": options,
            "title": offered.asked.get("title", ""),
            "typed": form.get("take", ""),
        }

    def read(self, stage: Stage, form: Form) -> Read:
        """One of the options."""
        offered = _offered(stage)
        options = offered.asked.get("options", ()) if offered is not None else ()
        for option in options:
            if option["variant_id"] == form.get("take") and offered is not None:
                after = _after(stage, offered.asked, option)
                return Read(
                    {
                        **offered.asked,
                        "taken": option,
                        "fee": after.shipping_fee,
                        "more": after.total - stage.order.total,
                    }
                )
        return Read(problems={"": _("Please choose one of the items.")})

    def changes(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Change]:
        """The missing one out, the other in; the buyer pays no more for delivery by it."""
        taken = asked.get("taken")
        if not taken or not asked.get("line"):
            return ()
        fee = int(asked["fee"])
        return (
            ChangeLines(
                {str(asked["line"]): 0},
                ((str(taken["variant_id"]), int(asked["quantity"])),),
                None if fee == stage.order.shipping_fee else fee,
                max(0, -int(asked["more"])),
                "out_of_stock",
                "shop",
            ),
        )

    def says(self, repair: Repair, language: str) -> str:
        """What for what."""
        with override(language):
            taken, title = repair.asked.get("taken"), repair.asked.get("title", "")
            if taken:
                return _("%(title)s → %(other)s") % {"title": title, "other": taken.get("title", "")}
            return _("Something in place of %(title)s") % {"title": title}


def _offered(stage: Stage) -> Repair | None:
    return Repair.objects.filter(request=stage.request, kind=Substitute.name, state=RepairState.OFFERED).first()


def _after(stage: Stage, asked: Mapping[str, Any], option: Mapping[str, Any]) -> shipping.Sums:
    """What the order costs with this option: it is the shop's fault, so delivery never costs more by it."""
    line = next((one for one in stage.lines if one.source_id == asked.get("line")), None)
    before = line.quantity * line.unit_price if line is not None else 0
    subtotal = stage.sums.subtotal - before + int(asked.get("quantity", 1)) * int(option["unit_price"])
    after = shipping.recount(stage.sums, subtotal, stage.shipping)
    if after.shipping_fee > stage.order.shipping_fee:
        over = after.shipping_fee - stage.order.shipping_fee
        return shipping.Sums(after.subtotal, stage.order.shipping_fee, max(0, after.total - over))
    return after


KIND = Substitute()
