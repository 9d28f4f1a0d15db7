"""The pages of prevention: late parcels, prices and stock, causes, and their settings."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from pytest_django import DjangoAssertNumQueries

from kaeru.core import clock, ids, scope
from kaeru.marketplaces.checks import actions as checks
from kaeru.marketplaces.checks.actions import StockRecord
from kaeru.marketplaces.findings import actions as findings
from kaeru.marketplaces.models import BuyerNotice, Discrepancy, Finding, PreventionTerms, Stock
from kaeru.messages.models import Message
from kaeru.tenants.models import Shop
from tests.cast import Cast
from tests.integration.console.test_cancellations import seen
from tests.integration.marketplaces.parcel_stage import mall, parcel, set_time, shop

__all__ = ["mall", "shop"]
NEW = "2026-11-27"


@pytest.fixture(autouse=True)
def wednesday() -> None:
    """After the day on which the guard's rules begin."""
    set_time(datetime(2026, 11, 25, 1, 30, tzinfo=UTC))


def late(shop: Shop, **fields: object) -> str:
    return str(parcel(shop, 3, dispatch_by=date(2026, 11, 24), **fields).id)


def test_it_lists_what_presses(cast: Cast, shop: Shop, mall: Shop) -> None:
    late(shop, number="#1001", wished_on=date(2026, 11, 26), wished_slot="午前中")
    parcel(mall, 12, number="Q-7")
    said = seen(cast.aoi.browser().get("/late/", {"lang": "ja"}).content)
    assert "遅れている注文2件" in said
    assert "#1001" in said and "Q-7" in said
    assert "11月26日(木) 午前中" in said
    assert "−2点" in said
    assert "university.qoo10.jp/article/07/" in said
    said = seen(cast.aoi.browser().get("/late/", {"lang": "en"}).content)
    assert "1 day past the planned dispatch date" in said


def test_it_tells_with_one_tap(cast: Cast, shop: Shop) -> None:
    key = late(shop)
    browser = cast.bunta.browser()
    page = browser.get("/late/").content.decode()
    assert f'value="{key}" checked' in page
    assert 'value="2026-11-26"' in page, "the next working day is proposed"
    answer = browser.post(
        "/late/tell/", {"order": [key], "new_on": NEW, "cause": "supplier", "do": "tell"}, follow=True
    )
    assert "1人のお客様にお知らせしています" in seen(answer.content)
    assert Message.objects.get().source == "parcel"
    assert "お知らせ済み：11月27日(金)" in seen(browser.get("/late/").content)
    assert f'value="{key}" checked' not in browser.get("/late/").content.decode()


def test_it_shows_the_letter_first(cast: Cast, shop: Shop) -> None:
    told = {
        "order": [late(shop)],
        "new_on": NEW,
        "cause": "carrier",
        "words_ja": "ご不便をおかけします。",
        "do": "preview",
    }
    answer = cast.aoi.browser().post("/late/tell/", told)
    said = seen(answer.content)
    assert answer.status_code == 200
    assert "配送会社の集荷が遅れております" in said
    assert "ご不便をおかけします。" in said
    assert not Message.objects.exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"order": []}, {"new_on": ""}, {"new_on": "2026-11-25"}, {"new_on": "2027-11-25"}, {"cause": "x"},
        {"words_ja": "在庫がないため、お客様のほうでキャンセルをお願いします。"}, {"order": ["7x"]},
    ],
)  # fmt: skip
@pytest.mark.parametrize("do", ["tell", "preview"])
def test_it_says_what_to_mend(cast: Cast, shop: Shop, wrong: dict[str, object], do: str) -> None:
    told = {"order": [late(shop)], "new_on": NEW, "cause": "supplier", "do": do, **wrong}
    answer = cast.aoi.browser().post("/late/tell/", told)
    if do == "tell" or wrong.get("cause") != "x":
        assert answer.status_code == 422
        assert "まだ誰にもお知らせしていません" in seen(answer.content)
    assert not Message.objects.exists()


def test_it_hands_out_the_text_where_the_mall_lets_nobody_write_first(cast: Cast, mall: Shop) -> None:
    key = late(mall)
    browser = cast.aoi.browser()
    answer = browser.post(
        "/late/tell/", {"order": [key], "new_on": NEW, "cause": "supplier", "do": "tell"}, follow=True
    )
    said = seen(answer.content)
    assert "モールの画面に貼り付ける文面" in said
    assert "新しい発送予定日：11月27日(金)" in answer.content.decode()
    assert "QSM" in said or "Qoo10" in said
    notice = BuyerNotice.objects.get()
    browser.post(f"/late/{notice.id}/pasted/")
    notice.refresh_from_db()
    assert notice.pasted_at is not None
    assert not Message.objects.exists()


def test_it_keeps_chika_and_mei_out(cast: Cast, shop: Shop) -> None:
    key = late(shop)
    told = {"order": [key], "new_on": NEW, "cause": "supplier", "do": "tell"}
    assert cast.mei.browser().post("/late/tell/", told).status_code == 403
    cast.chika.browser().post("/late/tell/", told)
    assert not Message.objects.exists()
    assert "山田 花子" not in seen(cast.mei.browser().get("/late/").content)
    assert "藍染め" not in seen(cast.chika.browser().get("/late/").content)


def test_it_draws_a_hundred_as_it_draws_one(
    cast: Cast, shop: Shop, mall: Shop, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    browser = cast.aoi.browser()
    for count in (1, 20):
        for _ in range(count):
            late(shop), late(mall)
        with django_assert_max_num_queries(40):
            browser.get("/late/")


# --- prices and stock -----------------------------------------------------------------------------------------------------


def test_it_shows_what_cannot_be_right(cast: Cast, shop: Shop) -> None:
    checks.tell_stock(shop, [StockRecord("sku-0", 5, cost=900)], actor="member:1")
    Discrepancy.objects.create(
        organization_id=shop.organization_id, shop=shop, kind="price", sku="sku-0", title="藍染めの手ぬぐい", why="digit_missing",
        detail={"price": 198, "usual": 1980, "cost": 900, "loss": 1782}, found_at=clock.now(),
    )  # fmt: skip
    browser = cast.bunta.browser()
    said = seen(browser.get("/late/checks/", {"lang": "ja"}).content)
    assert "価格の桁が足りない可能性があります" in said
    assert "価格 198円、いつもの価格 1,980円、原価 900円" in said
    assert "sku-0" in said
    browser.post(f"/late/checks/{Discrepancy.objects.get().id}/settle/")
    assert "おかしなところはありません" in seen(browser.get("/late/checks/").content)


def test_it_takes_a_list_of_stock(cast: Cast, shop: Shop) -> None:
    browser = cast.aoi.browser()
    file = SimpleUploadedFile("zaiko.csv", "商品コード,在庫数\nA-1,3\nA-2,x\n".encode("cp932"))
    answer = browser.post("/late/checks/upload/", {"file": file}, follow=True)
    assert "1件の在庫を取り込みました" in seen(answer.content)
    assert "3行目" in seen(answer.content)
    assert Stock.objects.get().quantity == 3
    bad = SimpleUploadedFile("x.csv", b"a,b\n1,2\n")
    assert browser.post("/late/checks/upload/", {"file": bad}).status_code == 422
    assert browser.post("/late/checks/upload/", {}).status_code == 422


# --- causes -----------------------------------------------------------------------------------------------------------------


def finding(shop: Shop, **fields: object) -> Finding:
    known: dict[str, object] = {
        "kind": "product", "subject": "sku-0", "title": "藍染めの手ぬぐい", "orders": 40, "cancelled": 12, "rest_orders": 400,
        "rest_cancelled": 8, "cost": 47_520, "median": 3_960, "reason": "mistaken_order", "with_reason": 9, "fix": "option_notice",
        "week_on": date(2026, 11, 23), "programme": "qoo10",
    }  # fmt: skip
    with scope.organization(shop.organization_id):
        return Finding.objects.create(
            id=ids.new_id(), organization_id=shop.organization_id, shop=shop, made_at=clock.now(), **{**known, **fields}
        )


def test_it_says_what_causes_the_cancellations(cast: Cast, shop: Shop) -> None:
    finding(shop)
    finding(shop, subject="sku-9", title="小鳥の皿", orders=5, cancelled=2, fix="page_words", kind="page")
    said = seen(cast.mei.browser().get("/standing/findings/", {"lang": "ja"}).content)
    assert "40件の注文のうち12件がキャンセルされました（30.0%）" in said
    assert "ほかより多い" in said
    assert "少数：偶然かもしれません" in said
    assert "確認しました" in said
    assert "間違えて注文した" in said
    assert "47,520円" in said
    said = seen(cast.mei.browser().get("/standing/findings/", {"lang": "en"}).content)
    assert "12 of 40 orders were cancelled (30.0%)" in said


def test_it_takes_an_answer(cast: Cast, shop: Shop) -> None:
    row, browser = finding(shop), cast.bunta.browser()
    for do, kept in (("done", "done"), ("again", ""), ("dismissed", "dismissed")):
        assert browser.post(f"/standing/findings/{row.id}/answer/", {"do": do}).status_code == 302
        row.refresh_from_db()
        assert row.answer == kept
    assert browser.post(f"/standing/findings/{row.id}/answer/", {"do": "x"}).status_code == 400
    assert cast.chika.browser().post(f"/standing/findings/{row.id}/answer/", {"do": "done"}).status_code == 404
    assert findings.monday(date(2026, 11, 25)) == row.week_on


def test_it_shows_an_earlier_week(cast: Cast, shop: Shop) -> None:
    finding(shop)
    finding(shop, week_on=date(2026, 11, 16), title="先週の品")
    browser = cast.aoi.browser()
    assert "先週の品" not in seen(browser.get("/standing/findings/").content)
    assert "先週の品" in seen(browser.get("/standing/findings/", {"week": "2026-11-16"}).content)
    assert browser.get("/standing/findings/", {"week": "x"}).status_code == 200


# --- settings ---------------------------------------------------------------------------------------------------------------


def test_it_keeps_what_the_shop_says(cast: Cast, shop: Shop) -> None:
    browser = cast.aoi.browser()
    assert browser.get("/settings/prevention/").status_code == 200
    told = {
        "notice": ["shipped"],
        "shares_stock": "1",
        "shipped_ja_subject": "発送しました",
        "shipped_ja_body": "{{ parcel.tracking }}",
    }
    assert browser.post("/settings/prevention/", told).status_code == 302
    row = PreventionTerms.objects.get(shop=shop)
    assert (row.tells, row.notices, list(row.texts)) == (False, ["shipped"], ["shipped"])
    page = browser.get("/settings/prevention/").content.decode()
    assert "発送しました" in page


@pytest.mark.parametrize("body", ["{{ coupon.code }}", "キャンセルのお手続きをお客様からお願いします。"])
def test_it_refuses_words_that_cannot_be_sent(cast: Cast, shop: Shop, body: str) -> None:
    told = {"delayed_ja_subject": "遅れます", "delayed_ja_body": body}
    answer = cast.aoi.browser().post("/settings/prevention/", told)
    assert answer.status_code == 422
    assert "まだ保存していません" in seen(answer.content)
    assert not PreventionTerms.objects.filter(shop=shop).exists()


def test_it_shows_the_letters_before_they_are_kept(cast: Cast, shop: Shop) -> None:
    told = {
        "shipped_ja_subject": "発送しました",
        "shipped_ja_body": "番号は{{ parcel.tracking }}です。",
        "do": "preview",
    }
    answer = cast.aoi.browser().post("/settings/prevention/", told)
    assert "番号は1234-5678-9012です。" in seen(answer.content)
    assert not PreventionTerms.objects.filter(shop=shop).exists()
    assert clock.now() > datetime(2026, 11, 25, tzinfo=UTC) - timedelta(days=1)
