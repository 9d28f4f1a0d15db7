"""What the salon says: bubbles and quick replies, in the client's language and the salon's name."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.salons.models import Service
from kaeru.appointments.slots.queries import Start
from kaeru.appointments.visits import telling
from kaeru.appointments.visits.models import VisitTerms
from kaeru.appointments.visits.reasons import REASONS
from kaeru.channels.base import Button
from kaeru.channels.line.conversation import MOST_QUICK, Bubble, Said
from kaeru.channels.line.linking import liff_address
from kaeru.core import money
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class Place:
    """Who speaks, and in which language."""

    shop: Shop
    language: str

    def when(self, at: datetime) -> str:
        """Day and time on the salon's clock."""
        return telling.when(at, self.shop, self.language)

    def page(self, path: str) -> str:
        """Address of one of our pages: inside of LINE where the salon has a LIFF app, else the plain one."""
        inside = liff_address(self.shop.id, f"?to={quote(path, safe='')}")
        return inside or f"{settings.KAERU_BASE_URL}/{path}"

    def visit_page(self, booking: Booking, do: str = "") -> str:
        """The page of a visit."""
        address = telling.addresses(booking.organization_id, [booking.id])[booking.id]
        path = address.removeprefix(f"{settings.KAERU_BASE_URL}/")
        return self.page(f"{path}?do={do}" if do else path)


def rows(place: Place, booking: Booking) -> tuple[tuple[str, str], ...]:
    """A visit, line by line."""
    told = telling.words(booking, place.shop, place.language)
    lines = [(_("When"), told["when"]), (_("Service"), told["service"]), (pgettext("visit", "With"), told["staff"])]
    return (*lines, (pgettext("visit", "Price"), told["price"])) if told["price"] else tuple(lines)


def card(place: Place, booking: Booking, title: str, text: str = "", buttons: Sequence[Button] = ()) -> Bubble:
    """A visit as a card."""
    return Bubble(text=text, title=title, rows=rows(place, booking), buttons=tuple(buttons))


def visit(place: Place, booking: Booking, terms: VisitTerms, now: datetime, title: str, text: str = "") -> Said:
    """A visit with what can be done with it."""
    allowed = telling.deeds(booking, terms, now)
    return Said((card(place, booking, title, text, telling.pressed(booking, allowed, place.language)),))


def starts(place: Place, booking: Booking, found: Sequence[Start]) -> tuple[Button, ...]:
    """Other starts for a visit, to be moved to with one tap."""
    return tuple(
        Button(place.when(one.at), data=telling.data("move", booking, telling.stamp(one.at)), text=place.when(one.at))
        for one in found
    )


def other_times(place: Place, booking: Booking, found: Sequence[Start], lead: str = "") -> Said:
    """The nearest starts as quick replies, and all of them as a calendar."""
    more = Button(_("Show more"), url=place.visit_page(booking, "change"))
    if not found:
        text = _("Nothing else is free near this time. You find all free times in the calendar.")
        return Said((Bubble(f"{lead}\n{text}".strip(), title=_("Other times"), buttons=(more,)),))
    text = "\n".join([lead, _("One tap moves your visit.")])
    bubble = Bubble(text.strip(), title=_("Which time suits you?"), buttons=(*starts(place, booking, found), more))
    return Said((bubble,), quick=starts(place, booking, found))


def why_cancel(place: Place, booking: Booking, *, may_change: bool, fee: str) -> Said:
    """Moving first, then one reason. Nobody has to look for the way out: the reasons are right there."""
    bubbles = []
    if may_change:
        text = _("You can also move the visit to another time, with one tap.")
        move = Button(telling.label("change"), data=telling.data("change", booking), text=telling.label("change"))
        bubbles.append(card(place, booking, _("Before you cancel"), text, (move,)))
    ask = _("Why would you like to cancel? Your visit is cancelled as soon as you choose.")
    bubbles.append(Bubble(f"{ask}\n{fee}".strip()))
    reasons = tuple(
        Button(str(label), data=telling.data("reason", booking, code), text=str(label)) for code, label in REASONS.items()
    )  # fmt: skip
    return Said(tuple(bubbles), quick=reasons)


def cancelled(place: Place, booking: Booking, *, may_undo: bool) -> Said:
    """It is cancelled; the way back and a new visit."""
    back = (Button(_("Take it back"), data=telling.data("back", booking), text=_("Take it back")),) if may_undo else ()
    anew = Button(_("Book another time"), data="visit:new", text=_("Book another time"))
    text = _("Thank you for letting us know. We look forward to seeing you another time.")
    return Said((card(place, booking, _("Your visit is cancelled"), text, (*back, anew)),), must_arrive=True)


def menu(place: Place, services: Sequence[Service]) -> Said:
    """What can be booked."""
    if not services:
        return plain(_("There is nothing to book online at the moment."), place)
    page = Button(_("Show all"), url=place.page(f"b/{place.shop.public_key}/"))
    quick = tuple(
        Button(telling.named(one, place.language), data=f"visit:service:{one.id}", text=telling.named(one, place.language))
        for one in services[:MOST_QUICK]
    )  # fmt: skip
    return Said(
        (Bubble(_("What would you like to come for?"), title=_("Book a visit"), buttons=(*quick[:4], page)),), quick
    )


def times(place: Place, service: Service, found: Sequence[Start], lead: str = "") -> Said:
    """Starts for a new visit."""
    name = telling.named(service, place.language)
    page = Button(_("Show more"), url=place.page(f"b/{place.shop.public_key}/?service={service.id}"))
    quick = tuple(
        Button(place.when(one.at), data=f"visit:pick:{service.id}:{telling.stamp(one.at)}", text=place.when(one.at))
        for one in found
    )
    text = _("Which time suits you?") if found else _("Nothing is free soon. You find all free times in the calendar.")
    return Said((Bubble(f"{lead}\n{text}".strip(), title=name, buttons=(*quick[:3], page)),), quick)


def held(place: Place, booking: Booking, minutes: int, fee: str) -> Said:
    """A start that is kept while the client looks once more."""
    text = _("We keep this time for you for %d minutes.") % minutes
    take = Button(pgettext("visit", "Book"), data=telling.data("take", booking), text=pgettext("visit", "Book"))
    drop = Button(
        pgettext("visit", "Let it go"), data=telling.data("drop", booking), text=pgettext("visit", "Let it go")
    )
    return Said((card(place, booking, _("Shall we book this?"), f"{text}\n{fee}".strip(), (take, drop)),), (take, drop))


def fee_rule(place: Place, terms: VisitTerms, price: int) -> str:
    """The salon's rule on fees as it is shown before a visit is booked and before it is cancelled; empty without one."""
    lines = []
    if terms.late_percent:
        told = {"hours": terms.late_hours, "percent": terms.late_percent}
        lines.append(
            _("If you cancel later than %(hours)d hours before, the salon may ask %(percent)d%% of the price.") % told
        )
    if terms.no_show_percent:
        lines.append(
            _("If you do not come, the salon may ask %(percent)d%% of the price.") % {"percent": terms.no_show_percent}
        )
    if lines and price:
        lines.append(_("Price: %s") % money.show(price, place.shop.currency, place.language))
    return "\n".join(lines)


def plain(text: str, place: Place, *, with_contact: bool = False, button: Button | None = None) -> Said:
    """A sentence, and how to reach the salon where a person must help."""
    if with_contact and place.shop.contact:
        text = f"{text}\n{_('Please contact us: %s') % place.shop.contact}"
    return Said((Bubble(text, title=place.shop.name if button else "", buttons=(button,) if button else ()),))


def new_button() -> Button:
    """To a new visit."""
    return Button(_("Book a visit"), data="visit:new", text=_("Book a visit"))
