"""A policy asked about many: a constant number of queries, the same answers, and nothing of strangers."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.audiences.rules import Subject
from kaeru.cancellations.models import CancelPolicy
from kaeru.cancellations.policy import actions, queries
from kaeru.cancellations.policy.document import NotAPolicy, parse
from kaeru.cancellations.policy.ready import READY
from kaeru.cancellations.policy.trial import try_out
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from tests import builders
from tests.cast import Cast

EVERYTHING = {
    "cutoff": "14:00",
    "rules": [
        {"id": f"r{number}", "name": "", "when": when, "result": "refuse", "ground": "other"}
        for number, when in enumerate(
            [
                {"field": "order.passed_cutoff", "op": "is", "value": False},
                {"field": "order.is_shipped", "op": "is", "value": True},
                {"field": "order.product_tag", "op": "has_any", "value": ["made-to-order"]},
                {"field": "order.value", "op": "more_than", "value": 10**9},
                {"field": "order.payment_kind", "op": "is", "value": "cod"},
                {"field": "order.minutes", "op": "less_than", "value": 1},
                {"field": "customer.cancellations", "op": "more_than", "value": 99, "days": 90},
                {"field": "cancellation.reason", "op": "is", "value": "changed_mind"},
            ]
        )
    ],
    "otherwise": "ask",
}


def test_it_asks_the_database_as_often_for_one_as_for_many(cast: Cast) -> None:
    orders = [builders.order(cast.kotori, builders.customer(cast.kotori, email=f"{n}@example.com")) for n in range(12)]
    policies = {cast.kotori.id: parse(EVERYTHING)}
    subjects = [Subject(o.organization_id, o.shop_id, o.customer_id, o.id, None, clock.now()) for o in orders]
    with scope.organization(cast.organization.id):
        with CaptureQueriesContext(
            connection,
        ) as one:
            queries.judge(subjects[:1], policies)
        with CaptureQueriesContext(connection) as many:
            found = queries.judge(subjects, policies)
        assert len(one) == len(many)
        assert len(many) <= 10
        assert found == [queries.judge([subject], policies)[0] for subject in subjects]


def test_it_judges_each_shop_by_its_own_policy(cast: Cast) -> None:
    second = builders.shop(cast.organization, "second")
    subjects = []
    for shop in (cast.kotori, second):
        order = builders.order(shop, None)
        subjects.append(Subject(shop.organization_id, shop.id, None, order.id, None, clock.now()))
    refusing = parse({"rules": [{"id": "no", "when": None, "result": "refuse", "ground": "other"}]})
    with scope.organization(cast.organization.id):
        found = queries.judge(subjects, {cast.kotori.id: refusing})
    assert [verdict.result for verdict in found] == ["refuse", "accept"]


def test_it_keeps_versions_and_never_changes_one(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        for number, ready in enumerate(READY, start=1):
            assert actions.save(cast.kotori, ready.document, actor="member:1", after=number - 1) == number
        assert actions.save(cast.kotori, READY[-1].document, actor="member:1") == 3, "the same again is no version"
        with pytest.raises(actions.PolicyMoved):
            actions.save(cast.kotori, READY[0].document, actor="member:1", after=1)
        with pytest.raises(NotAPolicy):
            actions.save(cast.kotori, {"otherwise": "maybe"}, actor="member:1")
        assert actions.restore(cast.kotori, 1, actor="member:2") == 4
        assert list(CancelPolicy.objects.order_by("number").values_list("number", flat=True)) == [1, 2, 3, 4]
        assert queries.standing([cast.kotori.id])[cast.kotori.id].number == 4
        assert AuditEntry.objects.filter(verb="policy.saved").count() == 4


def test_it_is_another_shops_business(cast: Cast) -> None:
    builders.policy(cast.kotori, dict(READY[0].document))
    with scope.organization(cast.other_organization.id):
        assert queries.standing([cast.kotori.id])[cast.kotori.id].number == 0
        with pytest.raises(CancelPolicy.DoesNotExist):
            actions.restore(cast.other_shop, 1, actor="member:9")
        assert try_out(cast.kotori, parse(EVERYTHING)).orders == 0


def test_it_tries_many_orders_in_portions_with_the_same_answers(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        builders.order(cast.kotori, None, total=1000 * number, placed_at=clock.now() - timedelta(days=number + 1))
    policy = parse(
        {"rules": [{"id": "large", "when": {"field": "order.value", "op": "at_least", "value": 4000}, "result": "ask"}]}
    )
    with scope.organization(cast.organization.id):
        at_once = try_out(cast.kotori, policy)
        monkeypatch.setattr("kaeru.cancellations.policy.trial.AT_ONCE", 2)
        in_portions = try_out(cast.kotori, policy)
        assert (at_once.counts, at_once.by_rule, at_once.changed) == (
            in_portions.counts,
            in_portions.by_rule,
            in_portions.changed,
        )
        assert at_once.counts == {"ask": 3, "accept": 4}
        assert [one.total for one in at_once.examples] == [4000, 5000, 6000]
        assert try_out(cast.kotori, policy, most=2).orders == 2
