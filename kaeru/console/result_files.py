"""Files of the results: each plot's table, and every customer of the comparison, so that anybody can work the figures out again."""

from collections.abc import Iterator
from datetime import datetime

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from kaeru.console import result_tables, results_shop
from kaeru.console.doors import Visit, page
from kaeru.console.result_forms import seller_of
from kaeru.core import clock
from kaeru.tenants.models import Shop


@page("see")
def table(request: HttpRequest, visit: Visit, name: str) -> HttpResponse:
    """The table behind a plot as CSV."""
    shop = seller_of(visit)
    now: datetime = timezone.localtime(clock.now())
    found = results_shop.tables(results_shop.found(visit, shop, now, results_shop.part_of(request))).get(name)
    if found is None:
        raise Http404
    return _file(HttpResponse(result_tables.written(found), content_type="text/csv; charset=utf-8"), shop, name, now)


@page("see_people")
def audit_file(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Each assignment with its lot and outcome, so that anybody can compute the figures again."""
    from kaeru.recoveries import audit

    shop = seller_of(visit)
    try:
        lines: Iterator[str] = audit.lines(shop, part=results_shop.part_of(request))
    except ValueError:
        raise Http404 from None
    sent = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    return _file(sent, shop, "audit", clock.now())


def _file(response: HttpResponse | StreamingHttpResponse, shop: Shop, name: str, now: datetime) -> HttpResponse:
    response["Content-Disposition"] = f'attachment; filename="kaeru-{shop.slug}-{name}-{now:%Y%m%d}.csv"'
    return response  # type: ignore[return-value]
