"""Before anybody is asked: who it will be, why, when and for how many yen; and what is planned when the salon says go."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kaeru.appointments.openings import rules, who
from kaeru.appointments.openings.allowance import messages_left
from kaeru.appointments.openings.models import Offer, OfferState, Opening, OpeningState, Segment
from kaeru.appointments.openings.rules import Candidate, Wave
from kaeru.appointments.openings.terms import hours_of, terms_of
from kaeru.core import audit, ids
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class Preview:
    """What asking would mean."""

    asked: who.Asked
    """Everybody who could be asked, and who is left out and why."""
    people: tuple[Candidate, ...]
    """Who is asked within the budget, in order."""
    waves: tuple[Wave, ...]
    pushes: int
    """LINE messages at most: it stops when somebody takes it."""
    yen: int
    budget: int
    room: int | None
    """LINE messages that the month still has; None: no limit is known, or there is no account."""
    halted: str = ""
    """Why nobody would be asked: nobody | hours | budget | quota; empty: they are."""


def preview(
    opening: Opening, shop: Shop, segments: Sequence[Segment], now: datetime, *, budget: int | None = None
) -> Preview:
    """Who, why, when, and what it costs at most. Writes nothing; LINE is not called, its quota is as it was read last."""
    terms = terms_of(shop)
    asked = who.find(opening, shop, terms, segments, now)
    most = terms.pushes_per_opening if budget is None else budget
    room = messages_left(shop.id, fresh=False)
    left = most - opening.pushes if room is None else min(most - opening.pushes, room)
    people = rules.within_budget(asked.people, max(0, left))
    waves = rules.plan(len(people), now, opening.deadline, hours_of(terms, shop))
    pushes = sum(one.channel == "line" for one in people)
    halted = ""
    if not asked.people:
        halted = "nobody"
    elif not people:
        halted = "quota" if room is not None and room <= most - opening.pushes else "budget"
    elif not waves:
        halted = "hours"
    return Preview(asked, tuple(people), waves, pushes, rules.cost(pushes, terms.yen_per_push), most, room, halted)


@transaction.atomic
def plan(
    opening: Opening, shop: Shop, segments: Sequence[Segment], now: datetime, *, budget: int | None = None, actor: str
) -> Preview:
    """Write down whom each wave asks; the first goes as soon as it may. Planned again, only what has not gone out changes."""
    seen = preview(opening, shop, segments, now, budget=budget)
    Offer.objects.filter(opening=opening, state=OfferState.PLANNED).delete()
    rows, place = [], 0
    for number, wave in enumerate(seen.waves):
        for one in seen.people[place : place + wave.people]:
            rows.append(
                Offer(
                    organization_id=opening.organization_id, opening=opening, customer_id=one.customer_id,
                    service_id=one.service_id, segment_id=one.segment_id, channel=one.channel, place=place,
                    wave=opening.wave + number + 1, why=one.why,
                )
            )  # fmt: skip
            place += 1
    for row, key in zip(rows, ids.new_ids(len(rows)), strict=True):
        row.id = key
    Offer.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    went = opening.schedule[: opening.wave]
    opening.schedule = [*went, *(wave.at.isoformat() for wave in seen.waves)]
    opening.segment_ids = [one.id for one in segments]
    opening.push_budget, opening.yen_per_push = seen.budget, terms_of(shop).yen_per_push
    opening.next_wave_at = seen.waves[0].at if seen.waves else None
    opening.halted = seen.halted
    opening.started_at = opening.started_at or now
    Opening.objects.filter(id=opening.id, state=OpeningState.OPEN).update(
        schedule=opening.schedule, segment_ids=opening.segment_ids, push_budget=opening.push_budget,
        yen_per_push=opening.yen_per_push, next_wave_at=opening.next_wave_at, halted=opening.halted, started_at=opening.started_at,
    )  # fmt: skip
    audit.record(
        opening.organization_id, actor, "opening.started", "opening", opening.id,
        people=len(seen.people), waves=len(seen.waves), pushes=seen.pushes, yen=seen.yen,
    )  # fmt: skip
    return seen
