"""成果 → 月次レポート: one page a month to read, to print and to send on; the same as a PDF; and who gets it by mail."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.console import plots
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import back_to, shop_of
from kaeru.recoveries import report_words as words
from kaeru.recoveries.closing import last_closed, read_month
from kaeru.recoveries.models import MonthFact
from kaeru.recoveries.report import Report, report
from kaeru.recoveries.report_pdf import pdf
from kaeru.recoveries.reporting import set_wish, wants
from kaeru.tenants.models import Role, Shop

MOST_MONTHS = 13
TONES = {"proven": "good", "harmful": "bad", "blocked": "clock"}


@page("see")
def last(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The last month that is over."""
    shop = shop_of(visit)
    return _page(request, visit, shop, last_closed(shop))


@page("see")
def month(request: HttpRequest, visit: Visit, month: str) -> HttpResponse:
    """One month that is over."""
    shop = shop_of(visit)
    return _page(request, visit, shop, _asked(shop, month))


@page("see")
def file(request: HttpRequest, visit: Visit, month: str) -> HttpResponse:
    """The same as a PDF."""
    shop = shop_of(visit)
    first_on = _asked(shop, month)
    response = HttpResponse(pdf(report(shop, first_on, visit.language), visit.language), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="kaeru-{shop.slug}-{first_on:%Y-%m}.pdf"'
    return response


@page("see", "GET", "POST")
def terms(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Whether this owner gets the report by mail."""
    shop = shop_of(visit)
    is_owner = visit.member.role == Role.OWNER
    if request.method == "POST":
        if not is_owner:
            return HttpResponse(status=403)
        set_wish(shop, visit.member, is_on=request.POST.get("mail") == "on", actor=visit.actor)
        messages.success(request, _("Saved."))
        return back_to("report_terms", visit)
    context = {"shop": shop, "is_owner": is_owner, "is_on": wants(shop, visit.member)}
    return show(request, visit, "console/report_terms.html", "settings", context)


def _asked(shop: Shop, text: str) -> date:
    """The month of the address; 404 for what is none, or not over."""
    try:
        first_on = read_month(text)
    except ValueError:
        raise Http404 from None
    if not date(2000, 1, 1) <= first_on <= last_closed(shop):
        raise Http404
    return first_on


def _page(request: HttpRequest, visit: Visit, shop: Shop, first_on: date) -> HttpResponse:
    told, language = report(shop, first_on, visit.language), visit.language
    slug = f"?shop={shop.slug}" if len(visit.shops) > 1 else ""
    bars = words.bars(told, language)
    context: dict[str, Any] = {
        "shop": shop,
        "told": told,
        "title": f"{words.label('title', language)} {words.month(first_on, language)}",
        "headline": words.headline(told, language),
        "tone": TONES.get(told.whole["verdict"], "") if told.whole else "",
        "how_much": words.how_much(told, language),
        "money_line": words.per_cancellation(told, language),
        "rows": words.rows(told, language),
        "bars": bars,
        "plots": _plots(told, language) if bars else (),
        "findings": [words.finding(one, shop.currency, language) for one in told.findings],
        "forecasts": [words.forecast(what, one, language) for what, one in told.scores.items()],
        "label": {name: words.label(name, language) for name in words.LABELS},
        "months": [
            (words.month(one, language), reverse("console:report", args=[f"{one:%Y-%m}"]) + slug, one == first_on)
            for one in _months(shop)
        ],
        "pdf": reverse("console:report_pdf", args=[f"{first_on:%Y-%m}"]) + slug,
        "slug": slug,
    }
    return show(request, visit, "console/report.html", "results", context)


def _plots(told: Report, language: str) -> tuple[Any, ...]:
    """The effects twice, for wide and narrow screens."""
    rows = [
        plots.Range(bar.label, bar.value, bar.low, bar.high, bar.said, TONES.get(bar.verdict, "soft"))
        for bar in words.bars(told, language)
    ]
    title = words.headline(told, language)
    return tuple(
        plots.ranges(title, rows, lambda share: f"{share * 100:+.0f}" if share else "0", width)
        for width in (plots.WIDE, plots.NARROW)
    )


def _months(shop: Shop) -> list[date]:
    """The months that can be chosen, the newest first: the last one, and those of which there is anything."""
    last_one = last_closed(shop)
    kept = MonthFact.objects.filter(shop=shop, first_on__lte=last_one).order_by("-first_on")
    found = list(kept.values_list("first_on", flat=True)[:MOST_MONTHS])
    return found if last_one in found else [last_one, *found][:MOST_MONTHS]
