"""Calls to Shopify's Admin API: one document, one answer, typed by what to do next.

Shopify counts what a call costs and gives each shop and app a bucket that fills again by so many points a second. The bucket is
followed here, so that a call that does not fit is put off before it is made. Nothing of what is asked or answered is logged.
"""

import json
import logging
import math
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kaeru.connectors.base import Access, Barred, Busy
from kaeru.connectors.reading import part, rows, text
from kaeru.connectors.shopify import documents
from kaeru.core import http

VERSION = "2026-10"
"""The newest stable version; a version is served for twelve months."""
OLDEST_VERSION = "2026-01"
"""The oldest that the documents still fit."""
ADDRESS = "https://{account}/admin/api/{version}/graphql.json"
MOST_BYTES = 4_000_000
_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.myshopify\.com")
_NO_ENTRY = {
    401: "token_revoked",
    402: "shop_gone",
    403: "token_revoked",
    404: "shop_gone",
    410: "shop_gone",
    423: "shop_gone",
}
_MOST_BUCKETS = 10_000
_USUAL_RESTORE = 100.0

log = logging.getLogger(__name__)


class Refused(Exception):
    """Shopify understood and says no (userErrors). `code` is Shopify's code, or empty; `words` are for staff."""

    def __init__(self, words: str, code: str = "") -> None:
        super().__init__(words)
        self.words, self.code = words, code


@dataclass(slots=True)
class Bucket:
    """What one shop still lets us ask."""

    available: float
    restore: float
    most: float
    seen: float

    def now(self, moment: float) -> float:
        """Points by this moment."""
        return min(self.most, self.available + (moment - self.seen) * self.restore)


_buckets: dict[str, Bucket] = {}
_costs: dict[str, float] = {}
"""What each document cost when it was asked last."""
_lock = threading.Lock()


def is_account(name: str) -> bool:
    """Whether this is a shop's own name at Shopify (kotori.myshopify.com), as nothing else may be called.

    >>> is_account("kotori.myshopify.com"), is_account("kotori.myshopify.com.evil.example")
    (True, False)
    """
    return _ACCOUNT.fullmatch(name) is not None


def ask(access: Access, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The answer's data. Raises Busy, Barred, http.Unanswered (a change may have been made)."""
    if not is_account(access.account) or not access.secrets:
        raise Barred("token_revoked")
    _wait_for_room(access.account, name)
    body = json.dumps({"query": documents.text(name), "variables": variables}, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "X-Shopify-Access-Token": access.secrets[0],
    }
    url = ADDRESS.format(account=access.account, version=access.version or VERSION)
    try:
        answer = http.post(url, body, headers, most_bytes=MOST_BYTES)
    except http.EgressRefused:
        raise Barred("shop_gone") from None
    return _data(access.account, name, answer)


def change(access: Access, name: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The same for a document with one change: its payload. Raises Refused besides."""
    payload = part(next(iter(ask(access, name, variables).values()), None))
    for kind in ("userErrors", "orderCancelUserErrors"):
        for error in rows(payload.get(kind)):
            raise Refused(text(error.get("message"), 250), text(error.get("code"), 60))
    return dict(payload)


def _data(account: str, name: str, answer: http.Answer) -> dict[str, Any]:
    if answer.status == 429:
        raise Busy(_seconds(answer.headers.get("retry-after")))
    if answer.status in _NO_ENTRY:
        raise Barred(_NO_ENTRY[answer.status])
    if answer.status != 200:
        raise http.Unanswered(f"Shopify answered {answer.status}")
    try:
        told = part(json.loads(answer.body))
    except ValueError:
        raise http.Unanswered("Shopify's answer was no JSON") from None
    cost = part(part(told.get("extensions")).get("cost"))
    _note_cost(account, name, cost)
    data = part(told.get("data"))
    errors = rows(told.get("errors"))
    if errors:
        _judge(errors, data, cost, name)
    return dict(data)


def _judge(errors: Sequence[Mapping[str, Any]], data: Mapping[str, Any], cost: Mapping[str, Any], name: str) -> None:
    """Raises what the errors mean; returns when what could be read is worth having (a field that the token may not see)."""
    codes = {text(part(error.get("extensions")).get("code"), 60) for error in errors}
    if "THROTTLED" in codes:
        raise Busy(_seconds_for(cost))
    if codes == {"ACCESS_DENIED"}:
        if any(value is not None for value in data.values()):
            return
        raise Barred("missing_scope")
    if codes & {"INTERNAL_SERVER_ERROR", "TIMEOUT", "SHOP_INACTIVE"}:
        if "SHOP_INACTIVE" in codes:
            raise Barred("shop_gone")
        raise http.Unanswered("Shopify had an error of its own")
    log.error("Shopify does not understand %s: %s", name, ", ".join(sorted(codes)) or "no code")
    raise Barred("not_understood")


def _seconds(told: str | None) -> float:
    try:
        return min(600.0, max(1.0, float(told or 2)))
    except ValueError:
        return 2.0


def _seconds_for(cost: Mapping[str, Any]) -> float:
    """Until the bucket holds what the call needs."""
    status = part(cost.get("throttleStatus"))
    needs, has = _number(cost.get("requestedQueryCost")), _number(status.get("currentlyAvailable"))
    return max(1.0, math.ceil((needs - has) / (_number(status.get("restoreRate")) or _USUAL_RESTORE)))


def _number(told: Any) -> float:
    return float(told) if isinstance(told, int | float) and not isinstance(told, bool) else 0.0


def _note_cost(account: str, name: str, cost: Mapping[str, Any]) -> None:
    status = part(cost.get("throttleStatus"))
    if not status:
        return
    with _lock:
        if len(_buckets) >= _MOST_BUCKETS:
            _buckets.clear()
        if asked := _number(cost.get("requestedQueryCost")):
            _costs[name] = asked
        _buckets[account] = Bucket(
            available=_number(status.get("currentlyAvailable")),
            restore=_number(status.get("restoreRate")) or _USUAL_RESTORE,
            most=_number(status.get("maximumAvailable")),
            seen=time.monotonic(),
        )


def _wait_for_room(account: str, name: str) -> None:
    """Raises Busy when the call certainly does not fit into the shop's bucket now."""
    with _lock:
        bucket, cost = _buckets.get(account), _costs.get(name, 0.0)
        if bucket is None or cost <= 0 or cost > bucket.most:
            return
        lacking = cost - bucket.now(time.monotonic())
        if lacking > 0:
            raise Busy(max(1.0, math.ceil(lacking / bucket.restore)))


def forget() -> None:
    """Drop what is remembered of buckets and costs (tests)."""
    with _lock:
        _buckets.clear()
        _costs.clear()
