"""A connection to Shopify is looked after: webhooks that are missing, orders that changed without a word, access that was taken away."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from kaeru.connectors import connecting, door, passes
from kaeru.connectors.base import Access
from kaeru.connectors.changes import GiveBack
from kaeru.connectors.connecting import Grant
from kaeru.connectors.models import Connection, InboundDelivery
from kaeru.connectors.shopify import client, install, subscriptions, upkeep
from kaeru.connectors.shopify.install import App, InstallRefused
from kaeru.connectors.shopify.subscriptions import TOPICS, Plan
from kaeru.connectors.shopify.writer import ShopifyWriter
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.orders.models import Order, Refund
from kaeru.tenants import actions
from kaeru.tenants.models import Shop
from kaeru.worker.registry import drain
from tests.cast import Cast
from tests.fakes.shopify import FakeShopify
from tests.fakes.shopify_admin import Admin
from tests.fakes.shopify_wire import Wire, listening

SECRET = "shpss_kotori"


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, settings: LazySettings) -> Iterator[Wire]:
    settings.KAERU_BASE_URL = "https://kaeru.example"
    client.forget()
    door.forget()
    with listening(Admin()) as found:
        monkeypatch.setattr(client, "ADDRESS", found.url + "/{account}/admin/api/{version}/graphql.json")
        monkeypatch.setattr(install, "TOKEN", found.url + "/{account}/admin/oauth/access_token")
        yield found
    client.forget()


def connected(cast: Cast, wire: Wire, **more: Any) -> Connection:
    with scope.organization(cast.organization.id):
        actions.set_secret(cast.kotori, "shopify", SECRET, actor="test")
        grant = Grant(wire.admin.account, wire.admin.token, wire.admin.scopes, client.VERSION, **more)
        return connecting.connect(cast.kotori, "shopify", grant, actor="test")


def now_of(row: Connection) -> Connection:
    with scope.everyone():
        return Connection.objects.get(id=row.id)


def a_day_later() -> None:
    clock.skip_to(clock.now() + timedelta(hours=25))


def addresses(wire: Wire) -> dict[str, str]:
    return {one["topic"]: one["uri"] for one in wire.admin.subscriptions.values()}


def test_it_subscribes_to_everything_at_the_install_and_once(cast: Cast, wire: Wire) -> None:
    row = connected(cast, wire)
    assert upkeep.look(20) == 1
    address = f"https://kaeru.example/hooks/shopify/{cast.kotori.public_key}"
    assert addresses(wire) == dict.fromkeys(TOPICS, address)
    assert upkeep.look(20) == 0
    found = now_of(row)
    assert (found.problem, found.upkeep) == ("", {"made": len(TOPICS), "dropped": 0, "lacking": []})
    a_day_later()
    assert upkeep.look(20) == 1
    assert now_of(row).upkeep["made"] == 0


def test_it_makes_again_what_shopify_took_away_and_drops_what_leads_elsewhere(cast: Cast, wire: Wire) -> None:
    connected(cast, wire)
    upkeep.look(20)
    gone = next(iter(wire.admin.subscriptions.values()))
    del wire.admin.subscriptions[gone["id"]]
    for name, uri in (("old", "https://old.example/hooks/shopify/x"), ("theirs", "https://erp.example/in")):
        wire.admin.subscriptions[name] = {"id": name, "topic": "ORDERS_PAID", "uri": uri, "format": "JSON"}
    a_day_later()
    upkeep.look(20)
    assert set(addresses(wire)) == {*TOPICS, "ORDERS_PAID"}
    assert "theirs" in wire.admin.subscriptions
    assert "old" not in wire.admin.subscriptions


def test_it_says_what_a_person_must_put_right(cast: Cast, wire: Wire, settings: LazySettings) -> None:
    row = connected(cast, wire)
    wire.admin.scopes.remove("write_discounts")
    upkeep.look(20)
    found = now_of(row)
    assert (found.problem, found.upkeep["lacking"]) == ("missing_scope", ["write_discounts"])
    assert "write_discounts" not in found.scopes
    settings.KAERU_BASE_URL = "http://127.0.0.1:8000"
    a_day_later()
    upkeep.look(20)
    assert now_of(row).problem == "not_public"
    wire.admin.token = "another"
    a_day_later()
    upkeep.look(20)
    assert now_of(row).problem == "token_revoked"


def test_it_waits_when_shopify_is_busy_or_silent(cast: Cast, wire: Wire) -> None:
    row = connected(cast, wire)
    wire.faults["Installation"] = ["throttled", "silent"]
    upkeep.look(20)
    busy = now_of(row)
    assert busy.look_at is not None
    assert (busy.problem, busy.checked_at) == ("", None)
    assert busy.look_at < clock.now() + timedelta(minutes=1)
    clock.skip_to(clock.now() + timedelta(minutes=2))
    client.forget()
    assert upkeep.look(20) == 1
    silent = now_of(row)
    assert silent.look_at is not None
    assert silent.look_at > clock.now() + timedelta(minutes=5)


def test_it_takes_over_orders_of_the_past_without_writing_to_anybody(cast: Cast, wire: Wire) -> None:
    orders = [wire.admin.place() for _ in range(19)]
    clock.skip_to(clock.now() + timedelta(days=1))
    row = connected(cast, wire)
    assert upkeep.catch_up(5) == 1
    with scope.organization(cast.organization.id):
        assert Order.objects.filter(shop=cast.kotori, is_history=True).count() == len(orders)
    assert wire.calls.count("OrdersChanged") == 3
    assert now_of(row).caught_up_to is not None
    assert upkeep.catch_up(5) == 0


def test_it_finds_what_no_webhook_told(cast: Cast, wire: Wire) -> None:
    row = connected(cast, wire)
    order = wire.admin.place([(2, 1980), (1, 4400)])
    upkeep.catch_up(5)
    a_day_later()
    wire.admin.end(order, "INVENTORY")
    upkeep.catch_up(5)
    with scope.organization(cast.organization.id):
        found = Order.objects.get(shop=cast.kotori)
        assert (found.source_id, found.total, found.cancel_side, found.payment_kind) == (
            order.digits,
            8910,
            "shop",
            "card",
        )
        assert [line.quantity for line in found.lines.order_by("position")] == [2, 1]
    assert now_of(row).catch_up_at is not None


def test_it_takes_its_time_over_many_orders_of_one_second(
    cast: Cast, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bulk edit touches hundreds of orders at once: the next turn begins where the last one ended, not at the same second."""
    monkeypatch.setattr(upkeep, "MOST_PAGES", 2)
    connected(cast, wire)
    orders = [wire.admin.place() for _ in range(37)]
    for order in orders:
        order.updated_at = orders[0].updated_at
    for _ in range(3):
        assert upkeep.catch_up(5) == 1
    assert upkeep.catch_up(5) == 0
    with scope.organization(cast.organization.id):
        assert Order.objects.count() == 37
    assert wire.calls.count("OrdersChanged") == 5


def test_it_keeps_news_that_come_while_it_looks(cast: Cast, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    row = connected(cast, wire)

    def keep(_access: Access, _address: str) -> Plan:
        connecting.heard(cast.kotori.id, "shopify", is_changed=True, is_regranted=False, is_removed=True)
        return Plan((), ())

    with monkeypatch.context() as patched:
        patched.setattr(subscriptions, "keep", keep)
        upkeep.look(20)
    assert now_of(row).problem == "uninstalled"
    assert upkeep.look(20) == 1
    assert now_of(row).problem == ""


def test_it_goes_on_where_a_crash_left_it(cast: Cast, wire: Wire) -> None:
    row = connected(cast, wire)
    for _ in range(12):
        wire.admin.place()
        clock.skip_to(clock.now() + timedelta(minutes=20))
    wire.faults["OrdersChanged"] = ["", "silent"]
    upkeep.catch_up(5)
    with scope.organization(cast.organization.id):
        assert Order.objects.count() == 8
    reached = now_of(row).caught_up_to
    clock.skip_to(clock.now() + timedelta(minutes=11))
    upkeep.catch_up(5)
    with scope.organization(cast.organization.id):
        assert Order.objects.count() == 12
    after = now_of(row).caught_up_to
    assert reached is not None
    assert after is not None
    assert after > reached


def settle() -> None:
    """What the worker does within some seconds."""
    drain()
    upkeep.look(20)
    upkeep.catch_up(5)


def post(shop: Shop, fake: FakeShopify, topic: str, body: bytes = b"{}", **headers: str) -> int:
    delivery = fake.signed(topic, body)
    address = f"/hooks/shopify/{shop.public_key}"
    return (
        Client()
        .post(address, body, content_type="application/json", headers={**delivery.headers, **headers})
        .status_code
    )


def test_it_asks_for_orders_when_an_edit_is_told(cast: Cast, wire: Wire) -> None:
    row = connected(cast, wire)
    upkeep.catch_up(5)
    order = wire.admin.place()
    assert post(cast.kotori, FakeShopify(SECRET), "orders/edited", b'{"order_edit": {"order_id": 1}}') == 200
    settle()
    with scope.organization(cast.organization.id):
        assert Order.objects.get().source_id == order.digits
    assert now_of(row).problem == ""


def test_it_ends_the_connection_when_the_app_was_removed(cast: Cast, wire: Wire) -> None:
    row = connected(cast, wire)
    upkeep.look(20)
    wire.admin.token = "gone with the app"
    assert post(cast.kotori, FakeShopify(SECRET), "app/uninstalled") == 200
    settle()
    ended = now_of(row)
    assert ended.removed_at is not None
    assert ended.sealed_token is None
    with scope.everyone():
        assert AuditEntry.objects.filter(verb="connection.withdrawn").count() == 1
    # Erasure is asked for two days later, under the same secret.
    assert post(cast.kotori, FakeShopify(SECRET), "shop/redact") == 200


def test_it_does_not_believe_an_old_removal_while_the_token_works(cast: Cast, wire: Wire) -> None:
    row = connected(cast, wire)
    assert post(cast.kotori, FakeShopify(SECRET), "app/uninstalled") == 200
    settle()
    assert (now_of(row).removed_at, now_of(row).problem) == (None, "")


def test_it_looks_again_when_scopes_change(cast: Cast, wire: Wire) -> None:
    row = connected(cast, wire)
    upkeep.look(20)
    wire.admin.scopes.remove("write_order_edits")
    assert post(cast.kotori, FakeShopify(SECRET), "app/scopes_update") == 200
    settle()
    assert "write_order_edits" not in now_of(row).scopes


def test_it_refuses_what_another_shop_tells(cast: Cast, wire: Wire) -> None:
    connected(cast, wire)
    door.forget()
    other = FakeShopify(SECRET, domain="chidori.myshopify.com")
    assert post(cast.kotori, other, "orders/edited") == 401
    assert post(cast.kotori, FakeShopify(SECRET), "orders/edited") == 200


def test_it_takes_the_secret_of_the_installations_own_app_only_from_shops_that_came_by_it(
    cast: Cast, wire: Wire, settings: LazySettings
) -> None:
    settings.KAERU_SHOPIFY_CLIENT_ID, settings.KAERU_SHOPIFY_CLIENT_SECRET = "app-1", "shpss_house"
    row = connected(cast, wire)
    assert post(cast.kotori, FakeShopify("shpss_house"), "orders/edited") == 401
    with scope.everyone():
        Connection.objects.filter(id=row.id).update(client_id="app-1")
    door.forget()
    assert post(cast.kotori, FakeShopify("shpss_house"), "orders/edited") == 200


def test_it_gives_news_about_privacy_to_the_shop_that_the_body_names(cast: Cast, wire: Wire) -> None:
    connected(cast, wire)
    told = FakeShopify(SECRET).redact(1, "customers/data_request")
    forged = FakeShopify("shpss_wrong").redact(1)
    elsewhere = FakeShopify(SECRET, domain="nobody.myshopify.com").redact(1)
    answers = [
        Client().post("/hooks/shopify", one.body, content_type="application/json", headers=one.headers).status_code
        for one in (told, forged, elsewhere)
    ]
    assert answers == [200, 401, 401]
    with scope.everyone():
        (kept,) = InboundDelivery.objects.all()
    assert (kept.shop_id, kept.topic) == (cast.kotori.id, "customers/data_request")


def test_it_learns_refunds_that_no_webhook_told(cast: Cast, wire: Wire) -> None:
    connected(cast, wire)
    order = wire.admin.place()
    access = Access(1, wire.admin.account, [wire.admin.token])
    writer = ShopifyWriter()
    writer.write(access, order.digits, GiveBack(1000), "k", writer.look(access, order.digits))
    upkeep.catch_up(5)
    with scope.organization(cast.organization.id):
        assert Refund.objects.get().amount == 1000


def test_it_installs_by_a_code(wire: Wire) -> None:
    app = App("app-1", SECRET)
    grant = install.exchange(app, wire.admin.account, "code-1")
    assert (grant.token, grant.account, grant.client_id) == (wire.admin.token, wire.admin.account, "app-1")
    assert set(grant.scopes) == set(wire.admin.scopes)
    assert wire.admin.token not in repr(grant)
    for code, why in (("code-2", "code"),):
        with pytest.raises(InstallRefused, match=why):
            install.exchange(app, wire.admin.account, code)
    with pytest.raises(InstallRefused, match="token"):
        install.proven(wire.admin.account, "shpat_wrong")
    with pytest.raises(InstallRefused, match="other_shop"):
        install.proven("chidori.myshopify.com", wire.admin.token)


def test_it_is_turned_by_the_worker() -> None:
    assert {"connectors.shopify_look", "connectors.shopify_catch_up"} <= {one.name for one in passes.PASSES}
