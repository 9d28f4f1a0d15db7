"""What the shop says about itself, so that figures are told in its own money and hours: minutes of a contact, margin, price of a message."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db import transaction

from kaeru.core import audit
from kaeru.recoveries.models import FigureRound, ShopCosts
from kaeru.tenants.models import Shop

LONGEST_CONTACT = 240
DEAREST_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class Costs:
    """Prices in minor units of the shop's currency."""

    minutes_per_contact: int = 8
    margin_percent: int = 100
    """100: figures are of sales, as nobody said what is left of them."""
    yen_per_mail: int = 0
    yen_per_line: int = 3
    yen_per_sms: int = 10

    def of_message(self, channel: str) -> int:
        """What one message costs, minor units."""
        return {"mail": self.yen_per_mail, "line": self.yen_per_line, "sms": self.yen_per_sms}.get(channel, 0)


USUAL = Costs()
_FIELDS = ("minutes_per_contact", "margin_percent", "yen_per_mail", "yen_per_line", "yen_per_sms")


def costs_of(shop_ids: Iterable[int]) -> dict[int, Costs]:
    """What each of these shops says; USUAL for those that said nothing. One query."""
    wanted = set(shop_ids)
    told = {row.shop_id: row for row in ShopCosts.objects.filter(shop_id__in=wanted)}
    return {
        shop_id: Costs(**{name: getattr(told[shop_id], name) for name in _FIELDS}) if shop_id in told else USUAL
        for shop_id in wanted
    }


def has_said(shop_id: int) -> bool:
    """Whether the shop has said anything."""
    return ShopCosts.objects.filter(shop_id=shop_id).exists()


@transaction.atomic
def set_costs(shop: Shop, told: Costs, *, actor: str) -> None:
    """Keep what the shop says; its figures are counted anew with the margin. Messages keep the prices of their days.

    Raises ValueError outside of believable bounds.
    """
    if not 1 <= told.minutes_per_contact <= LONGEST_CONTACT:
        raise ValueError(f"a contact takes 1 to {LONGEST_CONTACT} minutes, not {told.minutes_per_contact}")
    if not 1 <= told.margin_percent <= 100:
        raise ValueError(f"a margin is 1 to 100 per cent, not {told.margin_percent}")
    if not all(0 <= price <= DEAREST_MESSAGE for price in (told.yen_per_mail, told.yen_per_line, told.yen_per_sms)):
        raise ValueError(f"a message costs 0 to {DEAREST_MESSAGE}")
    values = asdict(told)
    ShopCosts.objects.update_or_create(shop=shop, defaults={"organization_id": shop.organization_id, **values})
    FigureRound.objects.update_or_create(
        shop=shop, defaults={"organization_id": shop.organization_id, "is_stale": True}
    )
    audit.record(shop.organization_id, actor, "shop_costs.set", "shop", shop.id, **values)
