"""キャンセル規定: edited in one form, tried on past orders before it is saved, kept in versions."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from kaeru.cancellations.models import CancelPolicy, RequestState
from kaeru.cancellations.policy.ready import READY
from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from tests import builders
from tests.cast import Cast
from tests.integration.console.forms import Form

URL = "/settings/policy/"
LARGE = {"field": "order.value", "op": "at_least", "value": 10_000}


def text_of(client: Client, **data: str) -> str:
    answer = client.post(URL, data) if data else client.get(URL)
    assert answer.status_code in (200, 302), answer.content.decode()[-500:]
    return answer.content.decode()


def press(client: Client, html: str, do: str, **changes: str) -> str:
    return text_of(client, **{**Form(html).data, **changes, "do": do})


@pytest.fixture
def browser(cast: Cast) -> Client:
    client = cast.aoi.browser()
    client.cookies["django_language"] = "ja"
    return client


def past(cast: Cast, count: int = 3, **fields: object) -> None:
    for number in range(count):
        buyer = builders.customer(cast.kotori, email=f"b{number}{len(fields)}@example.com")
        builders.order(cast.kotori, buyer, placed_at=clock.now() - timedelta(days=number + 1), **fields)  # type: ignore[arg-type]


def test_it_says_plainly_what_happens_without_a_policy(cast: Cast, browser: Client) -> None:
    html = text_of(browser)
    assert "キャンセル規定はまだありません" in html
    for ready in READY:
        assert f"ready:{ready.code}" in html


@pytest.mark.parametrize("ready", [one.code for one in READY])
def test_it_saves_a_ready_policy_after_it_was_tried(cast: Cast, browser: Client, ready: str) -> None:
    past(cast)
    started = press(browser, text_of(browser), f"ready:{ready}")
    with scope.organization(cast.organization.id):
        assert not CancelPolicy.objects.exists(), "nothing is saved before it was tried"
    tried = press(browser, press(browser, started, "save"), "try")
    assert "過去90日の注文 3件" in tried
    press(browser, tried, "save")
    with scope.organization(cast.organization.id):
        saved = CancelPolicy.objects.get()
        expected = next(one.document for one in READY if one.code == ready)
        assert saved.document["rules"] == list(expected["rules"])
        assert saved.document["cutoff"] == expected["cutoff"]
        assert AuditEntry.objects.filter(verb="policy.saved", actor=f"member:{cast.aoi.member.id}").count() == 1
    assert "使用中" in text_of(browser)


def test_it_brings_every_field_back_as_it_was(cast: Cast, browser: Client) -> None:
    told = {
        "cutoff": "14:00",
        "rules": [
            {
                "id": "a", "name": "高額", "result": "refuse", "ground": "mine",
                "when": {"all": [LARGE, {"field": "order.payment_kind", "op": "is", "value": "cod"}]},
            },
            {"id": "b", "name": "", "when": None, "result": "ask", "ground": ""},
        ],
        "otherwise": "refuse", "otherwise_ground": "too_late",
        "grounds": {"mine": {"ja": "お作りしています。", "en": ""}, "shipped": {"ja": "出ました。", "en": "Gone."}},
        "refund": {"coupons": "never", "points": "shop_side", "form_url": "https://pay.example/form"},
    }  # fmt: skip
    builders.policy(cast.kotori, told)
    html = text_of(browser)
    tried = press(browser, html, "try", **words_of(html))
    press(browser, tried, "save", **words_of(html))
    with scope.organization(cast.organization.id):
        assert CancelPolicy.objects.count() == 1, "what was not changed makes no version"


def words_of(html: str) -> dict[str, str]:
    """Textareas, which the reader of forms leaves out."""
    found = re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', html)
    return dict(found)


def test_it_moves_adds_and_removes_rules_without_a_script(cast: Cast, browser: Client) -> None:
    html = press(browser, text_of(browser), "add")
    html = press(browser, html, "add", **{"rules.0:name": "一"})
    html = press(browser, html, "up:1", **{"rules.1:name": "二"})
    data = Form(html).data
    assert [data["rules.0:name"], data["rules.1:name"]] == ["二", "一"]
    assert html.count("autofocus") == 1
    html = press(browser, html, "condition:add:rules.1.when", **{"rules.1.when:new": "order.value"})
    assert Form(html).data["rules.1.when.0:field"] == "order.value"
    html = press(browser, html, "remove:0")
    assert Form(html).data["rules:count"] == "1"
    assert Form(html).data["rules.0.when.0:field"] == "order.value"


def test_it_says_at_the_field_what_is_wrong_and_saves_nothing(cast: Cast, browser: Client) -> None:
    html = press(browser, text_of(browser), "add")
    answer = browser.post(URL, {**Form(html).data, "rules.0:result": "refuse", "do": "try"})
    assert answer.status_code == 422
    assert "お客様にお伝えする理由を選んでください" in answer.content.decode()
    answer = browser.post(
        URL, {**Form(html).data, "refund:form_url": "javascript:alert(1)", "cutoff": "99:99", "do": "try"}
    )
    assert answer.status_code == 422
    assert answer.content.decode().count("https:// で始まるアドレス") == 1


def test_it_counts_what_would_change_and_shows_examples(cast: Cast, browser: Client) -> None:
    past(cast, 2, total=12_000)
    past(cast, 3, total=2_000)
    past(cast, 1, total=50_000, shipped_at=clock.now() - timedelta(days=30))
    html = press(browser, text_of(browser), "add")
    large = {"rules.0:result": "ask", "rules.0.when:new": "order.value"}
    html = press(browser, html, "condition:add:rules.0.when", **large)
    html = press(browser, html, "try", **{"rules.0.when.0:value": "１０，０００"})
    assert "過去90日の注文 6件：自動で承る 3 / 確認 2 / お断り 0 / 規定によらず間に合わない 1" in html
    assert "今の規定と答えが変わる注文 2件" in html
    assert html.count("すぐに承る → 確認する") == 2


def test_it_tries_again_what_was_changed_after_the_trial(cast: Cast, browser: Client) -> None:
    past(cast, 1)
    html = press(browser, press(browser, text_of(browser), "add"), "try")
    again = press(browser, html, "save", **{"rules.0:result": "accept"})
    assert "過去90日の注文 1件：自動で承る 1" in again
    with scope.organization(cast.organization.id):
        assert not CancelPolicy.objects.exists()
    press(browser, again, "save")
    with scope.organization(cast.organization.id):
        assert CancelPolicy.objects.get().document["rules"][0]["result"] == "accept"


def test_it_does_not_write_over_what_somebody_saved_meanwhile(cast: Cast, browser: Client) -> None:
    html = press(browser, press(browser, text_of(browser), "add"), "try")
    builders.policy(cast.kotori, READY[0].document)  # type: ignore[arg-type]
    answer = browser.post(URL, {**Form(html).data, "do": "save"})
    assert answer.status_code == 409
    press(browser, answer.content.decode(), "try")
    with scope.organization(cast.organization.id):
        assert CancelPolicy.objects.count() == 1


def test_it_lets_an_old_version_count_again(cast: Cast, browser: Client) -> None:
    for number, ready in enumerate(READY, start=1):
        builders.policy(cast.kotori, dict(ready.document), number=number)
    answer = browser.post(URL + "restore/", {"number": "1"})
    assert answer.status_code == 302
    with scope.organization(cast.organization.id):
        newest = CancelPolicy.objects.order_by("-number").first()
        assert newest is not None
        assert (newest.number, newest.document) == (4, READY[0].document)
        verbs = list(AuditEntry.objects.order_by("id").values_list("verb", flat=True))
        assert verbs[-2:] == ["policy.saved", "policy.restored"]
    assert browser.post(URL + "restore/", {"number": "99"}).status_code == 404
    assert browser.post(URL + "restore/", {"number": "x"}).status_code == 302
    with scope.organization(cast.organization.id):
        assert CancelPolicy.objects.count() == 4


def test_it_is_for_those_who_may_change_the_shop(cast: Cast) -> None:
    for person in (cast.bunta, cast.mei):
        assert person.browser().get(URL).status_code == 403
        assert person.browser().post(URL, {"do": "save"}).status_code == 403
        assert person.browser().post(URL + "restore/", {"number": "1"}).status_code == 403
    secret = {"id": "secret", "name": "ひみつの規則", "when": None, "result": "ask", "ground": ""}
    builders.policy(cast.kotori, {"rules": [secret]})
    chika = cast.chika.browser()
    assert "ひみつの規則" in cast.aoi.browser().get(URL).content.decode()
    assert "ひみつの規則" not in chika.get(URL + "?shop=kotori").content.decode()
    assert chika.post(URL + "restore/?shop=kotori", {"number": "1"}).status_code == 404


def test_it_judges_an_order_with_a_wish_at_the_moment_of_the_wish(cast: Cast, browser: Client) -> None:
    order = builders.order(
        cast.kotori, builders.customer(cast.kotori), placed_at=clock.now() - timedelta(days=2),
        shipped_at=clock.now() - timedelta(hours=1),
    )  # fmt: skip
    builders.cancellation(
        order, builders.reason(cast.kotori), state=RequestState.KEPT, requested_at=clock.now() - timedelta(hours=2)
    )
    html = press(browser, text_of(browser), "add", **{"rules.0:result": "ask"})
    html = press(browser, html, "condition:add:rules.0.when", **{"rules.0.when:new": "order.minutes"})
    html = press(browser, html, "try", **{"rules.0.when.0:op": "at_least", "rules.0.when.0:value": str(45 * 60)})
    assert "確認 1" in html
