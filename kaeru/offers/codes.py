"""Coupons become discount codes in the shops' own systems, where Kaeru may make them: asked of the gate when they are issued."""

from collections.abc import Iterable, Sequence

from kaeru.connectors.changes import MakeCode
from kaeru.connectors.gate import actions as gate
from kaeru.connectors.gate import queries as gate_queries
from kaeru.connectors.models import GateTerms
from kaeru.core import events
from kaeru.core.events import News
from kaeru.offers.models import Coupon

ISSUED = "coupon.issued"


def issued(told: Iterable[tuple[int, int, int]]) -> None:
    """Coupons were issued: (organization id, shop id, coupon id). In the caller's transaction; news only where Kaeru acts by itself."""
    fresh = list(told)
    if not fresh:
        return
    shops = {shop_id for _, shop_id, _ in fresh}
    live = set(GateTerms.objects.filter(shop_id__in=shops, is_live=True).values_list("shop_id", flat=True))
    events.emit(
        News(ISSUED, organization_id, coupon_id) for organization_id, shop_id, coupon_id in fresh if shop_id in live
    )


def ask_for_codes(coupon_ids: Sequence[int]) -> int:
    """Ask the gate to make these codes where the connected system takes them; returns how many. A constant number of queries."""
    coupons = list(Coupon.objects.filter(id__in=coupon_ids, redeemed_at=None).order_by("id"))
    can = gate_queries.capabilities_of({coupon.shop_id for coupon in coupons})
    asks = [_ask(coupon) for coupon in coupons if coupon.shop_id in can and can[coupon.shop_id].can_make_codes]
    return len(gate.ask(asks)) if asks else 0


def _ask(coupon: Coupon) -> gate.Ask:
    change = MakeCode(
        code=coupon.code, gives=coupon.kind, value=coupon.value, minimum=coupon.minimum, starts_at=coupon.issued_at.isoformat(),
        ends_at=coupon.expires_at.isoformat(),
    )  # fmt: skip
    return gate.Ask(
        organization_id=coupon.organization_id, shop_id=coupon.shop_id, order_id=None, change=change, key=f"coupon:{coupon.id}",
        why="coupon_issued", asked_by="scenario", source="coupon", source_id=coupon.id,
    )  # fmt: skip
