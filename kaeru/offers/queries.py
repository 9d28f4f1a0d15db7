"""Reads for screens: the coupons of one way through a scenario, the shop's limits, what its budgets still hold."""

from datetime import date

from kaeru.offers.models import Budget, Coupon, IncentiveLimit, ShippingTerms
from kaeru.offers.rules import USUAL_INCENTIVE_WEEKS
from kaeru.offers.shipping import Terms


def of_enrollment(enrollment_id: int) -> list[Coupon]:
    """The coupons that this enrolment issued, oldest first."""
    return list(Coupon.objects.filter(enrollment_id=enrollment_id).order_by("issued_at", "id"))


def incentive_weeks(shop_id: int) -> int:
    """One incentive per customer in so many weeks; 0 is without a limit."""
    weeks = IncentiveLimit.objects.filter(shop_id=shop_id).values_list("weeks", flat=True).first()
    return USUAL_INCENTIVE_WEEKS if weeks is None else weeks


def budgets(shop_id: int, month_on: date) -> list[Budget]:
    """The shop's budgets of the month that begins on this day, by key."""
    return list(Budget.objects.filter(shop_id=shop_id, month_on=month_on).order_by("key"))


def shipping_terms(shop_id: int) -> Terms | None:
    """What delivery costs in the shop; None when it has not said."""
    row = ShippingTerms.objects.filter(shop_id=shop_id).first()
    return Terms(row.fee, row.free_from) if row else None
