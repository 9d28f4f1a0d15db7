"""数量・種類の変更: other quantities, another variant, a line taken out. A cancellation in part is this."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import override

from kaeru.cancellations.models import Repair
from kaeru.cancellations.repairs import queries
from kaeru.cancellations.repairs.base import Form, Plain, Read, Stage
from kaeru.connectors.changes import Change, ChangeLines
from kaeru.offers import shipping
from kaeru.orders.models import OrderLine

MOST_OF_ONE = 99


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the order as the form shows it."""

    key: str
    """The line's id here, in the names of the fields."""
    title: str
    variant: str
    quantity: int
    """As chosen; 0 takes it out."""
    quantities: range
    variants: Sequence[queries.Sold]
    """Others of the same product; empty: there is nothing to choose."""
    chosen: str
    """Variant id; empty: as it was."""


class Lines(Plain):
    """What changes is shown with what comes back or is due, and then carried out by a second tap."""

    name = "lines"
    label = lazy("Other quantities or variants")
    reasons = frozenset({"mistaken_order"})
    template = "storefront/repair/lines.html"

    def show(self, stage: Stage, form: Form) -> Mapping[str, Any] | None:
        """The order's lines, and after the first tap what the change comes to."""
        variants = _variants(stage)
        rows = []
        for line in stage.lines:
            chosen = _count(form.get(f"quantity_{line.id}"), line.quantity)
            rows.append(
                Row(
                    str(line.id), line.title, line.variant, chosen, range(max(line.quantity, 3) + 1),
                    variants.get(line.id, ()), form.get(f"variant_{line.id}", ""),
                )
            )  # fmt: skip
        told = self.read(stage, form) if form else None
        asked = told.asked if told is not None and not told.problems else None
        if asked is not None:
            asked = {**asked, "back": -asked["more"]}
        return {"rows": rows, "asked": asked, "fee_before": stage.order.shipping_fee}

    def read(self, stage: Stage, form: Form) -> Read:
        """What is changed, and what the order costs then. Everything out is a cancellation, and nothing changed is nothing."""
        variants = _variants(stage)
        quantities: dict[str, int] = {}
        added: list[tuple[str, int]] = []
        said: list[str] = []
        subtotal = stage.sums.subtotal
        for line in stage.lines:
            wanted = _count(form.get(f"quantity_{line.id}"), line.quantity)
            other = next(
                (one for one in variants.get(line.id, ()) if one.variant_id == form.get(f"variant_{line.id}")), None
            )
            if other is not None and wanted:
                quantities[line.source_id] = 0
                added.append((other.variant_id, wanted))
                subtotal += wanted * other.unit_price - line.quantity * line.unit_price
                said.append(f"{line.title}: {line.variant} × {line.quantity} → {other.variant} × {wanted}")
            elif wanted != line.quantity:
                quantities[line.source_id] = wanted
                subtotal += (wanted - line.quantity) * line.unit_price
                said.append(f"{_named(line)}: {line.quantity} → {wanted}")
        if not said:
            return Read(problems={"": _("Nothing is changed yet. Please choose what should be different.")})
        left = sum(quantities.get(line.source_id, line.quantity) for line in stage.lines) + sum(n for _id, n in added)
        if not left:
            return Read(problems={"": _("To take everything out, please cancel the whole order below.")})
        after = shipping.recount(stage.sums, subtotal, stage.shipping)
        asked = {
            "quantities": quantities, "added": added, "said": said, "fee": after.shipping_fee, "subtotal": after.subtotal,
            "total": after.total, "more": after.total - stage.order.total, "by_hand": _needs_person(stage),
        }  # fmt: skip
        return Read(asked)

    def changes(self, stage: Stage, asked: Mapping[str, Any]) -> Sequence[Change]:
        """One change of lines; a coupon on the order is for staff to weigh."""
        if asked.get("by_hand"):
            return ()
        added = tuple((str(item), int(quantity)) for item, quantity in asked["added"])
        fee = None if asked["fee"] == stage.order.shipping_fee else int(asked["fee"])
        reason = stage.request.reason.code if stage.request.reason else "other"
        return (ChangeLines(dict(asked["quantities"]), added, fee, max(0, -int(asked["more"])), reason, "customer"),)

    def says(self, repair: Repair, language: str) -> str:
        """Each line with its old and new quantity."""
        with override(language):
            told = " / ".join(str(one) for one in repair.asked.get("said", ()))
            return told or _("Other quantities or variants")


def _needs_person(stage: Stage) -> bool:
    """A discount may hang on what is taken out, and a line without an id cannot be named to the shop's system."""
    return bool(stage.order.discount) or any(not line.source_id for line in stage.lines)


def _count(text: str | None, usual: int) -> int:
    """The quantity that was chosen; the old one for what is no quantity."""
    if text is None or not text.isdecimal() or len(text) > 4:
        return usual
    return min(int(text), MOST_OF_ONE)


def _named(line: OrderLine) -> str:
    return f"{line.title} {line.variant}".strip()


def _variants(stage: Stage) -> dict[int, list[queries.Sold]]:
    """Other variants of each line's product, where the shop has told of any."""
    products = {line.product_id for line in stage.lines if line.product_id and line.variant}
    if not products:
        return {}
    sold = queries.sold(stage.order.shop_id, stage.order.currency)
    found: dict[int, list[queries.Sold]] = {}
    for line in stage.lines:
        if line.product_id in products:
            own = line.variant_id
            others = [
                one for one in sold if one.product_id == line.product_id and one.variant_id != own and one.variant
            ]
            found[line.id] = sorted(others, key=lambda one: one.variant)
    return found


KIND = Lines()
