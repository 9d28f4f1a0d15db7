"""The wire to the LINE platform of the examples: a real local port, and webhooks carried to Kaeru's own door as LINE carries them.

Bodies are held to LINE's contract where it lies beside the repository: what `broken` lists was not as it says.
"""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from django.test import Client

from examples.line import gate
from examples.line.platform import Account, Person, Platform, user_id
from kaeru.channels.line import accounts, webhook
from kaeru.channels.line.accounts import Given
from kaeru.channels.line.models import LineAccount
from kaeru.core import clock, scope
from kaeru.tenants.models import Shop
from tests.fakes import line_contract

SECRET = "s" * 32
YUKI, HARU = user_id("yuki"), user_id("haru")


class LineWire:
    """The platform with its address."""

    def __init__(self) -> None:
        self.platform = Platform(now=lambda: clock.now().timestamp())
        self.platform.add_people([Person(YUKI, "髙﨑ゆき💇‍♀️"), Person(HARU, "Haru", "en")])
        self.url = ""
        self.broken: list[str] = []
        """What was not as the contract says."""

    def add(self, shop: Shop, *, quota: int | None = 200, name: str = "はさみ美容室") -> Account:
        """An official account for the shop, its webhooks pointed at Kaeru's door."""
        return self.platform.add_account(
            Account(
                bot=user_id(f"bot:{shop.slug}"),
                channel_id=str(2_000_000_000 + shop.id % 1_000_000_000),
                secret=f"{SECRET}{shop.slug}",
                token=f"token-{shop.slug}",
                basic_id=f"@{shop.slug}",
                name=name,
                webhook=f"http://testserver/hooks/line/{shop.public_key}",
                quota=quota,
                login_channel_id="1234567890",
                liff_id="1234567890-abcdefgh",
            )
        )

    def connect(self, shop: Shop, **more: Any) -> LineAccount:
        """An account that Kaeru speaks for."""
        account = self.add(shop, **more)
        given = Given(secret=account.secret, token=account.token, login_channel_id=account.login_channel_id)
        with scope.organization(shop.organization_id):
            return accounts.connect(shop, given, actor="test")

    def bot(self, shop: Shop) -> str:
        """The account's own id."""
        return user_id(f"bot:{shop.slug}")

    def account(self, shop: Shop) -> Account:
        """The account as LINE knows it."""
        found = self.platform.account(self.bot(shop))
        assert found is not None
        return found

    def deliver(self, *, again: bool = False) -> list[int]:
        """Carry what people did to Kaeru's door; the statuses."""
        statuses = []
        for call in self.platform.hooks.calls(again=again):
            line_contract.fits_webhook(call.body)
            statuses.append(self.knock(urlsplit(call.url).path, call.body, call.headers["x-line-signature"]))
            if statuses[-1] == 200:
                self.platform.hooks.arrived(call)
        return statuses

    def knock(self, path: str, body: bytes, signed: str) -> int:
        """POST these bytes at Kaeru's door."""
        answer = Client().post(path, body, content_type="application/json", headers={"x-line-signature": signed})
        return answer.status_code

    def said(self, shop: Shop, user: str = YUKI) -> list[dict[str, Any]]:
        """Message objects that the account sent to this person, oldest first."""
        return [one.message for one in self.platform.bubbles(self.bot(shop), user) if one.side == "account"]

    def kinds(self, shop: Shop, user: str = YUKI) -> list[str]:
        """How each of them came: push or reply."""
        return [one.kind for one in self.platform.bubbles(self.bot(shop), user) if one.side == "account"]

    def answer(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, bytes, dict[str, str]] | None:
        """One call of the API."""
        parts = urlsplit(url)
        try:
            line_contract.fits_call(method, parts.path, body)
        except Exception as wrong:
            self.broken.append(f"{method} {parts.path}: {wrong}"[:500])
        said = gate.answer(self.platform, method, parts.path, parts.query, headers, body)
        return None if said is None else (said.status, said.raw, said.headers)


@contextmanager
def line_wire(settings: Any) -> Iterator[LineWire]:
    """A LINE of its own, at the address that Kaeru calls; at the end nothing must have been broken."""
    wire = LineWire()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _do(self) -> None:
            told = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            with lock:
                found = wire.answer(
                    self.command, self.path, {name.lower(): value for name, value in self.headers.items()}, told
                )
            if found is None:
                self.close_connection = True
                return
            status, body, headers = found
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = _do  # noqa: N815 - as the server calls them

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    wire.url = settings.KAERU_LINE_API_URL = f"http://127.0.0.1:{server.server_address[1]}"
    webhook.forget()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
    assert wire.broken == []
