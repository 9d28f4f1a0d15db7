"""The outlook on the standing page: what waits, how the chance went, how right it was."""

from datetime import date, timedelta

import pytest
from django.test import Client

from kaeru.core import clock, scope
from kaeru.marketplaces.forecast.models import Forecast
from kaeru.tenants.models import Shop
from tests.cast import Cast
from tests.integration.marketplaces.test_forecast import TOKYO_8, _said, asked, at, near, on_qoo10


@pytest.fixture
def shop(cast: Cast) -> Shop:
    at(TOKYO_8)
    with scope.everyone():
        shop = on_qoo10(cast.kotori)
        near(shop)
    return shop


def page(browser: Client, language: str = "ja") -> str:
    browser.cookies["kaeru_language"] = language
    answer = browser.get("/standing/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_it_shows_the_chances_and_nothing_that_is_not_there(shop: Shop, cast: Cast) -> None:
    text = page(cast.bunta.browser())
    assert "超える確率" in text
    assert "返事を待っている申請が" not in text and "朝ごとの見込み" not in text and "答え合わせ" not in text


def test_it_says_what_the_waiting_requests_would_change(shop: Shop, cast: Cast) -> None:
    with scope.everyone():
        asked(shop)
        asked(shop)
    text = page(cast.bunta.browser())
    assert "返事を待っている申請が2件あります。1か月のキャンセル率 7%を超える確率は、すべて取り消すと" in text
    assert "2 requests wait." in page(cast.bunta.browser(), "en")


def test_it_shows_how_the_chance_went_and_how_right_it_was(shop: Shop, cast: Cast) -> None:
    with scope.everyone():
        for back in range(5, 0, -1):
            _said(shop, 0.5 - 0.07 * back, made_on=date(2026, 9, 15) - timedelta(days=back))
        for number in range(30):
            _said(
                shop, 0.1 if number % 10 else 0.9, made_on=date(2026, 7, 1) + timedelta(days=number), judged_on=date(2026, 8, 1),
                came=number % 10 == 0, closed_at=clock.now(),
            )  # fmt: skip
        assert Forecast.objects.count() == 35
    text = page(cast.bunta.browser())
    assert "朝ごとの見込み" in text and "<polyline" in text
    assert "9月10日(木)は15%、現在は" in text
    assert "これまでに答え合わせが済んだ見込みは30件、そのうち基準を超えたのは3件です。" in text
