"""A freed time is offered: to whom, in which order, until somebody takes it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.models import Booking, Occupancy
from kaeru.appointments.clients.models import WaitlistEntry
from kaeru.appointments.errors import NotAllowed
from kaeru.appointments.models import DayException, Salon, Shift
from kaeru.appointments.openings import allowance, claiming, freeing, planning, standing, terms, waves
from kaeru.appointments.openings.claiming import Late, NotAsked
from kaeru.appointments.openings.models import Offer, Opening, RefillTerms, Segment
from kaeru.appointments.visits import actions as visits
from kaeru.appointments.visits import terms as visit_terms
from kaeru.core import clock, events, scope
from kaeru.messages.models import Message
from kaeru.tenants.models import Shop
from tests import salon
from tests.cast import Cast
from tests.integration.appointments.openings import (
    NOON,
    TOMORROW,
    account,
    at,
    book,
    by_rule,
    cancel,
    client,
    no_show,
    tickets,
)
from tests.salon import House


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    at(NOON)
    made = salon.salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield made


def deliver() -> None:
    """News reach their receivers."""
    events.deliver(500)


def the_opening() -> Opening:
    return Opening.objects.get()


def asked() -> list[str]:
    """Names of those who got a message, in the order of their offers."""
    rows = Offer.objects.filter(sent_at__isnull=False).order_by("place").select_related("customer")
    return [row.customer.name for row in rows]


def test_it_opens_what_a_cancelled_visit_leaves(house: House) -> None:
    cancel(book(house, client(house, "Hana"), 14))
    deliver()
    row = the_opening()
    assert (row.starts_at, row.ends_at) == (house.at(TOMORROW, 14), house.at(TOMORROW, 15, 10))
    assert (row.cause, row.staff_id, row.service_id, row.state) == (
        "cancelled",
        house.sakura.id,
        house.services["cut"].id,
        "open",
    )
    assert row.started_at is None, "without the rule the salon looks at it first"


def test_it_opens_the_old_time_of_a_moved_visit_once(house: House) -> None:
    visit = book(house, client(house, "Hana"), 14)
    bookings.move(visit.id, house.at(TOMORROW, 17), by="customer", via="line", actor="customer")
    deliver()
    row = the_opening()
    assert (row.starts_at, row.cause) == (house.at(TOMORROW, 14), "moved")
    bookings.move(visit.id, house.at(TOMORROW, 14), by="salon", via="console", actor="member:1")
    deliver()
    row.refresh_from_db()
    assert (row.state, row.reason) == ("sold", "booked")


@pytest.mark.parametrize("case", ["late", "taken", "leave"])
def test_it_opens_nothing_that_cannot_be_had(house: House, case: str) -> None:
    visit = book(house, client(house, "Hana"), 14)
    cancel(visit)
    if case == "late":
        at(house.at(TOMORROW, 13, 30))
    elif case == "taken":
        book(house, None, 14)
    else:
        Shift.objects.filter(resource=house.sakura, day=TOMORROW).delete()
        Salon.objects.update(version=99)
    deliver()
    assert not Opening.objects.exists()


def test_it_asks_by_rule_who_waits_then_by_segments(house: House) -> None:
    by_rule(house)
    gone = client(house, "Gone")
    late = client(house, "Overdue", card={"usual_interval_days": 10})
    fan = client(house, "Fan", card={"nominated_staff": house.sakura, "usual_interval_days": 60})
    holder = client(house, "Holder", card={"usual_interval_days": 60, "last_visit_at": clock.now() - timedelta(days=5)})
    tickets(house, holder)
    waiter = client(house, "Waiter", consents=False, card={"last_visit_at": clock.now() - timedelta(days=2)})
    WaitlistEntry.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, customer=waiter, service=house.services["cut"],
        first_day=TOMORROW, until=TOMORROW, made_at=clock.now(),
    )  # fmt: skip
    client(house, "Silent", consents=False)
    client(house, "Fresh", card={"usual_interval_days": 60, "last_visit_at": clock.now() - timedelta(days=5)})
    cancel(book(house, gone, 14))
    deliver()
    assert waves.send(100) == 1
    row = the_opening()
    assert asked() == ["Waiter", "Fan", "Holder", "Overdue"]
    assert {offer.customer_id: offer.why for offer in Offer.objects.all()} == {
        waiter.id: "waits", fan.id: "nominates", holder.id: "tickets", late.id: "interval",
    }  # fmt: skip
    purposes = {message.customer_id: message.purpose for message in Message.objects.all()}
    assert purposes[waiter.id] == "notice" and purposes[fan.id] == "advertisement"
    assert (row.wave, row.pushes, row.next_wave_at) == (1, 0, None)


def test_it_sends_growing_waves_and_stops_with_the_first_claim(house: House) -> None:
    by_rule(house)
    people = [client(house, f"C{number:02}") for number in range(20)]
    cancel(book(house, client(house, "Gone"), 14, day=TOMORROW + timedelta(days=1)))
    deliver()
    waves.send(100)
    row = the_opening()
    assert Offer.objects.filter(sent_at__isnull=False).count() == 4 and Message.objects.count() == 4
    assert row.next_wave_at is not None and row.next_wave_at > clock.now()
    assert waves.send(100) == 0, "the next wave is not due yet"
    at(row.next_wave_at)
    waves.send(100)
    assert Message.objects.count() == 10
    winner = Offer.objects.filter(wave=2).first()
    assert winner is not None
    visit = claiming.claim(row.id, winner.customer_id, key="tap", via="line")
    assert isinstance(visit, Booking) and visit.origin == "refill" and visit.customer_id == winner.customer_id
    row = the_opening()
    assert (row.state, row.winner_id) == ("claimed", visit.id) and row.next_wave_at is None
    assert Message.objects.filter(state="closed", reason="opening_over").count() == 10
    assert set(Offer.objects.filter(sent_at=None).values_list("state", flat=True)) == {"spared"}
    at(NOON + timedelta(days=1))
    assert waves.send(100) == 0 and len(people) == 20


def test_it_answers_the_same_tap_with_the_same_visit(house: House) -> None:
    by_rule(house)
    one = client(house, "One")
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    row = the_opening()
    first, again = claiming.claim(row.id, one.id, via="line"), claiming.claim(row.id, one.id, via="web")
    assert isinstance(first, Booking) and isinstance(again, Booking) and first.id == again.id
    assert Booking.objects.filter(state="booked").count() == 1


def test_it_tells_who_is_late_the_nearest_other_times_and_puts_them_first_next_time(house: House) -> None:
    by_rule(house, once_per_days=0)
    one, two = client(house, "One"), client(house, "Two")
    cancel(book(house, client(house, "Gone"), 14))
    cancel(book(house, client(house, "Gone2"), 12))
    deliver()
    waves.send(100)
    row = Opening.objects.get(starts_at=house.at(TOMORROW, 14))
    assert isinstance(claiming.claim(row.id, one.id, via="line"), Booking)
    late = claiming.claim(row.id, two.id, via="line")
    assert isinstance(late, Late) and 0 < len(late.others) <= 3
    assert all(abs(choice.at - row.starts_at) <= timedelta(hours=2) for choice in late.others)
    offer = claiming.offer_of(row.id, two.id)
    assert offer.state == "late"
    taken = claiming.take_other(offer, late.others[0].at, late.others[0].staff_id, via="line")
    again = claiming.take_other(offer, late.others[0].at, late.others[0].staff_id, via="line")
    assert isinstance(taken, Booking) and isinstance(again, Booking) and taken.id == again.id
    gone_by = claiming.take_other(
        claiming.offer_of(row.id, one.id), late.others[0].at, late.others[0].staff_id, via="line"
    )
    assert isinstance(gone_by, Late)
    bookings.cancel(taken.id, by="salon", via="console", actor="member:1")
    seen = planning.preview(
        Opening.objects.get(starts_at=house.at(TOMORROW, 12)), house.shop, list(Segment.objects.all()), clock.now()
    )
    assert [who.customer_id for who in seen.people if who.was_late] in ([two.id], [])


def test_it_refuses_who_was_never_asked(house: House, cast: Cast) -> None:
    by_rule(house)
    client(house, "One")
    stranger = client(house, "Stranger", consents=False)
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    with pytest.raises(NotAsked):
        claiming.claim(the_opening().id, stranger.id, via="line")


def test_it_ends_when_the_calendar_sold_the_time(house: House) -> None:
    by_rule(house)
    one = client(house, "One")
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    book(house, None, 14)
    told = claiming.claim(the_opening().id, one.id, via="line")
    assert isinstance(told, Late)
    row = the_opening()
    assert (row.state, row.reason) == ("sold", "booked")
    assert not Occupancy.objects.filter(booking__customer=one).exists()


def test_it_closes_when_the_stylist_is_off_sick(house: House) -> None:
    by_rule(house)
    client(house, "One")
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    DayException.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, resource=house.sakura, day=TOMORROW, kind="leave"
    )
    Shift.objects.filter(resource=house.sakura, day=TOMORROW).delete()
    Salon.objects.update(version=50)
    assert standing.look(100) == 1
    row = the_opening()
    assert (row.state, row.reason, row.next_wave_at) == ("closed", "away", None)
    assert waves.send(100) == 0 and not Message.objects.exists()


def test_it_passes_when_it_is_too_late_to_come(house: House) -> None:
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    at(house.at(TOMORROW, 13))
    assert standing.look(100) == 1
    assert the_opening().state == "passed"


def test_it_asks_nobody_outside_of_the_offer_hours(house: House) -> None:
    by_rule(house)
    client(house, "One")
    at(house.at(TOMORROW - timedelta(days=1), 22))
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    assert waves.send(100) == 0
    row = the_opening()
    assert row.next_wave_at == house.at(TOMORROW, 9)


def test_it_keeps_to_the_budget_and_to_what_the_month_has_left(house: House) -> None:
    by_rule(house, pushes_per_opening=3)
    account(house, quota_used=198)
    people = [client(house, f"L{number}", on_line=True) for number in range(6)]
    mailed = client(house, "Mail")
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    row = the_opening()
    sent = Offer.objects.filter(sent_at__isnull=False)
    assert sent.filter(channel="line").count() == 2, "two of the month's 200 are left"
    assert sent.filter(customer=mailed).exists(), "mail costs nothing"
    assert row.push_budget == 3 and len(people) == 6
    assert row.yen_per_push == 3


def test_it_halts_when_the_quota_is_used_up_between_two_waves(house: House) -> None:
    by_rule(house)
    line = account(house)
    for number in range(12):
        client(house, f"L{number}", on_line=True)
    cancel(book(house, client(house, "Gone"), 14, day=TOMORROW + timedelta(days=1)))
    deliver()
    waves.send(100)
    first = Offer.objects.filter(sent_at__isnull=False).count()
    line.quota_used, line.quota_read_at = 200, clock.now() + timedelta(days=9)
    line.save()
    row = the_opening()
    assert row.next_wave_at is not None
    at(row.next_wave_at)
    waves.send(100)
    row = the_opening()
    assert (row.halted, row.state) == ("quota", "open") and row.next_wave_at is None
    assert Offer.objects.filter(sent_at__isnull=False).count() == first


def test_it_says_who_why_and_how_many_yen_before_anything_is_sent(house: House) -> None:
    terms.begin_with(house.shop)
    account(house)
    for number in range(5):
        client(house, f"L{number}", on_line=True)
    client(house, "Booked")
    book(house, client(house, "Comes"), 16)
    client(house, "NoConsent", consents=False)
    row = freeing.open_by_hand(house.shop.id, house.sakura.id, house.at(TOMORROW, 10), actor="member:1")
    seen = planning.preview(row, house.shop, list(Segment.objects.all()), clock.now())
    assert (seen.pushes, seen.yen, len(seen.people)) == (5, 15, 6)
    assert seen.asked.left_out == {"booked": 1, "no_consent": 1}
    assert not Offer.objects.exists() and not Message.objects.exists()
    with pytest.raises(freeing.NotFree):
        freeing.open_by_hand(house.shop.id, house.sakura.id, house.at(TOMORROW, 21), actor="member:1")
    assert freeing.open_by_hand(house.shop.id, house.sakura.id, house.at(TOMORROW, 10), actor="member:1").id == row.id


def test_it_previews_what_a_wave_may_send(house: House) -> None:
    """What waits in the outbox takes part of the month, for the preview as for the wave."""
    by_rule(house)
    account(house, quota_used=190)
    for number in range(12):
        client(house, f"L{number}", on_line=True)
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    waiting = Message.objects.filter(channel="line", state="waiting").count()
    row = freeing.open_by_hand(house.shop.id, house.sakura.id, house.at(TOMORROW, 10), actor="member:1")
    seen = planning.preview(row, house.shop, list(Segment.objects.all()), clock.now())
    assert 0 < waiting < 10
    assert seen.room == 10 - waiting == allowance.messages_left(house.shop.id)


def test_it_gives_nothing_to_who_has_missed_too_often_meanwhile(house: House) -> None:
    by_rule(house)
    who = client(house, "Missed")
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    visit_terms.set_terms(house.shop, {"no_shows_most": 1}, actor="test")
    no_show(house, who)
    with pytest.raises(NotAllowed) as no:
        claiming.claim(the_opening().id, who.id, via="web")
    assert (no.value.code, the_opening().state) == ("no_shows", "open")
    assert who.id in visits.talk_first(house.shop, [who.id])
    offer = claiming.offer_of(the_opening().id, who.id)
    with pytest.raises(NotAllowed):
        claiming.take_other(offer, house.at(TOMORROW, 16), house.sakura.id, via="web")


def test_it_waits_for_the_salon_where_a_time_is_offered_by_hand(house: House) -> None:
    by_rule(house)
    account(house)
    client(house, "L", on_line=True)
    row = freeing.open_by_hand(house.shop.id, house.sakura.id, house.at(TOMORROW, 18), actor="member:1")
    shift = Shift.objects.get(resource=house.sakura, starts_at__lte=row.starts_at, ends_at__gt=row.starts_at)
    assert row.ends_at == shift.ends_at, "nothing is offered after they have gone home"
    waves.send(100)
    assert not Offer.objects.exists() and the_opening().started_at is None


def test_it_asks_one_client_once_in_a_week(house: House) -> None:
    by_rule(house)
    client(house, "One")
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    cancel(book(house, client(house, "Gone2"), 17))
    deliver()
    waves.send(100)
    assert Offer.objects.count() == 1
    assert Opening.objects.get(starts_at=house.at(TOMORROW, 17)).halted == "nobody"


def test_it_offers_what_suits_the_client_and_fits(house: House) -> None:
    by_rule(house)
    nails = client(house, "Nails")
    past = book(house, nails, 11)
    Booking.objects.filter(id=past.id).update(
        state="done", starts_at=clock.now() - timedelta(days=30), ends_at=clock.now() - timedelta(days=30, hours=-1),
        service=house.services["nail"],
    )  # fmt: skip
    Occupancy.objects.all().delete()
    Salon.objects.update(version=7)
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    assert Offer.objects.get().service_id == house.services["nail"].id


def test_it_shows_chika_nothing(house: House, cast: Cast) -> None:
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    with scope.organization(cast.other_organization.id):
        assert not Opening.objects.exists() and not RefillTerms.objects.exists()
        assert not Shop.objects.filter(id=house.shop.id).exists()


def test_it_plans_in_so_many_queries_however_many_clients(
    house: House, django_assert_max_num_queries: pytest.FixtureRequest
) -> None:
    terms.begin_with(house.shop)
    row = freeing.open_by_hand(house.shop.id, house.sakura.id, house.at(TOMORROW, 10), actor="member:1")
    segments = list(Segment.objects.all())
    for number in range(30):
        client(house, f"C{number}")
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        seen = planning.plan(row, house.shop, segments, clock.now(), actor="member:1")
    assert len(seen.people) == 30
