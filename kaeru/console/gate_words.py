"""What changes in the shop's system are called on screen: what was asked, where it stands, why, and what was different after."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import pgettext_lazy as plazy

from kaeru.connectors.base import Capabilities
from kaeru.connectors.models import OrderChange
from kaeru.console.phrases import Words, said
from kaeru.core.money import show as money

KIND: Words = {
    "hold": lazy("Hold back the parcel"),
    "release": lazy("Let the parcel go again"),
    "change_address": lazy("Change the delivery address"),
    "add_discount": lazy("Take off a discount"),
    "change_lines": lazy("Change the items"),
    "cancel": plazy("change", "Cancel the order"),
    "give_back": lazy("Give money back"),
    "make_draft": lazy("Prepare a new order"),
    "make_code": lazy("Make a discount code"),
    "set_dispatch_date": lazy("Set the planned dispatch date"),
    "mark_dispatched": lazy("Report the parcel and its tracking number"),
    "answer_inquiry": lazy("Answer an inquiry"),
}
STATE: Words = {
    "waiting": plazy("change", "waiting"),
    "held": plazy("change", "you decide"),
    "sending": plazy("change", "being made"),
    "pending": plazy("change", "the shop's system is at it"),
    "done": plazy("change", "made"),
    "dry_run": plazy("change", "dry run"),
    "refused": plazy("change", "refused"),
    "failed": plazy("change", "not proven"),
    "dropped": plazy("change", "not made"),
}
TONE = {"done": "good", "held": "clock", "pending": "clock", "failed": "bad", "refused": "bad"}
WHY: Words = {
    "over_order": lazy("It moves more money than one change may by itself."),
    "over_day": lazy("With it, the changes of this day would move more money than they may by themselves."),
    "no_reason": lazy("It was asked for without a reason."),
    "cannot": lazy("Kaeru cannot do this in your shop's system."),
    "shipped": lazy("The order had left already."),
    "cancelled": lazy("The order was cancelled already."),
    "gone": lazy("Your shop's system does not know the order."),
    "more_than_paid": lazy("More would have gone back than was paid."),
    "edited_meanwhile": lazy("Somebody had changed the order meanwhile."),
    "out_of_stock": lazy("The item is not in stock."),
    "too_much": lazy("The discount is larger than the order."),
    "nothing_left": lazy("Nothing would be left of the order."),
    "stood_already": lazy("It stood so already; nothing was called."),
    "no_answer": lazy("Your shop's system does not answer. It is tried again."),
    "broken": lazy("Something went wrong on our side. It is tried again."),
    "busy": lazy("Your shop's system asked to come back later. It is tried again."),
    "worker_stopped": lazy("Kaeru was stopped in the middle of it. First it is read back what became of it."),
    "unproven": lazy(
        "No answer came, and other money has gone back since. Please look into the order before anything is done again."
    ),
    "not_proven": lazy("Your shop's system took it, but the order does not show it. Please look into the order."),
    "unreadable": lazy("It cannot be read any more."),
    "earlier_came_to_nothing": lazy("The change before it came to nothing."),
    "egress": lazy("The address of your shop's system cannot be called."),
    "token_revoked": lazy("Your shop's system lets Kaeru in no more. Please connect it again."),
    "shop_gone": lazy("The shop is closed there. Please connect it again."),
    "needs_person": lazy("A cancellation at the mall waits for a person."),
    "no_true_reason": lazy(
        "The mall has no reason that is true for this, and an empty one would say “out of stock”. Please cancel on the mall's screen."
    ),
    "state_moved": lazy("The order has moved on at the mall meanwhile. Please look into it there."),
    "date_set_already": lazy("The mall has a dispatch date for it already."),
    "date_too_far": lazy("The mall does not take a dispatch date that far ahead."),
    "date_too_soon": lazy("The mall takes a dispatch date only from tomorrow on."),
    "not_a_date": lazy("This was no date that the mall takes."),
    "no_tracking": lazy("Carrier or tracking number is missing."),
    "in_part": lazy("Some lines went through at the mall, others did not. Please look into the order there."),
    "not_an_answer": lazy("The answer was empty or too long."),
    "wrapped": lazy("The order is gift-wrapped, and the wrapping would be charged once more. Please change it in RMS."),
    "not_settled": lazy("Rakuten has not settled the amounts yet. Please change it in RMS."),
    "several_addresses": lazy("It goes to several addresses. Please change it on the mall's screen."),
    "no_such_postal_code": lazy("This was no postal code."),
    "unknown_line": lazy("The order holds other items than Kaeru knows. Please look into it there."),
    "by_hand": lazy(
        "The mall takes no added items and no other fee from Kaeru. Please change it on the mall's screen."
    ),
    "total_differs": lazy("Another amount would have gone back than was promised. Please look into the order there."),
    "no_reason_code": lazy(
        "No number is entered for this reason. Please enter it under “Malls”, or cancel on the mall's screen."
    ),
    "missing_scope": lazy("Kaeru is not allowed to do this there. Please connect it again."),
}
NO_ANSWER_ANY_MORE = lazy("Your shop's system did not answer for a long time. Please look into the order.")
PROBLEM: Words = {
    "unanswered": lazy("It did not answer when Kaeru looked last."),
    "not_let_in": lazy("It takes Kaeru's signature for a stranger's: is the secret the right one?"),
    "http_401": lazy("It takes Kaeru's signature for a stranger's: is the secret the right one?"),
    "http_403": lazy("It takes Kaeru's signature for a stranger's: is the secret the right one?"),
    "token_revoked": WHY["token_revoked"],
    "shop_gone": WHY["shop_gone"],
}
ABLE: Words = {
    "can_hold": lazy("hold back parcels"),
    "can_change_address": lazy("change delivery addresses"),
    "can_discount": lazy("take off discounts"),
    "can_change_lines": lazy("change items"),
    "can_cancel": lazy("cancel orders"),
    "can_refund": lazy("give money back"),
    "can_draft": lazy("prepare new orders"),
    "can_make_codes": lazy("make discount codes"),
    "can_set_dispatch_date": lazy("set planned dispatch dates"),
    "can_mark_dispatched": lazy("report parcels with tracking numbers"),
    "can_answer": lazy("answer inquiries"),
    "takes_parts": lazy("cancel single items"),
}
UNABLE: Words = {
    "can_decline": lazy("Refuse a wish to cancel"),
    "can_write_first": lazy("Write to buyers first"),
    "can_change_address": lazy("Change delivery addresses"),
    "can_change_lines": lazy("Change items"),
    "can_discount": lazy("Take off discounts"),
    "can_refund": lazy("Give money back by itself"),
    "can_hold": lazy("Hold back parcels"),
    "can_draft": lazy("Prepare new orders"),
    "can_make_codes": lazy("Make discount codes"),
    "can_cancel": lazy("Cancel orders"),
    "can_set_dispatch_date": lazy("Set planned dispatch dates"),
    "can_mark_dispatched": lazy("Report parcels"),
    "can_answer": lazy("Answer inquiries"),
    "takes_parts": lazy("Cancel single items"),
}
STANDS: Words = {
    "total": lazy("Total"),
    "paid": lazy("Paid"),
    "refunded": lazy("Given back"),
    "discounts": lazy("Discounts"),
    "is_held": lazy("Parcel held back"),
    "is_cancelled": lazy("Cancelled"),
    "is_shipped": lazy("Shipped"),
    "lines": lazy("Items"),
    "address_mark": lazy("Delivery address"),
    "dispatch_by": lazy("Planned dispatch date"),
}
_MONEY = {"total", "paid", "refunded", "discounts"}


def able(what: Capabilities) -> list[Any]:
    """What Kaeru does there by itself, in words."""
    return [words for name, words in ABLE.items() if getattr(what, name)]


def asked(row: OrderChange, currency: str, language: str) -> str:
    """What was asked for, with its money; never with a name or an address."""
    told, words = row.payload, said(KIND, row.kind)
    amount = int(told.get("amount") or told.get("given_back") or (told.get("total") if told.get("refund") else 0) or 0)
    more = [money(amount, currency, language)] if amount else []
    if row.kind in {"add_discount", "make_code"} and told.get("code"):
        more.append(str(told["code"]))
    if row.kind == "make_draft" and told.get("hold_minutes"):
        more.append(_("stock kept for %(n)s minutes") % {"n": told["hold_minutes"]})
    return _("%(what)s (%(more)s)") % {"what": words, "more": ", ".join(more)} if more else words


def why(row: OrderChange) -> str:
    """Why it stands where it stands."""
    if row.state == "dry_run" or not row.answer:
        return ""
    if row.state == "failed" and row.answer in {"no_answer", "broken", "busy", "worker_stopped"}:
        return str(NO_ANSWER_ANY_MORE)
    return said(WHY, row.answer)


def differences(row: OrderChange, currency: str, language: str) -> list[tuple[str, str, str]]:
    """(what, before, after) of everything that was different after the change, or of the total when nothing was."""
    before, after = row.before or {}, row.after or {}
    if not before or not after:
        return []
    names = [name for name in STANDS if before.get(name) != after.get(name)] or ["total"]
    return [
        (str(STANDS[name]), _shown(name, before, currency, language), _shown(name, after, currency, language))
        for name in names
    ]


def _shown(name: str, standing: Mapping[str, Any], currency: str, language: str) -> str:
    value = standing.get(name)
    if name in _MONEY:
        return money(int(value or 0), currency, language)
    if name == "lines":
        lines: Mapping[str, int] = value or {}
        return _("%(pieces)s in %(lines)s lines") % {"pieces": sum(lines.values()), "lines": len(lines)}
    if name == "address_mark":
        return ""
    if name == "dispatch_by":
        return str(value or "–")
    return _("yes") if value else _("no")
