"""The monthly report of a shop as numbers: what the month took, what came back because of us, what it cost, what it saved, what to do next.

The same document is the page, the PDF and what the command line prints. Nothing in it is about a single customer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from kaeru.cancellations.models import Reason
from kaeru.core import clock, wording
from kaeru.offers import stops
from kaeru.recoveries.closing import span_of
from kaeru.recoveries.costs import costs_of
from kaeru.recoveries.figures import figures, side_by_side, until_proof
from kaeru.recoveries.models import Figure
from kaeru.recoveries.monthly import Facts, Month, months
from kaeru.recoveries.report_rules import Finding, Material, Part, findings
from kaeru.recoveries.visit_forecasts import scores
from kaeru.scenarios import planner, proofs
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.models import Scenario
from kaeru.tenants.models import Shop
from kaeru.uplift.calibration import Score

MOST_PARTS = 6
AIM = 0.10
"""The effect for which it is said how long the proof takes."""


@dataclass(frozen=True, slots=True)
class Report:
    """One month of one shop. Money in minor units of `currency`."""

    shop: Shop
    month: Month
    before: Month | None
    """The month before, where it has any row."""
    minutes: int
    """Of one contact, as the shop says."""
    whole: Mapping[str, Any] | None
    """The answer over all customers whose 30 days are over, not only of this month: a month alone has too few."""
    parts: Sequence[Part]
    reasons: Sequence[tuple[str, int, int]]
    """Name, cancellations, value; the most frequent first."""
    scores: Mapping[str, Score]
    findings: Sequence[Finding]
    made_at: datetime

    @property
    def hours(self) -> float:
        """Hours of the staff that contacts would have taken."""
        return self.month.contacts * self.minutes / 60

    @property
    def is_proven(self) -> bool:
        """Whether an effect, good or bad, is proven for the shop as a whole."""
        return bool(self.whole and self.whole["verdict"] in ("proven", "harmful"))

    @property
    def is_empty(self) -> bool:
        """Whether nobody cancelled in the month."""
        return not self.month.cancellations


def report(shop: Shop, first_on: date, language: str) -> Report:
    """The report of the month that begins on this day. A constant number of queries, but for one for each scenario with a coupon."""
    earlier = (first_on - timedelta(days=1)).replace(day=1)
    found = {one.first_on: one for one in months(shop, span_of(shop, earlier)[0], span_of(shop, first_on)[1] - timedelta(seconds=1))}  # fmt: skip
    month = found.get(first_on) or Month(first_on, Facts(), None)
    rows = figures(shop.id)
    whole = next((row.answer for row in rows if row.key == "all"), None)
    named = _reasons(shop, language)
    parts = _parts(shop, rows, language)
    told = {one: month.facts.reasons.get(one, [0, 0]) for one in month.facts.reasons}
    before = found.get(earlier)
    past = before.facts.reasons if before else {}
    scored = scores(shop.id)
    outlook = until_proof(shop.id)
    months_left = next((one.months for one in outlook.proofs if abs(one.uplift - AIM) < 1e-9), None)
    stopped = stops.last([shop.id]).get(shop.id)
    material = Material(
        whole=whole,
        parts=parts,
        is_pulled_forward=side_by_side(shop.id).is_pulled_forward,
        stopped=stopped is not None and stopped.lifted_at is None,
        months_left=months_left,
        reasons=[(named[key], count, past.get(key, [0, 0])[0]) for key, (count, _) in told.items() if named.get(key)],
        waiting=month.facts.waiting,
        doubtful=[what for what, one in scored.items() if one.is_calibrated is False],
    )
    return Report(
        shop=shop,
        month=month,
        before=before,
        minutes=costs_of([shop.id])[shop.id].minutes_per_contact,
        whole=whole,
        parts=parts[:MOST_PARTS],
        reasons=sorted(
            ((named.get(key, ""), count, value) for key, (count, value) in told.items()), key=lambda one: -one[1]
        ),
        scores=scored,
        findings=findings(material),
        made_at=clock.now(),
    )  # fmt: skip


def _reasons(shop: Shop, language: str) -> dict[str, str]:
    return {str(row.id): wording.pick(row.labels, language) for row in Reason.objects.filter(shop=shop)}


def _parts(shop: Shop, rows: Sequence[Figure], language: str) -> list[Part]:
    answers = {row.scenario_id: row.answer for row in rows if row.scenario_id}
    return [
        Part(_name(one, language), answers[one.id], _saves(one)) for one in scenarios.of_shop(shop.id) if one.id in answers
    ]  # fmt: skip


def _name(one: Scenario, language: str) -> str:
    if one.reason and one.name in one.reason.labels.values():
        return wording.pick(one.reason.labels, language) or one.name
    return one.name


def _saves(scenario: Scenario) -> int:
    """What leaving its coupons out saves a month, by what is proven of the published version."""
    flow = scenario.revision.flow if scenario.revision and scenario.is_on else {}
    known = proofs.of(scenario) if planner.has_coupon(flow) else None
    return sum(one.saves for one in planner.worths(flow, known)) if known else 0
