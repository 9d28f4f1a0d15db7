"""A customer's tags by hand: put on and taken off where the customer's story is, by who may decide, and noted."""

import pytest
from django.urls import reverse

from kaeru.cancellations.models import CancellationRequest
from kaeru.core import scope
from kaeru.core.models import AuditEntry
from kaeru.customers import actions
from kaeru.customers.actions import Tagging
from kaeru.customers.models import Customer, CustomerTag
from tests import builders
from tests.cast import Cast, Person


@pytest.fixture
def wish(cast: Cast) -> CancellationRequest:
    """山田 花子 has cancelled."""
    return builders.cancellation(
        builders.order(cast.kotori, builders.customer(cast.kotori)), builders.reason(cast.kotori)
    )


def of(wish: CancellationRequest) -> Customer:
    assert wish.customer is not None
    return wish.customer


def send(who: Person, customer: Customer, **typed: str) -> int:
    return who.browser().post(reverse("console:tags", args=[customer.id]), typed).status_code


def tags(customer: Customer) -> list[str]:
    with scope.organization(customer.organization_id):
        return list(CustomerTag.objects.filter(customer=customer).order_by("id").values_list("tag", flat=True))


def test_it_puts_a_tag_on_and_takes_it_off_where_the_story_is(cast: Cast, wish: CancellationRequest) -> None:
    here, browser = f"/cancellations/{wish.id}/", cast.bunta.browser()
    assert "まだタグはありません" in browser.get(here).content.decode()
    address = reverse("console:tags", args=[of(wish).id])
    answer = browser.post(address, {"tag": "ＶＩＰ", "back": here})
    assert (answer.status_code, answer["Location"]) == (303, here)
    page = browser.get(here).content.decode()
    assert "タグを付けました" in page
    assert "タグ「VIP」を外す" in page
    browser.post(address, {"remove": "VIP", "back": here})
    assert tags(of(wish)) == []
    with scope.organization(cast.organization.id):
        noted = AuditEntry.objects.filter(subject="customer", subject_id=of(wish).id).order_by("id")
        told = [(entry.actor, entry.verb, entry.detail) for entry in noted]
    me = f"member:{cast.bunta.member.id}"
    assert told == [(me, "customer.tagged", {"tag": "VIP"}), (me, "customer.untagged", {"tag": "VIP"})]


def test_it_takes_several_divided_by_commas_and_each_once(cast: Cast, wish: CancellationRequest) -> None:
    assert send(cast.aoi, of(wish), tag="VIP、 お得意様,VIP，") == 303
    assert sorted(tags(of(wish))) == ["VIP", "お得意様"]
    for typed in ("VIP", "", " 、,", "\t"):
        assert send(cast.aoi, of(wish), tag=typed) == 303
    assert send(cast.aoi, of(wish), remove="nobody has this") == 303
    assert len(tags(of(wish))) == 2


def test_it_offers_the_shops_other_tags(cast: Cast, wish: CancellationRequest) -> None:
    other = builders.customer(cast.kotori, email="jiro@example.com")
    with scope.organization(cast.organization.id):
        told = [
            Tagging(row.organization_id, row.shop_id, row.id, tag) for row, tag in ((other, "窓口"), (of(wish), "VIP"))
        ]
        actions.tag(told, actor="test")
    page = cast.aoi.browser().get(f"/cancellations/{wish.id}/").content.decode()
    assert '<option value="窓口">' in page
    assert '<option value="VIP">' not in page


def test_it_is_not_there_for_a_stranger_and_not_for_who_only_looks(cast: Cast, wish: CancellationRequest) -> None:
    assert send(cast.aoi, of(wish), tag="VIP") == 303
    assert send(cast.chika, of(wish), tag="x") == 404
    assert send(cast.chika, of(wish), remove="VIP") == 404
    assert send(cast.mei, of(wish), tag="x") == 403
    assert tags(of(wish)) == ["VIP"]
    assert "VIP" not in cast.mei.browser().get(f"/cancellations/{wish.id}/").content.decode(), "a tag may say who it is"


def test_it_leads_nobody_to_another_site(cast: Cast, wish: CancellationRequest) -> None:
    address = reverse("console:tags", args=[of(wish).id])
    for back in ("https://evil.example/", "//evil.example/", "", "javascript:alert(1)"):
        assert cast.aoi.browser().post(address, {"tag": "x", "back": back})["Location"] == "/"
