"""Reminders: the evening before to everybody, once more to the silent, never of what does not stand any more."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.appointments.models import Booking, Reminder, VisitTerms
from kaeru.appointments.visits import actions, reminders, terms
from kaeru.channels.line.models import LineFriend
from kaeru.core import clock, scope
from kaeru.messages import preparing
from kaeru.messages.models import Message
from tests import comers
from tests.cast import Cast
from tests.salon import House, salon


@pytest.fixture
def house(cast: Cast) -> Iterator[House]:
    """The salon on a Monday at 8:00, reminding at 18:00."""
    comers.stop_the_clock()
    made = salon(cast.organization)
    with scope.organization(cast.organization.id):
        reminders.appoint(100)
        yield made


def evening() -> None:
    """It is 18:00 of that Monday."""
    comers.stop_the_clock(comers.MONDAY + timedelta(hours=10))


def prepared(kind: str = "first") -> list[tuple[Message, dict[str, str], list[str]]]:
    """The reminders in the outbox as the hand-over sees them: words and buttons."""
    wanted = Reminder.objects.filter(kind=kind, state="told").values_list("message_id", flat=True)
    rows = preparing.load([key for key in wanted if key])
    words, pressed = preparing.words(rows), preparing.buttons(rows)
    return [(row, words[row.id]["visit"], [one.label for one in pressed[row.id]]) for row in rows]


def test_it_gives_a_salon_its_terms_and_the_next_round(house: House) -> None:
    row = VisitTerms.objects.get(shop=house.shop)
    assert row.next_at == comers.MONDAY + timedelta(hours=10)
    assert reminders.appoint(100) == 0


def test_it_tells_everybody_of_tomorrow_and_nobody_else(house: House) -> None:
    hanako = comers.client(house)
    today, tomorrow, later = (comers.visit(house, hanako, house.at(comers.day(house, n), 14)) for n in range(3))
    walk_in = comers.visit(house, None, house.at(comers.day(house, 1), 16))
    assert reminders.tell(100) == 0  # it is 8:00
    evening()
    assert reminders.tell(100) == 1
    assert set(Reminder.objects.filter(kind="first").values_list("booking_id", flat=True)) == {tomorrow.id}
    [(message, words, labels)] = prepared()
    assert message.channel == "mail" and message.due_at == clock.now() and message.purpose == "notice"
    assert words["when"] == "11月24日(火) 14:00" and words["service"] == "カット" and words["price"] == "5,500円"
    assert labels == ["来店します", "日時を変更する", "予約をキャンセルする"]
    assert {today.id, later.id, walk_in.id}.isdisjoint(Reminder.objects.values_list("booking_id", flat=True))


def test_it_tells_once_however_often_it_turns(house: House) -> None:
    comers.visit(house, comers.client(house), house.at(comers.day(house, 1), 14))
    evening()
    reminders.tell(100)
    VisitTerms.objects.update(next_at=clock.now())
    reminders.tell(100)
    assert Message.objects.filter(source="reminder").count() == 1


def test_it_writes_in_line_to_friends_and_by_mail_to_those_who_block(house: House) -> None:
    friend, blocker = comers.client(house, line=True), comers.client(house, line=True, email="b@example.com")
    nobody = comers.client(house, email=None)
    LineFriend.objects.filter(customer=blocker).update(state="blocked")
    for hour, who in ((10, friend), (12, blocker), (14, nobody)):
        comers.visit(house, who, house.at(comers.day(house, 1), hour))
    evening()
    reminders.tell(100)
    assert dict(Message.objects.values_list("customer_id", "channel")) == {friend.id: "line", blocker.id: "mail"}
    assert Reminder.objects.get(booking__customer=nobody).reason == "no_address"


def test_it_carries_the_start_in_the_buttons_of_line(house: House) -> None:
    row = comers.visit(house, comers.client(house, line=True), house.at(comers.day(house, 1), 14))
    evening()
    reminders.tell(100)
    message = Message.objects.get()
    buttons = preparing.buttons(preparing.load([message.id]))[message.id]
    stamp = int(row.starts_at.timestamp()) // 60
    assert [one.data for one in buttons] == [
        f"visit:{deed}:{row.id}:{stamp}" for deed in ("coming", "change", "cancel")
    ]


def test_it_asks_only_the_silent_once_more(house: House) -> None:
    hours = {10: "coming", 12: "asked", 14: "cancelled", 16: ""}
    rows = {}
    for hour, answer in hours.items():
        client = comers.client(house, email=f"c{hour}@example.com")
        at = house.at(comers.day(house, 1), hour)
        rows[answer] = comers.visit(house, client, at)
    evening()
    reminders.tell(100)
    actions.say_coming(rows["coming"].id, via="web")
    actions.note_opened(rows["asked"])
    actions.give_up(rows["cancelled"].id, "schedule", via="web")
    comers.stop_the_clock(house.at(comers.day(house, 1), 13))
    assert reminders.nudge(100) == 4
    asked = Reminder.objects.filter(kind="second", state="told")
    assert list(asked.values_list("booking_id", flat=True)) == [rows[""].id]
    dropped = dict(Reminder.objects.filter(kind="second", state="dropped").values_list("booking_id", "reason"))
    assert dropped == {rows["coming"].id: "answered", rows["asked"].id: "answered", rows["cancelled"].id: "ended"}
    assert prepared("second")[0][2] == ["来店します", "日時を変更する", "予約をキャンセルする"]


def test_it_takes_back_what_does_not_stand_any_more(house: House) -> None:
    moved = comers.visit(house, comers.client(house), house.at(comers.day(house, 1), 14))
    gone = comers.visit(house, comers.client(house, email="g@example.com"), house.at(comers.day(house, 1), 11))
    evening()
    reminders.tell(100)
    actions.change(moved.id, house.at(comers.day(house, 2), 14), via="line")
    actions.give_up(gone.id, "unwell", via="line")
    rows = preparing.load(list(Message.objects.values_list("id", flat=True)))
    assert set(preparing.not_needed(rows).values()) == {"moved", "cancelled"}
    assert set(Reminder.objects.filter(kind="first").values_list("answer", flat=True)) == {"moved", "cancelled"}


def test_it_does_not_tell_who_booked_a_moment_ago(house: House) -> None:
    row = comers.visit(house, comers.client(house), house.at(comers.day(house, 1), 14))
    evening()
    Booking.objects.filter(id=row.id).update(made_at=clock.now() - timedelta(hours=1))
    reminders.tell(100)
    assert Reminder.objects.get().reason == "fresh" and not Message.objects.exists()


def test_it_catches_up_after_a_standstill_without_telling_of_the_past(house: House) -> None:
    hanako = comers.client(house)
    for later in (1, 2, 3):
        comers.visit(house, hanako, house.at(comers.day(house, later), 14))
    day = comers.day(house, 2)
    comers.stop_the_clock(house.at(day, 9))  # nothing turned since Monday
    reminders.tell(100)
    assert list(Reminder.objects.filter(kind="first").values_list("for_at", flat=True)) == [house.at(day, 14)]
    assert VisitTerms.objects.get(shop=house.shop).next_at == house.at(day, 18)


def test_it_says_nothing_when_it_is_switched_off(house: House) -> None:
    comers.visit(house, comers.client(house), house.at(comers.day(house, 1), 14))
    terms.set_terms(house.shop, {"reminds": False}, actor="test")
    evening()
    assert reminders.tell(100) == 0 and not Reminder.objects.exists()


def test_it_leaves_out_buttons_that_the_salon_does_not_allow(house: House) -> None:
    comers.visit(house, comers.client(house), house.at(comers.day(house, 1), 14))
    terms.set_terms(house.shop, {"change_until_hours": 48, "cancel_until_hours": 48}, actor="test")
    evening()
    reminders.tell(100)
    assert prepared()[0][2] == ["来店します"]


def test_it_needs_as_many_statements_for_many_as_for_one(house: House, cast: Cast) -> None:
    for n in range(5):
        comers.visit(
            house, comers.client(house, email=f"m{n}@example.com"), house.at(comers.day(house, 1), 10 + n), "nail"
        )
    evening()
    with CaptureQueriesContext(
        connection,
    ) as many:
        reminders.tell(100)
    Reminder.objects.all().delete()
    Booking.objects.exclude(id=Booking.objects.values("id")[:1]).update(state="done")
    VisitTerms.objects.update(next_at=clock.now(), template_first=None, template_second=None)
    with CaptureQueriesContext(connection) as one:
        reminders.tell(100)
    assert len(many) == len(one) <= 20


def test_it_counts_a_fee_as_shown_from_its_last_change(house: House) -> None:
    assert terms.set_terms(house.shop, {"late_percent": 0}, actor="test").fee_shown_since is None
    shown = terms.set_terms(house.shop, {"late_percent": 50}, actor="test").fee_shown_since
    evening()
    assert terms.set_terms(house.shop, {"most_changes": 1}, actor="test").fee_shown_since == shown
    assert terms.set_terms(house.shop, {"late_percent": 60}, actor="test").fee_shown_since == clock.now()
    with pytest.raises(ValueError, match="late_percent"):
        terms.set_terms(house.shop, {"late_percent": 101}, actor="test")
