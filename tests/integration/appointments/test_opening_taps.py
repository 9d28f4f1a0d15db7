"""What clients press: in LINE and on the page behind the link of a mail."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.openings import source, waves
from kaeru.appointments.openings.models import Offer, Opening
from kaeru.appointments.visits import terms
from kaeru.channels.line import conversation
from kaeru.channels.line.conversation import Heard, Kind, Said
from kaeru.channels.line.models import LineFriend
from kaeru.core import clock, links, scope
from kaeru.customers.queries import may_advertise
from kaeru.messages.models import Message
from tests import salon
from tests.cast import Cast
from tests.integration.appointments.openings import NOON, account, at, book, by_rule, cancel, client, no_show
from tests.integration.appointments.test_openings import deliver
from tests.salon import House


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    at(NOON)
    made = salon.salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield made


def press(offer: Offer, data: str, *, who: Offer | None = None) -> Said:
    friend = LineFriend.objects.get(customer_id=(who or offer).customer_id)
    said = conversation.ask(Heard(offer.opening.shop_id, friend, Kind.POSTBACK, clock.now(), data=data))
    assert said is not None
    return said


def offered(house: House, *names: str) -> list[Offer]:
    """These clients are asked in LINE about tomorrow at 14:00."""
    by_rule(house)
    account(house)
    for name in names:
        client(house, name, on_line=True)
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    return list(Offer.objects.filter(sent_at__isnull=False).select_related("opening", "customer").order_by("place"))


def test_it_books_with_one_tap_and_answers_the_late_with_other_times(house: House) -> None:
    first, second, *_ = offered(house, "One", "Two", "Three")
    said = press(first, f"offer:take:{first.id}")
    assert said.bubbles[0].title and said.must_arrive
    assert press(first, f"offer:take:{first.id}").bubbles[0].rows == said.bubbles[0].rows, (
        "the same tap, the same answer"
    )
    late = press(second, f"offer:take:{second.id}")
    assert 0 < len(late.quick) <= 3
    taken = press(second, late.quick[0].data)
    assert taken.bubbles[0].title
    assert Booking.objects.filter(state="booked", origin="refill").count() == 2


def test_it_believes_no_button_of_somebody_else(house: House) -> None:
    first, second, *_ = offered(house, "One", "Two")
    press(first, f"offer:take:{first.id}", who=second)
    assert Opening.objects.get().state == "open"
    for data in (
        "offer:take:",
        "offer:take:x",
        "offer:at:1",
        f"offer:at:{first.id}:x:y",
        f"offer:what:{first.id}",
        "offer:",
    ):
        assert press(first, data).bubbles
    assert not Booking.objects.filter(origin="refill").exists()


def test_it_notes_who_does_not_want_it(house: House) -> None:
    first, *_ = offered(house, "One")
    press(first, f"offer:no:{first.id}")
    first.refresh_from_db()
    assert (first.state, first.answer) == ("declined", "declined")
    assert press(first, f"offer:take:{first.id}").bubbles[0].title, "a no can become a yes while it is free"


def test_it_takes_it_on_the_page_of_a_mail(house: House) -> None:
    by_rule(house)
    client(house, "One")
    client(house, "Two")
    cancel(book(house, client(house, "Gone"), 14))
    deliver()
    waves.send(100)
    rows = list(Message.objects.select_related("shop", "customer"))
    buttons = source._buttons(rows)
    browser = Client()
    pages = [buttons[row.id][0].url.partition("/f/")[2] for row in rows]
    page = browser.get(f"/f/{pages[0]}")
    assert page.status_code == 200 and not Booking.objects.filter(origin="refill").exists(), "reading books nothing"
    taken = browser.post(f"/f/{pages[0]}", {"do": "take"})
    assert taken.status_code == 303 and "/v/" in taken["Location"]
    late = browser.post(f"/f/{pages[1]}", {"do": "take"})
    assert late.status_code == 409 and b'name="at"' in late.content
    told = late.content.decode().partition('name="at" value="')[2].partition('"')[0]
    other = browser.post(f"/f/{pages[1]}", {"do": "other", "at": told})
    assert other.status_code == 303
    assert Booking.objects.filter(state="booked", origin="refill").count() == 2
    assert browser.get("/f/nonsense").status_code == 404 and links.resolve(source.PURPOSE, pages[0]) is not None


def test_it_sends_who_missed_too_often_to_the_salon(house: House) -> None:
    offer = offered(house, "One")[0]
    terms.set_terms(house.shop, {"no_shows_most": 1}, actor="test")
    no_show(house, offer.customer)
    assert house.shop.contact in press(offer, f"offer:take:{offer.id}").bubbles[0].text
    token = links.publish(source.PURPOSE, offer.organization_id, [offer.id], clock.now() + timedelta(days=1))[offer.id]
    page = Client().post(f"/f/{token}", {"do": "take"})
    assert page.status_code == 409 and house.shop.contact in page.content.decode()
    assert Opening.objects.get().state == "open"


def test_it_tells_what_is_gone_to_nobody(house: House) -> None:
    offers = offered(house, "One", "Two")
    rows = list(Message.objects.select_related("shop", "customer").order_by("id"))
    assert source._still_needed(rows) == {}
    words = source._words(rows)
    assert all(told["visit"]["service"] == "カット" for told in words.values())
    visit = book(house, offers[1].customer, 17)
    assert set(source._still_needed(rows).values()) == {"client_booked"} and visit.id
    book(house, None, 14)
    deliver()
    assert set(source._still_needed(rows).values()) == {"opening_over"}


def test_it_asks_before_it_advertises(house: House) -> None:
    one = client(house, "One", on_line=True, consents=False)
    friend = LineFriend.objects.get(customer=one)
    asked = conversation.ask(Heard(house.shop.id, friend, Kind.TEXT, clock.now(), text=" 空き案内 "))
    assert asked is not None and [button.data for button in asked.bubbles[0].buttons] == ["offer:agree"]
    assert not may_advertise([one.id], "line", "line"), "asking is not agreeing"
    conversation.ask(Heard(house.shop.id, friend, Kind.POSTBACK, clock.now(), data="offer:agree"))
    assert may_advertise([one.id], "line", "line") == {one.id}
