"""Why a visit is cancelled: the one reason that clients choose from and the salon counts by."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: dict[str, Promise] = {
    "schedule": _("Something came up"),
    "unwell": _("I am not feeling well"),
    "other_day": _("Another day suits me better"),
    "not_needed": _("I do not need it this time"),
    "other": _("Something else"),
}
"""By the code that `Booking.reason` keeps."""
SALONS: dict[str, Promise] = {
    "asked_by_phone": _("The client called"),
    "staff_away": _("The stylist is away"),
    "mistake": _("It was entered by mistake"),
}
"""Besides, for the salon itself."""


def label(code: str) -> str:
    """The reason in the reader's language; empty for one that nobody knows."""
    known = REASONS.get(code) or SALONS.get(code)
    return str(known) if known else ""
