"""The gate carries out changes: once, in order, proven, within the caps, and never in silence."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.connectors.base import Capabilities, Standing
from kaeru.connectors.changes import AddDiscount, Cancel, ChangeAddress, ChangeLines, GiveBack, Hold, MakeDraft, Release
from kaeru.connectors.gate import actions, passes, queries
from kaeru.connectors.models import GateTerms, OrderChange
from kaeru.core import clock, pause, scope
from kaeru.core.models import AuditEntry
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast
from tests.fakes.shop_system import System
from tests.integration.gate.stage import connect, hear, revive, row, turn, wish

CANCEL = Cancel("changed_mind", "customer", total=3960)


def test_it_carries_out_and_proves(system: System, order: Order, news: list[tuple[str, int]]) -> None:
    one = wish(order, AddDiscount(500, "FORGOT"))
    turn()
    found = row(one)
    assert found.before is not None and found.after is not None
    assert (found.state, found.before["discounts"], found.after["discounts"]) == ("done", 0, 500)
    assert system.done == ["add_discount"]
    hear()
    assert news == [("done", one)]
    with scope.everyone():
        assert AuditEntry.objects.filter(subject_id=one, verb="change.done").count() == 1


def test_it_calls_nothing_in_a_dry_run_and_says_what_it_would(cast: Cast, order: Order) -> None:
    system = System()
    connect(cast.kotori, system, is_live=False)
    discount, address = (
        wish(order, AddDiscount(500, "FORGOT")),
        wish(order, ChangeAddress(name="山田 花子", city="谷中")),
    )
    turn(2)
    assert system.asked == []
    assert (row(discount).state, row(discount).answer) == ("dry_run", "add_discount amount=500 code=FORGOT")
    assert (row(address).state, row(address).answer) == ("dry_run", "change_address")
    assert queries_of(cast).can_discount


def queries_of(cast: Cast) -> Capabilities:
    with scope.organization(cast.organization.id):
        return queries.capabilities(cast.kotori)


def test_it_rehearses_in_a_shop_that_never_said_anything(cast: Cast, system: System, order: Order) -> None:
    with scope.everyone():
        GateTerms.objects.all().delete()
        assert not queries.is_live(cast.kotori.id)
    one = wish(order, Hold())
    turn()
    assert row(one).state == "dry_run"


def test_it_refuses_what_nobody_can_do(cast: Cast, system: System, order: Order) -> None:
    system.able = Capabilities(can_hold=True)
    one = wish(order, CANCEL)
    elsewhere = wish(builders.order(cast.other_shop), Hold())
    turn()
    assert (row(one).state, row(one).answer) == ("refused", "cannot")
    assert (row(elsewhere).state, row(elsewhere).answer) == ("refused", "cannot")


def test_it_never_repeats_a_call_whose_answer_was_lost(system: System, order: Order) -> None:
    system.plan = ["lost"]
    one = wish(order, AddDiscount(500))
    turn()
    assert (row(one).state, row(one).answer) == ("waiting", "no_answer")
    turn(2, seconds=5)
    assert (row(one).state, row(one).answer) == ("done", "stood_already")
    assert system.orders[order.source_id].discounts == 500


def test_it_calls_again_what_did_not_happen(system: System, order: Order) -> None:
    system.plan = ["silent", "silent"]
    one = wish(order, AddDiscount(500))
    turn(4, seconds=40)
    assert row(one).state == "done"
    assert system.orders[order.source_id].discounts == 500


def test_what_cannot_be_undone_waits_a_minute_for_its_proof(system: System, order: Order) -> None:
    system.plan = ["silent"]
    one = wish(order, GiveBack(500))
    turn(2, seconds=50)
    assert len(system.asked) == 1
    turn(2, seconds=20)
    assert row(one).state == "done"
    assert system.orders[order.source_id].refunded == 500


def test_what_cannot_be_undone_is_left_to_a_person_when_nothing_proves_it(system: System, order: Order) -> None:
    """Somebody gave other money back meanwhile: nobody can tell whether ours is in it."""
    system.plan = ["silent"]
    one = wish(order, GiveBack(500))
    turn()
    system.orders[order.source_id] = Standing(total=3960, paid=3960, refunded=300)
    turn(2, minutes=2)
    assert (row(one).state, row(one).answer) == ("failed", "unproven")
    assert len(system.asked) == 1


def test_no_more_goes_back_than_was_paid(system: System, order: Order) -> None:
    system.orders[order.source_id] = Standing(total=3960, paid=3960, refunded=3500)
    over, exactly = wish(order, GiveBack(461)), wish(order, GiveBack(460), source_id=2)
    turn(2)
    assert (row(over).state, row(over).answer) == ("refused", "more_than_paid")
    assert row(exactly).state == "done"
    assert system.orders[order.source_id].refunded == 3960


@pytest.mark.parametrize(
    ("stands", "change", "state", "answer"),
    [
        (Standing(is_shipped=True), CANCEL, "refused", "shipped"),
        (Standing(is_shipped=True), Hold(), "refused", "shipped"),
        (Standing(is_shipped=True), ChangeAddress(postal_code="110-0001"), "refused", "shipped"),
        (Standing(is_shipped=True), AddDiscount(10), "done", ""),
        (Standing(is_cancelled=True), CANCEL, "done", "stood_already"),
        (Standing(is_cancelled=True), ChangeLines({"l": 1}), "refused", "cancelled"),
        (Standing(is_there=False), AddDiscount(10), "refused", "gone"),
        (Standing(is_held=True), Hold(), "done", "stood_already"),
        (Standing(is_cancelled=True), MakeDraft((("v1", 1),)), "done", ""),
    ],
)
def test_it_looks_before_it_calls(
    system: System, order: Order, stands: Standing, change: Cancel, state: str, answer: str
) -> None:
    system.orders[order.source_id] = stands
    one = wish(order, change)
    turn()
    assert (row(one).state, row(one).answer) == (state, answer)
    assert bool(system.done) == (state == "done" and not answer)


def test_changes_of_an_order_go_one_after_the_other(system: System, order: Order) -> None:
    system.plan = ["silent"]
    first, second = wish(order, Hold()), wish(order, Release(), source="request")
    turn()
    assert (row(first).state, row(second).state) == ("waiting", "waiting")
    turn(2, seconds=40)
    assert [row(first).state, row(second).state] == ["done", "done"]
    assert system.done == ["hold", "release"]


def test_one_that_is_planned_for_later_holds_up_nobody(system: System, order: Order) -> None:
    planned = wish(order, CANCEL, due_at=clock.now() + timedelta(hours=1))
    now = wish(order, Hold(), source="request")
    turn()
    assert (row(planned).state, row(now).state) == ("waiting", "done")


def test_with_a_refused_change_falls_what_hangs_on_it(
    system: System, order: Order, news: list[tuple[str, int]]
) -> None:
    """No money goes back for lines that could not be changed; the warehouse may send it off again."""
    system.plan = ["refuse"]
    lines, money, release = wish(order, ChangeLines({"l": 1})), wish(order, GiveBack(500)), wish(order, Release())
    turn(2)
    assert [row(one).state for one in (lines, money, release)] == ["refused", "dropped", "done"]
    hear()
    assert sorted(news) == sorted([("refused", lines), ("dropped", money), ("done", release)])


def test_a_hold_that_is_refused_drags_no_cancellation_with_it(system: System, order: Order) -> None:
    system.plan = ["refuse"]
    hold, cancel = wish(order, Hold()), wish(order, CANCEL)
    turn(2)
    assert (row(hold).state, row(cancel).state) == ("refused", "done")


def test_one_that_waits_for_a_person_holds_up_what_hangs_on_it_only(cast: Cast, order: Order) -> None:
    system = System()
    connect(cast.kotori, system, most=100)
    held, hangs, other = (
        wish(order, AddDiscount(500)),
        wish(order, ChangeLines({"l": 1})),
        wish(order, Hold(), source="request"),
    )
    turn(2)
    assert [row(one).state for one in (held, hangs, other)] == ["held", "waiting", "done"]
    with scope.everyone():
        assert passes.next_due() is None
        assert actions.drop([held], actor="member:1") == 1
    assert row(hangs).state == "dropped"


def test_a_busy_system_is_no_failure(system: System, order: Order) -> None:
    system.plan = ["busy"] * 20
    one = wish(order, Hold())
    turn(20, seconds=6)
    found = row(one)
    assert (found.state, found.attempts, found.waits, found.before, found.called_at) == ("waiting", 0, 20, None, None)
    turn(2, seconds=6)
    assert row(one).state == "done"


def test_a_pending_change_is_looked_at_again_and_never_called_twice(system: System, order: Order) -> None:
    system.plan = ["late"]
    system.looks = ["fine", "silent", "silent", "fine"]
    one = wish(order, CANCEL)
    turn()
    assert row(one).state == "pending"
    turn(6, seconds=10)
    assert row(one).state == "done"
    assert system.asked == [("cancel", row(one).key)]


def test_a_pending_change_that_never_stands_is_given_up(system: System, order: Order) -> None:
    system.plan = ["late"]
    one = wish(order, AddDiscount(100))
    system.orders[order.source_id] = Standing(discounts=-100)
    turn()
    system.orders[order.source_id] = Standing(discounts=-100)
    turn(40, minutes=6)
    assert (row(one).state, row(one).answer) == ("failed", "not_proven")


def test_it_gives_up_after_nine_tries(system: System, order: Order, news: list[tuple[str, int]]) -> None:
    system.looks = ["silent"] * 9
    one = wish(order, Hold())
    turn(12, hours=4)
    assert (row(one).state, row(one).answer, row(one).attempts) == ("failed", "no_answer", 9)
    assert system.asked == []
    hear()
    assert news == [("failed", one)]


def test_a_draft_is_told_again_under_the_same_key(system: System, order: Order) -> None:
    system.plan = ["lost"]
    one = wish(order, MakeDraft((("v1", 1),), "ref", 30), key="draft:1")
    turn(2, seconds=5)
    assert row(one).state == "done"
    assert row(one).made == {"url": "https://kotori.example/pay/draft:1"}
    assert {key for _, key in system.asked} == {"draft:1"}


def test_nothing_moves_while_the_installation_is_paused(system: System, order: Order) -> None:
    one = wish(order, Hold())
    pause.pause("test", actor="test")
    turn()
    assert system.asked == []
    assert passes.next_due() is None
    pause.resume(actor="test")
    turn()
    assert row(one).state == "done"


def test_a_pause_stops_it_between_the_look_and_the_call(
    system: System, order: Order, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = system.look

    def and_pause(*told: object) -> Standing:
        pause.pause("test", actor="test")
        return look(*told)  # type: ignore[arg-type]

    monkeypatch.setattr(system, "look", and_pause)
    one = wish(order, Hold())
    turn()
    assert system.asked == []
    assert (row(one).state, row(one).before, row(one).attempts) == ("waiting", None, 0)


def test_a_silent_shop_keeps_no_other_waiting(cast: Cast, system: System) -> None:
    system.looks = ["silent"]
    some = [wish(builders.order(cast.kotori), Hold()) for _ in range(3)]
    turn()
    assert [row(one).attempts for one in some] == [1, 0, 0]
    turn(2, seconds=40)
    assert {row(one).state for one in some} == {"done"}


def test_who_lost_the_lease_writes_nothing(system: System, order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    write = system.write

    def and_lose(*told: object) -> object:
        answer = write(*told)  # type: ignore[arg-type]
        revive()
        return answer

    monkeypatch.setattr(system, "write", and_lose)
    one = wish(order, AddDiscount(500))
    turn()
    assert (row(one).state, row(one).after) == ("waiting", None)
    monkeypatch.undo()
    turn(2, seconds=5)
    assert row(one).state == "done"
    assert system.orders[order.source_id].discounts == 500


def test_what_is_unreadable_is_given_up(system: System, order: Order) -> None:
    one = wish(order, Hold())
    with scope.everyone():
        OrderChange.objects.filter(id=one).update(kind="nobody_knows")
    turn()
    assert (row(one).state, row(one).answer) == ("failed", "unreadable")


def test_claiming_costs_the_same_for_one_and_for_many(cast: Cast) -> None:
    connect(cast.kotori, System(), is_live=False)

    def cost(count: int) -> int:
        for _ in range(count):
            wish(builders.order(cast.kotori), Hold())
        with CaptureQueriesContext(connection) as found:
            turn()
        return len(found)

    assert cost(1) == cost(15)


def test_it_forgets_an_address_once_it_is_over(system: System, order: Order) -> None:
    system.plan = ["fine", "refuse"]
    told = ChangeAddress("山田 花子", "110-0001", "東京都", "台東区", "谷中9-9-9")
    done, refused = wish(order, told), wish(builders.order(order.shop), told)
    money = wish(order, AddDiscount(500, "FORGOT"))
    turn(2)
    assert (row(done).state, row(done).payload) == ("done", {})
    assert (row(refused).state, row(refused).payload) == ("refused", {})
    assert row(money).payload["code"] == "FORGOT"
    with scope.everyone():
        assert "谷中" not in str(list(AuditEntry.objects.values_list("detail", flat=True)))
