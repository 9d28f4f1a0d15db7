"""Messages of the outbox go to LINE as cards: once, whatever breaks; and what LINE cannot take goes by mail or waits, with a reason."""

import threading
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from examples.line.platform import Fault
from kaeru.channels.base import Button, Letter, Piece, PieceKind
from kaeru.channels.line import accounts, friends
from kaeru.channels.line.client import Client, LineRefused
from kaeru.channels.line.models import LineAccount, LineFriend
from kaeru.channels.line.rules import What
from kaeru.core import clock, scope
from kaeru.customers.models import Customer, Identity
from kaeru.messages import passes, registry
from kaeru.messages.models import Delivery, Message, Purpose
from tests import builders
from tests.cast import Cast
from tests.fakes.line_wire import HARU, YUKI, LineWire

CONCURRENT = "The number of concurrent requests has been exceeded. Try again later."
RATE = "The API rate limit has been exceeded. Try again later."


@pytest.fixture
def yuki(cast: Cast, account: LineAccount) -> Customer:
    """Yuki's card, linked with her LINE; she has mail, too."""
    return linked(cast, YUKI, "yuki@example.com")


def linked(cast: Cast, user: str, mail: str) -> Customer:
    """A card with a LINE friend."""
    card = builders.customer(cast.kotori, email=mail, name="髙﨑ゆき")
    with scope.organization(cast.organization.id):
        friend = friends.known(cast.organization.id, cast.kotori.id, user, clock.now())
        friends.bind(friend, card.id, actor="test", how="nonce")
    return card


def asked_for(cast: Cast, to: Customer, purpose: Purpose = Purpose.NOTICE, **fields: Any) -> Message:
    """A message in the outbox, over LINE."""
    says = builders.template(
        cast.kotori, purpose,
        ja={"subject": "明日のご予約", "body": "{{ customer.name }} 様\n\n明日14:00にお待ちしています。"},
        en={"subject": "Tomorrow", "body": "Dear {{ customer.name }},\n\nsee you tomorrow at 14:00."},
    )  # fmt: skip
    return builders.message(says, to, 7, channel="line", source="line_test", **fields)


@pytest.fixture(autouse=True)
def _source() -> Any:
    """A room that asks for messages, with buttons."""

    def buttons(rows: Any) -> Any:
        pressed = (Button("来店します", data="visit:7:coming"), Button("予約を見る", url="https://hasami.example/v/7"))
        return {row.id: pressed for row in rows}

    registry.register_source("line_test", lambda rows: {row.id: {} for row in rows}, buttons=buttons)
    yield
    registry._sources.pop("line_test")


def now(row: Message) -> Message:
    with scope.everyone():
        return Message.objects.get(id=row.id)


def later(seconds: float) -> None:
    clock.skip_to(clock.now() + timedelta(seconds=seconds))
    passes.mend()


def test_it_pushes_a_card_with_buttons_and_keeps_what_was_said(line: LineWire, cast: Cast, yuki: Customer) -> None:
    row = asked_for(cast, yuki)
    passes.hand_over(10)
    assert now(row).state == "sent"
    card = line.said(cast.kotori)[0]
    assert (card["type"], card["altText"]) == ("flex", "明日のご予約")
    actions = [one["action"] for one in card["contents"]["footer"]["contents"]]
    assert [(one["type"], one["label"]) for one in actions] == [("postback", "来店します"), ("uri", "予約を見る")]
    with scope.everyone():
        told = Delivery.objects.get(message=row)
        assert "[来店します]" in told.body and "明日14:00" in told.body
        assert LineAccount.objects.get().quota_used == 1


def test_it_gives_mail_the_buttons_that_have_an_address(cast: Cast) -> None:
    from kaeru.channels.mail.wording import word

    letter = Letter(
        uuid4(), cast.kotori, "ja", False, "a@example.com", (Piece(PieceKind.WORDS, "件名"),), (Piece(PieceKind.WORDS, "本文"),), clock.now(),
        buttons=(Button("来店します", data="x"), Button("予約を見る", url="https://hasami.example/v/7")),
    )  # fmt: skip
    worded = word(letter)
    assert "https://hasami.example/v/7" in worded.text
    assert "予約を見る" in worded.html
    assert "来店します" not in worded.text


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (Fault("/message/push", 0), "unreachable"),
        (Fault("/message/push", 0, is_after=True), "unreachable"),
        (Fault("/message/push", 500, is_after=True), "unreachable"),
        (Fault("/message/push", 429, RATE), "line_busy"),
        (Fault("/message/push", 429, CONCURRENT), "line_busy"),
        (Fault("/message/push", 401, "Authentication failed"), "account"),
    ],
)
def test_it_asks_again_with_the_same_key_and_nobody_gets_it_twice(
    line: LineWire, cast: Cast, yuki: Customer, fault: Fault, reason: str
) -> None:
    line.platform.faults.append(
        Fault(**{name: getattr(fault, name) for name in ("path", "status", "message", "is_after")})
    )
    row = asked_for(cast, yuki)
    passes.hand_over(10)
    assert (now(row).state, now(row).reason) == ("waiting", reason)
    later(700)
    passes.hand_over(10)
    assert (now(row).state, now(row).attempts) == ("sent", 1)
    assert line.kinds(cast.kotori) == ["push"]


def test_it_says_when_the_months_pushes_are_used_up_and_waits_for_the_next_month(
    line: LineWire, cast: Cast, yuki: Customer
) -> None:
    with scope.everyone():
        Identity.objects.filter(customer=yuki, kind="mail").delete()
    line.platform.set_quota(line.bot(cast.kotori), 5, used=5)
    row = asked_for(cast, yuki)
    passes.hand_over(10)
    assert (now(row).state, now(row).reason) == ("waiting", "quota")
    asked = len(line.platform.asked)
    second = asked_for(cast, yuki)
    passes.hand_over(10)
    assert now(second).reason == "quota"
    assert len(line.platform.asked) == asked
    with scope.everyone():
        room = accounts.room_of(LineAccount.objects.get())
    assert (room.left, room.is_spent) == (0, True)
    local = now(row).due_at.astimezone(clock.now().astimezone().tzinfo)
    assert local > clock.now()
    later((now(row).due_at - clock.now()).total_seconds() + 1)
    passes.hand_over(10)
    assert now(row).state == now(second).state == "sent"


def test_it_sends_by_mail_what_the_quota_does_not_let_through(line: LineWire, cast: Cast, yuki: Customer) -> None:
    line.platform.set_quota(line.bot(cast.kotori), 5, used=5)
    row, ad = asked_for(cast, yuki), asked_for(cast, yuki, Purpose.ADVERTISEMENT)
    passes.hand_over(10)
    assert (now(row).channel, now(row).reason) == ("mail", "quota")
    assert (now(ad).channel, now(ad).state) == ("line", "waiting"), "nobody agreed to advertisements by mail"


def test_it_knows_a_blocked_friend_without_asking(line: LineWire, cast: Cast, yuki: Customer) -> None:
    with scope.everyone():
        LineFriend.objects.filter(user_id=YUKI).update(state="blocked")
    row = asked_for(cast, yuki)
    passes.hand_over(10)
    assert (now(row).channel, now(row).reason) == ("mail", "blocked")
    assert not any(path.endswith("/push") for _, path in line.platform.asked)
    with scope.everyone():
        Identity.objects.filter(customer=yuki, kind="mail").delete()
    alone = asked_for(cast, yuki)
    passes.hand_over(10)
    assert (now(alone).state, now(alone).reason) == ("failed", "blocked")


def test_it_advertises_to_friends_until_they_stop_it(line: LineWire, cast: Cast, yuki: Customer) -> None:
    row = asked_for(cast, yuki, Purpose.ADVERTISEMENT)
    passes.hand_over(10)
    assert now(row).state == "sent"
    card = line.said(cast.kotori)[0]
    stop = card["contents"]["footer"]["contents"][-1]["action"]["uri"]
    from django.test import Client as Browser

    place = stop.replace("http://testserver", "")
    page = Browser().get(place).content.decode()
    assert "LINEでのご案内を止める" in page and "One-Click" in page and YUKI not in page
    assert "LINEでのご案内を止めました" in Browser().post(place).content.decode()
    after = asked_for(cast, yuki, Purpose.ADVERTISEMENT)
    passes.hand_over(10)
    assert (now(after).state, now(after).reason) == ("closed", "opted_out")


def test_one_account_in_trouble_holds_up_no_other(line: LineWire, cast: Cast, yuki: Customer) -> None:
    other = line.connect(cast.other_shop)
    line.platform.befriend(line.bot(cast.other_shop), [HARU])
    card = builders.customer(cast.other_shop, email="haru@example.com", name="Haru")
    with scope.organization(cast.other_organization.id):
        friend = friends.known(cast.other_organization.id, cast.other_shop.id, HARU, clock.now())
        friends.bind(friend, card.id, actor="test", how="nonce")
    line.platform.faults.append(Fault("/message/push", 401, "Authentication failed", times=1))
    broken = asked_for(cast, yuki)
    says = builders.template(cast.other_shop)
    fine = builders.message(says, card, 8, channel="line", source="line_test")
    passes.hand_over(10)
    assert other.shop_id != yuki.shop_id
    assert (now(broken).reason, now(fine).state) == ("account", "sent")
    with scope.everyone():
        assert LineAccount.objects.get(shop=cast.kotori).problem == "token"


def test_it_takes_back_what_a_dead_worker_was_pushing(line: LineWire, cast: Cast, yuki: Customer) -> None:
    row = asked_for(cast, yuki)
    with scope.everyone():
        Message.objects.filter(id=row.id).update(
            state="sending", claimed_until=clock.wall() - timedelta(seconds=1), handed_at=clock.now()
        )
    passes.expire(10)
    passes.hand_over(10)
    assert now(row).state == "sent"
    old = asked_for(cast, yuki)
    with scope.everyone():
        Message.objects.filter(id=old.id).update(
            state="sending", claimed_until=clock.wall() - timedelta(days=2), handed_at=clock.now() - timedelta(days=2)
        )
    passes.expire(10)
    assert now(old).state == "unknown"


def test_it_keeps_one_connection_for_a_batch(line: LineWire, cast: Cast, yuki: Customer) -> None:
    client, seen = Client(), set()
    known = threading.active_count()
    token = line.account(cast.kotori).token
    for _ in range(5):
        assert client.push(token, YUKI, [{"type": "text", "text": "は"}], uuid4()).what is What.DONE
        seen.add(threading.active_count() - known)
    client.close()
    assert max(seen) <= 1, "one thread of the platform for each connection"


def test_it_reads_the_quota_before_a_wave(line: LineWire, cast: Cast, account: LineAccount) -> None:
    line.platform.set_quota(line.bot(cast.kotori), 200, used=150)
    with scope.organization(cast.organization.id):
        room = accounts.room(cast.kotori.id)
        assert room is not None
        assert (room.kind, room.limit, room.used, room.left) == ("limited", 200, 150, 50)
        line.platform.set_quota(line.bot(cast.kotori), 200, used=160)
        assert accounts.room(cast.kotori.id) == room, "read a moment ago"
        later(61)
        line.platform.faults.append(Fault("/message/quota", 503))
        assert accounts.room(cast.kotori.id) == room, "what was known last"
        later(61)
        again = accounts.room(cast.kotori.id)
        assert again is not None and again.left == 40
        line.platform.set_quota(line.bot(cast.kotori), None)
        later(61)
        free = accounts.room(cast.kotori.id)
        assert free is not None and free.left is None
    with scope.organization(cast.other_organization.id):
        assert accounts.room(cast.other_shop.id) is None


def test_it_says_by_which_word_line_refused(line: LineWire, cast: Cast, account: LineAccount) -> None:
    client, token = Client(), line.account(cast.kotori).token
    told = client.push(token, YUKI, [{"type": "text", "text": ""}], uuid4())
    assert (told.what, told.status) == (What.REFUSED, 400)
    assert "messages[0].text" in told.details
    with pytest.raises(LineRefused) as denied:
        client.bot("another token")
    assert denied.value.told.what is What.DENIED
    key = uuid4()
    assert client.multicast(token, [YUKI, HARU], [{"type": "text", "text": "は"}], key).what is What.DONE
    assert client.multicast(token, [YUKI, HARU], [{"type": "text", "text": "は"}], key).what is What.ALREADY
    assert client.push(token, "U" + "0" * 32, [{"type": "text", "text": "は"}], uuid4()).what is What.REFUSED
    client.close()
    line.broken.clear()


def test_it_connects_only_what_line_takes(line: LineWire, cast: Cast) -> None:
    account = line.add(cast.kotori)
    with scope.organization(cast.organization.id):
        with pytest.raises(LineRefused):
            accounts.connect(cast.kotori, accounts.Given(secret="x", token="wrong"), actor="test")
        assert accounts.of(cast.kotori.id) is None
        made = accounts.connect(cast.kotori, accounts.Given(secret=account.secret, token=account.token), actor="test")
        assert (made.name, made.basic_id, made.bot_user_id) == ("はさみ美容室", "@kotori", account.bot)
        assert account.token.encode() not in bytes(made.sealed_token or b"")
        kept = accounts.connect(cast.kotori, accounts.Given(greeting="ようこそ"), actor="test")
        assert (accounts.token_of(kept), accounts.secret_of(kept), kept.greeting) == (
            account.token,
            account.secret,
            "ようこそ",
        )
        assert accounts.disconnect(cast.kotori, actor="test")
        assert not accounts.is_connected(cast.kotori.id)
        assert not accounts.disconnect(cast.kotori, actor="test")
