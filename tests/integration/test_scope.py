"""The wall between organizations: no scope, no rows."""

import threading

import pytest
from django.apps import apps
from django.db import models

from kaeru.core import scope
from kaeru.core.scope import ScopedManager, ScopedModel, ScopeMismatch, ScopeMissing
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast

WALLED = sorted(
    (model for model in apps.get_models() if issubclass(model, ScopedModel)), key=lambda model: model._meta.label
)
OPEN = {"core.ClockSetting", "core.Heartbeat", "core.Pause", "tenants.Organization", "tenants.User"}
"""Tables of the installation itself. A new table here must be one that holds nobody's business."""


@pytest.mark.parametrize("model", WALLED, ids=lambda model: model._meta.label)
def test_it_refuses_a_query_without_a_scope(model: type[ScopedModel]) -> None:
    for ask in (
        model.objects.all,
        model.objects.count,
        model.objects.first,
        lambda: model.objects.filter(pk=1).delete(),
    ):
        with pytest.raises(ScopeMissing):
            ask()
    assert isinstance(model._default_manager, ScopedManager)
    assert len(model._meta.managers) == 1, "a second manager would be a door in the wall"


@pytest.mark.parametrize("model", WALLED, ids=lambda model: model._meta.label)
def test_it_names_the_owner_in_every_row(model: type[ScopedModel]) -> None:
    owner = model._meta.get_field("organization_id" if model._meta.app_label == "core" else "organization")
    assert not owner.null


def test_it_walls_every_table_that_is_not_named_as_open() -> None:
    ours = [model for model in apps.get_models() if model.__module__.startswith("kaeru.")]
    assert {model._meta.label for model in ours if not issubclass(model, ScopedModel)} <= OPEN


@pytest.mark.parametrize("model", WALLED, ids=lambda model: model._meta.label)
def test_it_makes_keys_in_the_application(model: type[models.Model]) -> None:
    assert model._meta.pk is not None
    assert type(model._meta.pk) is models.BigIntegerField


def test_it_shows_only_the_organizations_own_rows(cast: Cast) -> None:
    ours, theirs = builders.order(cast.kotori), builders.order(cast.other_shop)
    with scope.organization(cast.organization.id):
        assert list(Order.objects.values_list("id", flat=True)) == [ours.id]
        assert not Order.objects.filter(id=theirs.id).exists()
        assert Order.objects.filter(id=theirs.id).update(total=0) == 0
    with scope.everyone():
        assert Order.objects.count() == 2


def test_it_refuses_to_save_a_row_of_another_organization(cast: Cast) -> None:
    theirs = builders.customer(cast.other_shop)
    with scope.organization(cast.organization.id):
        with pytest.raises(ScopeMismatch):
            theirs.save()
        with pytest.raises(ScopeMismatch):
            Customer.objects.create(
                organization_id=cast.other_organization.id, shop=cast.other_shop, created_at=theirs.created_at
            )


def test_it_refuses_to_bulk_write_rows_of_another_organization(cast: Cast) -> None:
    theirs = builders.customer(cast.other_shop)
    row = Customer(organization_id=cast.other_organization.id, shop=cast.other_shop, created_at=theirs.created_at)
    with scope.organization(cast.organization.id), pytest.raises(ScopeMismatch):
        Customer.objects.bulk_create([row])


def test_it_refuses_to_follow_a_row_into_another_organization(cast: Cast) -> None:
    theirs = builders.order(cast.other_shop)
    with scope.organization(cast.organization.id):
        assert theirs.lines.count() == 0


def test_it_needs_a_scope_in_each_thread(cast: Cast) -> None:
    raised: list[type[BaseException]] = []

    def look() -> None:
        try:
            Order.objects.count()
        except ScopeMissing as failure:
            raised.append(type(failure))

    with scope.organization(cast.organization.id):
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert raised == [ScopeMissing]


def test_it_goes_back_to_the_outer_scope(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        with scope.everyone():
            assert scope.current() is None
        assert scope.current() == cast.organization.id
    with pytest.raises(ScopeMissing):
        scope.current()
