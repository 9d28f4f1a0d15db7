"""The customer's tags, put on and taken off by hand, on every page that is about one customer."""

import re
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from kaeru.console.doors import Visit, page, way_back
from kaeru.customers import actions, queries
from kaeru.customers.models import Customer

_BETWEEN = re.compile(r"[,，、\t\r\n]")
"""As conditions divide them: no tag has one of these."""
_MOST_OFFERED = 50


def drawn(visit: Visit, customer: Customer | None) -> dict[str, Any] | None:
    """What `part/tags.html` needs; None where there is nobody, or nobody that this member may know."""
    if customer is None or not visit.may("see_people"):
        return None
    own = queries.tags_of(customer.id)
    known = queries.tags_of_shop(customer.shop_id, _MOST_OFFERED)
    return {
        "customer_id": customer.id,
        "own": own,
        "offered": [tag for tag in known if tag not in own],
        "can_edit": visit.may("decide"),
    }


@page("decide", "POST")
def change(request: HttpRequest, visit: Visit, customer_id: int) -> HttpResponse:
    """Put the typed tags on the customer, or take off the one whose button was pressed."""
    customer = queries.one(customer_id)
    if customer is None:
        raise Http404

    def of(*tags: str) -> list[actions.Tagging]:
        return [actions.Tagging(customer.organization_id, customer.shop_id, customer.id, tag) for tag in tags]

    if "remove" in request.POST:
        if actions.untag(of(request.POST["remove"]), actor=visit.actor):
            messages.success(request, _("The tag was removed."))
        return way_back(request)
    typed = [tag for tag in _BETWEEN.split(request.POST.get("tag", "")) if tag.strip()]
    if not typed:
        messages.error(request, _("Please enter a tag."))
    elif actions.tag(of(*typed), actor=visit.actor):
        messages.success(request, _("The tag was added."))
    else:
        messages.info(request, _("The customer has this tag already."))
    return way_back(request)
