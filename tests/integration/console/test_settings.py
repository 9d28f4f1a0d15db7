"""The settings: what the shop says about itself, its reasons, its keys and secrets."""

import re

import pytest
from django.test import Client

from kaeru.cancellations.models import Reason
from kaeru.core import scope
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import ApiKey, Member, Shop
from tests import builders
from tests.cast import Cast

SHOP = {
    "name": "小鳥雑貨店", "sender_name": "小鳥", "sender_mail": "shop@kotori.example",
    "postal_address": "東京都台東区谷中1-2-3", "contact": "03-0000-0000", "site_url": "https://kotori.example",
    "account_url": "", "cart_url": "https://kotori.example/cart?items={items}", "notify_url": "", "staff_language": "ja",
}  # fmt: skip


def shop_now(cast: Cast) -> Shop:
    with scope.organization(cast.organization.id):
        return Shop.objects.get(id=cast.kotori.id)


def reasons_now(cast: Cast) -> list[Reason]:
    with scope.organization(cast.organization.id):
        return list(Reason.objects.filter(shop=cast.kotori).order_by("-is_active", "position", "id"))


def test_it_saves_what_the_shop_says_about_itself(cast: Cast) -> None:
    assert cast.aoi.browser().post("/settings/shop/", SHOP).status_code == 302
    shop = shop_now(cast)
    assert (shop.sender_name, shop.contact) == ("小鳥", "03-0000-0000")


def test_it_keeps_where_notes_to_the_staff_go(cast: Cast) -> None:
    told = {**SHOP, "staff_mail": "staff@kotori.example", "staff_language": "en"}
    assert cast.aoi.browser().post("/settings/shop/", told).status_code == 302
    assert (shop_now(cast).staff_mail, shop_now(cast).staff_language) == ("staff@kotori.example", "en")
    assert "staff@kotori.example" in cast.aoi.browser().get("/settings/shop/").content.decode()


def test_it_says_where_own_events_go(cast: Cast) -> None:
    page = cast.aoi.browser().get("/settings/connections/").content.decode()
    assert "http://testserver/api/v1/events" in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("sender_mail", "not a mail"),
        ("staff_mail", "not a mail"),
        ("staff_language", "fr"),
        ("cart_url", "javascript:alert(1)"),
        ("cart_url", "https://kotori.example/cart?x={customer}"),
        ("notify_url", "ftp://kotori.example"),
    ],
)
def test_it_says_at_the_field_what_is_wrong_and_keeps_what_was_typed(cast: Cast, field: str, typed: str) -> None:
    answer = cast.aoi.browser().post("/settings/shop/", {**SHOP, "contact": "typed just now", field: typed})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "typed just now" in page
    assert f'id="id_{field}_error"' in page
    assert shop_now(cast).contact != "typed just now"


def test_it_writes_a_reason_of_the_shops_own_in_both_languages(cast: Cast) -> None:
    browser = cast.aoi.browser()
    texts = {
        "label_ja": "贈り物にしたい",
        "label_en": "It is a gift",
        "answer_ja": "ラッピングできます。",
        "guidance_en": "Tick gift.",
    }
    assert browser.post("/settings/reasons/new/", texts).status_code == 302
    made = reasons_now(cast)[-1]
    assert (made.code, made.labels) == ("it_is_a_gift", {"ja": "贈り物にしたい", "en": "It is a gift"})
    assert browser.post(f"/settings/reasons/{made.id}/", {**texts, "label_ja": "ギフト"}).status_code == 302
    assert reasons_now(cast)[-1].labels["ja"] == "ギフト"
    assert browser.post(f"/settings/reasons/{made.id}/", {**texts, "label_ja": ""}).status_code == 422
    assert browser.post("/settings/reasons/new/", texts).status_code == 302
    assert len({reason.code for reason in reasons_now(cast)}) == 2


def test_it_orders_and_retires_reasons(cast: Cast) -> None:
    made = [builders.reason(cast.kotori, code, position=0, labels={"ja": code}) for code in ("a", "b", "c")]
    browser = cast.aoi.browser()

    def press(reason: Reason, do: str) -> list[str]:
        browser.post(f"/settings/reasons/{reason.id}/arrange/", {"do": do})
        return [f"{row.code}{'' if row.is_active else '-'}" for row in reasons_now(cast)]

    assert press(made[2], "up") == ["a", "c", "b"]
    assert press(made[0], "up") == ["a", "c", "b"]
    assert press(made[0], "down") == ["c", "a", "b"]
    assert press(made[0], "retire") == ["c", "b", "a-"]
    assert press(made[0], "down") == ["c", "b", "a-"]
    assert press(made[0], "offer")[-1] != "a-"
    assert browser.post(f"/settings/reasons/{made[0].id}/arrange/", {"do": "explode"}).status_code == 400


def test_it_shows_a_key_once(cast: Cast) -> None:
    browser = cast.aoi.browser()
    page = browser.post("/settings/connections/keys/", {"name": "店舗システム", "may_write": "on"}).content.decode()
    shown = re.search(r"kaeru_[\w-]{30,}", page)
    assert shown
    assert shown[0] not in browser.get("/settings/connections/").content.decode()
    key = tenants.find_api_key(shown[0])
    assert key is not None
    assert key.verbs == ["read", "write"]
    assert browser.post(f"/settings/connections/keys/{key.id}/revoke/").status_code == 302
    assert browser.post(f"/settings/connections/keys/{key.id}/revoke/").status_code == 404
    assert tenants.find_api_key(shown[0]) is None


def test_it_makes_no_key_without_a_name(cast: Cast) -> None:
    assert cast.aoi.browser().post("/settings/connections/keys/", {"name": ""}).status_code == 422
    with scope.organization(cast.organization.id):
        assert not ApiKey.objects.exists()


def test_it_never_shows_a_kept_secret(cast: Cast) -> None:
    browser = cast.aoi.browser()
    with scope.organization(cast.organization.id):
        before = tenants.shop_secrets(cast.kotori, "webhook")
    page = browser.get("/settings/connections/").content.decode()
    assert not [secret for secret in before if secret in page]
    made = re.search(r"whsec_[\w+/=]+", browser.post("/settings/connections/secrets/webhook/").content.decode())
    assert made
    assert made[0] not in browser.get("/settings/connections/").content.decode()
    with scope.organization(cast.organization.id):
        assert tenants.shop_secrets(cast.kotori, "webhook") == [made[0], *before], "the old one stays for an hour"
    pasted = {"secret": "shpss_0123456789abcdef"}
    answer = browser.post("/settings/connections/secrets/shopify/", pasted, follow=True)
    assert pasted["secret"] not in answer.content.decode()
    assert browser.post("/settings/connections/secrets/shopify/", {"secret": "short"}).status_code == 422
    assert browser.post("/settings/connections/secrets/other/").status_code == 404


def _rooms(browser: Client) -> set[str]:
    return set(re.findall(r'href="(/settings/[a-z]+/)"', browser.get("/settings/").content.decode()))


def test_it_shows_each_role_its_rooms(cast: Cast) -> None:
    assert _rooms(cast.aoi.browser()) == {
        "/settings/shop/", "/settings/reasons/", "/settings/connections/", "/settings/members/",
        "/settings/hours/", "/settings/sending/", "/settings/budgets/", "/settings/look/", "/settings/policy/",
        "/settings/repairs/", "/settings/desk/", "/settings/changes/", "/settings/malls/", "/settings/prevention/", "/settings/line/",
        "/settings/report/",
    }  # fmt: skip
    assert _rooms(cast.bunta.browser()) == {
        "/settings/reasons/", "/settings/budgets/", "/settings/members/", "/settings/changes/",
    }  # fmt: skip
    assert _rooms(cast.mei.browser()) == {"/settings/reasons/", "/settings/budgets/", "/settings/changes/"}
    for address in ("shop/", "connections/", "reasons/new/"):
        assert cast.bunta.browser().get(f"/settings/{address}").status_code == 403
    assert cast.mei.browser().get("/settings/members/").status_code == 403


def test_it_is_about_the_shop_that_was_asked_for(cast: Cast) -> None:
    other = tenants.add_shop(cast.organization, "suzume", "すずめ堂", actor="test")
    browser = cast.aoi.browser()
    assert "すずめ堂" in browser.get("/settings/shop/", {"shop": "suzume"}).content.decode()
    browser.post("/settings/shop/?shop=suzume", {**SHOP, "name": "すずめ屋"})
    with scope.organization(cast.organization.id):
        other.refresh_from_db()
    assert (other.name, shop_now(cast).name) == ("すずめ屋", "小鳥雑貨店")
    assert cast.chika.browser().get("/settings/shop/", {"shop": "suzume"}).content.decode().count("すずめ") == 0


def test_it_gives_a_person_a_place_and_takes_it_away(cast: Cast) -> None:
    browser = cast.aoi.browser()
    told = {"name": "新人", "email": "New@Example.com", "role": "editor"}
    assert browser.post("/settings/members/", told).status_code == 302
    with scope.organization(cast.organization.id):
        made = Member.objects.select_related("user").get(user__email="new@example.com")
    assert (made.role, made.user.has_usable_password()) == ("editor", False)
    assert browser.post("/settings/members/", {"remove": str(made.id)}).status_code == 302
    with scope.organization(cast.organization.id):
        assert not Member.objects.filter(id=made.id).exists()
    assert browser.post("/settings/members/", {**told, "role": "emperor"}).status_code == 422


@pytest.mark.parametrize("who", ["", "x", "-1", "9" * 40, "7"])
def test_it_takes_nobody_away_who_is_not_there(cast: Cast, who: str) -> None:
    assert cast.aoi.browser().post("/settings/members/", {"remove": who}).status_code in {404, 422}


def test_it_keeps_the_last_owner_and_other_peoples_members(cast: Cast) -> None:
    browser = cast.aoi.browser()
    browser.post("/settings/members/", {"remove": str(cast.aoi.member.id)})
    assert browser.get("/").status_code == 200
    assert browser.post("/settings/members/", {"remove": str(cast.chika.member.id)}).status_code == 404
    assert cast.chika.browser().get("/").status_code == 200


def test_it_lets_only_owners_manage_members(cast: Cast) -> None:
    browser = cast.bunta.browser()
    assert browser.get("/settings/members/").status_code == 200
    assert browser.post("/settings/members/", {"remove": str(cast.mei.member.id)}).status_code == 403


def test_it_moves_between_the_places_of_one_person(cast: Cast) -> None:
    tenants.add_member(cast.other_organization, "bunta@example.com", "owner")
    browser = cast.bunta.browser()
    assert "小鳥雑貨店" in browser.get("/").content.decode()
    assert browser.post("/settings/organization/", {"organization": str(cast.other_organization.id)}).status_code == 302
    assert "千鳥商会" in browser.get("/").content.decode()
    assert (
        cast.mei.browser()
        .post("/settings/organization/", {"organization": str(cast.other_organization.id)})
        .status_code
        == 404
    )
