"""An order of Kotori's, its buyer, and the link to cancel it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from django.test import Client

from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.seeds import seed_reasons
from kaeru.core import clock, events, links, scope
from kaeru.core.models import AuditEntry, Event, Link
from kaeru.customers.models import Consent, Customer, Suppression
from kaeru.orders.models import Order
from tests import builders
from tests.cast import Cast


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the pages are about."""

    order: Order
    buyer: Customer

    def link(self, purpose: str = "cancel", subject_id: int | None = None, days: float = 30) -> str:
        """A working link to the page of this purpose."""
        subject = subject_id or self.order.id
        with scope.organization(self.order.organization_id):
            until = clock.now() + timedelta(days=days)
            token = links.publish(purpose, self.order.organization_id, [subject], until)[subject]
        return f"/{ {'cancel': 'c', 'reorder': 'r', 'unsubscribe': 'u'}[purpose] }/{token}"

    def given(self) -> tuple[str, str]:
        """State and reason of the newest wish to cancel."""
        found = self.request()
        assert found is not None
        assert found.reason is not None
        return found.state, found.reason.code

    def request(self) -> CancellationRequest | None:
        """The newest wish to cancel."""
        with scope.organization(self.order.organization_id):
            rows = CancellationRequest.objects.select_related("reason").filter(order=self.order)
            found: CancellationRequest | None = rows.order_by("-id").first()
        return found


@pytest.fixture
def parcel(cast: Cast) -> Parcel:
    """Hanako's order at Kotori, an hour old; the shop has the usual reasons."""
    with scope.organization(cast.organization.id):
        seed_reasons(cast.kotori)
    buyer = builders.customer(cast.kotori)
    return Parcel(builders.order(cast.kotori, buyer), buyer)


@pytest.fixture
def shopper() -> Client:
    """A phone's browser, which the page meets with its check against forged requests switched on."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def post(shopper: Client) -> Callable[..., int]:
    """Open the page, then send its form: `post(link, do="reason", reason="change_address")`; returns the status."""

    def sent(link: str, **fields: str) -> int:
        shopper.get(link)
        token = shopper.cookies["csrftoken"].value
        return int(shopper.post(link, {**fields, "csrfmiddlewaretoken": token}).status_code)

    return sent


def everything() -> dict[str, list[object]]:
    """All rows that a page could have changed."""
    with scope.everyone():
        return {
            model.__name__: list(model.objects.order_by("id").values())
            for model in (CancellationRequest, Consent, Suppression, AuditEntry, Event, Order, Link)
        }


def deliver() -> None:
    """Hand out the news."""
    while events.deliver(100):
        pass
