"""気づき: what caused the cancellations of four weeks, with what it cost, how sure that is, and the repair proposed."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.console import phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.mall_standing import HERE, tabs
from kaeru.console.phrases import Words
from kaeru.core import wording
from kaeru.marketplaces.dispatch import book
from kaeru.marketplaces.findings import actions, counting, option_notice, queries
from kaeru.marketplaces.findings.models import Finding
from kaeru.marketplaces.findings.queries import Card
from kaeru.marketplaces.findings.rules import WINDOW_DAYS

MOST_SHOWN = 8
"""Those that matter most; the others are one tap further."""
KIND: Words = {
    "product": lazy("Item"),
    "page": lazy("Page"),
    "promise": lazy("Promise"),
    "stock": lazy("Stock record"),
}
TREND: Words = {
    "up": lazy("more than in the four weeks before"),
    "down": lazy("less than in the four weeks before"),
    "same": lazy("as in the four weeks before, as far as the numbers tell"),
    "new": lazy("nothing to compare with in the four weeks before"),
}
FIX: Words = {
    "option_notice": lazy("Let the buyer confirm before the purchase: add the option notice below to the page."),
    "page_words": lazy("Say on the page, at the top, what the buyers got wrong: size, colour, contents, days until delivery."),
    "stock_sync": lazy("Keep the stock of all shops in step: tell it each day by file or API, and keep one piece back."),
    "price_check": lazy("Compare the price of this item before each sale; tell its cost, so that Kaeru can."),
    "earlier_date": lazy("Plan an earlier dispatch, or say the true day on the page before the purchase."),
    "shipping_line": lazy("Say the delivery fee, and what is missing for free delivery, on the page and in the cart."),
    "address_hint": lazy("Ask for the address once more before the purchase; changes are taken on the cancel page without cancelling."),
    "ask": lazy("The reasons differ. Ask the next buyers who cancel it, and look at the page together."),
}  # fmt: skip
PROMISE: Words = {
    "0-1": lazy("Dispatch on the same or the next day"),
    "2-3": lazy("Dispatch within 2 to 3 days"),
    "4-7": lazy("Dispatch within 4 to 7 days"),
    "8+": lazy("Dispatch after 8 days or more"),
}


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The newest week, or the one that is asked for."""
    weeks = queries.weeks(visit.shop_ids)
    week_on = next((one for one in weeks if one.isoformat() == request.GET.get("week")), weeks[0] if weeks else None)
    cards = queries.of_week(visit.shop_ids, week_on) if week_on else []
    labels = _labels(visit, cards)
    shown = [_card(visit, one, labels) for one in cards]
    context: dict[str, Any] = {
        "tabs": tabs(visit, "findings"),
        "weeks": [{"day": one, "is_here": one == week_on} for one in weeks],
        "first": week_on - timedelta(days=WINDOW_DAYS) if week_on else None,
        "last": week_on - timedelta(days=1) if week_on else None,
        "open": [one for one in shown if not one["answer"]][:MOST_SHOWN],
        "more": [one for one in shown if not one["answer"]][MOST_SHOWN:],
        "answered": [one for one in shown if one["answer"]],
        "cost": sum(one.it.cost for one in cards if one.it.kind in ("product", "stock")),
        "currency": visit.shop.currency if visit.shop else "JPY",
        "can_decide": visit.may("decide"),
    }
    return show(request, visit, "console/mall_findings.html", HERE, context)


@page("decide", "POST")
def answer(request: HttpRequest, visit: Visit, finding_id: int) -> HttpResponse:
    """`do`: done | dismissed | again."""
    row = Finding.objects.filter(id=finding_id).first()
    if row is None:
        return HttpResponse(status=404)
    match request.POST.get("do"):
        case "done":
            actions.answer(finding_id, "done", actor=visit.actor)
            messages.success(request, _("Noted. The coming weeks show whether it helped."))
        case "dismissed":
            actions.answer(finding_id, "dismissed", actor=visit.actor)
            messages.success(request, _("It is put aside for eight weeks."))
        case "again":
            actions.answer(finding_id, "", actor=visit.actor)
        case _:
            return HttpResponse(status=400)
    return redirect(f"{reverse('console:findings')}?{urlencode({'week': row.week_on.isoformat()})}")


def _labels(visit: Visit, cards: list[Card]) -> dict[tuple[int, str], str]:
    """The reasons' names by shop and code; one query for each shop."""
    found = {}
    for shop in {card.it.shop_id: card.it.shop for card in cards}.values():
        codes = [card.it.reason for card in cards if card.it.shop_id == shop.id and card.it.reason]
        for code, label in counting.reason_labels(shop, codes, visit.language).items():
            found[shop.id, code] = label
    return found


def _card(visit: Visit, card: Card, labels: dict[tuple[int, str], str]) -> dict[str, Any]:
    row, language = card.it, visit.language
    mall = book.mall(row.programme)
    percent = [
        round(100 * one, 1) for one in (card.share.low, card.share.high, card.share.rate or 0.0, card.rest.rate or 0.0)
    ]
    widest = max(10.0, *percent) * 1.1
    low, high, rate, rest = (round(100 * one / widest, 1) for one in percent)
    return {
        "it": row,
        "kind": phrases.said(KIND, row.kind),
        "title": phrases.said(PROMISE, row.subject) if row.kind == "promise" else row.title or row.subject,
        "code": "" if row.kind == "promise" else row.subject,
        "mall": mall.name if mall else "",
        "shop": row.shop.name if len(visit.shops) > 1 else "",
        "rate": wording.share(card.share.rate),
        "interval": f"{wording.share(card.share.low)} – {wording.share(card.share.high)}",
        "rest": wording.share(card.rest.rate),
        "is_small": card.is_small,
        "is_proven": card.is_proven,
        "trend": phrases.said(TREND, card.trend),
        "trend_tone": {"up": "bad", "down": "good"}.get(card.trend, ""),
        "reason": labels.get((row.shop_id, row.reason), row.reason),
        "fix": phrases.said(FIX, row.fix),
        "notice": option_notice.text(row.reason, language) if row.fix == "option_notice" else None,
        "answer": row.answer,
        "bar": {"low": low, "width": round(high - low, 1), "rate": rate, "rest": rest},
    }  # fmt: skip
