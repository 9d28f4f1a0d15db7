"""A channel that writes to telephone numbers: the engine, consent and the hand-over agree on which address that is."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

import pytest

from kaeru.channels import registry as channels
from kaeru.channels.base import Letter, Outcome, Result, Worded
from kaeru.core import scope
from kaeru.customers import actions as customers
from kaeru.customers.models import Consent, Customer
from kaeru.messages import actions, passes, queries
from kaeru.scenarios.facts import _reachable, _willing
from tests import builders
from tests.cast import Cast
from tests.integration.test_hand_over import TEXTS, again

sent: list[str] = []
NUMBER = "090-1234-5678"


class Carrier:
    """Short messages."""

    name = "sms"

    def word(self, letter: Letter) -> Worded:
        return Worded("", letter.key.hex, "")

    def open(self) -> AbstractContextManager["Carrier"]:
        return nullcontext(self)

    def send(self, letter: Letter, worded: Worded) -> Result:
        sent.append(letter.address)
        return Result(Outcome.ACCEPTED)


@pytest.fixture(autouse=True)
def _carrier(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sent.clear()
    for known in ("_paths", "_writes_to"):
        monkeypatch.setattr(channels, known, dict(getattr(channels, known)))
    channels.register("sms", f"{__name__}.Carrier", writes_to="phone")
    yield
    channels.get.cache_clear()


@pytest.fixture
def hanako(cast: Cast) -> Customer:
    """Has a mail address and a telephone, and wants advertisements on neither."""
    buyer = builders.customer(cast.kotori)
    builders.phone(buyer, NUMBER)
    return buyer


def test_it_reaches_who_has_a_telephone(cast: Cast, hanako: Customer) -> None:
    without = builders.customer(cast.kotori, email="jiro@example.com")
    with scope.everyone():
        assert _reachable({hanako.id, without.id}) == {hanako.id: {"mail", "sms"}, without.id: {"mail"}}


def test_it_advertises_to_who_agreed_to_it_on_the_telephone(cast: Cast, hanako: Customer) -> None:
    with scope.organization(cast.organization.id):
        customers.agree_to_advertising(hanako.id, source="staff", channel="sms", kind="phone")
        assert _willing({hanako.id}) == {hanako.id: {"sms"}}
        customers.opt_out(cast.kotori.id, "sms", NUMBER)
        assert _willing({hanako.id}) == {}
        customers.agree_to_advertising(hanako.id, source="staff", channel="sms", kind="phone")
        assert _willing({hanako.id}) == {hanako.id: {"sms"}}, "a yes after a no counts"
        assert Consent.objects.get().channel == "sms"


def test_it_hands_over_to_the_number(cast: Cast, hanako: Customer) -> None:
    with scope.organization(cast.organization.id):
        template = actions.publish_template(cast.kotori.id, "notice", TEXTS, channel="sms")
        message = builders.message(template, hanako, 1, channel="sms", source="test")
        assert queries.address_of(message) == NUMBER
    passes.mend()
    assert passes.hand_over(10) == 1
    assert sent == [NUMBER]
    assert again(message).state == "sent"
