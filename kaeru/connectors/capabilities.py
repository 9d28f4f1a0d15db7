"""What a connected mall cannot do, said when something that needs it is saved, with what to do instead."""

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import get_language, override
from django.utils.translation import gettext_lazy as lazy

from kaeru.connectors import registry
from kaeru.connectors.base import Access
from kaeru.connectors.models import Connection
from kaeru.tenants.models import Shop

MALLS = frozenset({"qoo10", "rakuten", "yahoo"})
"""Sources whose limits are the mall's own: no permission that could be given lifts them, so what needs more is refused when it is
saved. In a shop with a system of its own the staff act by hand instead."""

INSTEAD = {
    "can_hold": lazy("The mall cannot hold a parcel back. Take holding out, and set the planned dispatch date early instead."),
    "can_cancel": lazy("The mall takes no cancellations from Kaeru. Leave the decision to a person, who cancels on the mall's screen."),
    "can_change_address": lazy("The mall takes no other delivery address. Take this out; the buyer asks you by the mall's inquiry instead."),
    "can_change_lines": lazy("The mall takes no other items or quantities. Take this out; the buyer cancels and orders again."),
    "can_discount": lazy("The mall takes nothing off an order that stands. Take this out; give a coupon of the mall for the next order."),
    "can_refund": lazy("The mall gives money back only by cancelling or returning. Take this out."),
    "can_draft": lazy("The mall takes no prepared orders. Take this out; the buyer orders again on your page at the mall."),
    "can_make_codes": lazy("The mall takes no coupon codes from Kaeru. Make the coupon on the mall's screen and enter its code as text."),
    "can_set_dispatch_date": lazy("The mall takes no planned dispatch date from Kaeru. Set it on the mall's screen."),
    "can_mark_dispatched": lazy("The mall takes no tracking numbers from Kaeru. Enter them on the mall's screen."),
    "can_answer": lazy("The mall takes no answers from Kaeru. Answer on the mall's screen."),
    "can_decline": lazy("The mall takes no refusals from Kaeru. Leave it to a person: the case has the text and the mall's screen."),
    "can_write_first": lazy("On this mall a shop may only answer, not write first. Choose a call or a task for the staff, or answer in the inquiry."),
    "takes_parts": lazy("The mall cancels only whole orders. Let the buyer cancel the whole order and order again."),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lacking:
    """Something that is needed and that the shop's mall cannot do."""

    capability: str
    """A field of `base.Capabilities`."""
    instead: str
    """What to do instead, one or two sentences in the language in force."""


def lacking(shop: Shop, needed: Collection[str], language: str = "") -> list[Lacking]:
    """Which of these capabilities the shop's connected mall does not have, in the order of `base.Capabilities`, with what to do
    instead in `language` (empty: the one in force). Empty for a shop without a connected mall. One statement; calls nobody.

    For everything that is saved before it is needed: policy, scenario, repair terms. A key that is no good at the moment does
    not matter here: it is judged what the mall can do.
    """
    if not needed:
        return []
    row = Connection.objects.filter(shop=shop, source__in=MALLS, removed_at=None).order_by("id").first()
    writer = registry.find_writer(row.source) if row else None
    if row is None or writer is None:
        return []
    able = writer.capabilities(Access(shop.id, row.account, (), shop.currency, row.version, tuple(row.scopes)))
    missing = [name for name in INSTEAD if name in needed and not getattr(able, name)]
    with override(language or get_language()):
        return [Lacking(name, str(INSTEAD[name])) for name in missing]
