"""Who may be written advertisements, in sets: the one reading of consent for conditions and for the engine."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaeru.core import clock, scope
from kaeru.customers import actions, queries
from kaeru.customers.models import Consent, Customer, Identity
from tests import builders
from tests.cast import Cast


@pytest.fixture
def hanako(cast: Cast) -> Customer:
    return builders.customer(cast.kotori, consents=True)


def may(*who: Customer, channel: str = "mail") -> list[bool]:
    with scope.everyone():
        found = queries.may_advertise([one.id for one in who], channel, "phone" if channel == "sms" else channel)
    return [one.id in found for one in who]


def test_it_takes_a_yes_only(cast: Cast, hanako: Customer) -> None:
    assert may(hanako, builders.customer(cast.kotori, email="jiro@example.com")) == [True, False]
    assert may() == []


def test_it_takes_a_no_at_once(cast: Cast, hanako: Customer) -> None:
    with scope.organization(cast.organization.id):
        Consent.objects.update(withdrawn_at=clock.now())
    assert may(hanako) == [False]


@pytest.mark.parametrize("covers", ["advertisement", "everything"])
def test_it_heeds_a_closed_address_in_its_shop_only(cast: Cast, hanako: Customer, covers: str) -> None:
    elsewhere = builders.customer(cast.other_shop, consents=True)
    with scope.organization(cast.organization.id):
        actions.suppress(cast.kotori.id, "mail", "hanako@example.com", covers=covers, why="opt_out")
    assert may(hanako, elsewhere) == [False, True]


def test_it_needs_an_address(cast: Cast) -> None:
    assert may(builders.customer(cast.kotori, email=None, consents=True)) == [False]


def test_it_asks_each_channel_by_itself(cast: Cast, hanako: Customer) -> None:
    with scope.organization(cast.organization.id):
        actions.agree_to_advertising(hanako.id, source="staff", channel="sms")
        assert may(hanako, channel="sms") == [False]
        Identity.objects.create(
            organization_id=hanako.organization_id,
            shop_id=hanako.shop_id,
            customer=hanako,
            kind="phone",
            value="+819000000000",
        )
    assert may(hanako, channel="sms") == [True]
    assert may(hanako, channel="line") == [False]


def test_it_reads_any_number_with_three_queries(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    people = [builders.customer(cast.kotori, email=f"c{n}@example.com", consents=True) for n in range(12)]
    with scope.organization(cast.organization.id):
        actions.opt_out(cast.kotori.id, "mail", "c3@example.com")
    for most in (1, 5_000):
        monkeypatch.setattr(queries, "_MOST_HASHES", most)
        with CaptureQueriesContext(connection) as asked:
            assert may(*people) == [n != 3 for n in range(12)]
        assert len(asked) == 3
