"""News that something about these hours changed: rooms above that count by the day count those days anew.

One event for each mirroring, not for each order, and of the past as well: what a file tells is counted.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from kaeru.core.events import News
from kaeru.tenants.models import Shop

TOUCHED = "orders.touched"


def touched(shop: Shop, moments: Iterable[datetime | None], changed: Sequence[int] = ()) -> list[News]:
    """The news of orders placed or cancelled at these moments, before or now; `changed`: those that were known already."""
    hours = sorted({int(moment.timestamp()) // 3600 for moment in moments if moment is not None})
    if not hours:
        return []
    return [News(TOUCHED, shop.organization_id, shop.id, {"hours": hours, "orders": list(changed)})]


def hour_of(number: int) -> datetime:
    """The beginning of such an hour."""
    return datetime.fromtimestamp(number * 3600, UTC)
