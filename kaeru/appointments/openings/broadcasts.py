"""一斉配信: one message to everybody in some of the salon's segments, who agreed to advertisements. What it costs is said before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from kaeru.appointments.openings import reach, rules, who
from kaeru.appointments.openings.allowance import messages_left
from kaeru.appointments.openings.fields import aimed
from kaeru.appointments.openings.models import Broadcast, Segment
from kaeru.appointments.openings.terms import segments_of, terms_of
from kaeru.audiences import sql as audiences
from kaeru.core import audit, clock, sql
from kaeru.messages import actions as outbox
from kaeru.messages.actions import NewMessage
from kaeru.messages.models import Message
from kaeru.messages.registry import register_source
from kaeru.messages.variables import ADVERTISEMENTS_ONLY, CUSTOMER, SHOP
from kaeru.tenants.models import Shop

SOURCE = "broadcast"
ALLOWED = SHOP | CUSTOMER | ADVERTISEMENTS_ONLY
STOPPED = "broadcast_stopped"


class Refused(ValueError):
    """It cannot go; `code`: nobody | quota | sent (it has gone already)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Reached:
    """Who would get it, by which way, and what it costs."""

    ways: Mapping[int, str]
    """line | mail by customer."""
    left_out: Mapping[str, int]
    """How many, by why not: unreachable | no_consent."""
    pushes: int
    yen: int
    room: int | None
    """LINE messages that the month still has; None: no limit is known."""

    @property
    def is_too_many(self) -> bool:
        """The month has not so many LINE messages left."""
        return self.room is not None and self.pushes > self.room


def reached(shop: Shop, segments: Sequence[Segment], now: datetime) -> Reached:
    """Everybody in at least one of the segments, once. Writes nothing."""
    meant: set[int] = set()
    for one in segments:
        meant.update(audiences.find(shop, aimed(who.condition_of(one), 0), now).customer_ids)
    ways = reach.ways(shop.id, meant)
    agreed = reach.agreed(ways)
    pushes = sum(ways[key] == "line" for key in agreed)
    left_out = {"unreachable": len(meant) - len(ways), "no_consent": len(ways) - len(agreed)}
    return Reached(
        {key: ways[key] for key in sorted(agreed)},
        {why: count for why, count in left_out.items() if count},
        pushes,
        rules.cost(pushes, terms_of(shop).yen_per_push),
        messages_left(shop.id, fresh=False),
    )


@transaction.atomic
def save(
    shop: Shop,
    broadcast_id: int | None,
    segment_ids: Sequence[int],
    texts: Mapping[str, Mapping[str, str]],
    *,
    actor: str,
) -> Broadcast:
    """Keep the draft; what has been sent never changes. Raises Refused("sent"), Broadcast.DoesNotExist."""
    known = [one.id for one in segments_of(shop.id) if one.id in set(segment_ids)]
    if broadcast_id is None:
        row = Broadcast(organization_id=shop.organization_id, shop=shop, created_at=clock.now())
    else:
        row = Broadcast.objects.select_for_update().get(id=broadcast_id, shop=shop)
    if row.state != "draft":
        raise Refused("sent")
    row.segment_ids, row.texts, row.by = known, {language: dict(text) for language, text in texts.items()}, actor
    row.save()
    return row


@transaction.atomic
def send(broadcast_id: int, *, actor: str) -> Broadcast:
    """Put it into the outbox for everybody, once. Raises Refused, messages' TextsRefused, Broadcast.DoesNotExist.

    Quiet hours, limits per customer and consent are looked at again for each message when it is handed over.
    """
    row = Broadcast.objects.select_for_update(of=("self",)).select_related("shop").get(id=broadcast_id)
    if row.state != "draft":
        raise Refused("sent")
    now, shop = clock.now(), row.shop
    found = reached(shop, segments_of(shop.id, row.segment_ids), now)
    if not found.ways:
        raise Refused("nobody")
    if found.is_too_many:
        raise Refused("quota")
    templates = {
        way: outbox.publish_template(shop.id, "advertisement", row.texts, channel=way, allowed=ALLOWED).id
        for way in sorted(set(found.ways.values()))
    }
    outbox.enqueue(
        [
            NewMessage(
                organization_id=shop.organization_id, shop_id=shop.id, customer_id=key, template_id=templates[way],
                purpose="advertisement", source=SOURCE, source_id=row.id, due_at=now, channel=way,
            )
            for key, way in found.ways.items()
        ]
    )  # fmt: skip
    row.line_template_id, row.mail_template_id = templates.get("line"), templates.get("mail")
    row.state, row.sent_at, row.by = "sent", now, actor
    row.people, row.pushes, row.yen = len(found.ways), found.pushes, found.yen
    row.save()
    audit.record(
        shop.organization_id,
        actor,
        "broadcast.sent",
        "broadcast",
        row.id,
        people=row.people,
        pushes=row.pushes,
        yen=row.yen,
    )
    return row


@transaction.atomic
def stop(broadcast_id: int, *, actor: str) -> int:
    """Take what has not been handed over out of the outbox; returns how many that were."""
    row = Broadcast.objects.select_for_update().get(id=broadcast_id)
    if row.state != "sent":
        return 0
    gone = outbox.close(SOURCE, [row.id], STOPPED)
    Broadcast.objects.filter(id=row.id).update(state="stopped")
    audit.record(row.organization_id, actor, "broadcast.stopped", "broadcast", row.id, people=gone)
    return gone


def remove(broadcast_id: int) -> None:
    """Throw a draft away."""
    Broadcast.objects.filter(id=broadcast_id, state="draft").delete()


def _words(rows: Sequence[Message]) -> dict[int, dict[str, Any]]:
    """Nothing besides what every message may mention."""
    return {row.id: {} for row in rows}


def _still_needed(rows: Sequence[Message]) -> dict[int, str]:
    """A broadcast that was stopped goes to nobody more."""
    ended = set(
        Broadcast.objects.filter(id__in=sql.keys({row.source_id for row in rows}), state="stopped").values_list(
            "id", flat=True
        )
    )
    return {row.id: STOPPED for row in rows if row.source_id in ended}


register_source(SOURCE, _words, _still_needed, allowed_variables=ALLOWED)
