"""成果 of a shop that sells: what came back because of us, with its interval; then the rest. An effect leads, a raw rate never does."""

from datetime import datetime, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from kaeru.cancellations.models import Reason
from kaeru.console import result_effects, result_extras, result_figures, result_months
from kaeru.console.doors import Visit, show
from kaeru.console.result_forms import CostsForm
from kaeru.console.result_tables import Table
from kaeru.console.standing import standing
from kaeru.core import wording
from kaeru.offers import stops
from kaeru.recoveries import figures
from kaeru.recoveries.costs import costs_of, has_said
from kaeru.recoveries.models import Figure
from kaeru.recoveries.monthly import months
from kaeru.tenants.models import Shop

HERE = "results"
BACK = timedelta(days=365)
ALL = "all"


def seller(request: HttpRequest, visit: Visit, shop: Shop, now: datetime) -> HttpResponse:
    """The shop, or the part of it that `?part=` names. A constant number of queries, however many customers there are."""
    return show(request, visit, "console/results_shop.html", HERE, found(visit, shop, now, part_of(request)))


def part_of(request: HttpRequest) -> str:
    """All | scenario:ID | reason:ID | channel:NAME"""
    return request.GET.get("part", "")[:40] or ALL


def found(visit: Visit, shop: Shop, now: datetime, part: str) -> dict[str, Any]:
    """Everything the page shows; tables are named as their files. Raises Http404 for a part that the shop does not have."""
    language, rows = visit.language, figures.figures(shop.id)
    one = next((row for row in rows if row.key == part), None)
    if one is None and part != ALL:
        raise Http404
    names = result_effects.scenario_names(rows)
    outlook = figures.until_proof(shop.id, scenario_id=one.scenario_id if one else None)
    answer = one.answer if one else None
    beside = (
        figures.side_by_side(shop.id, scenario_id=one.scenario_id, reason_id=one.reason_id, channel=one.channel)
        if one
        else figures.side_by_side(shop.id)
    )
    address = reverse("console:results") + f"?shop={shop.slug}"
    context: dict[str, Any] = {
        "shop": shop,
        "part": part,
        "is_whole": part == ALL,
        "name": result_figures.name_of(one, language, names.get(one.scenario_id or 0, "")) if one else "",
        "verdict": result_figures.verdict(answer, result_figures.needed(answer, outlook.a_month)),
        "headline": result_figures.headline(answer, language) if answer else (),
        "raw": result_figures.rates(answer) if answer else (),
        "windows": result_effects.windows(beside, language),
        "is_pulled": beside.is_pulled_forward,
        "proof": result_effects.waits(outlook),
        "outlook": {
            "rate": wording.share(outlook.rate),
            "is_own": outlook.is_own_rate,
            "a_month": f"{outlook.a_month:,.0f}",
        },
        "address": address,
        "query": f"?shop={shop.slug}&part={part}",
        "counted_until": one.counted_until if one else None,
        "may_audit": visit.may("see_people"),
    }
    return context | (_whole(visit, shop, now, rows, one, names) if part == ALL else {})


def _whole(
    visit: Visit, shop: Shop, now: datetime, rows: list[Figure], one: Figure | None, names: dict[int, str]
) -> dict[str, Any]:
    from kaeru.recoveries import sharing, visit_forecasts

    language, costs = visit.language, costs_of([shop.id])[shop.id]
    span = months(shop, now - BACK, now)
    labels = dict(Reason.objects.filter(shop=shop).values_list("id", "labels"))
    return {
        "parts": result_effects.parts(rows, names, language, reverse("console:results") + f"?shop={shop.slug}&"),
        "money": result_months.money(
            span, shop.currency, language, is_sure=result_figures.is_sure(one.answer if one else None)
        ),
        "reasons": result_months.reasons(span, labels, language),
        "saved": result_extras.saved(span, costs),
        "costs": CostsForm.of(costs),
        "is_said": has_said(shop.id),
        "may_state": visit.may("edit_shop"),
        "may_decide": visit.may("decide"),
        "shared": result_extras.shared(one, sharing.of_shop(shop.id), ALL),
        "farming": result_extras.farming(one.answer if one else None, stops.stopped([shop.id]).get(shop.id)),
        "forecasts": result_extras.forecasts(visit_forecasts.scores(shop.id)),
        "standing": standing(shop, now),
    }


def tables(context: dict[str, Any]) -> dict[str, Table]:
    """All tables of the page, by the name of their file."""
    drawn = (context.get(name) for name in ("windows", "parts", "money", "reasons"))
    plain = (context.get(name) for name in ("proof", "forecasts"))
    told = [*(one.table for one in drawn if one), *(one for one in plain if one)]
    return {one.name: one for one in told}
