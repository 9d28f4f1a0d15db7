"""What the demo's shop has done with its scenarios: some added, one changed after two weeks, one still being written; and its calls."""

from datetime import datetime, timedelta
from typing import Any

from kaeru.calls import actions as calls
from kaeru.calls.models import CallTask
from kaeru.calls.rules import Answer
from kaeru.cli.demo_seed.play import Stage
from kaeru.core import clock
from kaeru.customers import actions as customers
from kaeru.customers.actions import Tagging
from kaeru.customers.models import Customer
from kaeru.scenarios import actions, ready
from kaeru.scenarios.flow import Flow
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop, User
from kaeru.tenants.queries import calendars

ACTOR = "cli"
RUNNING = ("high_value", "first_time_buyer", "order_delayed")
REGULARS = 40
REMINDER = {
    "ja": {
        "subject": "【{{ shop.name }}】クーポンは{{ coupon.expires_on }}までお使いいただけます",
        "body": """{% if customer.name %}{{ customer.name }} 様{% else %}お客様{% endif %}

先日お送りしたクーポンの期限が近づきましたので、お知らせします。

{{ coupon.code }}

・{{ coupon.value }}（1回限り）
・{{ coupon.expires_on }}まで

カートには前回の商品とクーポンを入れてあります。
{{ links.reorder }}
""",
    },
    "en": {
        "subject": "{{ shop.name }}: your coupon is good until {{ coupon.expires_on }}",
        "body": """Dear {{ customer.name | default: 'customer' }},

the coupon that we sent you ends soon.

{{ coupon.code }}

- {{ coupon.value }}, once
- until {{ coupon.expires_on }}

Your last items and the coupon are already in the cart.
{{ links.reorder }}
""",
    },
}


def open_shop(shop: Shop) -> None:
    """The ready scenarios that run from the first day."""
    for name in RUNNING:
        made = ready.add(shop, name, ACTOR)
        actions.publish(made.id, actor=ACTOR)
        actions.switch(made.id, is_on=True, actor=ACTOR)


def plan(stage: Stage, owner: User) -> None:
    """Enter what the shop does in the four weeks."""
    stage.at(stage.end - timedelta(days=15), lambda: compare_coupons(stage.shop))
    stage.at(stage.end - timedelta(days=3), lambda: begin_writing(stage.shop))
    stage.at(stage.end - timedelta(days=2), lambda: mark_regulars(stage.shop))
    for_call = stage.end - timedelta(days=9)
    stage.at(for_call + timedelta(hours=2), lambda: _answer_when_open(stage, owner))


def compare_coupons(shop: Shop) -> None:
    """The second revision of 「クーポンの利用を忘れた」: two coupons side by side, and a reminder for those who do not use it."""
    scenario = Scenario.objects.get(shop=shop, reason__code="forgot_coupon")
    flow: Flow = scenario.draft
    notice, wait, branch, mail = flow["steps"]
    small, large = branch["else"][0], branch["then"][0]
    steps: list[dict[str, Any]] = [
        notice,
        wait,
        {"kind": "split", "weight_a": 50, "weight_b": 50, "a": [large], "b": [small]},
        mail,
        {
            "kind": "await", "event": "coupon.redeemed", "days": 7,
            "then": [], "else": [{"kind": "message", "purpose": "advertisement", "texts": REMINDER}],
        },
    ]  # fmt: skip
    actions.save_draft(scenario.id, {**flow, "steps": steps}, actor=ACTOR)
    actions.publish(scenario.id, actor=ACTOR, note="10%と500円を半分ずつで比べ、使われないときは1週間後にお知らせ")


def begin_writing(shop: Shop) -> None:
    """A scenario that is not published yet, and a draft ahead of what runs."""
    ready.add(shop, "weekend_and_night", ACTOR)
    running = Scenario.objects.get(shop=shop, reason__code="shipping_fee_too_high")
    flow: Flow = running.draft
    longer = [{**step, "days": 21} if step["kind"] == "coupon" else step for step in flow["steps"]]
    actions.save_draft(running.id, {**flow, "steps": longer}, actor=ACTOR)


def mark_regulars(shop: Shop) -> None:
    """Tags as a shop gives them by hand."""
    found = list(Customer.objects.filter(shop=shop).order_by("id").values_list("id", flat=True)[:REGULARS])
    tags = [Tagging(shop.organization_id, shop.id, key, "常連") for key in found]
    tags += [Tagging(shop.organization_id, shop.id, key, "ギフト") for key in found[::7]]
    customers.tag(tags, actor=ACTOR)


def _answer_when_open(stage: Stage, owner: User, tries: int = 100) -> None:
    """The owner makes the first call on the list, in opening hours."""
    task = CallTask.objects.filter(shop=stage.shop, state="waiting").order_by("deadline_at").first()
    moment: datetime = clock.now()
    if task is not None and task.created_at <= moment - timedelta(minutes=30) and _is_open(stage.shop, moment):
        note = "お届け日がギフトに間に合わないとのこと。次回は早めに発送できる商品をご案内することに。"
        calls.record(task.id, Answer.WILL_REORDER, note, actor=f"member:{owner.id}", user=owner)
        stage.turn()
    elif tries:
        stage.at(moment + timedelta(hours=1), lambda: _answer_when_open(stage, owner, tries - 1))


def _is_open(shop: Shop, moment: datetime) -> bool:
    return calendars([shop.id])[shop.id].is_open(moment)
