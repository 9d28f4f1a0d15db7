"""Changes in the shop's system over REST: listed, let go, taken back; within the walls of one shop."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.connectors.changes import AddDiscount, ChangeAddress, GiveBack, MakeDraft
from tests import builders
from tests.cast import Cast
from tests.fakes.shop_system import System as Fake
from tests.integration.api.client import System
from tests.integration.gate.stage import connect, row, turn, wish


@pytest.fixture
def system(cast: Cast) -> System:
    return System(cast.kotori)


def test_it_lists_what_was_changed_without_a_name(cast: Cast, system: System) -> None:
    connect(cast.kotori, Fake())
    order = builders.order(cast.kotori, source_id="o-1", number="K-1")
    wish(order, AddDiscount(500, "WASURETA", "秘密"))
    wish(order, ChangeAddress("山田 花子", "110-0001", "東京都", "台東区", "谷中9-9-9"))
    wish(order, MakeDraft((("v1", 2),), "ref"), key="draft:1")
    turn(3)
    draft, address, discount = system.get("/order-changes")["order_changes"]
    assert (discount["order_id"], discount["kind"], discount["state"], discount["money"]) == (
        "o-1",
        "add_discount",
        "done",
        500,
    )
    assert discount["change"] == {"amount": 500, "code": "WASURETA"}
    assert (discount["before"]["discounts"], discount["after"]["discounts"]) == (0, 500)
    assert address["change"] == {}
    assert draft["made"]["url"].endswith("draft:1")
    text = str(system.get("/order-changes"))
    assert "山田" not in text
    assert "谷中" not in text
    assert "秘密" not in text


def test_it_narrows_and_goes_on(cast: Cast, system: System) -> None:
    made = [builders.change(builders.order(cast.kotori)) for _ in range(3)]
    builders.change(builders.order(cast.kotori), state="done")
    first = system.get("/order-changes?state=held&limit=2")
    assert [one["id"] for one in first["order_changes"]] == [str(made[2].id), str(made[1].id)]
    rest = system.get(f"/order-changes?state=held&limit=2&cursor={first['cursor']}")
    assert ([one["id"] for one in rest["order_changes"]], rest["cursor"]) == ([str(made[0].id)], None)
    assert system.call("GET", "/order-changes?state=lost").status_code == 422
    assert system.call("GET", "/order-changes?colour=red").status_code == 422


def test_it_lets_go_and_takes_back(cast: Cast, system: System) -> None:
    connect(cast.kotori, Fake(), most=100)
    one, other = (wish(builders.order(cast.kotori), GiveBack(500), source_id=key) for key in (1, 2))
    turn()
    assert system.post(f"/order-changes/{one}/release", {}, expect=200)["state"] == "waiting"
    assert system.post(f"/order-changes/{other}/drop", {}, expect=200)["state"] == "dropped"
    turn()
    assert (row(one).state, row(other).state) == ("done", "dropped")
    for deed in ("release", "drop"):
        for change in (one, other):
            again = system.post(f"/order-changes/{change}/{deed}", {}, expect=409)
            assert again["error"]["code"] == "not_in_this_state"


def test_it_shows_nothing_of_another_shop(cast: Cast) -> None:
    held = builders.change(builders.order(cast.kotori))
    for shop in (cast.other_shop, builders.shop(cast.organization, "suzume", "すずめ")):
        stranger = System(shop)
        assert stranger.get("/order-changes")["order_changes"] == []
        for deed in ("release", "drop"):
            assert stranger.post(f"/order-changes/{held.id}/{deed}", {}, expect=404)
    for odd in ("x", "１", "9" * 30, "%00"):
        assert System(cast.kotori).call("POST", f"/order-changes/{odd}/drop", {}).status_code in {404, 422}
    assert row(held.id).state == "held"


def test_a_longer_list_costs_no_more_statements(cast: Cast, system: System) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            system.get("/order-changes")
        return len(found)

    system.get("/order-changes")
    builders.change(builders.order(cast.kotori))
    few = cost()
    for _ in range(12):
        builders.change(builders.order(cast.kotori))
    assert cost() == few
