"""Once a week, on Monday in each shop's zone, its findings are made."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from kaeru.core import clock, scope
from kaeru.core.passes import Pass
from kaeru.marketplaces.findings import actions
from kaeru.marketplaces.findings.models import FindingRound
from kaeru.tenants.models import Shop

AT_ONCE = 20
"""Shops of one turn: each is counted by itself."""


def make(limit: int) -> int:
    """Make the findings of shops whose week has none yet; returns how many shops were counted."""
    now = clock.now()
    latest = actions.monday((now + timedelta(hours=14)).date())  # nowhere is a later Monday known
    with scope.everyone():
        done = FindingRound.objects.filter(week_on__gte=latest).values("shop_id")
        asked = Shop.objects.filter(kind="ec").exclude(id__in=done).order_by("id")
        known = dict(FindingRound.objects.values_list("shop_id", "week_on"))
        due = [shop for shop in asked if _is_due(shop, known, now)]
    for shop in due[:limit]:
        with scope.organization(shop.organization_id):
            actions.make(shop, now)
    return len(due[:limit])


def _is_due(shop: Shop, known: dict[int, date], now: datetime) -> bool:
    here = actions.monday(now.astimezone(ZoneInfo(shop.timezone)).date())
    return shop.id not in known or known[shop.id] < here


PASSES = [Pass("findings", make, limit=AT_ONCE, every_seconds=120.0)]
