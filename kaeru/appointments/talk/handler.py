"""The talk about visits: what a client presses or writes, and what the salon answers.

Every tap carries where the visit stood when its button was made. One that stands elsewhere by now, an old button, two telephones: the
answer is how it stands, never a deed that nobody meant.
"""

from collections.abc import Callable

from django.utils import translation
from django.utils.translation import gettext as _

from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.salons.models import Service
from kaeru.appointments.slots import queries as slots
from kaeru.appointments.slots.queries import NotThere
from kaeru.appointments.talk import answers, refusals, rules
from kaeru.appointments.talk.answers import Place
from kaeru.appointments.talk.rules import Tap
from kaeru.appointments.visits import actions, choices, telling
from kaeru.appointments.visits import rules as policy
from kaeru.appointments.visits.reasons import REASONS
from kaeru.appointments.visits.terms import limits_of, terms_of
from kaeru.channels.base import Button
from kaeru.channels.line import conversation
from kaeru.channels.line.conversation import Heard, Kind, Said
from kaeru.core import clock
from kaeru.core.wording import language_of
from kaeru.tenants.models import Shop

VIA = "line"
CHOICES = 3
"""Other times that are shown at once."""
NEW_CHOICES = 6
REFUSALS = (Taken, NotOffered, NotAllowed, NotThere)


@conversation.register
def talk(heard: Heard) -> Said | None:
    """Answer what is about visits; None leaves it to others, and to people."""
    if heard.kind == Kind.POSTBACK:
        tap = rules.read(heard.data)
        if tap is None:
            return None
    elif heard.kind == Kind.TEXT:
        deed = rules.meant(heard.text)
        if not deed:
            return None
        tap = Tap(deed)
    elif heard.kind == Kind.LINK:
        tap = Tap("mine", int(heard.data) if heard.data.isdecimal() else 0)
    else:
        return None
    shop = Shop.objects.get(id=heard.shop_id)
    place = Place(shop, language_of(heard.friend.language))
    with translation.override(place.language):
        return _answer(heard, place, tap)


def _answer(heard: Heard, place: Place, tap: Tap) -> Said:
    if tap.deed in rules.WITHOUT:
        return _WITHOUT[tap.deed](heard, place, tap)
    if not tap.booking_id:  # a word, not a button: it is about the next visit
        booking = _next(heard)
        if booking is None:
            return answers.plain(_("We find no visit of yours. Shall we book one?"), place, button=answers.new_button())
    else:
        booking = _own(heard, tap.booking_id)
        if booking is None:
            return answers.plain(_("We cannot find this visit."), place, with_contact=True)
        is_repeated = tap.deed == "move" and telling.stamp(booking.starts_at) == int(tap.more)
        if telling.stamp(booking.starts_at) != tap.start and not is_repeated:
            return _as_it_stands(place, booking, _("Your visit has been moved since. It is now:"))
    if booking.state == "booked" and booking.starts_at <= clock.now():
        return _over(place)
    try:
        return _OF_A_VISIT[tap.deed](place, booking, tap)
    except REFUSALS as no:
        return _refused(place, booking, no)


def _own(heard: Heard, booking_id: int) -> Booking | None:
    """The client's own visit at this salon; somebody else's is not there."""
    if heard.friend.customer_id is None:
        return None
    rows = Booking.objects.select_related("service", "staff", "shop")
    return rows.filter(id=booking_id, shop_id=heard.shop_id, customer_id=heard.friend.customer_id).first()


def _next(heard: Heard) -> Booking | None:
    if heard.friend.customer_id is None:
        return None
    rows = Booking.objects.select_related("service", "staff", "shop").filter(
        customer_id=heard.friend.customer_id, shop_id=heard.shop_id, state="booked", starts_at__gt=clock.now()
    )
    return rows.order_by("starts_at").first()


def _again(booking: Booking) -> Booking:
    """As it stands now."""
    found: Booking = Booking.objects.select_related("service", "staff", "shop").get(id=booking.id)
    return found


def _as_it_stands(place: Place, booking: Booking, lead: str) -> Said:
    if booking.state != "booked":
        lead = refusals.said(NotAllowed("ended" if booking.state != "held" else "held"))
        return answers.plain(lead, place, button=answers.new_button())
    if booking.starts_at <= clock.now():
        return _over(place)
    return answers.visit(place, booking, terms_of(place.shop.id), clock.now(), _("Your visit"), lead)


def _over(place: Place) -> Said:
    text = _("This visit has begun or is over. Thank you for coming.")
    return answers.plain(text, place, button=answers.new_button())


def _refused(place: Place, booking: Booking, no: Exception) -> Said:
    text = refusals.said(no)
    if isinstance(no, (Taken, NotOffered)) and booking.state == "booked":
        return answers.other_times(place, booking, choices.nearest(booking, CHOICES), text)
    if refusals.is_for_a_person(no):
        return answers.plain(text, place, with_contact=True)
    return _as_it_stands(place, _again(booking), text)


def _coming(place: Place, booking: Booking, tap: Tap) -> Said:
    actions.say_coming(booking.id, via=VIA)
    return Said((answers.card(place, booking, _("Thank you. We look forward to seeing you")),))


def _change(place: Place, booking: Booking, tap: Tap) -> Said:
    code = policy.may_change(telling.standing(booking), limits_of(terms_of(place.shop.id)), clock.now())
    if code:
        raise NotAllowed(code)
    actions.note_opened(booking)
    return answers.other_times(place, booking, choices.nearest(booking, CHOICES))


def _move(place: Place, booking: Booking, tap: Tap) -> Said:
    moved = actions.change(booking.id, telling.moment(int(tap.more)), via=VIA)
    undo = actions.last_step(moved)
    said = answers.visit(place, _again(moved), terms_of(place.shop.id), clock.now(), _("Your visit is moved"))
    if undo is None:
        return Said(said.bubbles, must_arrive=True)
    back = Button(_("Take it back"), data=telling.data("back", moved), text=_("Take it back"))
    return Said(said.bubbles, quick=(back,), must_arrive=True)


def _cancel(place: Place, booking: Booking, tap: Tap) -> Said:
    now, terms = clock.now(), terms_of(place.shop.id)
    code = policy.may_cancel(telling.standing(booking), limits_of(terms), now)
    if code:
        raise NotAllowed(code)
    actions.note_opened(booking)
    may_change = not policy.may_change(telling.standing(booking), limits_of(terms), now)
    return answers.why_cancel(place, booking, may_change=may_change, fee=answers.fee_rule(place, terms, booking.price))


def _reason(place: Place, booking: Booking, tap: Tap) -> Said:
    gone = actions.give_up(booking.id, tap.more if tap.more in REASONS else "other", via=VIA)
    return answers.cancelled(place, booking, may_undo=actions.last_step(gone) is not None)


def _back(place: Place, booking: Booking, tap: Tap) -> Said:
    stands = actions.step_back(booking.id, via=VIA)
    said = answers.visit(place, _again(stands), terms_of(place.shop.id), clock.now(), _("Your visit stands as before"))
    return Said(said.bubbles, must_arrive=True)


def _take(place: Place, booking: Booking, tap: Tap) -> Said:
    taken = actions.take(booking.id, via=VIA)
    said = answers.visit(place, _again(taken), terms_of(place.shop.id), clock.now(), _("Your visit is booked"))
    return Said(said.bubbles, must_arrive=True)


def _drop(place: Place, booking: Booking, tap: Tap) -> Said:
    actions.let_go(booking.id, via=VIA)
    return answers.plain(_("We let this time go."), place, button=answers.new_button())


def _mine(heard: Heard, place: Place, tap: Tap) -> Said:
    booking = (_own(heard, tap.booking_id) if tap.booking_id else None) or _next(heard)
    if booking is None:
        return answers.plain(_("We find no visit of yours. Shall we book one?"), place, button=answers.new_button())
    return _as_it_stands(place, booking, "")


def _new(heard: Heard, place: Place, tap: Tap) -> Said:
    if stopped := _stopped(heard, place):
        return stopped
    rows = Service.objects.filter(shop=place.shop, is_active=True, is_online=True).order_by("position", "id")
    return answers.menu(place, list(rows[: conversation.MOST_QUICK]))


def _stopped(heard: Heard, place: Place) -> Said | None:
    """Who is not linked books on the page; who missed too much talks to the salon."""
    if heard.friend.customer_id is None:
        page = Button(_("Book a visit"), url=place.page(f"b/{place.shop.public_key}/"))
        return answers.plain(_("Please book on this page the first time."), place, button=page)
    if actions.may_take(place.shop, heard.friend.customer_id):
        return answers.plain(refusals.said(NotAllowed("no_shows")), place, with_contact=True)
    return None


def _service(heard: Heard, place: Place, tap: Tap) -> Said:
    if stopped := _stopped(heard, place):
        return stopped
    service = Service.objects.filter(shop=place.shop, id=int(tap.more), is_active=True, is_online=True).first()
    if service is None:
        return answers.plain(refusals.said(NotOffered("service")), place, button=answers.new_button())
    near = slots.nearest(place.shop.id, service.id, clock.now(), choices.LOOKED_AT)
    found = choices.spread(near, place.shop, NEW_CHOICES)
    return answers.times(place, service, sorted(found, key=lambda one: one.at))


def _pick(heard: Heard, place: Place, tap: Tap) -> Said:
    if stopped := _stopped(heard, place):
        return stopped
    at = telling.moment(tap.start)
    wish = Wish(
        place.shop.id, int(tap.more), at, customer_id=heard.friend.customer_id, origin="line",
        key=f"line:{heard.friend.id}:{tap.more}:{tap.start}"[:56],
    )  # fmt: skip
    try:
        booking = _again(actions.hold(place.shop, wish, via=VIA))
    except REFUSALS as no:
        service = Service.objects.filter(shop=place.shop, id=int(tap.more), is_active=True, is_online=True).first()
        if service is None:
            return answers.plain(refusals.said(NotOffered("service")), place, button=answers.new_button())
        found = choices.spread(slots.nearest(place.shop.id, service.id, at, choices.LOOKED_AT), place.shop, CHOICES)
        lead = _("Somebody has just taken this time.") if isinstance(no, Taken) else refusals.said(no)
        return answers.times(place, service, sorted(found, key=lambda one: one.at), lead)
    if booking.state == "booked":
        return _as_it_stands(place, booking, "")
    fee = answers.fee_rule(place, terms_of(place.shop.id), 0)
    return answers.held(place, booking, actions.HOLD_SECONDS // 60, fee)


_OF_A_VISIT: dict[str, Callable[[Place, Booking, Tap], Said]] = {
    "coming": _coming, "change": _change, "move": _move, "cancel": _cancel, "reason": _reason, "back": _back,
    "take": _take, "drop": _drop,
}  # fmt: skip
_WITHOUT: dict[str, Callable[[Heard, Place, Tap], Said]] = {
    "new": _new, "mine": _mine, "service": _service, "pick": _pick,
}  # fmt: skip
