"""Where a shop stands: what came back in yen, how often orders are cancelled, how often cancelled buyers buy again.

A rate without its definition misleads by a factor of fifty, so each figure carries what was counted, over which days.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.core import wording
from kaeru.core.money import show
from kaeru.recoveries import queries as recoveries
from kaeru.tenants.models import Shop

DAYS = 28
WINDOW = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its definition beside it."""

    label: str
    figure: str
    of: str
    definition: str
    details: str = ""
    caveat: str = ""
    tone: str = ""
    href: str = ""
    """Where its rows are listed."""


@dataclass(frozen=True, slots=True)
class Standing:
    """The figures of one shop."""

    shop: Shop
    figures: tuple[Figure, ...]


def standing(shop: Shop, now: datetime) -> Standing:
    """The shop's figures of the last 28 days; `now` is in the shop's zone."""
    language = wording.language_of(translation.get_language())
    since = now - timedelta(days=DAYS)
    back = recoveries.came_back([shop.id], since, now).get(shop.id, recoveries.Back())
    cancelled = recoveries.cancelled_share(shop.id, since, now)
    again = recoveries.bought_again_share(shop.id, since - WINDOW, now - WINDOW, WINDOW)
    rows = reverse("console:cancellations")
    days = {"days": DAYS, "window": WINDOW.days}
    return Standing(
        shop,
        (
            Figure(
                label=_("Came back"),
                figure=show(back.amount, shop.currency, language),
                of=_("%(count)s orders, last %(days)s days") % {"count": f"{back.count:,}", **days},
                definition=_("Orders that followed a cancellation, with coupons already taken off."),
                details=_(
                    "An order counts when it came through the re-order link, used the coupon, or was placed by the same"
                    " customer after the cancellation. Some of these people would have come back anyway."
                ),
                tone="good" if back.count else "",
                href=rows + "?span=back",
            ),
            Figure(
                label=_("Cancellation rate"),
                figure=wording.share(cancelled.rate),
                of=_("%(part)s of %(whole)s orders")
                % {"part": f"{cancelled.returned:,}", "whole": f"{cancelled.units:,}"},
                definition=_("Orders placed in the last %(days)s days that were cancelled, whole or in part.") % days,
                details=_(
                    "The order counts on the day it was placed, whenever it was cancelled. Orders still being considered"
                    " on the cancel page are not counted. A mall's penalty counts differently."
                ),
                href=rows + "?span=all",
            ),
            Figure(
                label=_("Re-purchase rate"),
                figure=wording.share(again.rate),
                of=_("%(part)s of %(whole)s cancellations")
                % {"part": f"{again.returned:,}", "whole": f"{again.units:,}"},
                definition=_(
                    "Cancellations after which the same customer ordered again within %(window)s days."
                    " Cancellations of the %(days)s days that end %(window)s days ago, so that each was watched for the whole window."
                )
                % days,
                caveat=_("Not causal: it does not show that Kaeru was the reason."),
            ),
        ),
    )
