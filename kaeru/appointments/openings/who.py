"""Who is asked about an opening, and why: waiting clients whom it fits, then the salon's segments, less those who are not to be asked.

A constant number of queries, however many clients; only the number of segments and of the salon's services adds some.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import F, Max, Min

from kaeru.appointments.bookings.models import LIVE, Booking
from kaeru.appointments.clients.models import ClientCard, TicketPack, WaitlistEntry
from kaeru.appointments.clients.rules import fits
from kaeru.appointments.clients.waitlist import as_wanted
from kaeru.appointments.openings import reach, rules
from kaeru.appointments.openings.fields import aimed, days_between
from kaeru.appointments.openings.models import Offer, Opening, RefillTerms, Segment
from kaeru.appointments.openings.rules import Candidate
from kaeru.appointments.salons.models import Service, Skill
from kaeru.appointments.slots import queries as slots
from kaeru.appointments.visits import actions as visits
from kaeru.audiences import sql as audiences
from kaeru.audiences.rules import All, Condition, parse
from kaeru.core import sql
from kaeru.tenants.models import Shop

MOST_OF_SEGMENT = 3_000
"""Clients of one segment that are looked at for one opening."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who would be asked, in order, and who would not."""

    people: tuple[Candidate, ...] = ()
    left_out: Mapping[str, int] = field(default_factory=dict)
    """How many, by why not: booked (they come anyway) | asked (not long ago) | unreachable | no_consent | left (they cancelled it) |
    no_shows (they book by talking to the salon)."""
    services: tuple[int, ...] = ()
    """What still fits into the opening, in the salon's order."""

    @property
    def pushes(self) -> int:
        """LINE messages that asking all of them costs."""
        return sum(one.channel == "line" for one in self.people)


def find(opening: Opening, shop: Shop, terms: RefillTerms, segments: Sequence[Segment], now: datetime) -> Asked:
    """Everybody who could be asked about the opening, ranked; the budget is not looked at yet."""
    services = fitting(opening)
    if not services:
        return Asked()
    waiting = _waiting(opening, shop, services)
    placed = _members(shop, segments, opening.staff_id, now)
    everyone = {*waiting, *placed}
    left_out: Counter[str] = Counter()
    kept = _kept(everyone, waiting, opening, terms, now, left_out)
    reached = reach.ways(shop.id, kept)
    left_out["unreachable"] = len(kept - set(reached))
    agreed = reach.agreed({key: way for key, way in reached.items() if key not in waiting})
    silent = {key for key in reached if key not in waiting and key not in agreed}
    left_out["no_consent"] = len(silent)
    facts = _Facts({key for key in reached if key not in silent}, opening, shop, services, now)
    people = [
        facts.candidate(key, way, waiting.get(key), placed.get(key))
        for key, way in reached.items()
        if key not in silent
    ]
    return Asked(tuple(rules.ranked(people, opening.id)), {why: n for why, n in left_out.items() if n}, services)


def fitting(opening: Opening) -> tuple[int, ...]:
    """Services that clients can book at the opening's start with its staff member, as things stand; in the salon's order."""
    can = Skill.objects.filter(staff_id=opening.staff_id, service__is_active=True, service__is_online=True)
    try:
        return tuple(
            key
            for key in can.order_by("service__position", "service_id").values_list("service_id", flat=True)
            if slots.is_free(opening.shop_id, key, opening.starts_at, staff_id=opening.staff_id, is_online=False)
        )
    except slots.NotThere:
        return ()


def _waiting(opening: Opening, shop: Shop, services: Collection[int]) -> dict[int, int]:
    """Clients on the waitlist whom it fits, with the service they wait for; who has waited longest is found first."""
    zone = ZoneInfo(shop.timezone)
    day = opening.starts_at.astimezone(zone).date()
    rows = WaitlistEntry.objects.filter(shop=shop, state="waiting", first_day__lte=day, until__gte=day).order_by(
        "-made_at", "-id"
    )
    return {
        one.customer_id: one.service_id
        for one in rows
        if one.service_id in services
        and fits(as_wanted(one), opening.starts_at, one.service_id, (opening.staff_id,), zone)
    }


def condition_of(segment: Segment) -> Condition:
    """Whom the segment means; without a condition everybody."""
    return parse(segment.condition) if segment.condition is not None else All(())


def _members(shop: Shop, segments: Iterable[Segment], staff_id: int, now: datetime) -> dict[int, Segment]:
    """The first segment that each client is in."""
    found: dict[int, Segment] = {}
    for segment in sorted(segments, key=lambda one: (one.rank, one.id)):
        for key in audiences.find(shop, aimed(condition_of(segment), staff_id), now, MOST_OF_SEGMENT).customer_ids:
            found.setdefault(key, segment)
    return found


def _kept(
    everyone: set[int],
    waiting: Mapping[int, int],
    opening: Opening,
    terms: RefillTerms,
    now: datetime,
    left_out: Counter[str],
) -> set[int]:
    """Who may be asked: not who left the time, who comes anyway, or who was asked not long ago; those who wait may be asked again."""
    asked_at = now - timedelta(days=terms.once_per_days)
    rows = Booking.objects.filter(customer_id__in=sql.keys(everyone), state__in=LIVE, starts_at__gt=now)
    booked = set(rows.values_list("customer_id", flat=True)) - set(waiting)
    recent = Offer.objects.filter(customer_id__in=sql.keys(everyone), sent_at__gt=asked_at).exclude(opening=opening)
    asked = set(recent.values_list("customer_id", flat=True)) - set(waiting) - booked
    already = set(Offer.objects.filter(opening=opening, sent_at__isnull=False).values_list("customer_id", flat=True))
    left = {opening.from_booking.customer_id} if opening.from_booking and opening.from_booking.customer_id else set()
    left_out["left"] = len(everyone & left)
    left_out["booked"] = len((everyone & booked) - left)
    left_out["asked"] = len((everyone & asked) - left)
    kept = everyone - left - booked - asked - already
    barred = kept & set(visits.talk_first(opening.shop, kept))
    left_out["no_shows"] = len(barred)
    return kept - barred


class _Facts:
    """What is known of the clients who may be asked; five queries."""

    def __init__(
        self, keys: Collection[int], opening: Opening, shop: Shop, services: Sequence[int], now: datetime
    ) -> None:
        self._opening, self._services, self._now = opening, services, now
        among = sql.keys(keys)
        self._today = now.astimezone(ZoneInfo(shop.timezone)).date()
        cards = ClientCard.objects.filter(customer_id__in=among)
        self._cards = {row.customer_id: row for row in cards}
        packs = TicketPack.objects.filter(
            customer_id__in=among, used__lt=F("total"), is_withdrawn=False, expires_on__gte=self._today
        )
        self._expiry = dict(packs.order_by().values_list("customer_id").annotate(Min("expires_on")))
        late = Offer.objects.filter(
            customer_id__in=among, state="late", answered_at__gt=now - timedelta(days=rules.LATE_DAYS)
        )
        self._late = dict(late.order_by().values_list("customer_id").annotate(Max("answered_at")))
        won = Offer.objects.filter(
            customer_id__in=among, state="taken", answered_at__gt=now - timedelta(days=rules.LATE_DAYS)
        )
        self._won = dict(won.order_by().values_list("customer_id").annotate(Max("answered_at")))
        past = Booking.objects.filter(customer_id__in=among, state="done").order_by("starts_at")
        self._last = dict(past.values_list("customer_id", "service_id"))

    def candidate(self, key: int, way: str, waits_for: int | None, segment: Segment | None) -> Candidate:
        """The client as the ranking looks at them."""
        card, expires = self._cards.get(key), self._expiry.get(key)
        beyond = None
        if card is not None and card.last_visit_at is not None and card.usual_interval_days is not None:
            beyond = days_between(card.last_visit_at, self._now) - card.usual_interval_days
        late, won = self._late.get(key), self._won.get(key)
        return Candidate(
            customer_id=key,
            channel=way,
            service_id=self._service(key, waits_for),
            segment_id=segment.id if segment else None,
            segment_rank=segment.rank if segment else 0,
            waits=waits_for is not None,
            was_late=late is not None and (won is None or won < late),
            nominates=card is not None and card.nominated_staff_id == self._opening.staff_id,
            tickets_expire_in=(expires - self._today).days if expires else None,
            beyond_days=beyond,
        )

    def _service(self, key: int, waits_for: int | None) -> int:
        """What suits them: what they wait for, last came for, what was booked there, else the first that fits."""
        wanted = (waits_for, self._last.get(key), self._opening.service_id)
        return next((one for one in wanted if one in self._services and one is not None), self._services[0])


def names_of(services: Collection[int]) -> dict[int, Service]:
    """Services by id; one query."""
    return {one.id: one for one in Service.objects.filter(id__in=sql.keys(services))}
