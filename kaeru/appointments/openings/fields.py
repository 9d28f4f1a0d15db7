"""What conditions can ask about a salon's client: last visit, usual interval, tickets, nomination, waiting, what is booked."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Max
from django.utils.translation import gettext as now_
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kaeru.appointments.bookings.models import LIVE, Booking
from kaeru.appointments.clients.models import ClientCard, TicketPack, WaitlistEntry
from kaeru.appointments.salons.models import Resource
from kaeru.audiences import compiling
from kaeru.audiences.compiling import Asked
from kaeru.audiences.counting import counted
from kaeru.audiences.registry import Column, Field, register_field
from kaeru.audiences.rules import All, Condition, Not, Subject, Test
from kaeru.audiences.rules import Any as AnyOf
from kaeru.core import sql
from kaeru.customers.models import Identity

OF_OPENING = "opening"
"""For `client.nominates`: whoever is free in the opening that is offered; nobody, where there is none."""
_DAY = 86_400
_DAYS = pgettext_lazy("unit", "days")


class Card(NamedTuple):
    """What of a card can be asked; one query for all of it."""

    last_visit_at: datetime | None
    interval: int | None
    nominee: int | None
    at: datetime
    """The moment that is asked about."""


def _ids(subjects: Iterable[Subject]) -> set[int]:
    return {subject.customer_id for subject in subjects if subject.customer_id is not None}


def _cards(subjects: Sequence[Subject]) -> dict[Subject, Card]:
    rows = ClientCard.objects.filter(customer_id__in=sql.keys(_ids(subjects)))
    found = {
        row[0]: row[1:]
        for row in rows.values_list("customer_id", "last_visit_at", "usual_interval_days", "nominated_staff_id")
    }
    return {s: Card(*found[s.customer_id], s.at) for s in subjects if s.customer_id in found}


def days_between(earlier: datetime, later: datetime) -> int:
    """Whole days of 24 hours; below 0 when it is the other way round."""
    return (int(later.timestamp()) - int(earlier.timestamp())) // _DAY


def _since(card: Card) -> int | None:
    return None if card.last_visit_at is None else max(0, days_between(card.last_visit_at, card.at))


def _beyond(card: Card) -> int | None:
    since = _since(card)
    return None if since is None or card.interval is None else since - card.interval


def _since_as_sql(more: str) -> Callable[[Test, datetime], Asked]:
    """Whole days from the last visit to the moment, and what is taken off them."""

    def asked(test: Test, at: datetime) -> Asked:
        if sql.is_postgres():
            days = "GREATEST(0, FLOOR((FLOOR(EXTRACT(EPOCH FROM %s::timestamptz)) - FLOOR(EXTRACT(EPOCH FROM k.last_visit_at))) / 86400))::int"
        else:
            days = "MAX(0, (CAST(strftime('%%s', %s) AS INTEGER) - CAST(strftime('%%s', k.last_visit_at) AS INTEGER)) / 86400)"
        text = f"(SELECT {days}{more} FROM appointments_clientcard k WHERE k.customer_id = c.id AND k.last_visit_at IS NOT NULL)"
        return compiling.compare(Asked(text, (sql.moment(at),)), test)

    return asked


def today(at: datetime) -> date:
    """The day on which tickets are good or not, where this house stands."""
    return at.astimezone(ZoneInfo(settings.TIME_ZONE)).date()


class Packs(NamedTuple):
    """A client's packs with tickets left, and the day that is asked about."""

    packs: Sequence[tuple[int, date | None]]
    """Tickets left, and the last day on which they are good; None: for good."""
    day: date

    @property
    def good(self) -> list[tuple[int, date | None]]:
        """Those that have not expired by then."""
        return [one for one in self.packs if one[1] is None or one[1] >= self.day]


def _packs(subjects: Sequence[Subject]) -> dict[Subject, Packs]:
    rows = TicketPack.objects.filter(customer_id__in=sql.keys(_ids(subjects)), used__lt=F("total"), is_withdrawn=False)
    found: dict[int, list[tuple[int, date | None]]] = {}
    for customer_id, total, used, expires_on in rows.values_list("customer_id", "total", "used", "expires_on"):
        found.setdefault(customer_id, []).append((total - used, expires_on))
    return {s: Packs(found.get(s.customer_id, ()), today(s.at)) for s in subjects if s.customer_id is not None}


def _tickets(told: Packs) -> int:
    return sum(left for left, _until in told.good)


def _expiry(told: Packs) -> int | None:
    return min(((until - told.day).days for _left, until in told.good if until is not None), default=None)


def _tickets_as_sql(test: Test, at: datetime) -> Asked:
    text = (
        "(SELECT COALESCE(SUM(p.total - p.used), 0) FROM appointments_ticketpack p WHERE p.customer_id = c.id"
        f" AND NOT p.is_withdrawn AND (p.expires_on IS NULL OR p.expires_on >= {_a_day()}))"
    )
    return compiling.compare(Asked(text, (today(at).isoformat(),)), test)


def _a_day() -> str:
    return "%s::date" if sql.is_postgres() else "%s"


def _visits(state: str) -> Callable[[Sequence[Subject], int | None], Mapping[Subject, int]]:
    return lambda subjects, days: counted(Booking.objects.filter(state=state), "starts_at", subjects, days)


def _has(rows: Callable[[], Any]) -> Callable[[Sequence[Subject], int | None], dict[Subject, bool]]:
    """Whether the customer has such rows now."""

    def load(subjects: Sequence[Subject], days: int | None) -> dict[Subject, bool]:
        found = set(rows().filter(customer_id__in=sql.keys(_ids(subjects))).values_list("customer_id", flat=True))
        return {s: s.customer_id in found for s in subjects if s.customer_id is not None}

    return load


def _is_booked(subjects: Sequence[Subject], days: int | None) -> dict[Subject, bool]:
    rows = Booking.objects.filter(customer_id__in=sql.keys(_ids(subjects)), state__in=LIVE).order_by()
    last = dict(rows.values_list("customer_id").annotate(Max("starts_at")))
    return {s: s.customer_id in last and last[s.customer_id] > s.at for s in subjects if s.customer_id is not None}


def _exists(table: str, where: str, *, with_moment: bool = False) -> Callable[[Test, datetime], Asked]:
    def asked(test: Test, at: datetime) -> Asked:
        text = f"EXISTS (SELECT 1 FROM {table} n WHERE n.customer_id = c.id AND {where})"
        values = (sql.moment(at),) if with_moment else ()
        return Asked(text if test.value else f"(NOT {text})", values)

    return asked


def _people(shop_id: int) -> list[tuple[str, str]]:
    rows = Resource.objects.filter(shop_id=shop_id, kind="staff", is_active=True).order_by("position", "id")
    return [(OF_OPENING, now_("whoever is free")), *((str(key), name) for key, name in rows.values_list("id", "name"))]


def aimed(condition: Condition, staff_id: int) -> Condition:
    """The condition for one opening: "whoever is free" is this staff member. Pure."""
    match condition:
        case Test():
            if condition.field != "client.nominates":
                return condition
            value = condition.value
            told = tuple(map(_name(staff_id), value)) if isinstance(value, tuple) else _name(staff_id)(value)
            return Test(condition.field, condition.op, told, condition.days)
        case Not(part):
            return Not(aimed(part, staff_id))
        case All(parts):
            return All(tuple(aimed(part, staff_id) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(aimed(part, staff_id) for part in parts))


def _name(staff_id: int) -> Callable[[Any], Any]:
    return lambda value: str(staff_id) if value == OF_OPENING else value


FIELDS = (
    Field(
        "client.last_visit_days", _("days since the last visit"), "number", Column(_cards, _since),
        _("Whole days since the last visit that took place. Not known of somebody who has not been there yet."),
        unit=_DAYS, sql=_since_as_sql(""),
    ),
    Field(
        "client.beyond_interval", _("days beyond the usual interval"), "number", Column(_cards, _beyond),
        _("Days since the client should have come again, by the usual interval between their visits. 0: today. Known from the third visit on."),
        unit=_DAYS, sql=_since_as_sql(" - k.usual_interval_days"),
    ),
    Field(
        "client.tickets_left", _("tickets left"), "number", Column(_packs, _tickets),
        _("Tickets of all packs that are paid, not used and not expired."), unit=pgettext_lazy("unit", "ticket(s)"), sql=_tickets_as_sql,
    ),
    Field(
        "client.tickets_expire", _("days until tickets expire"), "number", Column(_packs, _expiry),
        _("Days until the first pack with tickets left expires. Not known without tickets, or when none expire."), unit=_DAYS,
    ),
    Field(
        "client.nominates", _("staff member asked for"), "choice", Column(_cards, lambda card: str(card.nominee) if card.nominee else None),
        _("Whom the client asks for, as their card says. “Whoever is free” is the staff member of the opening that is offered."), _people,
        sql=compiling.column(
            "(SELECT CAST(k.nominated_staff_id AS VARCHAR(20)) FROM appointments_clientcard k WHERE k.customer_id = c.id)"
        ),
    ),
    Field(
        "client.visits", _("number of visits"), "count", _visits("done"),
        _("Visits that took place here, up to now."), has_days=True,
        sql=compiling.count("appointments_booking", "starts_at", "n.state = 'done'"),
    ),
    Field(
        "client.no_shows", _("times not come"), "count", _visits("no_show"),
        _("Visits to which the client did not come, without a word."), has_days=True,
        sql=compiling.count("appointments_booking", "starts_at", "n.state = 'no_show'"),
    ),
    Field(
        "client.waits", _("on the waitlist"), "yes", _has(lambda: WaitlistEntry.objects.filter(state="waiting")),
        _("The client waits for a time."), denied=_("not on the waitlist"),
        sql=_exists("appointments_waitlistentry", "n.state = 'waiting'"),
    ),
    Field(
        "client.is_booked", _("has a visit to come"), "yes", _is_booked,
        _("A visit of theirs is booked and has not begun."), denied=_("has no visit to come"),
        sql=_exists("appointments_booking", "n.state IN ('held', 'booked') AND n.starts_at > %s", with_moment=True),
    ),
    Field(
        "client.has_line", _("linked in LINE"), "yes", _has(lambda: Identity.objects.filter(kind="line")),
        _("The client's LINE is linked to their card."), denied=_("not linked in LINE"),
        sql=_exists("customers_identity", "n.kind = 'line'"),
    ),
)  # fmt: skip

for _field in FIELDS:
    register_field(_field)
