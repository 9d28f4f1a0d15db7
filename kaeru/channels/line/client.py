"""Calls to LINE: one call, one answer, typed by what to do next. Nothing of what is sent or answered is logged.

The Messaging API takes the account's token, LINE Login's verification takes none. See docs/reference/line-calls.md.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from uuid import UUID

from django.conf import settings

from kaeru.channels.line.rules import What, meaning
from kaeru.core import http

Json = Mapping[str, Any]
MOST_RECIPIENTS = 500


@dataclass(frozen=True, slots=True)
class Told:
    """What LINE answered."""

    what: What
    status: int
    message: str = ""
    """LINE's own words, for staff; holds nobody's data."""
    body: Json = field(default_factory=dict, repr=False)
    request_id: str = ""
    details: str = ""


class LineRefused(Exception):
    """LINE did not give what was asked for; `told` says why."""

    def __init__(self, told: Told) -> None:
        super().__init__(f"{told.what.value} {told.status}")
        self.told = told


class Client:
    """One open way to LINE for one batch; it connects with its first call."""

    def __init__(self, way: http.Way | None = None) -> None:
        self._way = way or http.Way(settings.KAERU_LINE_API_URL)

    def close(self) -> None:
        """Hang up."""
        self._way.close()

    def push(self, token: str, to: str, messages: Sequence[Json], key: UUID) -> Told:
        """One person, 1 to 5 messages; counts as one against the quota. The key makes a repeat within 24 hours harmless."""
        return self._post(token, "/v2/bot/message/push", {"to": to, "messages": list(messages)}, key)

    def multicast(self, token: str, to: Sequence[str], messages: Sequence[Json], key: UUID) -> Told:
        """The same words to 1 to 500 people; counts for each."""
        if not 0 < len(to) <= MOST_RECIPIENTS:
            raise ValueError(f"a multicast has 1 to {MOST_RECIPIENTS} recipients")
        return self._post(token, "/v2/bot/message/multicast", {"to": list(to), "messages": list(messages)}, key)

    def reply(self, token: str, reply_token: str, messages: Sequence[Json]) -> Told:
        """The free answer. A reply token works once; a retry key is not taken here."""
        return self._post(token, "/v2/bot/message/reply", {"replyToken": reply_token, "messages": list(messages)})

    def quota(self, token: str) -> tuple[str, int]:
        """(none | limited, pushes a month). Raises LineRefused."""
        body = self._get(token, "/v2/bot/message/quota")
        kind = "limited" if body.get("type") == "limited" else "none"
        return kind, _number(body.get("value")) if kind == "limited" else 0

    def consumption(self, token: str) -> int:
        """Pushes of this month, approximately: LINE counts with some delay. Raises LineRefused."""
        return _number(self._get(token, "/v2/bot/message/quota/consumption").get("totalUsage"))

    def bot(self, token: str) -> Json:
        """The account itself: userId, basicId, displayName, … Raises LineRefused."""
        return self._get(token, "/v2/bot/info")

    def profile(self, token: str, user_id: str) -> Json:
        """The displayName and perhaps the language of a friend. Raises LineRefused (404: no friend)."""
        return self._get(token, f"/v2/bot/profile/{quote(user_id, safe='')}")

    def link_token(self, token: str, user_id: str) -> str:
        """Begins an account link: good for ten minutes, once. Raises LineRefused."""
        told = self._post(token, f"/v2/bot/user/{quote(user_id, safe='')}/linkToken", None)
        return str(_good(told).get("linkToken") or "")

    def webhook(self, token: str) -> Json:
        """Where LINE sends events: endpoint, active. Raises LineRefused."""
        return self._get(token, "/v2/bot/channel/webhook/endpoint")

    def set_webhook(self, token: str, address: str) -> None:
        """Let LINE send events there. Raises LineRefused."""
        body = json.dumps({"endpoint": address}).encode()
        _good(self._call("PUT", "/v2/bot/channel/webhook/endpoint", token, body))

    def test_webhook(self, token: str) -> Json:
        """Let LINE knock at the address: success, statusCode, reason. At most 60 an hour. Raises LineRefused."""
        return _good(self._post(token, "/v2/bot/channel/webhook/test", {}))

    def verify_id_token(self, id_token: str, client_id: str, nonce: str = "") -> Json:
        """The claims of a token that LIFF or Login gave the browser, verified by LINE. Raises LineRefused."""
        told = {"id_token": id_token, "client_id": client_id, **({"nonce": nonce} if nonce else {})}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return _good(self._send("POST", "/oauth2/v2.1/verify", urlencode(told).encode(), headers))

    def _get(self, token: str, path: str) -> Json:
        return _good(self._call("GET", path, token, None))

    def _post(self, token: str, path: str, told: Json | None, key: UUID | None = None) -> Told:
        body = None if told is None else json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
        return self._call("POST", path, token, body, key)

    def _call(self, method: str, path: str, token: str, body: bytes | None, key: UUID | None = None) -> Told:
        headers = {"Authorization": f"Bearer {token}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        if key is not None:
            headers["X-Line-Retry-Key"] = str(key)
        return self._send(method, path, body, headers)

    def _send(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Told:
        try:
            answer = self._way.call(method, path, body, headers)
        except http.Unanswered as silence:
            return Told(What.DOWN, 0, str(silence))
        except http.EgressRefused as refused:
            return Told(What.DENIED, 0, str(refused))
        found = _json(answer.body)
        message = str(found.get("message") or found.get("error_description") or found.get("error") or "")[:200]
        accepted = answer.headers.get("x-line-accepted-request-id", "")
        return Told(
            meaning(answer.status, message),
            answer.status,
            message,
            found,
            (accepted or answer.headers.get("x-line-request-id", ""))[:100],
            _details(found),
        )


def _good(told: Told) -> Json:
    if not told.what.is_good:
        raise LineRefused(told)
    return told.body


def _json(body: bytes) -> Json:
    try:
        found = json.loads(body or b"{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _details(found: Json) -> str:
    """Which property LINE did not like."""
    rows = found.get("details")
    if not isinstance(rows, list):
        return ""
    return "; ".join(f"{row.get('property', '')}: {row.get('message', '')}" for row in rows if isinstance(row, dict))[
        :200
    ]


def _number(value: Any) -> int:
    return value if isinstance(value, int) and value >= 0 else 0
