"""The guard at the doors: what is forbidden is neither published nor handed over, and it is kept why."""

from typing import Any

import pytest
from django.urls import reverse
from pytest_django import Settings

from kaeru.core import scope
from kaeru.messages import actions, guarding, passes, trials
from kaeru.messages.errors import OverruleRefused, TextsRefused
from kaeru.messages.models import Delivery, Message, Overrule, Purpose
from kaeru.scenarios import actions as scenarios
from kaeru.scenarios.errors import NotPublishable
from kaeru.scenarios.flow import flow_of
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop
from tests import builders
from tests.cast import Cast
from tests.smtp import Catcher

SUBJECT = "【{{ shop.name }}】ご注文 {{ order.number }}"
BANK = {"subject": SUBJECT, "body": "{{ customer.name }} 様\n\n返金のため口座番号をお知らせください。"}
THREAT = {"subject": SUBJECT, "body": "{{ customer.name }} 様\n\nお支払いがない場合は法的措置を取らせていただきます。"}
GOOD = {"subject": SUBJECT, "body": "{{ customer.name }} 様\n\nご返金は3日以内に完了します。"}
BLAME = {"subject": SUBJECT, "body": "お客様のご都合によりキャンセルとさせていただきました。"}


def handed(shop: Shop, text: dict[str, str], name: str = "山田 花子") -> tuple[Message, list[Delivery]]:
    """A message of a template that was there before the guard, handed over."""
    says = builders.template(shop, ja=text)
    message = builders.message(says, builders.customer(shop, name=name), 1, source="test")
    passes.hand_over(10)
    with scope.everyone():
        return Message.objects.get(id=message.id), list(Delivery.objects.filter(message=message))


def scenario(shop: Shop, text: dict[str, str], **reason: Any) -> Scenario:
    steps = [{"kind": "message", "purpose": "notice", "channels": ["mail"], "texts": {"ja": text}}]
    with scope.organization(shop.organization_id):
        return scenarios.begin(shop, actor="test", reason=builders.reason(shop, **reason), flow=flow_of(steps))


def test_it_closes_what_is_forbidden_at_the_hand_over_and_keeps_why(cast: Cast, inbox: Catcher) -> None:
    message, [delivery] = handed(cast.kotori, BANK)
    assert (message.state, message.reason) == ("closed", "guard")
    assert inbox.mails == []
    assert delivery.detail.startswith("L01")
    assert "口座番号をお知らせください" in delivery.detail
    assert "口座番号" in delivery.body
    page = cast.aoi.browser().get(reverse("console:message", args=[message.id]))
    assert "口座番号をお知らせください" in page.content.decode()


def test_it_hands_over_what_is_good_whatever_the_customer_is_called(cast: Cast, inbox: Catcher) -> None:
    for name in (
        "山田 花子",
        "",
        "業界No.1 太郎",
        "{{ shop.contact }}",
        "当選は evil.example.com まで https://evil.example/login",
    ):
        message, _ = handed(cast.kotori, GOOD, name)
        assert message.state == "sent", name


def test_it_hands_over_an_offer_of_a_kaeru_that_is_reached_by_a_number(
    cast: Cast, inbox: Catcher, settings: Settings
) -> None:
    """As the demo's and a trial's in the office: the link to stop offers is our own, and no fraud."""
    settings.KAERU_BASE_URL = "http://127.0.0.1:8461"
    offer = {"subject": SUBJECT, "body": "{{ customer.name }} 様\n\n次のご注文のご案内です。\n{{ links.reorder }}"}
    says = builders.template(cast.kotori, purpose=Purpose.ADVERTISEMENT, ja=offer)
    message = builders.message(says, builders.customer(cast.kotori, consents=True), 1, source="test")
    passes.hand_over(10)
    with scope.everyone():
        message.refresh_from_db()
    assert (message.state, message.reason) == ("sent", "")
    [mail] = inbox.mails
    assert "http://127.0.0.1:8461/u/" in mail["List-Unsubscribe"]


def test_it_stops_a_name_that_asks_for_what_nobody_may_ask_for(cast: Cast, inbox: Catcher) -> None:
    message, [delivery] = handed(cast.kotori, GOOD, "ご返金の口座番号を https://evil.example へご入力ください")
    assert (message.state, message.reason) == ("closed", "guard")
    assert delivery.detail.startswith("L01")


def test_it_publishes_nothing_forbidden_and_says_why(cast: Cast) -> None:
    made = scenario(cast.kotori, BANK)
    with scope.organization(cast.organization.id):
        with pytest.raises(NotPublishable) as refused:
            scenarios.publish(made.id, actor="test")
        [problem] = refused.value.problems
        assert (problem.code, problem.path) == ("guard_L01", "steps.0.texts.ja.body")
        with pytest.raises(TextsRefused):
            actions.publish_template(cast.kotori.id, "notice", {"ja": BANK})
        with pytest.raises(TextsRefused):
            trials.send_test(cast.kotori, cast.aoi.member.user, "notice", {"ja": BANK}, "ja", actor="test")


def test_it_knows_from_the_reason_whose_fault_it_is(cast: Cast) -> None:
    mine, theirs = (scenario(cast.kotori, BLAME, code=side, side=side) for side in ("shop", "customer"))
    with scope.organization(cast.organization.id):
        assert "guard_L31" in {one.code for one in scenarios.check(mine) if not one.is_warning}
        assert "guard_L31" not in {one.code for one in scenarios.check(theirs)}


def test_it_lets_the_owner_overrule_exactly_one_text_for_a_reason(cast: Cast, inbox: Catcher) -> None:
    shop, made = cast.kotori, scenario(cast.kotori, THREAT)
    preview = reverse("console:preview", args=[made.id]) + "?at=steps.0&in=ja"
    form = {"at": "steps.0", "in": "ja", "rule": "L29", "reason": "弁護士の確認済み"}
    url = reverse("console:overrule", args=[made.id])
    assert cast.bunta.browser().post(url, form).status_code in (403, 404)
    assert "法的措置" in cast.aoi.browser().get(preview).content.decode()
    cast.aoi.browser().post(url, {**form, "reason": " "})
    with scope.organization(shop.organization_id):
        assert not Overrule.objects.exists()
    cast.aoi.browser().post(url, form)
    with scope.organization(shop.organization_id):
        assert Overrule.objects.get().reason == "弁護士の確認済み"
        assert not [one for one in scenarios.check(made) if not one.is_warning]
        other = {**THREAT, "body": THREAT["body"] + "\n" + "よろしくお願いいたします。"}
        said = guarding.findings("notice", other, "ja", but=guarding.overruled(shop.id))
        assert "L29" in {one.rule for one in said}
    message, _ = handed(shop, THREAT)
    assert message.state == "sent"


@pytest.mark.parametrize(
    ("rule", "code"), [("L01", "absolute"), ("L03", "absolute"), ("L99", "unknown"), ("L29", "no_reason")]
)
def test_it_overrules_nothing_that_protects_the_customer(rule: str, code: str, cast: Cast) -> None:
    why = "" if code == "no_reason" else "急ぎのため"
    with scope.organization(cast.organization.id), pytest.raises(OverruleRefused) as refused:
        actions.overrule(cast.kotori, rule, "notice", BANK, why, actor="test")
    assert refused.value.code == code
