"""ご予約の確認: who booked on the salon's page and gave a mail address gets the visit in writing, with the way to change it.

Who books in LINE has it there already. What the mail says is filled in at the hand-over: a visit that moved meanwhile is told as it is
then, one that is cancelled by then is told of no more.
"""

from collections.abc import Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import pgettext

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.visits import telling
from kaeru.appointments.visits.confirmation_texts import ALLOWED, TEXTS
from kaeru.appointments.visits.models import VisitTerms
from kaeru.channels.base import Button
from kaeru.core import clock, sql
from kaeru.core.wording import language_of
from kaeru.customers.models import Identity
from kaeru.messages import actions as outbox
from kaeru.messages.actions import NewMessage
from kaeru.messages.models import Message, Template
from kaeru.messages.registry import register_source
from kaeru.tenants.models import Shop

SOURCE = "booked"
"""Of the messages; the visit's id is their `source_id`."""


def confirm(booking: Booking) -> None:
    """Put the mail into the outbox, in the caller's transaction; nothing where no address is known. `booking` comes with its shop."""
    if not has_address(booking):
        return
    outbox.enqueue(
        [
            NewMessage(
                organization_id=booking.organization_id, shop_id=booking.shop_id, customer_id=booking.customer_id,
                template_id=_template(booking.shop), purpose="notice", source=SOURCE, source_id=booking.id,
                due_at=clock.now(), channel="mail",
            )
        ]
    )  # fmt: skip


def has_address(booking: Booking) -> bool:
    """Whether the client gave a mail address."""
    return Identity.objects.filter(customer_id=booking.customer_id or 0, kind="mail").exists()


def _template(shop: Shop) -> int:
    """The salon's template; made with its first confirmation, made anew when the house words it otherwise."""
    kept = VisitTerms.objects.filter(shop=shop).values_list("template_booked", flat=True).first()
    known = Template.objects.filter(id=kept).first() if kept else None
    if known is not None and known.texts == TEXTS:
        return known.id
    made = outbox.publish_template(shop.id, "notice", TEXTS, allowed=ALLOWED, is_judged=True)
    VisitTerms.objects.update_or_create(
        shop=shop, defaults={"template_booked": made.id},
        create_defaults={"organization_id": shop.organization_id, "template_booked": made.id},
    )  # fmt: skip
    return made.id


def _of(rows: Sequence[Message]) -> dict[int, Booking]:
    found = Booking.objects.filter(id__in=sql.keys(row.source_id for row in rows))
    return {row.id: row for row in found.select_related("service", "staff")}


def _words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    visits = _of(rows)
    return {
        row.id: {"visit": telling.words(visits[row.source_id], row.shop, _language(row))}
        for row in rows
        if row.source_id in visits
    }


def _buttons(rows: Sequence[Message]) -> dict[int, Sequence[Button]]:
    """One: to the visit's page, which shows what can still be done."""
    pages: dict[int, str] = {}
    for owner in {row.organization_id for row in rows}:
        pages |= telling.addresses(owner, [row.source_id for row in rows if row.organization_id == owner])
    found: dict[int, Sequence[Button]] = {}
    for row in rows:
        with translation.override(_language(row)):
            found[row.id] = [Button(pgettext("visit", "See or change the visit"), url=pages[row.source_id])]
    return found


def _language(row: Message) -> str:
    return language_of(row.customer.language if row.customer else "ja")


def _still_needed(rows: Sequence[Message]) -> dict[int, str]:
    visits, now = _of(rows), clock.now()
    found = {}
    for row in rows:
        one = visits.get(row.source_id)
        if one is None or one.state != "booked":
            found[row.id] = "cancelled" if one is None or one.state == "cancelled" else "settled"
        elif one.starts_at <= now:
            found[row.id] = "too_late"
    return found


register_source(SOURCE, _words, _still_needed, allowed_variables=ALLOWED, buttons=_buttons)
