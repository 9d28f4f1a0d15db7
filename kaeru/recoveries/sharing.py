"""Shops like yours 似たお店: what is usual among shops that agreed to share, and a shop's own figure drawn to it by as much as it is noise.

Only sums leave a shop: how many of each side there were and how many came back, over parts that every shop has (all, the usual reasons,
channels). A belief is formed from eight organizations at least, and says nothing of any one of them. Opt-in, at any time out again.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from django.db import transaction

from kaeru.core import audit, clock, scope
from kaeru.recoveries.models import Figure, Sharing
from kaeru.recoveries.windows import DECIDES, WINDOWS
from kaeru.tenants.models import Shop
from kaeru.uplift.foretold import Counts
from kaeru.uplift.pooling import LEAST_SHOPS, Pool, estimates, paule_mandel
from kaeru.uplift.shares import Interval

EVERY = timedelta(hours=20)
USUAL_REASONS = frozenset(
    {
        "forgot_coupon", "mistaken_order", "shipping_fee_too_high", "delivery_too_late", "change_address", "change_payment",
        "changed_mind",
    }
)  # fmt: skip
"""Reasons that shops begin with: a shop's own reason could name it."""
FEWEST = 5
"""Fewer units than these of one side of a shop are not taken along."""


@transaction.atomic
def set_sharing(shop: Shop, *, is_on: bool, actor: str) -> None:
    """Agree that sums of the shop's figures are pooled with those of others, or take it back: from the next night on they are left out."""
    if is_on:
        _, is_new = Sharing.objects.get_or_create(
            shop=shop, defaults={"organization_id": shop.organization_id, "since": clock.now()}
        )
    else:
        is_new = bool(Sharing.objects.filter(shop=shop).delete()[0])
    if is_new:
        audit.record(shop.organization_id, actor, "sharing.on" if is_on else "sharing.off", "shop", shop.id)


def is_sharing(shop_id: int) -> bool:
    """Whether the shop has agreed."""
    return Sharing.objects.filter(shop_id=shop_id).exists()


def pool(limit: int) -> int:
    """The pass: once a night form the beliefs anew, and hand them to all who share; returns to how many."""
    with scope.everyone(), transaction.atomic():
        now = clock.now()
        sharing = Sharing.objects.order_by("believed_at")
        if not sharing.exists() or not sharing.exclude(believed_at__gt=now - EVERY).exists():
            return 0
        beliefs = {f"{part}/{days}": told for days in WINDOWS for part, told in _beliefs(days).items()}
        return Sharing.objects.update(beliefs=beliefs, believed_at=now)


def _beliefs(days: int) -> dict[str, dict[str, float]]:
    """By part, for one window."""
    shops = Sharing.objects.values_list("shop_id", flat=True)
    rows = Figure.objects.filter(shop_id__in=shops, window=days).exclude(key__startswith="scenario:")
    found: dict[str, dict[int, list[Counts]]] = defaultdict(lambda: defaultdict(list))
    columns = ("organization_id", "key", "reason__code", "answer")
    for owner, key, code, answer in rows.values_list(*columns).iterator(2000):
        part = part_of(key, code or "")
        if part and answer["causal"]:
            found[part][owner].append(counts_of(answer))
    return {
        part: belief
        for part, owners in found.items()
        if (belief := believe([one for members in owners.values() for one in members], len(owners))) is not None
    }


def part_of(key: str, reason_code: str = "") -> str:
    """The part that all shops have, for a figure's key; empty for what is a shop's own."""
    if key.startswith("reason:"):
        return f"reason:{reason_code}" if reason_code in USUAL_REASONS else ""
    return "" if key.startswith("scenario:") else key


def counts_of(answer: Mapping[str, Any]) -> Counts:
    """The sums of a figure's answer."""
    treated, held = answer["treated"], answer["held"]
    return Counts(treated["units"], treated["back"], held["units"], held["back"])


def believe(shops: list[Counts], organizations: int) -> dict[str, float] | None:
    """What these shops have in common; None for too few of them."""
    known = [one for one in shops if min(one.n1, one.n0) >= FEWEST]
    if organizations < LEAST_SHOPS or len(known) < LEAST_SHOPS:
        return None
    y, v = estimates(known)
    found = paule_mandel(y, v)
    n1, n0 = sum(one.n1 for one in known), sum(one.n0 for one in known)
    return {
        "mu": found.mu, "tau2": found.tau2, "tau2_high": found.tau2_high, "se": found.se, "shops": len(known),
        "treated": (sum(one.s1 for one in known) + 1) / (n1 + 2), "held": (sum(one.s0 for one in known) + 1) / (n0 + 2),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shared:
    """A figure beside those of shops like this one. Not a proof: an estimate that errs less."""

    shops: int
    usual: float
    """Uplift of shops like this one."""
    usual_between: Interval
    own: float
    """The shop's own, drawn to the usual one by as much as it is noise."""
    own_between: Interval
    own_weight: float
    """0: nothing of it is the shop's own yet; 1: all is."""


def beside(figure: Figure | None, sharing: Sharing | None, part: str = "all", window: int = DECIDES) -> Shared | None:
    """What shops like this one see, and the shop's own figure drawn to it; None without sharing or with too few shops."""
    told = sharing.beliefs.get(f"{part}/{window}") if sharing else None
    if told is None:
        return None
    counts = counts_of(figure.answer) if figure and figure.answer["causal"] else Counts()
    found = Pool(told["mu"], told["tau2"], told["se"], int(told["shops"]), told["tau2_high"])
    p1, p0 = told["treated"], told["held"]
    variance = p1 * (1 - p1) / counts.n1 + p0 * (1 - p0) / counts.n0 if counts.n1 and counts.n0 else np.inf
    own, low, high = (float(column[0]) for column in found.intervals([counts.difference or 0.0], [variance]))
    weight = found.tau2 / (found.tau2 + variance) if np.isfinite(variance) else 0.0
    return Shared(found.shops, found.mu, found.interval, own, (low, high), float(weight))


def of_shop(shop_id: int) -> Sharing | None:
    """The shop's agreement, with what is usual; None when it has not agreed."""
    return Sharing.objects.filter(shop_id=shop_id).first()


def priors(shop_ids: set[int]) -> dict[int, Mapping[str, Mapping[str, float]]]:
    """What new figures of these shops may expect, learned from others; only of shops that share. One query."""
    return dict(Sharing.objects.filter(shop_id__in=shop_ids).values_list("shop_id", "beliefs"))
