"""Trees for property tests: any JSON at all, and conditions that the checks accept."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from kaeru.audiences.operators import LISTS, OPERATORS, WEEKDAYS


@dataclass(frozen=True)
class Shape:
    """What a check must know of a field."""

    name: str
    type: str
    has_days: bool = False


FIELDS = (
    Shape("order.value", "money"),
    Shape("order.items", "number"),
    Shape("order.sales_channel", "choice"),
    Shape("customer.tag", "tags"),
    Shape("order.is_first", "yes"),
    Shape("moment.time", "time"),
    Shape("moment.weekday", "weekday"),
    Shape("customer.cancellations", "count", has_days=True),
)

SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-3, 30)
    | st.floats()
    | st.sampled_from(["", "a", "vip", "08:30", "mon", "30"])
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["all", "any", "not", "field", "op", "value", "days", "else"]) | st.text(max_size=3),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
"""Anything a file or a request may hold where a condition should be."""

TEXTS = st.sampled_from(["a", "b", "vip", "new"])
TIMES = st.times().map(lambda at: f"{at.hour:02d}:{at.minute:02d}")
NUMBERS = st.integers(0, 6)


def _operand(shape: Shape, op: str) -> st.SearchStrategy[Any]:
    match shape.type:
        case "yes":
            return st.booleans()
        case "time":
            return st.lists(TIMES, min_size=2, max_size=2, unique=True) if op == "between" else TIMES
        case "money" | "number" | "count":
            return st.lists(NUMBERS, min_size=2, max_size=2).map(sorted) if op == "between" else NUMBERS
        case _:
            texts = st.sampled_from(WEEKDAYS) if shape.type == "weekday" else TEXTS
            return st.lists(texts, min_size=1, max_size=3) if op in LISTS else texts


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    """One question that the checks accept."""
    shape = draw(st.sampled_from(FIELDS))
    op = draw(st.sampled_from(OPERATORS[shape.type]))
    told = {"field": shape.name, "op": op, "value": draw(_operand(shape, op))}
    days = draw(st.none() | st.integers(1, 3)) if shape.has_days else None
    return told if days is None else {**told, "days": days}


def _groups(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    parts = st.lists(inner, min_size=1, max_size=3)
    return (
        parts.map(lambda told: {"all": told})
        | parts.map(lambda told: {"any": told})
        | inner.map(lambda told: {"not": told})
    )


CONDITIONS = st.recursive(questions(), _groups, max_leaves=6)
"""Conditions in their JSON; some are nested too deep."""

KNOWN = st.fixed_dictionaries(
    {
        "order.value": NUMBERS,
        "order.items": NUMBERS,
        "order.sales_channel": TEXTS,
        "customer.tag": st.frozensets(TEXTS),
        "order.is_first": st.booleans(),
        "moment.time": TIMES,
        "moment.weekday": st.sampled_from(WEEKDAYS),
        "customer.cancellations": NUMBERS,
        "customer.cancellations/1": NUMBERS,
        "customer.cancellations/2": NUMBERS,
        "customer.cancellations/3": NUMBERS,
    }
)
"""Somebody of whom everything is known."""
