"""Opening hours, sending rules and the pause, as the owner meets them."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from kaeru.core import clock, pause, scope
from kaeru.messages.limits import limits_of
from kaeru.messages.models import ChannelRule, Message
from kaeru.messages.timing import Cap, Rule
from kaeru.offers import queries as offers
from kaeru.tenants.models import Shop
from kaeru.tenants.queries import calendars
from tests import builders
from tests.cast import Cast

WEEK = {f"open_{day}": "on" for day in range(5)} | {
    key: at for day in range(7) for key, at in ((f"from_{day}", "09:30"), (f"to_{day}", "17:00"))
}
RULES = {
    "mail-quiet_from": "22:00", "mail-quiet_to": "07:30", "mail-weekdays": ["0", "1", "2", "3", "4"], "mail-covers": "everything",
    "line-weekdays": [str(day) for day in range(7)], "line-covers": "advertisement",
    "has_cap": "on", "most": "2", "days": "14", "weeks": "8",
}  # fmt: skip


def at(*told: int) -> None:
    moment = datetime(*told, tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC)  # type: ignore[arg-type,misc]
    clock.set_clock(clock.Clock(real=datetime.now(UTC).timestamp(), shown=moment))


def text_of(browser: Client, address: str, language: str = "ja") -> str:
    return browser.get(f"{address}?lang={language}").content.decode()


def test_it_keeps_the_week_the_holidays_and_days_off(cast: Cast) -> None:
    at(2026, 11, 22, 12)
    browser = cast.aoi.browser()
    told = {**WEEK, "closed_from": "2026-12-29", "closed_to": "2027-01-03"}
    assert browser.post("/settings/hours/", told).status_code == 302
    with scope.organization(cast.organization.id):
        calendar = calendars([cast.kotori.id])[cast.kotori.id]
    assert calendar.hours[0] == (time(9, 30), time(17))
    assert calendar.hours[5:] == (None, None)
    assert not calendar.keeps_holidays
    assert min(calendar.closed_on) == date(2026, 12, 29)
    assert len(calendar.closed_on) == 6
    page = text_of(browser, "/settings/hours/")
    assert "次の営業は11月23日(月) 9:30からです。" in page
    assert "12月29日(火) – 2027年1月3日(日)" in page
    browser.post("/settings/hours/", {**WEEK, "remove": "2026-12-29/2027-01-03", "keeps_holidays": "on"})
    with scope.organization(cast.organization.id):
        assert Shop.objects.get(id=cast.kotori.id).closed_on == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({f"open_{day}": "" for day in range(7)}, "営業する曜日を1つ以上選んでください。"),
        ({"from_0": ""}, "開店と閉店の時刻を入力してください。"),
        ({"closed_from": "2026-12-29", "closed_to": "2026-12-01"}, "最後の日は、最初の日より後にしてください。"),
        ({"closed_from": "2026-12-29", "closed_to": "2027-12-01"}, "一度に追加できるのは60日までです。"),
    ],
)
def test_it_says_what_is_wrong_with_the_hours(cast: Cast, wrong: dict[str, str], said: str) -> None:
    told = {key: value for key, value in {**WEEK, **wrong}.items() if value}
    answer = cast.aoi.browser().post("/settings/hours/", told)
    assert answer.status_code == 422
    assert said in answer.content.decode()


def test_it_keeps_the_sending_rules(cast: Cast) -> None:
    browser = cast.aoi.browser()
    assert browser.post("/settings/sending/", RULES).status_code == 302
    with scope.organization(cast.organization.id):
        bounds = limits_of([cast.kotori.id])
        assert bounds.rule(cast.kotori.id, "mail") == Rule(
            "mail", time(22), time(7, 30), frozenset(range(5)), on_holidays=False, covers="everything"
        )
        assert bounds.cap(cast.kotori.id) == Cap(2, 14)
        assert offers.incentive_weeks(cast.kotori.id) == 8
    page = text_of(browser, "/settings/sending/")
    assert 'value="22:00"' in page
    browser.post("/settings/sending/", {**RULES, "has_cap": ""})
    with scope.organization(cast.organization.id):
        assert limits_of([cast.kotori.id]).cap(cast.kotori.id) is None


def test_it_shows_the_usual_rules_of_a_shop_that_said_nothing(cast: Cast) -> None:
    with scope.everyone():
        ChannelRule.objects.all().delete()
    page = text_of(cast.aoi.browser(), "/settings/sending/", "en")
    assert 'value="21:00"' in page
    assert 'value="08:00"' in page
    assert "Nothing is dropped" in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"mail-weekdays": []}, "曜日を1つ以上選んでください。"),
        ({"mail-quiet_to": ""}, "両方を空欄にしてください。"),
        ({"mail-quiet_to": "22:00"}, "いつまでも送れません。"),
        ({"most": ""}, "何日間に何通までかを入力してください。"),
        ({"weeks": "-1"}, "0 以上"),
    ],
)
def test_it_refuses_rules_that_would_never_send(cast: Cast, wrong: dict[str, object], said: str) -> None:
    answer = cast.aoi.browser().post("/settings/sending/", {**RULES, **wrong})
    assert answer.status_code == 422
    assert said in answer.content.decode()
    with scope.organization(cast.organization.id):
        assert limits_of([cast.kotori.id]).rule(cast.kotori.id, "mail") == Rule("mail"), "nothing was saved"


@pytest.mark.parametrize("address", ["/settings/hours/", "/settings/sending/"])
def test_it_is_not_for_everybody(cast: Cast, address: str) -> None:
    assert cast.bunta.browser().get(address).status_code == 403
    assert cast.bunta.browser().post(address, {}).status_code == 403


def _wait(cast: Cast, reason: str, due: datetime) -> Message:
    buyer = builders.customer(cast.kotori, consents=True)
    template = builders.template(cast.kotori)
    message = builders.message(template, buyer, 1)
    with scope.organization(cast.organization.id):
        Message.objects.filter(id=message.id).update(
            state="waiting", reason=reason, due_at=due, purpose="advertisement", ended_at=None
        )
    return message


@pytest.mark.parametrize(
    ("reason", "ja", "en"),
    [
        ("quiet_hours", "21:00–8:00は送らないため、11月24日(火) 8:00に送ります。", "from 21:00 to 8:00, so it goes on Tue 24 Nov, 8:00."),
        ("weekday", "送らない曜日のため、11月24日(火) 8:00に送ります。", "on this day of the week, so it goes on Tue 24 Nov, 8:00."),
        ("holiday", "祝日は送らないため、11月24日(火) 8:00に送ります。", "on public holidays, so it goes on Tue 24 Nov, 8:00."),
        ("cap", "7日間に3通まで送ったため、11月24日(火) 8:00に送ります。", "3 offers within 7 days, so it goes on Tue 24 Nov, 8:00."),
    ],
)  # fmt: skip
def test_it_says_why_a_mail_waits_and_until_when(cast: Cast, reason: str, ja: str, en: str) -> None:
    at(2026, 11, 23, 23)
    with scope.everyone():
        ChannelRule.objects.all().delete()
    message = _wait(cast, reason, datetime(2026, 11, 24, 8, tzinfo=ZoneInfo("Asia/Tokyo")))
    browser = cast.aoi.browser()
    for address in ("/waiting/", f"/mails/{message.id}/"):
        assert ja in text_of(browser, address)
        assert en in text_of(browser, address, "en")
    assert "1通：" in text_of(browser, "/settings/sending/")


# --- the pause


def test_it_stops_and_goes_on_at_a_button(cast: Cast) -> None:
    browser = cast.bunta.browser()
    assert "一時停止する" in text_of(browser, "/")
    assert "一時停止する" in text_of(browser, "/settings/")
    answer = browser.post("/settings/pause/", {"shop": "kotori", "do": "pause", "back": "/settings/"})
    assert (answer.status_code, answer["Location"]) == (303, "/settings/")
    with scope.organization(cast.organization.id):
        assert Shop.objects.get(id=cast.kotori.id).is_paused
    for address in ("/", "/cancellations/", "/scenarios/", "/waiting/", "/settings/"):
        assert "小鳥雑貨店を一時停止しています" in text_of(browser, address)
    assert "小鳥雑貨店 is paused" in text_of(browser, "/waiting/", "en")
    browser.post("/settings/pause/", {"shop": "kotori", "do": "resume", "back": "https://evil.example/"})
    with scope.organization(cast.organization.id):
        assert not Shop.objects.get(id=cast.kotori.id).is_paused
    assert "一時停止しています" not in text_of(browser, "/waiting/")


def test_it_leads_nowhere_else(cast: Cast) -> None:
    browser = cast.aoi.browser()
    for back in ("https://evil.example/", "//evil.example/", "javascript:alert(1)", ""):
        answer = browser.post("/settings/pause/", {"shop": "kotori", "do": "pause", "back": back})
        assert answer["Location"] == "/"
    assert browser.post("/settings/pause/", {"shop": "kotori", "do": "burn"}).status_code == 400
    assert browser.post("/settings/pause/", {"shop": "chidori", "do": "pause"}).status_code == 404
    assert cast.mei.browser().post("/settings/pause/", {"shop": "kotori", "do": "pause"}).status_code == 403


def test_it_says_on_every_page_that_everything_is_paused(cast: Cast) -> None:
    pause.pause("メールサーバーの移行中です。", actor="cli")
    page = text_of(cast.chika.browser(), "/waiting/")
    assert "Kaeru全体を一時停止しています" in page
    assert "メールサーバーの移行中です。" in page
    assert "再開する" not in page, "that is the operator's"
