"""/f/TOKEN: a client who was asked by mail sees the time that is free, and takes it with one tap; who is late sees the nearest others."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kaeru.appointments.bookings.models import LIVE, Booking
from kaeru.appointments.errors import NotAllowed
from kaeru.appointments.openings import claiming, source
from kaeru.appointments.openings.claiming import Late, NotAsked
from kaeru.appointments.openings.models import Offer, OpeningState
from kaeru.appointments.talk import refusals
from kaeru.appointments.visits import telling
from kaeru.core import clock
from kaeru.core.wording import language_of
from kaeru.storefront.pages import behind, reading, show
from kaeru.storefront.times import read_start

VIA = "web"


@require_http_methods(["GET", "HEAD", "POST"])
@behind(source.PURPOSE)
def opening(request: HttpRequest, token: str, offer_id: int) -> HttpResponse:
    """The time as it is offered; reading changes nothing, as mail programs open links, too."""
    rows = Offer.objects.select_related("opening__shop__organization", "opening__staff", "service", "customer")
    offer: Offer = rows.get(id=offer_id)
    if request.method != "POST":
        return _page(request, offer)
    try:
        with reading(request, offer.opening.shop, offer.customer):
            came = _do(request, offer)
    except NotAllowed as no:
        return _page(request, rows.get(id=offer_id), no=no)
    if isinstance(came, Booking):
        address = telling.addresses(offer.organization_id, [came.id])[came.id]
        return HttpResponseRedirect(address, status=303)
    return _page(request, rows.get(id=offer_id), came)


def _do(request: HttpRequest, offer: Offer) -> Booking | Late | None:
    """What the form says: the visit, or Late; None: nothing to book. Raises NotAllowed."""
    do = request.POST.get("do", "")
    if do == "no":
        claiming.decline(offer, via=VIA)
        return None
    try:
        if do == "other":
            at, staff = (
                read_start(request.POST.get("at", "").partition(":")[0]),
                request.POST.get("at", "").partition(":")[2],
            )
            if at is None or not (staff.isascii() and staff.isdigit() and len(staff) < 20):
                return Late(claiming.others(offer))
            return claiming.take_other(offer, at, int(staff), via=VIA)
        return claiming.claim(offer.opening_id, offer.customer_id, via=VIA)
    except NotAsked:
        return Late()


def _page(request: HttpRequest, offer: Offer, came: Late | None = None, no: NotAllowed | None = None) -> HttpResponse:
    row = offer.opening
    is_free = row.state == OpeningState.OPEN and row.deadline > clock.now() and came is None
    own = (
        Booking.objects.filter(id=row.winner_id, customer_id=offer.customer_id, state__in=LIVE).first()
        if row.winner_id
        else None
    )
    others = came.others if came else () if is_free or own else claiming.others(offer)
    with reading(request, row.shop, offer.customer):
        language = language_of(translation.get_language())
        context: dict[str, Any] = {
            "told": source.words_of(offer, language),
            "row": row,
            "is_free": is_free,
            "problem": refusals.said(no) if no else "",
            "has_declined": offer.state == "declined" and is_free,
            "own": telling.addresses(offer.organization_id, [own.id])[own.id] if own else "",
            "others": [(f"{telling.stamp(one.at)}:{one.staff_id}", one.at) for one in others],
        }
    status = 409 if came is not None or no is not None else 200
    return show(request, "opening", row.shop, offer.customer, _("A time is free"), status=status, **context)
