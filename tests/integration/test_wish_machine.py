"""A wish to cancel lives through everything at once: repairs, decisions, swaps, shortages, parcels that leave, a shop that fails.

Hypothesis draws the deeds; after each of them what must never happen has not happened. The shop is a stateful fake that tells Kaeru
of itself only when it comes to it, and that may answer nothing, answer late, or refuse.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from kaeru.cancellations import actions as wishes
from kaeru.cancellations import passes, shortages, swaps
from kaeru.cancellations.errors import AlreadyDecided, NotCancellable
from kaeru.cancellations.models import CancellationRequest, Case, Repair, Swap
from kaeru.cancellations.policy import actions as policies
from kaeru.cancellations.repairs import actions as repairs
from kaeru.cancellations.repairs import for_reason, holding
from kaeru.cancellations.repairs.errors import NotRepairable, UnknownRepair
from kaeru.cancellations.seeds import seed_reasons
from kaeru.cancellations.shortages import NoOrders, Plan, Substitute
from kaeru.connectors.base import Standing
from kaeru.connectors.changes import AddDiscount, Cancel, Change, ChangeLines
from kaeru.connectors.gate import passes as gate
from kaeru.connectors.models import OrderChange
from kaeru.core import clock, events, links, scope
from kaeru.core.events import News
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from tests import builders, cast
from tests.fakes.shop_system import System
from tests.integration.gate.stage import connect

ADDRESS = {
    "name": "山田 太郎", "postal_code": "110-0001", "region": "東京都", "city": "台東区谷中", "line1": "1-2-3", "line2": "",
    "phone": "03-1234-5678",
}  # fmt: skip
REASONS = ("change_address", "forgot_coupon", "mistaken_order", "change_payment", "delivery_too_late")
KINDS = ("address", "coupon", "lines", "payment", "sooner", "substitute")
TROUBLE = ("fine", "lost", "silent", "busy", "refuse", "pending", "late")
ASKS = {
    "rules": [
        {"id": "r1", "name": "", "when": {"field": "cancellation.reason", "op": "is", "value": "delivery_too_late"}, "result": "ask", "ground": ""}
    ],
    "otherwise": "accept",
}  # fmt: skip


@dataclass
class Shop(System):
    """As a real shop: a cancelled order gives back what is left, and what must not be is written down."""

    wrongs: list[str] = field(default_factory=list)
    cancelled_by_us: list[str] = field(default_factory=list)

    def _act(self, order: str, change: Change) -> None:
        now = self.orders[order]
        if isinstance(change, Cancel):
            if now.is_shipped:
                self.wrongs.append(f"{order} was cancelled after it had left")
            self.done.append(change.kind)
            self.cancelled_by_us.append(order)
            self.orders[order] = replace(now, is_cancelled=True, refunded=now.paid)
        else:
            super()._act(order, change)
        if isinstance(change, ChangeLines | AddDiscount) and now.is_cancelled:
            self.wrongs.append(f"{order} was changed after it was cancelled")


class Wishes(RuleBasedStateMachine):
    """One shop, one buyer, one order and those that follow it."""

    @initialize(is_live=st.sampled_from([True, True, True, False]), codes=st.tuples(*[st.sampled_from(REASONS)] * 2))
    def open(self, is_live: bool, codes: tuple[str, str]) -> None:
        self.stack = ExitStack()
        self.stack.enter_context(_undone())
        self.cast = cast.gather()
        self.system = Shop()
        connect(self.cast.kotori, self.system, is_live=is_live)
        self.stack.enter_context(scope.organization(self.cast.organization.id))
        seed_reasons(self.cast.kotori)
        policies.save(self.cast.kotori, ASKS, actor="test")
        self.buyer: Customer = builders.customer(self.cast.kotori)
        self.orders: list[Order] = []
        self.meant: set[int] = set()
        """Orders that somebody wanted cancelled for themselves, not because another one stands."""
        for code in codes:
            holding.hold(wishes.choose_reason(self._order("").id, code, actor="customer"), actor="customer")
        self._hear()

    def teardown(self) -> None:
        clock.set_clock(None)
        if hasattr(self, "stack"):
            self.stack.close()

    def stands(self) -> list[Order]:
        """Orders that neither left nor are cancelled, as Kaeru knows them."""
        rows = Order.objects.filter(id__in=[one.id for one in self.orders], cancelled_at=None, shipped_at=None)
        return list(rows.order_by("id"))

    def waits(self, *states: str) -> bool:
        """Whether a wish is in one of these states."""
        return CancellationRequest.objects.filter(state__in=states).exists()

    # what people do

    @precondition(lambda self: self.stands() and not Swap.objects.filter(state__in=["open", "ordered"]).exists())
    @rule(is_ordered=st.booleans())
    def swap(self, is_ordered: bool) -> None:
        """Another way to pay: the new order comes at once, or later by `order_anew`."""
        order = self.stands()[0]
        with _allowed():
            wish = wishes.choose_reason(order.id, "change_payment", actor="customer")
            repairs.ask(wish.id, "payment", {}, actor="customer")
        if is_ordered:
            self.order_anew()

    @precondition(lambda self: self.stands())
    @rule(code=st.sampled_from(REASONS), data=st.data())
    def choose(self, code: str, data: Any) -> None:
        order = data.draw(st.sampled_from(self.stands()))
        with _allowed():
            wish = wishes.choose_reason(order.id, code, actor="customer")
            if wish.state == "considering":
                holding.hold(wish, actor="customer")

    @precondition(lambda self: self.waits("considering", "asked"))
    @rule(data=st.data())
    def repair(self, data: Any) -> None:
        wish = self._wish(data)
        if wish is None:
            return
        known = Repair.objects.filter(request=wish, state="offered").exists()
        fitting = (
            ["substitute"] if known else [kind.name for kind in for_reason(wish.reason.code if wish.reason else "")]
        )
        kind = data.draw(st.sampled_from(fitting or KINDS))
        form = {**ADDRESS, "code": self.coupon, "wish": "other", "take": "other"}
        for line in wish.order.lines.all() if wish.order else ():
            form[f"quantity_{line.id}"] = str(data.draw(st.integers(0, 3)))
        with _allowed():
            repairs.ask(wish.id, kind, form, actor="customer")

    @precondition(lambda self: self.waits("considering"))
    @rule(data=st.data())
    def confirm(self, data: Any) -> None:
        wish = self._wish(data)
        if wish is not None:
            with _allowed():
                if wishes.confirm(wish.id, actor="customer").state == "requested":
                    self.meant.add(wish.order_id or 0)

    @precondition(lambda self: self.waits("considering", "asked"))
    @rule(data=st.data(), verb=st.sampled_from(["approve", "decline", "keep"]))
    def decide(self, data: Any, verb: str) -> None:
        wish = self._wish(data)
        if wish is None:
            return
        with _allowed():
            if verb == "approve":
                if wishes.approve(wish.id, actor="member:1").state == "requested" and wish.state == "asked":
                    self.meant.add(wish.order_id or 0)
            elif verb == "decline":
                wishes.decline(wish.id, ground="made_to_order", actor="member:1")
            else:
                wishes.keep(wish.id, actor="customer")

    @precondition(lambda self: Swap.objects.filter(state__in=["open", "ordered"]).exists())
    @rule(data=st.data())
    def take_back(self, data: Any) -> None:
        wish = self._wish(data)
        if wish is not None:
            swaps.undo(wish.id, actor="customer")

    @precondition(lambda self: Repair.objects.filter(state="offered").exists())
    @rule(data=st.data())
    def refuse_offer(self, data: Any) -> None:
        wish = self._wish(data)
        if wish is not None:
            with _allowed():
                repairs.decline_offer(wish.id, actor="customer")

    @precondition(lambda self: Repair.objects.filter(state="by_hand").exists())
    @rule(is_done=st.booleans())
    def by_hand(self, is_done: bool) -> None:
        found = Repair.objects.filter(state="by_hand").first()
        if found is not None:
            (repairs.done_by_hand if is_done else repairs.refuse_by_hand)(found.id, actor="member:1")

    @precondition(lambda self: len(self.orders) < 6 and Swap.objects.exists())
    @rule()
    def order_anew(self) -> None:
        """By the reference of the newest swap, whatever became of it."""
        swap = Swap.objects.order_by("-opened_at").first()
        if swap is not None:
            self._order(links.token_for("reorder", swap.organization_id, swap.request_id))
            self._hear()

    @precondition(lambda self: Swap.objects.filter(state="ordered", undo_until__isnull=False).exists())
    @rule(words=st.lists(st.sampled_from(TROUBLE), max_size=2))
    def swap_to_the_end(self, words: list[str]) -> None:
        """Nobody takes it back: the old order goes, and the shop's system says so."""
        self.wait(minutes=20)
        self.act(words=words)
        self.tell()
        for swap in Swap.objects.filter(state="done").select_related("request__order", "new_order"):
            assert swap.request.order is not None and swap.new_order is not None
            gone = self.system.orders[swap.request.order.source_id].is_cancelled
            assert gone, "a swap is over, and the old order still stands"

    # what the shop does

    @rule(data=st.data())
    def ship(self, data: Any) -> None:
        order = self.orders[data.draw(st.integers(0, 9)) % len(self.orders)]
        now = self.system.orders[order.source_id]
        if data.draw(st.booleans()) and not (now.is_cancelled or now.is_held):
            self.system.orders[order.source_id] = replace(now, is_shipped=True)

    @rule(data=st.data())
    def cancel_in_the_shop(self, data: Any) -> None:
        order = data.draw(st.sampled_from(self.orders))
        now = self.system.orders[order.source_id]
        if data.draw(st.booleans()) and not (now.is_shipped or now.is_cancelled):
            self.system.orders[order.source_id] = replace(now, is_cancelled=True, refunded=now.paid)
            self.meant.add(order.id)
            self.tell()

    @rule()
    def tell(self) -> None:
        """The shop's system tells how its orders stand."""
        for order in Order.objects.filter(id__in=[one.id for one in self.orders]):
            now = self.system.orders[order.source_id]
            if now.is_cancelled and order.cancelled_at is None:
                Order.objects.filter(id=order.id).update(cancelled_at=clock.now())
                events.emit([News("order.cancelled", order.organization_id, order.id)])
            if now.is_shipped and order.shipped_at is None:
                Order.objects.filter(id=order.id).update(shipped_at=clock.now())
                events.emit([News("order.shipped", order.organization_id, order.id)])
        self._hear()

    @precondition(lambda self: self.stands())
    @rule()
    def run_short(self) -> None:
        plan = Plan(
            "sku-0", "out_of_stock", clock.now() + timedelta(hours=2), (Substitute("ほかの品", 1500, "other", "o"),)
        )
        with _allowed():
            shortages.start(self.cast.kotori, plan, actor="member:1")

    @rule(words=st.lists(st.sampled_from(TROUBLE), max_size=3))
    def act(self, words: list[str]) -> None:
        """The gate carries out what is due; what the shop's system answers is told beforehand."""
        self.system.plan = list(words)
        with _outside():
            gate.carry_out(50)
        self.system.plan = []
        self._hear()

    @rule(minutes=st.sampled_from([1, 20, 70, 200]))
    def wait(self, minutes: int) -> None:
        clock.skip_to(clock.now() + timedelta(minutes=minutes))
        with _outside():
            for one in passes.PASSES:
                one.run(50)
        self._hear()

    # what must never be

    @invariant()
    def nothing_is_open_twice(self) -> None:
        open_wishes = CancellationRequest.objects.filter(state__in=["considering", "asked", "requested"])
        assert not open_wishes.values("order_id").annotate(n=Count("id")).filter(n__gt=1).exists()
        open_repairs = Repair.objects.filter(state__in=["offered", "asked", "by_hand"])
        assert not open_repairs.values("request_id").annotate(n=Count("id")).filter(n__gt=1).exists()
        cases = Case.objects.filter(state="open", kind="decide")
        assert not cases.values("request_id").annotate(n=Count("id")).filter(n__gt=1).exists()

    @invariant()
    def nothing_wrong_was_done_in_the_shop(self) -> None:
        assert self.system.wrongs == []
        for order in self.orders:
            now = self.system.orders[order.source_id]
            assert now.refunded <= now.paid, "more money went back than came in"

    @invariant()
    def an_old_order_goes_only_while_its_new_one_stands(self) -> None:
        """As far as Kaeru has been told."""
        for change in OrderChange.objects.filter(kind="cancel", state__in=["waiting", "sending", "pending"]):
            swap = (
                Swap.objects.filter(request__order_id=change.order_id or 0, state="ordered")
                .select_related("new_order")
                .first()
            )
            if swap is not None and change.order_id not in self.meant:
                assert swap.new_order is not None
                assert swap.new_order.cancelled_at is None
        for swap in Swap.objects.filter(state__in=["open", "ordered"], undo_until__isnull=False).select_related(
            "request"
        ):
            if swap.request.order_id not in self.meant:
                source = Order.objects.values_list("source_id", flat=True).get(id=swap.request.order_id or 0)
                assert not self.system.orders[source].is_cancelled, (
                    "the old order went before the time to undo was over"
                )

    @invariant()
    def the_shops_fault_is_never_the_buyers(self) -> None:
        assert not CancellationRequest.objects.filter(shortage__isnull=False).exclude(side="shop").exists()
        for change in OrderChange.objects.filter(kind="cancel", source="request"):
            wish = CancellationRequest.objects.get(id=change.source_id)
            assert change.payload["reason"], "malls read an empty reason as the shop's fault"
            if wish.shortage_id is not None:
                assert change.payload["side"] == "shop"

    # how it is done

    def _order(self, ref: str) -> Order:
        made = builders.order(self.cast.kotori, self.buyer, reorder_ref=ref, placed_at=clock.now())
        self.system.orders[made.source_id] = Standing(total=made.total, paid=made.total)
        self.coupon = builders.coupon(self.cast.kotori, self.buyer).code
        self.orders.append(made)
        events.emit([News("order.placed", made.organization_id, made.id)])
        return made

    def _wish(self, data: Any) -> CancellationRequest | None:
        """Any wish, open ones rather than those that are decided."""
        rows = list(CancellationRequest.objects.select_related("reason", "order").order_by("-id"))
        open_ones = [row for row in rows if row.state in ("considering", "asked")]
        found = open_ones if open_ones and data.draw(st.integers(0, 9)) else rows
        return data.draw(st.sampled_from(found)) if found else None

    def _hear(self) -> None:
        with _outside():
            while events.deliver(100):
                pass


@contextmanager
def _undone() -> Iterator[None]:
    """Whatever an example writes is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@contextmanager
def _allowed() -> Iterator[None]:
    """A deed that does not fit any more is refused, and nothing of it is written."""
    try:
        with transaction.atomic():
            yield
    except (NotCancellable, NotRepairable, UnknownRepair, AlreadyDecided, NoOrders):
        pass


@contextmanager
def _outside() -> Iterator[None]:
    """As a pass: of all organizations."""
    with scope.everyone():
        yield


@pytest.mark.usefixtures("db")
def test_it_never_loses_an_order_nor_decides_twice() -> None:
    """Whatever is done, in whatever order."""
    run_state_machine_as_test(
        Wishes,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
