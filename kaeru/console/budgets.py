"""Budgets: what the coupons of this month have cost, and how much is left for each step that gives them."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.console import summary
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import shop_of
from kaeru.core import clock
from kaeru.core.money import show as money
from kaeru.offers import queries
from kaeru.offers.models import Budget
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.flow import walk
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop

SCARCE = 0.2
"""From this part of the limit on, little is left."""


@page("see")
def budgets(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A row for each step whose coupons were asked for this month, in the shop's order of scenarios."""
    mine = shop_of(visit)
    begins = timezone.localtime(clock.now()).date().replace(day=1)
    known = {str(one.id): one for one in scenarios.of_shop(mine.id)}
    place = {key: number for number, key in enumerate(known)}
    found = sorted(
        queries.budgets(mine.id, begins), key=lambda row: (place.get(_scenario_of(row), len(place)), row.key)
    )
    context = {
        "rows": [_row(budget, known.get(_scenario_of(budget)), mine, visit.language) for budget in found],
        "begins": begins,
        "ends": (begins + timedelta(days=31)).replace(day=1) - timedelta(days=1),
        "currency": mine.currency,
        "can_edit": visit.may("edit_scenarios"),
    }
    return show(request, visit, "console/budgets.html", "settings", context)


def _scenario_of(budget: Budget) -> str:
    """The scenario's part of the key that `Compiler.key` wrote."""
    return budget.key.partition(":")[0]


def _row(budget: Budget, scenario: Scenario | None, shop: Shop, language: str) -> dict[str, Any]:
    left, tone = _left(budget, shop, language)
    return {
        "href": reverse("console:scenario", args=[scenario.id]) if scenario else "",
        "name": summary.name_of(scenario) if scenario else _("A scenario that was deleted"),
        "step": _step(budget, scenario) if scenario else "",
        "spent": budget.spent,
        "limit": budget.limit,
        "left": left,
        "tone": tone,
    }


def _left(budget: Budget, shop: Shop, language: str) -> tuple[str, str]:
    """How much is left, in words, and the tone of it."""
    if budget.limit is None:
        return _("without a limit"), ""
    left = budget.limit - budget.spent
    if left <= 0:
        return _("used up"), "bad"
    said = _("%(money)s left") % {"money": money(left, shop.currency, language)}
    return said, "clock" if left <= budget.limit * SCARCE else "good"


def _step(budget: Budget, scenario: Scenario) -> str:
    """The step in a few words: as it is published, else as the draft has it."""
    wanted = budget.key.partition(":")[2]
    flows: list[Mapping[str, Any]] = [scenario.revision.flow] if scenario.revision else []
    for flow in (*flows, scenario.draft):
        for at in walk(flow.get("steps", [])):
            if str(at.step.get("id")) == wanted:
                return summary.says(at.step, scenario.shop)
    return _("A step of an earlier version")
