"""What can be wrong with a coupon, by what to tell the buyer."""


class CouponNotFound(LookupError):
    """No such code in this shop."""


class CouponExpired(Exception):
    """The code's time is over."""


class CouponUsed(Exception):
    """Another order has taken the code."""


class CouponNotFit(Exception):
    """The order is smaller than the coupon asks."""
