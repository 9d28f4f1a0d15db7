"""The LINE platform of the demo and of the tests does what LINE does: a fake that is too kind would hide our mistakes."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from examples.line import flex, gate, shapes
from examples.line.platform import Account, Fault, Person, Platform, user_id

KEY = "123e4567-e89b-12d3-a456-426614174000"
HANA, BOT = user_id("hana"), user_id("bot")


class Stage:
    """A platform with one account and one person, on a clock that stands."""

    def __init__(self) -> None:
        self.at = 1_760_000_000.0
        self.platform = Platform(now=lambda: self.at)
        self.account = self.platform.add_account(
            Account(BOT, "1", "secret", "token", "@hasami", "はさみ美容室", webhook="http://127.0.0.1:9/hook")
        )
        self.platform.add_people([Person(HANA, "髙﨑 花😀")])

    def ask(self, path: str, body: Any = None, **headers: str) -> tuple[int, dict[str, Any]]:
        """One call of the API; a GET when there is no body."""
        told = {"authorization": "Bearer token", **{name.replace("_", "-"): value for name, value in headers.items()}}
        method = "GET" if body is None else "POST"
        said = gate.answer(self.platform, method, f"/v2/bot/{path}", "", told, json.dumps(body).encode())
        return (said.status, said.body) if said else (0, {})

    def event(self) -> dict[str, Any]:
        """What the account hears of last."""
        return self.platform.hooks.events()[-1]


@pytest.fixture
def stage() -> Stage:
    return Stage()


def text(words: str = "明日のご予約です", *quick: dict[str, Any]) -> dict[str, Any]:
    """A push to Hana."""
    message: dict[str, Any] = {"type": "text", "text": words}
    if quick:
        message["quickReply"] = {"items": [{"type": "action", "action": one} for one in quick]}
    return {"to": HANA, "messages": [message]}


def test_it_counts_pushes_and_not_replies(stage: Stage) -> None:
    stage.platform.follow(BOT, HANA)
    assert stage.ask("message/push", text())[0] == 200
    stage.platform.say(BOT, HANA, "変更したい")
    token = stage.event()["replyToken"]
    answer = {"replyToken": token, "messages": [{"type": "text", "text": "はい"}]}
    assert stage.ask("message/reply", answer)[0] == 200
    assert stage.ask("message/reply", answer) == (400, {"message": "Invalid reply token"})
    assert stage.ask("message/quota/consumption") == (200, {"totalUsage": 1})
    assert [one.kind for one in stage.platform.bubbles(BOT, HANA)] == ["push", "text", "reply"]


def test_it_forgets_a_reply_token_after_a_minute_and_refuses_a_retry_key_on_replies(stage: Stage) -> None:
    stage.platform.follow(BOT, HANA)
    answer = {"replyToken": stage.event()["replyToken"], "messages": [{"type": "text", "text": "はい"}]}
    assert stage.ask("message/reply", answer, x_line_retry_key=KEY)[0] == 400
    stage.at += 61
    assert stage.ask("message/reply", answer)[0] == 400


def test_it_takes_a_retry_key_once_and_forgets_it_after_a_day(stage: Stage) -> None:
    stage.platform.follow(BOT, HANA)
    _, first = stage.ask("message/push", text(), x_line_retry_key=KEY)
    status, again = stage.ask("message/push", text(), x_line_retry_key=KEY)
    assert (status, again["sentMessages"][0]["id"]) == (409, first["sentMessages"][0]["id"])
    assert stage.platform.used(BOT) == 1
    stage.at += 24 * 3600 + 1
    assert stage.ask("message/push", text(), x_line_retry_key=KEY)[0] == 200
    assert stage.ask("message/push", text(), x_line_retry_key="no uuid")[0] == 400


def test_it_ends_the_month_at_the_quota(stage: Stage) -> None:
    stage.platform.follow(BOT, HANA)
    stage.platform.set_quota(BOT, 1)
    assert stage.ask("message/push", text())[0] == 200
    assert stage.ask("message/push", text()) == (429, {"message": gate.MONTHLY})
    stage.at += 32 * 86400
    assert stage.ask("message/push", text())[0] == 200


def test_it_says_nothing_of_a_block_and_delivers_nothing(stage: Stage) -> None:
    assert stage.ask("message/push", text())[0] == 400, "never met"
    stage.platform.follow(BOT, HANA)
    stage.platform.block(BOT, HANA)
    assert stage.event()["type"] == "unfollow"
    assert "replyToken" not in stage.event()
    assert stage.ask("message/push", text())[0] == 200
    assert (stage.platform.used(BOT), stage.platform.bubbles(BOT, HANA), stage.platform.lost(BOT)) == (0, [], 1)
    assert stage.ask(f"profile/{HANA}")[0] == 404
    stage.platform.follow(BOT, HANA)
    assert stage.event()["follow"] == {"isUnblocked": True}


def test_it_signs_the_bytes_of_a_webhook_and_brings_again_what_failed(stage: Stage) -> None:
    stage.platform.follow(BOT, HANA)
    [call] = stage.platform.hooks.calls()
    signed = base64.b64encode(hmac.new(b"secret", call.body, hashlib.sha256).digest()).decode()
    assert call.headers["x-line-signature"] == signed
    assert stage.platform.hooks.calls() == []
    [again] = stage.platform.hooks.calls(again=True)
    told, told_again = json.loads(call.body)["events"][0], json.loads(again.body)["events"][0]
    assert told_again == {**told, "deliveryContext": {"isRedelivery": True}}
    stage.platform.hooks.arrived(again)
    assert stage.platform.hooks.calls(again=True) == []


def test_it_keeps_buttons_and_drops_quick_replies_when_anything_follows(stage: Stage) -> None:
    stage.platform.follow(BOT, HANA)
    coming = {"type": "postback", "label": "伺います", "data": "v=1", "displayText": "伺います"}
    stage.ask("message/push", text("明日です", coming))
    bubble = {
        "type": "bubble",
        "footer": {"type": "box", "layout": "vertical", "contents": [{"type": "button", "action": coming}]},
    }
    stage.ask("message/push", {"to": HANA, "messages": [{"type": "flex", "altText": "明日です", "contents": bubble}]})
    quick, button = stage.platform.bubbles(BOT, HANA)
    stage.platform.tap(button.id, 0)
    assert stage.event()["postback"] == {"data": "v=1"}
    assert stage.platform.bubbles(BOT, HANA)[-1].message["text"] == "伺います"
    with pytest.raises(LookupError):
        stage.platform.tap(quick.id, 0)
    with pytest.raises(LookupError):
        stage.platform.tap(button.id, 7)


def test_it_links_an_account_once(stage: Stage) -> None:
    token = stage.ask(f"user/{HANA}/linkToken", {})[1]["linkToken"]
    assert stage.platform.link(token, "nonce-of-ours")
    assert stage.event()["link"] == {"result": "ok", "nonce": "nonce-of-ours"}
    assert not stage.platform.link(token, "nonce-of-ours")


def test_it_vouches_for_an_id_token_to_its_own_channel_only(stage: Stage) -> None:
    token = stage.platform.id_token(HANA, "2000")
    assert stage.platform.claims(token, "2000")["sub"] == HANA

    def verify(form: str) -> int:
        said = gate.answer(stage.platform, "POST", "/oauth2/v2.1/verify", "", {}, form.encode())
        return said.status if said else 0

    assert verify(f"id_token={token}&client_id=2000") == 200
    assert verify(f"id_token={token}&client_id=3000") == 400
    assert verify("id_token=made-up&client_id=2000") == 400
    stage.at += 3601
    assert verify(f"id_token={token}&client_id=2000") == 400


def test_it_knows_nobody_without_the_token_and_fails_as_it_is_told_to(stage: Stage) -> None:
    stage.platform.follow(BOT, HANA)
    assert stage.ask("info", None, authorization="Bearer other")[0] == 401
    stage.platform.faults = [Fault("message/push", 429, gate.RATE), Fault("message/push", 0, is_after=True)]
    assert stage.ask("message/push", text()) == (429, {"message": gate.RATE})
    assert stage.ask("message/push", text())[0] == 0
    assert stage.platform.used(BOT) == 1, "done, only the answer was lost"


def shaped(**told: Any) -> list[tuple[str, str]]:
    return shapes.message(told, "messages[0]")


def test_it_refuses_messages_that_line_would_refuse() -> None:
    label = {"type": "postback", "label": "長" * 21, "data": "d"}
    for bad in (
        {"type": "text"}, {"type": "text", "text": ""}, {"type": "nothing"}, {"type": "text", "text": "あ" * 5001},
        {"type": "text", "text": "a", "b": 1},
        {"type": "text", "text": "😀" * 2501},
        {"type": "text", "text": "a", "quickReply": {"items": [{"type": "action", "action": label}]}},
        {"type": "text", "text": "a", "quickReply": {"items": []}},
        {"type": "flex", "altText": "", "contents": {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": []}}},
        {"type": "flex", "altText": "a", "contents": {"type": "bubble"}},
    ):  # fmt: skip
        assert shaped(**bad), bad
    assert not shaped(type="text", text="😀" * 2500)
    many = [{"type": "action", "action": {"type": "message", "label": "a", "text": "a"}}] * 14
    assert shaped(type="text", text="a", quickReply={"items": many})


def test_it_refuses_parts_of_a_flex_message_that_are_not_there() -> None:
    def body(**part: Any) -> list[tuple[str, str]]:
        box = {"type": "box", "layout": "vertical", "contents": [part]}
        return flex.container({"type": "bubble", "body": box}, "c", shapes.action)

    assert not body(type="text", text="カット", weight="bold", wrap=True)
    assert not body(
        type="button", style="primary", action={"type": "uri", "label": "開く", "uri": "https://hasami.example/v/1/"}
    )
    assert body(type="button", action={"type": "uri", "label": "開く", "uri": "javascript:alert(1)"})
    assert body(type="button", style="big", action={"type": "message", "label": "a", "text": "a"})
    assert body(type="text", text="")
    assert body(type="text", text="a", colour="#fff")
    assert body(type="image", url="http://hasami.example/a.png")
    assert body(type="icon", url="https://hasami.example/a.png"), "icons stand in baseline boxes only"
