"""Reads for the public pages."""

from dataclasses import dataclass

from django.db.models import Q

from kaeru.cancellations.models import CancellationRequest, Reason, RequestState
from kaeru.core import clock, links
from kaeru.core.models import Link
from kaeru.customers.models import Consent, Customer, Identity
from kaeru.offers.models import Coupon
from kaeru.orders.models import Order, OrderLine
from kaeru.recoveries.models import Recovery
from kaeru.scenarios.models import Enrollment, Scenario
from kaeru.storefront import rules
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class Reader:
    """What the page may say of the person."""

    name: str
    mail: str
    """Both masked; empty when not known."""
    has_agreed: bool
    """To advertisements by mail."""


def order_of(order_id: int) -> Order:
    """The order with its shop and customer. Raises Order.DoesNotExist."""
    order: Order = Order.objects.select_related("shop__organization", "customer").get(id=order_id)
    return order


def lines_of(order: Order) -> list[OrderLine]:
    """What was ordered; lines that the shop took out are left out."""
    return list(OrderLine.objects.filter(order=order, quantity__gt=0).order_by("position"))


def newest_request(order: Order) -> CancellationRequest | None:
    """The wish to cancel that counts: the newest for the whole order, or for what is missing of it while that is open."""
    counts = Q(is_whole=True) | Q(shortage__isnull=False, state=RequestState.ASKED)
    rows = CancellationRequest.objects.filter(counts, order=order).select_related("reason", "shortage")
    return rows.order_by("-id").first()


def reasons_of(shop: Shop) -> list[Reason]:
    """The reasons a buyer can choose from, in the shop's order."""
    return list(Reason.objects.filter(shop=shop, is_active=True).order_by("position", "id"))


def mail_of(customer: Customer | None) -> str:
    """The customer's address, or empty."""
    if customer is None:
        return ""
    return Identity.objects.filter(customer=customer, kind="mail").values_list("value", flat=True).first() or ""


def reader_of(customer: Customer | None) -> Reader:
    """The person, masked."""
    if customer is None:
        return Reader("", "", has_agreed=False)
    agreed = Consent.objects.filter(customer=customer, channel="mail", withdrawn_at=None).exists()
    return Reader(rules.mask_name(customer.name), rules.mask_mail(mail_of(customer)), agreed)


def will_write(request: CancellationRequest) -> bool:
    """Whether a scenario answers this request by mail."""
    return bool(
        mail_of(request.customer)
        and Scenario.objects.filter(
            shop_id=request.shop_id, reason=request.reason, is_on=True, revision__isnull=False
        ).exists()
    )


def reorder_token(request: CancellationRequest) -> str:
    """The token of the request's re-order link, or empty while it has none that works."""
    is_open = Link.objects.filter(
        purpose="reorder", subject_id=request.id, revoked_at=None, expires_at__gt=clock.now()
    ).exists()
    return links.token_for("reorder", request.organization_id, request.id) if is_open else ""


def has_come_back(request: CancellationRequest) -> bool:
    """Whether an order followed this cancellation."""
    return Recovery.objects.filter(cancellation=request).exists()


def usable_coupon(request: CancellationRequest) -> Coupon | None:
    """The newest coupon issued for this cancellation that can still be used."""
    enrollment = Enrollment.objects.filter(subject_id=request.id).values_list("id", flat=True).first()
    if enrollment is None:
        return None
    coupon: Coupon | None = (
        Coupon.objects.filter(enrollment_id=enrollment, redeemed_at=None, expires_at__gt=clock.now())
        .order_by("-id")
        .first()
    )
    return coupon
