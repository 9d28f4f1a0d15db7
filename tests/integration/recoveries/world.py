"""A shop with many outcomes, written directly: for figures, files and sums."""

from datetime import timedelta

import numpy as np

from kaeru.core import clock, ids
from kaeru.customers.models import Customer
from kaeru.messages.models import Purpose
from kaeru.recoveries.models import Outcome
from kaeru.recoveries.windows import WINDOWS, matured, next_over
from kaeru.scenarios.models import Assignment, Scenario
from kaeru.tenants.models import Shop
from tests import builders

CODES = ("forgot_coupon", "mistaken_order")


def fill(
    shop: Shop, count: int, *, seed: int, days: int = 150, rate1: float = 0.6, rate0: float = 0.35, again1: float = 0.1
) -> list[Outcome]:
    """So many customers over the last `days`, half of them held, in two scenarios of a reason each; in the caller's scope."""
    draw = np.random.default_rng(seed)
    says = builders.template(shop, Purpose.NOTICE)
    made = [builders.scenario(builders.reason(shop, code), says) for code in CODES]
    now, owner = clock.now(), shop.organization_id
    people = [
        Customer(id=key, organization_id=owner, shop=shop, source_id=f"w{seed}-{key}", created_at=now)
        for key in ids.new_ids(count)
    ]
    Customer.objects.bulk_create(people)
    moments = sorted(now - timedelta(days=float(days * one)) for one in draw.random(count))
    assignments, rows = [], []
    for number, (buyer, at) in enumerate(zip(people, moments, strict=True)):
        scenario, revision = made[number % 2]
        is_treated = bool(draw.random() < 0.5)
        assignment = Assignment(
            id=ids.new_id(), organization_id=owner, shop=shop, scenario=scenario, customer=buyer, bucket=0,
            arm="treated" if is_treated else "held", pi=0.5, revision=revision, at=at,
        )  # fmt: skip
        came = float(draw.exponential(12)) if draw.random() < (rate1 if is_treated else rate0) else 999.0
        over = matured(at, now)
        row = Outcome(
            id=ids.new_id(), organization_id=owner, assignment=assignment, shop=shop, scenario=scenario, customer=buyer,
            reason_id=scenario.reason_id, channel="mail", is_treated=is_treated, pi=0.5, first_at=at, lost=4000,
            matured=over, due_at=next_over(at, now), again=int(draw.random() < (again1 if is_treated else 0.1)),
        )  # fmt: skip
        spent, cost = int(draw.integers(1000, 9000)), 300 if is_treated and draw.random() < 0.3 else 0
        for window in WINDOWS[:over]:
            setattr(row, f"back_{window}", came <= window)
            setattr(row, f"value_{window}", spent if came <= window else 0)
            setattr(row, f"coupons_{window}", cost if came <= window else 0)
        assignments.append(assignment)
        rows.append(row)
    Assignment.objects.bulk_create(assignments)
    Outcome.objects.bulk_create(rows)
    return rows


def scenarios(shop: Shop) -> list[Scenario]:
    """The two, in the order of CODES."""
    return list(Scenario.objects.filter(shop=shop).order_by("id"))
