"""Cards count themselves, tickets go with visits, the waitlist ends with the time that was wanted."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.clients import actions, keeping, queries, tickets, waitlist
from kaeru.appointments.clients.errors import NotPossible
from kaeru.appointments.clients.models import ClientCard, TicketPack, TicketUse, WaitlistEntry
from kaeru.core import clock, events, ids, scope
from kaeru.core.models import AuditEntry
from kaeru.customers.models import Customer
from tests import builders
from tests.cast import Cast
from tests.salon import House, salon

pytestmark = pytest.mark.integration


@pytest.fixture
def house(cast: Cast) -> House:
    return salon(cast.organization)


@pytest.fixture
def hanako(house: House) -> Customer:
    return builders.customer(house.shop)


def visit(house: House, who: Customer | None, ago: int, **fields: Any) -> Booking:
    """A visit `ago` days ago (negative: ahead) at this hour, written directly."""
    at = clock.now() - timedelta(days=ago)
    key = ids.new_id()
    known: dict[str, Any] = {
        "service": house.services["cut"], "staff": house.sakura, "state": "done" if ago > 0 else "booked", "origin": "staff",
        "stages": house.services["cut"].stages, "price": 5500, "key": str(key), "made_at": at,
    }  # fmt: skip
    with scope.organization(house.shop.organization_id):
        return Booking.objects.create(
            id=key, organization_id=house.shop.organization_id, shop=house.shop, customer=who, starts_at=at,
            ends_at=at + timedelta(minutes=60), **{**known, **fields},
        )  # fmt: skip


def deliver() -> None:
    while events.deliver(100):
        pass


def pack(who: Customer, **fields: Any) -> TicketPack:
    told: dict[str, Any] = {
        "name": "カット回数券",
        "total": 5,
        "bought_on": date(2020, 1, 1),
        "actor": "test",
        **fields,
    }
    return tickets.sell(who, told.pop("name"), told.pop("total"), **told)


def test_it_counts_a_card_from_visits(house: House, hanako: Customer) -> None:
    for ago in (90, 60, 30):
        visit(house, hanako, ago, is_nominated=True)
    visit(house, hanako, 10, state="no_show")
    visit(house, hanako, 5, state="cancelled")
    with scope.organization(house.shop.organization_id):
        assert keeping.recount([hanako.id]) == 1
        card = queries.card_of(hanako.id)
    assert card is not None
    assert (card.visits, card.usual_interval_days, card.no_shows) == (3, 30, 1)
    assert card.nominated_staff_id == house.sakura.id


def test_it_makes_no_card_for_who_is_no_salons_client(cast: Cast, house: House) -> None:
    buyer = builders.customer(cast.kotori, email="buyer@example.com")
    with scope.organization(cast.organization.id):
        assert keeping.recount([buyer.id]) == 0


def test_it_counts_as_many_cards_in_as_many_statements(house: House) -> None:
    def spent(people: int) -> int:
        rows = [builders.customer(house.shop, email=None) for _ in range(people)]
        for who in rows:
            visit(house, who, 30)
        with (
            scope.organization(house.shop.organization_id),
            CaptureQueriesContext(
                connection,
            ) as told,
        ):
            keeping.recount([who.id for who in rows])
        return len(told)

    assert spent(2) == spent(40) <= 9


def test_it_keeps_what_the_salon_wrote_when_it_counts_anew(house: House, hanako: Customer) -> None:
    visit(house, hanako, 30, is_nominated=True)
    with scope.organization(house.shop.organization_id):
        actions.write_note(hanako.id, "敏感肌。髙﨑さんの紹介 😀", actor="test")
        actions.nominate(hanako.id, house.jun.id, actor="test")
        keeping.recount([hanako.id])
        card = queries.card_of(hanako.id)
        assert card is not None
        assert (card.note, card.nominated_staff_id) == ("敏感肌。髙﨑さんの紹介 😀", house.jun.id)
        actions.nominate(hanako.id, None, is_set=False, actor="test")
        again = queries.card_of(hanako.id)
        assert again is not None
        assert again.nominated_staff_id == house.sakura.id
        assert not AuditEntry.objects.filter(detail__icontains="敏感肌").exists()


def test_it_nominates_nobody_of_another_salon(cast: Cast, house: House, hanako: Customer) -> None:
    other = salon(cast.other_organization, "theirs", "よその美容室")
    with scope.organization(house.shop.organization_id), pytest.raises(NotPossible):
        actions.nominate(hanako.id, other.sakura.id, actor="test")


def test_it_uses_a_ticket_when_a_visit_is_done_and_gives_it_back_when_undone(house: House, hanako: Customer) -> None:
    row = visit(house, hanako, 0)
    with scope.organization(house.shop.organization_id):
        one = pack(hanako)
        bookings.done(row.id, via="console", actor="test")
    deliver()
    with scope.organization(house.shop.organization_id):
        assert TicketPack.objects.get(id=one.id).used == 1
        assert queries.card_of(hanako.id).visits == 1  # type: ignore[union-attr]
        bookings.undo(row.id, by="salon", via="console", actor="test")
    deliver()
    with scope.organization(house.shop.organization_id):
        assert TicketPack.objects.get(id=one.id).used == 0
        assert queries.card_of(hanako.id).visits == 0  # type: ignore[union-attr]
        bookings.done(row.id, via="console", actor="test")
    deliver()
    with scope.organization(house.shop.organization_id):
        assert TicketPack.objects.get(id=one.id).used == 1
        assert TicketUse.objects.filter(booking=row).count() == 2


def test_it_uses_one_ticket_however_often_it_is_told(house: House, hanako: Customer) -> None:
    row = visit(house, hanako, 1)
    with scope.organization(house.shop.organization_id):
        one = pack(hanako)
        for _ in range(3):
            tickets.settle([row.id])
        assert TicketPack.objects.get(id=one.id).used == 1


def test_it_uses_up_a_pack_and_goes_on_with_the_next(house: House, hanako: Customer) -> None:
    today = clock.now().date()
    with scope.organization(house.shop.organization_id):
        soon = pack(hanako, total=1, expires_on=today + timedelta(days=3))
        other = pack(hanako, total=2)
        color = pack(hanako, services=[house.services["color"].id])
        rows = [visit(house, hanako, 1) for _ in range(4)]
        tickets.settle(row.id for row in rows)
        used = dict(TicketPack.objects.values_list("id", "used"))
    assert used == {soon.id: 1, other.id: 2, color.id: 0}


def test_it_uses_no_ticket_for_the_past_that_was_brought_in(house: House, hanako: Customer) -> None:
    row = visit(house, hanako, 1, is_history=True)
    with scope.organization(house.shop.organization_id):
        one = pack(hanako)
        tickets.settle([row.id])
        assert TicketPack.objects.get(id=one.id).used == 0


def test_it_takes_a_ticket_off_by_hand_until_none_is_left(house: House, hanako: Customer) -> None:
    with scope.organization(house.shop.organization_id):
        one = pack(hanako, total=1)
        use = tickets.take_off(one.id, actor="test")
        with pytest.raises(NotPossible, match="empty"):
            tickets.take_off(one.id, actor="test")
        tickets.give_back(use.id, actor="test")
        tickets.give_back(use.id, actor="test")
        assert TicketPack.objects.get(id=one.id).used == 0
        tickets.withdraw(one.id, actor="test")
        with pytest.raises(NotPossible, match="not_good"):
            tickets.take_off(one.id, actor="test")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"total": 0}, "total"), ({"used": 6}, "total"), ({"expires_on": date(2019, 1, 1)}, "dates"), ({"services": [1]}, "service"),
    ],
)  # fmt: skip
def test_it_sells_no_pack_that_cannot_be(house: House, hanako: Customer, fields: dict[str, Any], code: str) -> None:
    with scope.organization(house.shop.organization_id), pytest.raises(NotPossible, match=code):
        pack(hanako, **fields)


def waits(house: House, who: Customer, **fields: Any) -> WaitlistEntry:
    today = clock.now().astimezone(clock.now().tzinfo).date()
    told: dict[str, Any] = {"first_day": today, "until": today + timedelta(days=7), "actor": "test", **fields}
    return waitlist.wait(who, told.pop("service", house.services["cut"].id), **told)


def test_it_ends_waiting_with_the_time_that_was_wanted(house: House, hanako: Customer) -> None:
    with scope.organization(house.shop.organization_id):
        any_time = waits(house, hanako)
        with_jun = waits(house, hanako, staff_id=house.jun.id)
        row = visit(house, hanako, -2)
        assert waitlist.settle([row.id]) == 1
        assert WaitlistEntry.objects.get(id=any_time.id).booking_id == row.id
        assert WaitlistEntry.objects.get(id=with_jun.id).state == "waiting"


def test_it_hears_of_a_booking(house: House, hanako: Customer) -> None:
    day = clock.now().date() + timedelta(days=2)
    with scope.organization(house.shop.organization_id):
        entry = waits(house, hanako)
        wish = bookings.Wish(house.shop.id, house.services["cut"].id, house.at(day, 11), hanako.id)
        bookings.book(wish, by="customer", via="web", actor="customer")
    deliver()
    with scope.organization(house.shop.organization_id):
        assert WaitlistEntry.objects.get(id=entry.id).state == "booked"
        assert queries.card_of(hanako.id) is not None


def test_it_lets_go_of_who_waited_in_vain(house: House, hanako: Customer) -> None:
    with scope.organization(house.shop.organization_id):
        entry = waits(house, hanako)
        WaitlistEntry.objects.filter(id=entry.id).update(first_day=date(2020, 1, 1), until=date(2020, 1, 2))
        waits(house, hanako)
    assert waitlist.pass_over(10) == 1
    with scope.organization(house.shop.organization_id):
        assert WaitlistEntry.objects.get(id=entry.id).state == "passed"
        with pytest.raises(NotPossible, match="ended"):
            waitlist.withdraw(entry.id, actor="test")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"until": date(2020, 1, 1), "first_day": date(2020, 1, 1)}, "past"), ({"first_day": date(2030, 1, 1)}, "dates"), ({"service": 1}, "service"),
        ({"staff_id": 1}, "staff"), ({"not_before": time(12), "not_after": time(11)}, "times"),
    ],
)  # fmt: skip
def test_it_puts_nobody_on_the_list_for_what_cannot_be(
    house: House, hanako: Customer, fields: dict[str, Any], code: str
) -> None:
    with scope.organization(house.shop.organization_id), pytest.raises(NotPossible, match=code):
        waits(house, hanako, **fields)


def test_it_knows_who_is_about_to_be_lost(house: House) -> None:
    def regular(*ago: int) -> Customer:
        who = builders.customer(house.shop, email=None)
        for days in ago:
            visit(house, who, days)
        return who

    often, seldom, gone, back = (
        regular(100, 70, 46),
        regular(220, 130, 46),
        regular(300, 270, 240),
        regular(300, 270, 240),
    )
    visit(house, back, -3)
    with scope.organization(house.shop.organization_id):
        keeping.recount(Customer.objects.values_list("id", flat=True))
        stand = {one.customer_id: one.name for one in queries.standings(house.shop.id, clock.now())}
        assert stand == {often.id: "almost_lost", seldom.id: "regular", gone.id: "lost", back.id: "regular"}
        listed = {card.customer_id for card in queries.listed(house.shop.id, "due", "", clock.now())}
        assert listed == {often.id}


def test_it_finds_clients_by_name_mail_and_number(house: House) -> None:
    with scope.organization(house.shop.organization_id):
        who = actions.add_client(house.shop, "髙﨑　花子", mail="Hana@Example.com", phone="090-1234-5678", actor="test")
        actions.add_client(house.shop, "佐藤", actor="test")
        for text in ("髙﨑", "花子 髙﨑", "hana@", "5678", "09012345678"):
            found = [card.customer_id for card in queries.listed(house.shop.id, "all", text, clock.now())]
            assert found == [who.id], text
        assert not queries.listed(house.shop.id, "all", "鈴木", clock.now()).exists()


def test_it_adds_nobody_twice(house: House) -> None:
    with scope.organization(house.shop.organization_id):
        first = actions.add_client(house.shop, "佐藤 愛", mail="ai@example.com", phone="09011112222", actor="test")
        assert actions.add_client(house.shop, "佐藤 愛", mail="AI@example.com", actor="test").id == first.id
        assert actions.add_client(house.shop, "佐藤 愛", phone="09011112222", actor="test").id == first.id
        with pytest.raises(NotPossible, match="name"):
            actions.add_client(house.shop, "  ", actor="test")


def test_it_forgets_no_shows_after_a_while(house: House, hanako: Customer) -> None:
    visit(house, hanako, 400, state="no_show")
    visit(house, hanako, 100, state="no_show")
    with scope.organization(house.shop.organization_id):
        since = queries.counts_since(12, house.shop.timezone)
        assert queries.no_shows_since([hanako.id], since) == {hanako.id: 1}


def test_it_shows_nothing_to_another_organization(cast: Cast, house: House, hanako: Customer) -> None:
    visit(house, hanako, 30)
    with scope.organization(house.shop.organization_id):
        keeping.recount([hanako.id])
        pack(hanako)
    with scope.organization(cast.other_organization.id):
        assert queries.card_of(hanako.id) is None
        assert not queries.standings(house.shop.id, clock.now())
        assert keeping.recount([hanako.id]) == 0
        assert not ClientCard.objects.exists()
        with pytest.raises(TicketPack.DoesNotExist):
            tickets.withdraw(1, actor="test")
