"""The platform's API on the wire: paths, headers, statuses and words as LINE has them. Not bound to any web framework.

`answer(platform, method, path, query, headers, body)` gives status, headers and JSON; None stands for a line that breaks.
"""

import json
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from examples.line import postman, shapes
from examples.line.platform import Account, Platform, Refused

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
USER = re.compile(r"U[0-9a-f]{32}")
BAD_TOKEN = (
    "Authentication failed due to the following reason: invalid token. "  # noqa: S105 - LINE's words, no token
    "Confirm that the access token in the authorization header is valid."
)
RATE = "The API rate limit has been exceeded. Try again later."
CONCURRENT = "The number of concurrent requests has been exceeded. Try again later."
MONTHLY = "You have reached your monthly limit."
"""The three meanings of 429."""
MOST_BODY = 2 * 1024 * 1024
KEYED = {"push", "multicast", "narrowcast", "broadcast"}
"""Calls that take `X-Line-Retry-Key`; others refuse it."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the API answers."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def raw(self) -> bytes:
        """The body as bytes."""
        return json.dumps(self.body, ensure_ascii=False).encode()


@dataclass(frozen=True, slots=True)
class Asked:
    """One call."""

    platform: Platform
    account: Account
    path: str
    query: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        """The body. Raises Refused."""
        try:
            told = json.loads(self.body)
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise Refused(400, "The request body could not be parsed as JSON")
        return told


def answer(
    platform: Platform, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
) -> Said | None:
    """Do what is asked for; header names in small letters. None: the line breaks without an answer."""
    platform.asked = [*platform.asked[-999:], (method, path)]
    fault = next((one for one in platform.faults if path.endswith(one.path) and one.times > 0), None)
    if fault is not None:
        fault.times -= 1
        if not fault.is_after:
            return _fail(fault.status, fault.message)
    said = _answer(platform, method, path, parse_qs(query), headers, body)
    if fault is not None:
        return _fail(fault.status, fault.message)
    said.headers.setdefault("x-line-request-id", str(uuid.uuid4()))
    return said


def _fail(status: int, message: str) -> Said | None:
    return (
        Said(status, {"message": message or "Internal Server Error"}, {"x-line-request-id": str(uuid.uuid4())})
        if status
        else None
    )


def _answer(
    platform: Platform, method: str, path: str, query: Mapping[str, list[str]], headers: Mapping[str, str], body: bytes
) -> Said:
    try:
        if path.startswith("/oauth2/"):
            return _oauth(platform, method, path, query, body)
        account = platform.account(token=headers.get("authorization", "").removeprefix("Bearer ") or "-")
        if account is None:
            raise Refused(401, BAD_TOKEN)
        if len(body) > MOST_BODY:
            raise Refused(413, "Payload Too Large")
        for known_method, pattern, do in ROUTES:
            found = re.fullmatch(pattern, path)
            if found and known_method == method:
                if "x-line-retry-key" in headers:
                    _check_key(path, headers["x-line-retry-key"])
                return Said(200, do(Asked(platform, account, path, query, headers, body), *found.groups()))
        raise Refused(404, "Not found")
    except Refused as no:
        return _refusal(no, is_oauth=path.startswith("/oauth2/"))


def _refusal(no: Refused, *, is_oauth: bool) -> Said:
    if is_oauth:
        return Said(no.status, {"error": "invalid_request", "error_description": no.message})
    told: dict[str, Any] = {"message": no.message}
    if no.details:
        told["details"] = [{"message": words, "property": where} for where, words in no.details]
    if no.accepted:
        return Said(no.status, told | _sent(no.sent), {"x-line-accepted-request-id": no.accepted})
    return Said(no.status, told)


def _check_key(path: str, key: str) -> None:
    if path.rsplit("/", 1)[-1] not in KEYED:
        raise Refused(400, "The retry key is not supported by this API")
    if not UUID.fullmatch(key):
        raise Refused(400, "Invalid retry key")


def _messages(told: Mapping[str, Any], *must: str) -> list[dict[str, Any]]:
    found = [(name, shapes.EMPTY) for name in must if not told.get(name)]
    found += shapes.messages(told.get("messages"))
    if found:
        raise Refused(400, f"The request body has {len(found)} error(s)", found)
    messages: list[dict[str, Any]] = told["messages"]
    return messages


def _sent(ids: list[str]) -> dict[str, Any]:
    return {"sentMessages": [{"id": one, "quoteToken": f"q{one}"} for one in ids]}


def _push(asked: Asked) -> dict[str, Any]:
    told = asked.json()
    messages = _messages(told, "to")
    to = told["to"]
    if not isinstance(to, str) or not USER.fullmatch(to):
        raise Refused(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
    return _sent(asked.platform.push(asked.account, [to], messages, key=asked.headers.get("x-line-retry-key", "")))


def _multicast(asked: Asked) -> dict[str, Any]:
    told = asked.json()
    messages = _messages(told, "to")
    to = told["to"]
    if not isinstance(to, list) or not 1 <= len(to) <= 500:
        raise Refused(400, "The request body has 1 error(s)", [("to", "Size must be between 1 and 500")])
    if not all(isinstance(one, str) and USER.fullmatch(one) for one in to):
        raise Refused(400, "The property, 'to', in the request body is invalid (line: -, column: -)")
    asked.platform.push(asked.account, to, messages, key=asked.headers.get("x-line-retry-key", ""), kind="multicast")
    return {}


def _reply(asked: Asked) -> dict[str, Any]:
    told = asked.json()
    return _sent(asked.platform.reply(asked.account, str(told.get("replyToken", "")), _messages(told, "replyToken")))


def _validate(asked: Asked, _kind: str) -> dict[str, Any]:
    _messages(asked.json())
    return {}


def _quota(asked: Asked) -> dict[str, Any]:
    limit = asked.account.quota
    return {"type": "none"} if limit is None else {"type": "limited", "value": limit}


def _consumption(asked: Asked) -> dict[str, Any]:
    return {"totalUsage": asked.platform.used(asked.account.bot)}


def _profile(asked: Asked, user: str) -> dict[str, Any]:
    person = asked.platform.person(user)
    if person is None or asked.platform.state(asked.account.bot, user) != "friend":
        raise Refused(404, "Not found")
    return {"userId": person.user_id, "displayName": person.name, "language": person.language}


def _link_token(asked: Asked, user: str) -> dict[str, Any]:
    return {"linkToken": asked.platform.link_token(asked.account, user)}


def _info(asked: Asked) -> dict[str, Any]:
    one = asked.account
    return {
        "userId": one.bot,
        "basicId": one.basic_id,
        "displayName": one.name,
        "chatMode": "bot",
        "markAsReadMode": "auto",
    }


def _followers(asked: Asked) -> dict[str, Any]:
    friends = asked.platform.friends(asked.account.bot)
    start = int(asked.query.get("start", ["0"])[0] or 0)
    limit = min(1000, int(asked.query.get("limit", ["300"])[0]))
    told: dict[str, Any] = {"userIds": friends[start : start + limit]}
    return told | ({"next": str(start + limit)} if start + limit < len(friends) else {})


def _set_webhook(asked: Asked) -> dict[str, Any]:
    asked.platform.set_webhook(asked.account.bot, str(asked.json().get("endpoint", "")))
    return {}


def _webhook(asked: Asked) -> dict[str, Any]:
    return {"endpoint": asked.account.webhook, "active": asked.account.is_active}


def _try_webhook(asked: Asked) -> dict[str, Any]:
    one = asked.account
    told = json.loads(asked.body or b"{}")
    status = postman.carry(asked.platform.hooks.call(one.bot, str(told.get("endpoint") or one.webhook), one.secret, []))
    at = asked.platform.now()
    reason = "OK" if status == 200 else "ERROR_STATUS_CODE"
    return {
        "success": status == 200,
        "timestamp": postman.stamp(at),
        "statusCode": status,
        "reason": reason,
        "detail": str(status),
    }


def _nothing(_asked: Asked) -> dict[str, Any]:
    return {}


Do = Callable[..., dict[str, Any]]
BOT = "/v2/bot"
ROUTES: tuple[tuple[str, str, Do], ...] = (
    ("POST", f"{BOT}/message/push", _push),
    ("POST", f"{BOT}/message/multicast", _multicast),
    ("POST", f"{BOT}/message/reply", _reply),
    ("POST", f"{BOT}/message/validate/(push|multicast|reply|broadcast|narrowcast)", _validate),
    ("GET", f"{BOT}/message/quota", _quota),
    ("GET", f"{BOT}/message/quota/consumption", _consumption),
    ("GET", f"{BOT}/profile/(U[0-9a-f]{{32}})", _profile),
    ("POST", f"{BOT}/user/(U[0-9a-f]{{32}})/linkToken", _link_token),
    ("GET", f"{BOT}/info", _info),
    ("GET", f"{BOT}/followers/ids", _followers),
    ("GET", f"{BOT}/channel/webhook/endpoint", _webhook),
    ("PUT", f"{BOT}/channel/webhook/endpoint", _set_webhook),
    ("POST", f"{BOT}/channel/webhook/test", _try_webhook),
    ("POST", f"{BOT}/chat/loading/start", _nothing),
)


def _oauth(platform: Platform, method: str, path: str, query: Mapping[str, list[str]], body: bytes) -> Said:
    if path != "/oauth2/v2.1/verify":
        raise Refused(404, "Not found")
    if method == "POST":
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if not form.get("id_token") or not form.get("client_id"):
            raise Refused(400, "id_token and client_id must be specified")
        claims = platform.claims(form["id_token"], form["client_id"], form.get("nonce", ""))
        if form.get("user_id") and form["user_id"] != claims["sub"]:
            raise Refused(400, "Invalid IdToken Subject Identifier.")
        return Said(200, claims)
    raise Refused(400, "access token expired")
