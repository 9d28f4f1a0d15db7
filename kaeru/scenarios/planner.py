"""The planner: does a coupon pay? How many more must come back because of it, and is that more than is proven? Pure.

A coupon is paid to everybody treated who comes back, also to those who would have come anyway: with p0 coming by themselves, a margin m
and a coupon c the effect must be at least p0 c / (m - c) (`uplift.money`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isinf
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kaeru.core import wording
from kaeru.core.money import show
from kaeru.offers.rules import exposure
from kaeru.scenarios.fields import Problem, Step
from kaeru.scenarios.flow import walk
from kaeru.scenarios.proofs import Known
from kaeru.uplift.money import Coupon


@dataclass(frozen=True, slots=True)
class Worth:
    """What one coupon step needs, and what is proven."""

    path: str
    step_id: str
    coupon: Coupon
    known: Known

    @property
    def break_even(self) -> float:
        """The smallest effect that pays, as a part of one; infinite where the coupon takes the whole margin."""
        return self.coupon.break_even

    @property
    def is_out_of_reach(self) -> bool:
        """Whether it would not pay even if every customer came back."""
        return self.break_even > 1 - self.known.p0

    @property
    def saves(self) -> int:
        """Minor units a month that leaving it out saves, by what is proven; 0 when nothing is proven against it."""
        low, high = self.known.low, self.known.high
        if low is None or high is None or not self.known.verdict:
            return 0
        if self.known.verdict == "not_yet" and high >= self.break_even:
            return 0  # it may pay yet: whoever forbids it now never learns
        if self.known.verdict == "proven" and low >= self.break_even:
            return 0
        effect = low if self.known.verdict == "proven" else high
        return max(1, round(-self.coupon.net(effect) * max(1, self.known.monthly)))

    def words(self, currency: str) -> str:
        """For who writes the step: how much it must bring."""
        if isinf(self.break_even):
            return _("This coupon takes the whole margin of an average order: it can never pay.")
        if self.is_out_of_reach:
            return _("Even if every customer came back, this coupon would not pay.")
        told = {
            "points": percent(self.break_even), "p0": percent(self.known.p0), "margin": _money(self.known.margin, currency),
        }  # fmt: skip
        if self.known.is_measured:
            text = _(
"It pays when %(points)s more of 100 customers come back because of it: %(p0)s come by themselves, "
"an order leaves %(margin)s."
)  # fmt: skip
        else:
            text = _(
"It pays when %(points)s more of 100 customers come back because of it, if %(p0)s come by themselves "
"(not measured yet) and an order leaves %(margin)s."
)  # fmt: skip
        return text % told


def percent(share: float) -> str:
    """Of a hundred, with one digit where it is small."""
    value = share * 100
    return f"{value:.1f}" if abs(value) < 10 and round(value, 1) % 1 else f"{value:.0f}"


def _money(value: int, currency: str) -> str:
    return show(value, currency, wording.language_of(get_language()))


def worth(step: Step, path: str, known: Known) -> Worth | None:
    """Of a coupon step whose fields can be read; None for any other."""
    field = {"amount": "value", "percent": "percent"}.get(str(step.get("coupon")), "")
    value = step.get(field, 0) if field else 0
    if step.get("kind") != "coupon" or not isinstance(value, int) or isinstance(value, bool):
        return None
    cost = exposure(str(step.get("coupon")), value, order_value=known.order_value, shipping_fee=known.shipping_fee)
    return Worth(path, str(step.get("id", "")), Coupon(known.p0, float(known.margin), float(cost)), known)


def has_coupon(flow: Mapping[str, Any]) -> bool:
    """Whether there is anything to be planned."""
    return any(place.step.get("kind") == "coupon" for place in walk(flow.get("steps")))


def worths(flow: Mapping[str, Any], known: Known) -> list[Worth]:
    """Each coupon step of the flow, in its order."""
    found = (worth(place.step, place.path, known) for place in walk(flow.get("steps")))
    return [one for one in found if one is not None]


def problems(flow: Mapping[str, Any], known: Known, currency: str) -> list[Problem]:
    """Coupons that lose money by what is proven: they are not published."""
    return [
        Problem(one.path, "coupon_loses", _refusal(one, currency)) for one in worths(flow, known) if one.saves
    ]  # fmt: skip


def _refusal(one: Worth, currency: str) -> str:
    low, high = one.known.low or 0.0, one.known.high or 0.0
    told = {
        "money": _money(one.saves, currency),
        "points": percent(one.break_even),
        "low": percent(low),
        "high": percent(high),
    }
    if isinf(one.break_even):
        return (
            _("This coupon takes the whole margin of an average order. Without it you save %(money)s a month.") % told
        )
    if one.is_out_of_reach:
        return (
            _("Even if every customer came back, this coupon would not pay. Without it you save %(money)s a month.")
            % told
        )
    if one.known.verdict == "proven":
        return (
            _(
"This coupon loses money: it needs %(points)s more of 100 customers to come back, and only %(low)s "
"are proven. A smaller one may pay; without it you save %(money)s a month."
)
            % told
        )  # fmt: skip
    return (
        _(
"This coupon loses money: it needs %(points)s more of 100 customers to come back, and it is at most "
"%(high)s. A smaller one may pay; without it you save %(money)s a month."
)
        % told
    )  # fmt: skip
