"""Cases for the demo's desk, as buyers and the policy leave them: run in the demo's own database by `House.run("tests.browser.desk_seed")`."""

import time
from datetime import datetime, timedelta

import django

ROUNDS = 4
REASONS = ("delivery_too_late", "mistaken_order", "change_payment", "shipping_fee_too_high")


def now_of_the_demo() -> datetime:
    """What the demo's clock shows."""
    from kaeru.core.models import ClockSetting

    kept = ClockSetting.objects.get()
    return kept.shown + timedelta(seconds=(time.time() - kept.real) * kept.speed)


def main() -> None:
    """Wishes that wait for a person, in some rounds."""
    django.setup()
    for _ in range(ROUNDS):
        _round()


def _round() -> None:
    """With clocks of every kind; each round takes other orders."""
    from kaeru.cancellations.desk.opening import for_request, open_cases
    from kaeru.cancellations.desk.rules import proposal
    from kaeru.cancellations.models import CancellationRequest, Case, Decision, Reason, RequestState, Verdict
    from kaeru.core import clock, scope
    from kaeru.core.clock import Clock
    from kaeru.orders.models import Order

    moment = now_of_the_demo()
    clock.set_clock(Clock(real=time.time(), shown=moment))
    with scope.everyone():
        taken = CancellationRequest.objects.values("order_id")
        rows = Order.objects.filter(shop__slug="kotori", cancelled_at=None, customer__isnull=False).exclude(
            id__in=taken
        )
        orders = list(rows.select_related("shop").order_by("-placed_at")[: len(REASONS) + 1])
        Order.objects.filter(id__in=[order.id for order in orders]).update(
            shipped_at=None, placed_at=moment - timedelta(hours=2)
        )
    for number, order in enumerate(orders):
        with scope.organization(order.organization_id):
            reason = Reason.objects.filter(shop=order.shop, code=REASONS[number % len(REASONS)]).first()
            is_by_hand = number == len(REASONS)
            request = CancellationRequest.objects.create(
                organization_id=order.organization_id, shop=order.shop, order=order, customer_id=order.customer_id, reason=reason,
                side="customer", origin="page", state=RequestState.REQUESTED if is_by_hand else RequestState.ASKED, value=order.total,
                currency=order.currency, requested_at=moment - timedelta(minutes=9), decided_at=moment, created_at=moment,
            )  # fmt: skip
            Decision.objects.create(
                organization_id=order.organization_id, request=request, verdict=Verdict.ASK, by="policy", rule="r1", decided_at=moment
            )  # fmt: skip
            told = proposal("r1", "made_to_order" if number == 1 else "", "高額の注文は人が見る")
            [case] = open_cases([for_request("cancel" if is_by_hand else "decide", request, proposal=told)])
            minutes = (-40 * 24 * 60, 42, 100, 600, 30)[number]  # the first waits longest, whatever else the demo has
            Case.objects.filter(id=case.id).update(
                due_at=moment + timedelta(minutes=minutes), due_why="cutoff" if number < 2 else "opening"
            )


if __name__ == "__main__":
    main()
