"""The demo's months: lived through by the product's own actions, so that its history is true."""

import random
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import connection, connections
from django.test import override_settings
from pytest_django import DjangoDbBlocker, Settings

from examples.demo_shop import store
from examples.inbox.catcher import Catcher, Caught
from examples.line import here, serving
from kaeru.calls.models import CallTask
from kaeru.cancellations.models import CancellationRequest, CancelPolicy, Case, Repair, Shortage
from kaeru.cli.demo_seed import people, plan, salon, scenes, seed, wishes
from kaeru.connectors.models import Connection, OrderChange
from kaeru.core import clock, scope
from kaeru.core.models import Event
from kaeru.customers.models import Customer, CustomerTag
from kaeru.marketplaces import standing
from kaeru.marketplaces.models import MallTerms
from kaeru.messages.models import Message
from kaeru.orders.models import Order
from kaeru.recoveries.models import Recovery
from kaeru.scenarios.models import Enrollment, Scenario
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests import tables

pytestmark = pytest.mark.only_on("sqlite")  # where every demo lives

NOW = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def lived(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, list[Caught]]]:
    """Weeks with fewer orders, lived through once: what the sample shop and LINE keep of them, and the mails.

    Each test takes back what it does to the tables; afterwards they are empty again.
    """
    home = tmp_path_factory.mktemp("demo")
    here.use(clock.now)
    clock.set_clock(clock.Clock(real=datetime.now(UTC).timestamp(), shown=NOW))
    with (
        pytest.MonkeyPatch.context() as fewer,
        override_settings(KAERU_HOME=home, KAERU_ALLOW_PRIVATE_EGRESS=True),
        django_db_blocker.unblock(),
        Catcher() as catcher,
        serving.listening(here.platform()) as line,
        override_settings(KAERU_MAIL_URL=f"smtp://127.0.0.1:{catcher.port}", KAERU_LINE_API_URL=line),
    ):
        fewer.setattr(plan, "ORDERS", 60)
        fewer.setattr(plan, "HISTORY_ORDERS", 120)
        fewer.setattr(salon, "CLIENTS", 90)
        seed.fill()
        connections.close_all()
    yield home, catcher.mails
    with django_db_blocker.unblock():
        connections.close_all()
        tables.sqlite(Path(connection.settings_dict["NAME"]))


@pytest.fixture
def inbox(lived: tuple[Path, list[Caught]], tmp_path: Path, settings: Settings) -> Iterator[Catcher]:
    """A post office with the mails of these weeks; the sample shop and LINE go on with books of their own."""
    home, mails = lived
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    settings.KAERU_HOME, settings.KAERU_ALLOW_PRIVATE_EGRESS = tmp_path, True
    here.use(clock.now)
    with Catcher() as catcher, serving.listening(here.platform()) as line:
        catcher.mails.extend(mails)
        settings.KAERU_MAIL_URL, settings.KAERU_LINE_API_URL = f"smtp://127.0.0.1:{catcher.port}", line
        yield catcher


def main_shop() -> Shop:
    """The demo's shop."""
    shop = seed.find_shop()
    assert shop is not None
    return shop


def test_it_plans_the_same_weeks_for_the_same_seed() -> None:
    first, second = (plan.stories(random.Random(1), people.customers(random.Random(1)), NOW) for _ in range(2))
    assert first == second
    assert len(first) == plan.ORDERS
    assert {story.fate for story in first} == {"sent", "page", "phone", "kept"}
    assert all(story.at <= NOW for story in first)


def test_it_invents_three_hundred_people_nobody_can_write_to() -> None:
    found = people.customers(random.Random(1))
    assert len({buyer.email for buyer in found}) == 300
    assert all(buyer.email.endswith(".example") for buyer in found)
    assert any("𠮷" in buyer.name for buyer in found)


def test_it_leaves_a_true_history(inbox: Catcher) -> None:
    shop = main_shop()
    with scope.organization(shop.organization_id):
        sent = Message.objects.filter(state="sent", channel="mail").count()
        assert sent == len(inbox.mails) > 5
        assert set(Message.objects.filter(shop=shop).values_list("state", flat=True)) <= {"sent", "waiting"}
        assert not Event.objects.filter(delivered_at=None).exists()
        assert not Enrollment.objects.filter(state="parked").exists()
        assert Enrollment.objects.filter(state="waiting", due_at__gt=NOW).exists()
        assert CancellationRequest.objects.filter(shop=shop, state="requested", shortage=None).count() == 2
        past = CancellationRequest.objects.filter(shop=shop, is_history=True)
        assert past.exclude(reason=None).exists()
        assert min(past.values_list("requested_at", flat=True)) < NOW - timedelta(days=80)
        ways = Enrollment.objects.filter(cancellation__in=past).values_list("id", flat=True)
        assert not Message.objects.filter(source_id__in=ways).exists(), "nobody is written to because of the past"
        assert set(Recovery.objects.values_list("how", flat=True)) >= {"link"}
        orders = {row.source_id: row for row in Order.objects.filter(shop=shop)}
        assert all(row.placed_at <= NOW for row in orders.values())
    told = store.newest(1000)
    assert {purchase.id for purchase, _ in told} == set(orders)
    for purchase, _ in told:
        row = orders[purchase.id]
        assert (row.total, row.cancelled_at, row.shipped_at) == (
            purchase.total, purchase.cancelled_at, purchase.shipped_at
        )  # fmt: skip
        assert purchase.told_at is not None


def test_it_shows_what_scenarios_can_do(inbox: Catcher) -> None:
    shop = main_shop()
    with scope.organization(shop.organization_id):
        calls = {(call.state, call.outcome): call for call in CallTask.objects.all()}
        assert set(calls) == {("waiting", ""), ("closed", "expired"), ("closed", "reached")}
        waiting = calls["waiting", ""]
        assert waiting.deadline_at.astimezone(plan.ZONE).date() == NOW.astimezone(plan.ZONE).date()
        assert waiting.value >= 30_000
        assert Message.objects.filter(source="staff").count() == 3
        assert "staff@kotori.example" in {one for mail in inbox.mails for one in mail.recipients}
        by_name = {row.name: row for row in Scenario.objects.select_related("revision")}
        forgot = by_name["クーポンの利用を忘れた"]
        assert forgot.revision is not None
        assert forgot.revision.number == 2
        assert {step["kind"] for step in forgot.revision.flow["steps"]} >= {"split", "await"}
        draft, ahead = by_name["週末・夜間のキャンセル"], by_name["配送料が高い"]
        assert (draft.revision, draft.is_on) == (None, False)
        assert ahead.revision is not None
        assert ahead.revision.flow != ahead.draft
        started = set(Enrollment.objects.values_list("revision__scenario__name", flat=True))
        assert {"高額のご注文", "はじめてのお客様", "クーポンの利用を忘れた"} <= started
        assert CustomerTag.objects.filter(tag="常連").count() == scenes.REGULARS
        guests = Customer.objects.filter(source_id__startswith="guest-")
        assert all(Order.objects.filter(customer=guest).count() >= 2 for guest in guests), "not their first order"
        told = Order.objects.filter(shop=shop)
        first, last = told.order_by("placed_at")[0], told.order_by("-placed_at")[0]
        assert last.placed_at - first.placed_at > timedelta(days=90)


def test_it_puts_off_an_offer_of_late_at_night(inbox: Catcher) -> None:
    """Whatever the hour of the first start, a coupon is due in the next quiet hours; after it, the offer waits for the morning."""
    shop = main_shop()
    with scope.organization(shop.organization_id):
        clock.skip_to(datetime(2026, 11, 24, 14, 0, tzinfo=UTC))  # 23:00 in Tokyo
        registry.drain()
        put_off = Message.objects.get(state="waiting", reason="quiet_hours")
        assert put_off.due_at.astimezone(plan.ZONE).hour == 8


def test_it_lays_work_on_the_desk(inbox: Catcher) -> None:
    """A policy of the shop's own, two wishes left to a person, repairs by hand, an item that ran out with all three answers."""
    shop = main_shop()
    with scope.organization(shop.organization_id):
        policy = CancelPolicy.objects.get(shop=shop)
        assert [rule["result"] for rule in policy.document["rules"]] == ["refuse", "ask"]
        waiting = Case.objects.filter(state="open", shop=shop)
        assert waiting.filter(kind="decide").count() == 2
        repairs = Repair.objects.values_list("kind", "state")
        assert {("address", "by_hand"), ("substitute", "by_hand"), ("substitute", "refused")} <= set(repairs)
        assert Repair.objects.filter(kind="substitute", state="offered").count() >= 3
        assert {case.subject_id for case in waiting.filter(kind="repair")} == set(
            Repair.objects.filter(state="by_hand").values_list("id", flat=True)
        )
        assert Shortage.objects.get().sku == wishes.SHORT_OF
        shop.refresh_from_db()
        assert shop.logo_tag.endswith(".png")
    seed.connect(shop)
    with scope.organization(shop.organization_id):
        change = OrderChange.objects.get(kind="cancel")
        registry.drain()
        change.refresh_from_db()
        assert change.state == "held"
        assert Case.objects.filter(state="open", shop=shop, kind="change").count() == 1
        assert Case.objects.filter(state="open", shop=shop, kind="decide").count() == 1
    seed.connect(shop)
    with scope.organization(shop.organization_id):
        assert Case.objects.filter(state="open", shop=shop, kind="decide").count() == 1, "the owner decides once"


def test_it_has_three_shops_on_a_mall_with_work(inbox: Catcher) -> None:
    """One safe, one near the line, one over it; requests with clocks, questions, and parcels that should have left."""
    main = main_shop()
    clock.set_clock(clock.Clock(real=datetime.now(UTC).timestamp(), shown=NOW))
    with scope.organization(main.organization_id):
        stages = {}
        for terms in MallTerms.objects.select_related("shop"):
            found = standing.answer(terms).standing
            stages[terms.shop.slug] = {line.stage for line in (found.worst, found.heading) if line is not None}
            assert Case.objects.filter(shop=terms.shop, kind="decide", state="open").exists()
            assert Order.objects.filter(
                shop=terms.shop,
                is_history=False,
                shipped_at=None,
                cancelled_at=None,
                paid_at__lt=NOW - timedelta(days=2),
            ).exists()
        assert stages["mitsubachi"] == stages["hidamari"] == set()
        assert stages["tsubame"]
        assert Case.objects.filter(kind="inquiry", state="open").count() == 2
        clocks = Case.objects.filter(kind="decide", due_why="mall").values_list("shop__slug", flat=True)
        assert set(clocks) >= {"hidamari", "tsubame"}
        assert Connection.objects.filter(source="qoo10", catch_up_at__gt=NOW + timedelta(days=3650)).count() == 3
