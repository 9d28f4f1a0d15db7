"""New orders are looked at: is the price right, and is there enough on the shelf."""

from kaeru.core.events import receiver
from kaeru.core.models import Event
from kaeru.marketplaces.checks import actions, looking
from kaeru.marketplaces.checks.models import Stock
from kaeru.orders.models import OrderLine


@receiver("order.placed")
def look_at_prices(told: list[Event]) -> None:
    """Before a hundred others buy at it."""
    keys = _live(told)
    if keys:
        actions.look(looking.prices_of(keys))


@receiver("order.placed", "order.cancelled", "order.restored")
def look_at_stock(told: list[Event]) -> None:
    """Only items whose stock was told."""
    keys = _live(told)
    if not keys:
        return
    lines = OrderLine.objects.filter(order_id__in=keys, quantity__gt=0).exclude(sku="")
    items = set(lines.values_list("organization_id", "order__shop_id", "sku"))
    known = set(
        Stock.objects.filter(
            organization_id__in={one[0] for one in items}, sku__in={one[2] for one in items}, quantity__isnull=False
        ).values_list("organization_id", "sku")
    )
    actions.look(looking.stock_of([one for one in items if (one[0], one[2]) in known]))


def _live(told: list[Event]) -> list[int]:
    """Orders that are not of the past."""
    return [event.subject_id for event in told if not event.payload.get("history")]
