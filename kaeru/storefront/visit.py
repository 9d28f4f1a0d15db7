"""/v/TOKEN/: a client sees their visit, says that they come, moves it, cancels it with one reason, takes the last step back, or books
what is kept for them. Every deed is asked of the salon's policy again; a POST leads back to the page, so a reload repeats nothing.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.slots.queries import NotThere
from kaeru.appointments.talk import refusals
from kaeru.appointments.talk.answers import Place, fee_rule
from kaeru.appointments.visits import actions, choices, confirmations, rules, telling
from kaeru.appointments.visits.actions import UnknownReason
from kaeru.appointments.visits.guests import Guest, card_of
from kaeru.appointments.visits.reasons import REASONS
from kaeru.appointments.visits.terms import limits_of, terms_of
from kaeru.core import clock
from kaeru.core.wording import language_of
from kaeru.storefront.pages import behind, reading, show
from kaeru.storefront.times import read_start, times

VIA = "web"
NEAREST = 3
REFUSALS = (Taken, NotOffered, NotAllowed)
LONGEST = 254
FRESH = timedelta(minutes=30)
"""So long the page says that the visit was just booked, and does not ask yet whether they come."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a form brought back to the page."""

    do: str = ""
    """Which part is open: change | cancel | empty."""
    problem: str = ""
    is_for_a_person: bool = False
    typed: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    status: int = 200


@require_http_methods(["GET", "HEAD", "POST"])
@behind("visit")
def visit(request: HttpRequest, token: str, booking_id: int) -> HttpResponse:
    """The visit as it stands, and what can be done with it."""
    booking = _booking(booking_id)
    if request.method != "POST":
        return _page(
            request, booking, Shown(request.GET.get("do", ""))
        )  # reading changes nothing: mail programs open links, too
    with reading(request, booking.shop, booking.customer):
        shown = _do(request, booking)
    return _page(request, _booking(booking_id), shown) if shown else HttpResponseRedirect(request.path, status=303)


def _booking(booking_id: int) -> Booking:
    rows = Booking.objects.select_related("shop__organization", "customer", "service", "staff")
    found: Booking = rows.get(id=booking_id)
    return found


def _do(request: HttpRequest, booking: Booking) -> Shown | None:
    """Carry out what the form says; None: it is done."""
    do = request.POST.get("do", "")
    try:
        match do:
            case "coming":
                actions.say_coming(booking.id, via=VIA)
            case "move":
                at = read_start(request.POST.get("at", ""))
                if at is None:
                    return Shown("change", status=422)
                actions.change(booking.id, at, via=VIA)
            case "cancel":
                actions.give_up(booking.id, request.POST.get("reason", ""), via=VIA)
            case "back":
                actions.step_back(booking.id, via=VIA)
            case "drop":
                actions.let_go(booking.id, via=VIA)
            case "take":
                return _take(request, booking)
            case _:
                return Shown(status=422)
    except UnknownReason:
        return Shown("cancel", missing={"reason": "missing"}, status=422)
    except REFUSALS as no:
        is_open = do if do in ("cancel",) else "change" if do == "move" and not isinstance(no, NotAllowed) else ""
        return Shown(is_open, refusals.said(no), refusals.is_for_a_person(no), status=409)
    return None


def _take(request: HttpRequest, booking: Booking) -> Shown | None:
    """Book what is kept; somebody who is not known yet says who they are."""
    typed = {name: request.POST.get(name, "")[:LONGEST] for name in ("name", "mail", "phone", "note")}
    if booking.customer_id is not None or booking.state == "booked":
        actions.take(booking.id, via=VIA, note=typed["note"])
        return None
    guest = Guest(typed["name"], typed["mail"], typed["phone"])
    if problems := guest.problems():
        return Shown(typed=typed, missing=problems, status=422)
    with transaction.atomic():
        card = card_of(booking.shop, guest, language_of(translation.get_language()))
        actions.take(booking.id, via=VIA, customer_id=card, note=typed["note"])
    return None


def _page(request: HttpRequest, booking: Booking, shown: Shown) -> HttpResponse:
    now, shop = clock.now(), booking.shop
    terms = terms_of(shop.id)
    stage = _stage(booking, shown.do, now)
    is_fresh = (
        stage == "booked"
        and now - booking.made_at < FRESH
        and booking.origin in ("web", "line")
        and not booking.changes
    )
    with reading(request, shop, booking.customer):
        language = language_of(translation.get_language())
        standing, limits = telling.standing(booking), limits_of(terms)
        context: dict[str, Any] = {
            "booking": booking,
            "told": telling.words(booking, shop, language),
            "stage": stage,
            "shown": shown,
            "deeds": telling.deeds(booking, terms, now) if stage == "booked" else (),
            "is_fresh": is_fresh,
            "has_mail": is_fresh and booking.origin == "web" and confirmations.has_address(booking),
            "too_late": stage == "booked" and rules.may_cancel(standing, limits, now) == "too_late",
            "until": booking.starts_at - timedelta(hours=terms.change_until_hours),
            "undo": actions.last_step(booking) if stage in ("booked", "cancelled") else None,
            "fee": fee_rule(Place(shop, language), terms, 0),
        }
        if stage in ("change", "cancel"):
            context |= _of_change(request, booking, stage, bool(rules.may_change(standing, limits, now)))
    return show(request, f"visit_{stage}", shop, booking.customer, _TITLES[stage], shown.status, **context)


def _of_change(request: HttpRequest, booking: Booking, stage: str, is_barred: bool) -> dict[str, Any]:
    """Other times; with reasons where the visit is to be cancelled."""
    found: dict[str, Any] = {"reasons": REASONS.items(), "nearest": [], "times": None}
    if is_barred:
        return found
    try:
        near = choices.nearest(booking, NEAREST)
        found["nearest"] = [(telling.stamp(one.at), one.at) for one in near]
        if stage == "change":
            staff = booking.staff_id if booking.is_nominated else None
            day = request.GET.get("day", "")
            found["times"] = times(booking.shop, booking.service_id, day, staff_id=staff, moving=booking)
    except NotThere:  # the service was taken off the menu: the salon moves it by hand
        pass
    return found


def _stage(booking: Booking, do: str, now: datetime) -> str:
    """Which page it is."""
    if booking.state == "held":
        return "held" if booking.hold_until is None or booking.hold_until > now else "lapsed"
    if booking.state in ("cancelled", "lapsed"):
        return booking.state
    if booking.state != "booked" or booking.starts_at <= now:
        return "over"
    return do if do in ("change", "cancel") else "booked"


_TITLES: dict[str, Promise] = {
    "booked": _("Your visit"),
    "change": _("Change the time of your visit"),
    "cancel": _("Cancelling your visit"),
    "cancelled": _("Your visit is cancelled"),
    "held": _("Shall we book this?"),
    "lapsed": _("The time that we kept for you is over"),
    "over": _("Thank you for coming"),
}
