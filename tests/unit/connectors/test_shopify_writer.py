"""Kaeru acts at Shopify: every change over a real socket, against a shop that keeps its state; and what goes wrong on the way."""

from collections.abc import Callable, Iterator

import pytest

from kaeru.connectors.base import Access, Barred, Busy, Written
from kaeru.connectors.changes import (
    AddDiscount,
    Cancel,
    Change,
    ChangeAddress,
    ChangeLines,
    GiveBack,
    Hold,
    MakeCode,
    MakeDraft,
    Release,
)
from kaeru.connectors.shopify import client
from kaeru.connectors.shopify.writer import ShopifyWriter
from kaeru.core import http
from tests.fakes import shopify_graphql
from tests.fakes.shopify_admin import Admin
from tests.fakes.shopify_state import Order
from tests.fakes.shopify_wire import Wire, listening

WRITER = ShopifyWriter()
NEW_HOME = ChangeAddress("山田 花子", "150-0001", "東京都", "渋谷区神宮前", "1-2-3", "101", "090-0000-0000")
WAYS = ["alone", "vendor"] if shopify_graphql.has_schema(client.VERSION) else ["alone"]


@pytest.fixture(params=WAYS)
def wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Wire]:
    """The shop, executing our documents by itself and, where it is at hand, against the vendor's own schema."""
    if request.param == "alone":
        monkeypatch.setattr(shopify_graphql, "has_schema", lambda _version: False)
    client.forget()
    with listening(Admin()) as found:
        monkeypatch.setattr(client, "ADDRESS", found.url + "/{account}/admin/api/{version}/graphql.json")
        yield found
    client.forget()


@pytest.fixture
def shop(wire: Wire) -> Admin:
    return wire.admin


def access(shop: Admin, **more: object) -> Access:
    return Access(1, shop.account, [shop.token], scopes=tuple(shop.scopes), **more)  # type: ignore[arg-type]


def do(shop: Admin, order: Order, change: Change, key: str = "k1") -> Written:
    """As the gate does it: look, write, look again."""
    before = WRITER.look(access(shop), order.digits)
    return WRITER.write(access(shop), order.digits, change, key, before)


def stands(shop: Admin, order: Order, change: Change, act: Callable[[], object]) -> bool:
    before = WRITER.look(access(shop), order.digits)
    act()
    return WRITER.stands(change, before, WRITER.look(access(shop), order.digits))


def test_it_reads_how_an_order_stands(shop: Admin) -> None:
    order = shop.place([(2, 1980), (1, 4400)])
    found = WRITER.look(access(shop), order.digits)
    assert (found.total, found.paid, found.refunded, found.is_held, found.is_shipped) == (8910, 8910, 0, False, False)
    assert sorted(found.lines.values()) == [1, 2]
    assert "山田" not in repr(found)
    assert not WRITER.look(access(shop), "404").is_there


def test_it_holds_and_lets_go(shop: Admin) -> None:
    order = shop.place()
    assert do(shop, order, Hold("address")).outcome == "done"
    assert WRITER.look(access(shop), order.digits).is_held
    assert order.parcels[0]["holds"][0]["reason"] == "INCORRECT_ADDRESS"
    assert do(shop, order, Hold("address")).outcome == "done"
    assert len(order.parcels[0]["holds"]) == 1
    order.parcels[0]["holds"].append(
        {"id": "gid://shopify/FulfillmentHold/9", "handle": "theirs", "heldByRequestingApp": False}
    )
    assert stands(shop, order, Release(), lambda: do(shop, order, Release(), "k2"))
    assert [one["handle"] for one in order.parcels[0]["holds"]] == ["theirs"]


def test_it_holds_all_parcels_or_none(shop: Admin) -> None:
    order = shop.place()
    order.parcels.append({"id": "gid://shopify/FulfillmentOrder/8", "status": "IN_PROGRESS", "holds": []})
    assert do(shop, order, Hold()) == Written("refused", "being_packed")
    assert order.parcels[0]["holds"] == []


def test_it_changes_the_address(shop: Admin) -> None:
    order = shop.place()
    assert stands(shop, order, NEW_HOME, lambda: do(shop, order, NEW_HOME))
    assert (order.address["provinceCode"], order.address["zip"], order.address["lastName"]) == (
        "JP-13",
        "150-0001",
        "山田",
    )
    assert do(shop, order, ChangeAddress(region="Texas")) == Written("refused", "no_such_prefecture")


@pytest.mark.parametrize("counts_each", [True, False])
@pytest.mark.parametrize(
    ("lines", "amount"),
    [([(2, 1980)], 500), ([(3, 1000), (1, 400)], 500), ([(1, 4400)], 333), ([(3, 1000), (2, 900)], 700)],
)
def test_it_takes_off_the_exact_yen_whatever_a_discount_counts_for(
    shop: Admin, counts_each: bool, lines: list[tuple[int, int]], amount: int
) -> None:
    shop.counts_each = counts_each
    order, change = shop.place(lines), AddDiscount(amount, "HARU", "春のクーポン")
    before = order.total
    assert stands(shop, order, change, lambda: do(shop, order, change))
    assert (order.total, order.refunded, order.edits) == (before - amount, amount, 1)
    assert "春のクーポン" in order.discounts[0]["title"]
    assert do(shop, order, change).outcome == "done"
    assert (order.total, order.refunded, order.edits) == (before - amount, amount, 1)


def test_it_gives_money_where_no_discount_says_it_exactly(shop: Admin) -> None:
    order, change = shop.place([(3, 1000)]), AddDiscount(500, "HARU")
    assert stands(shop, order, change, lambda: do(shop, order, change))
    assert (order.total, order.refunded, order.edits) == (3550, 500, 0)
    unpaid = shop.place([(3, 1000)], pays="cod")
    assert do(shop, unpaid, change) == Written("refused", "not_exact")
    assert unpaid.edits == 0


def test_it_gives_nothing_back_that_was_not_paid(shop: Admin) -> None:
    order, change = shop.place(pays="cod"), AddDiscount(500, "HARU")
    assert stands(shop, order, change, lambda: do(shop, order, change))
    assert (order.total, order.refunded) == (4010, 0)
    by_hand = shop.place(pays="bank")
    assert do(shop, by_hand, change) == Written("refused", "refund_by_hand")
    assert by_hand.edits == 0


def test_it_goes_on_with_the_money_when_only_the_edit_was_done(shop: Admin, wire: Wire) -> None:
    order, change = shop.place(), AddDiscount(500, "HARU")
    before = WRITER.look(access(shop), order.digits)
    wire.faults["Refund"] = ["throttled", "lost"]
    assert WRITER.write(access(shop), order.digits, change, "k1", before) == Written("unknown", "busy")
    client.forget()  # the bucket has filled again
    assert not WRITER.stands(change, before, WRITER.look(access(shop), order.digits))
    assert (order.edits, order.refunded) == (1, 0)
    assert WRITER.write(access(shop), order.digits, change, "k1", before).outcome == "unknown"
    assert WRITER.stands(change, before, WRITER.look(access(shop), order.digits))
    assert WRITER.write(access(shop), order.digits, change, "k1", before).outcome == "done"
    assert (order.edits, order.refunded) == (1, 500)


def test_it_says_when_an_edit_was_done_and_the_money_was_refused(shop: Admin, wire: Wire) -> None:
    order, change = shop.place(), AddDiscount(500, "HARU")
    wire.faults["Refund"] = ["no:Gateway is closed"]
    assert do(shop, order, change) == Written("refused", "changed, but not refunded: Gateway is closed")


def test_it_changes_lines_and_fee_and_gives_back_what_was_promised(shop: Admin) -> None:
    order = shop.place([(2, 1980), (1, 4400)])
    first, second = (line.id.rsplit("/", 1)[-1] for line in order.lines)
    change = ChangeLines({first: 1, second: 0}, (("777", 1),), shipping_fee=0, given_back=2530)
    assert stands(shop, order, change, lambda: do(shop, order, change))
    assert ([line.quantity for line in order.lines], order.fee, order.refunded) == ([1, 0, 1], 0, 2530)
    assert [line.variant for line in order.lines][-1] == "gid://shopify/ProductVariant/777"


def test_it_says_where_the_buyer_pays_the_rest(shop: Admin) -> None:
    order = shop.place()
    made = do(shop, order, ChangeLines(added=(("777", 1),)))
    assert made.outcome == "done"
    assert made.made["url"].startswith("https://kotori.myshopify.com/pay/")


@pytest.mark.parametrize("given_back", [0, 1979, 1981])
def test_it_commits_no_edit_that_comes_to_another_sum_than_was_promised(shop: Admin, given_back: int) -> None:
    order = shop.place()
    change = ChangeLines({order.lines[0].id.rsplit("/", 1)[-1]: 1}, given_back=given_back)
    assert do(shop, order, change) == Written("refused", "total_differs")
    assert (order.edits, order.refunded) == (0, 0)


def test_it_adds_nothing_twice_when_the_answer_was_lost(shop: Admin, wire: Wire) -> None:
    order, change = shop.place(), ChangeLines(added=(("777", 1),), shipping_fee=0)
    before = WRITER.look(access(shop), order.digits)
    wire.faults["EditCommit"] = ["lost"]
    assert WRITER.write(access(shop), order.digits, change, "k1", before).outcome == "unknown"
    assert WRITER.stands(change, before, WRITER.look(access(shop), order.digits))
    assert WRITER.write(access(shop), order.digits, change, "k1", before).outcome == "done"
    assert (order.edits, len(order.lines)) == (1, 2)


def test_it_does_not_edit_over_somebody_elses_edit(shop: Admin) -> None:
    order = shop.place()
    before = WRITER.look(access(shop), order.digits)
    order.lines[0].quantity = 5
    for change in (AddDiscount(500, "HARU"), ChangeLines({"1": 1})):
        assert WRITER.write(access(shop), order.digits, change, "k1", before) == Written("refused", "edited_meanwhile")
    moved = shop.place()
    before = WRITER.look(access(shop), moved.digits)
    moved.address["city"] = "台東区上野"
    assert WRITER.write(access(shop), moved.digits, NEW_HOME, "k2", before) == Written("refused", "edited_meanwhile")


@pytest.mark.parametrize(
    ("reason", "side", "told"),
    [
        ("changed_mind", "customer", "CUSTOMER"),
        ("out_of_stock", "shop", "INVENTORY"),
        ("price_error", "shop", "OTHER"),
        ("", "", "OTHER"),
    ],
)
def test_it_cancels_with_a_reason_that_is_never_empty(shop: Admin, reason: str, side: str, told: str) -> None:
    order, change = shop.place(), Cancel(reason, side, total=4510)
    assert stands(shop, order, change, lambda: do(shop, order, change))
    assert (order.cancel_reason, order.refunded) == (told, 4510)
    assert do(shop, order, change) == Written("done")


def test_it_waits_for_a_cancellation_that_shopify_works_on(shop: Admin) -> None:
    shop.is_slow_to_cancel = True
    order, change = shop.place(), Cancel("changed_mind", "customer", total=4510)
    assert do(shop, order, change).outcome == "pending"
    assert not WRITER.look(access(shop), order.digits).is_cancelled


def test_it_leaves_money_by_hand_to_people(shop: Admin) -> None:
    order = shop.place(pays="bank")
    done = do(shop, order, Cancel("changed_mind", "customer", total=4510))
    assert (done.outcome, done.made["refund"], order.refunded) == ("pending", "by_hand", 0)


def test_it_counts_a_cancellation_by_somebody_else_as_done(shop: Admin, wire: Wire) -> None:
    order = shop.place()
    wire.faults["OrderCancel"] = [lambda: shop.end(order, "STAFF")]
    assert do(shop, order, Cancel("changed_mind", "customer", total=4510)).outcome == "done"


def test_it_learns_of_a_cancellation_whose_answer_was_lost(shop: Admin, wire: Wire) -> None:
    order, change = shop.place(), Cancel("changed_mind", "customer", total=4510)
    before = WRITER.look(access(shop), order.digits)
    wire.faults["OrderCancel"] = ["lost"]
    assert WRITER.write(access(shop), order.digits, change, "k1", before).outcome == "unknown"
    assert WRITER.stands(change, before, WRITER.look(access(shop), order.digits))


def test_it_touches_nothing_that_has_left(shop: Admin) -> None:
    order = shop.place([(2, 1980), (1, 4400)])
    shop.send(order, all_of_it=False)
    for change in (Hold(), NEW_HOME, Cancel("changed_mind", "customer")):
        assert do(shop, order, change) == Written("refused", "shipped")
    sent = order.lines[0].id.rsplit("/", 1)[-1]
    assert do(shop, order, ChangeLines({sent: 0})) == Written("refused", "shipped")


def test_it_gives_money_back_once(shop: Admin, wire: Wire) -> None:
    order, change = shop.place(), GiveBack(1000, "お詫び")
    before = WRITER.look(access(shop), order.digits)
    wire.faults["Refund"] = ["lost"]
    assert WRITER.write(access(shop), order.digits, change, "k1", before).outcome == "unknown"
    assert WRITER.stands(change, before, WRITER.look(access(shop), order.digits))
    assert WRITER.write(access(shop), order.digits, change, "k1", before).outcome == "done"
    assert order.refunded == 1000
    assert do(shop, order, GiveBack(3511), "k2") == Written("refused", "more_than_paid")
    assert do(shop, shop.place(pays="bank"), change, "k3") == Written("refused", "refund_by_hand")
    foreign = shop.place()
    foreign.presentment = "USD"
    assert do(shop, foreign, change, "k4") == Written("refused", "other_currency")


def test_it_makes_the_reorder_as_a_draft_once(shop: Admin) -> None:
    order, change = shop.place(), MakeDraft((("11", 2),), "ref-1", 30)
    made = do(shop, order, change)
    assert (made.outcome, made.made["url"]) == ("done", "https://kotori.myshopify.com/invoices/1")
    assert do(shop, order, change).made == made.made
    (draft,) = shop.drafts
    assert draft["input"]["customAttributes"] == [{"key": "kaeru_ref", "value": "ref-1"}]
    assert draft["input"]["email"] == "hanako@example.com"
    assert draft["input"]["reserveInventoryUntil"]


def test_it_makes_a_draft_for_a_guest_without_mail(shop: Admin) -> None:
    order = shop.place(email="")
    order.customer = ""
    assert do(shop, order, MakeDraft((("11", 1),))).outcome == "done"
    assert "email" not in shop.drafts[0]["input"]
    assert shop.drafts[0]["input"]["shippingAddress"]["countryCode"] == "JP"


@pytest.mark.parametrize("gives", ["amount", "percent", "free_shipping"])
def test_it_makes_a_code_once(shop: Admin, gives: str) -> None:
    change = MakeCode(
        "K-ABCD",
        gives,
        0 if gives == "free_shipping" else 10,
        3000,
        "2026-11-22T00:00:00+00:00",
        "2026-12-22T00:00:00+00:00",
    )
    none = WRITER.look(access(shop), "")
    for _ in range(2):
        assert WRITER.write(access(shop), "", change, "coupon:1", none).outcome == "done"
    (code,) = shop.codes.values()
    assert (code["input"]["usageLimit"], code["input"]["endsAt"]) == (1, "2026-12-22T00:00:00+00:00")
    assert WRITER.write(access(shop), "", change, "coupon:2", none) == Written("refused", "code_taken")


def test_it_says_shopifys_own_words_when_shopify_says_no(shop: Admin, wire: Wire) -> None:
    order = shop.place()
    wire.faults["OrderCancel"] = ["no:Cannot cancel with an open return"]
    wire.faults["EditDiscount"] = ["no:Line cannot be discounted"]
    assert do(shop, order, Cancel("changed_mind", "customer")) == Written(
        "refused", "Cannot cancel with an open return"
    )
    assert do(shop, order, AddDiscount(500, "HARU")) == Written("refused", "Line cannot be discounted")
    assert (order.cancelled_at, order.edits) == (None, 0)


def test_it_waits_as_long_as_the_call_costs(shop: Admin, wire: Wire) -> None:
    order = shop.place()
    wire.faults["OrderStanding"] = ["throttled"]
    with pytest.raises(Busy) as busy:
        WRITER.look(access(shop), order.digits)
    assert busy.value.seconds == 3.0
    asked = len(wire.calls)
    with pytest.raises(Busy):  # not even asked: it would not fit
        WRITER.look(access(shop), order.digits)
    assert len(wire.calls) == asked


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("silent", http.Unanswered),
        ("status:502", http.Unanswered),
        ("status:429", Busy),
        ("error:ACCESS_DENIED", Barred),
    ],
)
def test_it_types_what_went_wrong(shop: Admin, wire: Wire, fault: str, error: type[Exception]) -> None:
    wire.faults["OrderStanding"] = [fault]
    with pytest.raises(error):
        WRITER.look(access(shop), shop.place().digits)


def test_it_cancels_with_a_token_that_may_not_see_parcels(shop: Admin) -> None:
    shop.scopes = ["write_orders"]
    order = shop.place()
    assert do(shop, order, Cancel("changed_mind", "customer", total=4510)).outcome == "pending"
    assert order.cancelled_at


def test_it_says_that_the_door_is_shut(shop: Admin, wire: Wire) -> None:
    order = shop.place()
    before = WRITER.look(access(shop), order.digits)
    revoked = Access(1, shop.account, ["shpat_old"])
    with pytest.raises(Barred, match="token_revoked"):
        WRITER.look(revoked, order.digits)
    with pytest.raises(Barred, match="token_revoked"):
        WRITER.write(revoked, order.digits, Hold(), "k", before)
    wire.is_gone = True
    with pytest.raises(Barred, match="shop_gone"):
        WRITER.write(access(shop), order.digits, Hold(), "k", before)


@pytest.mark.parametrize(
    "account",
    ["kotori.example", "evil.example/x.myshopify.com", "a.myshopify.com@evil", "A.myshopify.com", ".myshopify.com", ""],
)
def test_it_calls_no_address_but_shopifys(account: str) -> None:
    with pytest.raises(Barred):
        client.ask(Access(1, account, ["t"]), "installation", {})


def test_it_promises_what_the_token_may_do() -> None:
    told = WRITER.capabilities(Access(1, "a.myshopify.com", ["t"], scopes=("write_orders", "write_order_edits")))
    assert (told.can_cancel, told.can_discount, told.can_hold, told.can_draft, told.can_make_codes) == (
        True,
        True,
        False,
        False,
        False,
    )


def test_it_logs_nothing_of_buyers_and_tokens(shop: Admin, wire: Wire, caplog: pytest.LogCaptureFixture) -> None:
    order = shop.place()
    wire.faults["OrderUpdate"] = ["error:undefinedField"]
    with pytest.raises(Barred, match="not_understood"):
        do(shop, order, NEW_HOME)
    assert not any(word in caplog.text for word in ("山田", "150-0001", shop.token))
