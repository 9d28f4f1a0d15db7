"""Idempotency-Key: the first answer again; another request under the key is refused; nothing happens twice."""

import json
import threading
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.db import connection

from kaeru.api import kept
from kaeru.api.models import KeptAnswer
from kaeru.core import clock, scope
from kaeru.core.clock import Clock
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System, state

KEY = {"Idempotency-Key": "order-1"}


@pytest.fixture
def system(cast: Cast) -> System:
    return System(cast.kotori)


def answers() -> int:
    with scope.everyone():
        return KeptAnswer.objects.count()


def test_it_gives_the_first_answer_again(system: System) -> None:
    body = state()
    first = system.call("PUT", "/orders/A-1", body, headers=KEY)
    again = system.call("PUT", "/orders/A-1", body, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"


def test_it_refuses_another_request_under_the_key(system: System) -> None:
    system.call("PUT", "/orders/A-1", state(), headers=KEY)
    for path, body in (("/orders/A-1", state(total=1)), ("/orders/A-2", state())):
        answer = system.call("PUT", path, body, headers=KEY)
        assert (answer.status_code, json.loads(answer.content)["error"]["code"]) == (422, "idempotency_key_reused")


def test_it_keeps_keys_of_shops_apart(cast: Cast, system: System) -> None:
    body = state()
    assert system.call("PUT", "/orders/A-1", body, headers=KEY).status_code == 201
    other = System(cast.other_shop).call("PUT", "/orders/A-1", body, headers=KEY)
    assert other.status_code == 201
    assert "Idempotent-Replayed" not in other.headers


def test_it_keeps_a_refusal_that_says_how_things_stood(cast: Cast, system: System) -> None:
    builders.coupon(cast.kotori, code="ABC234")
    system.post("/coupons/ABC234/redeem", {"order_id": "A-1"})
    for _ in range(2):
        system.post("/coupons/ABC234/redeem", {"order_id": "A-2"}, expect=409, headers=KEY)
    assert answers() == 1


def test_it_lets_a_wrong_call_be_corrected_under_the_same_key(system: System) -> None:
    assert system.call("PUT", "/orders/A-1", {"total": "x"}, headers=KEY).status_code == 422
    assert answers() == 0
    assert system.call("PUT", "/orders/A-1", state(), headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "é"])
def test_it_wants_a_plain_key(system: System, key: str) -> None:
    assert system.call("PUT", "/orders/A-1", state(), headers={"Idempotency-Key": key}).status_code == 400


def test_it_leaves_nothing_when_the_work_breaks(system: System) -> None:
    body = state()
    with patch("kaeru.api.v1.orders.order_out", side_effect=RuntimeError("broken")):
        assert system.call("PUT", "/orders/A-1", body, headers=KEY).status_code == 500
    with scope.everyone():
        assert not Order.objects.exists()
    assert answers() == 0
    assert system.call("PUT", "/orders/A-1", body, headers=KEY).status_code == 201


def test_it_keeps_answers_for_ninety_days(system: System) -> None:
    system.call("PUT", "/orders/A-1", state(), headers=KEY)
    for days, left in ((89, 1), (2, 0)):
        clock.set_clock(Clock(real=__import__("time").time(), shown=clock.now() + timedelta(days=days)))
        kept.forget(100)
        assert answers() == left


@pytest.mark.django_db(transaction=True)
def test_it_works_once_when_called_twenty_times_at_once(cast: Cast, system: System) -> None:
    body, start = state(), threading.Barrier(20)
    found: list[Any] = []

    def send() -> None:
        start.wait()
        found.append(system.call("PUT", "/orders/A-1", body, headers=KEY))
        connection.close()

    threads = [threading.Thread(target=send) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in found} <= {201, 409}
    fresh = [answer for answer in found if answer.status_code == 201 and "Idempotent-Replayed" not in answer.headers]
    assert len(fresh) == 1
    assert len({answer.content for answer in found if answer.status_code == 201}) == 1
