"""The list of parcels that will be late, the morning's mail about it, and telling the buyers of a new day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.connectors.gate import actions as gate
from kaeru.connectors.models import Connection, OrderChange
from kaeru.core import clock, scope, secrets
from kaeru.core.models import AuditEntry
from kaeru.marketplaces.dispatch import actions, mornings, queries
from kaeru.marketplaces.dispatch.actions import Answer, Delay, DelayRefused
from kaeru.marketplaces.dispatch.queries import late_orders
from kaeru.marketplaces.models import BuyerNotice
from kaeru.messages.errors import TextsRefused
from kaeru.messages.models import Message
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast
from tests.integration.marketplaces.parcel_stage import later, letters, mall, parcel, set_time, shop, terms, wednesday
from tests.smtp import Catcher

__all__ = ["mall", "shop", "wednesday"]
AOI = "member:1"
TUESDAY = date(2026, 11, 24)


def levels(*shops: Shop) -> dict[int, str]:
    return {row.order.id: row.watch.level.value for row in late_orders([one.id for one in shops])}


def test_it_lists_what_presses_first(shop: Shop, mall: Shop) -> None:
    calm = parcel(mall)
    late, misses = parcel(mall, 9), parcel(shop, dispatch_by=date(2026, 11, 17))
    today, soon = parcel(mall, 6), parcel(mall, 5)  # paid on Thursday and Friday
    for gone in ({"shipped_at": clock.now()}, {"cancelled_at": clock.now()}, {"is_history": True}):
        parcel(mall, 9, **gone)
    found = late_orders([shop.id, mall.id])
    assert [row.order.id for row in found] == [late.id, misses.id, today.id, soon.id]
    assert [row.watch.level.value for row in found] == ["late", "late", "today", "soon"]
    assert found[0].watch.days_late > found[1].watch.days_late
    assert calm.id not in levels(mall)


def test_it_watches_an_own_shop_only_by_what_it_promised(shop: Shop) -> None:
    parcel(shop, 30)
    promised = parcel(shop, 1, dispatch_by=date(2026, 11, 18))
    wished = parcel(shop, 1, wished_on=date(2026, 11, 20), wished_slot="14:00~16:00")
    assert levels(shop) == {promised.id: "today", wished.id: "today"}


def test_it_says_whether_the_mall_would_stop_the_sale(mall: Shop) -> None:
    order = parcel(mall, 6)
    [row] = late_orders([mall.id])
    assert (row.stop, row.watch.why) == ("yes", "points")
    for _ in range(20):
        parcel(mall, 6, shipped_at=clock.now())
    [row] = late_orders([mall.id])
    assert row.order.id == order.id
    assert row.stop == "no", "20 of 21 have left, and 95 of 100 are the line"


def test_it_says_how_each_buyer_can_be_told(shop: Shop, mall: Shop) -> None:
    parcel(mall, 9)
    parcel(shop, 1, dispatch_by=date(2026, 11, 17))
    builders.order(shop, None, dispatch_by=date(2026, 11, 17))
    assert sorted(row.way for row in late_orders([shop.id, mall.id])) == ["mail", "nobody", "paste"]


def test_it_reads_a_thousand_as_it_reads_one(
    shop: Shop, mall: Shop, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    parcel(mall, 9)
    with django_assert_num_queries(12):
        late_orders([shop.id, mall.id])
    for number in range(20):
        parcel(mall, 9 + number % 3)
        parcel(shop, 1, dispatch_by=date(2026, 11, 17))
    with django_assert_num_queries(12):
        assert len(late_orders([shop.id, mall.id])) == 41


def test_it_shows_chika_nothing(cast: Cast, mall: Shop) -> None:
    parcel(mall, 9)
    with scope.organization(cast.other_organization.id):
        assert late_orders([mall.id, cast.other_shop.id]) == []


# --- telling the buyers -----------------------------------------------------------------------------------------------


def test_it_tells_of_a_delay_with_its_new_day(shop: Shop, inbox: Catcher) -> None:
    order = parcel(shop, 3, dispatch_by=date(2026, 11, 17), email="hanako@example.com", number="#1001")
    told = actions.tell_delay([order.id], Delay(TUESDAY, "supplier", {"ja": "申し訳ございません。"}), actor=AOI)
    assert told == Answer(mailed=1)
    registry.drain()
    [letter] = letters(inbox)
    assert "11月24日(火)" in letter.text
    assert "仕入れ先からの入荷が遅れております" in letter.text
    assert "#1001" in letter.subject
    [row] = late_orders([shop.id])
    assert row.is_told
    later(days=8)
    [row] = late_orders([shop.id])
    assert not row.is_told, "the new day is over, too"


def test_it_tells_the_same_day_once(shop: Shop, inbox: Catcher) -> None:
    order = parcel(shop, 3, dispatch_by=date(2026, 11, 17))
    for expected in (Answer(mailed=1), Answer(known=1)):
        assert actions.tell_delay([order.id], Delay(TUESDAY), actor=AOI) == expected
    registry.drain()
    assert actions.tell_delay([order.id], Delay(date(2026, 11, 27)), actor=AOI).mailed == 1
    registry.drain()
    assert len(inbox.mails) == 2
    assert AuditEntry.objects.filter(verb="buyer.told").count() == 2


def test_it_sends_only_the_newer_of_two_delays(shop: Shop, inbox: Catcher) -> None:
    order = parcel(shop, 3, dispatch_by=date(2026, 11, 17))
    for day in (TUESDAY, date(2026, 11, 27)):
        actions.tell_delay([order.id], Delay(day), actor=AOI)
    registry.drain()
    [letter] = letters(inbox)
    assert "11月27日(金)" in letter.text
    assert set(Message.objects.values_list("state", "reason")) == {("closed", "settled"), ("sent", "")}


def test_it_gives_a_text_to_paste_where_the_mall_lets_nobody_write_first(mall: Shop, inbox: Catcher) -> None:
    order = parcel(mall, 9)
    assert actions.tell_delay([order.id], Delay(TUESDAY), actor=AOI) == Answer(to_paste=1)
    registry.drain()
    assert inbox.mails == []
    [row] = queries.to_paste([mall.id])
    text = actions.texts_to_paste([row])[row.id]
    assert "11月24日(火)" in text
    assert "@" not in text, "malls forbid addresses"
    assert not late_orders([mall.id])[0].is_told
    assert actions.paste(row.id, actor=AOI)
    assert not actions.paste(row.id, actor=AOI)
    assert late_orders([mall.id])[0].is_told


def test_it_leaves_out_who_cannot_or_need_not_be_told(shop: Shop) -> None:
    left = parcel(shop, 3, shipped_at=clock.now())
    silent = builders.order(shop, None, dispatch_by=date(2026, 11, 17))
    told = actions.tell_delay([left.id, silent.id, 7], Delay(TUESDAY), actor=AOI)
    assert told == Answer(silent=1, gone=2)


@pytest.mark.parametrize(
    ("delay", "code"),
    [
        (Delay(date(2026, 11, 18)), "past"),
        (Delay(date(2027, 3, 1)), "too_far"),
        (Delay(TUESDAY, "aliens"), "cause"),
    ],
)
def test_it_refuses_what_cannot_be_told(shop: Shop, delay: Delay, code: str) -> None:
    order = parcel(shop, 3, dispatch_by=date(2026, 11, 17))
    with pytest.raises(DelayRefused) as refused:
        actions.tell_delay([order.id], delay, actor=AOI)
    assert refused.value.code == code
    assert not BuyerNotice.objects.exists()


@pytest.mark.parametrize(
    "words",
    ["お手数ですが、お客様のほうでキャンセルをお願いします。", "返金のため、銀行口座の番号をお知らせください。"],
)
def test_it_lets_nobody_ask_for_a_cancellation_or_an_account(shop: Shop, words: str) -> None:
    set_time(datetime(2026, 11, 25, 1, 30, tzinfo=UTC))  # the guard's rules are of the 22nd
    order = parcel(shop, 3, dispatch_by=date(2026, 11, 24))
    with pytest.raises(TextsRefused):
        actions.tell_delay([order.id], Delay(date(2026, 11, 27), words={"ja": words}), actor=AOI)
    assert not Message.objects.exists()


def test_it_does_not_send_what_left_meanwhile(shop: Shop, inbox: Catcher) -> None:
    order = parcel(shop, 3, dispatch_by=date(2026, 11, 17))
    actions.tell_delay([order.id], Delay(TUESDAY), actor=AOI)
    Order.objects.filter(id=order.id).update(shipped_at=clock.now())
    registry.drain()
    assert inbox.mails == []
    assert Message.objects.get().reason == "shipped"


def test_it_tells_a_thousand_as_it_tells_one(shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    for count in (1, 30):
        keys = [parcel(shop, 3, dispatch_by=date(2026, 11, 17)).id for _ in range(count)]
        with django_assert_max_num_queries(26):
            assert actions.tell_delay(keys, Delay(TUESDAY), actor=AOI).mailed == count


def test_it_asks_no_change_of_a_mall_that_takes_none(mall: Shop) -> None:
    assert actions.tell_delay([parcel(mall, 9).id], Delay(TUESDAY), actor=AOI).dates == 0
    assert not OrderChange.objects.exists()


@pytest.mark.parametrize(("is_live", "told"), [(False, (0, 1)), (True, (1, 0))])
def test_it_tells_the_mall_the_new_day_through_the_gate(mall: Shop, is_live: bool, told: tuple[int, int]) -> None:
    Connection.objects.create(
        organization_id=mall.organization_id, shop=mall, source="qoo10", account="kotori", sealed_token=secrets.seal("key"),
        installed_at=clock.now(),
    )  # fmt: skip
    gate.set_terms(mall, is_live=is_live, most_per_order=30_000, most_per_day=100_000, actor=AOI)
    order = parcel(mall, 9)
    answer = actions.tell_delay([order.id], Delay(TUESDAY, "made_to_order"), actor=AOI)
    assert (answer.dates, answer.noted) == told
    change = OrderChange.objects.get()
    assert (change.kind, change.payload["date"], change.payload["delay_type"]) == (
        "set_dispatch_date",
        "2026-11-24",
        "made_to_order",
    )
    assert change.why == "delayed"
    silent = actions.tell_delay([order.id], Delay(date(2026, 11, 27), sets_date=False), actor=AOI)
    assert (silent.dates, silent.noted, OrderChange.objects.count()) == (0, 0, 1)


# --- the morning ------------------------------------------------------------------------------------------------------


def test_it_writes_to_the_staff_once_each_morning(shop: Shop, mall: Shop, inbox: Catcher) -> None:
    late = parcel(mall, 9, number="Q-1")
    parcel(mall, 6)
    assert mornings.tell(100) == 3, "Chika's shop has its morning, too, and no mail"
    assert mornings.tell(100) == 0
    registry.drain()
    [letter] = letters(inbox)
    assert "遅れている注文: 1件" in letter.text
    assert "今日発送が必要な注文: 1件" in letter.text
    assert "Q-1" in letter.text
    actions.tell_delay([late.id], Delay(TUESDAY), actor=AOI)
    later(days=1)
    mornings.tell(100)
    registry.drain()
    assert "貼り付ける文面: 1件" in letters(inbox)[-1].text


def test_it_waits_until_the_shop_opens(mall: Shop) -> None:
    parcel(mall, 9)
    set_time(datetime(2026, 11, 22, 1, 30, tzinfo=UTC))  # Sunday
    assert mornings.tell(100) == 0
    set_time(datetime(2026, 11, 23, 1, 30, tzinfo=UTC))  # a public holiday
    assert mornings.tell(100) == 0
    set_time(datetime(2026, 11, 24, 1, 0, tzinfo=UTC))
    assert mornings.tell(100) == 3


def test_it_writes_no_mail_that_nobody_wants_or_needs(shop: Shop, mall: Shop, inbox: Catcher) -> None:
    parcel(mall, 9)
    terms(mall, tells=False)
    parcel(shop)
    mornings.tell(100)
    registry.drain()
    assert inbox.mails == []


def test_it_makes_as_many_queries_for_many_shops(
    cast: Cast, mall: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(4):
        more = builders.shop(cast.organization, f"s{number}", "支店")
        parcel(more, 3, dispatch_by=date(2026, 11, 17))
    with django_assert_max_num_queries(45):
        mornings.tell(100)
    assert Message.objects.filter(source=mornings.SOURCE).count() == 4


def test_it_counts_the_dispatch_rate_by_the_day_of_payment_in_japan(mall: Shop) -> None:
    """Paid at 0:30 in Tokyo, which is the day before in UTC."""
    at = datetime(2026, 11, 11, 15, 30, tzinfo=UTC)
    builders.order(mall, placed_at=at, paid_at=at)
    builders.order(mall, placed_at=at + timedelta(hours=9), paid_at=at + timedelta(hours=9), shipped_at=clock.now())
    [row] = late_orders([mall.id])
    assert row.ground.sent[date(2026, 11, 12)].paid == 2
