"""ご案内への同意: what a client has agreed to hear of, by channel; the salon writes down what they said at the counter."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.console import phrases
from kaeru.console.client_parts import address, client
from kaeru.console.doors import Visit, page
from kaeru.core import audit
from kaeru.customers import actions, queries

CHANNELS = ("line", "mail")
LABEL: phrases.Words = {"line": lazy("LINE"), "mail": lazy("Mail")}
SOURCE: phrases.Words = {
    "staff": lazy("told to your staff"),
    "line": lazy("in LINE"),
    "import": lazy("brought along"),
    "shop_system": lazy("told by your shop's system"),
    "cancel_page": lazy("on a page"),
}


def drawn(customer_id: int, ways: Mapping[str, str]) -> list[dict[str, Any]]:
    """For each channel by which the client is reached: whether they agreed, since when, and where they said so."""
    known = queries.consents_of(customer_id)
    found = []
    for channel in CHANNELS:
        if channel not in ways:
            continue
        row = known.get(channel)
        found.append(
            {
                "channel": channel,
                "label": phrases.said(LABEL, channel),
                "agreed": bool(queries.may_advertise([customer_id], channel, channel)),
                "since": row.granted_at if row else None,
                "where": phrases.said(SOURCE, row.source) if row and row.source in SOURCE else "",
            }
        )
    return found


@page("decide", "POST")
def change(request: HttpRequest, visit: Visit, customer_id: int) -> HttpResponse:
    """`channel`: line | mail; `do`: agree | withdraw. Who takes it back hears of visits all the same."""
    who, channel, do = client(customer_id), request.POST.get("channel", ""), request.POST.get("do", "")
    if channel not in CHANNELS or do not in ("agree", "withdraw"):
        return HttpResponse(status=400)
    with transaction.atomic():
        if do == "agree":
            actions.agree_to_advertising(who.id, source="staff", channel=channel)
            messages.success(request, _("Written down: the client has agreed."))
        else:
            actions.take_consent_back(who.id, channel=channel)
            messages.success(request, _("Written down: the client does not want offers any more."))
        verb = "customer.agreed" if do == "agree" else "customer.disagreed"
        audit.record(who.organization_id, visit.actor, verb, "customer", who.id, channel=channel)
    return redirect(address("client", who.shop, visit, who.id) + "#consent")
