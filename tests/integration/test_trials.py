"""A test to oneself: the real way, sample words, nobody's consent, nobody's cap."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from kaeru.core import clock, scope
from kaeru.core.models import AuditEntry
from kaeru.customers.models import Suppression
from kaeru.messages import actions, passes
from kaeru.messages.errors import TextsRefused
from kaeru.messages.models import ChannelRule, Message
from kaeru.messages.trials import send_test
from kaeru.tenants import actions as tenants
from tests.cast import Cast
from tests.integration.test_hand_over import again
from tests.smtp import Catcher

TEXTS = {
    "ja": {
        "subject": "{{ customer.name }}さまへ",
        "body": "{{ customer.name }}さま\n\n{{ coupon.code }} を {{ coupon.expires_on }} まで。\n{{ links.reorder }}",
    },
    "en": {"subject": "For {{ customer.name }}", "body": "Dear {{ customer.name }}\n\n{{ coupon.code }}"},
}


def send(cast: Cast, language: str = "ja", **more: str) -> Message:
    with scope.organization(cast.organization.id):
        user = cast.aoi.member.user
        key = send_test(cast.kotori, user, "advertisement", TEXTS, language, actor="member:1", **more)
        return Message.objects.get(id=key)


def test_it_goes_to_the_member_at_night_and_without_consent(cast: Cast, inbox: Catcher) -> None:
    night = datetime(2026, 11, 24, 23, tzinfo=ZoneInfo("Asia/Tokyo")).astimezone(UTC)
    clock.set_clock(clock.Clock(real=datetime.now(UTC).timestamp(), shown=night))
    with scope.everyone():
        ChannelRule.objects.all().delete()
    messages = [send(cast) for _ in range(5)]
    passes.hand_over(100)
    assert [again(message).state for message in messages] == ["sent"] * 5, "more than the cap of a customer"
    mail = inbox.mails[0]
    assert mail["To"] == "aoi@example.com"
    assert mail["Subject"] == "【テスト】山田 花子さまへ"
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert "KAERU-7QX2-M9PD" in text
    assert "小鳥雑貨店" in text
    with scope.organization(cast.organization.id):
        assert AuditEntry.objects.filter(verb="message.tested").count() == 5


def test_it_is_written_in_the_language_asked_for(cast: Cast, inbox: Catcher) -> None:
    send(cast, "en", name="emoji")
    passes.hand_over(100)
    assert inbox.mails[0]["Subject"].startswith("[Test] For 花子")
    assert inbox.mails[0]["Content-Language"] == "en"


def test_it_refuses_what_could_not_be_published(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        user, shop = cast.aoi.member.user, cast.kotori
        with pytest.raises(TextsRefused):
            send_test(shop, user, "notice", TEXTS, "ja", actor="member:1")  # a coupon in a notice
        with pytest.raises(TextsRefused):
            send_test(shop, user, "advertisement", {"ja": TEXTS["ja"]}, "en", actor="member:1")
        with pytest.raises(KeyError):
            send_test(shop, user, "advertisement", TEXTS, "ja", name="nobody", actor="member:1")
        assert not Message.objects.exists()


def test_it_opts_nobody_out(cast: Cast, inbox: Catcher) -> None:
    message = send(cast)
    passes.hand_over(100)
    with scope.organization(cast.organization.id):
        assert actions.opt_out_by_message(message.id)
        assert not Suppression.objects.exists()


def test_it_waits_while_the_shop_is_paused(cast: Cast, inbox: Catcher) -> None:
    with scope.organization(cast.organization.id):
        tenants.pause_shop(cast.kotori, actor="member:1")
    message = send(cast)
    passes.hand_over(100)
    assert again(message).state == "waiting"
    assert inbox.mails == []
