"""A prepared condition answers as the plain one does, of everybody and of nobody."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kaeru.audiences.operators import OPERATORS
from kaeru.audiences.prepared import prepare
from kaeru.audiences.rules import All, Condition, Not, Test, weigh
from kaeru.audiences.rules import Any as AnyOf

WORDS = st.sampled_from(["card", "bank", "sale", "08:30", "19:00", "mon"])
SIMPLE = st.one_of(st.integers(-3, 3), st.booleans(), WORDS)
WANTED = st.one_of(SIMPLE, st.lists(WORDS, max_size=3).map(tuple), st.tuples(st.integers(-3, 3), st.integers(-3, 3)))
KNOWN = st.one_of(
    st.none(), SIMPLE, st.frozensets(WORDS, max_size=3), st.sets(WORDS, max_size=2), st.lists(WORDS, max_size=2),
    st.lists(st.integers(0, 2), max_size=2), st.floats(allow_nan=False),
)  # fmt: skip
OPS = sorted({op for ops in OPERATORS.values() for op in ops} | {"perhaps"})
TESTS = st.builds(Test, st.sampled_from(["a.b", "a.c"]), st.sampled_from(OPS), WANTED, st.sampled_from([None, 30]))
CONDITIONS: st.SearchStrategy[Condition] = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: All(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)
VALUES = st.dictionaries(st.sampled_from(["a.b", "a.c", "a.b/30", "a.c/30"]), KNOWN, max_size=4)


@given(CONDITIONS, VALUES)
def test_it_answers_as_the_plain_condition_does(condition: Condition, values: dict[str, Any]) -> None:
    assert prepare(condition)(values) is weigh(condition, values)


@given(CONDITIONS)
def test_it_answers_about_nobody_as_the_plain_condition_does(condition: Condition) -> None:
    assert prepare(condition)({}) is weigh(condition, {})
