"""A buyer on the demo's mall asks just now to cancel an order of two hours ago, whatever the demo's clock shows by then:
run in the demo's own database by `House.run("tests.browser.mall_seed")`."""

import time
from datetime import timedelta

import django

from tests.browser.desk_seed import now_of_the_demo


def main() -> None:
    """One more request; four hours are left until it counts."""
    django.setup()
    from kaeru.core import clock, events, scope
    from kaeru.core.clock import Clock
    from kaeru.customers.rules import CustomerRecord
    from kaeru.orders.actions import mirror
    from kaeru.orders.rules import LineRecord, OrderRecord
    from kaeru.tenants.models import Shop

    moment = now_of_the_demo()
    clock.set_clock(Clock(real=time.time(), shown=moment))
    with scope.everyone():
        shop = Shop.objects.get(slug="hidamari")
    placed, number = moment - timedelta(hours=2), f"5909{time.time_ns() // 1_000_000 % 10_000:04d}"
    with scope.organization(shop.organization_id):
        mirror(
            shop,
            [
                OrderRecord(
                    number, placed, moment, "JPY", 3280, (LineRecord("帆布のトート ネイビー", 1, 3280, source_id=number),),
                    customer=CustomerRecord(f"b{number}", "三浦 楓", "kaede.miura@mail.example"), payment_kind="card",
                    sales_channel="qoo10", paid_at=placed, mall_state="2", dispatch_by=moment.date() + timedelta(days=3),
                    cancel_asked_at=moment - timedelta(minutes=1), cancel_reason="間違えて注文した",
                )
            ],
        )  # fmt: skip
    while events.deliver(1000):
        pass


if __name__ == "__main__":
    main()
