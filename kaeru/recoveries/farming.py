"""Farming: people cancel because cancelling is rewarded. Seen by comparing how many of the treated cancel again with how many of the held do.

Nobody else sees it: after each single cancellation the coupon looks like a success. Once the e-value reaches 20, in whichever week one
looks, the shop's scenarios give no coupons any more, by themselves, with the figures kept; the owner may let them again.
"""

from collections.abc import Sequence
from math import log
from typing import Any

from kaeru.offers import stops
from kaeru.recoveries.answers import ALARM
from kaeru.recoveries.models import Figure
from kaeru.recoveries.windows import DECIDES
from kaeru.tenants.models import Shop

FARMING = "farming"
ACTOR = "figures"


def watch(shop_ids: Sequence[int]) -> int:
    """Stop the coupons of those of these shops whose figures prove it; returns how many were stopped.

    Where an owner let them again, evidence is counted from there: as much must come anew.
    """
    rows = Figure.objects.filter(shop_id__in=shop_ids, key="all", window=DECIDES).values_list("shop_id", "answer")
    proven: dict[int, dict[str, Any]] = {
        shop_id: again
        for shop_id, told in rows
        if (again := told.get("again")) and again["alarm"] and again["treated"] > again["held"]
    }
    if not proven:
        return 0
    before = stops.last(proven)
    fresh = [
        shop_id
        for shop_id, again in proven.items()
        if shop_id not in before
        or (before[shop_id].lifted_at and again["log_e"] - before[shop_id].evidence.get("log_e", 0.0) >= log(ALARM))
    ]
    return sum(stops.stop(shop, FARMING, proven[shop.id], actor=ACTOR) for shop in Shop.objects.filter(id__in=fresh))
