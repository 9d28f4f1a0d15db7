"""From the cancellation to the mail: the engine's messages are handed over with the scenario's words."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from kaeru.core import clock, scope
from kaeru.messages.models import Message
from kaeru.offers.models import Coupon
from kaeru.scenarios import enrolling, seeds
from kaeru.scenarios.models import Scenario
from kaeru.worker import registry
from tests import builders
from tests.cast import Cast
from tests.smtp import Catcher


@pytest.mark.parametrize("language", ["ja", "en"])
def test_it_sends_the_notice_at_once_and_the_coupon_a_day_later(language: str, cast: Cast, inbox: Catcher) -> None:
    clock.set_clock(clock.Clock(real=time.time(), shown=datetime(2026, 11, 24, 1, 0, tzinfo=UTC)))
    shop = cast.kotori
    buyer = builders.customer(shop, name="髙﨑 <b>花子</b>", consents=True, language=language)
    reason = builders.reason(shop, guidance={"ja": "お届け先をご確認ください。", "en": "Please check the address."})
    request = builders.cancellation(builders.order(shop, buyer), reason)
    with scope.organization(cast.organization.id):
        seeds.seed_scenarios(shop, actor="test")
        Scenario.objects.filter(reason=reason).update(is_on=True)
        assert enrolling.start(enrolling.of_cancellations([request], "cancellation.requested")) == 1
    registry.drain()
    [notice] = inbox.mails
    text = notice.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    html = notice.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert ("お届け先をご確認ください。" if language == "ja" else "Please check the address.") in text
    assert "http://testserver/r/" in text
    assert "&lt;b&gt;花子" in html
    assert "List-Unsubscribe" not in notice
    clock.skip_to(clock.now() + timedelta(days=3))
    registry.drain()
    advertisement = inbox.mails[-1]
    with scope.everyone():
        code = Coupon.objects.get().code
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}
    assert code in advertisement.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert advertisement["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert not connection.needs_rollback
