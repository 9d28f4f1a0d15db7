"""Reads for screens: the coupons of one way through a scenario, the shop's limits, what its budgets still hold."""

from datetime import date

from kaeru.offers.models import Budget, Coupon, IncentiveLimit
from kaeru.offers.rules import USUAL_INCENTIVE_WEEKS


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
