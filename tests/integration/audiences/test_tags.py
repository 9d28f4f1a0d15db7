"""Customer tags: put on and taken off in sets, once, and noted."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.core import scope
from kaeru.core.models import AuditEntry
from kaeru.customers import actions
from kaeru.customers.actions import Tagging
from kaeru.customers.models import Customer, CustomerTag
from tests import builders
from tests.cast import Cast


def of(customer: Customer, tag: str) -> Tagging:
    return Tagging(customer.organization_id, customer.shop_id, customer.id, tag)


def tags() -> set[tuple[int, str]]:
    return set(CustomerTag.objects.values_list("customer_id", "tag"))


def test_it_tags_once_and_takes_off(cast: Cast) -> None:
    hanako, jiro = builders.customer(cast.kotori), builders.customer(cast.kotori, email="jiro@example.com")
    with scope.organization(cast.organization.id):
        assert (
            actions.tag([of(hanako, "vip"), of(jiro, "vip"), of(hanako, " ＶＩＰ"), of(hanako, "")], actor="member:1")
            == 3
        )
        assert actions.tag([of(hanako, "vip")], actor="member:1") == 0
        assert tags() == {(hanako.id, "vip"), (jiro.id, "vip"), (hanako.id, "VIP")}
        assert actions.untag([of(hanako, "vip"), of(jiro, "new")], actor="member:1") == 1
        assert tags() == {(jiro.id, "vip"), (hanako.id, "VIP")}
        noted = [
            (e.verb, e.subject, e.subject_id, e.detail)
            for e in AuditEntry.objects.filter(verb__startswith="customer.").order_by("id")
        ]
    assert noted == [
        ("customer.tagged", "customer", hanako.id, {"tag": "VIP"}),
        ("customer.tagged", "shop", cast.kotori.id, {"tag": "vip", "customers": 2}),
        ("customer.untagged", "customer", hanako.id, {"tag": "vip"}),
    ]


def test_it_tags_many_with_the_same_few_statements(cast: Cast) -> None:
    def statements(size: int, tag: str) -> int:
        people = [builders.customer(cast.kotori, email=None) for _ in range(size)]
        with scope.everyone(), CaptureQueriesContext(connection) as queries:
            actions.tag([of(person, tag) for person in people], actor="scenario")
        return len(queries)

    assert statements(2, "a") == statements(40, "b")


def test_it_serves_several_organizations_at_once(cast: Cast) -> None:
    ours, theirs = builders.customer(cast.kotori), builders.customer(cast.other_shop)
    with scope.everyone():
        actions.tag([of(ours, "vip"), of(theirs, "vip")], actor="scenario")
        owners = set(AuditEntry.objects.filter(verb="customer.tagged").values_list("organization_id", flat=True))
        assert owners == {cast.organization.id, cast.other_organization.id}
    with scope.organization(cast.organization.id):
        assert actions.untag([of(theirs, "vip")], actor="test") == 0
