"""The wire to the fake shop: a real local port, what can go wrong on it, and what a call costs.

Faults are put beside the name of an operation and happen once each: `throttled`, `silent` (nothing is done, nobody answers), `lost` (it is
done, nobody answers), `status:502`, `error:CODE`, `no:words` (a user error), or a function that runs before the call is answered.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kaeru.connectors.shopify.client import VERSION
from kaeru.connectors.shopify.scopes import sees_parcels
from tests.fakes.serving import served
from tests.fakes.shopify_admin import Admin
from tests.fakes.shopify_graphql import operation_name, run

Fault = str | Callable[[], None]
COST = {
    "requestedQueryCost": 50,
    "actualQueryCost": 20,
    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 1950.0, "restoreRate": 100.0},
}


class Wire:
    """To one shop."""

    def __init__(self, admin: Admin) -> None:
        self.admin = admin
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.calls: list[str] = []
        self.is_gone = False
        self.url = ""

    def answer(self, path: str, token: str, told: dict[str, Any]) -> tuple[int, dict[str, Any]] | None:
        """Status and body; None: nobody answers."""
        if path.endswith("/admin/oauth/access_token"):
            fits = (told.get("client_id"), told.get("client_secret"), told.get("code")) == (
                self.admin.client_id,
                self.admin.client_secret,
                self.admin.code,
            )
            return (
                (200, {"access_token": self.admin.token, "scope": ",".join(self.admin.scopes)})
                if fits
                else (400, {"error": "invalid_request"})
            )
        if self.is_gone:
            return 404, {"errors": "Not Found"}
        if token != self.admin.token:
            return 401, {"errors": "[API] Invalid API key or access token"}
        name = operation_name(told["query"])
        self.calls.append(name)
        fault: Fault = self.faults[name].pop(0) if self.faults[name] else ""
        if callable(fault):
            fault()
            fault = ""
        match fault.partition(":"):
            case ("throttled", _, _):
                low = {
                    **COST,
                    "requestedQueryCost": 300,
                    "throttleStatus": {"maximumAvailable": 2000.0, "currentlyAvailable": 0.0, "restoreRate": 100.0},
                }
                return 200, {
                    "errors": [{"message": "Throttled", "extensions": {"code": "THROTTLED"}}],
                    "extensions": {"cost": low},
                }
            case ("silent", _, _):
                return None
            case ("status", _, status):
                return int(status), {}
            case ("error", _, code):
                return 200, {"errors": [{"message": "no", "extensions": {"code": code}}], "data": None}
            case ("no", _, words):
                root = told["query"].split("{", 1)[1].split("(", 1)[0].strip()
                kind = "orderCancelUserErrors" if root == "orderCancel" else "userErrors"
                return 200, {"data": {root: {kind: [{"field": None, "message": words}]}}, "extensions": {"cost": COST}}
        variables = told.get("variables") or {}
        if variables.get("parcels") and not sees_parcels(self.admin.scopes):
            return 200, {
                "data": {"order": None},
                "errors": [{"message": "no", "extensions": {"code": "ACCESS_DENIED"}}],
            }
        if name == "Refund" and not self.admin.refund_key(variables["key"]):
            return 200, {"data": {"refundCreate": {"refund": None, "userErrors": []}}, "extensions": {"cost": COST}}
        done = run(told["query"], variables, self.admin.roots(), VERSION)
        return None if fault == "lost" else (200, {**done, "extensions": {"cost": COST}})


@contextmanager
def listening(admin: Admin) -> Iterator[Wire]:
    """The shop on a free port of this machine; `url` is what stands before the account's paths."""

    wire = Wire(admin)

    def answer(path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes] | None:
        found = wire.answer(path, headers.get("x-shopify-access-token", ""), json.loads(body))
        return None if found is None else (found[0], json.dumps(found[1]).encode())

    with served(answer) as wire.url:
        yield wire
