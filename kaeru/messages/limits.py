"""What of the shops' own settings bounds a batch of messages: sending rules, caps, and who got how many already."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kaeru.core.calendar import Calendar
from kaeru.messages.models import ChannelRule, ContactLimit, Message, MessageState, Purpose
from kaeru.messages.timing import USUAL_CAP, Cap, Rule, next_chance, usual_rule
from kaeru.tenants.hours import calendar_of
from kaeru.tenants.models import Shop

COUNTED = (MessageState.SENDING, MessageState.SENT, MessageState.UNKNOWN)
"""Messages that the customer has, or may have."""


@dataclass(slots=True)
class Limits:
    """Rules, caps and calendars of some shops."""

    rules: dict[tuple[int, str], Rule] = field(default_factory=dict)
    """Of those shops and channels that have their own."""
    caps: dict[int, Cap | None] = field(default_factory=dict)
    calendars: dict[int, Calendar] = field(default_factory=dict)

    def rule(self, shop_id: int, channel: str) -> Rule:
        """The shop's rule for the channel, its own or the usual one."""
        return self.rules.get((shop_id, channel)) or usual_rule(channel)

    def cap(self, shop_id: int) -> Cap | None:
        """The shop's cap; None for a shop that has switched it off."""
        return self.caps.get(shop_id, USUAL_CAP)

    def calendar(self, shop: Shop) -> Calendar:
        """The shop's calendar."""
        if shop.id not in self.calendars:
            self.calendars[shop.id] = calendar_of(shop.timezone, shop.hours, shop.closed_on, shop.keeps_holidays)
        return self.calendars[shop.id]

    def chance(
        self, shop: Shop, channel: str, is_advertisement: bool, sent: Sequence[datetime], now: datetime
    ) -> tuple[datetime, str]:
        """(`now`, "") when such a message may go; else the next minute at which it may, and why it waits."""
        rule, calendar = self.rule(shop.id, channel), self.calendar(shop)
        return next_chance(rule, calendar, self.cap(shop.id), is_advertisement, sent, now)


def limits_of(shop_ids: Iterable[int]) -> Limits:
    """What bounds messages of these shops; two queries."""
    shops = set(shop_ids)
    rules = {(row.shop_id, row.channel): _rule(row) for row in ChannelRule.objects.filter(shop_id__in=shops)}
    caps = ContactLimit.objects.filter(shop_id__in=shops).values_list("shop_id", "most", "days")
    return Limits(rules, {shop_id: Cap(most, days) if most else None for shop_id, most, days in caps})


def _rule(row: ChannelRule) -> Rule:
    return Rule(row.channel, row.quiet_from, row.quiet_to, frozenset(row.weekdays), row.on_holidays, row.covers)


def advertised(customer_ids: Iterable[int], since: datetime) -> dict[int, list[datetime]]:
    """When these customers got (or may have got) advertisements later than `since`; one query."""
    found: dict[int, list[datetime]] = defaultdict(list)
    rows = Message.objects.filter(
        customer_id__in=set(customer_ids), purpose=Purpose.ADVERTISEMENT, state__in=COUNTED, handed_at__gt=since
    ).values_list("customer_id", "handed_at")
    for customer_id, at in rows:
        if at is not None:
            found[customer_id].append(at)
    return found


def lookback(limits: Limits, shop_ids: Iterable[int]) -> timedelta:
    """How far back advertisements count at the strictest of these shops."""
    caps = [cap for shop_id in shop_ids if (cap := limits.cap(shop_id)) is not None]
    return timedelta(days=max((cap.days for cap in caps), default=0))
