"""Reads for screens: the coupons of one way through a scenario."""

from kaeru.offers.models import Coupon


def of_enrollment(enrollment_id: int) -> list[Coupon]:
    """The coupons that this enrolment issued, oldest first."""
    return list(Coupon.objects.filter(enrollment_id=enrollment_id).order_by("issued_at", "id"))
