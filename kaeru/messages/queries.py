"""Reads for screens: which messages need a person, and what was sent to whom."""

from collections.abc import Mapping, Sequence

from django.db.models import Count, Prefetch, QuerySet

from kaeru.channels import registry as channels
from kaeru.core import secrets
from kaeru.customers.models import Identity, Suppression
from kaeru.messages.models import Delivery, Message, MessageState, Template
from kaeru.messages.timing import Wait
from kaeru.tenants.models import Shop

NEEDS_PERSON = (MessageState.UNKNOWN, MessageState.FAILED)
RECENT = 30
"""So many of a shop's newest templates are looked through before a new one is made of the same texts."""
PENDING = (MessageState.WAITING, MessageState.CLAIMED, MessageState.SENDING, MessageState.HELD)


def needing_person(shop_ids: Sequence[int]) -> QuerySet[Message]:
    """Messages that were refused, or whose hand-over could not be proven. Newest first."""
    return (
        Message.objects.filter(shop_id__in=shop_ids, state__in=NEEDS_PERSON)
        .select_related("customer", "shop", "template")
        .order_by("-due_at", "-id")
    )


def pending(shop_ids: Sequence[int]) -> QuerySet[Message]:
    """Messages that are on their way or deferred, the next one first."""
    return (
        Message.objects.filter(shop_id__in=shop_ids, state__in=PENDING)
        .select_related("customer", "shop", "template")
        .order_by("due_at", "id")
    )


def put_off(shop_id: int) -> dict[str, int]:
    """How many messages of the shop wait for a sending rule or a cap, by reason."""
    rows = Message.objects.filter(shop_id=shop_id, state=MessageState.WAITING, reason__in=list(Wait))
    return dict(rows.values_list("reason").annotate(count=Count("id")))


def of_sources(source: str, source_ids: Sequence[int]) -> list[Message]:
    """What one source asked for, with each attempt to hand it over, oldest first."""
    tries = Prefetch("deliveries", queryset=Delivery.objects.order_by("at", "id"))
    return list(
        Message.objects.filter(source=source, source_id__in=source_ids)
        .select_related("template")
        .prefetch_related(tries)
        .order_by("id")
    )


def one(message_id: int) -> Message | None:
    """One message with its template and deliveries, or None when there is none in scope."""
    tries = Prefetch("deliveries", queryset=Delivery.objects.order_by("at", "id"))
    return (
        Message.objects.select_related("template", "customer", "shop")
        .prefetch_related(tries)
        .filter(id=message_id)
        .first()
    )


def address_of(message: Message) -> str:
    """The address the message went to, else the one it would go to; empty when there is none."""
    went = (
        Delivery.objects.filter(message=message).exclude(address="").order_by("-id").values_list("address", flat=True)
    )
    known = Identity.objects.filter(customer=message.customer, kind=channels.writes_to(message.channel))
    return went.first() or known.values_list("value", flat=True).first() or ""


def has_stopped(message: Message, address: str) -> bool:
    """Whether this address wants no (more) advertisements of the message's shop, or must not be written to at all."""
    stops = Suppression.objects.filter(shop_id=message.shop_id, channel=message.channel)
    return bool(address) and stops.filter(address_hash=secrets.fingerprint(address)).exists()


def recent_template(shop: Shop, texts: Mapping[str, Mapping[str, str]]) -> int | None:
    """The shop's own template of exactly these texts, among its newest; so the same letter does not make a template each time."""
    recent = Template.objects.filter(shop=shop, purpose="notice", channel="mail").order_by("-id")[:RECENT]
    return next((row.id for row in recent if row.texts == texts), None)
