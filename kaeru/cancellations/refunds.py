"""How the money goes back when an order is cancelled, whole or in part: planned by the way it was paid. Pure.

Kaeru plans and says; the shop's system and its payment company move the money. A card that was not charged yet is let go or charged
less, so that nothing has to go back at all. Money that was paid at a convenience store or by bank has no way back of its own: the
payment company asks for one on its own form. Kaeru never asks for an account number and never keeps one.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaeru.cancellations.policy.rules import Returns, When

How = Literal["void", "charge_less", "refund", "form", "wallet", "nothing", "not_paid", "none", "shop"]
"""void: the card is not charged · charge_less: charged without it · refund: by the card company · form: the payment company's own
form · wallet: to the balance of the service · nothing: paid at the door, so not paid · not_paid: not paid yet · none: it cost nothing,
or all of it went back before · shop: as it was paid."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What is known of an order's money, minor units."""

    kind: str
    """card | konbini | bank | cod | wallet | other words of the shop's system, or "" """
    total: int
    """What the order costs."""
    given_back: int = 0
    """What went back before."""
    is_captured: bool | None = None
    """Whether the card was charged, or the slip was paid; None: not known."""


@dataclass(frozen=True, slots=True)
class Part:
    """One way by which so much goes back, or is not charged."""

    how: How
    amount: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to the money, the coupons and the points of a cancellation."""

    parts: tuple[Part, ...]
    coupons: bool = False
    """Coupons that were used for the order can be used again."""
    points: bool = False
    """Points that were used for the order come back; the shop's system does it."""
    form_url: str = ""
    """The payment company's own form, for the way back of money that was paid in cash or by bank."""
    is_sure: bool = True
    """Whether it is known that the money was taken; else both ways are said."""

    @property
    def amount(self) -> int:
        """Minor units in all."""
        return sum(part.amount for part in self.parts)


def plan(paid: Paid, amount: int, returns: Returns, *, side: str, is_whole: bool) -> Plan:
    """How `amount` of the order goes back. Never more than what the order costs and has not come back before; never below 0."""
    left = max(0, min(amount, paid.total - paid.given_back))
    how: How = _WAYS[paid.kind](paid, is_whole) if paid.kind in _WAYS else "shop"
    is_nothing = how in ("nothing", "not_paid")
    part = Part(how, 0 if is_nothing else left) if left or is_nothing else Part("none", 0)
    return Plan(
        parts=(part,),
        coupons=is_whole and comes_back(returns.coupons, side),
        points=is_whole and comes_back(returns.points, side),
        form_url=returns.form_url if part.how == "form" else "",
        is_sure=paid.kind != "card" or paid.is_captured is not None,
    )


def comes_back(when: When, side: str) -> bool:
    """Whether something that was used for the order comes back with a cancellation of this side."""
    return when == "always" or (when == "shop_side" and side == "shop")


def _card(paid: Paid, is_whole: bool) -> How:
    if paid.is_captured is False:
        return "void" if is_whole and not paid.given_back else "charge_less"
    return "refund"


def _slip(paid: Paid, is_whole: bool) -> How:
    return "not_paid" if paid.is_captured is False else "form"


_WAYS: Final[dict[str, Callable[[Paid, bool], How]]] = {
    "card": _card,
    "konbini": _slip,
    "bank": _slip,
    "cod": lambda paid, is_whole: "nothing",
    "wallet": lambda paid, is_whole: "wallet",
}

_SAID: Final[dict[How, str | Promise]] = {
    "void": _("Your card will not be charged."),
    "charge_less": _("Your card will be charged without what is cancelled."),
    "refund": _("We give the money back through your card company. It may take one or two months to appear on your statement."),
    "form": _("We give the money back through the payment company, which asks on its own form where it should go."),
    "wallet": _("The money goes back to the service that you paid with."),
    "nothing": _("Nothing has been paid yet, so nothing has to go back."),
    "not_paid": _("Nothing has been paid yet, so nothing has to go back. Please do not use the payment slip any more."),
    "none": _("There is nothing to give back."),
    "shop": _("We give the money back the way it was paid."),
}  # fmt: skip
_UNSURE: Final = _(
    "We give the money back through your card company. If your card has not been charged yet, it will not be."
)

_FOR_STAFF: Final[dict[How, str | Promise]] = {
    "void": _("Void the authorization: the card was not charged."),
    "charge_less": _("Charge the card without the cancelled amount."),
    "refund": _("Refund to the card in your shop's system."),
    "form": _("Send the payment company's own form. Do not ask for an account number by mail or phone."),
    "wallet": _("Refund in your shop's system; it goes to the wallet."),
    "nothing": _("Nothing to give back."),
    "not_paid": _("Nothing to give back: not paid yet. Close the payment slip in your shop's system."),
    "none": _("Nothing to give back."),
    "shop": _("Give it back the way it was paid, in your shop's system."),
}
_BOTH: Final = _(
    "Void the authorization if the card was not charged yet; else refund to the card in your shop's system."
)


def for_buyer(found: Plan) -> str:
    """What happens to the money, in one sentence or two, in the reader's language."""
    how = found.parts[0].how
    return str(_UNSURE if how == "refund" and not found.is_sure else _SAID[how])


def for_staff(found: Plan) -> list[str]:
    """What is to be done about the money, the coupons and the points, in the reader's language."""
    is_unsure = found.parts[0].how == "refund" and not found.is_sure
    lines = [str(_BOTH)] if is_unsure else [str(_FOR_STAFF[part.how]) for part in found.parts]
    if found.coupons:
        lines.append(str(_("Coupons used for the order can be used again.")))
    if found.points:
        lines.append(str(_("Give back the points that were used, in your shop's system.")))
    return lines
