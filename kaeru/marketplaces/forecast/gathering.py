"""What forecasts stand on, read for many shops at once in a constant number of queries."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count

from kaeru.cancellations.models import CancellationRequest, RequestState, Side
from kaeru.core import clock, sql
from kaeru.marketplaces import counting, meter
from kaeru.marketplaces.forecast.models import ForecastRound
from kaeru.marketplaces.forecast.prior import USUAL, Belief, among_shops
from kaeru.marketplaces.forecast.situation import PAST_DAYS, Pending
from kaeru.marketplaces.models import Judgement, MallTerms
from kaeru.marketplaces.periods import Period
from kaeru.marketplaces.programme import Programme, load
from kaeru.marketplaces.reading import Reading
from kaeru.marketplaces.standing import Days, days_of
from kaeru.tenants.models import Shop

OPEN = (RequestState.ASKED, RequestState.REQUESTED)
SETTLED = (RequestState.CANCELLED, RequestState.KEPT, RequestState.DECLINED)
LOOK_BACK = timedelta(days=90)
ASKED_OF_TEN = 8.0
"""Before anything is known, eight of ten requests end as a cancellation."""
DECIDED = 0.98
"""A cancellation that is decided, and that the shop's system has not confirmed yet."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """All that one shop's forecast stands on."""

    terms: MallTerms
    shop: Shop
    programme: Programme
    reading: Reading
    today: date
    now: datetime
    days: Days
    pending: tuple[Pending, ...]
    others: Belief


def gather(
    terms: Sequence[MallTerms], others: Mapping[int, Belief] | None = None, now: datetime | None = None
) -> list[Grounds]:
    """The grounds of these shops (their `shop` is loaded), one to one. Four queries; `others` by shop id saves one."""
    if not terms:
        return []
    moment = now or clock.now()
    shop_ids = [one.shop_id for one in terms]
    todays = {one.programme: counting.local_day(moment, load(one.programme).zone) for one in terms}
    spans = [meter.needs_of_all(load(name), day) for name, day in todays.items()]
    oldest = min(todays.values()) - timedelta(days=PAST_DAYS)
    first = min(oldest, *(span.first for span in spans))
    days = days_of(shop_ids, Period(first, max(span.last for span in spans)))
    asked, beliefs = _pending(shop_ids, moment), remembered(shop_ids) if others is None else others
    found = []
    for one in terms:
        programme, reading = load(one.programme), counting.reading_of(one)
        found.append(
            Grounds(
                one, one.shop, programme, reading, todays[one.programme], moment, days.get(one.shop_id, Days()),
                tuple(asked.get(one.shop_id, ())), beliefs.get(one.shop_id, USUAL),
            )
        )  # fmt: skip
    return found


def remembered(shop_ids: Iterable[int]) -> dict[int, Belief]:
    """What was believed of shops like these this morning, by shop id; one query."""
    rows = ForecastRound.objects.filter(shop_id__in=sql.keys(shop_ids)).values_list("shop_id", "others")
    return {shop_id: Belief(float(told[0]), float(told[1])) for shop_id, told in rows if len(told) == 2}


def believed(programme: Programme, today: date) -> Belief:
    """How shops under these rules differ, from the last two months of everybody's judgements here; one query over all organizations."""
    rules = [
        rule for code in programme.codes if (rule := programme.rule(code, today)) and rule.counted == "cancellations"
    ]
    rule = next((rule for rule in rules if rule.span.kind == "month"), rules[0] if rules else None)
    if rule is None:
        return USUAL
    rows = Judgement.objects.filter(
        programme=programme.name, rule=rule.code, judged_on__gt=today - timedelta(days=62), judged_on__lte=today
    ).order_by("judged_on")
    newest = {
        shop_id: (counted, orders) for shop_id, counted, orders in rows.values_list("shop_id", "counted", "orders")
    }
    return among_shops(newest.values())


def _pending(shop_ids: Sequence[int], now: datetime) -> dict[int, list[Pending]]:
    """Requests that nobody has settled, by shop, with the chance that they end as a cancellation; two queries."""
    past = (
        CancellationRequest.objects.filter(
            shop_id__in=sql.keys(shop_ids), state__in=SETTLED, side=Side.CUSTOMER, requested_at__gt=now - LOOK_BACK,
            origin__in=["page", "mall", "api"], refund=None,
        )
        .values_list("shop_id", "state")
        .annotate(number=Count("id"))
        .order_by()
    )  # fmt: skip
    ended: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for shop_id, state, number in past:
        ended[shop_id][0] += number if state == RequestState.CANCELLED else 0
        ended[shop_id][1] += number
    found: dict[int, list[Pending]] = defaultdict(list)
    for one in waiting(shop_ids):
        cancelled, of = ended[one.shop_id]
        chance = (ASKED_OF_TEN + cancelled) / (10 + of) if one.state == RequestState.ASKED else DECIDED
        assert one.order is not None
        found[one.shop_id].append(Pending(one.id, one.order.placed_at, chance, one.side))
    return found


def waiting(shop_ids: Iterable[int]) -> list[CancellationRequest]:
    """Whole orders that somebody wants cancelled and nobody has settled, with their orders; one query."""
    rows = CancellationRequest.objects.filter(
        shop_id__in=sql.keys(shop_ids), state__in=OPEN, is_whole=True, is_history=False, order__cancelled_at=None
    ).exclude(order=None)
    return list(rows.select_related("order").order_by("id"))
