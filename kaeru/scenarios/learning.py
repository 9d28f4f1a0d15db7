"""Splits that learn 学ぶ振り分け: each hour what the ways of a split have earned is counted, and who comes next is divided by it.

Counted is net yen: the margin of an order, less the coupons of the way. Whoever was sent on a way yesterday has not had time to answer, and
counts by the share of answers that have come by then (`uplift.bandit`). Those held back for comparison take no part: their side is drawn before.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Subquery

from kaeru.core import clock, scope
from kaeru.offers.models import Coupon
from kaeru.orders.models import Order
from kaeru.scenarios import proofs
from kaeru.scenarios.kinds.split import LETTERS, Split
from kaeru.scenarios.models import Scenario, SplitChoice, SplitLesson
from kaeru.scenarios.program import Op

WINDOW = timedelta(days=30)
MOST = 20_000
"""The last choices of a split that are counted: what earned a year ago says little."""
USUAL_MARGIN = 1500
"""Minor units of an order, where nothing is known of the shop's orders."""


@dataclass(slots=True)
class _Way:
    """What came of one way. Days."""

    ages: list[float] = field(default_factory=list)
    """Of each customer, up to the window."""
    delays: list[float] = field(default_factory=list)
    """Until the order of those who came back."""
    matured: list[float] = field(default_factory=list)
    """The same, of those whose window is over."""
    coupons: int = 0
    """What their coupons cost."""


def begin(scenario_id: int, organization_id: int, ops: Sequence[Op]) -> None:
    """A lesson for each learning split of a program that is published; one that has learned goes on where its ways are the same."""
    for op in ops:
        if isinstance(op, Split) and op.learns:
            weights = op.usual()
            row, is_new = SplitLesson.objects.get_or_create(
                key=op.key,
                defaults={"organization_id": organization_id, "scenario_id": scenario_id, "weights": weights},
            )
            if not is_new and len(row.weights) != len(weights):
                SplitLesson.objects.filter(id=row.id).update(weights=weights, told=[], learned_at=None)


def learn(limit: int) -> int:
    """Count what the splits of scenarios that are on have earned, those that waited longest first; returns how many."""
    moment = clock.now()
    with scope.everyone():
        rows = SplitLesson.objects.filter(scenario__is_on=True, scenario__revision__isnull=False)
        rows = rows.select_related("scenario__shop").order_by(F("learned_at").asc(nulls_first=True))
        due = list(rows.exclude(learned_at__gt=moment - timedelta(minutes=50))[:limit])
        for row in due:
            with transaction.atomic():
                _learn(row, moment)
    return len(due)


def _learn(row: SplitLesson, moment: datetime) -> None:
    import numpy as np  # loaded when a split learns

    from kaeru.uplift import bandit

    ways = _counted(row, moment)
    known = proofs.of(row.scenario)
    margin = known.margin if known else USUAL_MARGIN
    answers = bandit.delay([day for way in ways for day in way.matured], WINDOW.days)
    drawn = []
    for way in ways:
        a, b = bandit.learned(len(way.delays), answers.share(np.asarray(way.ages, dtype=np.float64)))
        cost = way.coupons / len(way.delays) if way.delays else 0.0
        drawn.append(bandit.Way(margin=float(margin), coupon=cost, a=a, b=b))
    weights = [round(float(weight), 6) for weight in bandit.weights(drawn)]
    told = [
        {"way": LETTERS[at], "units": len(way.ages), "back": len(way.delays), "net": round(one.net)}
        for at, (way, one) in enumerate(zip(ways, drawn, strict=True))
    ]
    SplitLesson.objects.filter(id=row.id).update(weights=weights, told=told, learned_at=moment)


def _counted(row: SplitLesson, moment: datetime) -> list[_Way]:
    """The ways, by the first choice of each customer. Three queries."""
    found = [_Way() for _ in row.weights]
    first = SplitChoice.objects.filter(key=row.key, customer_id=OuterRef("customer_id")).order_by("at", "id")
    again = Order.objects.filter(
        customer_id=OuterRef("customer_id"), shop_id=OuterRef("shop_id"), placed_at__gt=OuterRef("at"), cancelled_at=None,
    )  # fmt: skip
    choices = list(
        SplitChoice.objects.filter(key=row.key, customer__isnull=False, id=Subquery(first.values("id")[:1]))
        .annotate(back_at=Subquery(again.values("shop_id").annotate(at=Min("placed_at")).values("at")))
        .order_by("-at")
        .values_list("enrollment_id", "way", "at", "back_at")[:MOST]
    )
    way_of = {}
    for enrollment_id, letter, at, back_at in choices:
        number = LETTERS.index(letter)
        if number >= len(found):
            continue  # of a version that had more ways
        way, age = found[number], (moment - at) / timedelta(days=1)
        way_of[enrollment_id] = way
        way.ages.append(min(age, WINDOW.days))
        if back_at is not None and back_at <= at + WINDOW:
            delay = (back_at - at) / timedelta(days=1)
            way.delays.append(delay)
            if age >= WINDOW.days:
                way.matured.append(delay)
    taken = SplitChoice.objects.filter(key=row.key, enrollment_id=OuterRef("enrollment_id"))
    used = Coupon.objects.filter(Exists(taken), redeemed_at__isnull=False)
    for given_on, cost in used.values_list("enrollment_id", "cost"):
        if given_on is not None and given_on in way_of:
            way_of[given_on].coupons += cost
    return found


def lessons(scenario: Scenario) -> dict[str, SplitLesson]:
    """What the scenario's splits have learned, by the step's id."""
    rows = SplitLesson.objects.filter(scenario_id=scenario.id)
    return {row.key.rpartition(":")[2]: row for row in rows}
