"""Conditions: what holds of whom, and that what is not known never counts as a yes."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kaeru.audiences.rules import NotACondition, check, holds, needs, parse, weigh
from tests.unit.audiences.trees import CONDITIONS, FIELDS, JSON, KNOWN, SCALARS

pytestmark = pytest.mark.unit


def ask(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


VALUE = ask("order.value", "at_least", 10000)
FIRST = ask("order.is_first", "is", True)


@pytest.mark.parametrize(
    ("told", "known", "expected"),
    [
        (VALUE, {"order.value": 10000}, True),
        (VALUE, {"order.value": 9999}, False),
        (VALUE, {"order.value": "10000"}, False),
        (VALUE, {"order.value": True}, False),
        (VALUE, {}, False),
        (ask("order.value", "more_than", 10), {"order.value": 10}, False),
        (ask("order.value", "less_than", 10), {"order.value": 9}, True),
        (ask("order.value", "at_most", 10), {"order.value": 10}, True),
        (ask("order.value", "between", [5, 10]), {"order.value": 10}, True),
        (ask("order.value", "between", [5, 10]), {"order.value": 11}, False),
        (ask("order.value", "is", 1), {"order.value": True}, False),
        (ask("order.is_first", "is", True), {"order.is_first": 1}, False),
        (ask("order.is_first", "is", False), {"order.is_first": False}, True),
        (ask("order.sales_channel", "is_not", "rakuten"), {"order.sales_channel": "web"}, True),
        (ask("order.sales_channel", "is_not", "rakuten"), {}, False),
        (ask("order.sales_channel", "none_of", ["rakuten"]), {}, False),
        (ask("order.sales_channel", "one_of", ["web", "app"]), {"order.sales_channel": "app"}, True),
        (ask("customer.tag", "has_any", ["vip"]), {"customer.tag": frozenset({"vip", "new"})}, True),
        (ask("customer.tag", "has_all", ["vip", "old"]), {"customer.tag": frozenset({"vip", "new"})}, False),
        (ask("customer.tag", "has_none", ["vip"]), {"customer.tag": frozenset()}, True),
        (ask("customer.tag", "has_none", ["vip"]), {}, False),
        (ask("moment.time", "between", ["09:00", "18:00"]), {"moment.time": "09:00"}, True),
        (ask("moment.time", "between", ["09:00", "18:00"]), {"moment.time": "18:00"}, False),
        (ask("moment.time", "between", ["22:00", "08:00"]), {"moment.time": "23:59"}, True),
        (ask("moment.time", "between", ["22:00", "08:00"]), {"moment.time": "07:59"}, True),
        (ask("moment.time", "between", ["22:00", "08:00"]), {"moment.time": "08:00"}, False),
        (ask("moment.time", "from", "18:00"), {"moment.time": "18:00"}, True),
        (ask("moment.time", "before", "18:00"), {"moment.time": "18:00"}, False),
        (ask("moment.weekday", "one_of", ["sat", "sun"]), {"moment.weekday": "sat"}, True),
        (ask("customer.cancellations", "at_least", 2, days=30), {"customer.cancellations/30": 2}, True),
        (ask("customer.cancellations", "at_least", 2, days=30), {"customer.cancellations": 2}, False),
        ({"all": [VALUE, FIRST]}, {"order.value": 20000, "order.is_first": True}, True),
        ({"any": [VALUE, FIRST]}, {"order.is_first": True}, True),
        ({"not": VALUE}, {"order.value": 1}, True),
    ],
)
def test_it_answers(told: dict[str, Any], known: dict[str, Any], expected: bool) -> None:
    assert holds(parse(told), known) is expected


@pytest.mark.parametrize("known", [{}, {"customer.tag": None}, {"customer.tag": "vip"}, {"customer.tag": 3}])
def test_it_gives_nothing_to_somebody_unknown(known: dict[str, Any]) -> None:
    """A guest has no tags that we know of: neither "has vip" nor "has not vip" holds."""
    tagged = ask("customer.tag", "has_any", ["vip"])
    assert not holds(parse(tagged), known)
    assert not holds(parse({"not": tagged}), known)
    assert not holds(parse({"not": {"all": [tagged]}}), known)
    assert not holds(parse({"not": {"not": {"not": tagged}}}), known)
    assert weigh(parse({"any": [tagged, {"not": tagged}]}), known) is None


def test_it_decides_where_the_unknown_part_does_not_matter() -> None:
    tagged = ask("customer.tag", "has_any", ["vip"])
    assert holds(parse({"any": [tagged, FIRST]}), {"order.is_first": True})
    assert holds(parse({"not": {"all": [tagged, FIRST]}}), {"order.is_first": False})


def test_it_names_what_it_needs() -> None:
    told = {
        "all": [VALUE, {"not": ask("customer.cancellations", "is", 0, days=30)}, ask("customer.cancellations", "is", 1)]
    }
    assert needs(parse(told)) == {"order.value", "customer.cancellations/30", "customer.cancellations"}


def test_it_is_hashable_and_equal_by_what_it_says() -> None:
    told = {"all": [VALUE, ask("customer.tag", "has_any", ["a", "b"])]}
    assert parse(told) == parse(told) and hash(parse(told)) == hash(parse(told))


@given(JSON, st.dictionaries(st.sampled_from([shape.name for shape in FIELDS]), SCALARS | st.lists(SCALARS)))
def test_it_never_raises_on_whatever_is_written(told: Any, known: dict[str, Any]) -> None:
    problems = check(told, "when", FIELDS)
    assert all(problem.path.startswith("when") and problem.message for problem in problems)
    try:
        condition = parse(told)
    except NotACondition:
        assert problems
        return
    assert holds(condition, known) in (True, False)


@given(CONDITIONS, st.dictionaries(st.sampled_from([shape.name for shape in FIELDS]), JSON))
def test_it_never_raises_on_whatever_is_known(told: Any, known: dict[str, Any]) -> None:
    assume(not check(told, "when", FIELDS))
    assert holds(parse(told), known) in (True, False)


@given(CONDITIONS)
def test_it_comes_back_as_it_was_written(told: Any) -> None:
    problems = check(told, "when", FIELDS)
    assert {problem.code for problem in problems} <= {"too_deep"}
    assume(not problems)
    assert parse(told).to_json() == told
    assert parse(parse(told).to_json()) == parse(told)


@given(CONDITIONS, KNOWN)
def test_it_is_decided_for_somebody_known(told: Any, known: dict[str, Any]) -> None:
    assume(not check(told, "when", FIELDS) and not check({"not": told}, "when", FIELDS))
    assert holds(parse(told), known) is not holds(parse({"not": told}), known)


@given(st.lists(CONDITIONS, min_size=1, max_size=3), KNOWN)
def test_it_keeps_de_morgans_laws(parts: list[Any], known: dict[str, Any]) -> None:
    both = ({"not": {"all": parts}}, {"any": [{"not": part} for part in parts]})
    assume(not any(check(told, "when", FIELDS) for told in both))
    assert holds(parse(both[0]), known) is holds(parse(both[1]), known)
    both = ({"not": {"any": parts}}, {"all": [{"not": part} for part in parts]})
    assert holds(parse(both[0]), known) is holds(parse(both[1]), known)


@given(CONDITIONS, KNOWN, st.data())
def test_it_never_becomes_true_by_knowing_less(told: Any, known: dict[str, Any], data: st.DataObject) -> None:
    """Forgetting values can only take a yes away: what holds of a stranger holds of them when known, too."""
    assume(not check(told, "when", FIELDS))
    kept = data.draw(st.sets(st.sampled_from(sorted(known))))
    if holds(parse(told), {name: known[name] for name in kept}):
        assert holds(parse(told), known)
