"""The months before the shop came to Kaeru, brought as a shop brings them: orders of the past in one go, nobody is written to.

Buyers of cancelled ones told their reasons then; they are entered afterwards, so that a rehearsal has something to go by.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from examples.demo_shop import kaeru_client, orders
from examples.demo_shop.pricing import Coupon
from examples.demo_shop.store import Purchase
from kaeru.cancellations import actions as cancellations
from kaeru.cli.demo_seed.plan import Story
from kaeru.cli.demo_seed.play import SENDS_AFTER, Stage
from kaeru.connectors.webhook.records import order_record
from kaeru.connectors.webhook.words import OrderState
from kaeru.orders import actions as mirrored

PORTION = 500
OFF_YEN = 300
"""What coupons of the past took off."""


def _purchase(stage: Stage, story: Story) -> Purchase:
    """What became of it in the end."""
    coupon = Coupon(story.coupon, OFF_YEN) if story.coupon else None
    bought = orders.write_up(
        stage.next_number(), story.buyer, list(story.lines), story.payment, story.at, coupon=coupon
    )
    if story.fate == "sent":
        leaves = (story.at + SENDS_AFTER).replace(hour=15, minute=0, second=0)
        return replace(bought, shipped_at=leaves, updated_at=leaves, tracking_number=f"4000{int(bought.id):08d}")
    regrets = story.at + story.regrets_after + timedelta(minutes=1)
    return replace(bought, cancelled_at=regrets, cancel_reason=story.reason, updated_at=regrets)


def bring(stage: Stage, stories: Sequence[Story]) -> dict[int, str]:
    """Mirror these stories as history, a few hundred at a time, and enter the reasons; the orders' numbers by the stories' identity."""
    reasons: dict[str, str] = {}
    known: dict[str, int] = {}
    told = [(story, _purchase(stage, story)) for story in stories]
    for start in range(0, len(told), PORTION):
        records = []
        for story, bought in told[start : start + PORTION]:
            stage.buyers[story.buyer.id] = story.buyer
            stage.purchases[bought.id] = bought
            if story.reason:
                reasons[bought.id] = story.reason
            state = OrderState.model_validate(kaeru_client.order_body(bought, story.buyer))
            records.append(order_record(bought.id, state, bought.updated_at))
        known |= mirrored.mirror(stage.shop, records, is_history=True).order_ids
    stage.turn()
    for source_id, reason in reasons.items():
        cancellations.choose_reason(known[source_id], reason, actor="customer")
    stage.turn()
    return {id(story): bought.id for story, bought in told}
