"""成果 → クーポンの計画: what each coupon must bring and what is proven of it, where a month's budget brings most, how learning splits stand.

A plan stands on what is proven, the lowest end of the interval; by today's estimate only where the reader asks for it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.console import summary
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import shop_of
from kaeru.core.money import show as money
from kaeru.recoveries.figures import figures
from kaeru.scenarios import learning, planner, proofs
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.flow import walk
from kaeru.scenarios.kinds.split import LETTERS
from kaeru.scenarios.models import Scenario
from kaeru.scenarios.planner import Worth, percent
from kaeru.uplift.money import Allocation, Segment, allocate

LARGEST = 100_000_000
"""Minor units a month; beyond it a budget is a slip."""
PROVEN, ESTIMATE = "proven", "estimate"


class PlanForm(forms.Form):
    """A month's budget for coupons, and on what the plan stands."""

    budget = forms.IntegerField(
        label=lazy("Coupon budget of a month"),
        min_value=1,
        max_value=LARGEST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    basis = forms.ChoiceField(
        label=lazy("Plan by"),
        choices=[(PROVEN, lazy("what is proven")), (ESTIMATE, lazy("today's estimate, which may be wrong"))],
        widget=forms.RadioSelect,
        initial=PROVEN,
        required=False,
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """One coupon of one scenario, with what is known of it."""

    scenario: Scenario
    worth: Worth
    step: str
    uplift: float | None
    """Today's estimate."""

    @property
    def key(self) -> str:
        """For the plan."""
        return f"{self.scenario.id}/{self.worth.step_id}"

    def effect(self, basis: str) -> float | None:
        """The effect that is planned with; None where there is none to plan with."""
        if basis == ESTIMATE:
            return self.uplift
        return self.worth.known.low if self.worth.known.verdict == "proven" else None


@page("see")
def planner_page(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Every coupon of the shop's scenarios; with `?budget=` a plan of the month."""
    shop = shop_of(visit)
    every = list(scenarios.of_shop(shop.id))
    coupons = _coupons(shop.id, every)
    form = PlanForm(request.GET if "budget" in request.GET else None)
    plan = None
    if form.is_bound and form.is_valid():
        plan = _plan(coupons, form.cleaned_data["budget"], form.cleaned_data["basis"] or PROVEN, shop.currency, visit)
    context: dict[str, Any] = {
        "shop": shop,
        "slug": f"?shop={shop.slug}" if len(visit.shops) > 1 else "",
        "coupons": [_shown(one, shop.currency, visit.language) for one in coupons],
        "lessons": _lessons(every, shop.currency, visit.language),
        "form": form,
        "plan": plan,
    }
    return show(request, visit, "console/coupon_planner.html", "results", context, status=422 if form.errors else 200)


def _flow(scenario: Scenario) -> Mapping[str, Any]:
    """What is published, else the draft."""
    flow: Mapping[str, Any] = scenario.revision.flow if scenario.revision else scenario.draft
    return flow


def _coupons(shop_id: int, every: Sequence[Scenario]) -> list[Planned]:
    """In the shop's order of scenarios. A few queries for each scenario with a coupon."""
    estimates = {row.scenario_id: row.answer.get("uplift") for row in figures(shop_id) if row.scenario_id}
    found = []
    for scenario in every:
        flow = _flow(scenario)
        known = proofs.of(scenario) if planner.has_coupon(flow) else None
        steps = {str(place.step.get("id", "")): place.step for place in walk(flow.get("steps"))}
        for worth in planner.worths(flow, known) if known else ():
            step = steps.get(worth.step_id, {})
            found.append(Planned(scenario, worth, summary.says(step, scenario.shop), estimates.get(scenario.id)))
    return found


def _shown(one: Planned, currency: str, language: str) -> dict[str, Any]:
    worth, known, coupon = one.worth, one.worth.known, one.worth.coupon
    low, high = known.low, known.high
    monthly = max(0, known.monthly)

    def yen(amount: float) -> str:
        return money(round(amount), currency, language)

    effect = low if known.verdict == "proven" and low is not None else None
    badge, tone = _verdict(one)
    treated = 0.0 if one.uplift is None else one.uplift
    return {
        "scenario": one.scenario,
        "name": summary.name_of(one.scenario),
        "step": one.step,
        "badge": badge,
        "tone": tone,
        "words": worth.words(currency),
        "break_even": "–" if worth.is_out_of_reach else _("+%(points)s of 100") % {"points": percent(worth.break_even)},
        "low": "–" if low is None else f"{low * 100:+.1f}",
        "between": "" if low is None or high is None else f"{low * 100:+.1f} – {high * 100:+.1f}",
        "net": "–" if effect is None else yen(coupon.net(effect)),
        "estimate": "–" if one.uplift is None else yen(coupon.net(one.uplift)),
        "monthly": monthly,
        "costs": yen(min(1.0, max(0.0, coupon.p0 + treated)) * coupon.coupon * monthly),
        "each": yen(coupon.coupon),
        "saves": yen(worth.saves) if worth.saves else "",
        "is_measured": known.is_measured,
    }  # fmt: skip


def _verdict(one: Planned) -> tuple[str, str]:
    if one.worth.saves:
        return _("does not pay"), "bad"
    if one.worth.known.verdict == "proven":
        return _("pays, proven"), "good"
    return (_("not proven"), "clock") if one.worth.known.is_measured else (_("not measured yet"), "")


def _plan(coupons: Sequence[Planned], budget: int, basis: str, currency: str, visit: Visit) -> dict[str, Any]:
    """Which coupon gets how much: by gain for each coupon yen, only where there is a gain."""
    named = {one.key: one for one in coupons}
    segments = []
    for one in coupons:
        effect = one.effect(basis)
        if effect is not None and one.worth.known.monthly > 0 and not one.worth.is_out_of_reach:
            segments.append(Segment(one.key, one.worth.known.monthly, effect, one.worth.coupon))
    found: Allocation = allocate(segments, budget)

    def yen(amount: float) -> str:
        return money(round(amount), currency, visit.language)

    rows = []
    for segment in segments:
        units = found.units.get(segment.key, 0)
        one = named[segment.key]
        rows.append(
            {
                "name": summary.name_of(one.scenario), "step": one.step, "units": units, "of": segment.units,
                "spend": yen(units * segment.spend), "gain": yen(units * segment.gain),
                "rate": f"{segment.gain / segment.spend:+.2f}" if segment.spend > 0 else "–",
                "order": -(segment.gain / segment.spend) if segment.spend > 0 else 0.0, "pays": segment.gain > 0,
            }
        )  # fmt: skip
    left = [summary.name_of(one.scenario) for one in coupons if one.key not in {row.key for row in segments}]
    return {
        "rows": sorted(rows, key=lambda row: (not row["pays"], row["order"])),
        "gain": yen(found.gain),
        "spend": yen(found.spend),
        "rest": yen(budget - found.spend),
        "left_out": list(dict.fromkeys(left)),
        "is_estimate": basis == ESTIMATE,
    }


def _lessons(every: Sequence[Scenario], currency: str, language: str) -> list[dict[str, Any]]:
    """The standing of each split that learns: which way gets how much, and why."""
    found = []
    for scenario in every:
        places = [place for place in walk(_flow(scenario).get("steps")) if place.step.get("mode") == "learn"]
        known = learning.lessons(scenario) if places else {}
        for place in places:
            lesson = known.get(str(place.step.get("id")))
            if lesson is None:
                continue
            told = lesson.told or [{} for _weight in lesson.weights]
            ways = [
                {
                    "way": LETTERS[at].upper(), "share": round(weight * 100), "units": one.get("units", 0), "back": one.get("back", 0),
                    "net": money(one["net"], currency, language) if "net" in one else "–",
                }
                for at, (weight, one) in enumerate(zip(lesson.weights, told, strict=False))
            ]  # fmt: skip
            found.append(
                {"scenario": scenario, "name": summary.name_of(scenario), "ways": ways, "at": lesson.learned_at}
            )
    return found
