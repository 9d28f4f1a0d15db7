"""Kotori with one of everything, and the URL table: what the walk along the wall stands on.

A new route needs nothing here as long as its parameters have names that `values` knows; a new name is added to it once.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.apps import apps
from django.urls import URLPattern, URLResolver, get_resolver

from kaeru.cancellations.models import CancellationRequest, Case, Shortage
from kaeru.core import clock, links, scope
from kaeru.core.scope import ScopedModel
from kaeru.marketplaces.models import BuyerNotice, Discrepancy, Finding
from kaeru.orders.models import Order
from kaeru.tenants import actions as tenants
from kaeru.tenants.models import Shop
from tests import builders
from tests.integration.stage_of_salons import salon_rows

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
SECRET_WORDS = ("秘密の規則", "秘密の手ぬぐい", "秘田 密子", "himitsu@example.com", "HIMITSU-1")
"""Words that stand in Kotori's rows only; a page of somebody else that holds one has leaked."""


QUERIES = {"preview": "?at=steps.0", "preview_body": "?at=steps.0"}
"""What a page needs to be asked, by route name."""


@dataclass(frozen=True, slots=True)
class Route:
    """One line of the URL table."""

    path: str
    name: str
    parameters: tuple[str, ...]
    view: Any = field(compare=False, repr=False)

    @property
    def door(self) -> str:
        """Which door it belongs to."""
        for start, door in (("api/", "api"), ("hooks/", "hook"), ("account/", "account"), ("demo/", "demo")):
            if self.path.startswith(start):
                return door
        module = str(getattr(self.view, "__module__", ""))
        if module.startswith("kaeru.storefront"):
            return "public"
        return "probe" if module.startswith("kaeru.api") else "console"

    def address(self, values: dict[str, Any]) -> str:
        """The path with the parameters filled in. Raises KeyError with a hint for a name nobody knows yet."""
        filled = self.path
        for name in self.parameters:
            if name not in values:
                raise KeyError(f"route {self.path!r}: say in tests/integration/stage.py what {name!r} is at Kotori")
            before, _, after = filled.partition("<")
            filled = before + str(values[name]) + after.partition(">")[2]
        return f"/{filled}{QUERIES.get(self.name, '')}"


def routes(*doors: str) -> list[Route]:
    """The URL table, of these doors only when any are named."""
    found = list(_walk(get_resolver().url_patterns, ""))
    return [route for route in found if not doors or route.door in doors]


def _walk(patterns: list[URLPattern | URLResolver], before: str) -> Iterator[Route]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        else:
            yield Route(path, str(pattern.name or ""), tuple(pattern.pattern.converters), pattern.callback)


@dataclass(frozen=True, slots=True)
class Stage:
    """Kotori's rows by the names that routes give them, and its keys."""

    values: dict[str, Any]
    api_key: str
    tokens: dict[str, str]


def furnish(shop: Shop) -> Stage:
    """One of everything at this shop."""
    buyer = builders.customer(shop, name="秘田 密子", email="himitsu@example.com", consents=True)
    order = builders.order(shop, buyer, lines=[("秘密の手ぬぐい", 1, 1980)], number="HIMITSU-1", source_id="himitsu-1")
    reason = builders.reason(shop)
    spare = builders.reason(shop, "changed_mind")
    request = builders.cancellation(order, reason)
    never = {"field": "order.value", "op": "more_than", "value": 10**9}
    builders.policy(
        shop, {"rules": [{"id": "never", "name": "秘密の規則", "when": never, "result": "ask", "ground": ""}]}
    )
    coupon = builders.coupon(shop, buyer, code="HIMITSU1C")
    template = builders.template(shop)
    scenario, revision = builders.scenario(reason, template)
    enrollment = builders.enrollment(revision, request)
    message = builders.message(template, buyer, enrollment.id)
    builders.delivery(message, "himitsu@example.com")
    builders.phone(buyer)
    task = builders.call(shop, buyer, order, source_id=enrollment.id)
    run = builders.rehearsal(scenario)
    case, shortage = _desk(shop, request)
    change = builders.change(order)
    of_salon = salon_rows(shop, buyer)
    with scope.organization(shop.organization_id):
        key, text = tenants.create_api_key(shop, "shop system", ["read", "write"], actor="test")
        until = clock.now() + timedelta(days=30)
        tokens = {
            "cancel": links.publish("cancel", shop.organization_id, [order.id], until)[order.id],
            "reorder": links.publish("reorder", shop.organization_id, [request.id], until)[request.id],
            "unsubscribe": links.publish("unsubscribe", shop.organization_id, [message.id], until)[message.id],
            "visit": links.publish("visit", shop.organization_id, [of_salon["booking_id"]], until)[
                of_salon["booking_id"]
            ],
        }
    values = {
        "request_id": request.id, "cancellation_id": request.id, "order_id": order.id, "customer_id": buyer.id,
        "reason_id": reason.id, "scenario_id": scenario.id, "revision_id": revision.id, "message_id": message.id,
        "key_id": key.id, "code": coupon.code, "source_id": order.source_id, "ref": tokens["reorder"],
        "task_id": task.id, "run_id": run.id, "case_id": case.id, "shortage_id": shortage.id, "change_id": change.id,
        **_prevention(shop, order), **of_salon,
        "enrollment_id": enrollment.id, "call_id": task.id, "source": "webhook", "mall": "qoo10", "month": "2026-10", "name": "proof",
        "public_key": shop.public_key, "free_reason_id": spare.id,
    }  # fmt: skip
    return Stage(values=values, api_key=text, tokens=tokens)


def _prevention(shop: Shop, order: Order) -> dict[str, int]:
    """A notice to be pasted, a price that cannot be right, a cause."""
    moment, known = clock.now(), {"organization_id": shop.organization_id, "shop": shop}
    with scope.organization(shop.organization_id):
        notice = BuyerNotice.objects.create(**known, order=order, kind="delayed", created_at=moment, created_by="test")
        wrong = Discrepancy.objects.create(
            **known, kind="price", sku="sku-0", title="秘密の手ぬぐい", why="far_below", found_at=moment
        )
        cause = Finding.objects.create(
            **known, week_on=moment.date(), kind="product", subject="sku-0", title="秘密の手ぬぐい", orders=9, cancelled=3,
            fix="ask", made_at=moment,
        )  # fmt: skip
    return {"notice_id": notice.id, "discrepancy_id": wrong.id, "finding_id": cause.id}


def _desk(shop: Shop, request: CancellationRequest) -> tuple[Case, Shortage]:
    """A case, and an item that is missing."""
    soon = clock.now() + timedelta(hours=1)
    with scope.organization(shop.organization_id):
        case = Case.objects.create(
            organization_id=shop.organization_id,
            shop=shop,
            kind="decide",
            request=request,
            subject_id=request.id,
            due_at=soon,
            due_why="opening",
            value=1980,
            opened_at=clock.now(),
        )
        shortage = Shortage.objects.create(
            organization_id=shop.organization_id,
            shop=shop,
            sku="sku-0",
            title="秘密の手ぬぐい",
            cause="out_of_stock",
            answer_by=soon,
            created_at=clock.now(),
            created_by="test",
        )
    return case, shortage


def fingerprint(organization_id: int) -> dict[str, str]:
    """One hash for each table, of the organization's rows: equal before and after means that nothing was changed."""
    made = {}
    with scope.organization(organization_id):
        for model in apps.get_models():
            if issubclass(model, ScopedModel):
                rows = [tuple(map(str, row)) for row in model.objects.order_by("pk").values_list()]
                made[model._meta.label] = hashlib.sha256(repr(rows).encode()).hexdigest()
    made.pop("tenants.ApiKey")  # its last use is noted
    return made
