"""モールの現在地: how far each line of the mall is, what follows behind it, and how it is counted."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _

from kaeru.console import forecast_part
from kaeru.console import mall_words as words
from kaeru.console.desk_what_if import chance
from kaeru.console.doors import Visit, page, show
from kaeru.console.mall_forms import MallForm, ReadingForm, SeenForm
from kaeru.console.settings import back_to, shop_of
from kaeru.core import wording
from kaeru.marketplaces import actions
from kaeru.marketplaces import standing as reads
from kaeru.marketplaces.actions import Seen
from kaeru.marketplaces.forecast import queries as forecasts
from kaeru.marketplaces.forecast.queries import Heading
from kaeru.marketplaces.models import Judgement, MallTerms
from kaeru.marketplaces.programme import Programme, load
from kaeru.marketplaces.standing import Answer

HERE = "standing"


def tabs(visit: Visit, here: str) -> list[dict[str, Any]]:
    """The pages of the place: the standing, late parcels, causes."""
    slug = f"?shop={visit.shop.slug}" if visit.shop and len(visit.shops) > 1 else ""
    known = (("standing", _("Standing")), ("late", _("Late parcels")), ("findings", _("Causes")))
    found = []
    for name, label in known:
        with suppress(NoReverseMatch):
            found.append({"label": label, "href": reverse(f"console:{name}") + slug, "is_here": name == here})
    return found


@page("see")
def standing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Where the shop stands now; whoever did not ask for one of several shops sees the first that is on a mall."""
    terms = MallTerms.objects.filter(shop=shop_of(visit)).first()
    if terms is None and "shop" not in request.GET:
        slug = reads.first_on_a_mall(visit.shops)
        if slug:
            asked = request.GET.copy()
            asked["shop"] = slug
            return redirect(f"{reverse('console:standing')}?{asked.urlencode()}")
    return _drawn(request, visit, terms)


@page("edit_shop", "POST")
def join(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Put the shop on a mall, or on another one."""
    form = MallForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    actions.join(shop_of(visit), form.cleaned_data["programme"], actor=visit.actor)
    messages.success(request, _("Saved. The orders are being counted."))
    return back_to("standing", visit)


@page("edit_shop", "POST")
def read(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Choose how the mall's rule is read."""
    terms = MallTerms.objects.filter(shop=shop_of(visit)).first()
    if terms is None:
        return back_to("standing", visit)
    form = ReadingForm(load(terms.programme), request.POST)
    if not form.is_valid():
        return _drawn(request, visit, terms, reading_form=form)
    services = terms.reading.get("services")
    said = {**form.reading(), **({"services": services} if services is not None else {})}
    actions.join(shop_of(visit), terms.programme, actor=visit.actor, reading=said)
    messages.success(request, _("Saved."))
    return back_to("standing", visit)


@page("edit_shop", "POST")
def note(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Keep what the mall's own screens show."""
    terms = MallTerms.objects.filter(shop=shop_of(visit)).first()
    form = SeenForm(request.POST)
    if terms is None:
        return back_to("standing", visit)
    if not form.is_valid():
        return _drawn(request, visit, terms, seen_form=form)
    actions.note(terms, Seen(**form.cleaned_data), actor=visit.actor)
    messages.success(request, _("Saved."))
    return back_to("standing", visit)


@page("edit_shop", "POST")
def leave(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The shop is on no mall any more."""
    actions.leave(shop_of(visit), actor=visit.actor)
    messages.success(request, _("The shop is on no mall any more. Past judgements are kept."))
    return back_to("standing", visit)


def _drawn(
    request: HttpRequest, visit: Visit, terms: MallTerms | None, *, reading_form: ReadingForm | None = None, seen_form: SeenForm | None = None
) -> HttpResponse:  # fmt: skip
    context: dict[str, Any] = {
        "tabs": tabs(visit, "standing"),
        "terms": terms,
        "mall_form": MallForm(),
        "may_edit": visit.may("edit_shop"),
    }
    if terms is not None:
        rules, told = load(terms.programme), reads.answer(terms)
        context |= _standing(rules, told, visit.language)
        heading = forecasts.outlook(shop_of(visit)) if told.waiting == 0 else None
        context |= _ahead(rules, heading, visit.language)
        context |= forecast_part.part(shop_of(visit), heading, visit.language)
        context |= {
            "reading_form": reading_form or ReadingForm.of(rules, told.standing.reading, told.name),
            "seen_form": seen_form or SeenForm(initial={name: getattr(terms, name) for name in SeenForm.base_fields}),
            "history": [_past(rules, row, visit.language) for row in reads.judgements(shop_of(visit))],
            "mall_form": MallForm(initial={"programme": terms.programme}),
        }
    is_wrong = bool((reading_form and reading_form.errors) or (seen_form and seen_form.errors))
    return show(request, visit, "console/mall_standing.html", HERE, context, status=422 if is_wrong else 200)


def _standing(rules: Programme, told: Answer, language: str) -> dict[str, Any]:
    standing = told.standing
    sentence, tone = words.lead(rules, standing, language)
    running = [words.shown(rules, verdict, language) for verdict in standing.running]
    return {
        "mall": wording.pick(rules.title, language),
        "sale": wording.pick(rules.sale, language) if rules.sale else "",
        "lead": sentence,
        "tone": tone,
        "running": running,
        "judged": [words.shown(rules, verdict, language) for verdict in standing.judged if verdict.is_applied],
        "stage_now": words.stage(rules, standing.worst, language) if standing.worst else "",
        "has_orders": any(one.verdict.count.orders for one in running) or any(v.count.orders for v in standing.judged),
        "how": words.how(standing.reading),
        "ways": _ways(rules, told, language),
        "unknown": [wording.pick(text, language) for text in rules.unknown],
        "sources": words.sources(rules, language),
        "waiting": told.waiting,
    }


def _ways(rules: Programme, told: Answer, language: str) -> list[dict[str, Any]]:
    """What each reading gives of the period that is running: the shop's own first, the mall's usual one marked."""
    named = {one.name: one for one in rules.readings}
    rows = [(told.name, told.standing), *told.others.items()]
    return [
        {
            "title": wording.pick(named[name].title, language) if name else _("A way of your own"),
            "is_own": place == 0,
            "is_usual": name == rules.readings[0].name,
            "is_unsourced": bool(name) and not named[name].sources,
            "figures": [
                {
                    "title": wording.pick(verdict.rule.title, language),
                    "rate": words.figure(verdict),
                    "of": words.of(rules, verdict),
                    "is_over": verdict.line is not None,
                }
                for verdict in standing.running
                if verdict.rule.counted != "not_counted" and not verdict.rule.in_a_row
            ],
            "stage": words.stage(rules, standing.heading, language) if standing.heading else "",
        }
        for place, (name, standing) in enumerate(rows)
    ]  # fmt: skip


def _ahead(rules: Programme, heading: Heading | None, language: str) -> dict[str, Any]:
    """The chances of each line at the end of what is running, by rule and stage."""
    if heading is None:
        return {}
    rows = [
        {
            "rule": wording.pick(one.rule.title, language),
            "stage": words.stage(rules, one.line, language),
            "limit": words.limit(one.line),
            "judged_on": one.judged_on,
            "chance": chance(one.probability),
            "is_crossed": one.is_crossed,
            "may_lose": one.may_lose,
            "orders": one.orders_at_least,
            "is_thin": one.is_thin,
        }
        for one in heading.lines
    ]
    return {"ahead": rows, "is_thin": any(row["is_thin"] for row in rows)}


def _past(rules: Programme, row: Judgement, language: str) -> dict[str, Any]:
    titles = {rule.code: rule.title for rule in rules.rules}
    known = rules.stages.get(row.stage)
    return {
        "row": row,
        "title": wording.pick(titles.get(row.rule, row.rule), language),
        "stage": wording.pick(known.title, language) if known else row.stage,
        "rate": wording.share(row.counted / row.orders if row.orders else None),
        "is_count": row.orders > 0,
    }
