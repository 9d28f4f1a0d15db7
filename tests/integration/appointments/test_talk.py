"""The talk in LINE: what is pressed, what is answered, and what old buttons do not do."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from kaeru.appointments.models import Booking, Occupancy, Reminder
from kaeru.appointments.talk import rules
from kaeru.appointments.visits import actions, telling, terms
from kaeru.channels.line import conversation
from kaeru.channels.line.conversation import Heard, Said
from kaeru.channels.line.models import LineFriend
from kaeru.core import clock, scope
from tests import comers
from tests.cast import Cast
from tests.salon import House, salon


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    """The salon on a Monday at 8:00."""
    comers.stop_the_clock()
    made = salon(cast.organization)
    with scope.organization(cast.organization.id):
        yield made


@pytest.fixture
def booking(house: House) -> Booking:
    """Hanako comes tomorrow at 14:00 for a cut; she is a friend in LINE."""
    return comers.visit(house, comers.client(house, line=True), house.at(comers.day(house, 1), 14))


def press(house: House, friend: LineFriend, data: str = "", *, text: str = "") -> Said | None:
    """What the salon answers."""
    return conversation.ask(
        Heard(house.shop.id, friend, "text" if text else "postback", clock.now(), data=data, text=text)  # type: ignore[arg-type]
    )


def friend_of(booking: Booking) -> LineFriend:
    """The client in LINE."""
    found: LineFriend = LineFriend.objects.get(customer=booking.customer)
    return found


def do(house: House, booking: Booking, deed: str, *more: object) -> Said:
    """A tap of the visit's own client on a button made for where it stands."""
    said = press(house, friend_of(booking), telling.data(deed, booking, *more))
    assert said is not None
    return said


def words(said: Said | None) -> str:
    """All words of an answer."""
    assert said is not None
    return "\n".join(
        " ".join([one.title, one.text, *(value for row in one.rows for value in row)]) for one in said.bubbles
    )


def test_it_notes_that_a_client_comes(house: House, booking: Booking) -> None:
    said = do(house, booking, "coming")
    booking.refresh_from_db()
    assert (
        booking.confirmed_at == clock.now()
        and "お待ちしております" in words(said)
        and "11月24日(火) 14:00" in words(said)
    )


def test_it_offers_the_three_nearest_times_and_the_calendar(house: House, booking: Booking) -> None:
    said = do(house, booking, "change")
    assert [one.label for one in said.quick] == ["11月24日(火) 13:45", "11月24日(火) 14:15", "11月25日(水) 10:00"]
    assert said.bubbles[0].buttons[-1].label == "もっと見る" and "/v/" in said.bubbles[0].buttons[-1].url
    assert said.bubbles[0].buttons[-1].url.endswith("?do=change")


def test_it_moves_with_one_tap_and_frees_the_old_time(house: House, booking: Booking) -> None:
    data = do(house, booking, "change").quick[0].data
    said = press(house, friend_of(booking), data)
    booking.refresh_from_db()
    assert booking.starts_at == house.at(comers.day(house, 1), 13, 45) and booking.changes == 1
    assert "変更しました" in words(said) and said is not None and said.must_arrive
    assert set(Occupancy.objects.filter(booking=booking).values_list("starts_at", flat=True)) == {booking.starts_at}


def test_it_answers_the_same_tap_twice_with_the_same_visit(house: House, booking: Booking) -> None:
    data = do(house, booking, "change").quick[0].data
    first, second = press(house, friend_of(booking), data), press(house, friend_of(booking), data)
    booking.refresh_from_db()
    assert booking.changes == 1 and words(first) == words(second)


def test_it_takes_a_move_back(house: House, booking: Booking) -> None:
    was = booking.starts_at
    said = press(house, friend_of(booking), do(house, booking, "change").quick[0].data)
    assert said is not None
    press(house, friend_of(booking), said.quick[0].data)
    booking.refresh_from_db()
    assert booking.starts_at == was and actions.last_step(booking) is None


def test_it_says_how_a_visit_stands_to_an_old_button(house: House, booking: Booking) -> None:
    old = telling.data("cancel", booking)
    actions.change(booking.id, house.at(comers.day(house, 2), 11), via="web")
    said = press(house, friend_of(booking), old)
    booking.refresh_from_db()
    assert booking.state == "booked" and "11月25日(水) 11:00" in words(said)


def test_it_is_polite_to_a_tap_on_last_weeks_message(house: House, booking: Booking) -> None:
    data = telling.data("coming", booking)
    comers.stop_the_clock(comers.MONDAY + timedelta(days=7))
    said = press(house, friend_of(booking), data)
    booking.refresh_from_db()
    assert booking.confirmed_at is None and "過ぎています" in words(said)
    assert said is not None and said.bubbles[0].buttons[0].data == "visit:new"


def test_it_offers_other_times_when_somebody_was_faster(house: House, booking: Booking) -> None:
    data = do(house, booking, "change").quick[0].data
    for staff in (house.sakura, house.jun):
        comers.visit(
            house, None, house.at(comers.day(house, 1), 13, 45), staff=staff.id
        ) if staff != booking.staff else None
    Booking.objects.filter(id=booking.id).update(is_nominated=True)
    other = house.jun if booking.staff_id == house.sakura.id else house.sakura
    assert Booking.objects.filter(staff=other).exists()
    Occupancy.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, resource_id=booking.staff_id,
        starts_at=house.at(comers.day(house, 1), 13, 30), ends_at=booking.starts_at,
    )  # fmt: skip
    said = press(house, friend_of(booking), data)
    was = booking.starts_at
    booking.refresh_from_db()
    assert booking.starts_at == was and "埋まって" in words(said)
    assert said is not None and len(said.quick) == 3 and data not in [one.data for one in said.quick]


def test_it_offers_moving_first_and_asks_one_reason(house: House, booking: Booking) -> None:
    said = do(house, booking, "cancel")
    assert [one.label for one in said.bubbles[0].buttons] == ["日時を変更する"] and len(said.quick) == 5
    gone = press(house, friend_of(booking), said.quick[1].data)
    booking.refresh_from_db()
    assert (booking.state, booking.reason, booking.ended_by) == ("cancelled", "unwell", "customer")
    assert gone is not None and [one.label for one in gone.bubbles[0].buttons] == ["元に戻す", "別の日時で予約する"]
    assert not Occupancy.objects.filter(booking=booking).exists()
    press(house, friend_of(booking), gone.bubbles[0].buttons[0].data)
    booking.refresh_from_db()
    assert booking.state == "booked"


def test_it_shows_the_fee_rule_before_anything_is_cancelled_or_booked(house: House, booking: Booking) -> None:
    terms.set_terms(house.shop, {"late_percent": 50, "late_hours": 24}, actor="test")
    assert "50%" in words(do(house, booking, "cancel"))
    service = house.services["nail"]
    at = telling.stamp(house.at(comers.day(house, 1), 10))
    assert "50%" in words(press(house, friend_of(booking), f"visit:pick:{service.id}:{at}"))


def test_it_sends_who_is_too_late_to_the_salon(house: House, booking: Booking) -> None:
    comers.stop_the_clock(booking.starts_at - timedelta(minutes=119))
    for deed in ("change", "cancel"):
        assert house.shop.contact in words(do(house, booking, deed))
    assert Booking.objects.get(id=booking.id).state == "booked"
    assert "お待ちしております" in words(do(house, booking, "coming"))


def test_it_stops_after_three_changes(house: House, booking: Booking) -> None:
    Booking.objects.filter(id=booking.id).update(changes=3)
    assert "上限" in words(do(house, booking, "change"))
    assert len(do(house, booking, "cancel").bubbles) == 1  # moving is not offered then; the reasons are there


def test_it_shows_nobody_somebody_elses_visit(house: House, booking: Booking) -> None:
    stranger = comers.befriend(house, comers.client(house, email="s@example.com"))
    nobody = comers.befriend(house, None)
    for friend in (stranger, nobody):
        for deed, more in (("coming", ()), ("change", ()), ("cancel", ()), ("reason", ("other",)), ("move", (1,))):
            said = press(house, friend, telling.data(deed, booking, *more))
            assert "見つかりません" in words(said) and "カット" not in words(said)
    booking.refresh_from_db()
    assert (booking.state, booking.confirmed_at) == ("booked", None)


def test_it_books_anew_service_by_service(house: House, booking: Booking) -> None:
    menu = press(house, friend_of(booking), "visit:new")
    assert menu is not None and [one.label for one in menu.quick] == ["カット", "カラー", "ネイル"]
    times = press(house, friend_of(booking), menu.quick[1].data)
    assert times is not None and times.quick[0].label == "11月23日(月) 10:00"
    held = press(house, friend_of(booking), times.quick[0].data)
    again = press(house, friend_of(booking), times.quick[0].data)
    assert (
        held is not None and words(held) == words(again) and [one.label for one in held.quick] == ["予約する", "やめる"]
    )
    assert Booking.objects.filter(state="held").count() == 1
    taken = press(house, friend_of(booking), held.quick[0].data)
    made = Booking.objects.exclude(id=booking.id).get()
    assert "承りました" in words(taken) and (made.state, made.origin, made.customer_id) == (
        "booked",
        "line",
        booking.customer_id,
    )


def test_it_lets_a_hold_go_and_may_keep_it_again(house: House, booking: Booking) -> None:
    data = f"visit:pick:{house.services['cut'].id}:{telling.stamp(house.at(comers.day(house, 2), 10))}"
    held = press(house, friend_of(booking), data)
    assert held is not None
    press(house, friend_of(booking), held.quick[1].data)
    assert not Booking.objects.filter(state="held").exists()
    assert "予約しますか" in words(press(house, friend_of(booking), data))


def test_it_asks_who_missed_too_much_to_talk_to_the_salon(house: House, booking: Booking) -> None:
    terms.set_terms(house.shop, {"no_shows_most": 1}, actor="test")
    missed = comers.visit(house, booking.customer, house.at(comers.day(house, 3), 10))
    Booking.objects.filter(id=missed.id).update(state="no_show", starts_at=clock.now() - timedelta(days=30))
    assert house.shop.contact in words(press(house, friend_of(booking), "visit:new"))


def test_it_understands_a_few_short_words_and_leaves_the_rest_to_people(house: House, booking: Booking) -> None:
    assert "14:00" in words(press(house, friend_of(booking), text="予約"))
    assert "理由" in words(press(house, friend_of(booking), text="キャンセルしたいです"))
    assert "タップ" in words(press(house, friend_of(booking), text="変更できますか？"))
    assert press(house, friend_of(booking), text="ありがとうございました") is None
    assert press(house, friend_of(booking), text="前回の変更の件ですが、" * 10) is None


def test_it_speaks_the_clients_language(house: House, booking: Booking) -> None:
    LineFriend.objects.update(language="en")
    assert "Which time suits you?" in words(do(house, booking, "change"))


def test_it_counts_a_look_as_an_answer_to_the_reminder(house: House, booking: Booking) -> None:
    Reminder.objects.create(
        organization_id=house.shop.organization_id, shop=house.shop, booking=booking, kind="first", state="told",
        for_at=booking.starts_at, due_at=clock.now(),
    )  # fmt: skip
    do(house, booking, "change")
    assert Reminder.objects.get().answer == "asked"
    do(house, booking, "coming")
    assert Reminder.objects.get().answer == "coming"


@pytest.mark.parametrize(
    "data", ["", "visit", "visit:", "visit:coming:1", "visit:coming:x:1", "visit:move:1:2", "visit:move:1:2:x", "visit:reason:1:2:A'",
             "offer:1", "visit:coming:1:2:3", "visit:pick:1", "visit:coming:" + "9" * 19 + ":1"],
)  # fmt: skip
def test_it_takes_no_button_that_is_not_whole(data: str) -> None:
    assert rules.read(data) is None
