"""What becomes of a wish to cancel: the policy answers, the staff decide, the shop's system goes its own way meanwhile."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from kaeru.cancellations import actions
from kaeru.cancellations.errors import AlreadyDecided, NotCancellable
from kaeru.cancellations.models import CancellationRequest, CancelPolicy, Decision, RequestState, Side
from kaeru.cancellations.seeds import seed_reasons
from kaeru.connectors.models import OrderChange, OutboundCall
from kaeru.core import clock, events, scope
from kaeru.core.events import News
from kaeru.core.models import AuditEntry
from kaeru.orders.models import Order
from kaeru.scenarios.models import Enrollment
from kaeru.scenarios.seeds import seed_scenarios
from kaeru.tenants.models import Shop
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast


@pytest.fixture
def shop(cast: Cast) -> Iterator[Shop]:
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
        seed_scenarios(cast.kotori, actor="test", is_on=True)
        yield cast.kotori


def policy(shop: Shop, *rules: dict[str, Any], **more: Any) -> None:
    told = {"cutoff": None, "rules": list(rules), "otherwise": "accept", "grounds": {}, "refund": {}, **more}
    CancelPolicy.objects.create(
        organization_id=shop.organization_id,
        shop=shop,
        number=CancelPolicy.objects.filter(shop=shop).count() + 1,
        document=told,
        created_at=clock.now(),
        created_by="test",
    )


def rule(result: str, ground: str = "", *, key: str = "", when: dict[str, Any] | None = None) -> dict[str, Any]:
    return {"id": key or result, "name": result, "when": when, "result": result, "ground": ground}


LARGE = {"field": "order.value", "op": "at_least", "value": 10_000}


def order(shop: Shop, total: int = 3_960, **fields: Any) -> Order:
    return builders.order(shop, builders.customer(shop, consents=True), lines=[("手ぬぐい", 1, total)], **fields)


def wish(placed: Order, code: str = "change_address") -> CancellationRequest:
    made = actions.request(placed.id, code, actor="customer")
    registry.drain()
    return CancellationRequest.objects.get(id=made.id)


def verdicts(of: CancellationRequest) -> list[tuple[str, str, str, str]]:
    return [(row.verdict, row.by, row.rule, row.ground) for row in Decision.objects.filter(request=of).order_by("id")]


def test_it_accepts_everything_in_a_shop_without_a_policy(shop: Shop) -> None:
    made = wish(order(shop))
    assert made.state == RequestState.REQUESTED
    assert verdicts(made) == [("approve", "policy", "", "")]
    assert Enrollment.objects.filter(cancellation=made).exists()


def test_it_declines_on_the_ground_of_the_first_rule_that_fits_and_starts_nothing(shop: Shop) -> None:
    own = {"made_to_order": {"ja": "ひとつずつお作りしています。", "en": "Made by hand."}}
    policy(shop, rule("refuse", "made_to_order", when=LARGE), rule("ask"), grounds=own)
    made = wish(order(shop, 12_000))
    assert made.state == RequestState.DECLINED
    assert verdicts(made) == [("decline", "policy", "refuse", "made_to_order")]
    decision = Decision.objects.get(request=made)
    assert (decision.words, decision.policy) == (own["made_to_order"], 1)
    assert not Enrollment.objects.exists()
    assert not OutboundCall.objects.exists()


def test_it_waits_for_the_staff_and_starts_nothing_before_they_say_yes(shop: Shop) -> None:
    Shop.objects.filter(id=shop.id).update(notify_url="https://kotori.example/hooks")
    policy(shop, rule("ask", key="large", when=LARGE))
    made = wish(order(shop, 12_000))
    assert made.state == RequestState.ASKED
    assert verdicts(made) == [("ask", "policy", "large", "")]
    assert not Enrollment.objects.exists()
    assert not OutboundCall.objects.exists()
    actions.approve(made.id, actor="member:1")
    registry.drain()
    assert verdicts(made)[1:] == [("approve", "member:1", "", "")]
    assert Enrollment.objects.filter(cancellation=made).count() == 1
    assert OutboundCall.objects.count() == 1
    actions.approve(made.id, actor="member:2")
    assert len(verdicts(made)) == 2


def test_it_tells_the_buyer_the_ground_that_the_staff_gave(shop: Shop) -> None:
    policy(shop, rule("ask"))
    made = wish(order(shop))
    declined = actions.decline(made.id, ground="other", words={"ja": "お作りを始めました。"}, actor="member:1")
    assert declined.state == RequestState.DECLINED
    words = Decision.objects.get(request=made, verdict="decline").words
    assert words["ja"] == "お作りを始めました。"
    assert words["en"].startswith("We are sorry")
    actions.decline(made.id, ground="other", actor="member:2")
    assert len(verdicts(made)) == 2
    with pytest.raises(AlreadyDecided) as refused:
        actions.approve(made.id, actor="member:1")
    assert refused.value.state == "declined"
    assert not Enrollment.objects.exists()


def test_it_declines_nothing_without_a_ground(shop: Shop) -> None:
    policy(shop, rule("ask"))
    made = wish(order(shop))
    with pytest.raises(ValueError, match="ground"):
        actions.decline(made.id, ground=" ", actor="member:1")


def test_it_does_not_ask_the_staff_again_about_what_they_declined(shop: Shop) -> None:
    policy(shop, rule("ask", key="always"))
    placed = order(shop)
    first = wish(placed)
    actions.decline(first.id, ground="made_to_order", words={"ja": "お作りを始めました。"}, actor="member:1")
    second = wish(placed)
    assert second.id != first.id
    assert second.state == RequestState.DECLINED
    assert verdicts(second) == [("decline", "policy", "always", "made_to_order")]
    assert Decision.objects.get(request=second).words["ja"] == "お作りを始めました。"
    assert wish(placed, "change_payment").state == RequestState.ASKED, "another reason is another wish"


def test_it_asks_again_when_the_order_or_the_rules_have_changed(shop: Shop) -> None:
    policy(shop, rule("ask", key="always"))
    placed = order(shop)
    actions.decline(wish(placed).id, ground="other", actor="member:1")
    Order.objects.filter(id=placed.id).update(total=100)
    again = wish(placed)
    assert again.state == RequestState.ASKED
    actions.decline(again.id, ground="other", actor="member:1")
    policy(shop, rule("accept"))
    assert wish(placed).state == RequestState.REQUESTED


def test_it_lets_the_buyer_keep_the_order_while_the_shop_decides(shop: Shop) -> None:
    policy(shop, rule("ask"))
    made = wish(order(shop))
    assert actions.keep(made.id, actor="customer").state == RequestState.KEPT
    with pytest.raises(AlreadyDecided):
        actions.approve(made.id, actor="member:1")
    assert verdicts(made)[-1][:2] == ("keep", "customer")


def test_it_never_cancels_what_left_meanwhile(shop: Shop) -> None:
    policy(shop, rule("ask"))
    placed = order(shop)
    made = wish(placed)
    Order.objects.filter(id=placed.id).update(shipped_at=clock.now())
    with pytest.raises(NotCancellable, match="shipped"):
        actions.approve(made.id, actor="member:1")
    assert len(verdicts(made)) == 1


def test_it_declines_by_itself_when_the_parcel_leaves_while_the_shop_decides(shop: Shop) -> None:
    policy(shop, rule("ask"))
    placed = order(shop)
    made = wish(placed)
    Order.objects.filter(id=placed.id).update(shipped_at=clock.now())
    events.emit([News("order.shipped", shop.organization_id, placed.id)])
    registry.drain()
    made.refresh_from_db()
    assert made.state == RequestState.DECLINED
    assert verdicts(made)[-1] == ("decline", "policy", "", "shipped")


@pytest.mark.parametrize(("said", "side"), [("shop", "shop"), ("customer", "customer"), ("", "customer")])
def test_it_follows_the_shops_system_that_cancels_while_the_staff_decide(shop: Shop, said: str, side: str) -> None:
    policy(shop, rule("ask"))
    placed = order(shop)
    made = wish(placed)
    Order.objects.filter(id=placed.id).update(cancelled_at=clock.now(), cancel_side=said)
    events.emit([News("order.cancelled", shop.organization_id, placed.id)])
    registry.drain()
    made.refresh_from_db()
    assert (made.state, made.side) == (RequestState.CANCELLED, side)
    assert verdicts(made)[-1][:2] == ("approve", "shop")
    assert actions.approve(made.id, actor="member:1").state == RequestState.CANCELLED


def test_it_does_not_take_what_the_shop_cancels_after_a_no_for_the_buyers_doing(shop: Shop) -> None:
    policy(shop, rule("refuse", "made_to_order"))
    placed = order(shop)
    made = wish(placed)
    Order.objects.filter(id=placed.id).update(cancelled_at=clock.now(), cancel_side="shop")
    events.emit([News("order.cancelled", shop.organization_id, placed.id)])
    registry.drain()
    made.refresh_from_db()
    assert made.state == RequestState.DECLINED
    theirs = CancellationRequest.objects.exclude(id=made.id).get(order=placed)
    assert (theirs.state, theirs.side, theirs.reason) == (RequestState.CANCELLED, Side.SHOP, None)


def test_it_holds_the_clock_of_the_warehouse_against_the_moment_of_the_wish(shop: Shop) -> None:
    late = {"field": "order.passed_cutoff", "op": "is", "value": True}
    policy(shop, rule("refuse", "passed_cutoff", when=late), cutoff="14:00")
    Shop.objects.filter(id=shop.id).update(hours=[["00:00", "00:00"]] * 7, keeps_holidays=False, closed_on=[])
    assert wish(order(shop, placed_at=clock.now() - timedelta(days=2))).state == RequestState.DECLINED
    assert wish(order(shop, placed_at=clock.now() - timedelta(seconds=1))).state in {
        RequestState.REQUESTED,
        RequestState.DECLINED,
    }


def test_it_leaves_an_entry_without_personal_data_in_the_audit_for_each_decision(shop: Shop) -> None:
    policy(shop, rule("ask", key="always"))
    made = wish(order(shop))
    actions.decline(made.id, ground="other", words={"ja": "花子様"}, actor="member:1")
    entries = AuditEntry.objects.filter(subject="cancellation", subject_id=made.id).order_by("id")
    assert [(entry.verb, entry.actor) for entry in entries][1:] == [
        ("cancellation.asked", "customer"),
        ("cancellation.declined", "member:1"),
    ]
    assert "花子" not in str([entry.detail for entry in entries])


def test_it_is_not_open_to_others(shop: Shop, cast: Cast) -> None:
    policy(shop, rule("ask"))
    made = wish(order(shop))
    with scope.organization(cast.other_organization.id):
        with pytest.raises(CancellationRequest.DoesNotExist):
            actions.approve(made.id, actor="member:9")
        with pytest.raises(CancellationRequest.DoesNotExist):
            actions.decline(made.id, ground="other", actor="member:9")
        with pytest.raises(CancellationRequest.DoesNotExist):
            actions.confirm(made.id, actor="customer")
    assert not OrderChange.objects.exists()
