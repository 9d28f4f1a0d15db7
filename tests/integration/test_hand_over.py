"""The hand-over: who gets what, who does not and why, and what is written down, against a real SMTP server."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings

from kaeru.core import clock, scope
from kaeru.customers import actions as customers
from kaeru.customers.models import Customer, Suppression
from kaeru.messages import actions, claims, passes, registry
from kaeru.messages.models import Delivery, Message, Template
from kaeru.tenants.models import Organization, Shop
from tests import builders
from tests.cast import Cast
from tests.smtp import Catcher

TEXTS = {
    "ja": {
        "subject": "【{{ shop.name }}】{{ customer.name }}さま",
        "body": "{{ customer.name }}さま\n\nご注文を承りました。",
    },
    "en": {"subject": "From {{ shop.name }}", "body": "Dear {{ customer.name }}"},
}


def put(
    shop: Shop,
    customer: Customer | None,
    purpose: str = "notice",
    *,
    texts: Any = TEXTS,
    source: str = "test",
    **more: Any,
) -> Message:
    """One message in the outbox, due now."""
    with scope.organization(shop.organization_id):
        template = actions.publish_template(shop.id, purpose, texts)
        [key] = actions.enqueue(
            [
                actions.NewMessage(
                    organization_id=shop.organization_id, shop_id=shop.id, customer_id=customer.id if customer else None,
                    template_id=template.id, purpose=purpose, source_id=1, due_at=clock.now(), source=source, **more,
                )
            ]
        )  # fmt: skip
        return Message.objects.get(id=key)


def again(message: Message) -> Message:
    with scope.everyone():
        return Message.objects.get(id=message.id)


def deliveries(message: Message) -> list[Delivery]:
    with scope.everyone():
        return list(Delivery.objects.filter(message=message).order_by("id"))


def test_it_hands_a_notice_over_and_notes_how_it_was_worded(cast: Cast, inbox: Catcher) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori, name="髙﨑 𠮷野"))
    assert passes.hand_over(100) == 1
    assert again(message).state == "sent"
    [mail], [delivery] = inbox.mails, deliveries(message)
    assert mail["Subject"] == "【小鳥雑貨店】髙﨑 𠮷野さま" == delivery.subject
    assert mail["To"] == "hanako@example.com" == delivery.address
    assert str(message.key) in mail["Message-ID"]
    assert "List-Unsubscribe" not in mail
    assert delivery.outcome == "accepted"
    assert "ご注文を承りました。" in delivery.body


def test_it_writes_in_the_customers_language(cast: Cast, inbox: Catcher) -> None:
    put(cast.kotori, builders.customer(cast.kotori, name="Jane", language="en"))
    passes.hand_over(100)
    assert inbox.mails[0]["Subject"] == "From 小鳥雑貨店"
    assert inbox.mails[0]["Content-Language"] == "en"


def test_it_gives_an_advertisement_a_way_to_stop(cast: Cast, inbox: Catcher) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori, consents=True), "advertisement")
    passes.hand_over(100)
    [mail] = inbox.mails
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = mail["List-Unsubscribe"].strip("<>")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert url.startswith("http://testserver/u/")
    assert url in text
    assert "東京都台東区谷中1-2-3" in text
    with scope.everyone():
        assert actions.opt_out_by_message(message.id)
        assert actions.opt_out_by_message(message.id)
        assert Suppression.objects.get().covers == "advertisement"


@pytest.mark.parametrize(
    "reason", ["no_address", "no_consent", "opted_out", "withdrawn", "suppressed", "reordered", "source_gone"]
)
def test_it_closes_what_must_not_go_and_says_why(reason: str, cast: Cast, inbox: Catcher) -> None:
    shop = cast.kotori
    purpose = "notice" if reason in {"no_address", "suppressed", "reordered", "source_gone"} else "advertisement"
    customer = builders.customer(
        shop, email=None if reason == "no_address" else "hanako@example.com", consents=reason != "no_consent"
    )
    message = put(shop, customer, purpose, source=reason)
    with scope.organization(shop.organization_id):
        if reason == "opted_out":
            customers.opt_out(shop.id, "mail", "hanako@example.com")
        if reason == "withdrawn":
            customer_consents(customer).update(withdrawn_at=clock.now())
        if reason == "suppressed":
            customers.suppress(shop.id, "mail", "hanako@example.com", covers="everything", why="bounce")
    if reason == "reordered":
        registry.register_source("reordered", still_needed=lambda rows: {row.id: "reordered" for row in rows})
    if reason == "source_gone":
        registry.register_source("source_gone")
    passes.hand_over(100)
    now = again(message)
    assert (now.state, now.reason) == ("closed", "opted_out" if reason == "withdrawn" else reason)
    assert now.ended_at is not None
    assert inbox.raw == []


def customer_consents(customer: Customer) -> Any:
    from kaeru.customers.models import Consent

    return Consent.objects.filter(customer=customer)


def test_it_sends_a_notice_after_an_opt_out(cast: Cast, inbox: Catcher) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori))
    with scope.organization(cast.organization.id):
        customers.opt_out(cast.kotori.id, "mail", "hanako@example.com")
    passes.hand_over(100)
    assert again(message).state == "sent"


@pytest.mark.parametrize("who", ["shop", "organization"])
def test_it_holds_what_is_due_while_paused_and_loses_nothing(who: str, cast: Cast, inbox: Catcher) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori))
    with scope.everyone():
        target: Any = (
            Shop.objects.filter(id=cast.kotori.id)
            if who == "shop"
            else Organization.objects.filter(id=cast.organization.id)
        )
        target.update(is_paused=True)
        assert passes.hand_over(100) == 0
        assert passes.next_due() is None
        target.update(is_paused=False)
    assert passes.next_due() == message.due_at
    passes.hand_over(100)
    assert again(message).state == "sent"


def test_it_puts_an_advertisement_off_until_the_shop_says_who_it_is(cast: Cast, inbox: Catcher) -> None:
    with scope.everyone():
        Shop.objects.filter(id=cast.kotori.id).update(postal_address="")
    message = put(cast.kotori, builders.customer(cast.kotori, consents=True), "advertisement")
    passes.hand_over(100)
    now = again(message)
    assert (now.state, now.reason) == ("waiting", "no_identity")
    assert now.due_at > message.due_at
    with scope.everyone():
        Shop.objects.filter(id=cast.kotori.id).update(postal_address="東京都")
    clock.skip_to(now.due_at)
    passes.hand_over(100)
    assert again(message).state == "sent"


def test_it_lets_an_opt_out_win_that_comes_between_claim_and_hand_over(
    cast: Cast, inbox: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    customer = builders.customer(cast.kotori, consents=True)
    message = put(cast.kotori, customer, "advertisement")
    begin = claims.begin

    def late(*args: Any, **kwargs: Any) -> Any:
        customers.opt_out(cast.kotori.id, "mail", "hanako@example.com")
        return begin(*args, **kwargs)

    monkeypatch.setattr(claims, "begin", late)
    passes.hand_over(100)
    assert (again(message).state, again(message).reason) == ("closed", "opted_out")
    assert inbox.raw == []


def test_it_lets_a_new_order_win_that_comes_between_wording_and_hand_over(
    cast: Cast, inbox: Catcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    came_back: set[int] = set()
    source = registry.Source(
        "test",
        words=lambda rows: {row.id: {} for row in rows},
        still_needed=lambda rows: {row.id: "reordered" for row in rows if row.id in came_back},
    )
    monkeypatch.setitem(registry._sources, "test", source)
    message = put(cast.kotori, builders.customer(cast.kotori))
    begin = claims.begin

    def late(*args: Any, **kwargs: Any) -> Any:
        came_back.add(message.id)
        return begin(*args, **kwargs)

    monkeypatch.setattr(claims, "begin", late)
    passes.hand_over(100)
    assert (again(message).state, again(message).reason, again(message).attempts) == ("closed", "reordered", 0)
    assert inbox.raw == []


@pytest.mark.django_db(transaction=True)
def test_it_stops_at_once_when_the_shop_is_paused_in_the_middle(cast: Cast, inbox: Catcher) -> None:
    first, *rest = [put(cast.kotori, builders.customer(cast.kotori, email=f"c{n}@example.com")) for n in range(4)]

    def pause(recipient: str) -> str:
        with scope.everyone():
            Shop.objects.filter(id=cast.kotori.id).update(is_paused=True)
        return "good"

    inbox.behave = pause
    passes.hand_over(100)
    assert again(first).state == "sent"
    told = {(again(one).state, again(one).reason) for one in rest}
    assert told <= {("waiting", "paused"), ("waiting", "")}, (
        "a busy machine gives the rest of a batch back without a reason"
    )
    assert len(inbox.raw) == 1


def test_it_tries_again_later_what_the_server_put_off_and_gives_up_in_the_end(cast: Cast, inbox: Catcher) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori))
    inbox.behave = lambda recipient: "rcpt_450"
    for attempt in range(1, 9):
        assert passes.hand_over(100) == 1
        now = again(message)
        assert now.attempts == attempt
        assert now.state == ("failed" if attempt == 8 else "waiting")
        assert now.reason == ("gave_up" if attempt == 8 else "busy")
        clock.skip_to(now.due_at)
    assert [one.outcome for one in deliveries(message)] == ["transient"] * 8
    with scope.everyone():
        assert actions.settle(message.id, "again", actor="member:1")
    inbox.behave = lambda recipient: "good"
    passes.hand_over(100)
    assert again(message).state == "sent"


@pytest.mark.parametrize(
    ("way", "state", "reason", "outcome"),
    [
        ("rcpt_550", "failed", "refused", "refused"),
        ("data_554", "failed", "refused", "refused"),
        ("data_451", "waiting", "busy", "transient"),
        ("rcpt_421", "waiting", "unreachable", "transient"),
        ("drop_before_data", "waiting", "unreachable", "transient"),
        ("drop_after_dot", "unknown", "no_proof", "unknown"),
        ("keep_and_drop", "unknown", "no_proof", "unknown"),
    ],
)
def test_it_knows_from_the_step_that_failed_whether_the_mail_can_have_gone(
    way: str, state: str, reason: str, outcome: str, cast: Cast, inbox: Catcher
) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori))
    inbox.behave = lambda recipient: way
    passes.hand_over(100)
    now = again(message)
    assert (now.state, now.reason) == (state, reason)
    assert [one.outcome for one in deliveries(message)] == [outcome]
    assert len(inbox.raw) == (way == "keep_and_drop")


def test_it_stops_writing_to_an_address_where_nobody_lives(cast: Cast, inbox: Catcher) -> None:
    customer = builders.customer(cast.kotori)
    first = put(cast.kotori, customer)
    inbox.behave = lambda recipient: "rcpt_550"
    passes.hand_over(100)
    second = put(cast.kotori, customer)
    passes.hand_over(100)
    assert (again(first).state, again(second).state, again(second).reason) == ("failed", "closed", "suppressed")


def test_it_keeps_everything_when_the_mail_server_is_down(cast: Cast, inbox: Catcher, settings: LazySettings) -> None:
    messages = [put(cast.kotori, builders.customer(cast.kotori, email=f"c{n}@example.com")) for n in range(3)]
    settings.KAERU_MAIL_URL = "smtp://127.0.0.1:9"
    passes.hand_over(100)
    assert {(again(one).state, again(one).reason, again(one).attempts) for one in messages} == {
        ("waiting", "unreachable", 0)
    }
    assert passes.hand_over(100) == 0
    settings.KAERU_MAIL_URL = inbox.url
    clock.skip_to(max(again(one).due_at for one in messages))
    assert passes.hand_over(100) == 0, "the process leaves a broken channel alone for a while"
    passes.mend()
    assert passes.hand_over(100) == 3
    assert {again(one).state for one in messages} == {"sent"}


def test_it_uses_one_connection_for_a_batch_and_opens_it_again_when_dropped(cast: Cast, inbox: Catcher) -> None:
    for n in range(5):
        put(cast.kotori, builders.customer(cast.kotori, email=f"c{n}@example.com"))
    passes.hand_over(100)
    assert inbox.connections == 1
    ways = iter(["good", "keep_and_drop", "good"])
    inbox.behave = lambda recipient: next(ways)
    messages = [put(cast.kotori, builders.customer(cast.kotori, email=f"d{n}@example.com")) for n in range(3)]
    passes.hand_over(100)
    assert [again(one).state for one in messages] == ["sent", "unknown", "sent"]
    assert inbox.connections == 3


def test_it_gives_back_what_a_dead_worker_claimed_and_shows_what_it_was_sending(cast: Cast, inbox: Catcher) -> None:
    held, sending = (put(cast.kotori, builders.customer(cast.kotori, email=f"c{n}@example.com")) for n in range(2))
    past = clock.wall() - timedelta(seconds=1)
    with scope.everyone():
        Message.objects.filter(id=held.id).update(state="claimed", claimed_until=past)
        Message.objects.filter(id=sending.id).update(state="sending", claimed_until=past)
    assert passes.expire(100) == 2
    assert again(held).state == "waiting"
    assert (again(sending).state, again(sending).reason) == ("unknown", "no_proof")
    assert [one.outcome for one in deliveries(sending)] == ["unknown"]
    assert passes.hand_over(100) == 1


@pytest.mark.django_db(transaction=True)
def test_it_takes_a_late_answer_as_proof(cast: Cast, inbox: Catcher, monkeypatch: pytest.MonkeyPatch) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori))
    monkeypatch.setattr(claims, "SENDING_LEASE", timedelta(seconds=-1))

    def expire_meanwhile(recipient: str) -> str:
        assert passes.expire(100) == 1
        assert again(message).state == "unknown"
        return "good"

    inbox.behave = expire_meanwhile
    passes.hand_over(100)
    assert again(message).state == "sent"


def test_it_marks_a_broken_template_failed_and_goes_on(cast: Cast, inbox: Catcher) -> None:
    broken, good = (put(cast.kotori, builders.customer(cast.kotori, email=f"c{n}@example.com")) for n in range(2))
    with scope.everyone():
        Template.objects.filter(id=broken.template_id).update(texts={"ja": {"subject": "x", "body": "{{ x | no }}"}})
    passes.hand_over(100)
    assert (again(broken).state, again(broken).reason) == ("failed", "template")
    assert again(good).state == "sent"


def test_it_is_not_stopped_by_a_room_that_fails_for_one_message(cast: Cast, inbox: Catcher) -> None:
    messages = [
        put(cast.kotori, builders.customer(cast.kotori, email=f"c{n}@example.com"), source="poison") for n in range(3)
    ]

    def words(rows: Any) -> Any:
        if any(row.id == messages[1].id for row in rows):
            raise ZeroDivisionError
        return {row.id: {} for row in rows}

    registry.register_source("poison", words=words)
    passes.hand_over(100)
    assert [again(one).state for one in messages] == ["sent", "waiting", "sent"]
    assert (again(messages[1]).reason, again(messages[1]).attempts) == ("error", 1)


def test_it_takes_back_what_a_room_does_not_need_any_more(cast: Cast, inbox: Catcher) -> None:
    message = put(cast.kotori, builders.customer(cast.kotori))
    with scope.organization(cast.organization.id):
        assert actions.close("test", [1], "reordered") == 1
    assert passes.hand_over(100) == 0
    assert (again(message).state, again(message).reason) == ("closed", "reordered")
