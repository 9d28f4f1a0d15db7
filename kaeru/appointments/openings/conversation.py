"""What the salon answers in LINE when a client takes an offered time, or does not want it. Replies cost nothing."""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.errors import NotAllowed
from kaeru.appointments.openings import claiming
from kaeru.appointments.openings.claiming import Late, NotAsked
from kaeru.appointments.openings.models import Offer
from kaeru.appointments.salons.models import Resource
from kaeru.appointments.talk import answers, refusals
from kaeru.appointments.talk.answers import Place
from kaeru.appointments.visits import telling
from kaeru.channels.base import Button
from kaeru.channels.line import conversation
from kaeru.channels.line.conversation import Bubble, Heard, Kind, Said
from kaeru.core import sql
from kaeru.customers.actions import agree_to_advertising
from kaeru.customers.queries import may_advertise

ASKS = frozenset({"空き案内", "空き枠", "free times"})
"""What clients write to hear of free times."""


@conversation.register
def talk(heard: Heard) -> Said | None:
    """Buttons of offers: `offer:take:<offer>`, `offer:no:<offer>`, `offer:at:<offer>:<start>:<staff>`, `offer:agree`.

    Who writes 空き案内 (or "free times") is asked whether they want to hear of free times. Everything else is not ours.
    """
    is_asking = heard.kind == Kind.TEXT and heard.text.strip().lower() in ASKS
    if not is_asking and (heard.kind != Kind.POSTBACK or not heard.data.startswith("offer:")):
        return None
    if heard.friend.customer_id is None:
        return None  # the talk about visits asks them to link their LINE first
    with translation.override(heard.friend.language):
        if is_asking:
            return Said(
                (
                    Bubble(
                        _("Shall we tell you when a time becomes free? You can stop it at any time."), buttons=(_yes(),)
                    ),
                )
            )
        if heard.data == "offer:agree":
            agree_to_advertising(heard.friend.customer_id, source="line", channel="line")
            return Said((Bubble(_("Understood. We tell you when a time that suits you becomes free.")),))
        return _answer(heard)


def _yes() -> Button:
    told = pgettext("opening", "Tell me of free times")
    return Button(told, data="offer:agree", text=told)


def _invitation(heard: Heard) -> tuple[Button, ...]:
    """For who waits for a time and has not agreed to hear of others."""
    customer_id = heard.friend.customer_id
    return () if customer_id is None or may_advertise([customer_id], "line", "line") else (_yes(),)


def _answer(heard: Heard) -> Said:
    verb, *numbers = heard.data.removeprefix("offer:").split(":")
    offer = _offer(numbers[0] if numbers else "", heard)
    if offer is None:
        return Said((Bubble(_("This offer is not there any more. Please choose a time anew.")),))
    try:
        return _decided(offer, verb, numbers, heard)
    except NotAllowed as no:
        place = Place(offer.opening.shop, heard.friend.language)
        return answers.plain(refusals.said(no), place, with_contact=refusals.is_for_a_person(no))


def _decided(offer: Offer, verb: str, numbers: list[str], heard: Heard) -> Said:
    """Raises NotAllowed."""
    if verb == "no":
        claiming.decline(offer, via="line")
        return Said((Bubble(_("Understood. Thank you for telling us.")),))
    if verb == "take":
        try:
            return _told(offer, claiming.claim(offer.opening_id, offer.customer_id, via="line"), heard)
        except NotAsked:
            return Said((Bubble(_("This offer is not there any more. Please choose a time anew.")),))
    if verb == "at" and len(numbers) == 3 and all(_is_number(one) for one in numbers):
        at, staff_id = telling.moment(int(numbers[1])), int(numbers[2])
        return _told(offer, claiming.take_other(offer, at, staff_id, via="line"), heard)
    return Said((Bubble(_("This offer is not there any more. Please choose a time anew.")),))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20


def _offer(number: str, heard: Heard) -> Offer | None:
    """What was offered to this very client; what a button says is not believed."""
    if not _is_number(number) or heard.friend.customer_id is None:
        return None
    rows = Offer.objects.filter(id=int(number), customer_id=heard.friend.customer_id, opening__shop_id=heard.shop_id)
    return rows.select_related("opening__shop", "opening__staff", "service").first()


def _told(offer: Offer, came: Booking | Late, heard: Heard) -> Said:
    """The visit, or what else is free."""
    shop, language = offer.opening.shop, heard.friend.language
    if isinstance(came, Booking):
        visit = Booking.objects.select_related("service", "staff").get(id=came.id)
        told = telling.words(visit, shop, language)
        rows = (
            (pgettext("visit", "When"), told["when"]),
            (pgettext("visit", "Service"), told["service"]),
            (pgettext("visit", "With"), told["staff"]),
        )
        return Said(
            (Bubble(_("We look forward to seeing you."), title=_("It is booked."), rows=rows),),
            _invitation(heard),
            must_arrive=True,
        )
    if not came.others:
        return Said((Bubble(_("Somebody was a little faster. We are sorry: no other time is free near it.")),))
    names = {one.id: one for one in Resource.objects.filter(id__in=sql.keys(one.staff_id for one in came.others))}
    quick = tuple(
        Button(
            f"{telling.when(one.at, shop, language)}",
            data=f"offer:at:{offer.id}:{telling.stamp(one.at)}:{one.staff_id}",
            text=telling.when(one.at, shop, language),
        )
        for one in came.others
    )
    listed = "\n".join(
        f"・{telling.when(one.at, shop, language)} {telling.named(names[one.staff_id], language)}"
        for one in came.others
        if one.staff_id in names
    )
    return Said((Bubble(_("Somebody was a little faster. These times are free:") + "\n" + listed),), quick)
