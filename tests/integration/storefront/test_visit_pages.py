"""A salon client's pages: see, come, move, cancel, take back, book anew — with what must not break them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kaeru.appointments.models import Booking, Occupancy, Service
from kaeru.appointments.visits import actions, guests, telling, terms
from kaeru.channels.line import linking
from kaeru.channels.line.linking import LinkRefused, Person
from kaeru.channels.line.models import LineFriend
from kaeru.core import clock, links, scope
from kaeru.customers.models import Customer, Identity
from kaeru.messages import passes
from kaeru.messages.models import Delivery, Message
from tests import comers
from tests.cast import Cast
from tests.salon import House, salon
from tests.smtp import Catcher


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    """The salon on a Monday at 8:00."""
    comers.stop_the_clock()
    made = salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield made


@pytest.fixture
def booking(house: House) -> Booking:
    """Hanako comes tomorrow at 14:00 for a cut."""
    return comers.visit(house, comers.client(house), house.at(comers.day(house, 1), 14))


def page_of(booking: Booking) -> str:
    """The address of the visit's page."""
    address = telling.addresses(booking.organization_id, [booking.id])[booking.id]
    return "/v/" + address.rstrip("/").rpartition("/")[2] + "/"


def read(address: str, browser: Client | None = None, status: int = 200) -> str:
    """What a page says."""
    response = (browser or Client()).get(address)
    assert response.status_code == status
    return response.content.decode()


def post(address: str, status: int = 303, browser: Client | None = None, **form: object) -> str:
    """What a form brings: the page, or where it leads."""
    response = (browser or Client()).post(address, form)
    assert response.status_code == status, response.content.decode()
    return str(response.headers["Location"]) if status == 303 else response.content.decode()


def test_it_shows_the_visit_and_nothing_of_the_person(booking: Booking) -> None:
    text = read(page_of(booking))
    for word in (
        "11月24日(火) 14:00",
        "カット",
        "5,500円",
        "来店します",
        "日時を変更する",
        "予約をキャンセルする",
        "はさみ美容室",
    ):
        assert word in text
    assert "花子" not in text and "hanako" not in text
    assert "Change the time" in read(page_of(booking) + "?lang=en")


def test_it_changes_nothing_by_reading(booking: Booking) -> None:
    for query in (
        "",
        "?do=change",
        "?do=cancel",
        "?do=nonsense",
        "?do=change&day=2026-13-99",
        "?do=change&day=1999-01-01",
    ):
        read(page_of(booking) + query)
    booking.refresh_from_db()
    assert (booking.state, booking.confirmed_at, booking.changes) == ("booked", None, 0)


def test_it_notes_that_they_come(booking: Booking) -> None:
    post(page_of(booking), do="coming")
    assert "お待ちしております" in read(page_of(booking))


def test_it_shows_the_week_and_moves_with_one_tap_and_back(house: House, booking: Booking) -> None:
    text = read(page_of(booking) + "?do=change&day=2026-11-26")
    assert "11月26日(木)" in text and "空き32" in text and ">9:45<" not in text and ">10:00<" in text
    at = telling.stamp(house.at(comers.day(house, 3), 10))
    post(page_of(booking), do="move", at=at)
    text = read(page_of(booking))
    assert "11月26日(木) 10:00" in text and "変更前は11月24日(火) 14:00でした" in text and "元に戻す" in text
    post(page_of(booking), do="back")
    booking.refresh_from_db()
    assert booking.starts_at == house.at(comers.day(house, 1), 14) and "元に戻す" not in read(page_of(booking))


def test_it_says_when_somebody_was_faster_and_shows_other_times(house: House, booking: Booking) -> None:
    at = house.at(comers.day(house, 3), 10)
    for staff in (house.sakura, house.jun):
        comers.visit(house, None, at, staff=staff.id)
    text = post(page_of(booking), 409, do="move", at=telling.stamp(at))
    booking.refresh_from_db()
    assert "埋まって" in text and "近い日時の空き" in text and booking.starts_at == house.at(comers.day(house, 1), 14)


def test_it_offers_moving_before_it_cancels_with_one_reason(house: House, booking: Booking) -> None:
    text = read(page_of(booking) + "?do=cancel")
    assert text.index("日時の変更もできます") < text.index("体調がすぐれない") and text.count('type="radio"') == 5
    assert "1つお選びください" in post(page_of(booking), 422, do="cancel")
    post(page_of(booking), do="cancel", reason="unwell")
    booking.refresh_from_db()
    assert (booking.state, booking.reason) == ("cancelled", "unwell")
    assert not Occupancy.objects.filter(booking=booking).exists()
    text = read(page_of(booking))
    assert "キャンセルしました" in text and "元に戻す" in text and f"/b/{house.shop.public_key}/" in text
    post(page_of(booking), do="back")
    assert Booking.objects.get(id=booking.id).state == "booked"


def test_it_does_not_take_back_what_somebody_else_has_by_now(house: House, booking: Booking) -> None:
    post(page_of(booking), do="cancel", reason="other")
    for staff in (house.sakura, house.jun):
        comers.visit(house, None, house.at(comers.day(house, 1), 14), staff=staff.id)
    assert "埋まって" in post(page_of(booking), 409, do="back")
    assert Booking.objects.get(id=booking.id).state == "cancelled"


def test_it_closes_at_the_limit_and_says_whom_to_call(house: House, booking: Booking) -> None:
    comers.stop_the_clock(booking.starts_at - timedelta(minutes=90))
    text = read(page_of(booking))
    assert "来店します" in text and "?do=change" not in text and house.shop.contact in text
    for form in (
        {"do": "cancel", "reason": "other"},
        {"do": "move", "at": telling.stamp(clock.now() + timedelta(days=2))},
    ):
        assert house.shop.contact in post(page_of(booking), 409, **form)
    assert Booking.objects.get(id=booking.id).state == "booked"


def test_it_is_polite_when_the_visit_is_over(booking: Booking) -> None:
    comers.stop_the_clock(booking.starts_at + timedelta(hours=2))
    text = read(page_of(booking))
    assert "ご来店ありがとうございました" in text and "do" not in text.partition("<form")[2]
    assert "過ぎています" in post(page_of(booking), 409, do="coming")


def test_it_stays_right_in_two_tabs(house: House, booking: Booking) -> None:
    at = telling.stamp(house.at(comers.day(house, 3), 10))
    for _ in range(2):
        post(page_of(booking), do="move", at=at)
        post(page_of(booking), do="coming")
    for _ in range(2):
        post(page_of(booking), do="cancel", reason="schedule")
    assert "現在ありません" in post(page_of(booking), 409, do="move", at=at)
    booking.refresh_from_db()
    assert booking.state == "cancelled" and booking.changes == 1


def test_it_opens_nothing_with_a_link_of_something_else(booking: Booking, cast: Cast) -> None:
    until = clock.now() + timedelta(days=1)
    other = links.publish("cancel", cast.organization.id, [booking.id], until)[booking.id]
    for token in (other, "x" * 32, "0"):
        assert "カット" not in read(f"/v/{token}/", status=404)


@pytest.mark.parametrize("at", ["", "x", "-1", "99999999999999", "１２３", "0"])
def test_it_moves_nothing_to_a_time_that_is_none(booking: Booking, at: str) -> None:
    response = Client().post(page_of(booking), {"do": "move", "at": at})
    assert response.status_code in (409, 422)
    assert Booking.objects.get(id=booking.id).changes == 0


def test_it_survives_a_service_that_was_taken_off_the_menu(house: House, booking: Booking) -> None:
    Service.objects.filter(id=booking.service_id).update(is_active=False)
    assert "ご予約の日時の変更" in read(page_of(booking) + "?do=change")
    post(page_of(booking), do="cancel", reason="other")
    assert Booking.objects.get(id=booking.id).state == "cancelled"


def test_it_books_anew_step_by_step(house: House) -> None:
    browser, address = Client(), f"/b/{house.shop.public_key}/"
    assert "カラー" in read(address, browser) and "9,900円" in read(address, browser)
    text = read(f"{address}?service={house.services['cut'].id}", browser)
    assert "さくら" in text and "指名なし" in text and "11月23日(月)" in text
    at = telling.stamp(house.at(comers.day(house, 1), 11))
    form = {"service": house.services["cut"].id, "at": at, "staff": house.jun.id}
    page = post(address, browser=browser, **form)
    assert post(address, browser=browser, **form) == page  # the same tap again is the same hold
    text = read(page, browser)
    assert "8:10までお取りしています" in text and "お名前" in text
    assert "お名前をご入力ください" in post(page, 422, browser, do="take", mail="x@example.com")
    assert "メールアドレスか電話番号" in post(page, 422, browser, do="take", name="髙﨑 𠮷乃🌸")
    post(page, browser=browser, do="take", name="髙﨑 𠮷乃🌸", mail="Yoshino@Example.com", note="カラーも相談したい")
    row = Booking.objects.get()
    assert (row.state, row.origin, row.is_nominated, row.note) == ("booked", "web", True, "カラーも相談したい")
    assert row.customer is not None and row.customer.name == "髙﨑 𠮷乃🌸"
    assert Identity.objects.get(customer=row.customer).value == "yoshino@example.com"
    told = read(page, browser)
    assert "ご予約を承りました" in told and "確認のメール" in told and "来店します" not in told
    comers.stop_the_clock(clock.now() + timedelta(hours=1))
    assert "来店します" in read(page, browser)


def booked_on_the_page(house: House, **who: Any) -> Booking:
    """Somebody books a cut for tomorrow at 11:00."""
    browser = Client()
    at = telling.stamp(house.at(comers.day(house, 1), 11))
    page = post(f"/b/{house.shop.public_key}/", browser=browser, service=house.services["cut"].id, at=at)
    post(page, browser=browser, do="take", **who)
    post(page, browser=browser, do="take", **who)  # pressed twice
    return Booking.objects.latest("id")


def test_it_confirms_by_mail_what_was_booked_here(house: House, inbox: Catcher) -> None:
    row = booked_on_the_page(house, name="吉乃", mail="yoshino@example.com")
    assert passes.hand_over(100) == 1
    [mail], [delivery] = inbox.mails, Delivery.objects.all()
    assert mail["To"] == "yoshino@example.com" and "11月24日(火) 11:00" in mail["Subject"]
    for word in ("吉乃 様", "カット", "5,500円", "予約を確認・変更する"):
        assert word in delivery.body
    link = re.search(r"/v/[^/]+/", delivery.body)
    assert link is not None and "日時を変更する" in read(link.group())
    assert Message.objects.get().source_id == row.id


def test_it_confirms_in_the_clients_language(house: House, inbox: Catcher) -> None:
    row = booked_on_the_page(house, name="Hanna", mail="hanna@example.com")
    Customer.objects.filter(id=row.customer_id or 0).update(language="en")
    passes.hand_over(100)
    assert "is booked" in inbox.mails[0]["Subject"]
    assert "See or change the visit" in Delivery.objects.get().body


def test_it_confirms_nothing_to_who_has_no_address_or_has_cancelled_by_now(house: House, inbox: Catcher) -> None:
    booked_on_the_page(house, name="電話", phone="09012345678")
    assert not Message.objects.exists()
    row = booked_on_the_page(house, name="吉乃", mail="yoshino@example.com")
    actions.give_up(row.id, "other", via="web")
    passes.hand_over(100)
    assert not inbox.mails and Message.objects.get().state != "waiting"


def test_it_lets_a_hold_lapse(house: House) -> None:
    at = telling.stamp(house.at(comers.day(house, 1), 11))
    page = post(f"/b/{house.shop.public_key}/", service=house.services["cut"].id, at=at)
    comers.stop_the_clock(clock.now() + timedelta(minutes=11))
    assert "お取りしていた時間が過ぎました" in read(page)
    row = Booking.objects.get()
    comers.visit(house, None, row.starts_at, staff=house.sakura.id)
    comers.visit(house, None, row.starts_at, staff=house.jun.id)
    assert post(page, 409, do="take", name="花子", mail="h@example.com")
    assert Booking.objects.get(id=row.id).state == "lapsed" and not Customer.objects.filter(name="花子").exists()


def test_it_shows_the_fee_rule_before_booking(house: House) -> None:
    terms.set_terms(house.shop, {"no_show_percent": 100}, actor="test")
    assert "100%" in read(f"/b/{house.shop.public_key}/?service={house.services['cut'].id}")


def test_it_finds_the_card_of_who_was_here_and_changes_nothing_in_it(house: House) -> None:
    hanako = comers.client(house)
    assert guests.card_of(house.shop, guests.Guest("だれか", "HANAKO@example.com"), "ja") == hanako.id
    hanako.refresh_from_db()
    assert hanako.name == "山田 花子"
    first = guests.card_of(house.shop, guests.Guest("太郎", phone="090-1234-5678"), "ja")
    assert guests.card_of(house.shop, guests.Guest("太郎", phone="０９０１２３４５６７８"), "ja") == first != hanako.id


def test_it_has_no_page_for_shops_that_are_no_salon(cast: Cast) -> None:
    read(f"/b/{cast.kotori.public_key}/", status=404)
    read("/b/nobody/", status=404)
    read(f"/liff/{cast.kotori.public_key}/", status=404)


def test_it_slows_a_program_down(house: House) -> None:
    form = {"service": house.services["cut"].id, "at": telling.stamp(house.at(comers.day(house, 1), 11))}
    codes = {Client().post(f"/b/{house.shop.public_key}/", form).status_code for _ in range(25)}
    assert 429 in codes and Booking.objects.count() <= 20


def test_it_links_who_opens_their_own_visit_inside_line(
    house: House, booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    friend = comers.befriend(house, None)
    monkeypatch.setattr(linking, "person_of", lambda shop_id, token, nonce="": Person(friend.user_id, "花子"))
    browser, address = Client(), f"/liff/{house.shop.public_key}/"
    response = browser.get(address)
    assert (
        "static.line-scdn.net" in response.headers["Content-Security-Policy"]
        and "kaeru/liff" in response.content.decode()
    )
    assert post(address, browser=browser, id_token="t", to=page_of(booking).lstrip("/")) == page_of(booking)
    friend.refresh_from_db()
    assert friend.customer_id == booking.customer_id
    assert post(address, browser=browser, id_token="t") == page_of(
        booking
    )  # the next visit, when nothing was asked for
    assert post(address, browser=browser, id_token="t", to="//evil.example/") == page_of(booking)


def test_it_keeps_a_visit_closed_to_somebody_else_in_line(
    house: House, booking: Booking, monkeypatch: pytest.MonkeyPatch
) -> None:
    stranger = comers.befriend(house, comers.client(house, email="s@example.com"))
    monkeypatch.setattr(linking, "person_of", lambda shop_id, token, nonce="": Person(stranger.user_id, ""))
    text = post(f"/liff/{house.shop.public_key}/", 404, id_token="t", to=page_of(booking).lstrip("/"))
    assert "カット" not in text and LineFriend.objects.get(id=stranger.id).customer_id == stranger.customer_id


def test_it_believes_no_token_that_line_does_not_know(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(shop_id: int, token: str, nonce: str = "") -> Person:
        raise LinkRefused("token")

    comers.befriend(house, None)
    monkeypatch.setattr(linking, "person_of", refuse)
    assert "確認ができませんでした" in post(f"/liff/{house.shop.public_key}/", 403, id_token="forged")


def test_it_books_for_the_person_that_line_named(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    friend = comers.befriend(house, None)
    monkeypatch.setattr(linking, "person_of", lambda shop_id, token, nonce="": Person(friend.user_id, ""))
    browser, book = Client(), f"/b/{house.shop.public_key}/"
    assert post(f"/liff/{house.shop.public_key}/", browser=browser, id_token="t") == book
    at = telling.stamp(house.at(comers.day(house, 1), 11))
    page = post(book, browser=browser, service=house.services["cut"].id, at=at)
    assert "お名前" not in read(page, browser)
    post(page, browser=browser, do="take")
    row, friend = Booking.objects.get(), LineFriend.objects.get(id=friend.id)
    assert (row.state, row.origin) == ("booked", "line") and row.customer_id == friend.customer_id is not None
    assert actions.may_take(house.shop, row.customer_id) == ""
