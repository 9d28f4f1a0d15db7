"""The worker dies at each boundary of a change, or the shop's system misbehaves in any order: nothing is lost, nothing is doubled.

The system is the worst case: it knows no keys and would do everything twice.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kaeru.connectors.changes import KINDS, AddDiscount, Cancel, Change, ChangeAddress, ChangeLines, GiveBack, Hold
from kaeru.connectors.gate import claims
from kaeru.connectors.models import ChangeState, Connection, OrderChange
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from tests import builders
from tests.cast import Cast
from tests.fakes.shop_system import Death, System
from tests.integration.gate.stage import connect, later, revive, row, turn, wish

CHANGES: list[Change] = [
    Hold(),
    ChangeAddress(postal_code="110-0001"),
    AddDiscount(500),
    ChangeLines({"l": 3}, given_back=100),
    GiveBack(500),
    Cancel("changed_mind", "customer", total=3960),
]


def _die(monkeypatch: pytest.MonkeyPatch, name: str, *, after: bool) -> None:
    """This step of the gate is the worker's last, once."""
    real: Callable[..., Any] = getattr(claims, name)
    seen: list[str] = []

    def step(*told: Any) -> Any:
        if seen:
            return real(*told)
        seen.append(name)
        if after:
            real(*told)
        raise Death

    monkeypatch.setattr(claims, name, step)


def _kill_in_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker dies within the last transaction, after its writes."""
    _die(monkeypatch, "tell", after=True)


DEATHS: dict[str, Callable[[pytest.MonkeyPatch, System], None]] = {
    "claimed, nothing done": lambda patch, system: _die(patch, "claim", after=True),
    "in the first look": lambda patch, system: system.looks.append("die"),
    "before it was written down": lambda patch, system: _die(patch, "begin", after=False),
    "written down, not called": lambda patch, system: _die(patch, "begin", after=True),
    "the call did not arrive": lambda patch, system: system.plan.append("die_before"),
    "the call arrived": lambda patch, system: system.plan.append("die_after"),
    "in the look after it": lambda patch, system: system.looks.extend(["fine", "die"]),
    "before it was noted": lambda patch, system: _die(patch, "settle", after=False),
    "while it was noted": lambda patch, system: _kill_in_settle(patch),
    "after it was noted": lambda patch, system: _die(patch, "settle", after=True),
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: str(change.kind))
@pytest.mark.parametrize("death", DEATHS)
def test_it_is_done_once_wherever_the_worker_dies(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, death: str, change: Change
) -> None:
    system, order = System(), builders.order(cast.kotori)
    connect(cast.kotori, system)
    one = wish(order, change)
    DEATHS[death](monkeypatch, system)
    with pytest.raises(Death):
        turn()
    for _ in range(3):
        revive()
        later(minutes=2)
        turn()
    assert row(one).state == ChangeState.DONE
    assert system.done == [change.kind]
    with scope.everyone():
        assert AuditEntry.objects.filter(subject_id=one, verb="change.done").count() == 1


def test_it_looks_again_when_the_looker_of_a_pending_change_dies(cast: Cast) -> None:
    system, order = System(plan=["late"], looks=["fine", "fine", "die"]), builders.order(cast.kotori)
    connect(cast.kotori, system)
    one = wish(order, Cancel("changed_mind", "customer", total=3960))
    turn()
    later(seconds=5)
    with pytest.raises(Death):
        turn()
    for _ in range(3):
        revive()
        later(minutes=2)
        turn()
    assert row(one).state == ChangeState.DONE
    assert system.asked == [("cancel", row(one).key)]


WORDS = st.sampled_from(["fine", "fine", "lost", "silent", "busy", "refuse", "late", "die_before", "die_after"])
LOOKS = st.sampled_from(["fine", "fine", "fine", "silent", "busy", "die"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(some=[Hold(), Hold(), CHANGES[-1]], plan=["fine", "late"], looks=["fine"] * 4 + ["die"])
@given(
    some=st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4),
    plan=st.lists(WORDS, max_size=10),
    looks=st.lists(LOOKS, max_size=14),
)
def test_nothing_is_lost_or_doubled_whatever_the_system_does(
    cast: Cast, some: list[Change], plan: list[str], looks: list[str]
) -> None:
    clock.set_clock(None)
    with scope.everyone():
        OrderChange.objects.all().delete()
        Connection.objects.filter(shop=cast.kotori).delete()
    system, order = System(plan=list(plan), looks=list(looks)), builders.order(cast.kotori)
    connect(cast.kotori, system)
    ids = [wish(order, change, source_id=number) for number, change in enumerate(some)]
    for _ in range(40):
        try:
            turn()
        except Death:
            revive()
        later(minutes=6)
    system.plan, system.looks = [], []
    for _ in range(60):
        revive()
        turn()
        later(minutes=30)
    rows = [row(one) for one in ids]
    assert {one.state for one in rows} <= {"done", "refused", "failed"}, "nothing is left behind"
    asked = Counter(one.kind for one in rows)
    acted = Counter(system.done)
    doubled = {KINDS[kind] for kind in acted - asked}
    assert not doubled or "late" in plan, "nothing is done more often than it was asked for"
    # Who acts minutes after a lost answer, and knows no keys, may do again what can be done again: hold twice. Never what cannot be undone.
    assert not any(kind.is_irreversible for kind in doubled)
    proven = Counter(one.kind for one in rows if one.state == "done" and one.answer != "stood_already")
    assert proven <= acted, "what is called done was done"
    now = system.orders[order.source_id]
    assert now.refunded <= now.paid
    if now.is_cancelled:
        after = system.done[system.done.index("cancel") + 1 :]
        assert not after, "nothing is done to an order that is cancelled"
