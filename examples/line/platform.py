"""The platform: official accounts and people, who is whose friend, what was said, and what happens when somebody taps.

It holds state as LINE does: pushes are counted for each who gets them, replies are not; a reply token works once and for a minute;
a retry key is remembered for a day; whoever has blocked an account gets nothing, and the account is not told. What people do becomes
webhooks (`calls`), which the owner of the platform carries to their addresses. Usable without Django.
"""

import json
import secrets
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from examples.line import shapes
from examples.line.book import Book
from examples.line.hooks import Hooks
from examples.line.things import Account as Account
from examples.line.things import Bubble as Bubble
from examples.line.things import Fault as Fault
from examples.line.things import Person as Person
from examples.line.things import Refused as Refused
from examples.line.things import user_id as user_id

REPLY_SECONDS = 60
LINK_SECONDS = 600
ID_SECONDS = 3600
RETRY_KEEPS = 24 * 3600
MONTHS_IN = timezone(timedelta(hours=9))
"""The month of the quota is Japan's."""


class Platform:
    """All of it. `now` gives the time in seconds since 1970; tests give a clock of their own."""

    def __init__(self, path: Path | None = None, *, now: Callable[[], float] = time.time) -> None:
        self.book, self.now = Book(path), now
        self.hooks = Hooks(self.book, now)
        self.faults: list[Fault] = []
        self.asked: list[tuple[str, str]] = []
        """Calls of the API, (method, path), the last thousand."""

    # Who there is

    def add_account(self, account: Account) -> Account:
        """An account comes to be; one of the same id is replaced."""
        row = (
            account.bot, account.channel_id, account.secret, account.token, account.basic_id, account.name, account.color, account.webhook,
            account.is_active, account.quota, account.login_channel_id, account.liff_id, account.liff_endpoint,
        )  # fmt: skip
        with self.book.open() as db:
            db.execute(f"INSERT OR REPLACE INTO account VALUES ({','.join('?' * len(row))})", row)  # noqa: S608
        return account

    def accounts(self) -> list[Account]:
        """All accounts."""
        with self.book.open() as db:
            return [_account(row) for row in db.execute("SELECT * FROM account ORDER BY name").fetchall()]

    def account(self, bot: str = "", *, token: str = "") -> Account | None:
        """By its own id, or by the access token."""
        with self.book.open() as db:
            row = db.execute(
                "SELECT * FROM account WHERE bot = ? OR (token = ? AND token != '')", (bot, token)
            ).fetchone()
        return _account(row) if row else None

    def set_webhook(self, bot: str, url: str) -> None:
        """Where the account's webhooks go."""
        with self.book.open() as db:
            db.execute("UPDATE account SET webhook = ?, is_active = 1 WHERE bot = ?", (url, bot))

    def set_liff(self, bot: str, endpoint: str) -> None:
        """Where the account's LIFF app is."""
        with self.book.open() as db:
            db.execute("UPDATE account SET liff_endpoint = ? WHERE bot = ?", (endpoint, bot))

    def set_quota(self, bot: str, limit: int | None, used: int | None = None) -> None:
        """The plan of the account, and what of it is used this month."""
        with self.book.open() as db:
            db.execute("UPDATE account SET quota = ? WHERE bot = ?", (limit, bot))
            if used is not None:
                db.execute("INSERT OR REPLACE INTO used VALUES (?, ?, ?)", (bot, self._month(), used))

    def add_people(self, people: Iterable[Person]) -> None:
        """People get a phone."""
        rows = [(one.user_id, one.name, one.language, one.place) for one in people]
        with self.book.open() as db:
            db.executemany("INSERT OR REPLACE INTO person VALUES (?, ?, ?, ?)", rows)

    def person(self, user: str) -> Person | None:
        """Somebody."""
        with self.book.open() as db:
            row = db.execute("SELECT * FROM person WHERE user_id = ?", (user,)).fetchone()
        return Person(row["user_id"], row["name"], row["language"], row["place"]) if row else None

    def people(self, limit: int = 200) -> list[Person]:
        """Who has a phone, those to be shown first in front."""
        with self.book.open() as db:
            rows = db.execute("SELECT * FROM person ORDER BY place, name LIMIT ?", (limit,)).fetchall()
        return [Person(row["user_id"], row["name"], row["language"], row["place"]) for row in rows]

    # What people do

    def befriend(self, bot: str, users: Sequence[str]) -> None:
        """They have been friends for long: no webhook tells of it."""
        rows = [(bot, user, int(self.now() * 1000)) for user in users]
        with self.book.open() as db:
            db.executemany("INSERT OR IGNORE INTO friendship VALUES (?, ?, 'friend', ?)", rows)

    def follow(self, bot: str, user: str) -> None:
        """Add the account as a friend, or unblock it."""
        was = self.state(bot, user)
        if was == "friend":
            return
        with self.book.open() as db:
            db.execute(
                "INSERT OR REPLACE INTO friendship VALUES (?, ?, 'friend', ?)", (bot, user, int(self.now() * 1000))
            )
        self.hooks.happened(bot, user, {"type": "follow", "follow": {"isUnblocked": was == "blocked"}})

    def block(self, bot: str, user: str) -> None:
        """Block the account. It hears `unfollow`, and no message arrives any more."""
        if self.state(bot, user) == "friend":
            with self.book.open() as db:
                db.execute("UPDATE friendship SET state = 'blocked' WHERE bot = ? AND user_id = ?", (bot, user))
            self.hooks.happened(bot, user, {"type": "unfollow"}, has_token=False)

    def state(self, bot: str, user: str) -> str:
        """Friend | blocked | "" (never met)."""
        with self.book.open() as db:
            row = db.execute("SELECT state FROM friendship WHERE bot = ? AND user_id = ?", (bot, user)).fetchone()
        return str(row["state"]) if row else ""

    def friends(self, bot: str) -> list[str]:
        """Who can be reached."""
        with self.book.open() as db:
            rows = db.execute(
                "SELECT user_id FROM friendship WHERE bot = ? AND state = 'friend' ORDER BY user_id", (bot,)
            )
            return [row["user_id"] for row in rows.fetchall()]

    def say(self, bot: str, user: str, text: str) -> None:
        """Write to the account."""
        number = self._write(bot, [user], "person", "text", [{"type": "text", "text": text}])[0]
        told = {"type": "text", "id": str(number), "quoteToken": secrets.token_urlsafe(16), "text": text}
        self.hooks.happened(bot, user, {"type": "message", "message": told})

    def tap(self, bubble_id: int, index: int, *, chosen: str = "") -> str:
        """Tap the action of this number in the bubble. Returns the address to open, if it is a link.

        Buttons of last week's message can still be tapped; quick replies are gone when anything follows. Raises LookupError.
        """
        with self.book.open() as db:
            row = db.execute("SELECT * FROM bubble WHERE id = ?", (bubble_id,)).fetchone()
        message = json.loads(row["message"]) if row else {}
        actions = shapes.actions_of(message)
        if not 0 <= index < len(actions):
            raise LookupError("no such action")
        is_quick = index >= len(actions) - len(shapes.quick_of(message))
        if is_quick and self._is_followed(row["bot"], row["user_id"], bubble_id):
            raise LookupError("the quick reply is gone")
        return self.act(row["bot"], row["user_id"], actions[index], chosen=chosen)

    def act(self, bot: str, user: str, action: Mapping[str, Any], *, chosen: str = "") -> str:
        """What a tap on this action does. Returns the address to open, if it is a link."""
        kind = action.get("type")
        if kind == "uri":
            return str(action["uri"])
        if kind == "message":
            self.say(bot, user, str(action["text"]))
        elif kind in {"postback", "datetimepicker"}:
            words = action.get("displayText") or action.get("text")
            if words:
                self._write(bot, [user], "person", "postback", [{"type": "text", "text": words}])
            told: dict[str, Any] = {"data": action["data"]}
            if kind == "datetimepicker":
                told["params"] = {action["mode"]: chosen}
            self.hooks.happened(bot, user, {"type": "postback", "postback": told})
        return ""

    def link(self, token: str, nonce: str) -> bool:
        """The dialogue that links the account of a service: the account hears the nonce. False: the token is over."""
        limit = int((self.now() - LINK_SECONDS) * 1000)
        with self.book.open() as db:
            row = db.execute(
                "SELECT * FROM link_token WHERE token = ? AND is_used = 0 AND at > ?", (token, limit)
            ).fetchone()
            if row is None:
                return False
            db.execute("UPDATE link_token SET is_used = 1 WHERE token = ?", (token,))
        self.hooks.happened(
            row["bot"], row["user_id"], {"type": "accountLink", "link": {"result": "ok", "nonce": nonce}}
        )
        return True

    def id_token(self, user: str, client_id: str, nonce: str = "") -> str:
        """What `liff.getIDToken()` gives on this person's phone."""
        token = "ey" + secrets.token_urlsafe(48)
        with self.book.open() as db:
            db.execute(
                "INSERT INTO id_token VALUES (?, ?, ?, ?, ?)", (token, client_id, user, int(self.now() * 1000), nonce)
            )
        return token

    # What is said

    def bubbles(self, bot: str, user: str, *, after: int = 0, limit: int = 200) -> list[Bubble]:
        """The chat as the person sees it, oldest first."""
        with self.book.open() as db:
            rows = db.execute(
                "SELECT * FROM bubble WHERE user_id = ? AND bot = ? AND id > ? AND kind != 'lost' ORDER BY id DESC LIMIT ?",
                (user, bot, after, limit),
            ).fetchall()
        return [_bubble(row) for row in reversed(rows)]

    def last_of_each(self, bot: str) -> dict[str, tuple[Bubble, int]]:
        """By person: the last thing said, and how many messages are unread."""
        with self.book.open() as db:
            rows = db.execute(
                "SELECT *, max(id) AS last, sum(side = 'account' AND NOT is_read) AS unread FROM bubble WHERE bot = ? AND kind != 'lost' "
                "GROUP BY user_id",
                (bot,),
            ).fetchall()
        return {row["user_id"]: (_bubble(row), int(row["unread"] or 0)) for row in rows}

    def read(self, bot: str, user: str) -> None:
        """The person has seen the chat."""
        with self.book.open() as db:
            db.execute("UPDATE bubble SET is_read = 1 WHERE user_id = ? AND bot = ? AND is_read = 0", (user, bot))

    def lost(self, bot: str) -> int:
        """How many messages went to people who had blocked the account."""
        with self.book.open() as db:
            return int(
                db.execute("SELECT count(*) AS n FROM bubble WHERE bot = ? AND kind = 'lost'", (bot,)).fetchone()["n"]
            )

    def remember(self, bot: str, user: str, message: Mapping[str, Any], at: float, *, side: str = "account") -> None:
        """Something said in the past: for a chat with a history."""
        with self.book.open() as db:
            db.execute(
                "INSERT INTO bubble (bot, user_id, side, kind, message, at, is_read) VALUES (?, ?, ?, 'note', ?, ?, 1)",
                (bot, user, side, json.dumps(message, ensure_ascii=False), int(at * 1000)),
            )

    def used(self, bot: str) -> int:
        """Messages that count, this month."""
        with self.book.open() as db:
            row = db.execute("SELECT count FROM used WHERE bot = ? AND month = ?", (bot, self._month())).fetchone()
        return int(row["count"]) if row else 0

    # What accounts ask for (the API; `gate` is its wire)

    def push(
        self,
        account: Account,
        users: Sequence[str],
        told: Sequence[Mapping[str, Any]],
        *,
        key: str = "",
        kind: str = "push",
    ) -> list[str]:
        """Send to these; returns the ids of the messages. Counted for everybody who gets it. Raises Refused."""
        with self.book.open() as db:
            if key:
                limit = int((self.now() - RETRY_KEEPS) * 1000)
                row = db.execute(
                    "SELECT * FROM retry_key WHERE bot = ? AND key = ? AND at > ?", (account.bot, key, limit)
                ).fetchone()
                if row is not None:
                    raise Refused(
                        409,
                        "The retry key is already accepted",
                        accepted=row["request_id"],
                        sent=json.loads(row["sent"]),
                    )
            marks = ",".join("?" * len(users))
            rows = db.execute(
                f"SELECT user_id, state FROM friendship WHERE bot = ? AND user_id IN ({marks})",  # noqa: S608
                (account.bot, *users),
            ).fetchall()
            states = {row["user_id"]: row["state"] for row in rows}
            if kind == "push" and users[0] not in states:
                raise Refused(400, "Failed to send messages")
            reached = [user for user in dict.fromkeys(users) if states.get(user) == "friend"]
            used = self.used(account.bot)
            if account.quota is not None and used + len(reached) > account.quota:
                raise Refused(429, "You have reached your monthly limit.")
            db.execute(
                "INSERT OR REPLACE INTO used VALUES (?, ?, ?)", (account.bot, self._month(), used + len(reached))
            )
            ids = self._write(account.bot, reached, "account", kind, told)[: len(told)]
            self._write(
                account.bot, [user for user, state in states.items() if state == "blocked"], "account", "lost", told
            )
            sent = [str(one) for one in ids] or [str(secrets.randbits(50)) for _ in told]
            if key:
                taken = (account.bot, key, int(self.now() * 1000), str(uuid.uuid4()), json.dumps(sent))
                db.execute("INSERT OR REPLACE INTO retry_key VALUES (?, ?, ?, ?, ?)", taken)
        return sent

    def reply(self, account: Account, token: str, told: Sequence[Mapping[str, Any]]) -> list[str]:
        """Answer an event; free. Raises Refused when the token is over or used."""
        limit = int((self.now() - REPLY_SECONDS) * 1000)
        with self.book.open() as db:
            row = db.execute(
                "SELECT * FROM reply_token WHERE token = ? AND bot = ? AND is_used = 0 AND at > ?",
                (token, account.bot, limit),
            ).fetchone()
            if row is None:
                raise Refused(400, "Invalid reply token")
            db.execute("UPDATE reply_token SET is_used = 1 WHERE token = ?", (token,))
            is_friend = self.state(account.bot, row["user_id"]) == "friend"
            return [
                str(one)
                for one in self._write(account.bot, [row["user_id"]], "account", "reply" if is_friend else "lost", told)
            ]

    def link_token(self, account: Account, user: str) -> str:
        """A token to link this person's account of a service; ten minutes, once."""
        if self.person(user) is None:
            raise Refused(404, "Not found")
        token = secrets.token_urlsafe(24)
        with self.book.open() as db:
            db.execute(
                "INSERT INTO link_token VALUES (?, ?, ?, ?, 0)", (token, account.bot, user, int(self.now() * 1000))
            )
        return token

    def claims(self, token: str, client_id: str, nonce: str = "") -> dict[str, Any]:
        """What an ID token says, for the service that it was made for. Raises Refused."""
        with self.book.open() as db:
            row = db.execute("SELECT * FROM id_token WHERE token = ?", (token,)).fetchone()
        if row is None:
            raise Refused(400, "Invalid IdToken.")
        made = row["at"] // 1000
        if row["client_id"] != client_id:
            raise Refused(400, "Invalid IdToken Audience.")
        if self.now() > made + ID_SECONDS:
            raise Refused(400, "IdToken expired.")
        if nonce and row["nonce"] != nonce:
            raise Refused(400, "Invalid IdToken Nonce.")
        person = self.person(row["user_id"])
        told = {
            "iss": "https://access.line.me",
            "sub": row["user_id"],
            "aud": client_id,
            "exp": made + ID_SECONDS,
            "iat": made,
        }
        return told | ({"name": person.name} if person else {}) | ({"nonce": row["nonce"]} if row["nonce"] else {})

    # Within

    def _month(self) -> str:
        return datetime.fromtimestamp(self.now(), MONTHS_IN).strftime("%Y-%m")

    def _write(
        self, bot: str, users: Sequence[str], side: str, kind: str, told: Sequence[Mapping[str, Any]]
    ) -> list[int]:
        at, ids = int(self.now() * 1000), []
        with self.book.open() as db:
            for user in users:
                for one in told:
                    row = (bot, user, side, kind, json.dumps(one, ensure_ascii=False), at, side == "person")
                    done = db.execute(
                        "INSERT INTO bubble (bot, user_id, side, kind, message, at, is_read) VALUES (?, ?, ?, ?, ?, ?, ?)",
                        row,
                    )
                    ids.append(int(done.lastrowid or 0))
        return ids

    def _is_followed(self, bot: str, user: str, bubble_id: int) -> bool:
        return bool(self.bubbles(bot, user, after=bubble_id, limit=1))


def _account(row: Any) -> Account:
    told = {name: row[name] for name in row.keys()}  # noqa: SIM118 - sqlite3.Row iterates over values
    return Account(**{**told, "is_active": bool(row["is_active"])})


def _bubble(row: Any) -> Bubble:
    at = datetime.fromtimestamp(row["at"] / 1000, UTC)
    return Bubble(row["id"], row["side"], row["kind"], json.loads(row["message"]), at)
