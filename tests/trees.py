"""Flows for tests: sound ones drawn from every step kind, and facts about whoever goes through them."""

from datetime import UTC, datetime, time
from typing import Any

from hypothesis import strategies as st

from kaeru.core.calendar import Calendar
from kaeru.scenarios.program import Facts

Steps = list[dict[str, Any]]
NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
"""Tuesday, 10:00 in Tokyo."""
TOKYO = Calendar("Asia/Tokyo", (*[(time(10), time(18))] * 5, None, None), frozenset(), keeps_holidays=True)
TEXTS = {"ja": {"subject": "件名", "body": "本文"}}

waits = st.one_of(
    st.builds(lambda hours: {"kind": "wait", "hours": hours, "days": 0}, st.integers(0, 48)),
    st.builds(lambda days: {"kind": "wait", "days": days}, st.integers(1, 30)),
    st.builds(lambda months: {"kind": "wait", "months": months, "days": 0}, st.integers(1, 3)),
    st.builds(
        lambda hour: {"kind": "wait", "mode": "clock", "at": f"{hour:02}:30", "weekdays": []}, st.integers(0, 23)
    ),
    st.just({"kind": "wait", "mode": "open"}),
)
messages = st.sampled_from(["notice", "advertisement"]).map(
    lambda purpose: {"kind": "message", "purpose": purpose, "channels": ["mail"], "texts": TEXTS}
)
coupons = st.builds(
    lambda value, budget: {
        "kind": "coupon", "coupon": "amount", "value": value, "days": 14, "minimum": 0, "budget": budget
    },
    st.integers(1, 9999), st.integers(10_000, 50_000),
)  # fmt: skip
leaves = st.one_of(
    waits,
    messages,
    coupons,
    st.just({"kind": "exit"}),
    st.just({"kind": "tag", "tag": "VIP"}),
    st.just({"kind": "webhook", "event": "came.far"}),
    st.just({"kind": "notify", "note": {"ja": "ご確認ください。", "en": ""}}),
)
conditions = st.one_of(
    st.builds(lambda value: {"field": "order.value", "op": "at_least", "value": value}, st.integers(1, 20_000)),
    st.booleans().map(lambda value: {"field": "order.is_first", "op": "is", "value": value}),
)


def _ways(inner: st.SearchStrategy[Steps]) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.builds(lambda c, t, e: {"kind": "branch", "if": c, "then": t, "else": e}, conditions, inner, inner),
        st.builds(
            lambda share, a, b: {"kind": "split", "weight_a": share, "weight_b": 100 - share, "a": a, "b": b},
            st.integers(1, 99), inner, inner,
        ),
        st.builds(
            lambda t, e: {"kind": "await", "event": "coupon.redeemed", "days": 3, "then": t, "else": e}, inner, inner
        ),
        st.builds(
            lambda r, u: {
                "kind": "call", "script": {"ja": "ご用件", "en": ""}, "hours": 4, "tries": 2, "reached": r, "unreached": u
            },
            inner, inner,
        ),
    )  # fmt: skip


def trees(depth: int = 2) -> st.SearchStrategy[Steps]:
    """Lists of steps, ways inside them `depth` deep."""
    if depth == 0:
        return st.lists(leaves, max_size=4)
    return st.lists(st.one_of(leaves, leaves, _ways(trees(depth - 1))), max_size=4)


facts = st.builds(
    Facts,
    now=st.just(NOW),
    calendar=st.just(TOKYO),
    values=st.builds(
        lambda value, first: (("order.is_first", first), ("order.value", value)), st.integers(0, 20_000), st.booleans()
    ),
    ways=st.just(frozenset({"mail"})),
    ad_ways=st.sampled_from([frozenset(), frozenset({"mail"})]),
    seed=st.integers(1, 2**62),
    can_call=st.booleans(),
    refused=st.sampled_from(["", "budget_spent"]),
)
