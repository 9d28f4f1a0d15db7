"""Unsubscribing: a button for people, one POST for mail programs, nothing by looking."""

import pytest
from django.test import Client

from kaeru.core import scope, secrets
from kaeru.customers.models import Suppression
from kaeru.messages.models import Message
from tests import builders
from tests.integration.storefront.conftest import Parcel, everything

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def advertisement(parcel: Parcel) -> Message:
    """A coupon mail that went to Hanako."""
    says = builders.template(parcel.order.shop)
    row = builders.message(says, parcel.buyer, 1)
    builders.delivery(row, address="hanako@example.com")
    return row


def stopped(parcel: Parcel, address: str) -> list[str]:
    with scope.organization(parcel.order.organization_id):
        rows = Suppression.objects.filter(address_hash=secrets.fingerprint(address))
        return [f"{row.channel} {row.covers} {row.why}" for row in rows]


def test_it_shows_a_button_and_changes_nothing_by_a_get(
    shopper: Client, parcel: Parcel, advertisement: Message
) -> None:
    link = parcel.link("unsubscribe", advertisement.id)
    before = everything()
    text = shopper.get(link).content.decode()
    shopper.head(link)
    assert everything() == before
    assert "配信を停止する" in text
    assert "h***@example.com" in text
    assert "hanako" not in text


def test_it_stops_by_one_click_of_a_mail_program_without_cookies(parcel: Parcel, advertisement: Message) -> None:
    link = parcel.link("unsubscribe", advertisement.id)
    program = Client(enforce_csrf_checks=True)
    assert program.post(link, ONE_CLICK).status_code == 200
    assert stopped(parcel, "hanako@example.com") == ["mail advertisement opt_out"]
    before = everything()
    assert program.post(link, ONE_CLICK).status_code == 200
    assert everything() == before


def test_it_tells_the_person_that_it_is_done(shopper: Client, parcel: Parcel, advertisement: Message) -> None:
    link = parcel.link("unsubscribe", advertisement.id)
    assert "停止しました" in shopper.post(link, ONE_CLICK).content.decode()
    assert "停止しました" in shopper.get(link).content.decode()
    assert "Stop these mails" not in shopper.get(link + "?lang=en").content.decode()


def test_it_stops_the_address_that_was_written_to(shopper: Client, parcel: Parcel) -> None:
    row = builders.message(builders.template(parcel.order.shop), parcel.buyer, 2)
    builders.delivery(row, address="old@example.com")
    shopper.post(parcel.link("unsubscribe", row.id), ONE_CLICK)
    assert stopped(parcel, "old@example.com")
    assert not stopped(parcel, "hanako@example.com")


def test_it_is_closed_for_a_wrong_token(shopper: Client) -> None:
    assert shopper.get("/u/" + "z" * 32).status_code == 404
    assert shopper.post("/u/" + "z" * 32, ONE_CLICK).status_code == 404
