"""A salon's clients over REST: cards, ticket packs, the waitlist, and the salon's figures with their definitions."""

from collections.abc import Sequence
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from ninja import Field, Path, Query, Router

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import Caller, caller_of, only
from kaeru.api.v1.client_schemas import (
    AnswerOut,
    ClientOut,
    ClientsPage,
    PackIn,
    PackOut,
    PacksOut,
    SalonSummaryOut,
    WaitIn,
    WaitlistPage,
    WaitOut,
)
from kaeru.api.v1.results import Page, Span
from kaeru.api.v1.schemas import RateOut, Ref
from kaeru.appointments.clients import queries, tickets, waitlist
from kaeru.appointments.clients.errors import NotPossible
from kaeru.appointments.clients.models import ClientCard, TicketPack, WaitlistEntry
from kaeru.appointments.figures import queries as figures
from kaeru.appointments.figures.rules import Share
from kaeru.core import clock
from kaeru.customers.models import Customer

router = Router(tags=["clients"])
FIELDS = {
    "dates": ("expires_on", "It ends before it begins."),
    "total": ("used", "More are used than there are."),
    "service": ("service_id", "There is no such service."),
    "staff": ("staff_id", "There is no such staff member."),
    "times": ("not_after", "The latest start is before the earliest."),
    "past": ("until", "The last day is over."),
}


class ClientFilters(Page):
    """What the list may be narrowed by, and nothing else."""

    customer_id: Ref | None = Field(None, description="Your own id")


def _shown(cards: Sequence[ClientCard], caller: Caller) -> list[ClientOut]:
    now, zone = clock.now(), ZoneInfo(caller.shop.timezone)
    people = [card.customer_id for card in cards]
    stand = {one.customer_id: one for one in queries.standings(caller.shop.id, now, people)}
    left = queries.tickets_left(people, now.astimezone(zone).date())
    return [
        ClientOut(
            id=str(card.customer_id), customer_id=card.customer.source_id, name=card.customer.name, standing=stand[card.customer_id].name,
            visits=card.visits, first_visit_at=card.first_visit_at and card.first_visit_at.astimezone(zone),
            last_visit_at=card.last_visit_at and card.last_visit_at.astimezone(zone), next_visit_at=stand[card.customer_id].next_at,
            usual_interval_days=card.usual_interval_days,
            nominated_staff_id=str(card.nominated_staff_id) if card.nominated_staff_id else None, no_shows=card.no_shows,
            tickets_left=left.get(card.customer_id, 0),
        )
        for card in cards
    ]  # fmt: skip


def _client(caller: Caller, client_id: str) -> Customer:
    number = int(client_id) if client_id.isascii() and client_id.isdigit() and len(client_id) < 19 else 0
    found = Customer.objects.select_related("shop").filter(shop=caller.shop, id=number).first()
    if found is None or not ClientCard.objects.filter(customer=found).exists():
        raise not_found("client")
    return found


@router.get("/clients", response=ClientsPage, operation_id="list_clients", summary="A salon's clients with their cards")
def list_clients(request: HttpRequest, filters: Query[ClientFilters]) -> ClientsPage:
    """Empty for a shop that is no salon."""
    only(request, filters)
    caller = caller_of(request)
    rows = ClientCard.objects.filter(shop=caller.shop).select_related("customer").order_by("id")
    if filters.customer_id:
        rows = rows.filter(customer__source_id=filters.customer_id)
    if filters.cursor:
        rows = rows.filter(id__gt=min(int(filters.cursor), 2**63 - 1))
    found = list(rows[: filters.limit + 1])
    page = found[: filters.limit]
    return ClientsPage(clients=_shown(page, caller), cursor=str(page[-1].id) if len(found) > filters.limit else None)


@router.get("/clients/{client_id}", response=ClientOut, operation_id="get_client", summary="One client's card")
def get_client(request: HttpRequest, client_id: Path[Ref]) -> ClientOut:
    """As it is counted now."""
    caller = caller_of(request)
    who = _client(caller, client_id)
    return _shown(list(ClientCard.objects.filter(customer=who).select_related("customer")), caller)[0]


@router.get(
    "/clients/{client_id}/packs", response=PacksOut, operation_id="list_packs", summary="A client's ticket packs"
)
def list_packs(request: HttpRequest, client_id: Path[Ref]) -> PacksOut:
    """Those that expire first at the top; used up and expired ones are there, too."""
    return PacksOut(packs=[_pack(row) for row in queries.packs_of(_client(caller_of(request), client_id).id)])


@router.post(
    "/clients/{client_id}/packs", response=PackOut, operation_id="post_pack", summary="Write down a sold ticket pack"
)
def post_pack(request: HttpRequest, client_id: Path[Ref], payload: PackIn) -> PackOut:
    """A ticket is used by itself when a visit is done, and given back when that is undone. Send an Idempotency-Key."""
    caller = caller_of(request)
    who = _client(caller, client_id)
    try:
        row = tickets.sell(
            who, payload.name, payload.total, services=[int(key) for key in payload.services], price=payload.price,
            bought_on=payload.bought_on, expires_on=payload.expires_on, used=payload.used, actor=caller.actor,
        )  # fmt: skip
    except NotPossible as refused:
        raise _refused(refused) from None
    return _pack(row)


@router.get("/waitlist", response=WaitlistPage, operation_id="list_waitlist", summary="Who waits for a time")
def list_waitlist(request: HttpRequest, page: Query[Page]) -> WaitlistPage:
    """Only those who still wait."""
    only(request, page)
    rows = WaitlistEntry.objects.filter(shop=caller_of(request).shop, state="waiting").order_by("id")
    if page.cursor:
        rows = rows.filter(id__gt=min(int(page.cursor), 2**63 - 1))
    found = list(rows[: page.limit + 1])
    shown = found[: page.limit]
    return WaitlistPage(
        waitlist=[_wait(row) for row in shown], cursor=str(shown[-1].id) if len(found) > page.limit else None
    )


@router.post("/waitlist", response=WaitOut, operation_id="post_wait", summary="Put a client on the waitlist")
def post_wait(request: HttpRequest, payload: WaitIn) -> WaitOut:
    """They are asked first when such a time becomes free. Send an Idempotency-Key."""
    caller = caller_of(request)
    who = _client(caller, payload.client_id)
    try:
        row = waitlist.wait(
            who, int(payload.service_id), first_day=payload.first_day, until=payload.until,
            staff_id=int(payload.staff_id) if payload.staff_id else None, weekdays=payload.weekdays,
            not_before=_time(payload.not_before), not_after=_time(payload.not_after), actor=caller.actor,
        )  # fmt: skip
    except NotPossible as refused:
        raise _refused(refused, {"dates": "until"}) from None
    return _wait(row)


@router.post(
    "/waitlist/{entry_id}/withdraw", response=WaitOut, operation_id="withdraw_wait", summary="Take a client off the waitlist"
)  # fmt: skip
def withdraw_wait(request: HttpRequest, entry_id: Path[Ref]) -> WaitOut:
    """Again changes nothing; `ended` (409) when the waiting ended otherwise."""
    caller = caller_of(request)
    number = int(entry_id) if entry_id.isascii() and entry_id.isdigit() and len(entry_id) < 19 else 0
    if not WaitlistEntry.objects.filter(shop=caller.shop, id=number).exists():
        raise not_found("waitlist entry")
    try:
        return _wait(waitlist.withdraw(number, actor=caller.actor))
    except NotPossible as refused:
        raise Refused(409, refused.code, "This waiting has ended already.") from None


@router.get(
    "/reports/salon", response=SalonSummaryOut, operation_id="get_salon_summary", summary="A salon's figures with their definitions"
)  # fmt: skip
def get_salon_summary(request: HttpRequest, span: Query[Span]) -> SalonSummaryOut:
    """The last 30 days unless said otherwise; nothing after now is counted. `window_days` is for coming again."""
    only(request, span)
    shop = caller_of(request).shop
    since, until = span.ends()
    found = figures.results(shop, since, until, span.window_days)
    visits, refill, notice = found.visits, found.refill, found.notice
    return SalonSummaryOut(
        since=since, until=until, currency=shop.currency,
        cancelled=_rate(
            Share(visits.due, visits.cancelled), "Of the visits whose time lay in the span and that the salon did not call off,"
            " those that the client cancelled.",
        ),
        no_shows=_rate(Share(visits.due, visits.no_show), "Of the same visits, those to which nobody came, without a word."),
        notice_hours=None if notice.middle is None else notice.middle / timedelta(hours=1), moved=found.moved,
        refilled=_rate(
            Share(refill.asked, refill.claimed), "Of the openings that arose in the span, are over, and about which clients were asked, those"
            " that one of them took.",
        ),
        minutes_to_refill=None if refill.middle is None else refill.middle / timedelta(minutes=1), pushes=refill.pushes, yen=refill.yen,
        pushes_per_filled=refill.pushes_per_filled, yen_per_filled=refill.yen_per_filled,
        came_again=_rate(
            found.again, f"Of the clients with a visit in the span as it was {span.window_days} days earlier, those who came again within"
            f" {span.window_days} days. Each client counts once.",
        ),
        clients=found.clients.counts, causal=False,
        reminders=[
            AnswerOut(
                answer=one.name, visits=one.visits, came=one.came, cancelled=one.cancelled, no_show=one.no_show, still_open=one.still_open
            )
            for one in found.reminders.answers
        ],
    )  # fmt: skip


def _rate(share: Share, definition: str) -> RateOut:
    return RateOut(definition=definition, units=share.units, counted=share.counted, rate=share.rate)


def _pack(row: TicketPack) -> PackOut:
    return PackOut(
        id=str(row.id), client_id=str(row.customer_id), name=row.name, services=[str(key) for key in row.services], total=row.total,
        used=row.used, price=row.price, bought_on=row.bought_on, expires_on=row.expires_on, is_withdrawn=row.is_withdrawn,
    )  # fmt: skip


def _wait(row: WaitlistEntry) -> WaitOut:
    return WaitOut(
        id=str(row.id), client_id=str(row.customer_id), state=row.state, service_id=str(row.service_id),
        staff_id=str(row.staff_id) if row.staff_id else None, first_day=row.first_day, until=row.until, weekdays=row.weekdays,
        not_before=row.not_before, not_after=row.not_after, booking_id=str(row.booking_id) if row.booking_id else None, made_at=row.made_at,
    )  # fmt: skip


def _time(said: str | None) -> time | None:
    return time.fromisoformat(said) if said else None


def _refused(refused: NotPossible, fields: dict[str, str] | None = None) -> Refused:
    field, words = FIELDS.get(refused.code, ("", "That cannot be."))
    return Refused(422, "invalid", words, (fields or {}).get(refused.code, field))
