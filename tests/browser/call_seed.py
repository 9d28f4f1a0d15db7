"""Calls for the demo's shop, as scenarios leave them: run in the demo's own database by `House.run("tests.browser.call_seed")`."""

import time
from datetime import datetime, timedelta
from typing import Any

import django

SCRIPT = {
    "ja": "{{ shop.name }}の{{ staff.name }}と申します。{{ customer.name }} 様のお電話でよろしいでしょうか。\n\n"
    "このたびはご注文{{ order.number }}のキャンセルを承りました。\n差し支えなければ、お気に召さなかった点をお聞かせいただけますか。\n\n"
    "（理由を聞く。遮らない。）\n\nお届けを早める、色を替えるなど、できることがございましたらすぐに手配いたします。",
    "en": "This is {{ staff.name }} of {{ shop.name }}. Am I speaking with {{ customer.name }}?\n\n"
    "We have cancelled your order {{ order.number }}. May I ask what was not satisfactory?\n\n"
    "(Listen. Do not argue.)\n\nIf an earlier delivery or another colour would help, I can arrange that right away.",
}
PLAN: tuple[tuple[int, float, str, dict[str, Any]], ...] = (
    (128_000, 3.3, "090-1234-5678", {}),
    (46_200, 0.6, "03-1234-5678", {}),
    (9_800, 5.5, "+81 80 2345 6789", {"detail": "needs_time", "next_try_at": -0.5}),
    (23_760, 6.0, "0120-444-444", {"tries": 1, "next_try_at": 1.5, "detail": "unreached"}),
    (15_400, 4.0, "", {}),
)
"""What is at stake, hours to the deadline, the number, and more; `next_try_at` in hours from now."""


def _now() -> datetime:
    """What the demo's clock shows."""
    from kaeru.core.models import ClockSetting

    kept = ClockSetting.objects.get()
    return kept.shown + timedelta(seconds=(time.time() - kept.real) * kept.speed)


def main() -> None:
    """One call of each kind, for customers who cancelled; again gives five more."""
    django.setup()
    from kaeru.calls.models import CallTask
    from kaeru.cancellations.models import CancellationRequest
    from kaeru.core import clock, scope
    from kaeru.core.clock import Clock
    from kaeru.customers.models import Identity
    from kaeru.scenarios.models import Enrollment
    from tests import builders

    moment = _now()
    clock.set_clock(Clock(real=time.time(), shown=moment))
    with scope.everyone():
        wishes = (
            CancellationRequest.objects.exclude(customer=None)
            .exclude(reason=None)
            .exclude(order=None)
            .select_related("shop", "order", "customer")
        )
        found = list(wishes.order_by("-id")[:200])
        called = set(CallTask.objects.values_list("customer_id", flat=True))
        sources = dict(Enrollment.objects.values_list("cancellation_id", "id"))
        free = [wish for wish in {wish.customer_id: wish for wish in found}.values() if wish.customer_id not in called]
    for wish, (value, hours, phone, more) in zip(free, PLAN, strict=False):
        assert wish.customer is not None
        again = more.get("next_try_at")
        with scope.everyone():
            Identity.objects.filter(customer=wish.customer, kind="phone").delete()
        if phone:
            builders.phone(wish.customer, phone)
        builders.call(
            wish.shop, wish.customer, wish.order, value=value, script=SCRIPT, source_id=sources.get(wish.id, 1),
            deadline_at=moment + timedelta(hours=hours), created_at=moment - timedelta(hours=1),
            **{**more, "next_try_at": None if again is None else moment + timedelta(hours=again)},
        )  # fmt: skip


if __name__ == "__main__":
    main()
