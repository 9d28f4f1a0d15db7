"""A salon's forecasts are written down when they are made and scored when the day is over: who will not come, which freed time is taken.

The mall's penalty forecasts are kept and scored by their own room (`marketplaces.forecast`); `scores` shows all of them side by side.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef

from kaeru.appointments.bookings.models import Booking, BookingState
from kaeru.appointments.clients.models import ClientCard
from kaeru.appointments.openings.models import Opening, OpeningState
from kaeru.core import clock, ids, scope, sql
from kaeru.marketplaces.forecast import queries as penalties
from kaeru.recoveries.chances import USUAL_FILL, USUAL_NO_SHOW, Past, no_show, past, refill
from kaeru.recoveries.models import VisitForecast
from kaeru.uplift.calibration import Score, score

AHEAD = timedelta(days=1)
"""A visit is forecast once, a day before."""
LOOKS_BACK = timedelta(days=180)
SETTLES = timedelta(days=1)
"""Until the salon has marked who came."""
NO_SHOW, REFILL = "no_show", "refill"
CAME: dict[str, dict[str, bool]] = {
    NO_SHOW: {BookingState.NO_SHOW: True, BookingState.DONE: False},
    REFILL: {OpeningState.CLAIMED: True, OpeningState.PASSED: False},
}
"""What became of a subject, by its state; of any other state nothing is to be learned."""
MOST_SCORED = 2000


def forecast(limit: int) -> int:
    """The pass: forecast visits of the coming day and new openings; returns how many. A constant number of queries."""
    with scope.everyone(), transaction.atomic():
        return _visits(limit) + _openings(limit)


def _unsaid(what: str) -> Any:
    return ~Exists(VisitForecast.objects.filter(what=what, subject_id=OuterRef("id")))


def _visits(limit: int) -> int:
    now = clock.now()
    soon = Booking.objects.filter(
        state=BookingState.BOOKED, starts_at__gt=now, starts_at__lte=now + AHEAD, is_history=False,
        ends_at__gt=now, ends_at__lte=now + 2 * AHEAD,
    )  # fmt: skip
    rows = list(soon.filter(_unsaid(NO_SHOW)).order_by("starts_at", "id")[:limit])
    if not rows:
        return 0
    pasts = _missed({row.shop_id for row in rows}, now)
    cards = {
        card.customer_id: card
        for card in ClientCard.objects.filter(
            customer_id__in=sql.keys({row.customer_id for row in rows if row.customer_id})
        )
    }
    told = []
    for row in rows:
        card = cards.get(row.customer_id or 0)
        visits, missed = (card.visits, card.no_shows) if card else (0, 0)
        chance = no_show(pasts[row.shop_id], row.starts_at - row.made_at, visits, missed)
        told.append(_said(row.organization_id, row.shop_id, NO_SHOW, row.id, chance, row.ends_at + SETTLES))
    return _keep(told)


def _openings(limit: int) -> int:
    now = clock.now()
    rows = list(
        Opening.objects.filter(state=OpeningState.OPEN, deadline__gt=now).filter(_unsaid(REFILL)).order_by("id")[:limit]
    )
    if not rows:
        return 0
    pasts = _filled({row.shop_id for row in rows}, now)
    return _keep(
        [
            _said(
                row.organization_id, row.shop_id, REFILL, row.id, refill(pasts[row.shop_id], row.deadline - row.created_at), row.deadline
            )
            for row in rows
        ]
    )  # fmt: skip


def _missed(shops: set[int], now: datetime) -> dict[int, Past]:
    rows = Booking.objects.filter(
        shop_id__in=shops, starts_at__gt=now - LOOKS_BACK, starts_at__lt=now, state__in=CAME[NO_SHOW]
    )
    return _pasts(shops, NO_SHOW, rows.values_list("shop_id", "made_at", "starts_at", "state"), USUAL_NO_SHOW)


def _filled(shops: set[int], now: datetime) -> dict[int, Past]:
    rows = Opening.objects.filter(shop_id__in=shops, created_at__gt=now - LOOKS_BACK, state__in=CAME[REFILL])
    return _pasts(shops, REFILL, rows.values_list("shop_id", "created_at", "deadline", "state"), USUAL_FILL)


def _pasts(
    shops: set[int], what: str, rows: Iterable[tuple[int, datetime, datetime, str]], usual: float
) -> dict[int, Past]:
    told: dict[int, list[tuple[timedelta, bool]]] = defaultdict(list)
    for shop_id, since, until, state in rows:
        told[shop_id].append((until - since, CAME[what][state]))
    return {shop_id: past(told[shop_id], usual) for shop_id in shops}


def _said(owner: int, shop_id: int, what: str, subject_id: int, chance: float, due_at: datetime) -> VisitForecast:
    return VisitForecast(
        id=ids.new_id(), organization_id=owner, shop_id=shop_id, what=what, subject_id=subject_id, made_at=clock.now(),
        probability=chance, due_at=due_at,
    )  # fmt: skip


def _keep(rows: Sequence[VisitForecast]) -> int:
    VisitForecast.objects.bulk_create(rows, batch_size=1000, ignore_conflicts=True)
    return len(rows)


def close(limit: int) -> int:
    """The pass: note what came of forecasts whose day is over; returns how many. A constant number of queries."""
    with scope.everyone(), transaction.atomic():
        now = clock.now()
        due = sql.claim_ids(
            "recoveries_visitforecast", "closed_at IS NULL AND due_at <= %s", [sql.moment(now)], "due_at, id", limit
        )
        rows = list(VisitForecast.objects.filter(id__in=sql.keys(due)).order_by("id")) if due else []
        states = _states(rows)
        for row in rows:
            row.came, row.closed_at = CAME[row.what].get(states.get((row.what, row.subject_id), "")), now
        VisitForecast.objects.bulk_update(rows, ["came", "closed_at"], batch_size=500)
        return len(rows)


def _states(rows: Sequence[VisitForecast]) -> dict[tuple[str, int], str]:
    found: dict[tuple[str, int], str] = {}
    for what, model in ((NO_SHOW, Booking), (REFILL, Opening)):
        keys = {row.subject_id for row in rows if row.what == what}
        if keys:
            states = model._default_manager.filter(id__in=sql.keys(keys)).values_list("id", "state")
            found |= {(what, key): state for key, state in states}
    return found


def scores(shop_id: int) -> dict[str, Score]:
    """How good the forecasts for the shop were, of those whose time is over: penalty | no_show | refill. Two queries."""
    rows = VisitForecast.objects.filter(shop_id=shop_id, came__isnull=False).order_by("-made_at", "-id")
    told: dict[str, tuple[list[float], list[int]]] = defaultdict(lambda: ([], []))
    for what, chance, came in rows.values_list("what", "probability", "came")[:MOST_SCORED]:
        told[what][0].append(chance)
        told[what][1].append(int(bool(came)))
    found = {what: scored for what, (said, came) in told.items() if (scored := score(said, came)) is not None}
    penalty = penalties.record([shop_id])
    return found if penalty is None else {"penalty": penalty, **found}
