"""Clients and their visits at the salon of `tests.salon`, for tests: written by the rooms' own verbs."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from kaeru.appointments.bookings import actions
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.models import Booking
from kaeru.channels.line.models import LineAccount, LineFriend
from kaeru.core import clock, ids, scope
from kaeru.core.clock import Clock
from kaeru.customers.models import Customer, Identity
from tests import builders
from tests.salon import House

MONDAY = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)
"""8:00 on Monday, 23 November 2026, in Tokyo."""


def stop_the_clock(at: datetime = MONDAY) -> datetime:
    """The business clock stands at this moment."""
    clock.set_clock(Clock(real=0.0, shown=at, speed=0.0))
    return at


def day(house: House, later: int) -> date:
    """The salon's day so many days from today."""
    return clock.now().astimezone(ZoneInfo(house.shop.timezone)).date() + timedelta(days=later)


def client(
    house: House, *, name: str = "山田 花子", line: bool = False, email: str | None = "hanako@example.com"
) -> Customer:
    """A client with a mail address, and with LINE when `line`."""
    row = builders.customer(house.shop, name=name, email=email)
    if line:
        befriend(house, row)
    return row


def befriend(house: House, customer: Customer | None) -> LineFriend:
    """Somebody is a friend of the salon's account in LINE, linked to the card when there is one."""
    own = {"organization_id": house.shop.organization_id, "shop": house.shop}
    user = f"U{ids.new_id():032x}"
    with scope.organization(house.shop.organization_id):
        LineAccount.objects.get_or_create(
            shop=house.shop, defaults={**own, "created_at": clock.now(), "sealed_token": b"sealed"}
        )
        if customer is not None:
            Identity.objects.create(**own, customer=customer, kind="line", value=user)
        friend: LineFriend = LineFriend.objects.create(**own, user_id=user, customer=customer, since=clock.now())
    return friend


def visit(
    house: House,
    customer: Customer | None,
    at: datetime,
    service: str = "cut",
    *,
    staff: int | None = None,
    key: str = "",
) -> Booking:
    """A visit that the salon wrote down, made two days ago."""
    wish = Wish(
        house.shop.id, house.services[service].id, at, customer_id=customer.id if customer else None,
        staff_id=staff, origin="staff", key=key,
    )  # fmt: skip
    with scope.organization(house.shop.organization_id):
        row = actions.book(wish, by="salon", via="console", actor="test", is_bound=False)
        Booking.objects.filter(id=row.id).update(made_at=clock.now() - timedelta(days=2))
        found: Booking = Booking.objects.select_related("shop", "service", "staff", "customer").get(id=row.id)
    return found
