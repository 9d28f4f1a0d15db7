"""The desk's notes to the staff, its queue over all shops, and what comes onto it by the clock."""

import pytest
from pytest_django import DjangoAssertNumQueries

from kaeru.cancellations.desk import passes, queries
from kaeru.cancellations.models import (
    Case,
    DeskTerms,
)
from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import scope
from kaeru.messages.models import Message
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast
from tests.integration.cancellations.desk_stage import asked, later, order, policy
from tests.integration.cancellations.desk_stage import monday as monday
from tests.integration.cancellations.desk_stage import shop as shop
from tests.smtp import Catcher


def test_it_tells_the_staff_of_what_is_urgent_or_costly(shop: Shop, cast: Cast) -> None:
    urgent = asked(shop)
    note = Message.objects.get(source="desk", source_id=urgent.id)
    assert note.customer_id is None
    later(hours=1)  # after the cut-off: the answer is owed in two hours of opening time
    DeskTerms.objects.create(
        organization_id=shop.organization_id,
        shop=shop,
        reply_hours=8,
        tells="at_once",
        soon_minutes=30,
        value_from=10_000,
    )
    calm, costly = asked(shop), asked(shop, 12_000)
    told = set(Message.objects.filter(source="desk").values_list("source_id", flat=True))
    assert told == {urgent.id, costly.id}
    calm.refresh_from_db()
    assert calm.told_at is None


@pytest.mark.parametrize("tells", ["morning", "none"])
def test_it_tells_nobody_at_once_who_does_not_want_it(shop: Shop, tells: str) -> None:
    DeskTerms.objects.create(
        organization_id=shop.organization_id, shop=shop, reply_hours=2, tells=tells, soon_minutes=120, value_from=0
    )
    asked(shop)
    assert not Message.objects.filter(source="desk").exists()


def test_it_sorts_by_what_waiting_costs_over_all_shops(shop: Shop, cast: Cast) -> None:
    second = builders.shop(cast.organization, "tori", "鳥雑貨店")
    seed_reasons(second)
    policy(second, cutoff=None)
    slow, cheap, dear = asked(second), asked(shop, 1_000), asked(shop, 9_000)
    assert [row.id for row in queries.queue()] == [dear.id, cheap.id, slow.id]
    assert [row.id for row in queries.queue([second.id])] == [slow.id]
    assert queries.counts().by_kind == {"decide": 3}
    assert queries.tallies([shop.id, second.id]) == {shop.id: 2, second.id: 1}
    with scope.organization(cast.other_organization.id):
        assert list(queries.queue()) == [] and queries.counts().all == 0 and queries.one(slow.id) is None


def test_it_reads_a_page_in_the_same_number_of_queries(
    shop: Shop, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(4):
        asked(shop)
    with django_assert_max_num_queries(4):
        rows = list(queries.queue()[:50])
        assert all(row.request and row.request.order and row.request.customer and row.request.reason for row in rows)
        queries.assignees(rows), queries.counts(), queries.repairs_of(rows)


def test_it_puts_on_the_desk_what_the_shops_system_does_not_follow(shop: Shop) -> None:
    Shop.objects.filter(id=shop.id).update(notify_url="https://kotori.example/hook")
    placed = order(Shop.objects.get(id=shop.id))
    request = builders.cancellation(placed, builders.reason(shop))
    assert passes.put_what_waits_too_long(10) == 0
    later(minutes=20)
    assert passes.put_what_waits_too_long(10) == 1
    assert passes.put_what_waits_too_long(10) == 0
    case = Case.objects.get(request=request)
    assert (case.kind, case.proposal["why"]) == ("cancel", "not_confirmed")


def test_it_sends_one_summary_a_morning(shop: Shop) -> None:
    DeskTerms.objects.create(
        organization_id=shop.organization_id, shop=shop, reply_hours=2, tells="morning", soon_minutes=0, value_from=0
    )
    asked(shop), asked(shop)
    assert passes.tell_in_the_morning(10) == 1
    assert passes.tell_in_the_morning(10) == 0
    note = Message.objects.get(source="desk_morning")
    assert note.source_id == shop.id
    later(hours=20)  # Tuesday, 9:18: closed
    assert passes.tell_in_the_morning(10) == 0
    later(hours=1)
    assert passes.tell_in_the_morning(10) == 1


def test_it_hands_the_note_to_the_mail_server(shop: Shop, inbox: Catcher) -> None:
    case = asked(shop)
    registry.drain()
    [mail] = inbox.mails
    assert mail["To"] == "aoi@example.com"
    assert "受付" in mail["Subject"] and "14:00" in mail["Subject"]
    assert f"/desk/{case.id}/" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_it_writes_to_the_staff_in_their_language(shop: Shop, inbox: Catcher) -> None:
    Shop.objects.filter(id=shop.id).update(staff_language="en")
    asked(shop)
    registry.drain()
    [mail] = inbox.mails
    assert mail["Subject"].startswith("Desk: A buyer asks to cancel; please answer")
