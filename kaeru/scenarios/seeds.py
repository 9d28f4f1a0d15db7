"""The scenarios a new shop starts with: those of `scenarios.ready` that are for its usual reasons."""

from kaeru.cancellations.models import Reason
from kaeru.scenarios import actions, ready
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop


def seed_scenarios(shop: Shop, *, actor: str, is_on: bool = False) -> list[Scenario]:
    """One published scenario for each of the shop's usual reasons that has none yet; switched off unless asked."""
    by_reason = {one.reason: one for one in ready.everything().values() if one.reason}
    have = set(Scenario.objects.filter(shop=shop).values_list("reason_id", flat=True))
    made = []
    for reason in Reason.objects.filter(shop=shop, code__in=by_reason).order_by("position"):
        if reason.id in have:
            continue
        scenario = actions.begin(shop, actor=actor, reason=reason, flow=by_reason[reason.code].flow)
        actions.publish(scenario.id, actor=actor)
        if is_on:
            actions.switch(scenario.id, is_on=True, actor=actor)
        made.append(scenario)
    return made
