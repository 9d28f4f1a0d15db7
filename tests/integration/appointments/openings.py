"""People for tests of openings: clients who can be reached, and what is known of them."""

from datetime import date, datetime, timedelta
from typing import Any

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.clients.models import ClientCard, TicketPack
from kaeru.appointments.openings import terms
from kaeru.appointments.openings.models import RefillTerms
from kaeru.channels.line.models import LineAccount, LineFriend
from kaeru.core import clock, scope, secrets
from kaeru.core.clock import Clock
from kaeru.customers.models import Consent, Customer, Identity
from tests import builders
from tests.salon import TOKYO, House

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=TOKYO)
TOMORROW = date(2026, 11, 25)


def at(moment: datetime) -> None:
    """It is this moment now, and time stands still."""
    clock.set_clock(Clock(real=0.0, shown=moment, speed=0.0))


def client(
    house: House, name: str, *, on_line: bool = False, consents: bool = True, card: dict[str, Any] | None = None
) -> Customer:
    """Somebody who was there before and can be reached, on LINE or by mail."""
    shop = house.shop
    one = builders.customer(
        shop, name=name, email=None if on_line else f"{name.lower()}@example.com", consents=consents and not on_line
    )
    with scope.organization(shop.organization_id):
        own = {"organization_id": shop.organization_id}
        if on_line:
            Identity.objects.create(**own, shop=shop, customer=one, kind="line", value=f"U{one.id:032x}"[:33])
            LineFriend.objects.create(**own, shop=shop, customer=one, user_id=f"U{one.id:032x}"[:33], since=clock.now())
            if consents:
                Consent.objects.create(
                    **own, customer=one, channel="line", basis="opt_in", source="staff", granted_at=clock.now()
                )
        told = {
            "visits": 3,
            "last_visit_at": clock.now() - timedelta(days=30),
            "usual_interval_days": 30,
            **(card or {}),
        }
        ClientCard.objects.create(**own, shop=shop, customer=one, made_at=clock.now(), **told)
    return one


def account(house: House, **fields: Any) -> LineAccount:
    """The salon's account in LINE, whose quota was just read."""
    with scope.organization(house.shop.organization_id):
        told = {"quota_kind": "limited", "quota_limit": 200, "quota_used": 0, "quota_read_at": clock.now(), **fields}
        return LineAccount.objects.create(
            organization_id=house.shop.organization_id,
            shop=house.shop,
            sealed_token=secrets.seal("token"),
            created_at=clock.now(),
            **told,
        )


def book(house: House, who: Customer | None, hour: int, *, day: date = TOMORROW, service: str = "cut") -> Booking:
    """A visit with Sakura."""
    wish = Wish(
        house.shop.id,
        house.services[service].id,
        house.at(day, hour),
        customer_id=who.id if who else None,
        staff_id=house.sakura.id,
    )
    return bookings.book(wish, by="salon", via="console", actor="test", is_bound=False)


def cancel(visit: Booking) -> None:
    """The client cancels."""
    bookings.cancel(visit.id, by="customer", via="line", actor="customer", reason="busy")


def no_show(house: House, who: Customer) -> None:
    """They did not come the other day."""
    missed = book(house, who, 18)
    Booking.objects.filter(id=missed.id).update(state="no_show", starts_at=clock.now() - timedelta(days=30))


def tickets(house: House, who: Customer, *, left: int = 2, expires_in: int | None = 10) -> TicketPack:
    """A pack."""
    today = clock.now().astimezone(TOKYO).date()
    return TicketPack.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, customer=who, name="カット5回", total=5, used=5 - left,
        bought_on=today - timedelta(days=60), expires_on=None if expires_in is None else today + timedelta(days=expires_in),
        made_at=clock.now(),
    )  # fmt: skip


def by_rule(house: House, **fields: Any) -> RefillTerms:
    """The salon offers what is freed at once."""
    terms.begin_with(house.shop)
    return RefillTerms.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, is_by_rule=True, **fields
    )
