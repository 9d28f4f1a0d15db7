"""Keys that end: malls give them for some weeks or months and do not say when they are over. The shop hears of it in time, several times."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from kaeru.connectors.models import Connection
from kaeru.core import audit, clock, events, scope
from kaeru.core.events import News

DAYS = (35, 14, 3)
"""A key that takes days to get anew is warned of in time."""
DAYS_OF = {"rakuten": (15, 7, 3), "yahoo": (7, 3)}
"""Where the shop renews it itself within minutes: a licenseKey of 90 days from day 75 on, a consent of four weeks in the last one."""


def days_left(row: Connection) -> int | None:
    """Whole days from today in the shop's zone until the last day of the key; negative: it is over; None: it has no end."""
    if row.key_expires_on is None:
        return None
    return (row.key_expires_on - clock.now().astimezone(ZoneInfo(row.shop.timezone)).date()).days


def stage(days: int, source: str = "") -> int | None:
    """Which warning fits a key that works for so many more days.

    >>> stage(36), stage(35), stage(14), stage(9), stage(3), stage(-1)
    (None, 35, 14, 14, 3, 3)
    >>> stage(16, "rakuten"), stage(15, "rakuten"), stage(7, "yahoo")
    (None, 15, 7)
    """
    return min((one for one in DAYS_OF.get(source, DAYS) if days <= one), default=None)


def warn(limit: int) -> int:
    """Warn of up to `limit` keys whose end comes near, each of the three times once; returns how many. News `connection.key_ends`
    (subject: the connection, payload {"days", "source", "shop"}).
    """
    with scope.everyone(), transaction.atomic():
        soon = clock.now().date() + timedelta(days=DAYS[0] + 1)
        rows = Connection.objects.filter(Q(key_warned=None) | Q(key_warned__gt=DAYS[-1]), removed_at=None)
        due = list(rows.filter(key_expires_on__lte=soon).select_related("shop").order_by("key_expires_on")[:limit])
        told: list[tuple[Connection, int]] = []
        for row in due:
            days = days_left(row)
            now = None if days is None else stage(days, row.source)
            if days is not None and now is not None and (row.key_warned is None or now < row.key_warned):
                row.key_warned = now
                told.append((row, days))
        Connection.objects.bulk_update([row for row, _ in told], ["key_warned"])
        audit.record_many(
            (row.organization_id, "system", "connection.key_ends", "connection", row.id, {"days": days})
            for row, days in told
        )
        events.emit(
            News(
                "connection.key_ends",
                row.organization_id,
                row.id,
                {"days": days, "source": row.source, "shop": row.shop_id},
            )
            for row, days in told
        )
    return len(told)
