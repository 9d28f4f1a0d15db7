"""Waves that are due go out: how many messages the month still has is asked of LINE first, then each wave is one transaction.

The messages are ordinary rows of the outbox: consent, quiet hours and limits are looked at once more when they are handed over. Who
waits for such a time gets a notice, everybody else an advertisement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Min

from kaeru.appointments.openings import rules, standing
from kaeru.appointments.openings.allowance import messages_left
from kaeru.appointments.openings.ending import SOURCE, count_pushes
from kaeru.appointments.openings.models import Offer, OfferState, Opening, OpeningState, RefillTerms
from kaeru.appointments.openings.terms import hours_of, terms_of
from kaeru.appointments.openings.texts import ALLOWED, TEXTS
from kaeru.core import audit, clock, pause, scope, sql
from kaeru.core.passes import Pass
from kaeru.messages import actions as outbox
from kaeru.messages.actions import NewMessage
from kaeru.tenants.models import Shop


def send(limit: int) -> int:
    """Send the waves of up to `limit` openings that are due; returns how many went out or were halted."""
    if pause.is_paused():
        return 0
    with scope.everyone():
        due = Opening.objects.filter(state=OpeningState.OPEN, next_wave_at__lte=clock.now())
        due = due.exclude(shop__is_paused=True).exclude(shop__organization__is_paused=True)
        found = list(due.order_by("next_wave_at", "id").values_list("id", "organization_id", "shop_id")[:limit])
        rooms = {shop_id: messages_left(shop_id) for _, _, shop_id in found}
    for opening_id, organization_id, shop_id in found:
        with scope.organization(organization_id):
            spent = _send_one(opening_id, rooms[shop_id])
            room = rooms[shop_id]
            rooms[shop_id] = None if room is None else max(0, room - spent)
    return len(found)


@transaction.atomic
def _send_one(opening_id: int, room: int | None) -> int:
    """Send the next wave of this opening; returns how many LINE messages that takes."""
    due = "id = %s AND state = 'open' AND next_wave_at <= %s"
    if not sql.claim_ids("appointments_opening", due, [opening_id, sql.moment(clock.now())], "id", 1):
        return 0
    if standing.look_again([opening_id], actor="pass"):
        return 0
    count_pushes([opening_id])
    opening = Opening.objects.select_related("shop").get(id=opening_id)
    terms, now = terms_of(opening.shop), clock.now()
    allowed = rules.next_allowed(now, opening.deadline, hours_of(terms, opening.shop))
    if allowed is None or allowed > now:  # the hours were changed since it was planned
        Opening.objects.filter(id=opening_id).update(next_wave_at=allowed, halted="" if allowed else "hours")
        return 0
    offers = list(
        Offer.objects.filter(opening=opening, wave=opening.wave + 1, state=OfferState.PLANNED).order_by("place")
    )
    wave = _within(offers, opening.push_budget - opening.pushes, room)
    _enqueue(opening, terms, wave.going, now)
    next_at = _next(opening, wave)
    Opening.objects.filter(id=opening_id).update(
        wave=opening.wave + (not wave.halted),
        next_wave_at=next_at,
        halted=wave.halted,
        pushes=opening.pushes + wave.pushes,
    )
    audit.record(
        opening.organization_id, "pass", "opening.wave", "opening", opening_id,
        wave=opening.wave + 1, people=len(wave.going), pushes=wave.pushes, halted=wave.halted,
    )  # fmt: skip
    return wave.pushes


@dataclass(frozen=True, slots=True)
class _Wave:
    """What of a wave can go."""

    going: list[Offer]
    pushes: int
    halted: str
    """quota | budget: why the rest stays; empty: all go."""


def _within(offers: Sequence[Offer], budget: int, room: int | None) -> _Wave:
    """Mail costs nothing; of those on LINE so many as the budget and the month allow, the first in the ranking."""
    left = max(0, budget if room is None else min(budget, room))
    on_line = [one for one in offers if one.channel == "line"]
    late = {one.id for one in on_line[left:]}
    halted = "" if not late else "quota" if room is not None and room < budget else "budget"
    return _Wave([one for one in offers if one.id not in late], min(left, len(on_line)), halted)


def _next(opening: Opening, wave: _Wave) -> datetime | None:
    """When the next wave goes; None: there is none, or the salon has to say how it goes on."""
    number = opening.wave + 1
    if wave.halted or number >= len(opening.schedule):
        return None
    return datetime.fromisoformat(opening.schedule[number])


def _enqueue(opening: Opening, terms: RefillTerms, offers: Sequence[Offer], now: datetime) -> None:
    """One message for each; from here on the outbox has them."""
    if not offers:
        return
    templates = _templates(terms, opening.shop)
    Offer.objects.filter(id__in=sql.keys(one.id for one in offers)).update(state=OfferState.SENT, sent_at=now)
    outbox.enqueue(
        [
            NewMessage(
                organization_id=opening.organization_id, shop_id=opening.shop_id, customer_id=one.customer_id,
                template_id=templates[one.why == "waits"], purpose="notice" if one.why == "waits" else "advertisement",
                source=SOURCE, source_id=one.id, due_at=now, channel=one.channel,
            )
            for one in offers
        ]
    )  # fmt: skip


def _templates(terms: RefillTerms, shop: Shop) -> Mapping[bool, int]:
    """What is said to who waits (True) and to the others; made with the first wave, made anew when the house words it otherwise."""
    found = {}
    for field, waits, purpose in (("template_wait", True, "notice"), ("template_offer", False, "advertisement")):
        known = getattr(terms, field)
        if known is None or known.texts != TEXTS[purpose]:
            known = outbox.publish_template(shop.id, purpose, TEXTS[purpose], allowed=ALLOWED, is_judged=True)
            RefillTerms.objects.update_or_create(
                shop=shop, defaults={field: known}, create_defaults={"organization_id": shop.organization_id, field: known}
            )  # fmt: skip
        found[waits] = known.id
    return found


def next_due() -> datetime | None:
    """When the next wave goes, or the next opening is over."""
    with scope.everyone():
        rows = Opening.objects.filter(state=OpeningState.OPEN)
        found = rows.exclude(shop__is_paused=True).aggregate(at=Min("next_wave_at"), over=Min("deadline"))
        return min((at for at in found.values() if at is not None), default=None)


PASSES = [
    Pass("openings that are gone", standing.look, limit=200, every_seconds=1.0),
    Pass("waves of openings", send, limit=100, next_due=next_due, lane="messages"),
]
