"""A shop's system at the API: a key, and calls that speak JSON."""

import json
from typing import Any

from django.http import HttpResponse
from django.test import Client

from kaeru.core import scope
from kaeru.tenants import actions
from kaeru.tenants.models import Shop


class System:
    """Calls with one key; `verbs` as the key holds them."""

    def __init__(self, shop: Shop, verbs: tuple[str, ...] = ("read", "write")) -> None:
        with scope.organization(shop.organization_id):
            self.key, self.text = actions.create_api_key(shop, "test", list(verbs), actor="test")
        self.shop = shop

    def call(
        self,
        method: str,
        path: str,
        data: Any = None,
        *,
        raw: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> HttpResponse:
        """One call; `raw` sends bytes as they are."""
        body = raw if raw is not None else b"" if data is None else json.dumps(data).encode()
        sent = {"Authorization": f"Bearer {self.text}", **(headers or {})}
        answer: Any = Client(raise_request_exception=False).generic(
            method, f"/api/v1{path}", body, content_type="application/json", headers=sent
        )
        return answer  # type: ignore[no-any-return]

    def get(self, path: str) -> Any:
        """The JSON of a GET that must succeed."""
        answer = self.call("GET", path)
        assert answer.status_code == 200, answer.content
        return json.loads(answer.content)

    def post(self, path: str, data: Any, *, expect: int = 200, headers: dict[str, str] | None = None) -> Any:
        """The JSON of a POST that must end in `expect`."""
        answer = self.call("POST", path, data, headers=headers)
        assert answer.status_code == expect, answer.content
        return json.loads(answer.content)

    def put(self, path: str, data: Any, *, expect: int = 200, headers: dict[str, str] | None = None) -> Any:
        """The JSON of a PUT that must end in `expect`."""
        answer = self.call("PUT", path, data, headers=headers)
        assert answer.status_code == expect, answer.content
        return json.loads(answer.content)


def state(**fields: Any) -> dict[str, Any]:
    """An order's state in Kaeru's own JSON, without its id."""
    from tests.fakes import own_shop

    order = own_shop.order("x", **fields)
    del order["id"]
    return order
