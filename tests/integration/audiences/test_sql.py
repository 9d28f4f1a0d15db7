"""Customers found by SQL are those found by asking each of them in Python, on both databases."""

import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kaeru.audiences import registry, sql
from kaeru.audiences.operators import OPERATORS, WEEKDAYS
from kaeru.audiences.rules import Condition, Subject, check, holds, needs, parse
from kaeru.cancellations.models import RequestState
from kaeru.core import clock, scope
from kaeru.customers import actions
from kaeru.customers.actions import Tagging
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
TAGS = ("vip", "new", "卸", "100%", "a'b")


@pytest.fixture
def people(cast: Cast) -> Shop:
    """Nine customers of Kotori with all sorts of pasts, and one of the shop next door who looks like them."""
    clock.set_clock(clock.Clock(real=time.time(), shown=NOW, speed=1e-9))
    for number in range(9):
        buyer = builders.customer(
            cast.kotori, email=f"c{number}@example.com", consents=number % 3 == 0, language=("ja", "en", "")[number % 3]
        )
        tag(buyer, *[name for place, name in enumerate(TAGS) if number >> place & 1])
        for back in range(number % 4):
            order = builders.order(cast.kotori, buyer, placed_at=NOW - timedelta(days=20 * back))
            states = (RequestState.CANCELLED, RequestState.KEPT, RequestState.REQUESTED)
            if number % 2:
                builders.cancellation(order, state=states[back], requested_at=NOW - timedelta(days=20 * back))
    next_door = builders.shop(cast.organization, "next", "となり")
    tag(builders.customer(next_door, email="c1@example.com", consents=True), *TAGS)
    return cast.kotori


def tag(who: Customer, *names: str) -> None:
    with scope.everyone():
        actions.tag([Tagging(who.organization_id, who.shop_id, who.id, name) for name in names], actor="test")


def one_by_one(shop: Shop, condition: Condition, at: datetime) -> list[int]:
    ids = list(Customer.objects.filter(shop=shop).order_by("id").values_list("id", flat=True))
    subjects = [Subject(shop.organization_id, shop.id, customer_id, None, None, at) for customer_id in ids]
    known = registry.values(subjects, needs(condition))
    return [customer_id for customer_id, values in zip(ids, known, strict=True) if holds(condition, values)]


def ask(field: str, op: str, value: Any, **more: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value, **more}


def _some(*words: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(words), min_size=1, max_size=3)


def _number(field: str) -> st.SearchStrategy[dict[str, Any]]:
    days = st.sampled_from([{}, {"days": 1}, {"days": 20}, {"days": 41}])
    singles = st.builds(
        lambda op, value, more: ask(field, op, value, **more),
        st.sampled_from([op for op in OPERATORS["count"] if op != "between"]), st.integers(0, 4), days,
    )  # fmt: skip
    pairs = st.builds(
        lambda a, b, more: ask(field, "between", sorted([a, b]), **more), st.integers(0, 4), st.integers(0, 4), days
    )
    return singles | pairs


QUESTIONS = st.one_of(
    _number("customer.orders"),
    _number("customer.cancellations"),
    st.builds(lambda op, value: ask("customer.tag", op, value), st.sampled_from(OPERATORS["tags"]), _some(*TAGS)),
    st.builds(
        lambda op, value: ask("customer.language", op, value),
        st.sampled_from(["is", "is_not"]),
        st.sampled_from(["ja", "en"]),
    ),
    st.builds(
        lambda op, value: ask("customer.language", op, value), st.sampled_from(["one_of", "none_of"]), _some("ja", "en")
    ),
    st.builds(lambda value: ask("customer.consent.mail", "is", value), st.booleans()),
    st.builds(
        lambda op, value: ask("moment.weekday", op, value), st.sampled_from(["one_of", "none_of"]), _some(*WEEKDAYS)
    ),
    st.just(ask("moment.is_open", "is", True)),
    st.builds(lambda value: ask("order.is_first", "is", value), st.booleans()),
)
TREES = st.recursive(
    QUESTIONS,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts})
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts})
        | inner.map(lambda part: {"not": part})
    ),
    max_leaves=5,
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=TREES, back=st.sampled_from([0, 20, 30]))
def test_it_finds_the_same_customers_as_asking_each(people: Shop, told: Any, back: int) -> None:
    if check(told, "", registry.fields()):
        return
    condition, at = parse(told), NOW - timedelta(days=back)
    with scope.organization(people.organization_id):
        expected = one_by_one(people, condition, at)
        found = sql.find(people, condition, at)
        assert (found.customer_ids, found.count) == (expected, len(expected))
        assert sql.find(people, condition, at, 2) == sql.Found(len(expected), expected[:2])


def test_it_is_one_query_where_every_field_speaks_sql(people: Shop) -> None:
    told = {"all": [ask("customer.tag", "has_any", ["vip"]), {"not": ask("customer.orders", "at_least", 3, days=365)}]}
    with scope.organization(people.organization_id), CaptureQueriesContext(connection) as queries:
        assert sql.find(people, parse(told), NOW).count > 0
    assert len(queries) == 1


def test_it_asks_python_only_of_those_whom_sql_left(people: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    values = registry.values

    def noting(subjects: Sequence[Subject], needs: Collection[str]) -> list[dict[str, Any]]:
        asked.append(len(subjects))
        return values(subjects, needs)

    monkeypatch.setattr(registry, "values", noting)
    told = {"all": [ask("customer.tag", "has_all", ["vip", "new"]), ask("customer.consent.mail", "is", True)]}
    with scope.organization(people.organization_id):
        found = sql.find(people, parse(told), NOW)
    assert found.count == 1 and sum(asked) == 2


def test_it_never_leaves_the_shop(people: Shop, cast: Cast) -> None:
    everybody = parse(ask("customer.orders", "at_least", 0))
    with scope.organization(people.organization_id):
        assert sql.find(people, everybody, NOW).count == 9
    with scope.organization(cast.other_organization.id):
        assert sql.find(cast.other_shop, everybody, NOW) == sql.Found(0, [])


def test_it_takes_typed_text_as_a_value_only(people: Shop) -> None:
    evil = parse(ask("customer.tag", "has_any", ["vip') OR 1=1 --", "%s", "a'b"]))
    with scope.organization(people.organization_id):
        assert sql.find(people, evil, NOW).customer_ids == one_by_one(people, evil, NOW)
