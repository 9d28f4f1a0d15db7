"""The limit for bench.intake: the least that any receiver must do — HMAC over the body and one durable INSERT — under the same server."""

import base64
import hashlib
import hmac
import os
import sqlite3
import threading
from collections.abc import Callable, Iterable
from typing import Any

SECRET = os.environ.get("BENCH_SECRET", "").encode()
DATABASE = os.environ.get("BENCH_DATABASE", ":memory:")
_local = threading.local()


def _connection() -> sqlite3.Connection:
    if not hasattr(_local, "connection"):
        _local.connection = sqlite3.connect(DATABASE, timeout=20, isolation_level=None)
        _local.connection.execute("PRAGMA journal_mode=WAL")
        _local.connection.execute("PRAGMA synchronous=FULL")
    found: sqlite3.Connection = _local.connection
    return found


def prepare() -> None:
    """The one table."""
    _connection().execute("CREATE TABLE IF NOT EXISTS delivery (topic TEXT, id TEXT, body BLOB, UNIQUE (topic, id))")


def application(
    environ: dict[str, Any], start_response: Callable[[str, list[tuple[str, str]]], Any]
) -> Iterable[bytes]:
    """Verify, insert, answer."""
    body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
    right = base64.b64encode(hmac.new(SECRET, body, hashlib.sha256).digest())
    if not hmac.compare_digest(right, environ.get("HTTP_X_SHOPIFY_HMAC_SHA256", "").encode()):
        start_response("401 Unauthorized", [("Content-Length", "0")])
        return [b""]
    _connection().execute(
        "INSERT INTO delivery VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        (environ["HTTP_X_SHOPIFY_TOPIC"], environ["HTTP_X_SHOPIFY_WEBHOOK_ID"], body),
    )
    start_response("200 OK", [("Content-Length", "2")])
    return [b"ok"]
