"""Two cards of one person become one, and nothing of either is lost."""

from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps

from kaeru.appointments.clients import actions, keeping, queries, tickets
from kaeru.appointments.clients.models import ClientCard, TicketPack
from kaeru.core import clock, events, scope
from kaeru.customers import merging
from kaeru.customers import queries as customers
from kaeru.customers.actions import Tagging, agree_to_advertising, opt_out, tag, upsert
from kaeru.customers.models import Alias, Consent, Customer, CustomerTag, Identity
from kaeru.customers.queries import may_advertise
from kaeru.customers.rules import CustomerRecord
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast
from tests.integration.appointments.test_clients import pack, visit
from tests.salon import House, salon

pytestmark = pytest.mark.integration


@pytest.fixture
def pair(cast: Cast) -> tuple[Customer, Customer]:
    return builders.customer(cast.kotori), builders.customer(cast.kotori, name="山田 花子", email="other@example.com")


def test_it_moves_everything_that_names_the_other(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    stays, goes = pair
    order = builders.order(cast.kotori, goes)
    with scope.organization(cast.organization.id):
        merging.merge(stays.id, goes.id, actor="test")
        assert Order.objects.get(id=order.id).customer_id == stays.id
        assert not Customer.objects.filter(id=goes.id).exists()
        assert Identity.objects.get(customer=stays, kind="mail").value == "hanako@example.com"
        assert set(Alias.objects.filter(customer=stays).values_list("kind", "value")) == {
            ("id", str(goes.id)), ("mail", "other@example.com"), ("source", goes.source_id),
        }  # fmt: skip
        assert customers.now(goes.id) == stays.id


def test_it_leaves_nothing_behind_that_names_a_customer_who_is_gone(
    cast: Cast, pair: tuple[Customer, Customer]
) -> None:
    stays, goes = pair
    builders.order(cast.kotori, goes)
    with scope.organization(cast.organization.id):
        merging.merge(stays.id, goes.id, actor="test")
        for model in apps.get_models():
            for field in model._meta.fields:
                if field.remote_field and field.remote_field.model is Customer:
                    assert not model._default_manager.filter(**{field.name: goes.id}).exists(), model


def test_it_knows_who_comes_again_by_the_old_name(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    stays, goes = pair
    with scope.organization(cast.organization.id):
        merging.merge(stays.id, goes.id, actor="test")
        told = [
            CustomerRecord(source_id=goes.source_id or "", name="旧姓", email="third@example.com"), CustomerRecord(email="OTHER@example.com"),
            CustomerRecord(source_id=stays.source_id or "", email="hanako@example.com", name="山田 花子"),
        ]  # fmt: skip
        assert upsert(cast.kotori, told) == [stays.id] * 3
        assert Identity.objects.get(customer=stays, kind="mail").value == "hanako@example.com"
        assert Customer.objects.get(id=stays.id).name == "山田 花子"


def test_it_merges_a_third_card_into_the_two(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    stays, goes = pair
    third = builders.customer(cast.kotori, email="third@example.com")
    with scope.organization(cast.organization.id):
        merging.merge(stays.id, goes.id, actor="test")
        merging.merge(third.id, stays.id, actor="test")
        assert customers.now(goes.id) == customers.now(stays.id) == third.id
        assert upsert(cast.kotori, [CustomerRecord(email="other@example.com")]) == [third.id]


def test_it_keeps_one_of_what_there_may_be_one(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    stays, goes = pair
    with scope.organization(cast.organization.id):
        tag(
            (
                Tagging(cast.organization.id, cast.kotori.id, who.id, name)
                for who, name in ((stays, "VIP"), (goes, "VIP"), (goes, "猫"))
            ),
            actor="t",
        )
        merging.merge(stays.id, goes.id, actor="test")
        assert sorted(CustomerTag.objects.values_list("tag", flat=True)) == ["VIP", "猫"]


def test_it_counts_a_refusal_at_either_address(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    stays, goes = pair
    with scope.organization(cast.organization.id):
        agree_to_advertising(stays.id, source="staff")
        opt_out(cast.kotori.id, "mail", "other@example.com")
        assert may_advertise([stays.id], "mail", "mail") == {stays.id}
        merging.merge(stays.id, goes.id, actor="test")
        assert may_advertise([stays.id], "mail", "mail") == set()


@pytest.mark.parametrize("is_no_later", [True, False])
def test_it_lets_the_later_word_count(cast: Cast, pair: tuple[Customer, Customer], is_no_later: bool) -> None:
    stays, goes = pair
    now = clock.now()
    with scope.organization(cast.organization.id):
        for who, granted, withdrawn in ((stays, 5, None), (goes, 30, 1 if is_no_later else 10)):
            Consent.objects.create(
                organization_id=cast.organization.id, customer=who, channel="mail", basis="opt_in", source="staff",
                granted_at=now - timedelta(days=granted), withdrawn_at=now - timedelta(days=withdrawn) if withdrawn else None,
            )  # fmt: skip
        merging.merge(stays.id, goes.id, actor="test")
        assert Consent.objects.filter(customer=stays, withdrawn_at=None).exists() is not is_no_later


def test_it_merges_no_card_with_itself_or_with_one_elsewhere(cast: Cast, pair: tuple[Customer, Customer]) -> None:
    stays, _ = pair
    elsewhere = builders.customer(cast.other_shop)
    with scope.organization(cast.organization.id):
        for other in (stays.id, elsewhere.id, 1):
            with pytest.raises(merging.NotOnePerson):
                merging.merge(stays.id, other, actor="test")
    with scope.organization(cast.other_organization.id), pytest.raises(merging.NotOnePerson):
        merging.merge(elsewhere.id, stays.id, actor="test")


@pytest.mark.parametrize("both_have_cards", [True, False])
def test_it_puts_two_salon_cards_into_one(cast: Cast, both_have_cards: bool) -> None:
    house: House = salon(cast.organization)
    stays, goes = (
        builders.customer(house.shop, name="花子"),
        builders.customer(house.shop, name="花子", email="b@example.com"),
    )
    fields: dict[str, Any] = {"is_nominated": True}
    for who, ago in ((goes, 90), (goes, 60), (stays, 30)):
        visit(house, who, ago, **fields)
    with scope.organization(house.shop.organization_id):
        keeping.recount([goes.id, *([stays.id] if both_have_cards else [])])
        actions.write_note(goes.id, "猫アレルギー", actor="test")
        if both_have_cards:
            actions.write_note(stays.id, "右利き", actor="test")
        one = pack(goes)
        tickets.take_off(one.id, actor="test")
        merging.merge(stays.id, goes.id, actor="test")
        while events.deliver(100):
            pass
        card = queries.card_of(stays.id)
        assert card is not None
        assert (card.visits, card.usual_interval_days, card.nominated_staff_id) == (3, 30, house.sakura.id)
        assert card.note == ("右利き\n猫アレルギー" if both_have_cards else "猫アレルギー")
        assert ClientCard.objects.count() == 1
        assert TicketPack.objects.get(id=one.id).customer_id == stays.id
