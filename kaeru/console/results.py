"""成果: the salon's numbers, each with what exactly it counts; a shop that sells has its own page."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.clients import queries as clients
from kaeru.appointments.figures import queries
from kaeru.console import client_words, phrases, result_words, results_shop
from kaeru.console.client_parts import address
from kaeru.console.doors import Visit, page, show
from kaeru.console.settings import shop_of
from kaeru.core import clock
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop, ShopKind

HERE = "results"
SPANS = (28, 91, 364)
MOST_NAMED = 8


@page("see")
def results(request: HttpRequest, visit: Visit) -> HttpResponse:
    """One shop's numbers over the last 28, 91 or 364 days."""
    shop = shop_of(visit)
    now = timezone.localtime(clock.now())
    if shop.kind != ShopKind.SALON:
        return results_shop.seller(request, visit, shop, now)
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(one) for one in SPANS} else SPANS[0]
    found = queries.results(shop, now - timedelta(days=days), now)
    context: dict[str, Any] = {
        "shop": shop,
        "days": days,
        "spans": [(one, _("%(days)s days") % {"days": one}) for one in SPANS],
        "groups": result_words.groups(found, shop),
        "reminders": found.reminders,
        "answers": [(phrases.said(result_words.ANSWER, one.name), one) for one in found.reminders.answers],
        "needed": result_words.needed(found),
        "leaving": _leaving(visit, shop),
        "all_leaving": reverse("console:clients") + f"?shop={shop.slug}&only=due",
    }
    return show(request, visit, "console/results.html", HERE, context)


def _leaving(visit: Visit, shop: Shop) -> list[dict[str, Any]]:
    """The first of those who are about to be lost: those who came most often."""
    stand = [one for one in clients.standings(shop.id, clock.now()) if one.name == "almost_lost"][:200]
    names = dict(Customer.objects.filter(id__in=[one.customer_id for one in stand]).values_list("id", "name"))
    return [
        {
            "href": address("client", shop, visit, one.customer_id),
            "name": visit.person(names[one.customer_id]),
            "days": one.days_since,
            "interval": one.interval,
            "whose": _("their own") if one.is_own else _("the salon's"),
            "standing": phrases.said(client_words.STANDING, one.name),
        }
        for one in stand[:MOST_NAMED]
    ]
