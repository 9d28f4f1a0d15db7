"""What a scenario's message may mention, gathered for many messages at once in each customer's language."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from kaeru.core import clock, links, money, wording
from kaeru.messages.models import Message
from kaeru.offers.models import Coupon
from kaeru.orders.models import Order, OrderLine
from kaeru.scenarios.facts import ends
from kaeru.scenarios.models import Enrollment

SOURCE = "enrollment"
LINKS_WORK_FOR = timedelta(days=60)
"""How long the links in a scenario's mails open what they name."""


def coupon_value(kind: str, value: int, currency: str, language: str) -> str:
    """What the coupon gives, in words: 500円引き, 10% off, 送料無料."""
    if kind == "free_shipping":
        return "送料無料" if language == "ja" else "Free shipping"
    amount = f"{value}%" if kind == "percent" else money.show(value, currency, language)
    return f"{amount}引き" if language == "ja" else f"{amount} off"


def _day(moment: datetime, zone: str, language: str) -> str:
    """The day in the shop's zone; the year only when it is another one."""
    here, now = moment.astimezone(ZoneInfo(zone)), clock.now().astimezone(ZoneInfo(zone))
    return wording.day(here.date(), language, now.year)


def words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """The variables of each message, by message id; six queries for any number of messages."""
    enrollments = {
        e.id: e
        for e in Enrollment.objects.select_related("order", "cancellation__reason", "customer", "shop").filter(
            id__in={row.source_id for row in rows}
        )
    }
    coupons = {c.enrollment_id: c for c in Coupon.objects.filter(enrollment_id__in=enrollments).order_by("id")}
    lines: dict[int, list[OrderLine]] = {}
    for line in OrderLine.objects.filter(
        order_id__in={e.order_id for e in enrollments.values()}, quantity__gt=0
    ).order_by("position"):
        lines.setdefault(line.order_id, []).append(line)
    tokens = _tokens(list(enrollments.values()))
    return {
        row.id: _words_of(enrollments[row.source_id], coupons.get(row.source_id), lines, tokens)
        for row in rows
        if row.source_id in enrollments
    }


def _tokens(enrollments: list[Enrollment]) -> dict[tuple[str, int], str]:
    """Working links of these enrolments: re-order of the cancellation, cancel page of the order."""
    found: dict[tuple[str, int], str] = {}
    by_organization: dict[int, list[Enrollment]] = {}
    for enrollment in enrollments:
        by_organization.setdefault(enrollment.organization_id, []).append(enrollment)
    for organization_id, members in by_organization.items():
        until = clock.now() + LINKS_WORK_FOR
        for purpose, subjects in (
            ("reorder", [e.cancellation_id for e in members]),
            ("cancel", [e.order_id for e in members]),
        ):
            for subject, token in links.publish(purpose, organization_id, subjects, until).items():
                found[purpose, subject] = token
    return found


def _words_of(
    enrollment: Enrollment,
    coupon: Coupon | None,
    lines: Mapping[int, list[OrderLine]],
    tokens: Mapping[tuple[str, int], str],
) -> dict[str, Any]:
    shop, order, reason = enrollment.shop, enrollment.order, enrollment.cancellation.reason
    language = enrollment.customer.language if enrollment.customer else "ja"
    base = settings.KAERU_BASE_URL
    found: dict[str, Any] = {
        "shop": {"name": shop.name, "contact": shop.contact, "site_url": shop.site_url},
        "customer": {"name": enrollment.customer.name if enrollment.customer else ""},
        "order": _order_words(order, lines.get(order.id, []), shop.timezone, language),
        "reason": {
            "label": wording.pick(reason.labels if reason else {}, language),
            "guidance": wording.pick(reason.guidance if reason else {}, language),
        },
        "links": {
            "reorder": f"{base}/r/{tokens['reorder', enrollment.cancellation_id]}",
            "cancel": f"{base}/c/{tokens['cancel', order.id]}",
            "account": shop.account_url or shop.site_url,
        },
    }
    if coupon is not None:
        found["coupon"] = {
            "code": coupon.code,
            "value": coupon_value(coupon.kind, coupon.value, coupon.currency, language),
            "expires_on": _day(coupon.expires_at, shop.timezone, language),
            "minimum": money.show(coupon.minimum, coupon.currency, language) if coupon.minimum else "",
        }
    return found


def _order_words(order: Order, lines: Sequence[OrderLine], zone: str, language: str) -> dict[str, Any]:
    return {
        "number": order.number,
        "total": money.show(order.total, order.currency, language),
        "placed_on": _day(order.placed_at, zone, language),
        "lines": [
            {
                "title": line.title,
                "variant": line.variant,
                "quantity": line.quantity,
                "price": money.show(line.unit_price * line.quantity, order.currency, language),
            }
            for line in lines
        ],
    }


def still_needed(rows: Sequence[Message]) -> dict[int, str]:
    """Messages to be closed unsent, with the reason: the buyer has ordered again, the parcel left, the order stands again."""
    enrollments = {row.source_id for row in rows}
    facts = ends(enrollments)
    came_by_link = set(
        Enrollment.objects.filter(id__in=enrollments, end_reason="reordered").values_list("id", flat=True)
    )
    closing = {key: facts.get(key) or "reordered" for key in facts.keys() | came_by_link}
    return {row.id: closing[row.source_id] for row in rows if row.source_id in closing}
