"""Calls over REST: what to dial next, and what came of it."""

from datetime import timedelta
from typing import Any

import pytest

from kaeru.calls import passes
from kaeru.calls.models import CallAttempt, CallTask
from kaeru.core import clock, scope
from kaeru.customers.models import Customer
from tests import builders
from tests.cast import Cast
from tests.integration.api.client import System

HOUR = timedelta(hours=1)


@pytest.fixture
def system(cast: Cast) -> System:
    return System(cast.kotori)


@pytest.fixture
def buyer(cast: Cast) -> Customer:
    found = builders.customer(cast.kotori, name="高橋 健一", source_id="c-1")
    builders.phone(found)
    return found


@pytest.fixture
def task(cast: Cast, buyer: Customer) -> CallTask:
    order = builders.order(cast.kotori, buyer, source_id="o-1", number="K-1")
    return builders.call(cast.kotori, buyer, order, deadline_at=clock.now() + timedelta(days=30))


def told(system: System, task: CallTask, answer: str, *, expect: int = 200, key: str = "", **fields: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return system.post(f"/calls/{task.id}/attempts", {"answer": answer, **fields}, expect=expect, headers=headers)


def test_it_lists_what_to_dial_next(cast: Cast, system: System, buyer: Customer, task: CallTask) -> None:
    dear = builders.call(cast.kotori, buyer, value=1_000_000)
    nowhere = builders.call(cast.kotori, builders.customer(cast.kotori))
    calls = system.get("/calls")["calls"]
    assert [call["id"] for call in calls] == [str(one.id) for one in (dear, task, nowhere)]
    assert (calls[1]["phone"], calls[1]["customer_id"], calls[1]["order_id"]) == ("+819012345678", "c-1", "o-1")
    assert calls[1]["script"]["ja"].startswith("小鳥雑貨店の{{ staff.name }}です。高橋 健一 様、ご注文K-1の件で")
    assert (calls[2]["phone"], calls[2]["blocked"]) == (None, "no_number")
    assert len(system.get("/calls?limit=1")["calls"]) == 1


def test_it_tells_a_try_once_for_each_key(system: System, task: CallTask) -> None:
    first, again = (told(system, task, "unreached", key="a", note="留守電") for _ in range(2))
    assert first == again
    assert (first["state"], first["tries"], first["result"]) == ("waiting", 1, "recorded")
    assert told(system, task, "unreached", key="b", note="留守電")["tries"] == 2
    closed = told(system, task, "will_reorder", key="c")
    assert (closed["state"], closed["outcome"], closed["answer"]) == ("closed", "reached", "will_reorder")
    assert told(system, task, "will_reorder")["result"] == "repeated"
    assert told(system, task, "not_interested", expect=409)["error"]["code"] == "call_closed"
    with scope.everyone():
        assert list(CallAttempt.objects.values_list("actor", flat=True)) == [f"api:{system.key.prefix}"] * 3


def test_it_promises_a_call(system: System, task: CallTask) -> None:
    at = clock.now() + timedelta(days=2)
    again = told(system, task, "needs_time", next_try_at=at.isoformat())
    assert again["next_try_at"] == at.isoformat()


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"answer": "maybe"}, "answer"),
        ({"answer": "needs_time", "next_try_at": "2020-01-01T00:00:00+09:00"}, "next_try_at"),
        ({"answer": "needs_time", "next_try_at": "2199-01-01T00:00:00+09:00"}, "next_try_at"),
        ({"answer": "will_reorder", "next_try_at": "2199-01-01T00:00:00+09:00"}, "next_try_at"),
        ({"answer": "unreached", "do_not_call": True}, "do_not_call"),
        ({"answer": "unreached", "note": "x" * 2001}, "note"),
        ({"answer": "unreached", "by": "文太"}, "by"),
    ],
)
def test_it_says_which_field_is_wrong(system: System, task: CallTask, fields: dict[str, Any], path: str) -> None:
    answer = system.post(f"/calls/{task.id}/attempts", fields, expect=422)
    assert answer["error"]["fields"][0]["path"] == path
    with scope.everyone():
        assert not CallAttempt.objects.exists()


def test_it_keeps_what_is_told_too_late(system: System, task: CallTask) -> None:
    with scope.everyone():
        CallTask.objects.update(deadline_at=clock.now() - HOUR)
    passes.expire(10)
    late = told(system, task, "will_reorder")
    assert (late["result"], late["outcome"]) == ("late", "expired")


def test_it_closes_a_number_for_good(cast: Cast, system: System, task: CallTask, buyer: Customer) -> None:
    told(system, task, "not_interested", do_not_call=True)
    builders.call(cast.kotori, buyer)
    (call,) = system.get("/calls")["calls"]
    assert (call["phone"], call["blocked"]) == (None, "opt_out")


def test_it_lists_closed_ones_in_pages(cast: Cast, system: System) -> None:
    for _ in range(5):
        builders.call(cast.kotori, state="closed", outcome="expired", closed_at=clock.now())
    first = system.get("/calls?state=closed&limit=3")
    rest = system.get(f"/calls?state=closed&limit=3&cursor={first['cursor']}")
    assert (len(first["calls"]), len(rest["calls"]), rest["cursor"]) == (3, 2, None)
    assert system.call("GET", "/calls?stat=closed").status_code == 422


def test_it_belongs_to_the_keys_shop(cast: Cast, system: System, task: CallTask) -> None:
    second = builders.shop(cast.organization, "kotori2", "小鳥二号店")
    for stranger in (System(cast.other_shop), System(second)):
        assert stranger.get("/calls")["calls"] == []
        assert told(stranger, task, "will_reorder", expect=404)["error"]["code"] == "not_found"
    assert told(System(cast.kotori, ("read",)), task, "will_reorder", expect=403)
    for wrong in ("x", "٣", "0", "9" * 30):
        assert system.call("POST", f"/calls/{wrong}/attempts", {"answer": "unreached"}).status_code == 404
