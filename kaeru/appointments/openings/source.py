"""What the outbox asks of offers at the hand-over: the words, the buttons, and whether the opening can still be had."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext

from kaeru.appointments.bookings.models import LIVE, Booking
from kaeru.appointments.openings.ending import OVER, SOURCE
from kaeru.appointments.openings.models import Offer, OpeningState
from kaeru.appointments.openings.texts import ALLOWED
from kaeru.appointments.visits import telling
from kaeru.channels.base import Button
from kaeru.core import clock, links, money, sql
from kaeru.core.wording import language_of
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source

PURPOSE = "offer"
"""Of the links."""
COMES_ANYWAY = "client_booked"
"""Why a message was closed: the client has booked a visit meanwhile."""


def offers_of(rows: Sequence[Message]) -> dict[int, Offer]:
    """Offers by id; one query."""
    found = Offer.objects.filter(id__in=sql.keys(row.source_id for row in rows))
    return {row.id: row for row in found.select_related("opening__staff", "opening__shop", "service")}


def words_of(offer: Offer, language: str) -> dict[str, str]:
    """`visit.*` of the messages' variables, as it would be."""
    opening = offer.opening
    price = offer.service.price
    return {
        "day": telling.when(opening.starts_at, opening.shop, language).rpartition(" ")[0],
        "when": telling.when(opening.starts_at, opening.shop, language),
        "service": telling.named(offer.service, language),
        "staff": telling.named(opening.staff, language),
        "price": money.show(price, opening.shop.currency, language) if price else "",
    }


def addresses(organization_id: int, offers: Iterable[Offer]) -> dict[int, str]:
    """The page on which each client can take it; it works until the opening's time. Two statements."""
    rows = list(offers)
    until = max((row.opening.starts_at for row in rows), default=clock.now())
    tokens = links.publish(PURPOSE, organization_id, [row.id for row in rows], until)
    return {key: f"{settings.KAERU_BASE_URL}/f/{token}" for key, token in tokens.items()}


def _words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    known = offers_of(rows)
    return {row.id: {"visit": words_of(known[row.source_id], _language(row))} for row in rows if row.source_id in known}


def _still_needed(rows: Sequence[Message]) -> dict[int, str]:
    """Nobody is told of what is gone; nobody who comes anyway is asked, unless they wait for a time like it."""
    known, now = offers_of(rows), clock.now()
    customers = {one.customer_id for one in known.values() if one.why != "waits"}
    coming = Booking.objects.filter(customer_id__in=sql.keys(customers), state__in=LIVE, starts_at__gt=now)
    booked = set(coming.values_list("customer_id", flat=True))
    found = {}
    for row in rows:
        one = known.get(row.source_id)
        if one is None:
            continue
        if one.opening.state != OpeningState.OPEN or one.opening.deadline <= now:
            found[row.id] = OVER
        elif one.customer_id in booked:
            found[row.id] = COMES_ANYWAY
    return found


def _buttons(rows: Sequence[Message]) -> dict[int, Sequence[Button]]:
    """Take it, or not this time; by mail one button that leads to the page."""
    known = offers_of(rows)
    pages: dict[int, str] = {}
    mailed = [row for row in rows if row.channel != "line" and row.source_id in known]
    for owner in {row.organization_id for row in mailed}:
        pages |= addresses(owner, [known[row.source_id] for row in mailed if row.organization_id == owner])
    return {
        row.id: buttons(known[row.source_id], _language(row), address=pages.get(row.source_id, ""))
        for row in rows
        if row.source_id in known
    }


def buttons(offer: Offer, language: str, *, address: str = "") -> tuple[Button, ...]:
    """For LINE, or, with the address of its page, for mail."""
    with translation.override(language):
        take, decline = pgettext("opening", "Take this time"), pgettext("opening", "Not this time")
    if address:
        return (Button(take, url=address),)
    return Button(take, data=f"offer:take:{offer.id}", text=take), Button(
        decline, data=f"offer:no:{offer.id}", text=decline
    )


def _language(row: Message) -> str:
    return language_of(row.customer.language if row.customer else "ja")


register_source(SOURCE, _words, _still_needed, allowed_variables=ALLOWED, buttons=_buttons)
