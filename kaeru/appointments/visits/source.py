"""What the outbox asks of reminders at the hand-over: the words, the buttons, and whether the visit still stands as it was told."""

from collections.abc import Sequence
from typing import Any

from kaeru.appointments.visits import telling
from kaeru.appointments.visits.models import Reminder, VisitTerms
from kaeru.appointments.visits.reminder_texts import ALLOWED
from kaeru.appointments.visits.reminders import SOURCE
from kaeru.channels.base import Button
from kaeru.core import clock, sql
from kaeru.core.wording import language_of
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source


def _of(rows: Sequence[Message]) -> dict[int, Reminder]:
    found = Reminder.objects.filter(id__in=sql.keys(row.source_id for row in rows))
    return {row.id: row for row in found.select_related("booking__service", "booking__staff")}


def _words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """By message id; one query, and for letters two for each organization among them."""
    reminders = _of(rows)
    found = {}
    for row in rows:
        if (one := reminders.get(row.source_id)) is not None:
            found[row.id] = {"visit": telling.words(one.booking, row.shop, _language(row))}
    return found


def _buttons(rows: Sequence[Message]) -> dict[int, Sequence[Button]]:
    """Coming, change, cancel: what the salon allows at this moment."""
    reminders, now = _of(rows), clock.now()
    known = VisitTerms.objects.filter(shop_id__in=sql.keys({row.shop_id for row in rows}))
    terms = {row.shop_id: row for row in known}
    pages: dict[int, str] = {}
    mailed = [row for row in rows if row.channel != "line" and row.source_id in reminders]
    for owner in {row.organization_id for row in mailed}:
        theirs = [reminders[row.source_id].booking_id for row in mailed if row.organization_id == owner]
        pages |= telling.addresses(owner, theirs)
    found: dict[int, Sequence[Button]] = {}
    for row in rows:
        if (one := reminders.get(row.source_id)) is not None:
            allowed = telling.deeds(one.booking, terms.get(row.shop_id) or VisitTerms(), now)
            found[row.id] = telling.pressed(
                one.booking, allowed, _language(row), address=pages.get(one.booking_id, "") if row.channel != "line" else ""
            )  # fmt: skip
    return found


def _language(row: Message) -> str:
    return language_of(row.customer.language if row.customer else "ja")


def _still_needed(rows: Sequence[Message]) -> dict[int, str]:
    """A visit that ended, moved or began is told of no more; who has answered is not asked twice."""
    reminders, now = _of(rows), clock.now()
    found = {}
    for row in rows:
        one = reminders.get(row.source_id)
        if one is None:
            continue
        if one.booking.state != "booked":
            found[row.id] = "cancelled" if one.booking.state == "cancelled" else "settled"
        elif one.booking.starts_at != one.for_at:
            found[row.id] = "moved"
        elif one.for_at <= now:
            found[row.id] = "too_late"
        elif one.kind == "second" and one.booking.confirmed_at is not None:
            found[row.id] = "answered"
    return found


register_source(SOURCE, _words, _still_needed, allowed_variables=ALLOWED, buttons=_buttons)
