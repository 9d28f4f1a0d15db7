"""Flows for tests: steps to write by hand, and random ones: of every kind in any order, ready to be published, or two of a family."""

from typing import Any

from hypothesis import strategies as st

from kaeru.scenarios.flow import flow_of

Step = dict[str, Any]
IDS = st.integers(0, 15).map(lambda number: f"s{number}")


def _texts(word: str, *, coupon: bool = False) -> dict[str, Any]:
    mention = "\n{{ coupon.code }} {{ coupon.value }} {{ coupon.expires_on }}" if coupon else ""
    return {
        "ja": {"subject": f"件名 {word}", "body": f"{{{{ customer.name }}}} 様\n{word}{mention}\n"},
        "en": {"subject": f"Subject {word}", "body": f"Dear {{{{ customer.name }}}}\n{word}{mention}\n"},
    }


def message(purpose: str = "notice", *, coupon: bool = False, word: str = "x") -> Step:
    """A message that may be sent as it stands."""
    return {"kind": "message", "purpose": purpose, "channels": ["mail"], "texts": _texts(word, coupon=coupon)}


def wait(**span: Any) -> Step:
    """A wait, a day unless told otherwise."""
    return {"kind": "wait", **(span or {"days": 1})}


def coupon(value: int = 500, budget: int = 30_000, days: int = 14) -> Step:
    """An amount off."""
    return {"kind": "coupon", "coupon": "amount", "value": value, "days": days, "minimum": 0, "budget": budget}


def call(reached: list[Step] | None = None, unreached: list[Step] | None = None) -> Step:
    """A call within two opening hours."""
    return {
        "kind": "call", "script": {"ja": "お電話しました。", "en": "Hello."}, "hours": 2, "tries": 2,
        "reached": reached or [], "unreached": unreached or [],
    }  # fmt: skip


def ask(condition: Any, then: list[Step], other: list[Step]) -> Step:
    """A branch."""
    return {"kind": "branch", "if": condition, "then": then, "else": other}


def branch(at_least: int, then: list[Step], other: list[Step]) -> Step:
    """By the order's value."""
    return ask({"field": "order.value", "op": "at_least", "value": at_least}, then, other)


def split(a: list[Step], b: list[Step], share: int = 50) -> Step:
    """Two ways, the first for `share` per cent."""
    weights = {"weight_a": share, "weight_b": 100 - share, "weight_c": 0, "weight_d": 0}
    return {"kind": "split", **weights, "a": a, "b": b}


def news(event: str, then: list[Step], other: list[Step], days: int = 1) -> Step:
    """A wait for an event."""
    return {"kind": "await", "event": event, "days": days, "then": then, "else": other}


TAG = {"kind": "tag", "tag": "VIP"}
NOTIFY = {"kind": "notify", "note": {"ja": "ご確認ください。", "en": "Please look."}}
WAITS = st.one_of(
    st.builds(wait, hours=st.integers(1, 30)),
    st.builds(wait, days=st.integers(1, 3)),
    st.just({"kind": "wait", "mode": "clock", "at": "09:30", "weekdays": []}),
    st.just({"kind": "wait", "mode": "open"}),
)
VALUES = st.builds(lambda value: {"field": "order.value", "op": "at_least", "value": value}, st.integers(1, 20_000))
CONDITIONS = VALUES | st.builds(lambda told: {"field": "order.is_first", "op": "is", "value": told}, st.booleans())


def ways(
    inner: st.SearchStrategy[list[Step]], conditions: st.SearchStrategy[Any] = VALUES, event: str = "order.shipped"
) -> st.SearchStrategy[Step]:
    """Steps with ways inside them."""
    return st.one_of(
        st.builds(ask, conditions, inner, inner),
        st.builds(split, inner, inner, st.integers(1, 99)),
        st.builds(call, inner, inner),
        st.builds(news, st.just(event), inner, inner),
    )


LEAVES = st.one_of(
    WAITS,
    st.builds(wait, hours=st.integers(0, 48), days=st.just(0)),
    st.builds(wait, months=st.integers(1, 3), days=st.integers(0, 30)),
    st.builds(message, st.sampled_from(["notice", "advertisement"])),
    st.builds(coupon, st.integers(1, 9999), st.integers(10_000, 50_000)),
    st.sampled_from([{"kind": "exit"}, TAG, {"kind": "webhook", "event": "came.far"}, NOTIFY]),
)


def trees(depth: int = 2) -> st.SearchStrategy[list[Step]]:
    """Lists of steps of every kind, in any order, ways inside them `depth` deep."""
    if depth == 0:
        return st.lists(LEAVES, max_size=4)
    inner = ways(trees(depth - 1), CONDITIONS, "coupon.redeemed")
    return st.lists(st.one_of(LEAVES, LEAVES, inner), max_size=4)


GIFTS = st.tuples(st.integers(100, 900), st.integers(300, 3000)).map(
    lambda told: [wait(minutes=5), coupon(told[0], told[1]), message("advertisement", coupon=True)]
)


def _lists(part: st.SearchStrategy[list[Step]], most: int) -> st.SearchStrategy[list[Step]]:
    return st.lists(part, max_size=most).map(lambda parts: [step for some in parts for step in some])


SIMPLE = st.one_of(
    st.sampled_from("abc").map(lambda word: [message(word=word)]),
    st.sampled_from("abc").map(lambda word: [message("advertisement", word=word)]),
    WAITS.map(lambda step: [step]),
    GIFTS,
    st.sampled_from(["VIP", "窓口"]).map(lambda tag: [{**TAG, "tag": tag}]),
    st.just([NOTIFY]),
)
STEPS = _lists(st.recursive(SIMPLE, lambda inner: ways(_lists(inner, 2)).map(lambda step: [step]), max_leaves=6), 5)
FLOWS = st.builds(lambda steps: flow_of([message(), *steps]), STEPS)
"""Scenarios that may be published as they stand."""


def _with_ids(draw: st.DrawFn, steps: list[Step], free: list[str]) -> list[Step]:
    made = []
    for step in steps:
        key = free.pop(draw(st.integers(0, len(free) - 1)))
        inner = {
            name: _with_ids(draw, value, free)
            for name, value in step.items()
            if name in ARMS and isinstance(value, list)
        }
        made.append({**step, "id": f"{step['kind'][:2]}{key}", **inner})
    return made


ARMS = ("then", "else", "a", "b", "c", "d", "reached", "unreached")


@st.composite
def flows_of_a_family(draw: st.DrawFn) -> dict[str, Any]:
    """Two of these share many step ids: a scenario and what an owner made of it later."""
    steps = draw(STEPS)
    return flow_of(_with_ids(draw, steps, [str(number) for number in range(60)][: max(12, 2 * _count(steps))]))


def _count(steps: list[Step]) -> int:
    return sum(
        1 + sum(_count(value) for name, value in step.items() if name in ARMS and isinstance(value, list))
        for step in steps
    )
