"""The last two hours at the desk: a policy of the shop's own, wishes it left to a person, a repair by hand, an item that ran out.

What needs the shop's system (a change over the cap) comes when it is connected; see `after_connecting`.
"""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils import translation

from examples.demo_shop.pricing import read_items
from examples.demo_shop.store import Buyer, Purchase
from kaeru.cancellations import actions, shortages
from kaeru.cancellations.desk import actions as desk
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.models import CancellationRequest, Case, CaseState
from kaeru.cancellations.policy import actions as policy
from kaeru.cancellations.repairs import actions as repairs
from kaeru.cli.demo_seed.plan import Story
from kaeru.cli.demo_seed.play import Stage
from kaeru.orders.models import Order
from kaeru.tenants import looks
from kaeru.tenants.models import Shop, User

ACTOR = "cli"
LARGE = 30_000
SHORT_OF, INSTEAD = "PLATE-1", "PLATE-2"
POLICY: dict[str, Any] = {
    "cutoff": None,
    "rules": [
        {
            "id": "shipped", "name": "発送済み", "result": "refuse", "ground": "shipped",
            "when": {"field": "order.is_shipped", "op": "is", "value": True},
        },
        {
            "id": "large", "name": "3万円以上、または受注生産", "result": "ask", "ground": "",
            "when": {"any": [
                {"field": "order.value", "op": "at_least", "value": LARGE},
                {"field": "order.product_tag", "op": "has_any", "value": ["受注生産"]},
            ]},
        },
    ],
    "otherwise": "accept", "otherwise_ground": "", "grounds": {},
    "refund": {"coupons": "shop_side", "points": "always", "form_url": ""},
}  # fmt: skip
NEW_ADDRESS = {
    "name": "辻 真理", "postal_code": "604-8101", "region": "京都府", "city": "京都市中京区柳馬場通",
    "line1": "5-4-2", "line2": "", "phone": "075-211-0000",
}  # fmt: skip


def open_shop(shop: Shop) -> None:
    """The logo is there from the first day."""
    looks.set_logo(shop, (Path(__file__).parent / "logo.png").read_bytes(), actor=ACTOR)


def plan(stage: Stage, buyers: Sequence[Buyer]) -> None:
    """Enter the last hours."""
    people = {buyer.id: buyer for buyer in buyers}
    end = stage.end
    stage.at(end - timedelta(hours=2), lambda: _save_policy(stage.shop))
    _wish(stage, people["C0011"], "BASK:2,LAMP:1", "delivery_too_late", 1.8)
    _wish(stage, people["C0012"], "BASK:3", "mistaken_order", 1.6)
    _wish(stage, people["C0004"], "BOWL-1:2", "change_address", 1.1, repair=("address", NEW_ADDRESS))
    for hours, buyer, items in (
        (9, "C0013", f"{SHORT_OF}:2,SPOON:1"),
        (7, "C0014", f"{SHORT_OF}:1"),
        (6, "C0010", f"{SHORT_OF}:1,CARD:1"),
        (5, "C0015", f"{SHORT_OF}:2,POT:1"),
        (4, "C0017", f"{SHORT_OF}:1,TEN-2:1"),
    ):
        _order(stage, people[buyer], items, hours)
    stage.at(end - timedelta(minutes=50), lambda: _run_short(stage, end))
    stage.at(end - timedelta(minutes=40), lambda: _answer(stage, "C0013", takes=True))
    stage.at(end - timedelta(minutes=30), lambda: _answer(stage, "C0014", takes=False))


def _save_policy(shop: Shop) -> None:
    policy.save(shop, POLICY, actor=ACTOR)


def _order(stage: Stage, buyer: Buyer, items: str, hours: float) -> list[Purchase]:
    """Ordered so many hours before the end; the list holds the purchase once it is made."""
    made: list[Purchase] = []
    at = stage.end - timedelta(hours=hours)
    story = Story(at, buyer, tuple(read_items(items)), "card")
    stage.at(at, lambda: made.append(stage.place(story, at_once=True)))
    return made


def _wish(
    stage: Stage,
    buyer: Buyer,
    items: str,
    reason: str,
    hours: float,
    *,
    repair: tuple[str, dict[str, str]] | None = None,
) -> None:
    """An order, and what its buyer does on the page a quarter of an hour later: cancels, or asks for a repair."""
    made = _order(stage, buyer, items, hours)

    def regret() -> None:
        order = Order.objects.get(shop=stage.shop, source_id=made[0].id)
        wish = actions.choose_reason(order.id, reason, actor="customer")
        if repair is None:
            actions.confirm(wish.id, actor="customer")
        else:
            with translation.override("ja"):
                repairs.ask(wish.id, *repair, actor="customer")
        stage.turn()

    stage.at(stage.end - timedelta(hours=hours) + timedelta(minutes=15), regret)


def _run_short(stage: Stage, end: Any) -> None:
    """The milky plate is sold out: every buyer is told, and the grey one is offered."""
    instead = next(one for one in shortages.suggestions(stage.shop, SHORT_OF) if one.sku == INSTEAD)
    title = f"{instead.title} {instead.variant}".strip()
    offered = shortages.Substitute(title, instead.unit_price, instead.variant_id, instead.sku)
    shortages.start(
        stage.shop, shortages.Plan(SHORT_OF, "out_of_stock", end + timedelta(hours=20), [offered]), actor=ACTOR
    )
    stage.turn()


def _answer(stage: Stage, buyer: str, *, takes: bool) -> None:
    wish = CancellationRequest.objects.exclude(shortage=None).get(customer__source_id=buyer)
    if takes:
        repairs.ask(wish.id, "substitute", {"take": INSTEAD}, actor="customer")
    else:
        repairs.decline_offer(wish.id, actor="customer")
    stage.turn()


def after_connecting(shop: Shop, owner: User, actor: str) -> None:
    """The owner says yes to the larger of two cancellations: its refund is over the cap of one order, so it is held at the gate."""
    waiting = Case.objects.filter(shop=shop, kind="decide", state=CaseState.OPEN, request__shortage=None)
    case = waiting.order_by("-request__order__total").first()
    if case is not None:
        desk.decide(case.id, Choice("approve"), actor=actor, user=owner)
