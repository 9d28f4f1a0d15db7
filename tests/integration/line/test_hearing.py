"""What clients do in LINE reaches the rooms once, in the right order, and what rooms answer goes back for free."""

import json
from datetime import timedelta

import pytest

from examples.line.platform import Fault
from kaeru.channels import passes
from kaeru.channels.base import Button
from kaeru.channels.line import answering, conversation, friends, hearing, rules
from kaeru.channels.line.conversation import Bubble, Heard, Kind, Said
from kaeru.channels.line.models import FriendState, LineAccount, LineEvent, LineFriend, LineReply
from kaeru.core import clock, scope
from tests.cast import Cast
from tests.fakes.line_wire import HARU, YUKI, LineWire

Talk = list[conversation.Handler]


def heard_by(talk: Talk, said: Said | None = None) -> list[Heard]:
    """What the rooms hear from now on; they answer with `said`."""
    found: list[Heard] = []

    def handler(one: Heard) -> Said | None:
        found.append(one)
        return said

    talk.append(handler)
    return found


def turn() -> None:
    hearing.work(100)
    answering.send(100)


def friend(user: str = YUKI) -> LineFriend:
    with scope.everyone():
        return LineFriend.objects.get(user_id=user)


def test_it_hears_words_and_taps_and_answers_for_free(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk
) -> None:
    said = Said(
        (Bubble("承りました👩‍🦰", title="ご予約"),), quick=(Button("14:00", data="visit:1:14", text="14:00にします"),)
    )
    heard = heard_by(talk, said)
    bot = line.bot(cast.kotori)
    line.platform.say(bot, YUKI, "変更したい")
    assert line.deliver() == [200]
    turn()
    line.platform.tap(line.platform.bubbles(bot, YUKI)[-1].id, 0)
    assert line.deliver() == [200]
    turn()
    assert [(one.kind, one.text, one.data) for one in heard] == [
        (Kind.TEXT, "変更したい", ""),
        (Kind.POSTBACK, "", "visit:1:14"),
    ]
    assert line.kinds(cast.kotori) == ["reply", "reply"]
    assert line.platform.used(bot) == 0


def test_it_tells_a_room_once_however_often_line_does(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk
) -> None:
    heard = heard_by(talk)
    line.platform.say(line.bot(cast.kotori), YUKI, "こんにちは")
    calls = line.platform.hooks.calls()
    again = line.platform.hooks.call(
        line.bot(cast.kotori), calls[0].url, line.account(cast.kotori).secret, json.loads(calls[0].body)["events"] * 2, is_again=True
    )  # fmt: skip
    path = f"/hooks/line/{cast.kotori.public_key}"
    for one in (calls[0], again, calls[0]):
        assert line.knock(path, one.body, one.headers["x-line-signature"]) == 200
        turn()
    assert len(heard) == 1


def test_it_lets_nothing_in_that_the_account_did_not_sign(line: LineWire, cast: Cast, account: LineAccount) -> None:
    other = line.connect(cast.other_shop)
    line.platform.say(line.bot(cast.kotori), YUKI, "こんにちは")
    call = line.platform.hooks.calls()[0]
    ours, theirs = f"/hooks/line/{cast.kotori.public_key}", f"/hooks/line/{cast.other_shop.public_key}"
    good = call.headers["x-line-signature"]
    refused = [
        line.knock(ours, call.body, ""),
        line.knock(ours, call.body, rules.signature("another", call.body)),
        line.knock(ours, call.body + b" ", good),
        line.knock(ours, call.body.replace(b"active", b"ACTIVE"), good),
        line.knock(theirs, call.body, good),
        line.knock("/hooks/line/nobody", call.body, good),
        line.knock(ours, call.body, "é"),
    ]
    assert other.shop_id != account.shop_id
    assert refused == [401] * 7
    with scope.everyone():
        assert not LineEvent.objects.exists()
    assert line.knock(ours, call.body, good) == 200


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b'{"events": 5}', b"[" * 100_000])
def test_it_says_what_it_cannot_read(line: LineWire, cast: Cast, account: LineAccount, body: bytes) -> None:
    signed = rules.signature(line.account(cast.kotori).secret, body)
    assert line.knock(f"/hooks/line/{cast.kotori.public_key}", body, signed) == 400


def test_it_answers_the_call_that_only_tries_the_address(line: LineWire, cast: Cast, account: LineAccount) -> None:
    secret = line.account(cast.kotori).secret
    call = line.platform.hooks.call(line.bot(cast.kotori), "", secret, [])
    assert line.knock(f"/hooks/line/{cast.kotori.public_key}", call.body, call.headers["x-line-signature"]) == 200
    assert hearing.work(10) == 0


def test_it_keeps_kinds_that_it_does_not_know_and_goes_on(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk
) -> None:
    heard = heard_by(talk)
    source = {"type": "user", "userId": YUKI}
    odd = [
        {"type": "somethingNew", "webhookEventId": "A", "timestamp": "x", "source": source},
        {"type": "message", "webhookEventId": "B", "timestamp": 1, "source": {"type": "group", "groupId": "C1", "userId": YUKI}},
        {"type": "message", "webhookEventId": "C", "timestamp": 1, "source": source, "message": {"type": "sticker"}},
        {"type": "postback", "webhookEventId": "D", "timestamp": 1, "source": {"type": "user", "userId": "me"}},
        {"type": "postback", "webhookEventId": "E", "timestamp": 1, "source": source, "postback": "no", "mode": "standby"},
        {"type": "message", "webhookEventId": "F", "timestamp": 2, "source": source, "message": {"type": "text", "text": "a\x00b"}},
    ]  # fmt: skip
    body = json.dumps({"destination": "x", "events": odd}).encode()
    signed = rules.signature(line.account(cast.kotori).secret, body)
    assert line.knock(f"/hooks/line/{cast.kotori.public_key}", body, signed) == 200
    turn()
    assert [one.text for one in heard] == ["ab"]
    with scope.everyone():
        assert not LineEvent.objects.filter(handled_at=None).exists()


def test_it_knows_who_blocks_even_when_the_news_come_in_the_wrong_order(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk
) -> None:
    bot, heard = line.bot(cast.kotori), heard_by(talk, Said((Bubble("ようこそ"),)))
    start = clock.now()
    clock.set_clock(clock.Clock(0, start, 0.0))
    line.platform.block(bot, YUKI)
    clock.set_clock(clock.Clock(0, start + timedelta(seconds=5), 0.0))
    line.platform.follow(bot, YUKI)
    blocked, followed = line.platform.hooks.calls()
    path = f"/hooks/line/{cast.kotori.public_key}"
    for call in (followed, blocked):
        assert line.knock(path, call.body, call.headers["x-line-signature"]) == 200
        turn()
    assert friend().state == FriendState.FRIEND
    assert [one.kind for one in heard] == [Kind.FOLLOW]
    clock.set_clock(clock.Clock(0, start + timedelta(seconds=9), 0.0))
    line.platform.block(bot, YUKI)
    line.deliver()
    turn()
    assert friend().state == FriendState.BLOCKED
    assert line.kinds(cast.kotori) == ["reply"]


def test_it_greets_a_new_friend_when_no_room_does(line: LineWire, cast: Cast, account: LineAccount, talk: Talk) -> None:
    with scope.everyone():
        LineAccount.objects.update(greeting="友だち追加ありがとうございます。")
    line.platform.block(line.bot(cast.kotori), YUKI)
    line.platform.follow(line.bot(cast.kotori), YUKI)
    line.deliver()
    turn()
    greeting, card = line.said(cast.kotori)
    assert greeting["text"] == "友だち追加ありがとうございます。"
    assert "/line/link/" in card["contents"]["footer"]["contents"][0]["action"]["uri"]
    friends.look(10)
    assert (friend().name, friend().language) == ("髙﨑ゆき💇‍♀️", "ja")


def test_it_says_to_a_linked_friend_that_they_are(line: LineWire, cast: Cast, account: LineAccount, talk: Talk) -> None:
    bot = line.bot(cast.kotori)
    line.platform.say(bot, YUKI, "はい")
    line.deliver()
    hearing.work(10)
    with scope.everyone():
        friends.card_of(friend())
    line.platform.say(bot, YUKI, " 連携 ")
    line.deliver()
    turn()
    assert [one["type"] for one in line.said(cast.kotori)] == ["text"]


def test_it_asks_a_handler_that_broke_again_and_lets_the_others_pass(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk
) -> None:
    seen: list[str] = []

    def handler(one: Heard) -> Said | None:
        seen.append(one.text)
        with scope.organization(cast.organization.id):
            LineFriend.objects.filter(id=one.friend.id).update(name="half done")
        if one.text == "壊れる" and len(seen) < 3:
            raise RuntimeError("broken")
        return Said((Bubble(one.text),))

    talk.append(handler)
    line.platform.say(line.bot(cast.kotori), YUKI, "壊れる")
    line.platform.say(line.bot(cast.kotori), HARU, "fine")
    line.deliver()
    hearing.work(10)
    assert friend(HARU).name == "half done"
    with scope.everyone():
        assert not LineFriend.objects.filter(user_id=YUKI, name="half done").exists()
    clock.skip_to(clock.now() + timedelta(seconds=3))
    turn()
    assert seen == ["壊れる", "fine", "壊れる"]
    assert [one["text"] for one in line.said(cast.kotori)] == ["壊れる"]


def test_it_stops_asking_after_some_tries(line: LineWire, cast: Cast, account: LineAccount, talk: Talk) -> None:
    def handler(one: Heard) -> Said | None:
        raise RuntimeError("always")

    talk.append(handler)
    line.platform.say(line.bot(cast.kotori), YUKI, "a")
    line.deliver()
    for _ in range(9):
        hearing.work(10)
        clock.skip_to(clock.now() + timedelta(hours=1))
    with scope.everyone():
        row = LineEvent.objects.get()
    assert (row.outcome, row.attempts, row.error) == ("stopped", 5, "RuntimeError")


@pytest.mark.parametrize("must_arrive", [False, True])
def test_it_drops_an_answer_that_comes_too_late_unless_it_must_arrive(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk, must_arrive: bool
) -> None:
    heard_by(talk, Said((Bubble("取り消しました。"),), must_arrive=must_arrive))
    line.platform.say(line.bot(cast.kotori), YUKI, "取り消し")
    line.deliver()
    hearing.work(10)
    with scope.everyone():
        LineEvent.objects.update(received_at=clock.wall() - timedelta(seconds=55))
    answering.send(10)
    with scope.everyone():
        row = LineReply.objects.get()
    assert (row.state, row.outcome) == (("pushed", "late") if must_arrive else ("dropped", "late"))
    assert line.kinds(cast.kotori) == (["push"] if must_arrive else [])


def test_it_pushes_once_what_must_arrive_when_the_reply_is_lost(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk
) -> None:
    heard_by(talk, Said((Bubble("変更しました。"),), must_arrive=True))
    line.platform.faults += [
        Fault("/message/reply", 500),
        Fault("/message/push", 0, is_after=True),
    ]
    line.platform.say(line.bot(cast.kotori), YUKI, "変更")
    line.deliver()
    turn()
    for _ in range(3):
        clock.skip_to(clock.now() + timedelta(seconds=40))
        turn()
    assert line.kinds(cast.kotori) == ["push"]
    with scope.everyone():
        assert LineReply.objects.get().state == "pushed"


def test_it_uses_a_reply_token_again_only_when_line_has_not_looked_at_it(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk
) -> None:
    heard_by(talk, Said((Bubble("はい。"),)))
    line.platform.faults.append(Fault("/message/reply", 429, "The API rate limit has been exceeded. Try again later."))
    line.platform.say(line.bot(cast.kotori), YUKI, "もしもし")
    line.deliver()
    turn()
    clock.skip_to(clock.now() + timedelta(seconds=3))
    turn()
    assert line.kinds(cast.kotori) == ["reply"]


def test_it_keeps_what_it_heard_to_itself(
    line: LineWire, cast: Cast, account: LineAccount, talk: Talk, caplog: pytest.LogCaptureFixture
) -> None:
    def handler(one: Heard) -> Said | None:
        raise RuntimeError("broken")

    talk.append(handler)
    line.platform.say(line.bot(cast.kotori), YUKI, "電話は090-1111-2222です")
    line.deliver()
    turn()
    with scope.everyone():
        told = LineEvent.objects.get().error
    assert YUKI not in caplog.text + told
    assert "090" not in told


def test_it_has_its_passes() -> None:
    assert [one.name for one in passes.PASSES] == [
        "line.events", "line.replies", "line.names", "line.quotas", "line.retention",
    ]  # fmt: skip
