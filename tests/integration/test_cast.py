"""The cast stands on the stage in both databases."""

from django.db import connection

from kaeru.core import scope
from kaeru.orders.models import Order, OrderLine
from tests import builders
from tests.cast import Cast


def test_it_knows_who_belongs_where(cast: Cast) -> None:
    assert cast.aoi.member.organization_id == cast.bunta.member.organization_id == cast.kotori.organization_id
    assert cast.chika.member.organization_id == cast.other_shop.organization_id != cast.kotori.organization_id


def test_it_builds_an_order_whose_sums_agree(cast: Cast) -> None:
    order = builders.order(cast.kotori, builders.customer(cast.kotori), lines=[("皿", 2, 1000), ("茶碗", 1, 800)])
    with scope.organization(cast.organization.id):
        assert Order.objects.get().total == order.total == 2800
        assert OrderLine.objects.count() == 2


def test_it_stands_on_the_database_that_was_asked_for(settings: object) -> None:
    import os

    expected = {"sqlite": "sqlite", "postgres": "postgresql"}[os.environ["KAERU_TEST_DATABASE"]]
    assert connection.vendor == expected
    if expected == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
