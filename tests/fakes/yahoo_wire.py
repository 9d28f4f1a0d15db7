"""The wire to the fake store at Yahoo! Shopping: a real local port with tokens, and what can go wrong on it. What is asked is held to
the contract where it lies beside the repository.

Faults are put beside the name of a method (or `token`) and happen once each: `silent` (nothing is done, nobody answers), `lost` (it
is done, nobody answers), `error:CODE` (HTTP 200 with an Error), `status:503`, `body:<xml>`, or a function that runs first.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs

from kaeru.connectors.yahoo.markup import Node, read, write
from tests.fakes import contracts
from tests.fakes.serving import served
from tests.fakes.yahoo import Yahoo

Fault = str | Callable[[], None]


class YahooWire:
    """To one store, and to who gives tokens."""

    def __init__(self, store: Yahoo) -> None:
        self.store = store
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.calls: list[str] = []
        self.asked: list[tuple[str, bytes]] = []
        self.broken: list[str] = []
        """What was not as the contract says."""
        self.url = ""

    @property
    def address(self) -> str:
        """To be put in place of the vendor's own."""
        return self.url + "/ShoppingWebService/V1/{method}"

    def answer(self, path: str, signed: str, body: bytes) -> tuple[int, bytes] | None:
        """Status and body; None: nobody answers."""
        name = path.strip("/").rsplit("/", 1)[-1]
        self.calls.append(name)
        fault: Fault = self.faults[name].pop(0) if self.faults[name] else ""
        if callable(fault):
            fault()
            fault = ""
        word, _, rest = fault.partition(":")
        match word:
            case "silent":
                return None
            case "status":
                return int(rest), b""
            case "body":
                return 200, rest.encode()
            case "error":
                return 200, write("Error", {"Code": rest, "Message": "いけません"})
        if name == "token":
            return self._token(signed, body)
        if signed != f"Bearer {self.store.token}":
            return 401, write("Error", {"Message": "Access token is invalid"})
        self.asked.append((name, body))
        told = read(body)
        self._fits(name, told)
        if told.say("SellerId") != self.store.seller:
            return 403, write("Error", {"Code": "od00003", "Message": "権限がありません。"})
        done = self.store.answer(name, told)
        return None if word == "lost" else done

    def _token(self, signed: str, body: bytes) -> tuple[int, bytes]:
        asked = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        both = base64.b64encode(f"{self.store.client_id}:{self.store.client_secret}".encode()).decode()
        fits = signed == f"Basic {both}" and (
            (asked.get("grant_type"), asked.get("refresh_token")) == ("refresh_token", self.store.refresh)
            or (asked.get("grant_type"), asked.get("code")) == ("authorization_code", self.store.code)
        )
        if not fits:
            return 400, json.dumps({"error": "invalid_grant"}).encode()
        told = {"access_token": self.store.token, "token_type": "Bearer", "expires_in": 3600}
        if asked["grant_type"] == "authorization_code":
            told["refresh_token"] = self.store.refresh
        return 200, json.dumps(told).encode()

    def _fits(self, method: str, told: Node) -> None:
        allowed = contracts.yahoo_request(method)
        strange = {path for path in _paths(told, told.name) if allowed and not _is_allowed(path, allowed)}
        asked = set(told.say("Target/Field").split(",")) - {""} if method == "orderInfo" else set()
        strange |= asked - contracts.yahoo_fields() if contracts.yahoo_fields() else set()
        self.broken += [f"{method}: {one}" for one in sorted(strange)]


def _paths(node: Node, path: str) -> Iterator[str]:
    """Of all elements that hold no others."""
    if not node.children:
        yield path
    for child in node.children:
        yield from _paths(child, f"{path}/{child.name}")


def _is_allowed(path: str, allowed: set[str]) -> bool:
    return path in allowed or any(path.startswith(one + "/") for one in allowed)


@contextmanager
def listening(store: Yahoo) -> Iterator[YahooWire]:
    """The store on a free port of this machine. What was not as the contract says fails the test at its end."""

    wire = YahooWire(store)
    with served(lambda path, headers, body: wire.answer(path, headers.get("authorization", ""), body)) as wire.url:
        yield wire
    assert wire.broken == []
