"""A shop's months in money: what cancellations took, what came back, what that cost, and what would have come back anyway.

Months are those of time zero on the shop's clock; what belongs to a customer counts in the month of their first cancellation. "Anyway" is
what the held customers bought, on average over everybody held so far: a month alone has too few of them.
"""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, Sum
from django.db.models.functions import TruncMonth

from kaeru.cancellations.models import CancellationRequest
from kaeru.recoveries.gathering import GONE
from kaeru.recoveries.models import Outcome
from kaeru.recoveries.windows import DECIDES
from kaeru.tenants.models import Shop

FEWEST_HELD = 20
"""Fewer held customers than these, and nothing is said about what would have come anyway."""


@dataclass(frozen=True, slots=True)
class Month:
    """Minor units of the shop's currency. What is None is not known: too few were held back, or windows are not over."""

    first_on: date
    cancellations: int = 0
    taken: int = 0
    """Value of the cancellations of the month."""
    units: int = 0
    """Customers assigned in the month whose 30 days are over."""
    open_units: int = 0
    """Customers whose 30 days are not over."""
    came_back: int = 0
    """What the treated bought in 30 days, before our coupons."""
    coupons: int = 0
    sending: int = 0
    anyway: int | None = None
    """What the treated would have bought without us."""

    @property
    def caused(self) -> int | None:
        """What came back because of us, before coupons and sending."""
        return None if self.anyway is None else self.came_back - self.anyway

    @property
    def net(self) -> int | None:
        """The same after coupons and sending, in sales."""
        return None if self.caused is None else self.caused - self.coupons - self.sending


def months(shop: Shop, since: datetime, until: datetime) -> list[Month]:
    """The months that begin in the half-open span, oldest first. Three queries."""
    zone = ZoneInfo(shop.timezone)
    gone = CancellationRequest.objects.filter(
        shop=shop, state__in=GONE, requested_at__gte=since, requested_at__lt=until
    )
    month = TruncMonth("requested_at", tzinfo=zone)
    taken = {
        at.date(): (count, int(value or 0))
        for at, count, value in gone.annotate(month=month).values_list("month").annotate(Count("id"), Sum("value")).order_by("month")
    }  # fmt: skip
    held = _held(shop.id)
    rows = Outcome.objects.filter(shop=shop, is_first_in_shop=True, first_at__gte=since, first_at__lt=until)
    is_over = ExpressionWrapper(Q(back_30__isnull=False), output_field=BooleanField())
    sums = (
        rows.annotate(month=TruncMonth("first_at", tzinfo=zone), is_over=is_over)
        .values_list("month", "is_treated", "is_over")
        .annotate(Count("id"), Sum(f"value_{DECIDES}"), Sum(f"coupons_{DECIDES}"), Sum(f"sends_{DECIDES}"))
        .order_by("month")
    )
    parts: dict[date, list[tuple[bool, bool, int, int, int, int]]] = defaultdict(list)
    for at, is_treated, over, count, value, coupons, sends in sums:
        parts[at.date()].append((is_treated, over, count, int(value or 0), int(coupons or 0), int(sends or 0)))
    return [
        _month(first_on, taken.get(first_on, (0, 0)), parts.get(first_on, []), held)
        for first_on in sorted({*taken, *parts})
    ]


def _held(shop_id: int) -> float | None:
    """What a held customer bought on average in 30 days; None while too few are known."""
    rows = Outcome.objects.filter(shop_id=shop_id, is_first_in_shop=True, is_treated=False, back_30__isnull=False)
    told = rows.aggregate(count=Count("id"), value=Sum(f"value_{DECIDES}"))
    return float(told["value"]) / told["count"] if told["count"] >= FEWEST_HELD else None


def _month(
    first_on: date,
    taken: tuple[int, int],
    parts: list[tuple[bool, bool, int, int, int, int]],
    held: float | None,
) -> Month:
    over = [part for part in parts if part[1]]
    treated = sum(part[2] for part in over if part[0])
    return Month(
        first_on=first_on,
        cancellations=taken[0],
        taken=taken[1],
        units=sum(part[2] for part in over),
        open_units=sum(part[2] for part in parts if not part[1]),
        came_back=sum(part[3] for part in over if part[0]),
        coupons=sum(part[4] for part in over),
        sending=sum(part[5] for part in over),
        anyway=None if held is None or not over else round(held * treated),
    )
