"""Whose turn it is when more is due than a batch takes."""

from datetime import timedelta

import pytest
from django.db import OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext

from kaeru.channels.base import Result
from kaeru.core import clock, fair, ids, scope
from kaeru.messages import claims, outcomes, passes
from kaeru.messages.models import Message, Template
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast
from tests.smtp import Catcher


@pytest.fixture
def shops(cast: Cast) -> list[Shop]:
    """Kotori and three more."""
    return [cast.kotori, *(builders.shop(cast.organization, f"shop{n}", f"Shop {n}") for n in range(3))]


def put(shop: Shop, count: int, *, minutes_ago: float = 1, state: str = "waiting", channel: str = "mail") -> list[int]:
    """`count` due messages to nobody, one second apart."""
    with scope.organization(shop.organization_id):
        template = Template.objects.filter(shop=shop).first() or builders.template(shop)
        start = clock.now() - timedelta(minutes=minutes_ago)
        rows = [
            Message(
                id=ids.new_id(), organization_id=shop.organization_id, shop=shop, template=template, purpose="notice", source="test",
                source_id=n, due_at=start + timedelta(milliseconds=n), created_at=start, state=state, channel=channel,
            )
            for n in range(count)
        ]  # fmt: skip
        Message.objects.bulk_create(rows)
    return [row.id for row in rows]


def claim(limit: int) -> list[int]:
    with scope.everyone():
        return claims.claim("mail", limit)[0]


def test_it_takes_the_oldest_when_all_fits(shops: list[Shop]) -> None:
    newer, older = put(shops[0], 3, minutes_ago=1), put(shops[1], 3, minutes_ago=5)
    assert claim(6) == [*older, *newer]


def test_it_goes_round_when_more_is_due(shops: list[Shop]) -> None:
    flood, few = put(shops[0], 500, minutes_ago=60), put(shops[1], 2)
    found = claim(100)
    assert found[:4] == [flood[0], few[0], flood[1], few[1]]
    assert found[4:] == flood[2:98], "what one shop leaves over goes to the other"


def test_it_leaves_nobody_out_when_there_are_more_shops_than_places(shops: list[Shop]) -> None:
    for number, shop in enumerate(shops):
        put(shop, 10, minutes_ago=60 - number)
    with scope.everyone():
        by_id = dict(Message.objects.values_list("id", "shop_id"))
    served = [by_id[key] for _ in range(4) for key in claim(3)]
    assert {served.count(shop.id) for shop in shops} == {3}


@pytest.mark.parametrize("flooded", ["paused", "sms", "future"])
def test_it_is_not_held_up_by_what_may_not_go(shops: list[Shop], flooded: str) -> None:
    put(shops[0], 300, minutes_ago=-60 if flooded == "future" else 60, channel="sms" if flooded == "sms" else "mail")
    if flooded == "paused":
        with scope.everyone():
            Shop.objects.filter(id=shops[0].id).update(is_paused=True)
    few = put(shops[1], 2)
    assert claim(5) == few


def test_it_asks_as_few_questions_for_many_shops(cast: Cast, shops: list[Shop]) -> None:
    def questions() -> int:
        with scope.everyone(), transaction.atomic(), CaptureQueriesContext(connection) as seen:
            fair.due_ids(fair.Due("messages_message", clock.now()), 20)
        return len(seen)

    for shop in shops:
        put(shop, 50)
    few = questions()
    for number in range(10):
        put(builders.shop(cast.organization, f"more{number}", "More"), 50)
    assert questions() <= few <= 4


def test_it_looks_neither_at_history_nor_at_the_flood(shops: list[Shop]) -> None:
    put(shops[0], 2000, state="sent")
    put(shops[1], 2000, minutes_ago=60)
    put(shops[2], 3)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    due = fair.Due("messages_message", clock.now(), "channel = %s", ["mail"])
    with scope.everyone(), transaction.atomic(), CaptureQueriesContext(connection) as seen:
        found = fair.due_ids(due, 10)
    assert len(found) == 10
    for entry in seen.captured_queries:
        text = entry["sql"]
        if "RECURSIVE" not in text and "LATERAL" not in text and "json_each" not in text:
            continue
        with connection.cursor() as cursor:
            cursor.execute(("EXPLAIN " if connection.vendor == "postgresql" else "EXPLAIN QUERY PLAN ") + text)
            plan = "\n".join(str(row) for row in cursor.fetchall())
        assert "message_state" in plan
        assert "Seq Scan on messages_message" not in plan
        assert "message_due" not in plan


def test_a_batch_gives_way_after_a_quarter_of_a_second(
    shops: list[Shop], inbox: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    inbox.delay_seconds = 0.05
    flooding, other = builders.customer(shops[0]), builders.customer(shops[1], email="late@example.com")
    with scope.everyone():
        Message.objects.filter(id__in=put(shops[0], 60, minutes_ago=60)).update(customer=flooding)
    record, handed = outcomes.record, list[str]()

    def noting(tried: outcomes.Tried, result: Result) -> None:
        record(tried, result)
        handed.append(tried.address)
        if len(handed) == 12:
            Message.objects.filter(id__in=put(shops[1], 1)).update(customer=other)

    monkeypatch.setattr(outcomes, "record", noting)
    while passes.hand_over(100):
        pass
    assert len(handed) == 61
    assert handed.index("late@example.com") <= 12 + 6, "it waited for no more than the batch that was under way"


def test_what_was_held_when_the_database_went_away_goes_on_at_once(
    shops: list[Shop], inbox: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = put(shops[0], 6)
    with scope.everyone():
        Message.objects.filter(id__in=keys).update(customer=builders.customer(shops[0]))
    record, seen = outcomes.record, list[int]()

    def away(tried: outcomes.Tried, result: Result) -> None:
        seen.append(tried.message.id)
        if len(seen) == 2:
            raise OperationalError("the database went away")
        record(tried, result)

    monkeypatch.setattr(outcomes, "record", away)
    with pytest.raises(OperationalError):
        passes.hand_over(100)
    assert passes.hand_over(100) == 4, "no lease has to run out first"
    with scope.everyone():
        states = dict(Message.objects.filter(id__in=keys).values_list("id", "state"))
    assert [states[key] for key in keys] == ["sent", "sending", "sent", "sent", "sent", "sent"]
    assert len(inbox.raw) == 6
