"""/liff/SHOP/: the way in from inside LINE. The browser brings an ID token, LINE says whose it is, and the page that was wanted opens.

Somebody in LINE who opens the page of their own visit for the first time is linked with their card by that: the link of the visit is the
proof whose card it is, the token whose LINE. A visit of somebody else stays closed.
"""

import re
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.visits import telling
from kaeru.channels.line import friends, linking
from kaeru.channels.line.linking import LinkRefused
from kaeru.channels.line.models import LineAccount, LineFriend
from kaeru.core import clock, links, scope
from kaeru.core.headers import POLICY
from kaeru.storefront.pages import show
from kaeru.tenants.models import Shop, ShopKind

SDK = "https://static.line-scdn.net"
_POLICY = (
    POLICY.replace("script-src 'self'", f"script-src 'self' {SDK}")
    + f"; connect-src 'self' {SDK} https://api.line.me https://liffsdk.line-scdn.net https://access.line.me"
)
_VISIT = re.compile(r"v/([A-Za-z0-9_-]{32})/(\?do=(?:change|cancel))?", re.ASCII)
_BOOK = re.compile(r"b/[A-Za-z0-9_-]{1,40}/(\?service=[0-9]{1,18})?", re.ASCII)


@require_http_methods(["GET", "HEAD", "POST"])
def liff(request: HttpRequest, public_key: str) -> HttpResponse:
    """GET asks LINE in the browser, POST believes LINE's answer on the server and leads on."""
    with scope.everyone():  # the key names the salon; who it is says LINE
        shop = Shop.objects.select_related("organization").filter(public_key=public_key, kind=ShopKind.SALON).first()
        account = LineAccount.objects.filter(shop=shop, is_on=True).first() if shop else None
    if shop is None or account is None:
        raise Http404
    with scope.organization(shop.organization_id):
        if request.method == "POST":
            return _lead(request, shop)
        told: dict[str, Any] = {"liff_id": account.liff_id, "to": request.GET.get("to", "")[:200]}
        response = show(request, "liff", shop, None, _("Just a moment"), **told)
    response.headers["Content-Security-Policy"] = _POLICY
    return response


def _lead(request: HttpRequest, shop: Shop) -> HttpResponse:
    try:
        person = linking.person_of(shop.id, request.POST.get("id_token", ""))
    except LinkRefused as no:
        text = _("LINE does not answer at the moment. Please try again in a few minutes.")
        if no.why != "unanswered":
            text = _("LINE did not say who you are. Please close the page and open it in LINE again.")
        return show(request, "liff", shop, None, _("This page could not be opened"), 403, problem=text)
    friend = friends.known(shop.organization_id, shop.id, person.user_id, clock.wall())
    to = request.POST.get("to", "")
    if found := _VISIT.fullmatch(to):
        booking = _visit(found[1], shop)
        if booking is None or not _is_theirs(booking, friend, person):
            return render(request, "storefront/closed.html", status=404)
    elif not _BOOK.fullmatch(to):
        to = _next(friend) or f"b/{shop.public_key}/"
    request.session.cycle_key()
    request.session[f"line:{shop.id}"] = friend.id
    return HttpResponseRedirect(f"/{to}", status=303)


def _visit(token: str, shop: Shop) -> Booking | None:
    link = links.resolve(telling.PURPOSE, token)
    if link is None or link.organization_id != shop.organization_id:
        return None
    return Booking.objects.select_related("customer").filter(id=link.subject_id, shop=shop).first()


def _is_theirs(booking: Booking, friend: LineFriend, person: linking.Person) -> bool:
    """Whether this visit is of this person in LINE; somebody not linked yet is from here on."""
    if booking.customer is None or friend.customer_id == booking.customer_id:
        return True
    if friend.customer_id is not None or friends.of_customer(booking.customer.id) is not None:
        return False
    linking.link_person(booking.shop_id, person, booking.customer)
    return True


def _next(friend: LineFriend) -> str:
    """The page of their next visit; empty when there is none."""
    if friend.customer_id is None:
        return ""
    rows = Booking.objects.filter(customer_id=friend.customer_id, state="booked", starts_at__gt=clock.now())
    booking = rows.order_by("starts_at").first()
    if booking is None:
        return ""
    address = telling.addresses(booking.organization_id, [booking.id])[booking.id]
    return "v/" + address.rstrip("/").rpartition("/")[2] + "/"
