"""The call list and one call's page: what is next, who may dial, what is told, and that nobody tells it twice."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from pytest_django import DjangoAssertNumQueries

from kaeru.calls import actions, registry
from kaeru.calls.models import CallAttempt, CallTask
from kaeru.core import clock, scope
from kaeru.core.clock import Clock
from kaeru.customers.models import Customer
from tests import builders
from tests.cast import Cast, Person

HOUR = timedelta(hours=1)


@pytest.fixture
def buyer(cast: Cast) -> Customer:
    found = builders.customer(cast.kotori, name="高橋 健一")
    builders.phone(found, "０９０−１２３４−５６７８")
    return found


@pytest.fixture
def task(cast: Cast, buyer: Customer) -> CallTask:
    return builders.call(cast.kotori, buyer, builders.order(cast.kotori, buyer, number="K-1"))


def said(response: HttpResponse) -> str:
    html = response.content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def html_of(person: Person, path: str, **query: str) -> str:
    return person.browser().get(path, {"lang": "en", **query}).content.decode()


def seen(person: Person, path: str = "/calls/", **query: str) -> str:
    return said(person.browser().get(path, {"lang": "en", **query}))  # type: ignore[arg-type]


def tell(person: Person, task: CallTask, answer: str, **fields: Any) -> HttpResponse:
    sent = {"answer": answer, "seen": "0", **fields}
    return person.browser().post(f"/calls/{task.id}/tell/?lang=en", sent, follow=True)  # type: ignore[return-value]


def fresh(task: CallTask) -> CallTask:
    with scope.everyone():
        return CallTask.objects.select_related("assignee").get(id=task.id)


def test_it_dials_with_one_tap(cast: Cast, task: CallTask) -> None:
    for path in ("/calls/", f"/calls/{task.id}/"):
        page = html_of(cast.bunta, path)
        assert 'href="tel:+819012345678"' in page
        assert "090-1234-5678" in page


def test_it_masks_people_and_numbers_for_who_may_only_look(cast: Cast, task: CallTask) -> None:
    with scope.organization(cast.organization.id):
        actions.record(task.id, "needs_time", "奥様に伝言", actor="test", user=cast.bunta.member.user)
    for path in ("/calls/", f"/calls/{task.id}/"):
        page = html_of(cast.mei, path)
        assert "高•••" in page
        assert not [word for word in ("健一", "tel:", "1234", "奥様", "<textarea") if word in page]


def test_it_reads_the_script_in_the_customers_language(cast: Cast, buyer: Customer, task: CallTask) -> None:
    page = seen(cast.bunta, f"/calls/{task.id}/")
    assert "小鳥雑貨店の文太です。高橋 健一 様、ご注文K-1の件でお電話しました。" in page
    assert "Read it in English This is 文太 of 小鳥雑貨店." in page
    with scope.everyone():
        Customer.objects.update(language="en")
    assert "Read it in English" not in seen(cast.bunta, f"/calls/{task.id}/")


def test_it_never_runs_what_a_customer_is_called(cast: Cast, task: CallTask) -> None:
    with scope.everyone():
        Customer.objects.update(name="<script>alert(1)</script>{{ order.number }}")
    page = html_of(cast.bunta, f"/calls/{task.id}/")
    assert "<script>alert" not in page
    assert "{{ order.number }}" in page


def test_it_says_how_the_clock_stands(cast: Cast, buyer: Customer) -> None:
    now = clock.now()
    for fields in (
        {"deadline_at": now + HOUR * 5 + timedelta(seconds=50)},
        {"deadline_at": now + timedelta(minutes=20, seconds=50)},
        {"deadline_at": now - HOUR},
        {"deadline_at": now + HOUR * 5, "next_try_at": now - timedelta(minutes=30, seconds=20), "detail": "needs_time"},
        {"deadline_at": now + HOUR * 5, "next_try_at": now + HOUR, "tries": 2},
    ):
        builders.call(cast.kotori, buyer, **fields)
    page = seen(cast.bunta)
    for words in (
        "5 h left",
        "20 min left",
        "deadline passed",
        "promise overdue by 30 min",
        "call later",
        "not reached 2×",
    ):
        assert words in page, words


def test_it_says_why_nobody_can_dial_and_lets_it_be_closed(cast: Cast) -> None:
    nowhere = builders.call(cast.kotori, builders.customer(cast.kotori))
    assert "There is no phone number." in seen(cast.bunta)
    page = html_of(cast.bunta, f"/calls/{nowhere.id}/")
    assert "Close the call" in page
    assert "will_reorder" not in page
    assert "Noted." in said(tell(cast.bunta, nowhere, "unreached"))
    assert fresh(nowhere).outcome == "unreached"


def test_it_tells_what_came_of_it(cast: Cast, task: CallTask) -> None:
    assert "Noted. The scenario goes on with this." in said(tell(cast.bunta, task, "will_reorder", note="明日注文する"))
    assert (fresh(task).outcome, fresh(task).note) == ("reached", "明日注文する")
    assert "No calls to make" in seen(cast.bunta)
    assert "The customer will order again." in seen(cast.bunta, show="done")
    assert "明日注文する" in seen(cast.aoi, f"/calls/{task.id}/")


def test_it_counts_a_double_tap_once_and_tells_two_people_apart(cast: Cast, task: CallTask) -> None:
    with scope.everyone():
        CallTask.objects.update(deadline_at=clock.now() + timedelta(days=30))
    for _ in range(2):
        assert "Noted. It is back in the list" in said(tell(cast.bunta, task, "unreached"))
    assert "文太 was faster." in said(tell(cast.aoi, task, "unreached"))
    assert fresh(task).tries == 1
    tell(cast.bunta, task, "not_interested", seen="1")
    assert "文太 has already closed this call: reached." in said(tell(cast.aoi, task, "unreached", seen="1"))


def test_it_promises_a_call(cast: Cast, task: CallTask) -> None:
    tell(cast.bunta, task, "needs_time", when="hour")
    again = fresh(task).next_try_at
    assert again is not None
    assert HOUR <= again - clock.now() + timedelta(seconds=5) <= HOUR + timedelta(minutes=6)
    assert fresh(task).assignee == cast.bunta.member.user
    assert "yours" in seen(cast.bunta, show="mine")
    assert "No call is yours" in seen(cast.aoi, show="mine")
    assert "文太 has it" in seen(cast.aoi)


def test_it_keeps_the_note_when_the_time_cannot_be(cast: Cast, task: CallTask) -> None:
    for at, words in (
        ("2020-01-01T10:00", "over already"),
        ("2199-01-01T10:00", "30 days ahead"),
        ("tomorrow", "cannot be read"),
        ("2026-02-31T10:00", "cannot be read"),
        ("9999-12-31T23:59", "30 days ahead"),
        ("0000-00-00T00:00", "cannot be read"),
    ):
        answer = tell(cast.bunta, task, "needs_time", at=at, note="水曜の午後に")
        assert answer.status_code == 422, at
        assert words in said(answer), at
        assert "水曜の午後に" in said(answer)
    with scope.everyone():
        assert not CallAttempt.objects.exists()


@pytest.mark.parametrize("fields", [{"answer": "maybe"}, {"answer": ""}])
def test_it_refuses_what_it_does_not_know(cast: Cast, task: CallTask, fields: dict[str, str]) -> None:
    assert cast.bunta.browser().post(f"/calls/{task.id}/tell/", fields).status_code == 400


@pytest.mark.parametrize("seen_before", ["", "x", "-1", "٣", "9" * 30])
def test_it_takes_a_form_without_a_count(cast: Cast, task: CallTask, seen_before: str) -> None:
    assert tell(cast.bunta, task, "will_reorder", seen=seen_before).status_code == 200
    assert fresh(task).outcome == "reached"


def test_it_closes_a_number_to_calls(cast: Cast, buyer: Customer, task: CallTask) -> None:
    tell(cast.bunta, task, "not_interested", do_not_call="on")
    builders.call(cast.kotori, buyer)
    page = html_of(cast.bunta, "/calls/")
    assert "The customer asked not to be called." in page
    assert "tel:" not in page


def test_it_is_taken_by_dialling_without_waiting_for_a_page(cast: Cast, task: CallTask) -> None:
    answer = cast.bunta.browser().post(f"/calls/{task.id}/take/", headers={"HX-Request": "true"})
    assert (answer.status_code, fresh(task).assignee) == (204, cast.bunta.member.user)
    assert "hx-post" not in html_of(cast.aoi, f"/calls/{task.id}/"), "who dials another's call does not take it"
    faster = cast.aoi.browser().post(f"/calls/{task.id}/take/?lang=en", follow=True)
    assert "文太 was faster." in said(faster)  # type: ignore[arg-type]


def test_it_is_given_to_a_colleague_and_back(cast: Cast, task: CallTask) -> None:
    aoi = cast.aoi.browser()
    aoi.post(f"/calls/{task.id}/assign/", {"user": cast.bunta.member.user_id})
    assert fresh(task).assignee == cast.bunta.member.user
    for nobody in (cast.mei, cast.chika):
        assert aoi.post(f"/calls/{task.id}/assign/", {"user": nobody.member.user_id}).status_code == 400
    aoi.post(f"/calls/{task.id}/assign/", {"user": ""})
    assert fresh(task).assignee is None


def test_it_keeps_what_is_told_too_late(cast: Cast, task: CallTask) -> None:
    from kaeru.calls import passes

    with scope.everyone():
        CallTask.objects.update(deadline_at=clock.now() - HOUR)
    passes.expire(10)
    assert "Tell what came of it after all" in seen(cast.bunta, f"/calls/{task.id}/")
    assert "Kept in the story." in said(tell(cast.bunta, task, "will_reorder", note="注文するとのこと"))
    assert "注文するとのこと" in seen(cast.bunta, f"/calls/{task.id}/")
    assert fresh(task).outcome == "expired"


def test_it_is_on_today(cast: Cast, buyer: Customer, task: CallTask) -> None:
    builders.call(cast.kotori, buyer, next_try_at=clock.now() + HOUR)
    page = seen(cast.bunta, "/")
    assert "1 call to make" in page
    assert "due in 3 h 59 min" in page


def test_it_has_no_place_for_a_salon(cast: Cast) -> None:
    assert 'href="/calls/"' in html_of(cast.aoi, "/desk/")
    with scope.everyone():
        cast.kotori.kind = "salon"
        cast.kotori.save()
    assert 'href="/calls/"' not in html_of(cast.aoi, "/desk/")


def test_it_says_what_to_do_when_there_are_none(cast: Cast) -> None:
    assert "Add the step “Call” to a scenario" in seen(cast.aoi)
    assert "No call is over yet" in seen(cast.aoi, show="done")


def test_it_has_nothing_for_chika(cast: Cast, task: CallTask) -> None:
    chika = cast.chika.browser()
    assert "No calls to make" in seen(cast.chika)
    assert chika.get(f"/calls/{task.id}/").status_code == 404
    for verb in ("tell", "take", "assign"):
        assert chika.post(f"/calls/{task.id}/{verb}/", {"answer": "will_reorder"}).status_code == 404
    assert fresh(task).state == "waiting"


def test_it_costs_the_same_for_many(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    monkeypatch.setattr(registry, "_sources", {})
    for number in range(30):
        person = builders.customer(cast.kotori)
        builders.phone(person, f"090-1234-{number:04d}")
        builders.call(cast.kotori, person, builders.order(cast.kotori, person))
    browser = cast.bunta.browser()
    for path in ("/calls/", "/calls/?show=mine", "/calls/?show=done"):
        with django_assert_max_num_queries(12):
            browser.get(path)


def test_it_is_part_of_the_cancellations_story(cast: Cast, buyer: Customer) -> None:
    reason = builders.reason(cast.kotori)
    _, revision = builders.scenario(reason, builders.template(cast.kotori))
    wish = builders.cancellation(builders.order(cast.kotori, buyer), reason)
    task = builders.call(cast.kotori, buyer, source_id=builders.enrollment(revision, wish).id)
    story = f"/cancellations/{wish.id}/"
    assert "Your staff is to call until" in seen(cast.bunta, story)
    assert f'href="/calls/{task.id}/"' in html_of(cast.bunta, story)
    tell(cast.bunta, task, "will_reorder", note="明日注文する")
    assert "The customer will order again. call 明日注文する 文太" in seen(cast.aoi, story)
    assert "明日注文する" not in seen(cast.mei, story)
    assert "Change the delivery address" in seen(cast.bunta, f"/calls/{task.id}/")


def test_it_says_when_the_shop_is_closed(cast: Cast, task: CallTask) -> None:
    sunday_night = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    clock.set_clock(Clock(real=time.time(), shown=sunday_night))
    assert "The shop is closed now and opens at Tue 24 Nov, 10:00." in seen(cast.bunta), "Monday is a holiday"
    clock.set_clock(Clock(real=time.time(), shown=sunday_night + timedelta(hours=38)))
    assert "The shop is closed" not in seen(cast.bunta)
