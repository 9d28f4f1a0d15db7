"""Checks of conditions: each slip is told at its place, with what to do."""

from typing import Any

import pytest
from django.utils import translation

from kaeru.audiences.checks import MOST_DEPTH, MOST_LISTED, MOST_TESTS
from kaeru.audiences.rules import check
from tests.unit.audiences.trees import FIELDS

pytestmark = pytest.mark.unit


def ask(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


FIRST = ask("order.is_first", "is", True)


def nested(levels: int) -> dict[str, Any]:
    told: dict[str, Any] = FIRST
    for _ in range(levels):
        told = {"all": [told]}
    return told


@pytest.mark.parametrize(
    ("told", "path", "code"),
    [
        (None, "", "not_a_condition"),
        ([], "", "not_a_condition"),
        ("order.value > 3", "", "not_a_condition"),
        ({}, ".field", "unknown_field"),
        (ask("order.colour", "is", "red"), ".field", "unknown_field"),
        (ask(["order.value"], "is", "red"), ".field", "unknown_field"),  # type: ignore[arg-type]
        (ask("order.value", "one_of", ["a"]), ".op", "unknown_operator"),
        (ask("order.value", None, 3), ".op", "unknown_operator"),  # type: ignore[arg-type]
        (ask("order.value", "at_least", "10000"), ".value", "not_a_number"),
        (ask("order.value", "at_least", 10.5), ".value", "not_a_number"),
        (ask("order.value", "at_least", True), ".value", "not_a_number"),
        (ask("order.value", "at_least", -1), ".value", "not_a_number"),
        (ask("order.value", "at_least", float("nan")), ".value", "not_a_number"),
        (ask("order.value", "between", [10]), ".value", "bad_range"),
        (ask("order.value", "between", [10, 5]), ".value", "bad_range"),
        (ask("order.value", "between", 10), ".value", "bad_range"),
        ({"field": "order.value", "op": "at_least"}, ".value", "not_a_number"),
        (ask("order.is_first", "is", "yes"), ".value", "not_yes_or_no"),
        (ask("order.is_first", "is", 1), ".value", "not_yes_or_no"),
        (ask("moment.time", "from", 1320), ".value", "not_a_time"),
        (ask("moment.time", "from", "24:00"), ".value", "not_a_time"),
        (ask("moment.time", "between", ["9:00", "18:00"]), ".value", "not_a_time"),
        (ask("moment.time", "between", ["09:00", "09:00"]), ".value", "bad_range"),
        (ask("moment.weekday", "one_of", ["monday"]), ".value", "unknown_choice"),
        (ask("moment.weekday", "one_of", [0]), ".value", "not_a_text"),
        (ask("customer.tag", "has_any", "vip"), ".value", "not_a_list"),
        (ask("customer.tag", "has_any", []), ".value", "empty_list"),
        (ask("customer.tag", "has_any", ["a"] * (MOST_LISTED + 1)), ".value", "list_too_long"),
        (ask("customer.tag", "has_any", ["a" * 101]), ".value", "text_too_long"),
        (ask("customer.tag", "has_any", ["a\0"]), ".value", "not_a_text"),
        (ask("customer.tag", "has_any", [" "]), ".value", "not_a_text"),
        (ask("order.sales_channel", "is", 3), ".value", "not_a_text"),
        (ask("customer.cancellations", "is", 3, days=0), ".days", "bad_days"),
        (ask("customer.cancellations", "is", 3, days="30"), ".days", "bad_days"),
        (ask("customer.cancellations", "is", 3, days=True), ".days", "bad_days"),
        (ask("order.value", "is", 3, days=30), ".days", "bad_days"),
        (ask("order.value", "is", 3, dayz=30), "", "unknown_key"),
        ({"all": [FIRST], "any": [FIRST]}, "", "unknown_key"),
        ({"not": FIRST, "field": "order.value"}, "", "unknown_key"),
        ({1: FIRST}, "", "unknown_key"),
        ({"all": []}, ".all", "empty_group"),
        ({"any": {"field": "order.value"}}, ".any", "not_a_list"),
        ({"not": None}, ".not", "not_a_condition"),
        ({"all": [FIRST, {"not": {"any": [{}]}}]}, ".all.1.not.any.0.field", "unknown_field"),
        ({"all": [FIRST] * (MOST_TESTS + 1)}, "", "too_many"),
        ({"all": [{"any": [FIRST] * 30}, {"any": [FIRST] * 30}]}, "", "too_many"),
        (nested(MOST_DEPTH + 1), ".all.0" * (MOST_DEPTH + 1), "too_deep"),
        (nested(900), ".all.0" * (MOST_DEPTH + 1), "too_deep"),
    ],
)
def test_it_tells_each_slip_at_its_place(told: Any, path: str, code: str) -> None:
    assert [(problem.path, problem.code) for problem in check(told, "when", FIELDS)] == [(f"when{path}", code)]


def test_it_takes_what_is_just_within_the_limits() -> None:
    assert check(nested(MOST_DEPTH), "when", FIELDS) == []
    assert check({"all": [FIRST] * MOST_TESTS}, "when", FIELDS) == []
    assert check(ask("customer.tag", "has_any", ["a" * 100] * MOST_LISTED), "when", FIELDS) == []


def test_it_tells_every_slip_at_once() -> None:
    told = {"all": [ask("order.value", "at_least", "many"), ask("customer.cancellations", "is", "few", days=-1)]}
    assert [problem.path for problem in check(told, "w", FIELDS)] == ["w.all.0.value", "w.all.1.value", "w.all.1.days"]


def test_it_knows_what_a_field_can_be_when_told() -> None:
    told = ask("order.sales_channel", "one_of", ["web", "wbe"])
    assert check(told, "when", FIELDS) == []
    (problem,) = check(told, "when", FIELDS, {"order.sales_channel": {"web"}})
    assert problem.code == "unknown_choice" and "wbe" in problem.message


@pytest.mark.parametrize(("language", "word"), [("ja", "整数"), ("en", "whole number")])
def test_it_speaks_the_readers_language(language: str, word: str) -> None:
    with translation.override(language):
        (problem,) = check(ask("order.value", "at_least", "many"), "when", FIELDS)
    assert word in problem.message
