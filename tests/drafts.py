"""Random scenarios for property tests: documents of steps as shop owners might write them, with ids that stay."""

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


def branch(at_least: int, then: list[Step], other: list[Step]) -> Step:
    """By the order's value."""
    return {
        "kind": "branch", "if": {"field": "order.value", "op": "at_least", "value": at_least}, "then": then, "else": other,
    }  # fmt: skip


WAITS = st.one_of(
    st.builds(wait, hours=st.integers(1, 30)),
    st.builds(wait, days=st.integers(1, 3)),
    st.just({"kind": "wait", "mode": "clock", "at": "09:30", "weekdays": []}),
    st.just({"kind": "wait", "mode": "open"}),
)
GIFTS = st.tuples(st.integers(100, 900), st.integers(300, 3000)).map(
    lambda told: [wait(minutes=5), coupon(told[0], told[1]), message("advertisement", coupon=True)]
)


def _ways(inner: st.SearchStrategy[list[Step]]) -> st.SearchStrategy[list[Step]]:
    return st.one_of(
        st.tuples(st.integers(1000, 9000), inner, inner).map(lambda told: [branch(*told)]),
        st.tuples(inner, inner).map(
            lambda told: [
                {
                    "kind": "split",
                    "weight_a": 50,
                    "weight_b": 50,
                    "weight_c": 0,
                    "weight_d": 0,
                    "a": told[0],
                    "b": told[1],
                }
            ]
        ),
        st.tuples(inner, inner).map(lambda told: [call(*told)]),
        st.tuples(inner, inner).map(
            lambda told: [{"kind": "await", "event": "order.shipped", "days": 1, "then": told[0], "else": told[1]}]
        ),
    )


def _lists(part: st.SearchStrategy[list[Step]], most: int) -> st.SearchStrategy[list[Step]]:
    return st.lists(part, max_size=most).map(lambda parts: [step for some in parts for step in some])


SIMPLE = st.one_of(
    st.sampled_from("abc").map(lambda word: [message(word=word)]),
    st.sampled_from("abc").map(lambda word: [message("advertisement", word=word)]),
    WAITS.map(lambda step: [step]),
    GIFTS,
    st.sampled_from(["VIP", "窓口"]).map(lambda tag: [{"kind": "tag", "tag": tag}]),
    st.just([{"kind": "notify", "note": {"ja": "ご確認ください。", "en": "Please look."}}]),
)
STEPS = _lists(st.recursive(SIMPLE, lambda inner: _ways(_lists(inner, 2)), max_leaves=6), 5)
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
