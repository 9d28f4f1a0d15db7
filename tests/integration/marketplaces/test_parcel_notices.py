"""Notices about parcels: which go by themselves, what they say, and that each goes once whatever dies."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from kaeru.cancellations import letters as cancellation_letters
from kaeru.core import audit, clock, events
from kaeru.core.models import Event
from kaeru.customers.rules import CustomerRecord
from kaeru.marketplaces.dispatch import notice_texts, receivers
from kaeru.marketplaces.dispatch.terms import set_terms, terms_of
from kaeru.marketplaces.models import BuyerNotice
from kaeru.messages import actions as outbox
from kaeru.messages.errors import TextsRefused
from kaeru.messages.models import Message
from kaeru.orders.actions import mirror, mirror_shipments
from kaeru.orders.models import Order
from kaeru.orders.own_events import OwnEvent, tell
from kaeru.orders.rules import LineRecord, OrderRecord, ShipmentRecord
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests.integration.marketplaces.parcel_stage import later, letters, mall, set_time, shop, terms, wednesday
from tests.smtp import Catcher

__all__ = ["mall", "shop", "wednesday"]
LINE = LineRecord("藍染めの手ぬぐい", 2, 1980, "l1", "sku-1", "p1", "v1")
ALL = ["date_set", "ready", "shipped"]


def told(source_id: str = "o1", **fields: Any) -> OrderRecord:
    known: dict[str, Any] = {
        "placed_at": clock.now() - timedelta(hours=1), "updated_at": clock.now(), "currency": "JPY", "total": 3960, "lines": (LINE,),
        "number": f"#{source_id}", "customer": CustomerRecord(source_id=f"c{source_id}", name="山田 花子", email=f"{source_id}@example.com"),
    }  # fmt: skip
    return OrderRecord(source_id, **{**known, **fields})


def subjects(inbox: Catcher) -> list[str]:
    return [one.subject for one in letters(inbox)]


def test_it_tells_each_step_once(shop: Shop, inbox: Catcher) -> None:
    terms(shop, notices=ALL)
    mirror(shop, [told()])
    registry.drain()
    assert inbox.mails == []
    later(minutes=10)
    mirror(shop, [told(dispatch_by=date(2026, 11, 20), wished_on=date(2026, 11, 22), wished_slot="午前中")])
    registry.drain()
    assert subjects(inbox) == ["ご注文#o1の発送予定日のお知らせ"]
    assert "11月20日(金)" in letters(inbox)[0].text
    assert "11月22日(日) 午前中" in letters(inbox)[0].text
    tell(shop, [OwnEvent("order.ready", clock.now(), order="o1")])
    tell(shop, [OwnEvent("order.ready", clock.now(), order="o1")])
    registry.drain()
    later(minutes=10)
    mirror_shipments(shop, [ShipmentRecord("o1", "s1", clock.now(), "ヤマト運輸", "1234-5678-9012")])
    registry.drain()
    assert subjects(inbox)[1:] == ["ご注文#o1の発送の準備ができました", "ご注文#o1を発送しました"]
    assert "1234-5678-9012" in letters(inbox)[2].text
    assert BuyerNotice.objects.count() == 3


def test_it_says_nothing_unless_the_shop_wants_it(shop: Shop, inbox: Catcher) -> None:
    mirror(shop, [told(dispatch_by=date(2026, 11, 20), shipped_at=clock.now(), tracking=("ヤマト運輸", "1"))])
    tell(shop, [OwnEvent("order.ready", clock.now(), order="o1")])
    registry.drain()
    assert inbox.mails == []
    assert not BuyerNotice.objects.exists()


def test_it_says_nothing_on_a_mall_that_lets_nobody_write_first(mall: Shop, inbox: Catcher) -> None:
    terms(mall, notices=ALL)
    mirror(mall, [told(dispatch_by=date(2026, 11, 20))])
    mirror_shipments(mall, [ShipmentRecord("o1", "s1", clock.now(), "ヤマト運輸", "1")])
    registry.drain()
    assert inbox.mails == []
    assert not BuyerNotice.objects.exists(), "nobody needs to paste what the mall says itself"


def test_it_says_nothing_of_the_past(shop: Shop, inbox: Catcher) -> None:
    terms(shop, notices=ALL)
    mirror(shop, [told(dispatch_by=date(2026, 11, 20), shipped_at=clock.now())], is_history=True)
    registry.drain()
    assert inbox.mails == []


def test_it_waits_a_little_for_the_tracking_number(shop: Shop, inbox: Catcher) -> None:
    terms(shop, notices=["shipped"])
    mirror(shop, [told()])
    mirror_shipments(shop, [ShipmentRecord("o1", "s1", clock.now())])
    registry.drain()
    assert inbox.mails == []
    mirror_shipments(shop, [ShipmentRecord("o1", "s2", clock.now(), "佐川急便", "9999")])
    later(hours=2, minutes=1)
    registry.drain()
    assert "9999" in letters(inbox)[0].text


def test_it_drops_what_is_over(shop: Shop, inbox: Catcher) -> None:
    terms(shop, notices=ALL)
    mirror(shop, [told(dispatch_by=date(2026, 11, 20))])
    while events.deliver(100):
        pass
    later(minutes=1)
    mirror(shop, [told(dispatch_by=date(2026, 11, 20), cancelled_at=clock.now())])
    registry.drain()
    assert inbox.mails == []
    assert Message.objects.get().reason == "cancelled"


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def deaths(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Kills the next delivery at each boundary of writing a notice, one after the other."""
    left = ["template", "enqueue", "audit"]

    def dying(name: str, real: Any) -> Any:
        def run(*args: Any, **kwargs: Any) -> Any:
            made = real(*args, **kwargs)
            if left and left[0] == name:
                left.pop(0)
                raise Killed
            return made

        return run

    monkeypatch.setattr(outbox, "enqueue", dying("enqueue", outbox.enqueue))
    monkeypatch.setattr(cancellation_letters, "template_of", dying("template", cancellation_letters.template_of))
    monkeypatch.setattr(audit, "record_many", dying("audit", audit.record_many))
    return left


def test_it_tells_once_however_often_it_dies(shop: Shop, inbox: Catcher, deaths: list[str]) -> None:
    terms(shop, notices=["date_set"])
    mirror(shop, [told(dispatch_by=date(2026, 11, 20))])
    for _ in range(10):
        try:
            with transaction.atomic():
                events.deliver(100)
        except Killed:
            assert not BuyerNotice.objects.exists(), "nothing half done stays"
            assert not Message.objects.exists()
            continue
        break
    assert deaths == []
    registry.drain()
    assert len(inbox.mails) == 1


def test_it_tells_once_when_the_same_news_comes_again(shop: Shop, inbox: Catcher) -> None:
    """An event is delivered at least once."""
    terms(shop, notices=["date_set"])
    mirror(shop, [told(dispatch_by=date(2026, 11, 20))])
    registry.drain()
    event = Event.objects.get(name="order.dispatch_planned")
    receivers.tell_the_date([event, event])
    registry.drain()
    assert len(inbox.mails) == 1


def test_it_hears_a_thousand_as_it_hears_one(shop: Shop, django_assert_max_num_queries: DjangoAssertNumQueries) -> None:
    terms(shop, notices=["date_set"])
    for first, count in ((0, 1), (100, 30)):
        mirror(shop, [told(f"o{first + n}", dispatch_by=date(2026, 11, 20)) for n in range(count)])
        news = list(Event.objects.filter(name="order.dispatch_planned", delivered_at=None))
        with django_assert_max_num_queries(24):
            receivers.tell_the_date(news)
        Event.objects.update(delivered_at=clock.now())
    assert BuyerNotice.objects.count() == 31


# --- the shop's own words --------------------------------------------------------------------------------------------------


OWN = {"shipped": {"ja": {"subject": "発送しました", "body": "{{ parcel.tracking }} でお届けします。"}}}


def test_it_uses_the_shops_own_words(shop: Shop, inbox: Catcher) -> None:
    set_terms(shop, tells=True, notices=["shipped"], texts=OWN, shares_stock=True, actor="member:1")
    mirror(shop, [told()])
    mirror_shipments(shop, [ShipmentRecord("o1", "s1", clock.now(), "ヤマト運輸", "1234")])
    registry.drain()
    [letter] = letters(inbox)
    assert (letter.subject, "1234 でお届けします" in letter.text) == ("発送しました", True)


def test_it_keeps_the_houses_words_out_of_the_shop(shop: Shop) -> None:
    house = {kind: {"ja": notice_texts.text(kind, "ja")} for kind in notice_texts.KINDS}
    set_terms(shop, tells=True, notices=["ready", "delayed"], texts=house, shares_stock=False, actor="member:1")
    found = terms_of([shop.id])[shop.id]
    assert not found.texts
    assert found.notices == frozenset({"ready"})
    assert not found.shares_stock


@pytest.mark.parametrize(
    "body", ["{{ coupon.code }}", "在庫がないため、お客様からキャンセルのお手続きをお願いします。", "{% if %}"]
)
def test_it_refuses_words_that_cannot_be_sent(shop: Shop, body: str) -> None:
    set_time(datetime.fromisoformat("2026-11-25T01:30:00+00:00"))
    texts = {"delayed": {"ja": {"subject": "遅れます", "body": body}}}
    with pytest.raises(TextsRefused):
        set_terms(shop, tells=True, notices=[], texts=texts, shares_stock=True, actor="member:1")
    assert terms_of([shop.id])[shop.id].texts == {}


@pytest.mark.parametrize("kind", notice_texts.KINDS)
def test_it_can_always_send_the_houses_own_words(shop: Shop, kind: str) -> None:
    from kaeru.messages import guarding
    from kaeru.messages.texts import check_texts

    set_time(datetime.fromisoformat("2026-11-25T01:30:00+00:00"))
    texts = {language: notice_texts.text(kind, language) for language in ("ja", "en")}
    assert check_texts(texts, "notice", notice_texts.ALLOWED) == []
    assert [one.message for one in guarding.check(texts, "notice", side="shop")] == []
    assert Order.objects.count() == 0
