"""The wire to the fake shop at Rakuten: a real local port, its key, and what can go wrong on it. Both directions are held to the
contract where it lies beside the repository.

Faults are put beside the name of a call and happen once each: `silent` (nothing is done, nobody answers), `lost` (it is done, nobody
answers), `error:words` (HTTP 200 with an ERROR row, nothing is done), `status:503`, or a function that runs before the call is answered.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import jsonschema

from tests.fakes import contracts
from tests.fakes.rms import Rms
from tests.fakes.serving import served

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

    wire = RmsWire(shop)

    def answer(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes] | None:
        found = wire.answer(path, headers.get("authorization", ""), json.loads(body))
        return None if found is None else (found[0], json.dumps(found[1]).encode())

    with served(answer) as wire.url:
        yield wire
    assert wire.broken == []
