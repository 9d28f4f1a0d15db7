"""The wire to the fake shop at Rakuten: a real local port, its key, and what can go wrong on it. Both directions are held to the
contract where it lies beside the repository.

Faults are put beside the name of a call and happen once each: `silent` (nothing is done, nobody answers), `lost` (it is done, nobody
answers), `error:words` (HTTP 200 with an ERROR row, nothing is done), `status:503`, or a function that runs before the call is answered.
"""

import base64
import json
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jsonschema

from tests.fakes import contracts
from tests.fakes.rms import Rms

Fault = str | Callable[[], None]


class RmsWire:
    """To one shop."""

    def __init__(self, shop: Rms) -> None:
        self.shop = shop
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.calls: list[str] = []
        self.told: list[tuple[str, dict[str, Any], int, dict[str, Any]]] = []
        """(call, question, status, answer)."""
        self.broken: list[str] = []
        """What was not as the contract says."""
        self.url = ""

    @property
    def address(self) -> str:
        """To be put in place of RMS's own."""
        return self.url + "/es/2.0/order/{name}/"

    def answer(self, path: str, signed: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """Status and body; None: nobody answers."""
        call = path.strip("/").rsplit("/", 1)[-1]
        self.calls.append(call)
        both = base64.b64encode(f"{self.shop.service_secret}:{self.shop.license_key}".encode()).decode()
        if signed != f"ESA {both}" or call not in self.shop.ticked:
            return 401, {"Results": {"errorCode": "ES04-01", "message": "Un-Authorised"}}
        fault: Fault = self.faults[call].pop(0) if self.faults[call] else ""
        if callable(fault):
            fault()
            fault = ""
        word, _, rest = fault.partition(":")
        if word == "silent":
            return None
        if word == "status":
            return int(rest), {}
        if word == "error":
            row = {"messageType": "ERROR", "messageCode": "ORDER_EXT_API_ERROR_999", "message": rest}
            return self._held(call, told, 200, {"MessageModelList": [row]})
        self._fits(call, "request", told)
        status, found = self.shop.answer(call, told)
        return None if word == "lost" else self._held(call, told, status, found)

    def _held(self, call: str, told: dict[str, Any], status: int, found: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        self._fits(call, str(status), found)
        self.told.append((call, told, status, found))
        return status, found

    def _fits(self, call: str, part: str, told: dict[str, Any]) -> None:
        try:
            contracts.fits(call, part, told)
        except jsonschema.ValidationError as failure:
            self.broken.append(f"{call} {part}: {failure.message[:200]}")


@contextmanager
def listening(shop: Rms) -> Iterator[RmsWire]:
    """The shop on a free port of this machine. What was not as the contract says fails the test at its end."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            with lock:
                found = wire.answer(self.path, self.headers.get("Authorization", ""), told)
            if found is None:
                self.close_connection = True
                return
            body = json.dumps(found[1]).encode()
            self.send_response(found[0])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Quiet."""

    wire, lock = RmsWire(shop), threading.Lock()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    wire.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield wire
    finally:
        server.shutdown()
        server.server_close()
    assert wire.broken == []
