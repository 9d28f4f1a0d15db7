"""What people do becomes events, and events become signed webhooks that somebody carries to the account's address."""

import base64
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from examples.line.book import Book
from examples.line.things import Call, ulid


class Hooks:
    """The events of all accounts."""

    def __init__(self, book: Book, now: Callable[[], float]) -> None:
        self.book, self.now = book, now

    def happened(self, bot: str, user: str, what: Mapping[str, Any], *, has_token: bool = True) -> None:
        """Somebody did something; most events come with a token to reply."""
        now = self.now()
        event = {
            **what, "mode": "active", "timestamp": int(now * 1000), "source": {"type": "user", "userId": user}, "webhookEventId": ulid(now),
            "deliveryContext": {"isRedelivery": False},
        }  # fmt: skip
        with self.book.open() as db:
            if has_token:
                event["replyToken"] = uuid.uuid4().hex
                db.execute(
                    "INSERT INTO reply_token VALUES (?, ?, ?, ?, 0)", (event["replyToken"], bot, user, int(now * 1000))
                )
            row = (event["webhookEventId"], bot, json.dumps(event, ensure_ascii=False), int(now * 1000))
            db.execute("INSERT INTO hook VALUES (?, ?, ?, ?, 'waiting', 0)", row)

    def calls(self, *, again: bool = False) -> list[Call]:
        """Webhooks to be carried out now, one for each event, oldest first. `again`: those that failed before, as redelivery."""
        state = "failed" if again else "waiting"
        with self.book.open() as db:
            rows = db.execute(
                "SELECT hook.*, account.webhook, account.secret, account.is_active FROM hook JOIN account USING (bot) WHERE state = ? "
                "ORDER BY hook.rowid",
                (state,),
            ).fetchall()
            db.execute("UPDATE hook SET state = 'failed', tries = tries + 1 WHERE state = ?", (state,))
        return [
            self.call(row["bot"], row["webhook"], row["secret"], [json.loads(row["event"])], is_again=again)
            for row in rows
            if row["webhook"] and row["is_active"]
        ]

    def call(
        self, bot: str, url: str, secret: str, events: Sequence[Mapping[str, Any]], *, is_again: bool = False
    ) -> Call:
        """The signed bytes of a webhook with these events; without any it is the call with which LINE tries the address."""
        told = [{**event, "deliveryContext": {"isRedelivery": is_again}} for event in events]
        body = json.dumps({"destination": bot, "events": told}, ensure_ascii=False, separators=(",", ":")).encode()
        signed = base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "x-line-signature": signed,
            "User-Agent": "LineBotWebhook/2.0",
        }
        return Call(url, body, headers, tuple(str(event["webhookEventId"]) for event in events))

    def arrived(self, call: Call) -> None:
        """The webhook was answered with 200."""
        with self.book.open() as db:
            db.executemany("UPDATE hook SET state = 'arrived' WHERE id = ?", [(one,) for one in call.events])

    def events(self, bot: str = "") -> list[dict[str, Any]]:
        """Every event so far, oldest first."""
        with self.book.open() as db:
            rows = db.execute("SELECT event FROM hook WHERE ? IN ('', bot) ORDER BY rowid", (bot,)).fetchall()
        return [json.loads(row["event"]) for row in rows]
