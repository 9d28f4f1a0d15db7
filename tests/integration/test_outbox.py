"""The outbox beyond one hand-over: settling, providers' news, opt-outs, many at once, two workers at once."""

import random
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from anymail.exceptions import AnymailRequestsAPIError
from anymail.signals import AnymailTrackingEvent, tracking
from django.conf import LazySettings
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from kaeru.channels.mail import smtp
from kaeru.core import clock, scope
from kaeru.customers import actions as customers
from kaeru.customers.models import Suppression
from kaeru.messages import actions, claims, passes, preview
from kaeru.messages.errors import TextsRefused
from kaeru.messages.models import Message
from kaeru.messages.tracking import Tracking, record
from tests import builders
from tests.cast import Cast
from tests.integration.test_hand_over import TEXTS, again, deliveries, put
from tests.smtp import Catcher


def fill(cast: Cast, count: int, purpose: str = "notice") -> list[int]:
    """`count` due messages to as many customers."""
    with scope.organization(cast.organization.id):
        template = actions.publish_template(cast.kotori.id, purpose, TEXTS)
        buyers = [builders.customer(cast.kotori, email=f"c{n}@example.com", consents=True) for n in range(count)]
        return actions.enqueue(
            [
                actions.NewMessage(
                    organization_id=cast.organization.id, shop_id=cast.kotori.id, customer_id=buyer.id,
                    template_id=template.id, purpose=purpose, source_id=1, due_at=clock.now(), source="test",
                )
                for buyer in buyers
            ]
        )  # fmt: skip


def unknown(cast: Cast, inbox: Catcher, purpose: str = "notice") -> Message:
    message = put(cast.kotori, builders.customer(cast.kotori, consents=True), purpose)
    inbox.behave = lambda recipient: "keep_and_drop"
    passes.hand_over(100)
    inbox.behave = lambda recipient: "good"
    assert again(message).state == "unknown"
    return message


def test_it_asks_a_constant_number_of_questions_for_a_batch(
    cast: Cast, inbox: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passes, "BATCH_SECONDS", 60.0)  # all in one
    counts = []
    for size in (10, 100):
        fill(cast, size, "advertisement")
        with CaptureQueriesContext(connection) as seen:
            assert passes.hand_over(100) == size
        counts.append(len(seen))
    each = (counts[1] - counts[0]) / 90
    most = 10.1 if connection.vendor == "postgresql" else 7.1
    assert each < most, (
        "savepoint, begin (PostgreSQL: savepoint, the customer's lock, release), release; savepoint, state, delivery, release"
    )
    assert counts[0] - 10 * each <= 24
    assert len(inbox.raw) == 110


@pytest.mark.django_db(transaction=True)
def test_it_hands_each_message_over_once_with_two_workers(cast: Cast, inbox: Catcher) -> None:
    fill(cast, 120)
    failures: list[BaseException] = []

    def work() -> None:
        try:
            while passes.hand_over(10):
                pass
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert Counter(inbox.copies().values()) == {1: 120}
    with scope.everyone():
        assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.django_db(transaction=True)
def test_it_begins_nothing_after_an_opt_out(cast: Cast, inbox: Catcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """People opt out while their mails go: whoever's opt-out was committed before the hand-over began gets nothing."""
    count = 100
    fill(cast, count, "advertisement")
    begun: dict[str, float] = {}
    stopped: dict[str, float] = {}
    begin, send = claims.begin, smtp.SmtpLine.send
    started = threading.Event()

    def timed(message: Message, *args: Any, **kwargs: Any) -> Any:
        moment = time.monotonic()
        mark = begin(message, *args, **kwargs)
        if mark is not None:
            begun[str(message.key)] = moment
        started.set()
        return mark

    def outside(self: Any, *args: Any) -> Any:
        assert not connection.in_atomic_block, "no network call inside a transaction"
        return send(self, *args)

    def people() -> None:
        started.wait(10)
        try:
            for number in random.Random(7).sample(range(count), count):
                with scope.everyone():
                    customers.opt_out(cast.kotori.id, "mail", f"c{number}@example.com")
                stopped[f"c{number}@example.com"] = time.monotonic()
        finally:
            connections.close_all()

    monkeypatch.setattr(claims, "begin", timed)
    monkeypatch.setattr(smtp.SmtpLine, "send", outside)
    crowd = threading.Thread(target=people)
    crowd.start()
    while passes.hand_over(20):
        pass
    crowd.join()
    for mail in inbox.mails:
        key = mail["Message-ID"].strip("<>").partition("@")[0]
        assert begun[key] < stopped[mail["To"]]
    with scope.everyone():
        told = Counter(Message.objects.values_list("state", "reason"))
    assert set(told) <= {("sent", ""), ("closed", "opted_out")}
    assert told["closed", "opted_out"] + len(inbox.raw) == count


def test_it_sends_a_notice_once_more_with_the_same_message_id(cast: Cast, inbox: Catcher) -> None:
    message = unknown(cast, inbox)
    with scope.organization(cast.organization.id):
        assert actions.findings(again(message)) == ["arrived", "lost", "again"]
        assert actions.settle(message.id, "again", actor="member:1")
        passes.hand_over(100)
        assert again(message).state == "sent"
        assert list(inbox.copies().values()) == [2]
        assert not actions.settle(message.id, "again", actor="member:1")


def test_it_sends_nothing_a_third_time(cast: Cast, inbox: Catcher) -> None:
    message = unknown(cast, inbox)
    inbox.behave = lambda recipient: "keep_and_drop"
    with scope.organization(cast.organization.id):
        assert actions.settle(message.id, "again", actor="member:1")
        passes.hand_over(100)
        assert again(message).state == "unknown"
        assert not actions.settle(message.id, "again", actor="member:1")
        assert actions.settle(message.id, "arrived", actor="member:1")
    assert (again(message).state, again(message).reason) == ("sent", "settled_arrived")


def test_it_never_sends_an_advertisement_again(cast: Cast, inbox: Catcher) -> None:
    message = unknown(cast, inbox, "advertisement")
    with scope.organization(cast.organization.id):
        assert actions.findings(again(message)) == ["arrived", "lost"]
        assert not actions.settle(message.id, "again", actor="member:1")
        assert actions.settle(message.id, "lost", actor="member:1")
    assert again(message).state == "closed"


def test_it_settles_nothing_of_another_organization(cast: Cast, inbox: Catcher) -> None:
    message = unknown(cast, inbox)
    with scope.organization(cast.other_organization.id):
        assert not actions.settle(message.id, "arrived", actor="member:1")
    assert again(message).state == "unknown"


def tell(kind: str, message: Message, **more: Any) -> None:
    known = {
        "metadata": {"kaeru_key": str(message.key)},
        "recipient": "hanako@example.com",
        "timestamp": datetime.now(UTC),
    }
    event = AnymailTrackingEvent(event_type=kind, **{**known, **more})
    tracking.send(sender=object, event=event, esp_name="Postmark")


def test_it_takes_the_providers_word_as_proof(cast: Cast, inbox: Catcher) -> None:
    message = unknown(cast, inbox)
    tell("delivered", message)
    tell("delivered", message)
    assert again(message).state == "sent"
    assert [one.outcome for one in deliveries(message)] == ["unknown", "delivered"]


@pytest.mark.parametrize(
    ("kind", "why", "covers", "more"),
    [
        ("bounced", "bounce", "everything", {"reject_reason": "bounced"}),
        ("rejected", "bounce", "everything", {"reject_reason": "invalid"}),
        ("complained", "complaint", "everything", {}),
        ("unsubscribed", "opt_out", "advertisement", {}),
    ],
)
def test_it_stops_writing_after_bad_news(
    kind: str, why: str, covers: str, more: dict[str, str], cast: Cast, inbox: Catcher
) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori))
    passes.hand_over(100)
    tell(kind, message, **more)
    tell(kind, message, **more)
    with scope.everyone():
        assert list(Suppression.objects.values_list("why", "covers")) == [(why, covers)]
    assert len(deliveries(message)) == (1 if kind == "unsubscribed" else 2)


@pytest.mark.parametrize("reject_reason", ["blocked", "timed_out"])
def test_it_goes_on_writing_when_only_this_mail_was_not_wanted(reject_reason: str, cast: Cast, inbox: Catcher) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori))
    passes.hand_over(100)
    tell("bounced", message, reject_reason=reject_reason)
    with scope.everyone():
        assert not Suppression.objects.exists()


def test_it_lets_news_about_strangers_go(cast: Cast) -> None:
    with scope.everyone():
        for told in (
            Tracking("bounced"),
            Tracking("bounced", key="no uuid"),
            Tracking("bounced", provider_id="x"),
        ):
            assert record(told) is False


def test_it_finds_the_message_by_the_providers_id(cast: Cast, settings: LazySettings) -> None:
    settings.KAERU_MAIL_URL = "anymail+test://KEY@"
    message = put(cast.kotori, builders.customer(cast.kotori, consents=True), "advertisement")
    passes.hand_over(100)
    [delivery] = deliveries(message)
    assert (delivery.outcome, again(message).state) == ("accepted", "sent")
    assert delivery.provider_id
    tell("bounced", message, metadata={}, message_id=delivery.provider_id)
    assert again(message).reason == "bounced"


@pytest.mark.parametrize(
    ("status", "state", "reason"),
    [(429, "waiting", "unreachable"), (503, "waiting", "unreachable"), (401, "waiting", "unreachable"),
     (500, "unknown", "no_proof"), (502, "unknown", "no_proof"), (422, "failed", "refused"), (None, "unknown", "no_proof")],
)  # fmt: skip
def test_it_reads_a_providers_answers(
    status: int | None, state: str, reason: str, cast: Cast, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.KAERU_MAIL_URL = "anymail+test://KEY@"
    passes.mend()

    def answer(*args: Any, **kwargs: Any) -> Any:
        failure = AnymailRequestsAPIError("no")
        failure.status_code = status
        raise failure

    monkeypatch.setattr("anymail.backends.test.EmailBackend.send_messages", answer)
    message = put(cast.kotori, builders.customer(cast.kotori))
    passes.hand_over(100)
    assert (again(message).state, again(message).reason) == (state, reason)
    passes.mend()


def test_it_gives_everything_back_when_the_mail_address_cannot_be_read(cast: Cast, settings: LazySettings) -> None:
    settings.KAERU_MAIL_URL = "http://mail.example"
    passes.mend()
    message = put(cast.kotori, builders.customer(cast.kotori))
    passes.hand_over(100)
    assert (again(message).state, again(message).reason) == ("waiting", "unreachable")
    passes.mend()


def test_it_publishes_only_texts_that_can_be_sent(cast: Cast) -> None:
    with scope.organization(cast.organization.id):
        with pytest.raises(TextsRefused) as refused:
            actions.publish_template(cast.kotori.id, "notice", {"ja": {"subject": "x", "body": "{{ nothing }}"}})
        assert [one.code for one in refused.value.problems] == ["unknown_variable"]
        kept = actions.publish_template(cast.kotori.id, "notice", {**TEXTS, "en": {"subject": "", "body": ""}})
    assert set(kept.texts) == {"ja"}


@pytest.mark.parametrize("purpose", ["notice", "advertisement"])
def test_it_shows_a_preview_without_writing_anything(purpose: str, cast: Cast, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        worded = preview.preview(cast.kotori, purpose, TEXTS["ja"], "ja", "html")
    assert worded.subject.startswith("【小鳥雑貨店】<script>")
    assert "<script" not in worded.html
    assert ("広告" in worded.text) is (purpose == "advertisement")


def test_it_opts_out_the_address_a_message_went_to(cast: Cast, inbox: Catcher) -> None:
    buyer = builders.customer(cast.kotori)
    message = put(cast.kotori, buyer)
    passes.hand_over(100)
    with scope.organization(cast.organization.id):
        customers.upsert(cast.kotori, [])
        assert actions.opt_out_by_message(message.id) is True
        assert Suppression.objects.get().why == "opt_out"
    nobody = put(cast.kotori, builders.customer(cast.kotori, email=None))
    with scope.organization(cast.organization.id):
        assert actions.opt_out_by_message(nobody.id) is False
