"""Orders over REST: told, asked for, cancelled."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from kaeru.cancellations.seeds import seed_reasons
from kaeru.connectors.models import OutboundCall
from kaeru.core import clock, links, scope
from kaeru.orders.models import Order
from kaeru.worker.registry import drain
from tests.cast import Cast
from tests.fakes import own_shop
from tests.integration.api.client import System, state


@pytest.fixture
def system(cast: Cast) -> System:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
    return System(cast.kotori)


def test_it_says_whose_key_it_is(cast: Cast, system: System) -> None:
    assert system.get("/shop")["slug"] == "kotori"


def test_it_tells_one_order_and_gives_the_buyers_page(cast: Cast, system: System) -> None:
    told = system.put("/orders/A-1", state(), expect=201)
    assert (told["id"], told["result"], told["total"]) == ("A-1", "created", 3960)
    assert (
        system.put("/orders/A-1", state(placed_at=told["placed_at"], updated_at=told["updated_at"]))["result"]
        == "unchanged"
    )
    assert system.put("/orders/A-1", state(total=4400))["result"] == "updated"
    old = (clock.now() - timedelta(days=1)).isoformat()
    assert system.put("/orders/A-1", state(total=1, updated_at=old))["result"] == "stale"
    assert system.get("/orders/A-1")["total"] == 4400
    assert Client().get(told["cancel_url"].removeprefix("http://testserver")).status_code == 200


def test_it_gives_the_same_link_each_time_and_prolongs_it(cast: Cast, system: System) -> None:
    told = system.put("/orders/A-1", state(), expect=201)
    first = system.post("/orders/A-1/cancel-link", {})
    assert first["cancel_url"] == told["cancel_url"]
    clock.set_clock(clock.Clock(real=__import__("time").time(), shown=clock.now() + timedelta(days=160)))
    assert system.post("/orders/A-1/cancel-link", {})["expires_at"] > first["expires_at"]
    with scope.everyone():
        links.revoke("cancel", Order.objects.get().id)
    assert system.post("/orders/A-1/cancel-link", {}, expect=409)["error"]["code"] == "link_revoked"


def test_it_tells_many_orders(cast: Cast, system: System) -> None:
    told = system.post("/orders", {"orders": [own_shop.order(f"B-{n}") for n in range(3)]})
    assert (told["created"], [row["id"] for row in told["orders"]]) == (3, ["B-0", "B-1", "B-2"])
    assert all("/c/" in row["cancel_url"] for row in told["orders"])
    past = system.post("/orders", {"orders": [own_shop.order("H-1")], "is_history": True})
    assert past["orders"] == [{"id": "H-1", "cancel_url": None}]


def test_it_tells_all_or_none(cast: Cast, system: System) -> None:
    told = system.post("/orders", {"orders": [own_shop.order("B-1"), own_shop.order("B-2", total="x")]}, expect=422)
    assert told["error"]["fields"][0]["path"] == "orders.1.total"
    assert system.call("GET", "/orders/B-1").status_code == 404
    assert system.call("POST", "/orders", {"orders": [own_shop.order(f"{n}") for n in range(501)]}).status_code == 422


def test_it_cancels_for_the_buyer_with_one_reason(cast: Cast, system: System) -> None:
    with scope.everyone():
        cast.kotori.notify_url = "https://kotori.example/hook"
        cast.kotori.save()
    system.put("/orders/A-1", state(), expect=201)
    told = system.post("/orders/A-1/cancellation", {"reason": "change_address"})
    assert (told["state"], told["reason"], told["origin"], told["value"]) == (
        "requested",
        "change_address",
        "api",
        3960,
    )
    assert system.post("/orders/A-1/cancellation", {"reason": "change_payment"})["id"] == told["id"]
    from kaeru.core import events

    events.deliver(100)
    with scope.everyone():
        assert OutboundCall.objects.get().payload["order_id"] == "A-1"


def test_it_refuses_a_wish_that_cannot_be(cast: Cast, system: System) -> None:
    system.put("/orders/A-1", state(), expect=201)
    assert (
        system.post("/orders/A-1/cancellation", {"reason": "nonsense"}, expect=422)["error"]["code"] == "unknown_reason"
    )
    assert system.post("/orders/A-1/cancellation", {}, expect=422)["error"]["fields"][0]["path"] == "reason"
    system.put("/orders/A-1", state(shipped_at=clock.now().isoformat()))
    assert (
        system.post("/orders/A-1/cancellation", {"reason": "change_address"}, expect=409)["error"]["code"] == "shipped"
    )


def test_it_lists_cancellations_by_page_and_filter(cast: Cast, system: System) -> None:
    for number in range(5):
        system.put(f"/orders/A-{number}", state(), expect=201)
        system.post(
            f"/orders/A-{number}/cancellation", {"reason": "change_address" if number % 2 else "change_payment"}
        )
    seen: list[str] = []
    path = "/cancellations?limit=2"
    while path:
        page = system.get(path)
        seen += [row["order_id"] for row in page["cancellations"]]
        path = f"/cancellations?limit=2&cursor={page['cursor']}" if page["cursor"] else ""
    assert seen == ["A-4", "A-3", "A-2", "A-1", "A-0"]
    assert len(system.get("/cancellations?reason=change_address")["cancellations"]) == 2
    assert len(system.get("/cancellations?order_id=A-3&state=requested")["cancellations"]) == 1
    assert system.get("/cancellations?since=2100-01-01T00:00:00Z")["cancellations"] == []


@pytest.mark.parametrize(
    "query", ["order_by=id", "state=new", "cursor=x", "limit=0", "limit=101", "since=today", "shop_id=1"]
)
def test_it_knows_only_the_filters_it_names(cast: Cast, system: System, query: str) -> None:
    assert system.call("GET", f"/cancellations?{query}").status_code == 422


def test_it_tells_the_whole_story(cast: Cast, system: System) -> None:
    system.put("/orders/A-1", state(), expect=201)
    wish = system.post("/orders/A-1/cancellation", {"reason": "change_address"})
    system.put("/orders/A-1", state(cancelled_at=clock.now().isoformat(), cancel_side="customer"))
    drain()
    story = system.get(f"/cancellations/{wish['id']}")
    assert story["state"] == "cancelled"
    assert [entry["what"] for entry in story["timeline"]][:1] == ["cancellation.opened"]
    assert {"cancellation.decided", "order.cancelled"} <= {entry["what"] for entry in story["timeline"]}


def test_it_takes_refunds_once(cast: Cast, system: System) -> None:
    refund: dict[str, Any] = {"id": "R-1", "order_id": "A-1", "refunded_at": clock.now().isoformat(), "amount": 1980}
    assert system.post("/refunds", refund, expect=404)["error"]["code"] == "not_found"
    system.put("/orders/A-1", state(), expect=201)
    assert system.post("/refunds", refund, expect=201) == {"id": "R-1", "result": "created"}
    assert system.post("/refunds", refund) == {"id": "R-1", "result": "unchanged"}


def test_it_gives_the_figures_with_their_definitions(cast: Cast, system: System) -> None:
    system.put("/orders/A-1", state(), expect=201)
    system.post("/orders/A-1/cancellation", {"reason": "change_address"})
    told = system.get("/reports/summary")
    assert (told["cancellations"], told["cancelled_value"], told["cancelled_share"]["rate"], told["causal"]) == (
        1,
        3960,
        1.0,
        False,
    )
    assert system.get("/recoveries") == {"recoveries": [], "cursor": None}
    backwards = "/reports/summary?since=2026-02-01T00:00:00Z&until=2026-01-01T00:00:00Z"
    assert system.call("GET", backwards).status_code == 422
