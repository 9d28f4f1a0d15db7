"""Today: what happened while I was away, what needs me, where do I stand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kaeru.calls import queries as calls
from kaeru.cancellations import queries as cancellations
from kaeru.cancellations.desk import queries as desk
from kaeru.cancellations.models import CancellationRequest
from kaeru.connectors import queries as connections
from kaeru.connectors.connecting import CLOSED
from kaeru.connectors.models import Connection
from kaeru.console import summary, today_salons, ways
from kaeru.console.calls import need_words as call_words
from kaeru.console.desk import need_words
from kaeru.console.doors import Visit, page, show
from kaeru.console.standing import standing
from kaeru.core import clock, wording
from kaeru.messages import queries as messages
from kaeru.recoveries import queries as recoveries
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.models import Enrollment
from kaeru.tenants.models import Shop, ShopKind

EVENING = time(18, 0)
"""The night of the sentence begins at 18:00 of the day before, the shop's time."""
SHOWN = 3


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


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs a person: what, since when, and where it is settled."""

    title: str
    why: str
    since: datetime
    href: str
    action: str
    tone: str
    badge: str = ""
    """Said instead of `since`."""


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
    needs = [*today_salons.needs(visit, salons, now, Need), *_needs(visit, by_hand)]
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


def _needs(visit: Visit, by_hand: list[CancellationRequest]) -> list[Need]:
    has_desk = any(shop.kind != ShopKind.SALON for shop in visit.shops)
    needs = [
        *_keys(visit),
        *(_desk(visit) if has_desk else ()),
        *_calls(visit),
        *(_by_hand(visit, row) for row in by_hand[:SHOWN]),
    ]
    for message in messages.needing_person(visit.shop_ids)[:SHOWN]:
        is_unknown = message.state == "unknown"
        needs.append(
            Need(
                title=(
                    _("A mail to %(name)s may or may not have arrived")
                    if is_unknown
                    else _("A mail to %(name)s was refused")
                )
                % {"name": visit.person(message.customer.name if message.customer else "")},
                why=(
                    _("The mail server gave no proof. It is not sent again by itself, so that nobody gets it twice.")
                    if is_unknown
                    else _("The mail server refused it for good. The address may be wrong.")
                ),
                since=message.ended_at or message.due_at,
                href=reverse("console:message", args=[message.id]),
                action=_("Look at the mail"),
                tone="clock" if is_unknown else "bad",
            )
        )
    for enrollment in scenarios.parked(visit.shop_ids)[:SHOWN]:
        needs.append(
            Need(
                title=_("The scenario of order %(number)s has stopped") % {"number": _which(enrollment)},
                why=_("A step failed five times. Nothing more is sent for it until you look."),
                since=enrollment.due_at,
                href=ways.href(enrollment),
                action=_("Read its story"),
                tone="bad",
            )
        )
    return needs


def _keys(visit: Visit) -> list[Need]:
    """Keys of malls that end or are not accepted: until there is a new one nothing arrives."""
    rows = connections.keys_at_risk(visit.shop_ids)[:SHOWN] if visit.may("manage_keys") else []
    return [
        Need(
            title=(
                _("%(shop)s: the mall does not accept the key")
                if row.problem in CLOSED
                else _("%(shop)s: the mall's key ends soon")
            )
            % {"shop": row.shop.name},
            why=_("Until there is a new key, no orders and no wishes to cancel arrive."),
            since=row.checked_at or row.installed_at,
            href=f"{reverse('console:malls')}?shop={row.shop.slug}#{row.source}",
            action=_("Enter a new key"),
            tone="bad" if row.problem in CLOSED else "clock",
            badge=_until(row, visit.language),
        )
        for row in rows
    ]


def _until(row: Connection, language: str) -> str:
    """The last day of a key that still works."""
    if row.problem in CLOSED or row.key_expires_on is None:
        return ""
    return wording.day(row.key_expires_on, language, clock.now().year)


def _which(enrollment: Enrollment) -> str:
    """The order; for an event about a customer only, the scenario."""
    return ways.number(enrollment) or summary.name_of(enrollment.revision.scenario)


def _calls(visit: Visit) -> list[Need]:
    """One entry for all calls: they have a list of their own."""
    tallies = calls.tallies(visit.shop_ids).values()
    if not tallies:
        return []
    deadline = min(tally.deadline_at for tally in tallies)
    title, badge = call_words(sum(tally.count for tally in tallies), deadline, visit)
    return [
        Need(
            title=title,
            why=_("Each with its script, the one to make next first."),
            since=deadline,
            href=reverse("console:calls"),
            action=_("Make the calls"),
            tone="clock",
            badge=badge,
        )
    ]


def _desk(visit: Visit) -> list[Need]:
    """One entry for all cases of the desk: they have a queue of their own."""
    said = need_words(visit)
    if said is None:
        return []
    return [
        Need(
            title=said[0],
            why=_("Each with its clock and a proposed answer."),
            since=clock.now(),
            href=reverse("console:desk"),
            action=_("Open the desk"),
            tone="clock",
            badge=said[1],
        )
    ]


def _by_hand(visit: Visit, row: CancellationRequest) -> Need:
    number = row.order.number if row.order else ""
    return Need(
        title=_("Cancel order %(number)s in your shop's system") % {"number": number},
        why=(
            _("%(name)s has cancelled it. Your shop is not connected, so a person must do it.")
            if not row.shop.notify_url
            else _("%(name)s has cancelled it, and your shop's system has not confirmed in time.")
        )
        % {"name": visit.person(row.customer.name if row.customer else "")},
        since=row.decided_at or row.requested_at,
        href=reverse("console:cancellation", args=[row.id]),
        action=_("Open"),
        tone="clock",
    )


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
