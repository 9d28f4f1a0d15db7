"""Reads about clients for screens, the API and the rooms beside: cards, who comes less often than usual, packs, the waitlist."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from statistics import median

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from kaeru.appointments.bookings.models import Booking, BookingState
from kaeru.appointments.clients import rules
from kaeru.appointments.clients.models import ClientCard, TicketPack, TicketUse, WaitlistEntry, WaitState
from kaeru.core import clock, sql
from kaeru.customers.models import Customer, Identity
from kaeru.customers.rules import tidy_name

USUAL_INTERVAL = 60
"""Days between visits where nothing is known yet of a salon's clients."""
MOST_LIKELY = 5


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one client stands today."""

    customer_id: int
    name: str
    """new | regular | due | almost_lost | lost, as `rules.standing` says."""
    days_since: int | None
    interval: int
    is_own: bool
    """The interval is the client's own; otherwise the salon's."""
    next_at: datetime | None


def standings(shop_id: int, now: datetime, customer_ids: Collection[int] | None = None) -> list[Standing]:
    """Where the clients of the salon stand (these only, where some are named), the longest away first. Three queries."""
    cards = ClientCard.objects.filter(shop_id=shop_id)
    usual = _usual(cards.filter(usual_interval_days__isnull=False).values_list("usual_interval_days", flat=True))
    if customer_ids is not None:
        cards = cards.filter(customer_id__in=sql.keys(customer_ids))
    coming = next_visits(shop_id, now)
    found = []
    for key, last, own in cards.values_list("customer_id", "last_visit_at", "usual_interval_days"):
        days = None if last is None else max(0, (now - last).days)
        interval = own or usual
        name = rules.standing(days, interval, has_next=key in coming)
        found.append(Standing(key, name, days, interval, own is not None, coming.get(key)))
    return sorted(found, key=lambda one: (-(one.days_since or 0) / one.interval, one.customer_id))


def _usual(known: Iterable[int | None]) -> int:
    days = [one for one in known if one]
    return max(1, round(median(days))) if days else USUAL_INTERVAL


def next_visits(shop_id: int, now: datetime) -> dict[int, datetime]:
    """The next booked visit of each client of the salon who has one."""
    rows = Booking.objects.filter(
        shop_id=shop_id, state=BookingState.BOOKED, starts_at__gte=now, customer_id__isnull=False
    )
    return {key or 0: at for key, at in rows.order_by("-starts_at").values_list("customer_id", "starts_at")}


def listed(shop_id: int, only: str, text: str, now: datetime) -> QuerySet[ClientCard]:
    """Cards for the list: `only` is all | due | lost | tickets | no_shows; `text` is looked for in name, mail and phone."""
    rows = ClientCard.objects.filter(shop_id=shop_id).select_related("customer", "nominated_staff")
    match only:
        case "due" | "lost":
            wanted = {"due": ("almost_lost",), "lost": ("lost",)}[only]
            rows = rows.filter(
                customer_id__in=sql.keys(one.customer_id for one in standings(shop_id, now) if one.name in wanted)
            )
            rows = rows.order_by("-last_visit_at", "-id")
        case "tickets":
            packs = open_packs(shop_id, now.date()).values("customer_id")
            rows = rows.filter(customer_id__in=packs).order_by(F("last_visit_at").desc(nulls_last=True), "-id")
        case "no_shows":
            rows = rows.filter(no_shows__gt=0).order_by("-last_no_show_at", "-id")
        case _:
            rows = rows.order_by(F("last_visit_at").desc(nulls_last=True), "-id")
    if text.strip():
        rows = rows.filter(customer_id__in=_named(shop_id, text))
    return rows


def _named(shop_id: int, text: str) -> QuerySet[Customer]:
    """Customers whose name, mail address or phone number holds the text; blanks between the names do not matter."""
    words, digits = tidy_name(text).split(), "".join(sign for sign in text if sign.isdecimal())
    by_name = Q()
    for word in words:
        by_name &= Q(name__icontains=word)
    ways = Identity.objects.filter(shop_id=shop_id)
    by_way = ways.filter(kind="mail", value__icontains=text.strip().lower())
    if len(digits) >= 4:
        by_way = by_way | ways.filter(kind="phone", value__regex="[^0-9]*".join(digits))
    by_way_ids = by_way.values("customer_id")
    return Customer.objects.filter(by_name | Q(id__in=by_way_ids), shop_id=shop_id).values("id")  # type: ignore[return-value]


def card_of(customer_id: int) -> ClientCard | None:
    """The client's card with the customer, the salon and who is nominated; None when there is none."""
    return (
        ClientCard.objects.filter(customer_id=customer_id).select_related("customer", "shop", "nominated_staff").first()
    )


def visits_of(customer_id: int, most: int = 100) -> list[Booking]:
    """The client's bookings, the newest first; kept ones and those that lapsed are left out."""
    rows = Booking.objects.filter(customer_id=customer_id).exclude(state__in=(BookingState.HELD, BookingState.LAPSED))
    return list(rows.select_related("service", "staff").order_by("-starts_at", "-id")[:most])


def no_shows_since(customer_ids: Iterable[int], since: datetime) -> dict[int, int]:
    """How many visits each of these missed since then; who missed none is left out."""
    rows = Booking.objects.filter(
        customer_id__in=sql.keys(customer_ids), state=BookingState.NO_SHOW, starts_at__gte=since
    )
    return {key or 0: count for key, count in rows.values_list("customer_id").annotate(Count("id"))}


def open_packs(shop_id: int, day: date) -> QuerySet[TicketPack]:
    """Packs of which something is left and that are good on the day, those that expire first at the top."""
    rows = TicketPack.objects.filter(shop_id=shop_id, is_withdrawn=False, used__lt=F("total"))
    rows = rows.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day)).select_related("customer")
    return rows.order_by(F("expires_on").asc(nulls_last=True), "id")


def over_packs(shop_id: int, day: date) -> QuerySet[TicketPack]:
    """Packs that are used up, expired or taken back, the newest first."""
    over = Q(is_withdrawn=True) | Q(used=F("total")) | Q(expires_on__lt=day)
    return TicketPack.objects.filter(over, shop_id=shop_id).select_related("customer").order_by("-made_at", "-id")


def packs_of(customer_id: int) -> list[TicketPack]:
    """All packs of the client, those that expire first at the top."""
    rows = TicketPack.objects.filter(customer_id=customer_id)
    return list(rows.order_by("is_withdrawn", F("expires_on").asc(nulls_last=True), "id"))


def uses_of(pack_ids: Sequence[int], most: int = 200) -> list[TicketUse]:
    """What was used of these packs and not given back, the newest first."""
    rows = TicketUse.objects.filter(pack_id__in=pack_ids, returned_at=None).select_related("booking")
    return list(rows.order_by("-used_at", "-id")[:most])


def tickets_left(customer_ids: Iterable[int], day: date) -> dict[int, int]:
    """How many tickets each of these has that are good on the day; who has none is left out."""
    rows = TicketPack.objects.filter(customer_id__in=sql.keys(customer_ids), is_withdrawn=False, used__lt=F("total"))
    rows = rows.filter(Q(expires_on__isnull=True) | Q(expires_on__gte=day), bought_on__lte=day)
    return dict(rows.values_list("customer_id").annotate(left=Coalesce(Sum(F("total") - F("used")), 0)))


def waitlist(shop_id: int, *, is_over: bool = False) -> QuerySet[WaitlistEntry]:
    """Who waits, in the order in which they came; or whose waiting is over, the newest first."""
    rows = WaitlistEntry.objects.filter(shop_id=shop_id).select_related("customer", "service", "staff", "booking")
    if is_over:
        return rows.exclude(state=WaitState.WAITING).order_by("-ended_at", "-id")
    return rows.filter(state=WaitState.WAITING).order_by("made_at", "id")


def waiting_of(customer_id: int) -> list[WaitlistEntry]:
    """What the client waits for."""
    rows = WaitlistEntry.objects.filter(customer_id=customer_id, state=WaitState.WAITING)
    return list(rows.select_related("service", "staff").order_by("until", "id"))


def ways_of(customer_id: int) -> dict[str, str]:
    """How the client is reached: by kind (mail, phone, line)."""
    return dict(Identity.objects.filter(customer_id=customer_id).order_by("kind").values_list("kind", "value"))


def likely_same(customer: Customer) -> list[Customer]:
    """Other cards of the salon that may be of the same person: the same phone number or mail address, or the same name."""
    values = [value for kind, value in ways_of(customer.id).items() if kind in ("mail", "phone")]
    same = Q(id__in=Identity.objects.filter(shop_id=customer.shop_id, value__in=values).values("customer_id"))
    if customer.name:
        same |= Q(name=customer.name)
    rows = Customer.objects.filter(same, shop_id=customer.shop_id).exclude(id=customer.id)
    return list(rows.order_by("id")[:MOST_LIKELY])


def counts_since(months: int, zone: str) -> datetime:
    """No-shows before this moment are forgotten."""
    return rules.counts_since(clock.now(), months, zone)
