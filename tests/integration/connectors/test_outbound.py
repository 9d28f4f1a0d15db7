"""Telling the shop's own system: signed, once for each key, repeated until answered, given up in sight."""

import json
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from kaeru.connectors import actions, outbound, queries
from kaeru.connectors.models import OutboundCall, OutboundState
from kaeru.core import clock, http, scope
from kaeru.core.clock import Clock
from kaeru.tenants.models import Shop
from tests.cast import Cast
from tests.fakes.own_shop import OwnShop, listening
from tests.integration.connectors.test_hooks import secret_of


@pytest.fixture
def system(cast: Cast) -> Iterator[OwnShop]:
    with listening() as shop, scope.everyone():
        cast.kotori.notify_url = shop.url
        cast.kotori.save()
        yield shop


def tell(shop: Shop, key: str = "cancellation.requested:1") -> bool:
    with scope.organization(shop.organization_id):
        return actions.tell_shop(
            shop, "cancellation.requested", subject_id=1, payload={"order_id": "A-1", "reason": "髙"}, key=key
        )


def the_call() -> OutboundCall:
    with scope.everyone():
        return OutboundCall.objects.get()


def later(span: timedelta) -> None:
    clock.set_clock(Clock(real=time.time(), shown=clock.now() + span))


def test_it_posts_a_signed_message_once(cast: Cast, system: OwnShop) -> None:
    assert tell(cast.kotori)
    assert tell(cast.kotori)
    assert outbound.call(10) == 1
    assert outbound.call(10) == 0
    (heard,) = system.heard
    Webhook(secret_of(cast.kotori, "notify")).verify(heard.body, heard.headers)
    told = json.loads(heard.body)
    assert (told["type"], told["data"]["order_id"], heard.headers["webhook-id"]) == (
        "cancellation.requested", "A-1", "cancellation.requested:1",
    )  # fmt: skip
    assert (the_call().state, the_call().answer) == (OutboundState.DONE, "204")


def test_it_says_no_to_a_shop_without_an_address(cast: Cast) -> None:
    assert not tell(cast.kotori)


def test_it_tries_again_with_growing_pauses_under_the_same_name(cast: Cast, system: OwnShop) -> None:
    system.answers = [500, 503, 429, 200]
    tell(cast.kotori)
    for pause in outbound.PAUSES[:3]:
        assert outbound.call(10) == 1
        row = the_call()
        assert row.state == OutboundState.WAITING
        assert pause <= row.due_at - clock.now() + timedelta(seconds=2) <= pause * 1.1 + timedelta(seconds=2)
        assert outbound.next_due() == row.due_at
        later(pause * 1.1)
    assert outbound.call(10) == 1
    assert the_call().state == OutboundState.DONE
    assert len({heard.headers["webhook-id"] for heard in system.heard}) == 1
    assert len({heard.body for heard in system.heard}) == 1


@pytest.mark.parametrize("status", [400, 401, 404, 410])
def test_it_gives_up_in_sight_and_a_person_can_call_again(cast: Cast, system: OwnShop, status: int) -> None:
    system.answers = [status, 204]
    tell(cast.kotori)
    outbound.call(10)
    with scope.organization(cast.organization.id):
        (failed,) = queries.failed_calls([cast.kotori.id])
        assert failed.answer == str(status)
        assert actions.call_again(failed.id, actor="member:1")
    outbound.call(10)
    assert the_call().state == OutboundState.DONE


def test_it_gives_up_after_the_last_pause(cast: Cast, system: OwnShop) -> None:
    system.answers = [500]
    tell(cast.kotori)
    for _ in range(20):
        outbound.call(10)
        later(timedelta(hours=14))
    assert len(system.heard) == len(outbound.PAUSES) + 1
    assert the_call().state == OutboundState.FAILED


def test_it_tries_again_when_nobody_answers(cast: Cast, system: OwnShop) -> None:
    with scope.everyone():
        cast.kotori.notify_url = "http://127.0.0.1:9/nobody"
        cast.kotori.save()
    tell(cast.kotori)
    outbound.call(10)
    assert (the_call().state, the_call().answer) == (OutboundState.WAITING, "no answer (ConnectionError)")


def test_it_refuses_an_address_inside_the_house(cast: Cast, system: OwnShop, settings: object) -> None:
    settings.KAERU_ALLOW_PRIVATE_EGRESS = False  # type: ignore[attr-defined]
    tell(cast.kotori)
    outbound.call(10)
    assert the_call().state == OutboundState.FAILED
    assert not system.heard


def test_it_calls_again_when_the_caller_died(cast: Cast, system: OwnShop, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*args: object) -> http.Answer:
        raise KeyboardInterrupt

    tell(cast.kotori)
    with monkeypatch.context() as patch:
        patch.setattr(http, "post", dies)
        with pytest.raises(KeyboardInterrupt):
            outbound.call(10)
    assert the_call().state == OutboundState.SENDING
    assert outbound.call(10) == 0
    later(timedelta(seconds=outbound.LEASE_REAL_SECONDS + 1))
    assert outbound.call(10) == 1
    assert the_call().state == OutboundState.DONE


def test_a_shop_that_does_not_answer_is_left_alone_for_a_while(
    cast: Cast, system: OwnShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        tell(cast.kotori, f"cancellation.requested:{number}")
    asked: list[str] = []

    def silence(url: str, *_: object) -> http.Answer:
        asked.append(url)
        raise http.Unanswered("ReadTimeout")

    monkeypatch.setattr(http, "post", silence)
    assert outbound.call(10) == 1 == len(asked)
    with scope.everyone():
        rows = list(OutboundCall.objects.order_by("id"))
    assert [row.attempts for row in rows] == [1, 0, 0]
    assert all(row.state == OutboundState.WAITING and row.due_at > clock.now() for row in rows)
