"""Reads for the results page: what was caused, over each part of a shop, from rows that are kept. Nothing is computed from orders here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Count, QuerySet

from kaeru.cancellations.models import CancellationRequest
from kaeru.core import clock
from kaeru.recoveries.gathering import GONE
from kaeru.recoveries.models import Figure, MonthFact, Outcome
from kaeru.recoveries.queries import bought_again_share
from kaeru.recoveries.windows import DECIDES
from kaeru.scenarios import holdout
from kaeru.scenarios.models import Scenario

if TYPE_CHECKING:
    from kaeru.uplift import size

LOOKS_BACK = timedelta(days=90)
UPLIFTS = (0.05, 0.10, 0.20)
"""Effects for which it is said how long the proof takes."""
USUAL_RATE = 0.5
"""Share that comes back by itself, where nothing is known of the shop."""
ENOUGH = 20
"""Held customers from which on their own share is taken."""


def key_of(*, scenario_id: int | None = None, reason_id: int | None = None, channel: str = "") -> str:
    """The part of a shop, as Figure.key names it; of the shop itself when nothing is named."""
    if scenario_id is not None:
        return f"scenario:{scenario_id}"
    return f"reason:{reason_id}" if reason_id is not None else f"channel:{channel}" if channel else "all"


def _read(shop_id: int) -> QuerySet[Figure]:
    return Figure.objects.filter(shop_id=shop_id).defer("state").select_related("scenario", "reason")


def figure(
    shop_id: int,
    *,
    scenario_id: int | None = None,
    reason_id: int | None = None,
    channel: str = "",
    window: int = DECIDES,
) -> Figure | None:
    """The figure of one part of the shop; None while no window is over. `answer` is what it says. One query."""
    key = key_of(scenario_id=scenario_id, reason_id=reason_id, channel=channel)
    return _read(shop_id).filter(key=key, window=window).first()


def figures(shop_id: int, window: int = DECIDES) -> list[Figure]:
    """All figures of the shop over one window: the shop, then scenarios, reasons and channels, the largest first. One query."""
    order = {"all": 0, "scenario": 1, "reason": 2, "channel": 3}
    rows = _read(shop_id).filter(window=window)
    return sorted(rows, key=lambda row: (order[row.key.partition(":")[0]], -row.units, row.key))


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One part of a shop over all windows."""

    answers: Mapping[int, Mapping[str, Any]]
    """By days; windows without a unit are missing."""

    @property
    def is_pulled_forward(self) -> bool:
        """Whether most of the gain is people who would have come later anyway."""
        from kaeru.recoveries.answers import pulled_forward

        return pulled_forward(self.answers)


def side_by_side(
    shop_id: int, *, scenario_id: int | None = None, reason_id: int | None = None, channel: str = ""
) -> SideBySide:
    """7, 14, 30 and 60 days. One query."""
    key = key_of(scenario_id=scenario_id, reason_id=reason_id, channel=channel)
    rows = Figure.objects.filter(shop_id=shop_id, key=key).values_list("window", "answer")
    return SideBySide(dict(sorted(rows)))


@dataclass(frozen=True, slots=True)
class Proof:
    """How long it takes until an effect of so many points is proven, should it be there."""

    uplift: float
    units: int | None
    """Customers, both arms together, in half of all shops; None: never within any useful time."""
    months: int | None
    """Whole months at the shop's pace; None: never, or nobody cancels."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a shop can expect before it starts, and while it waits."""

    a_month: float
    """Customers who will be assigned in a month."""
    rate: float
    """Share that comes back by itself."""
    is_own_rate: bool
    """Whether `rate` is the shop's own; else a usual one."""
    proofs: tuple[Proof, ...]


def until_proof(shop_id: int, *, scenario_id: int | None = None) -> Outlook:
    """Months until proof for the shop or one of its scenarios: also before the first customer is assigned. Few queries, however large."""
    now = clock.now()
    row = figure(shop_id, scenario_id=scenario_id)
    held: Mapping[str, Any] = row.answer["held"] if row else {"units": 0, "rate": None}
    rate, is_own = USUAL_RATE, False
    if held["units"] >= ENOUGH and held["rate"] is not None:
        rate, is_own = held["rate"], True
    else:
        share = bought_again_share(
            shop_id, now - LOOKS_BACK - timedelta(days=DECIDES), now - timedelta(days=DECIDES), timedelta(days=DECIDES)
        )
        if share.units >= ENOUGH and share.rate is not None:
            rate, is_own = share.rate, True
    setting = _setting(scenario_id)
    pace, before = _pace(shop_id, scenario_id, now), _assigned(shop_id, scenario_id)
    told = [(uplift, _wait(round(rate, 2), uplift, setting, min(before, 600))) for uplift in UPLIFTS]
    return Outlook(
        pace, rate, is_own,
        tuple(Proof(uplift, wait.half, wait.months(pace).half if pace and wait.half else None) for uplift, wait in told),
    )  # fmt: skip


def _setting(scenario_id: int | None) -> str:
    if scenario_id is None:
        return holdout.BY_ITSELF
    return Scenario.objects.filter(id=scenario_id).values_list("holdout", flat=True).first() or holdout.BY_ITSELF


def _assigned(shop_id: int, scenario_id: int | None) -> int:
    rows = Outcome.objects.filter(shop_id=shop_id)
    return (rows if scenario_id is None else rows.filter(scenario_id=scenario_id))[:601].count()


def _pace(shop_id: int, scenario_id: int | None, now: datetime) -> float:
    """Cancellations a month for the reasons that the scenario follows, whether it was on or not; from kept months where there are some."""
    reason_id = (
        Scenario.objects.filter(id=scenario_id).values_list("reason_id", flat=True).first() if scenario_id else None
    )
    kept = MonthFact.objects.filter(shop_id=shop_id, first_on__gt=(now - LOOKS_BACK).date()).order_by("first_on")
    months = [told["reasons"] for told in kept.values_list("facts", flat=True)][:-1]  # the last one still runs
    if months:
        wanted = [
            told.get(str(reason_id), [0, 0])[0] if reason_id else sum(one[0] for one in told.values())
            for told in months
        ]
        return float(sum(wanted)) / len(months)
    gone = CancellationRequest.objects.filter(
        shop_id=shop_id, state__in=GONE, is_whole=True, customer_id__isnull=False, requested_at__gte=now - LOOKS_BACK
    )
    people = (gone.filter(reason_id=reason_id) if reason_id else gone).aggregate(
        count=Count("customer_id", distinct=True)
    )
    return float(people["count"]) / (LOOKS_BACK.days / 30)


@lru_cache(maxsize=512)
def _wait(rate: float, uplift: float, setting: str, before: int) -> "size.Wait":
    from kaeru.uplift import size

    rate = min(max(rate, 0.01), 0.99 - uplift)
    if setting == holdout.OFF:
        return size.Wait(None, None)
    return size.until_proven(rate, uplift, lambda units: holdout.basis_points(setting, units), before)
