"""What a shop says about repairs, and what a shop that said nothing is taken to say."""

from dataclasses import dataclass
from urllib.parse import quote

from django.db import transaction

from kaeru.cancellations.models import RepairTerms
from kaeru.cancellations.repairs.malls import MallCannot, problems_at
from kaeru.core import audit
from kaeru.tenants.models import Shop

MOST_DAYS = 60
MOST_MINUTES = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Terms:
    """See `models.RepairTerms`."""

    without: frozenset[str] = frozenset()
    handling_days: int = 1
    delivery_days: int = 2
    express_days: int | None = None
    swap_minutes: int = 60
    undo_minutes: int = 15
    payment_url: str = ""

    def payment_page(self, number: str) -> str:
        """The shop's own page for paying this order another way; empty without one."""
        return self.payment_url.replace("{order}", quote(number, safe=""))


def terms_of(shop_id: int) -> Terms:
    """What the shop says; one query."""
    row = RepairTerms.objects.filter(shop_id=shop_id).first()
    if row is None:
        return Terms()
    return Terms(
        frozenset(row.without), row.handling_days, row.delivery_days, row.express_days,
        row.swap_minutes, row.undo_minutes, row.payment_url,
    )  # fmt: skip


@transaction.atomic
def set_terms(shop: Shop, terms: Terms, *, actor: str) -> None:
    """What the shop says from here on. Raises ValueError for what cannot be, MallCannot for what the shop's mall cannot do."""
    days = (terms.handling_days, terms.delivery_days, terms.express_days or 0)
    if not all(0 <= count <= MOST_DAYS for count in days):
        raise ValueError(f"days are 0 to {MOST_DAYS}")
    if not 1 <= terms.swap_minutes <= MOST_MINUTES or not 0 <= terms.undo_minutes <= MOST_MINUTES:
        raise ValueError(f"minutes are at most {MOST_MINUTES}")
    if terms.payment_url and not terms.payment_url.startswith(("https://", "http://")):
        raise ValueError("an address begins with https://")
    if instead := problems_at(shop, terms.without):
        raise MallCannot(instead)
    told = {
        "without": sorted(terms.without), "handling_days": terms.handling_days,
        "delivery_days": terms.delivery_days, "express_days": terms.express_days, "swap_minutes": terms.swap_minutes,
        "undo_minutes": terms.undo_minutes, "payment_url": terms.payment_url,
    }  # fmt: skip
    RepairTerms.objects.update_or_create(shop=shop, defaults={"organization_id": shop.organization_id, **told})
    audit.record(shop.organization_id, actor, "repair_terms.set", "shop", shop.id, **told)
