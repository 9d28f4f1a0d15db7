"""Visits over REST: list, book, hold, move, cancel, confirm. The same verbs as on LINE and on the pages, with the same limits."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import Caller, caller_of, only
from kaeru.api.v1.booking_schemas import BookingIn, BookingOut, BookingsPage, DeedIn, GiveUpIn, Key, MoveIn
from kaeru.api.v1.schemas import Day, Ref
from kaeru.appointments.bookings import actions
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.clients import actions as clients
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.visits import actions as visits
from kaeru.appointments.visits.reasons import REASONS, SALONS
from kaeru.connectors.webhook.words import CustomerIn
from kaeru.core import sql
from kaeru.customers import actions as customers
from kaeru.customers.rules import CustomerRecord

router = Router(tags=["bookings"])
NOT_OFFERED = {
    "service": ("service_id", "The salon does not offer this service."),
    "staff": ("staff_id", "Nobody of these does this service."),
    "closed": ("starts_at", "Nobody works then."),
    "online": ("service_id", "Clients cannot book this service themselves."),
    "notice": ("starts_at", "It is too soon for clients to book."),
    "far": ("starts_at", "It is too many days ahead."),
    "past": ("starts_at", "This time is over."),
    "grid": ("starts_at", "Visits of clients start on whole five minutes."),
}
NOT_ALLOWED = {
    "ended": "The visit was cancelled, missed or is over.",
    "held": "The visit is only kept; it is not booked yet.",
    "lapsed": "The time was kept no longer.",
    "past": "The visit has begun already.",
    "open": "There is nothing of the kind to do: the visit stands.",
    "too_late": "The salon's limit for doing that is over.",
    "too_often": "The visit was moved as often as the salon allows.",
    "no_shows": "The client did not come too often to book alone.",
}


class BookingFilters(Schema):
    """What the list may be narrowed by, and nothing else."""

    from_: Day | None = Field(None, alias="from")
    to: Day | None = None
    state: Literal["held", "booked", "done", "cancelled", "no_show", "lapsed"] | None = None
    staff_id: Key | None = None
    customer_id: Ref | None = None
    cursor: Annotated[str, Field(pattern="^[0-9]{1,18}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def _out(row: Booking, caller: Caller) -> BookingOut:
    zone = ZoneInfo(caller.shop.timezone)

    def local(moment: datetime | None) -> datetime | None:
        return moment and moment.astimezone(zone)

    return BookingOut(
        id=str(row.id), state=row.state, service_id=str(row.service_id), staff_id=str(row.staff_id),
        chair_id=str(row.chair_id) if row.chair_id else None, customer_id=row.customer.source_id if row.customer else None,
        starts_at=row.starts_at.astimezone(zone), ends_at=row.ends_at.astimezone(zone), price=row.price, currency=caller.shop.currency,
        is_nominated=row.is_nominated, origin=row.origin, hold_until=local(row.hold_until), confirmed_at=local(row.confirmed_at),
        changes=row.changes, made_at=row.made_at, ended_at=local(row.ended_at), ended_by=row.ended_by, reason=row.reason, note=row.note,
    )  # fmt: skip


@router.get("/bookings", response=BookingsPage, operation_id="list_bookings", summary="Visits, by start")
def list_bookings(request: HttpRequest, filters: Query[BookingFilters]) -> BookingsPage:
    """`from` counts and `to` does not; both are days of the salon's wall clock. Without `state` held and lapsed ones are there too."""
    only(request, filters)
    caller = caller_of(request)
    zone = ZoneInfo(caller.shop.timezone)
    rows = Booking.objects.filter(shop=caller.shop).select_related("customer").order_by("starts_at", "id")
    for day, name in ((filters.from_, "starts_at__gte"), (filters.to, "starts_at__lt")):
        if day is not None and not 2000 <= day.year <= 2100:
            raise Refused(422, "invalid", "Days lie between 2000 and 2100.", "from" if name.endswith("gte") else "to")
        if day is not None:
            rows = rows.filter(**{name: datetime.combine(day, time(), zone).astimezone(UTC)})
    if filters.state:
        rows = rows.filter(state=filters.state)
    if filters.staff_id:
        rows = rows.filter(staff_id=int(filters.staff_id))
    if filters.customer_id:
        rows = rows.filter(customer__source_id=filters.customer_id)
    if filters.cursor:
        last = (
            Booking.objects.filter(shop=caller.shop, id=int(filters.cursor)).values_list("starts_at", flat=True).first()
        )
        if last is None:
            raise Refused(422, "invalid", "There is no such place in the list.", "cursor")
        rows = rows.filter(Q(starts_at__gt=last) | Q(starts_at=last, id__gt=int(filters.cursor)))
    found = list(rows[: filters.limit + 1])
    page = found[: filters.limit]
    return BookingsPage(
        bookings=[_out(row, caller) for row in page], cursor=str(page[-1].id) if len(found) > filters.limit else None
    )


@router.get("/bookings/{booking_id}", response=BookingOut, operation_id="get_booking", summary="One visit")
def get_booking(request: HttpRequest, booking_id: Path[Ref]) -> BookingOut:
    """As it stands."""
    caller = caller_of(request)
    return _out(_one(caller, booking_id), caller)


@router.post("/bookings", response=BookingOut, operation_id="post_booking", summary="Book a visit, or keep a time")
def post_booking(request: HttpRequest, payload: BookingIn) -> BookingOut:
    """Send an Idempotency-Key: the same call again gets the same visit. `taken` (409): somebody was faster; ask `/slots` anew."""
    caller = caller_of(request)
    shop, is_client = caller.shop, payload.by == "customer"

    def book() -> Booking:
        customer_id = _client(caller, payload.customer) if payload.customer else None
        if is_client and (code := visits.may_take(shop, customer_id)):
            raise NotAllowed(code)
        wish = Wish(
            shop.id, int(payload.service_id), payload.starts_at.astimezone(UTC), customer_id=customer_id,
            staff_id=int(payload.staff_id) if payload.staff_id else None, origin="web" if is_client else "staff",
            is_nominated=payload.is_nominated, note=payload.note,
        )  # fmt: skip
        return actions.book(
            wish, by=payload.by, via="api", actor=caller.actor, hold_seconds=payload.hold_seconds, is_bound=is_client
        )

    return _told(caller, book)


@router.post(
    "/bookings/{booking_id}/settle", response=BookingOut, operation_id="settle_booking", summary="Book what was kept"
)
def settle_booking(request: HttpRequest, booking_id: Path[Ref], payload: DeedIn) -> BookingOut:
    """Also late, as long as nobody else took the time."""
    caller, row = _asked(request, booking_id)
    return _told(caller, lambda: actions.settle(row.id, by=payload.by, via="api", actor=caller.actor))


@router.post("/bookings/{booking_id}/move", response=BookingOut, operation_id="move_booking", summary="Move a visit")
def move_booking(request: HttpRequest, booking_id: Path[Ref], payload: MoveIn) -> BookingOut:
    """The new time is taken and the old one free in one step; when that cannot be, the visit stands as it stood."""
    caller, row = _asked(request, booking_id)
    to, staff = payload.starts_at.astimezone(UTC), int(payload.staff_id) if payload.staff_id else None
    if payload.by == "customer":
        return _told(caller, lambda: visits.change(row.id, to, via="api", staff_id=staff))
    return _told(caller, lambda: actions.move(row.id, to, staff_id=staff, by="salon", via="api", actor=caller.actor))


@router.post(
    "/bookings/{booking_id}/cancel", response=BookingOut, operation_id="cancel_booking", summary="Cancel a visit"
)
def cancel_booking(request: HttpRequest, booking_id: Path[Ref], payload: GiveUpIn) -> BookingOut:
    """The time is free at once. A client gives one reason. Again changes nothing."""
    caller, row = _asked(request, booking_id)
    if payload.by == "customer" and payload.reason not in REASONS or payload.reason not in {"", *REASONS, *SALONS}:
        raise Refused(422, "unknown_reason", "There is no such reason.", "reason")
    if payload.by == "customer":
        return _told(caller, lambda: visits.give_up(row.id, payload.reason, via="api"))
    return _told(
        caller, lambda: actions.cancel(row.id, by="salon", via="api", actor=caller.actor, reason=payload.reason)
    )


@router.post(
    "/bookings/{booking_id}/confirm",
    response=BookingOut,
    operation_id="confirm_booking",
    summary="The client is coming",
)
def confirm_booking(request: HttpRequest, booking_id: Path[Ref], payload: DeedIn) -> BookingOut:
    """Again changes nothing."""
    caller, row = _asked(request, booking_id)
    if payload.by == "customer":
        return _told(caller, lambda: visits.say_coming(row.id, via="api"))
    return _told(caller, lambda: actions.confirm(row.id, by="salon", via="api", actor=caller.actor))


def _one(caller: Caller, booking_id: str) -> Booking:
    number = int(booking_id) if booking_id.isascii() and booking_id.isdigit() and len(booking_id) < 19 else 0
    row = Booking.objects.filter(shop=caller.shop, id=number).select_related("customer").first()
    if row is None:
        raise not_found("booking")
    return row


def _asked(request: HttpRequest, booking_id: str) -> tuple[Caller, Booking]:
    caller = caller_of(request)
    return caller, _one(caller, booking_id)


def _told(caller: Caller, deed: Callable[[], Booking]) -> BookingOut:
    """Do it and show the visit, or say why not."""
    try:
        row = deed()
    except Taken:
        raise Refused(409, "taken", "The time is taken; ask for free starts again.") from None
    except NotOffered as refusal:
        field, words = NOT_OFFERED.get(refusal.code, ("", "The salon does not offer this."))
        raise Refused(409, f"not_offered_{refusal.code}", words, field) from None
    except NotAllowed as refusal:
        raise Refused(
            409, f"not_allowed_{refusal.code}", NOT_ALLOWED.get(refusal.code, "That cannot be done with this visit.")
        ) from None
    return _out(_one(caller, str(row.id)), caller)


def _client(caller: Caller, told: CustomerIn) -> int:
    """Who comes: known by id or mail, else by name and phone."""
    shop = caller.shop
    if told.id or told.email:
        sql.one_at_a_time(shop.id)
        record = CustomerRecord(
            source_id=told.id, email=told.email, name=told.name, phone=told.phone, locale=told.locale,
            accepts_advertising=told.accepts_advertising,
        )  # fmt: skip
        found = customers.upsert(shop, [record])[0]
        if found is not None:
            return found
    if not told.name.strip():
        raise Refused(422, "invalid", "Say who comes by id or email, or at least by name.", "customer")
    return clients.add_client(shop, told.name, phone=told.phone, actor=caller.actor).id
