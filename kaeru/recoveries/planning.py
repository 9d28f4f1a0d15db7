"""What the scenarios are told of themselves when a coupon is planned: how many come back by themselves, what is proven, what an order leaves."""

from datetime import timedelta

from django.db.models import Avg

from kaeru.cancellations.models import CancellationRequest
from kaeru.core import clock
from kaeru.orders.models import Order
from kaeru.recoveries.costs import costs_of
from kaeru.recoveries.figures import ENOUGH, USUAL_RATE, figure
from kaeru.scenarios.models import Scenario
from kaeru.scenarios.proofs import Known, register

LAST = 200
"""Cancellations whose value is taken as the usual one."""
MONTH = timedelta(days=30)


@register
def known(scenario: Scenario) -> Known | None:
    """Of a shop that has cancellations; None where there is none. A constant number of queries."""
    rows = CancellationRequest.objects.filter(shop_id=scenario.shop_id, is_whole=True, order__isnull=False)
    if scenario.reason_id is not None:
        rows = rows.filter(reason_id=scenario.reason_id)
    last = list(rows.order_by("-id").values_list("order_id", flat=True)[:LAST])
    usual = Order.objects.filter(id__in=last).aggregate(value=Avg("total"), fee=Avg("shipping_fee"))
    if usual["value"] is None:
        return None
    told = (found := figure(scenario.shop_id, scenario_id=scenario.id)) and found.answer or {}
    held = told.get("held") or {}
    is_measured = bool(told.get("causal")) and int(held.get("units") or 0) >= ENOUGH
    value = round(usual["value"])
    return Known(
        p0=float(held["rate"]) if is_measured else USUAL_RATE,
        is_measured=is_measured,
        margin=value * costs_of([scenario.shop_id])[scenario.shop_id].margin_percent // 100,
        order_value=value,
        shipping_fee=round(usual["fee"] or 0),
        monthly=rows.filter(requested_at__gte=clock.now() - MONTH, is_history=False).count(),
        verdict=str(told.get("verdict", "")) if is_measured else "",
        low=told.get("low") if is_measured else None,
        high=told.get("high") if is_measured else None,
    )
