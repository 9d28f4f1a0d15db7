"""An own shop's system: tells its orders by Standard Webhooks, and takes Kaeru's calls on a real local port."""

import json
import threading
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from kaeru.connectors.webhook.signature import sign
from kaeru.core import clock


def message(
    secret: str, topic: str, data: Mapping[str, Any], *, message_id: str = "", at: int | None = None
) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one signed message."""
    body = json.dumps({"type": topic, "timestamp": clock.now().isoformat(), "data": data}, ensure_ascii=False).encode()
    return body, headers(secret, body, message_id=message_id, at=at)


def headers(secret: str, body: bytes, *, message_id: str = "", at: int | None = None) -> dict[str, str]:
    """The headers that sign these bytes."""
    name, stamp = message_id or f"msg_{uuid.uuid4().hex}", int(time.time()) if at is None else at
    return {"webhook-id": name, "webhook-timestamp": str(stamp), "webhook-signature": sign(secret, name, stamp, body)}


def order(source_id: str = "A-1", **fields: Any) -> dict[str, Any]:
    """An order in Kaeru's own JSON."""
    moment = clock.now().isoformat()
    return {
        "id": source_id,
        "number": f"#{source_id}",
        "placed_at": moment,
        "updated_at": moment,
        "currency": "JPY",
        "total": 3960,
        "subtotal": 3960,
        "customer": {"id": "c1", "name": "髙﨑 𠮷子", "email": "yoshiko@example.com", "locale": "ja"},
        "lines": [
            {
                "id": "l1",
                "title": "藍染めの手ぬぐい",
                "quantity": 2,
                "unit_price": 1980,
                "sku": "T-1",
                "variant_id": "v1",
                "product_id": "p1",
            }
        ],
        **fields,
    }


@dataclass
class Heard:
    """One call that arrived."""

    headers: dict[str, str]
    body: bytes


@dataclass
class OwnShop:
    """What the shop heard, and with which statuses it answers (the last one stays)."""

    url: str = ""
    answers: list[int] = field(default_factory=lambda: [204])
    heard: list[Heard] = field(default_factory=list)

    def answer(self) -> int:
        """The next status."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@contextmanager
def listening() -> Iterator[OwnShop]:
    """The shop's system on a free port of this machine."""
    shop = OwnShop()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            shop.heard.append(
                Heard({key.lower(): value for key, value in self.headers.items()}, self.rfile.read(length))
            )
            self.send_response(shop.answer())
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    shop.url = f"http://127.0.0.1:{server.server_address[1]}/kaeru"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield shop
    finally:
        server.shutdown()
        server.server_close()
