"""The provider's news comes in by one address, with the secret, for the provider in use only."""

import base64
import json
from importlib import reload
from typing import Any

import pytest
from django.conf import LazySettings
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import URLResolver

from kaeru.channels.mail import hooks
from kaeru.channels.mail.address import anymail_settings
from kaeru.messages import checks, passes
from tests import builders
from tests.cast import Cast
from tests.integration.test_hand_over import again, deliveries, put

URL, SECRET = "anymail+postmark://KEY@", "kaeru:s3cret"


def mounted(settings: LazySettings, url: str, secret: str) -> list[Any]:
    settings.KAERU_MAIL_URL, settings.KAERU_MAIL_HOOK_SECRET = url, secret
    settings.ANYMAIL = anymail_settings(url, secret)
    [found] = reload(hooks).mail_hook_patterns
    assert isinstance(found, URLResolver)
    return list(found.url_patterns)


def test_it_has_no_address_without_provider_or_secret(settings: LazySettings) -> None:
    assert mounted(settings, "smtp://127.0.0.1:25", SECRET) == []
    assert mounted(settings, URL, "") == []
    assert mounted(settings, "nonsense", SECRET) == []
    assert [str(one.pattern) for one in mounted(settings, URL, SECRET)] == ["postmark/tracking/"]


def test_it_keeps_the_providers_options_for_anymail() -> None:
    assert anymail_settings("anymail+mailgun://KEY@?webhook_signing_key=S", "") == {
        "MAILGUN_API_KEY": "KEY",
        "MAILGUN_WEBHOOK_SIGNING_KEY": "S",
    }


def test_it_takes_a_bounce_with_the_secret_and_refuses_it_without(
    cast: Cast, settings: LazySettings, rf: RequestFactory
) -> None:
    settings.KAERU_MAIL_URL = "anymail+test://KEY@"
    passes.mend()
    message = put(cast.kotori, builders.customer(cast.kotori))
    passes.hand_over(100)
    [pattern] = mounted(settings, URL, SECRET)
    bounce = {
        "RecordType": "Bounce", "Type": "HardBounce", "MessageID": "m1", "Email": "hanako@example.com",
        "BouncedAt": "2026-11-24T08:50:00Z", "Metadata": {"kaeru_key": str(message.key)},
    }  # fmt: skip

    def post(secret: str) -> HttpResponse:
        token = base64.b64encode(secret.encode()).decode()
        request = rf.post(
            "/x", json.dumps(bounce), content_type="application/json", headers={"Authorization": f"Basic {token}"}
        )
        answer = pattern.callback(request)
        assert isinstance(answer, HttpResponse)
        return answer

    from anymail.exceptions import AnymailWebhookValidationFailure

    with pytest.raises(AnymailWebhookValidationFailure):
        post("kaeru:wrong")
    assert len(deliveries(message)) == 1
    assert post(SECRET).status_code == 200
    assert again(message).reason == "bounced"


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("smtp://mail.example", None),
        (URL, None),
        ("mail.example", "must begin with"),
        ("anymail+nobody://KEY@", "cannot load the provider 'nobody'"),
        ("anymail+mailgun://", "MAILGUN_API_KEY"),
    ],
)
def test_it_says_at_the_start_when_mail_cannot_leave(url: str, says: str | None, settings: LazySettings) -> None:
    settings.KAERU_MAIL_URL, settings.ANYMAIL = url, {}
    found = checks.mail_can_leave(None)
    assert [one.id for one in found] == ([] if says is None else ["kaeru.E004"])
    assert says is None or says in found[0].msg
