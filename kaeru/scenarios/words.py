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
from kaeru.scenarios.kinds.message import names_coupon
from kaeru.scenarios.models import Enrollment

SOURCE = "enrollment"
OF_OFFERS = ("goal", "exit_condition")
"""Ends after which nothing is offered any more; what the customer is owed still goes."""
LEFT = ("reordered", "rebooked", "visit_changed", *OF_OFFERS)
"""Ends that the order and the cancellation do not show."""
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
    orders = {e.order_id for e in enrollments.values() if e.order_id is not None}
    for line in OrderLine.objects.filter(order_id__in=orders, quantity__gt=0).order_by("position"):
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
            ("reorder", [e.cancellation_id for e in members if e.cancellation_id is not None]),
            ("cancel", [e.order_id for e in members if e.order_id is not None]),
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
    shop, order = enrollment.shop, enrollment.order
    reason = enrollment.cancellation.reason if enrollment.cancellation else None
    language = enrollment.customer.language if enrollment.customer else "ja"
    found: dict[str, Any] = {
        "shop": {"name": shop.name, "contact": shop.contact, "site_url": shop.site_url},
        "customer": {"name": enrollment.customer.name if enrollment.customer else ""},
        "reason": {
            "label": wording.pick(reason.labels if reason else {}, language),
            "guidance": wording.pick(reason.guidance if reason else {}, language),
            "side": enrollment.cancellation.side if enrollment.cancellation else "",
        },
        "links": _links(enrollment, tokens),
    }
    if order is not None:
        found["order"] = _order_words(order, lines.get(order.id, []), shop.timezone, language)
    if coupon is not None:
        found["coupon"] = {
            "code": coupon.code,
            "value": coupon_value(coupon.kind, coupon.value, coupon.currency, language),
            "expires_on": _day(coupon.expires_at, shop.timezone, language),
            "minimum": money.show(coupon.minimum, coupon.currency, language) if coupon.minimum else "",
        }
    return found


def _links(enrollment: Enrollment, tokens: Mapping[tuple[str, int], str]) -> dict[str, str]:
    base, shop = settings.KAERU_BASE_URL, enrollment.shop
    links = {"account": shop.account_url or shop.site_url, "reorder": shop.site_url, "cancel": shop.site_url}
    if enrollment.cancellation_id is not None:
        links["reorder"] = f"{base}/r/{tokens['reorder', enrollment.cancellation_id]}"
    if enrollment.order_id is not None:
        links["cancel"] = f"{base}/c/{tokens['cancel', enrollment.order_id]}"
    return links


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
    """Messages to be closed unsent, with the reason: the buyer has ordered again, the parcel left, the coupon has ended."""
    enrollments = {row.source_id for row in rows}
    facts = ends(enrollments)
    for key, reason in Enrollment.objects.filter(id__in=enrollments, end_reason__in=LEFT).values_list(
        "id", "end_reason"
    ):
        facts.setdefault(key, reason)
    over = _over(rows)
    return {
        row.id: reason
        for row in rows
        if (reason := "offer_ended" if row.id in over else _closes(row, facts.get(row.source_id, "")))
    }


def _closes(row: Message, end: str) -> str:
    """Why the end of its enrolment closes the message, or "": a notice is owed also to those who have left."""
    return "" if end in OF_OFFERS and row.purpose != "advertisement" else end


def _over(rows: Sequence[Message]) -> set[int]:
    """Messages that name a coupon which nobody can use any more."""
    naming = [row for row in rows if row.purpose == "advertisement" and names_coupon(row.template.texts)]
    if not naming:
        return set()
    newest: dict[int, datetime] = {}
    coupons = Coupon.objects.filter(enrollment_id__in={row.source_id for row in naming})
    for enrollment_id, expires_at in coupons.order_by("id").values_list("enrollment_id", "expires_at"):
        if enrollment_id is not None:
            newest[enrollment_id] = expires_at
    now = clock.now()
    return {row.id for row in naming if row.source_id in newest and newest[row.source_id] <= now}


def held(rows: Sequence[Message]) -> dict[int, str]:
    """Messages of scenarios that are switched off: they stay until it is on again."""
    off = set(
        Enrollment.objects.filter(id__in={row.source_id for row in rows}, revision__scenario__is_on=False).values_list(
            "id", flat=True
        )
    )
    return {row.id: "switched_off" for row in rows if row.source_id in off}


def staff_words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """What a note to the staff may mention: the same, and the way to the customer's story."""
    found = words(rows)
    stories = dict(
        Enrollment.objects.filter(id__in={row.source_id for row in rows}).values_list("id", "cancellation_id")
    )
    for row in rows:
        if row.id in found:
            cancellation_id = stories.get(row.source_id)
            path = f"/cancellations/{cancellation_id}/" if cancellation_id else "/waiting/"
            found[row.id]["links"]["story"] = settings.KAERU_BASE_URL + path
    return found
