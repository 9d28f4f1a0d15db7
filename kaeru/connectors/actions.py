"""Verbs: tell a shop's own system something, and try again what was parked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from kaeru.connectors.models import InboundDelivery, OutboundCall, OutboundState
from kaeru.core import audit, clock, ids
from kaeru.tenants.models import Shop


def tell_shop(shop: Shop, topic: str, *, subject_id: int, payload: Mapping[str, Any], key: str) -> bool:
    """Put a call to the shop's own system into the outbox, in the caller's transaction; False when the shop takes no calls.

    `key` is stable and becomes the webhook-id: the same key again changes nothing here, and the shop drops a repeat.
    """
    if not shop.notify_url:
        return False
    moment = clock.now()
    row = OutboundCall(
        id=ids.new_id(), organization_id=shop.organization_id, shop=shop, key=key, topic=topic, subject_id=subject_id,
        payload=dict(payload), due_at=moment, created_at=moment,
    )  # fmt: skip
    OutboundCall.objects.bulk_create([row], ignore_conflicts=True)
    return True


@dataclass(frozen=True, slots=True)
class Call:
    """Something to be told to a shop's own system."""

    organization_id: int
    shop_id: int
    topic: str
    subject_id: int
    key: str
    payload: Mapping[str, Any]


def tell_shops(told: Sequence[Call]) -> int:
    """The same as `tell_shop` for many at once, two statements; returns how many belong to shops that take calls."""
    taking = set(
        Shop.objects.filter(id__in={one.shop_id for one in told}).exclude(notify_url="").values_list("id", flat=True)
    )
    moment = clock.now()
    rows = [
        OutboundCall(
            id=key, organization_id=one.organization_id, shop_id=one.shop_id, key=one.key, topic=one.topic,
            subject_id=one.subject_id, payload=dict(one.payload), due_at=moment, created_at=moment,
        )
        for key, one in zip(ids.new_ids(len(told)), told, strict=True) if one.shop_id in taking
    ]  # fmt: skip
    OutboundCall.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@transaction.atomic
def call_again(call_id: int, *, actor: str) -> bool:
    """Try a failed call again; False when there is none of that id in scope, or it has not failed."""
    row = OutboundCall.objects.filter(id=call_id, state=OutboundState.FAILED).first()
    if row is None:
        return False
    OutboundCall.objects.filter(id=call_id).update(
        state=OutboundState.WAITING, attempts=0, due_at=clock.now(), done_at=None
    )
    audit.record(row.organization_id, actor, "call.again", "outbound_call", call_id)
    return True


@transaction.atomic
def work_again(delivery_id: int, *, actor: str) -> bool:
    """Work on a parked delivery again (after an upgrade that reads it); False when there is none of that id in scope."""
    row = InboundDelivery.objects.filter(id=delivery_id, done_at=None).first()
    if row is None:
        return False
    InboundDelivery.objects.filter(id=delivery_id).update(attempts=0, due_at=clock.now())
    audit.record(row.organization_id, actor, "delivery.again", "inbound_delivery", delivery_id)
    return True


@transaction.atomic
def settle_ask(delivery_id: int, *, actor: str) -> bool:
    """A person has answered a request about personal data; False when there is none of that id in scope."""
    row = InboundDelivery.objects.filter(id=delivery_id, error="for_a_person").first()
    if row is None:
        return False
    InboundDelivery.objects.filter(id=delivery_id).update(error="")
    audit.record(row.organization_id, actor, "privacy.settled", "inbound_delivery", delivery_id)
    return True
