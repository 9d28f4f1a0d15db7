"""欠品: an item that the shop cannot deliver. Choose it, see everybody who is affected, read the letter, then tell them all at once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from kaeru.calls import choices
from kaeru.cancellations import letters, shortages
from kaeru.cancellations.desk.rules import answer_owed
from kaeru.cancellations.models import CancellationRequest
from kaeru.cancellations.shortages import Affected, Plan, Substitute
from kaeru.console import desk_words, phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import shop_of
from kaeru.console.sheets import sheet
from kaeru.core import clock
from kaeru.messages.errors import TemplateBroken, TextsRefused
from kaeru.tenants import queries as tenants
from kaeru.tenants.models import Shop

USUAL_HOURS = 16
"""Opening hours that the buyers have to answer, unless the shop says otherwise: two days."""
FURTHEST = timedelta(days=30)
MOST_SHOWN = 100


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What is missing now, and how far each is; items of open orders to choose from."""
    shop = shop_of(visit)
    part = sheet(shortages.listed(visit.shop_ids), request.GET.get("page"))
    known = shortages.progress(part.rows)
    search = request.GET.get("q", "").strip()[:100]
    context = {
        "rows": [{"it": one, "cause": phrases.said(desk_words.CAUSE, one.cause), "progress": known[one.id]} for one in part.rows],
        "sheet": part,
        "search": search,
        "items": shortages.items(shop.id, search)[:50] if visit.may("decide") else [],
        "can_decide": visit.may("decide"),
        "shop": shop,
    }  # fmt: skip
    return show(request, visit, "console/shortages.html", "desk", context)


@page("see")
def detail(request: HttpRequest, visit: Visit, shortage_id: int) -> HttpResponse:
    """How far one shortage is, order by order."""
    one = shortages.one(shortage_id)
    if one is None:
        raise Http404
    rows = shortages.requests_of(one)
    context = {
        "it": one,
        "cause": phrases.said(desk_words.CAUSE, one.cause),
        "progress": shortages.progress([one])[one.id],
        "rows": [_row(visit, wish) for wish in rows[:MOST_SHOWN]],
        "more": max(0, len(rows) - MOST_SHOWN),
        "is_over": one.state == "closed",
    }
    return show(request, visit, "console/shortage.html", "desk", context)


def _row(visit: Visit, wish: CancellationRequest) -> dict[str, Any]:
    repair = max(wish.repairs.all(), key=lambda one: one.id, default=None)
    state, tone = _("waits for an answer"), "clock"
    if wish.state == "kept":
        state, tone = _("took a substitute") if repair is not None and repair.state == "done" else _("kept"), "good"
    elif wish.state in ("requested", "cancelled"):
        state, tone = _("taken out, the shop's fault"), ""
    elif repair is not None and repair.state in ("asked", "by_hand"):
        state, tone = _("took a substitute: being changed"), "good"
    return {
        "id": wish.id,
        "name": visit.person(wish.customer.name if wish.customer else ""),
        "number": wish.order.number if wish.order else "",
        "value": wish.value,
        "currency": wish.currency,
        "state": state,
        "tone": tone,
    }


def _plan(form: Mapping[str, Any], ticked: list[str], shop: Shop, sku: str) -> tuple[Plan, list[str]]:
    """What was chosen, and what is still to be mended."""
    problems = []
    cause = str(form.get("cause", "out_of_stock"))
    cause = cause if cause in shortages.CAUSES else "out_of_stock"
    offered = [
        Substitute(f"{one.title} {one.variant}".strip(), one.unit_price, one.variant_id, one.sku)
        for one in shortages.suggestions(shop, sku)
        if one.variant_id in ticked
    ]
    title, price = str(form.get("free_title", "")).strip()[:200], str(form.get("free_price", "")).strip()
    if title:
        if price.isascii() and price.isdigit() and len(price) < 10:
            offered.append(Substitute(title, int(price), str(form.get("free_variant", "")).strip()[:100]))
        else:
            problems.append(_("Please write the price of the other item in whole units."))
    usual = answer_owed(clock.now(), tenants.calendars([shop.id])[shop.id], USUAL_HOURS)
    written = str(form.get("answer_by", "")).strip()
    until = choices.typed(written, shop.timezone) if written else usual
    if until is None or not clock.now() < until <= clock.now() + FURTHEST:
        problems.append(_("Please choose a time to answer by, within the next 30 days."))
        until = usual
    words = {language: str(form.get(f"words_{language}", "")).strip()[:1000] for language in ("ja", "en")}
    return Plan(sku, cause, until, offered, {k: v for k, v in words.items() if v}), problems


@page("decide", "GET", "POST")
def new(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Choose cause and substitutes, see who is affected, read the letter; `do=start` tells everybody."""
    shop = shop_of(visit)
    form = request.POST if request.method == "POST" else {}
    sku = str(form.get("sku", request.GET.get("sku", "")))[:100]
    rows = shortages.affected(shop.id, sku) if sku else []
    if not rows:
        messages.warning(request, _("No open order has this item."))
        return redirect("console:shortages")
    ticked = request.POST.getlist("variant") if request.method == "POST" else [
        one.variant_id for one in shortages.suggestions(shop, sku)[:3]
    ]  # fmt: skip
    plan, problems = _plan(form, ticked, shop, sku)
    title = f"{rows[0].lines[0].title} {rows[0].lines[0].variant}".strip()
    edited = _edited(form, plan, title, shop)
    texts = shortages.texts(plan, title, shop, edited)
    for language, text in texts.items():
        problems += letters.problems(text, language)
    if form.get("do") == "start" and not problems:
        try:
            made = shortages.start(shop, plan, actor=visit.actor, edited=edited)
        except TextsRefused as refused:
            problems = [one.message for one in refused.problems]
        except shortages.NoOrders:
            messages.warning(request, _("No open order has this item."))
            return redirect("console:shortages")
        else:
            messages.success(request, _("All buyers are being told. What they choose appears here."))
            return redirect("console:shortage", shortage_id=made.id)
    context = _context(visit, shop, plan, rows, title, texts, ticked)
    return show(
        request, visit, "console/new_shortage.html", "desk", {**context, "problems": problems, "typed": form},
        status=422 if problems and form.get("do") == "start" else 200,
    )  # fmt: skip


def _edited(form: Mapping[str, Any], plan: Plan, title: str, shop: Shop) -> dict[str, dict[str, str]]:
    """The languages whose letter was written anew."""
    found = {}
    for language in ("ja", "en"):
        body = str(form.get(f"body_{language}", "")).replace("\r\n", "\n").strip()
        if body and body != str(form.get(f"composed_{language}", "")).replace("\r\n", "\n").strip():
            subject = str(form.get(f"subject_{language}", "")).strip()
            found[language] = {
                "subject": subject or shortages.letter(plan, title, shop, language)["subject"],
                "body": body,
            }
    return found


def _context(
    visit: Visit, shop: Shop, plan: Plan, rows: list[Affected], title: str, texts: Mapping[str, Any], ticked: list[str]
) -> dict[str, Any]:
    counts = {fate: sum(1 for one in rows if one.fate == fate) for fate in ("letter", "nobody", "busy")}
    return {
        "shop": shop,
        "plan": plan,
        "title": title,
        "answer_by": choices.for_field(plan.answer_by, shop.timezone),
        "earliest": choices.for_field(clock.now(), shop.timezone),
        "latest": choices.for_field(_furthest(), shop.timezone),
        "causes": [(name, phrases.said(desk_words.CAUSE, name)) for name in shortages.CAUSES],
        "suggestions": shortages.suggestions(shop, plan.sku),
        "ticked": ticked,
        "rows": [
            {
                "name": visit.person(one.order.customer.name if one.order.customer else ""),
                "number": one.order.number,
                "quantity": one.quantity,
                "value": one.amount,
                "currency": one.order.currency,
                "fate": fates()[one.fate],
                "tone": {"letter": "good", "nobody": "clock", "busy": ""}[one.fate],
                "is_whole": one.is_whole,
            }
            for one in rows[:MOST_SHOWN]
        ],
        "more": max(0, len(rows) - MOST_SHOWN),
        "orders": len(rows),
        "counts": counts,
        "amount": sum(one.amount for one in rows if one.fate != "busy"),
        "letters": [
            {
                "language": language,
                "subject": text["subject"],
                "body": text["body"],
                "composed": shortages.letter(plan, title, shop, language)["body"],
            }
            for language, text in texts.items()
        ],
        "can_read": visit.may("see_people"),
        "sample": _sample(shop, rows, texts),
    }


def _sample(shop: Shop, rows: list[Affected], texts: Mapping[str, Any]) -> dict[str, str] | None:
    """The letter as the first buyer will read it; None when nobody gets one, or it cannot be put together yet."""
    first = next((one for one in rows if one.fate == "letter"), None)
    if first is None:
        return None
    wish = CancellationRequest(
        organization_id=shop.organization_id, shop=shop, order=first.order, customer=first.order.customer
    )
    language = letters.language_of(wish)
    try:
        worded = letters.preview(wish, texts[language])
    except TemplateBroken:
        return None
    return {"language": language, "subject": worded.subject, "body": worded.text}


def fates() -> dict[str, str]:
    """What will happen to an order, in words."""
    return {
        "letter": _("is told first"),
        "nobody": _("cannot be written to: comes onto the desk"),
        "busy": _("asks to cancel already: stays as it is"),
    }


def _furthest() -> datetime:
    return clock.now() + FURTHEST
