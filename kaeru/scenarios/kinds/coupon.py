"""Coupon クーポン: a single-use code for the customer, within the budget that the shop gave the step.

A coupon that nobody may be told of is not issued; one for which the budget is spent, or whose customer had another one
lately, is not issued either, and the messages that name it stay unsent with that reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.core import ids, sql, wording
from kaeru.core.money import show
from kaeru.offers import codes
from kaeru.offers.rules import Ask, exposure, new_code
from kaeru.scenarios.fields import Field, Problem, Step, check_fields
from kaeru.scenarios.kinds.base import Compiler, Kind
from kaeru.scenarios.program import Effect, Facts, Op, Turn, op, skip_held

_COLUMNS = (
    "id", "organization_id", "shop_id", "customer_id", "enrollment_id", "currency", "code", "kind", "value", "minimum", "cost",
    "issued_at", "expires_at", "redeemed_order_ref",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given(Effect):
    """A coupon to be issued: `type` amount | percent | free_shipping, `value` minor units or points, good for `days`."""

    kind = "coupon"
    type: str
    value: int
    days: int
    minimum: int
    budget_key: str
    budget: int | None

    def cost(self, row: Any) -> int:
        """Of this row's coupon, minor units."""
        return exposure(self.type, self.value, order_value=row.order_value, shipping_fee=row.shipping_fee)

    def asks(self, row: Any, moment: datetime) -> Ask:
        """The budget's share for this row."""
        return Ask(row.shop_id, row.customer_id, self.budget_key, self.budget, self.cost(row), moment)

    def after(self, facts: Facts) -> Facts:
        """A message may name it."""
        return replace(facts, has_coupon=True)

    @classmethod
    def write(cls, told: Sequence[tuple[Any, Sequence[Any]]], moment: datetime) -> None:
        """Issue them, each with a code of its own."""
        rows: list[tuple[Any, ...]] = []
        at = sql.moment(moment)
        for one, claimed in told:
            until = sql.moment(moment + timedelta(days=one.days))
            rows += [
                (key, row.organization_id, row.shop_id, row.customer_id, row.id, row.currency, new_code(), one.type, one.value,
                 one.minimum, one.cost(row), at, until, "")
                for key, row in zip(ids.new_ids(len(claimed)), claimed, strict=True)
            ]  # fmt: skip
        sql.insert_many("offers_coupon", _COLUMNS, rows)
        codes.issued([(row[1], row[2], row[0]) for row in rows])


@op
@dataclass(frozen=True, slots=True)
class Give(Op):
    """Issue a coupon to those who may be told of it."""

    name = "coupon"
    type: str
    value: int
    days: int
    minimum: int
    budget_key: str = ""
    budget: int | None = None
    """Minor units for each calendar month; None: not limited (only scenarios of before budgets)."""

    def run(self, here: int, facts: Facts) -> Turn:
        """Give, or say why not."""
        if not facts.ad_ways:
            return Turn(outcome="skipped", reason="no_consent")
        if facts.refused:
            return Turn(outcome="skipped", reason=facts.refused)
        return Turn(effect=Given(self.type, self.value, self.days, self.minimum, self.budget_key, self.budget))

    def run_held(self, here: int, facts: Facts) -> Turn:
        """None for comparison."""
        return skip_held()

    def holds(self) -> bool:
        """Always: nobody is owed a coupon."""
        return True

    def needs(self) -> frozenset[str]:
        """Consent."""
        return frozenset({"ad_ways"})


def worth(kind: str, value: int, currency: str) -> str:
    """What a coupon gives: ¥500 off, 10% off, free shipping."""
    language = wording.language_of(get_language())
    if kind == "amount":
        return _("%(money)s off") % {"money": show(value, currency, language)}
    return _("%(value)s%% off") % {"value": value} if kind == "percent" else _("free shipping")


class CouponKind(Kind):
    """The step."""

    name = "coupon"
    label = lazy("Coupon")
    hint = lazy("Issues a single-use code; the message after it names the code.")
    mark = "coupon"
    fields = (
        Field("coupon", "choice", lazy("What it gives"), "amount",
              choices=(("amount", lazy("An amount off")), ("percent", lazy("Percent off")), ("free_shipping", lazy("Free shipping"))),
              error=lazy("Please choose what the coupon gives.")),
        Field("value", "money", lazy("Amount off"), 500, 1, 10_000_000, shown_if=("coupon", ("amount",)),
              error=lazy("Please enter the coupon's value as a whole number within its limits.")),
        Field("percent", "whole", lazy("Percent off"), 10, 1, 100, unit="%", shown_if=("coupon", ("percent",)),
              error=lazy("Please enter the coupon's value as a whole number within its limits.")),
        Field("days", "whole", lazy("Valid for"), 14, 1, 365, unit=lazy("days"), error=lazy("A coupon is valid for 1 to 365 days.")),
        Field("minimum", "money", lazy("For orders of at least"), 0, 0, 100_000_000,
              error=lazy("Please enter the smallest order as a whole number.")),
        Field("budget", "money", lazy("Budget for each month"), 30_000, 1, 1_000_000_000,
              hint=lazy("When the coupons of a month have cost this much, no more are issued until the next month."),
              error=lazy("Please say how much the coupons of a month may cost.")),
    )  # fmt: skip

    def check(self, step: Step, path: str) -> list[Problem]:
        """The fields."""
        return check_fields(self.fields, step, path)

    def wants(self, step: Step) -> frozenset[str]:
        """A code that the shop's system takes."""
        return frozenset({"can_make_codes"})

    def compile(self, step: Step, out: Compiler) -> None:
        """One coupon."""
        value = {"amount": step.get("value", 0), "percent": step.get("percent", 0)}.get(step["coupon"], 0)
        out.emit(Give(step["coupon"], value, step["days"], step.get("minimum", 0), out.key(step), step.get("budget")))

    def says(self, step: Step, currency: str) -> str:
        """Coupon: ¥500 off."""
        field = "percent" if step.get("coupon") == "percent" else "value"
        value = step.get(field)
        told = worth(str(step.get("coupon", "")), value if isinstance(value, int) else 0, currency)
        return _("Coupon: %(worth)s") % {"worth": told}


KIND = CouponKind()
