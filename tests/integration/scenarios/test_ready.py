"""Scenarios to start from: lawful as they stand, kind in tone, and each works when it is added."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import translation

from kaeru.calls.models import CallTask
from kaeru.calls.scripts import check as check_script
from kaeru.cancellations import actions as cancellations
from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import clock, scope
from kaeru.messages.models import Message
from kaeru.offers.models import Coupon
from kaeru.scenarios import actions, queries, ready
from kaeru.scenarios.flow import walk
from kaeru.scenarios.models import Enrollment, Scenario
from kaeru.scenarios.seeds import seed_scenarios
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast
from tests.integration.scenarios.conftest import Kotori

NAMES = tuple(ready.everything())
SIX = {
    "mistaken_order",
    "delivery_too_late",
    "shipping_fee_too_high",
    "change_address",
    "change_payment",
    "forgot_coupon",
}


@pytest.fixture
def seeded(cast: Cast) -> Iterator[None]:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        yield


def words_of(step: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(language, text) of everything that a step says to anybody."""
    for language, text in step.get("texts", {}).items():
        yield from ((language, text["subject"]), (language, text["body"]))
    for field in ("note", "script"):
        yield from step.get(field, {}).items()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_can_be_published_at_a_usual_shop_as_it_stands(cast: Cast, seeded: None, name: str, language: str) -> None:
    with translation.override(language):
        made = ready.add(cast.kotori, name, "test")
        assert actions.check(made) == [], "no problem and no warning"
        assert actions.publish(made.id, actor="test").number == 1
        assert made.name == ready.everything()[name].title[language]


@pytest.mark.parametrize("name", NAMES)
def test_it_tells_the_customer_within_half_an_hour(name: str) -> None:
    first = ready.everything()[name].flow["steps"][0]
    assert (first["kind"], first["purpose"]) == ("message", "notice")


@pytest.mark.parametrize("name", NAMES)
def test_it_gives_coupons_an_end_and_a_budget_and_tells_of_them_in_advertisements_only(name: str) -> None:
    has_coupon = False
    for place in walk(ready.everything()[name].flow["steps"]):
        if place.step["kind"] == "coupon":
            has_coupon = True
            assert place.step["days"] <= 31
            assert 0 < place.step["budget"] <= 50_000
        if place.step["kind"] == "message" and place.step["purpose"] == "advertisement":
            assert has_coupon
            assert all("coupon.code" in text["body"] for text in place.step["texts"].values())


@pytest.mark.parametrize("name", NAMES)
def test_it_speaks_quietly_in_both_languages(name: str) -> None:
    one = ready.everything()[name]
    for both in (one.title, one.sentence, one.whom):
        assert set(both) == {"ja", "en"}
    told = [found for place in walk(one.flow["steps"]) for found in words_of(dict(place.step))]
    assert {language for language, _ in told} == {"ja", "en"}
    for language, text in told:
        assert not re.search(r"[！!]", text), text
        if language == "ja" and "様" in text:
            assert re.search(r"(です|ます|ました|ません|ください|ございません)。", text), text
        if language == "en":
            assert text.isascii() or not re.search(r"[぀-ヿ一-鿿]", text), text
    for place in walk(one.flow["steps"]):
        if place.step["kind"] == "call":
            assert check_script(place.step["script"]) == []


def test_it_lists_them_in_the_readers_language_the_most_special_first() -> None:
    told = {language: ready.catalogue(language) for language in ("ja", "en")}
    assert [one.name for one in told["ja"]] == [one.name for one in told["en"]] == list(NAMES)
    assert NAMES[0] == "high_value"
    assert NAMES.index("first_time_buyer") < NAMES.index("weekend_and_night") < NAMES.index("mistaken_order")
    assert told["ja"][0].title == "高額のご注文"
    assert told["en"][0].sentence.startswith("Tells at once")


def test_it_seeds_the_six_and_the_change_of_mind(cast: Cast, seeded: None) -> None:
    made = seed_scenarios(cast.kotori, actor="test")
    assert {row.reason.code for row in made if row.reason} == {*SIX, "changed_mind"}
    assert not any(row.is_on for row in made)
    assert seed_scenarios(cast.kotori, actor="test") == []


def test_it_puts_the_more_special_one_in_front(cast: Cast, seeded: None) -> None:
    seed_scenarios(cast.kotori, actor="test")
    for name in (
        "order_delayed",
        "weekend_and_night",
        "high_value",
        "no_reason",
        "repeated_canceller",
        "first_time_buyer",
    ):
        ready.add(cast.kotori, name, "test")
    order = [row.name for row in queries.of_shop(cast.kotori.id)]
    english = {one.title["en"]: one.name for one in ready.everything().values()}
    english |= {one.title["ja"]: one.name for one in ready.everything().values()}
    assert [english[name] for name in order[:4]] == [
        "high_value", "repeated_canceller", "first_time_buyer", "weekend_and_night",
    ]  # fmt: skip
    assert [english[name] for name in order[-2:]] == ["no_reason", "order_delayed"]


def begin(kotori: Kotori, *names: str) -> None:
    for name in names:
        made = ready.add(kotori.shop, name, "test")
        actions.publish(made.id, actor="test")
        actions.switch(made.id, is_on=True, actor="test")


def cancel(order_id: int, code: str = "change_address") -> CancellationRequest:
    wish = cancellations.request(order_id, code, actor="customer")
    registry.drain()
    return wish


def scenario_names() -> list[str]:
    rows = Enrollment.objects.order_by("id").select_related("revision__scenario")
    by_title = {title: one.name for one in ready.everything().values() for title in one.title.values()}
    return [by_title[row.revision.scenario.name] for row in rows]


def test_it_calls_about_the_expensive_order_and_writes_when_nobody_answers(kotori: Kotori) -> None:
    begin(kotori, "high_value")
    order = kotori.place(total=48_000)
    assert order.customer is not None
    builders.phone(order.customer)
    cancel(order.id)
    assert scenario_names() == ["high_value"]
    assert sorted(Message.objects.values_list("source", flat=True)) == ["enrollment", "staff"]
    task = CallTask.objects.get()
    assert task.value == 48_000
    kotori.later(days=2)
    assert CallTask.objects.get().outcome != ""
    assert Message.objects.filter(source="enrollment").count() == 2, "the polite mail"
    assert Coupon.objects.count() == 0


def test_it_gives_no_coupon_to_whom_it_would_teach_to_cancel(kotori: Kotori) -> None:
    begin(kotori, "repeated_canceller")
    cancel(kotori.place("1", placed_at=clock.now()).id)
    kotori.later(days=20)
    cancel(kotori.place("2").id)
    assert scenario_names()[-1] == "repeated_canceller"
    before = Coupon.objects.count()
    kotori.later(days=5)
    assert Coupon.objects.count() == before
    kotori.later(days=89)
    cancel(kotori.place("3").id)
    assert scenario_names()[-1] != "repeated_canceller"


def test_it_answers_at_night_and_hands_it_to_the_morning(kotori: Kotori) -> None:
    begin(kotori, "weekend_and_night")
    clock.skip_to(datetime(2026, 11, 28, 14, 0, tzinfo=UTC))  # Saturday, 23:00 in Tokyo
    order = kotori.place(total=5_000, placed_at=clock.now())
    cancel(order.id)
    assert scenario_names() == ["weekend_and_night"]
    assert Message.objects.filter(source="staff").count() == 0
    kotori.later(days=3)
    assert Message.objects.filter(source="staff").count() == 1
    clock.skip_to(datetime(2026, 12, 2, 3, 0, tzinfo=UTC))  # Wednesday, noon
    cancel(kotori.place("2", buyer="c2").id)
    assert scenario_names()[-1] != "weekend_and_night"


def test_it_welcomes_the_first_order_and_writes_at_ten_in_the_morning(kotori: Kotori) -> None:
    begin(kotori, "first_time_buyer")
    cancel(kotori.place("1").id)
    kotori.later(days=1, hours=22)
    assert Coupon.objects.count() == 0
    kotori.later(hours=4)
    assert Coupon.objects.get().kind == "free_shipping"
    kotori.place("2")
    cancel(kotori.place("3").id)
    assert scenario_names() == ["first_time_buyer", "change_address"]


def test_it_asks_once_for_a_reason_but_not_after_the_shops_own_cancellation(kotori: Kotori) -> None:
    begin(kotori, "no_reason")
    for key, side in (("1", ""), ("2", "shop"), ("3", "customer")):
        kotori.place(key, buyer=f"c{key}")
        kotori.later(minutes=1)
        kotori.place(key, buyer=f"c{key}", cancelled_at=clock.now(), cancel_side=side)
    assert scenario_names() == ["no_reason", "no_reason"]
    assert Message.objects.count() == 2


def test_it_stays_off_until_the_shop_wants_it(cast: Cast, seeded: None) -> None:
    made = ready.add(cast.kotori, "high_value", "test")
    row = Scenario.objects.get(id=made.id)
    assert (row.is_on, row.revision) == (False, None)
    with pytest.raises(KeyError):
        ready.add(cast.kotori, "moon", "test")
