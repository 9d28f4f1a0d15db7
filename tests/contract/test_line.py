"""Held to LINE's own files, where they lie beside the repository: calls, bodies, webhooks, with the subtypes that validators pass over."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from kaeru.channels.base import Button, Letter, Piece, PieceKind
from kaeru.channels.line import bubbles, client, linking, wording
from kaeru.channels.line.conversation import MOST_BUBBLES, MOST_QUICK, Bubble, Said
from kaeru.core import http
from kaeru.tenants.models import Shop
from tests.fakes import line_contract as contract

pytestmark = pytest.mark.skipif(
    contract.document(contract.API) is None,
    reason=f"THE CONTRACT IS NOT CHECKED: LINE's files are not at {contract.FOLDER}",
)
API: dict[str, Any] = contract.document(contract.API) or {"paths": {}}
LOGIN: dict[str, Any] = contract.document(contract.LOGIN) or {"paths": {}}
KEY = UUID("123e4567-e89b-12d3-a456-426614174000")
USER = "U" + "0" * 32
EVERYTHING = Said(
    (
        Bubble("承りました。"),
        Bubble("明日です。", "ご予約", (("日時", "11月23日 14:00"), ("担当", "さくら")), (Button("来店", data="a", text="行きます"), Button("見る", url="https://x.example/"))),
        Bubble("", "", (), (Button("はい"),)),
    ),
    (Button("14:00", data="b"), Button("もっと", url="https://x.example/"), Button("やめる", text="やめます")),
)  # fmt: skip


class Wire(http.Way):
    """Keeps what is asked."""

    def __init__(self) -> None:
        super().__init__("https://api.line.me")
        self.asked: list[tuple[str, str, bytes, dict[str, str]]] = []

    def call(self, method: str, path: str, body: Any = None, headers: Any = None) -> http.Answer:
        self.asked.append((method, path, body or b"", dict(headers or {})))
        return http.Answer(200, b"{}")


def everything_asked() -> list[tuple[str, str, bytes, dict[str, str]]]:
    """One of each call that the client knows."""
    wire = Wire()
    line = client.Client(wire)
    told = bubbles.messages_of(EVERYTHING, "#2b6a3d", "はさみ")
    line.push("t", USER, told, KEY)
    line.multicast("t", [USER], told, KEY)
    line.reply("t", "r", told)
    line.quota("t")
    line.consumption("t")
    line.bot("t")
    line.profile("t", USER)
    line.link_token("t", USER)
    line.webhook("t")
    line.set_webhook("t", "https://salon.example/hooks/line/x")
    line.test_webhook("t")
    line.verify_id_token("token", "1234567890", "nonce")
    return wire.asked


def test_it_calls_what_is_there_with_bodies_of_the_right_shape() -> None:
    asked = everything_asked()
    assert len({(method, path) for method, path, _, _ in asked}) == 12
    for method, path, body, _ in asked:
        contract.fits_call(method, path, body)


def test_it_sends_the_retry_key_exactly_where_line_takes_it() -> None:
    takes = {
        name
        for name, methods in API["paths"].items()
        for told in methods.values()
        if isinstance(told, dict)
        and any(one.get("name") == "X-Line-Retry-Key" for one in told.get("parameters", []) if isinstance(one, dict))
    }
    for _, path, _, headers in everything_asked():
        assert ("X-Line-Retry-Key" in headers) == (path in takes), path


def test_it_speaks_to_the_servers_that_line_names() -> None:
    assert linking.LINE == LOGIN["servers"][0]["url"] == "https://api.line.me"
    assert all(one["servers"][0]["url"].startswith("https://api") for one in API["paths"].values() if "servers" in one)
    schema = LOGIN["paths"]["/oauth2/v2.1/verify"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]
    assert schema["properties"]["iss"]["enum"] == [linking.ISSUER]


def test_it_keeps_to_the_limits() -> None:
    known = contract.schemas(contract.API)
    assert known["PushMessageRequest"]["properties"]["messages"]["maxItems"] == MOST_BUBBLES
    assert known["QuickReply"]["properties"]["items"]["maxItems"] == MOST_QUICK
    postback = known["PostbackAction"]["allOf"][1]["properties"]
    assert postback["data"]["maxLength"] == bubbles.MOST_DATA
    assert known["MulticastRequest"]["properties"]["to"]["maxItems"] == client.MOST_RECIPIENTS


@pytest.mark.parametrize("is_ad", [False, True])
def test_its_letters_are_messages_of_line(is_ad: bool) -> None:
    letter = Letter(
        KEY, Shop(name="はさみ", postal_address="東京", contact="a@example.com"), "ja", is_ad, USER,
        (Piece(PieceKind.WORDS, "明日のご予約"),),
        (Piece(PieceKind.VALUE, "髙﨑"), Piece(PieceKind.WORDS, " 様\n\nお待ちしています。\n\n"),
         Piece(PieceKind.LINK, "https://x.example/r", "reorder"),
         Piece(PieceKind.WORDS, "\n\n"), Piece(PieceKind.CODE, "KAERU-1")),
        datetime(2026, 11, 22, tzinfo=UTC), unsubscribe_url="https://x.example/u" if is_ad else "",
        buttons=(Button("来店", data="visit:1"),),
    )  # fmt: skip
    body = json.dumps({"to": USER, "messages": wording.messages(letter)}).encode()
    contract.fits_call("POST", "/v2/bot/message/push", body)


def test_it_sees_what_plain_validation_passes_over() -> None:
    known = contract.schemas(contract.API)

    def wrong(message: dict[str, Any]) -> list[str]:
        return contract.check({"to": USER, "messages": [message]}, {"$ref": "PushMessageRequest"}, known)

    assert wrong({"type": "text", "text": "は"}) == []
    assert wrong({"type": "text"})
    assert wrong({"type": "unheard"})
    assert wrong({"type": "flex", "altText": "は"})
    assert wrong(
        {"type": "flex", "altText": "は", "contents": {"type": "bubble", "body": {"type": "box", "contents": []}}}
    )
    assert wrong({"type": "text", "text": "は", "quickReply": {"items": [{"type": "action"}] * 14}})
