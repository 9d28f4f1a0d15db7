"""Shops like yours: opt-in, from many organizations, nothing of any one of them."""

import pytest

from kaeru.core import clock, ids, scope
from kaeru.core.models import AuditEntry
from kaeru.recoveries import rollup, sharing
from kaeru.recoveries.figures import figure
from kaeru.recoveries.models import Figure, Sharing
from kaeru.tenants.models import Organization, Shop
from kaeru.uplift.foretold import Counts
from tests.cast import Cast
from tests.integration.recoveries.world import fill

pytestmark = pytest.mark.integration


def others(count: int, uplift: float = 0.1) -> list[Shop]:
    """Shops of organizations of their own, with figures, that share."""
    now = clock.now()
    with scope.everyone():
        owners = [
            Organization(id=ids.new_id(), slug=f"other-{number}", name="x", created_at=now) for number in range(count)
        ]
        Organization.objects.bulk_create(owners)
        shops = [
            Shop(id=ids.new_id(), organization=one, slug="s", name="x", public_key=one.slug, created_at=now)
            for one in owners
        ]
        Shop.objects.bulk_create(shops)
        Figure.objects.bulk_create(
            Figure(
                id=ids.new_id(), organization_id=shop.organization_id, shop=shop, key="all", window=30, computed_at=now,
                answer={
                    "causal": True, "treated": {"units": 90, "back": round(90 * (0.4 + uplift))}, "held": {"units": 90, "back": 36},
                },
            )
            for shop in shops
        )  # fmt: skip
        Sharing.objects.bulk_create(
            Sharing(id=ids.new_id(), organization_id=shop.organization_id, shop=shop, since=now) for shop in shops
        )
    return shops


def test_it_shows_a_small_shop_what_is_usual(cast: Cast) -> None:
    others(9)
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 40, seed=3, rate1=0.9, rate0=0.1)
        rollup.roll_shops([cast.kotori.id])
        sharing.set_sharing(cast.kotori, is_on=True, actor="test")
    sharing.pool(1)
    with scope.organization(cast.organization.id):
        own = figure(cast.kotori.id)
        told = sharing.beside(own, sharing.of_shop(cast.kotori.id))
        assert own is not None
        assert told is not None
        assert told.shops == 10
        assert 0.05 < told.usual < 0.35
        assert told.usual <= told.own < own.answer["uplift"], "drawn to what is usual"
        assert told.own_between[0] < told.own < told.own_between[1]
        nobody = sharing.beside(None, sharing.of_shop(cast.kotori.id))
        assert nobody is not None
        assert (nobody.own, nobody.own_weight) == (nobody.usual, 0)


def test_it_says_nothing_from_few_shops(cast: Cast) -> None:
    others(6)
    with scope.organization(cast.organization.id):
        sharing.set_sharing(cast.kotori, is_on=True, actor="test")
    sharing.pool(1)
    with scope.organization(cast.organization.id):
        assert sharing.beside(None, sharing.of_shop(cast.kotori.id)) is None


def test_it_neither_takes_from_nor_tells_those_who_do_not_share(cast: Cast) -> None:
    others(8)
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 40, seed=3)
        rollup.roll_shops([cast.kotori.id])
        sharing.set_sharing(cast.kotori, is_on=True, actor="test")
        sharing.set_sharing(cast.kotori, is_on=False, actor="test")
        sharing.set_sharing(cast.kotori, is_on=False, actor="test")
    sharing.pool(1)
    with scope.organization(cast.organization.id):
        assert sharing.beside(figure(cast.kotori.id), sharing.of_shop(cast.kotori.id)) is None
        verbs = AuditEntry.objects.filter(verb__startswith="sharing").values_list("verb", flat=True)
        assert list(verbs) == ["sharing.on", "sharing.off"]
    with scope.everyone():
        told = Sharing.objects.values_list("beliefs", flat=True)[0]
    assert told["all/30"]["shops"] == 8
    assert sharing.pool(1) == 0, "once a night"


def test_it_needs_several_organizations_not_only_several_shops() -> None:
    shops = [Counts(50, 30, 50, 20)] * 20
    assert sharing.believe(shops, 1) is None
    assert sharing.believe(shops, 8) is not None
    assert sharing.believe([Counts(50, 30, 2, 1)] * 20, 20) is None


def test_it_shares_no_reason_of_a_shops_own() -> None:
    assert sharing.part_of("reason:5", "forgot_coupon") == "reason:forgot_coupon"
    assert sharing.part_of("reason:5", "tea_too_cold") == ""
    assert sharing.part_of("scenario:5") == ""
    assert sharing.part_of("channel:line") == "channel:line"


def test_it_begins_with_what_is_usual_where_a_shop_shares(cast: Cast) -> None:
    others(9)
    with scope.organization(cast.organization.id):
        sharing.set_sharing(cast.kotori, is_on=True, actor="test")
    sharing.pool(1)
    with scope.organization(cast.organization.id):
        fill(cast.kotori, 40, seed=3)
        rollup.roll_shops([cast.kotori.id])
        expects = {row.key: row.state["evidence"]["prior"] for row in Figure.objects.filter(window=30)}
    assert expects["all"] == pytest.approx([0.5, 0.4], abs=0.01)
    assert expects["channel:mail"] is None
