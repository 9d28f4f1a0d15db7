"""点検: prices and stock that cannot be right, and the list of stock that is compared."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.connectors.files.errors import FileRefused
from kaeru.console import phrases
from kaeru.console.doors import Visit, page, show
from kaeru.console.mall_standing import HERE, tabs
from kaeru.console.phrases import Words
from kaeru.console.settings import back_to, shop_of
from kaeru.console.sheets import sheet
from kaeru.marketplaces.checks import actions, notes, queries
from kaeru.marketplaces.checks.importing import StockImport, import_stock
from kaeru.marketplaces.checks.models import Discrepancy

LARGEST = 20 * 1024 * 1024
KIND: Words = {"price": lazy("Price"), "stock": lazy("Stock")}
ADVICE: Words = {
    "below_cost": lazy("Correct the price on the page, or the cost here. Tell the buyers before you change anything of their orders."),
    "digit_missing": lazy("Correct the price on the page now. Tell the buyers who ordered at it before you cancel anything."),
    "digit_too_many": lazy("Correct the price on the page: nobody buys at it, and whoever does will cancel."),
    "far_below": lazy("Is it a sale? Then say so here. Else correct the price on the page now."),
    "far_above": lazy("Has the price really gone up? Then say so here. Else correct it on the page."),
    "oversold": lazy("Count the shelf, take the item off sale, and offer the buyers a substitute before they have to ask."),
    "shows_more": lazy("Lower the stock that this shop shows, or let one system keep both in step."),
}  # fmt: skip
"""What to do, by why."""


@page("see")
def listing(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What cannot be right in any shop, the newest first."""
    return _drawn(request, visit)


@page("decide", "POST")
def settle(request: HttpRequest, visit: Visit, discrepancy_id: int) -> HttpResponse:
    """A person has seen to it."""
    if not Discrepancy.objects.filter(id=discrepancy_id).exists():
        return HttpResponse(status=404)
    if actions.settle(discrepancy_id, actor=visit.actor):
        messages.success(request, _("Noted. The same figures are not shown again for two weeks."))
    return redirect("console:checks")


@page("decide", "POST")
def upload(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A list of stock."""
    shop = shop_of(visit)
    told = request.FILES.get("file")
    if not isinstance(told, UploadedFile) or not told.size or told.size > LARGEST:
        return _drawn(request, visit, problem=_("Please choose a file of at most 20 MB."))
    try:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "stock"
            with path.open("wb") as out:
                for chunk in told.chunks():
                    out.write(chunk)
            report = import_stock(shop, path, actor=visit.actor)
    except FileRefused as refused:
        return _drawn(request, visit, problem=_("The file was not taken: %(why)s") % {"why": refused.message})
    messages.success(request, _said(report))
    return back_to("checks", visit)


def _said(report: StockImport) -> str:
    told = _("%(kept)d items taken over, %(found)d of them cannot be right.") % {
        "kept": report.kept,
        "found": report.discrepancies,
    }
    if report.rejected:
        lines = ", ".join(str(one.line) for one in report.rejections[:5])
        told += " " + _("%(n)d rows could not be read (lines %(lines)s).") % {"n": report.rejected, "lines": lines}
    return told


def _drawn(request: HttpRequest, visit: Visit, problem: str = "") -> HttpResponse:
    part = sheet(queries.open_ones(visit.shop_ids), request.GET.get("page"))
    known = queries.stock(visit.shop.id) if visit.shop else None
    context: dict[str, Any] = {
        "tabs": tabs(visit, "late"),
        "rows": [_row(visit, one) for one in part.rows],
        "sheet": part,
        "problem": problem,
        "can_decide": visit.may("decide"),
        "stock": list(known[:20]) if known is not None else [],
        "items": known.count() if known is not None else 0,
        "shop": visit.shop,
    }
    return show(request, visit, "console/mall_checks.html", HERE, context, status=422 if problem else 200)


def _row(visit: Visit, row: Discrepancy) -> dict[str, Any]:
    return {
        "it": row,
        "kind": phrases.said(KIND, row.kind),
        "what": notes.WHAT[row.why][visit.language],
        "figures": notes.figures(row, row.shop.currency, visit.language),
        "advice": phrases.said(ADVICE, row.why),
        "loss": row.detail.get("loss") or None,
        "is_old": bool(row.detail.get("is_old")),
        "shop": row.shop.name if len(visit.shops) > 1 else "",
    }
