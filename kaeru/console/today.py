"""Today: what happened while I was away, what needs me, where do I stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.calls import queries as calls
from kaeru.cancellations import queries as cancellations
from kaeru.cancellations.desk import queries as desk
from kaeru.console import summary, today_salons, ways
from kaeru.console.doors import Visit, page, show
from kaeru.console.needs import SHOWN, needs_of
from kaeru.console.standing import standing
from kaeru.core import clock
from kaeru.messages import queries as messages
from kaeru.recoveries import queries as recoveries
from kaeru.scenarios import queries as scenarios
from kaeru.tenants.models import Shop, ShopKind

EVENING = time(18, 0)
"""The night of the sentence begins at 18:00 of the day before, the shop's time."""


@dataclass(frozen=True, slots=True)
class Night:
    """What happened to one shop since the evening, in counts."""

    shop: Shop
    cancelled: int
    answered: int
    came_back: int
    waits: int

    @property
    def sentence(self) -> SafeString:
        """The counts in words."""
        return sentence(self.cancelled, self.answered, self.came_back, self.waits)


def evening_before(now: datetime) -> datetime:
    """The last 18:00 that is at least as long ago as this morning: yesterday's, in the zone of `now`."""
    yesterday = (now - timedelta(days=1)).date()
    return datetime.combine(yesterday, EVENING, tzinfo=now.tzinfo)


@page("see")
def today(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The first page of the day."""
    now = timezone.localtime(clock.now())
    since = evening_before(now)
    if visit.is_asked and visit.shop is not None and visit.shop.kind == ShopKind.SALON:
        visit = replace(visit, shops=(visit.shop,))  # a salon's own page has no word of the others
    off_desk = desk.without_case(cancellations.to_cancel_by_hand(visit.shop_ids))
    by_hand = list(off_desk[: SHOWN + 1])
    salons = today_salons.salons_of(visit.shops)
    shops = [shop for shop in visit.shops if shop not in salons]
    needs = [*today_salons.needs(salons, now), *needs_of(visit, by_hand)]
    nights = [*_nights(shops, since, now), *(opened := today_salons.nights(salons, since, now))]
    context: dict[str, Any] = {
        "now": now,
        "since": since,
        "nights": nights,
        "needs": needs,
        "more_needs": off_desk.count() - SHOWN if len(by_hand) > SHOWN else 0,
        "nothing_title": _("Nothing needs you"),
        "nothing_text": (
            _("Cancellations are answered by your scenarios. What a person must do is listed here.")
            if shops
            else _("Reminders, changes and freed times go by themselves. What a person must do is listed here.")
        ),
        "standings": [standing(shop, now) for shop in shops],
        "salons": opened,
        "next_ups": [
            {
                "what": summary.next_of(item),
                "scenario": summary.name_of(item.revision.scenario),
                "number": ways.number(item),
                "at": item.due_at,
                "href": ways.href(item),
            }
            for item in scenarios.waiting(visit.shop_ids)[:3]
        ],
    }
    return show(request, visit, "console/today.html", "today", context)


def _nights(shops: Sequence[Shop], since: datetime, until: datetime) -> list[Night]:
    ids = [shop.id for shop in shops]
    cancelled = cancellations.tallies(ids, since, until)
    answered = scenarios.answered(ids, since, until)
    back = recoveries.came_back(ids, since, until)
    waits = _waits(ids)
    return [
        Night(
            shop=shop,
            cancelled=cancelled[shop.id].count if shop.id in cancelled else 0,
            answered=answered.get(shop.id, 0),
            came_back=back[shop.id].count if shop.id in back else 0,
            waits=waits.get(shop.id, 0),
        )
        for shop in shops
    ]


def _waits(shop_ids: list[int]) -> dict[int, int]:
    """By shop: how many things need a person now."""
    counts: dict[int, int] = {}
    for rows in (
        desk.without_case(cancellations.to_cancel_by_hand(shop_ids)),
        messages.needing_person(shop_ids),
        scenarios.parked(shop_ids),
    ):
        for shop_id, count in rows.order_by().values_list("shop_id").annotate(Count("id")):
            counts[shop_id] = counts.get(shop_id, 0) + count
    for shop_id, tally in calls.tallies(shop_ids).items():
        counts[shop_id] = counts.get(shop_id, 0) + tally.count
    for shop_id, count in desk.tallies(shop_ids).items():
        counts[shop_id] = counts.get(shop_id, 0) + count
    return counts


def sentence(cancelled: int, answered: int, came_back: int, waits: int) -> SafeString:
    """The night in one sentence: 12 cancellations, 7 answered by scenario, 3 came back, 2 wait for you."""
    if not (cancelled or answered or came_back or waits):
        return format_html("{}", _("Nobody cancelled, and nothing waits for you."))
    parts = (
        (ngettext("<b>{n}</b> cancellation, ", "<b>{n}</b> cancellations, ", cancelled), cancelled),
        (ngettext("<b>{n}</b> answered by scenario, ", "<b>{n}</b> answered by scenario, ", answered), answered),
        (ngettext("<b>{n}</b> came back, ", "<b>{n}</b> came back, ", came_back), came_back),
        (ngettext("<b>{n}</b> waits for you.", "<b>{n}</b> wait for you.", waits), waits),
    )
    return format_html_join("", "{}", ((format_html(words, n=f"{count:,}"),) for words, count in parts))
