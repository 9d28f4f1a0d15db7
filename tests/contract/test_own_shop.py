"""Both ends of `hello`, `order.look` and `order.change`: Kaeru's writer and the sample shop, over the exact bytes."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from examples.demo_shop import changes, clock, hooks, kaeru_client, orders, store
from examples.demo_shop.pricing import CartLine
from examples.demo_shop.store import Buyer, Purchase
from kaeru.connectors.base import Access, Barred, Busy, Standing
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
from kaeru.connectors.webhook.words import OrderState
from kaeru.connectors.webhook.writer import WebhookWriter, hello
from kaeru.core import http

SECRET = "whsec_" + "a2FlcnUta2FlcnUta2FlcnUta2Flcg=="
AT = datetime(2026, 11, 22, 8, 50, tzinfo=UTC)
HANAKO = Buyer("C1", "山田 花子", "hanako@example.com", "", "110-0001", "東京都台東区谷中1-1-1")
ACCESS = Access(1, "https://kotori.example/hooks/kaeru", [SECRET], scopes=changes.CAPABILITIES)
WRITER = WebhookWriter()


@pytest.fixture(autouse=True)
def shop(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The sample shop with one order of two mugs and a card; Kaeru's calls go straight into its view."""
    settings.KAERU_HOME = tmp_path
    settings.ROOT_URLCONF = "examples.demo_shop.urls"
    store.prepare()
    store.set_settings(kaeru_secret=SECRET)
    store.save_buyers([HANAKO])
    store.save_purchases([orders.write_up("10001", HANAKO, [CartLine("MUG-1", 2), CartLine("CARD", 1)], "card", AT)])

    def post(url: str, body: bytes, headers: dict[str, str]) -> http.Answer:
        parts = urlsplit(url)
        sent = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in headers.items()}
        request = RequestFactory().post(parts.path, body, content_type="application/json", **sent)  # type: ignore[arg-type]
        answer = hooks.kaeru(request)
        return http.Answer(answer.status_code, answer.content)

    monkeypatch.setattr(http, "post", post)
    monkeypatch.setattr(kaeru_client, "catch_up", lambda: None)
    monkeypatch.setattr(hooks, "reverse", lambda name, args: f"/drafts/{args[0]}")
    yield
    clock.use(lambda: datetime.now(UTC))


def purchase() -> Purchase:
    found = store.purchase("10001")
    assert found is not None
    return found


def look() -> Standing:
    return WRITER.look(ACCESS, "10001")


CHANGES = [
    Hold("address"),
    ChangeAddress("山田 花子", "530-0001", "大阪府", "大阪市北区", "梅田1-1", "カエルビル3F"),
    AddDiscount(300, "WASURETA"),
    ChangeLines({"10001-1": 1}, (("TEN-1", 2),), shipping_fee=0),
    ChangeLines({"10001-2": 0}),
    GiveBack(100),
    Cancel("changed_mind", "customer", total=4510),
]


def test_it_says_what_it_carries_out() -> None:
    assert hello(ACCESS) == ["hold", "release", "change_address", "add_discount", "change_lines", "cancel", "give_back", "make_draft"]  # fmt: skip
    able = WRITER.capabilities(ACCESS)
    assert able.can_hold and able.can_cancel and able.can_draft
    assert not able.can_make_codes


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change.kind))
def test_each_change_is_seen_in_the_order_and_a_repeat_changes_nothing(change: Change) -> None:
    before = look()
    assert not WRITER.stands(change, before, before)
    assert WRITER.write(ACCESS, "10001", change, "repair:1:0", before).outcome == "done"
    now = look()
    assert WRITER.stands(change, before, now)
    assert now.marks == ("repair:1:0",)
    assert WRITER.write(ACCESS, "10001", change, "repair:1:0", before).outcome == "done"
    assert look() == now
    assert now.refunded <= now.paid
    OrderState.model_validate(kaeru_client.order_body(purchase(), HANAKO))


def test_release_lets_it_go_again() -> None:
    WRITER.write(ACCESS, "10001", Hold(), "k1", look())
    assert orders.ship("10001") == "held"
    WRITER.write(ACCESS, "10001", Release(), "k2", look())
    assert not look().is_held
    assert orders.ship("10001") == "shipped"


def test_what_costs_less_goes_back_as_it_was_paid() -> None:
    paid = look().paid
    WRITER.write(ACCESS, "10001", AddDiscount(300), "k1", look())
    now = look()
    assert (now.paid, now.refunded, now.total) == (paid, 300, paid - 300)


def test_what_costs_more_is_charged() -> None:
    before = look()
    WRITER.write(ACCESS, "10001", ChangeLines(added=(("MUG-1", 1),)), "k1", before)
    now = look()
    assert (now.paid, now.refunded) == (now.total, 0)
    assert now.total == before.total + 1980


def test_a_line_that_was_added_takes_nobodys_name() -> None:
    WRITER.write(ACCESS, "10001", ChangeLines({"10001-1": 0}), "k1", look())
    WRITER.write(ACCESS, "10001", ChangeLines(added=(("TEN-1", 1),)), "k2", look())
    assert look().lines == {"10001-2": 1, "10001-3": 1}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change.kind))
@pytest.mark.parametrize("code", ["shipped", "cancelled"])
def test_it_refuses_what_comes_too_late(change: Change, code: str) -> None:
    if code == "shipped":
        orders.ship("10001")
    else:
        orders.cancel("10001", reason="x")
    before = purchase()
    answer = WRITER.write(ACCESS, "10001", change, "k1", look())
    if change.kind == "give_back" and code == "shipped":
        assert answer.outcome == "done"
    else:
        assert answer.outcome == "refused"
        assert answer.words in {code, "more_than_paid"}
        assert purchase() == before


def test_it_refuses_what_it_does_not_sell_or_know() -> None:
    before = purchase()
    for change, code in [
        (ChangeLines(added=(("NOPE", 1),)), "out_of_stock"),
        (ChangeLines({"10001-9": 1}), "edited_meanwhile"),
        (ChangeLines({"10001-1": 0, "10001-2": 0}), "nothing_left"),
        (AddDiscount(999_999), "too_much"),
        (GiveBack(999_999), "more_than_paid"),
        (MakeDraft((("NOPE", 1),)), "out_of_stock"),
        (MakeCode("K1"), "unknown_change"),
    ]:
        answer = WRITER.write(ACCESS, "10001", change, f"k-{code}-{change.kind}", look())
        assert (answer.outcome, answer.words) == ("refused", code)
    assert purchase() == before
    assert look().marks == ()
    assert WRITER.write(ACCESS, "1", Hold(), "k9", Standing()).words == "gone"
    assert WRITER.look(ACCESS, "1") == Standing(is_there=False)


def test_a_draft_is_a_link_that_only_needs_to_be_paid() -> None:
    clock.use(lambda: AT)
    change = MakeDraft((("MUG-1", 1), ("TEN-1", 2)), "ref1", 30)
    first = WRITER.write(ACCESS, "10001", change, "swap:1", look())
    again = WRITER.write(ACCESS, "10001", change, "swap:1", look())
    assert first.outcome == "done"
    assert first.made == again.made
    kept = store.draft(first.made["url"].rpartition("/")[2])
    assert kept is not None
    assert (kept.items, kept.ref) == ("MUG-1:1,TEN-1:2", "ref1")
    assert kept.held_until == datetime(2026, 11, 22, 9, 20, tzinfo=UTC)


def test_an_older_book_learns_the_new_columns(tmp_path: Path) -> None:
    with store.book() as db:
        for name in store.ADDED:
            db.execute(f"ALTER TABLE purchase DROP COLUMN {name}")
    store.prepare()
    assert (purchase().paid, purchase().refunded) == (purchase().total, 0)


@pytest.mark.parametrize("status", [200, 204, 400, 404])
def test_a_shop_that_only_listens_has_no_capabilities(monkeypatch: pytest.MonkeyPatch, status: int) -> None:
    monkeypatch.setattr(http, "post", lambda *told: http.Answer(status, b""))
    assert hello(ACCESS) == []


def test_it_tells_a_shut_door_from_a_busy_one(monkeypatch: pytest.MonkeyPatch) -> None:
    def answered(status: int, **headers: str) -> None:
        monkeypatch.setattr(http, "post", lambda *told: http.Answer(status, b"<html>", headers))

    answered(401)
    for call in (lambda: hello(ACCESS), look, lambda: WRITER.write(ACCESS, "1", Hold(), "k", Standing())):
        with pytest.raises(Barred):
            call()
    answered(429, **{"retry-after": "7"})
    with pytest.raises(Busy) as wish:
        look()
    assert wish.value.seconds == 7
    assert WRITER.write(ACCESS, "1", Hold(), "k", Standing()).outcome == "busy"
    answered(500)
    assert WRITER.write(ACCESS, "1", Hold(), "k", Standing()).outcome == "unknown"
    with pytest.raises(http.Unanswered):
        look()
    answered(422)
    assert WRITER.write(ACCESS, "1", Hold(), "k", Standing()).words == "http_422"
    answered(204)
    assert WRITER.write(ACCESS, "1", Hold(), "k", Standing()).outcome == "done"


def test_it_believes_no_stranger() -> None:
    stranger = Access(1, ACCESS.account, ["whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXI="])
    with pytest.raises(Barred):
        WRITER.write(stranger, "10001", Hold(), "k", Standing())
    assert purchase().held_at is None
