"""What a salon says about visits, and what a salon that said nothing is taken to say."""

from collections.abc import Mapping
from datetime import time
from typing import Any

from django.db import transaction

from kaeru.appointments.visits import rules
from kaeru.appointments.visits.fees import FeeRule
from kaeru.appointments.visits.models import VisitTerms
from kaeru.core import audit, clock
from kaeru.tenants.models import Shop

BOUNDS = {
    "change_until_hours": (0, 24 * 14), "cancel_until_hours": (0, 24 * 14), "most_changes": (0, 50),
    "days_before": (1, 7), "nudge_hours": (1, 48), "no_show_months": (1, 60), "no_shows_most": (0, 20),
    "late_hours": (1, 24 * 14), "late_percent": (0, 100), "no_show_percent": (0, 100), "spared_percent": (0, 100),
}  # fmt: skip
"""Of each number: the least and the most."""
SWITCHES = ("reminds", "nudges")
FEE = ("late_hours", "late_percent", "no_show_percent")


def terms_of(shop_id: int) -> VisitTerms:
    """What the salon says; one that said nothing has the defaults, not written. One query."""
    return VisitTerms.objects.filter(shop_id=shop_id).first() or VisitTerms(shop_id=shop_id)


def limits_of(terms: VisitTerms) -> rules.Limits:
    """As the rules take them."""
    return rules.Limits(
        terms.change_until_hours, terms.cancel_until_hours, terms.most_changes, terms.no_show_months, terms.no_shows_most
    )  # fmt: skip


def fee_rule_of(terms: VisitTerms) -> FeeRule:
    """As the calculator takes it."""
    return FeeRule(
        terms.late_hours, terms.late_percent, terms.no_show_percent, terms.spared_percent, terms.fee_shown_since
    )  # fmt: skip


@transaction.atomic
def set_terms(shop: Shop, told: Mapping[str, Any], *, actor: str) -> VisitTerms:
    """Change what is told (names of `BOUNDS`, `SWITCHES` and `remind_at`) and keep the rest. Raises ValueError for what cannot be.

    A fee rule that changes counts as shown from this moment: who booked before saw another one, or none.
    """
    for name, (least, most) in BOUNDS.items():
        if name in told and not least <= told[name] <= most:
            raise ValueError(f"{name} is {least} to {most}")
    if not isinstance(told.get("remind_at", time()), time):
        raise ValueError("remind_at is a time of day")
    now = clock.now()
    VisitTerms.objects.bulk_create([VisitTerms(organization_id=shop.organization_id, shop=shop)], ignore_conflicts=True)
    terms = VisitTerms.objects.select_for_update().get(shop=shop)
    before = {name: getattr(terms, name) for name in (*BOUNDS, *SWITCHES, "remind_at")}
    after = before | {name: value for name, value in told.items() if name in before}
    for name, value in after.items():
        setattr(terms, name, value)
    if any(before[name] != after[name] for name in FEE) or terms.fee_shown_since is None:
        terms.fee_shown_since = now if fee_rule_of(terms).asks_anything else None
    if terms.next_at is None or before["remind_at"] != terms.remind_at or before["reminds"] != terms.reminds:
        terms.next_at = rules.next_round(now, shop.timezone, terms.remind_at)
    terms.save()
    changed = {name: str(value) for name, value in after.items() if before[name] != value}
    audit.record(shop.organization_id, actor, "visit_terms.changed", "shop", shop.id, **changed)
    return terms
