"""Tables: what came in and what must go out to the shops' systems."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class InboundDelivery(TenantModel):
    """A webhook as it arrived: stored, answered, then worked on by a pass."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    source = models.CharField(max_length=20)
    topic = models.CharField(max_length=60)
    event_id = models.CharField(max_length=120)
    body = models.BinaryField()
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    """When it is worked on (again); the fifth failure parks it until a person looks."""
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)

    objects: ClassVar[ScopedManager[InboundDelivery]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("organization_id", "shop_id", "source", "topic", "event_id", name="inbound_once")
        ]
        indexes = [
            models.Index("id", name="inbound_undone", condition=Q(done_at=None)),
            models.Index("received_at", name="inbound_age"),
        ]


class OutboundState(models.TextChoices):
    """Where a call to the shop's system stands."""

    WAITING = "waiting"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"


class OutboundCall(TenantModel):
    """What Kaeru tells a shop's own system (Standard Webhooks), until it has answered."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=60)
    """Stable: becomes the webhook-id, so that the shop can drop a repeat."""
    topic = models.CharField(max_length=60)
    subject_id = models.BigIntegerField()
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=OutboundState.choices, default=OutboundState.WAITING)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    answer = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[OutboundCall]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "key", name="outbound_key")]
        indexes = [models.Index("due_at", name="outbound_due", condition=Q(state__in=["waiting", "sending"]))]


class ImportRun(TenantModel):
    """One file that was imported: what it brought and what was refused."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    layout = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    file_digest = models.BinaryField(max_length=32)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    report = models.JSONField(default=dict)

    objects: ClassVar[ScopedManager[ImportRun]] = ScopedManager()


class FileMap(TenantModel):
    """A map of columns and words that the operator brought for a list: the next list that looks the same is read by it."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=20)
    """orders | cancellations"""
    name = models.CharField(max_length=60)
    document = models.JSONField()
    """As in a map file; see docs/reference/import-orders.md."""
    used_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[FileMap]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "kind", "name", name="file_map_name")]


class Connection(TenantModel):
    """接続: how Kaeru may act in the shop's own system, beside hearing from it. Without one, staff act by hand."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    source = models.CharField(max_length=20)
    """The connector's name: shopify | webhook …"""
    account = models.CharField(max_length=200, blank=True)
    """What the system calls the shop: kotori.myshopify.com."""
    sealed_token = models.BinaryField(null=True)
    scopes = models.JSONField(default=list)
    """What the token may do, in the system's words."""
    version = models.CharField(max_length=20, blank=True)
    """Of the system's interface."""
    installed_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    """When Kaeru last looked whether everything is in order there."""
    problem = models.CharField(max_length=300, blank=True)
    """What a person must put right; empty: nothing."""
    removed_at = models.DateTimeField(null=True)
    client_id = models.CharField(max_length=80, blank=True)
    """The app by which it was installed; empty: the token was entered by hand."""
    look_at = models.DateTimeField(null=True)
    """When Kaeru looks next whether everything is in order there; null: now."""
    upkeep = models.JSONField(default=dict)
    """What the last look found: {"made": webhooks made, "dropped": …, "lacking": scopes}."""
    catch_up_at = models.DateTimeField(null=True)
    """When Kaeru asks next for orders that changed without a word; null: now."""
    caught_up_to = models.DateTimeField(null=True)
    """Everything that changed there until this moment is known; null: nothing was asked for yet."""
    key_expires_on = models.DateField(null=True)
    """The last day on which the key works, in the shop's zone; null: it has no end, or nobody told."""
    key_warned = models.PositiveSmallIntegerField(null=True)
    """How many days before its end the shop was warned last; null: not yet."""
    poll_minutes = models.PositiveSmallIntegerField(default=5)
    """How often Kaeru asks a system that tells nothing by itself."""
    rules = models.JSONField(default=dict)
    """What the shop lets Kaeru do there by rule, in the connector's words; {}: nothing."""

    objects: ClassVar[ScopedManager[Connection]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("shop_id", "source", name="connection_once", condition=Q(removed_at=None))
        ]
        indexes = [models.Index("account", name="connection_account", condition=Q(removed_at=None))]


class GateTerms(TenantModel):
    """What Kaeru may change in the shop's system by itself. A shop without a row only rehearses: nothing is changed there."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    is_live = models.BooleanField(default=False)
    """False: dry run. What would be called is written down, nothing is called."""
    most_per_order = models.BigIntegerField(default=30_000)
    """Minor units that one change may move; more waits for a person."""
    most_per_day = models.BigIntegerField(default=100_000)
    """Minor units that all changes of one day in the shop's zone may move; more waits for a person."""
    cancels_alone = models.BooleanField(default=False)
    """Whether a cancellation on a mall may go out that no person asked for (`base.Capabilities.cancels_with_person`)."""

    objects: ClassVar[ScopedManager[GateTerms]] = ScopedManager()


class Inquiry(TenantModel):
    """問い合わせ: what a buyer asked on the mall, and what the shop answered there. News: `inquiry.received` (subject: its id)."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="+", null=True)
    """What it is about; null: about no order, or about one that nobody knows."""
    source_id = models.CharField(max_length=100)
    """The mall's own name of it, whatever is needed to answer: MSG:123:1 at Qoo10."""
    asked_at = models.DateTimeField()
    title = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    """At most 4,000 characters. Personal data, as are title and answer: never logged, never in an audit entry."""
    category = models.CharField(max_length=60, blank=True)
    """What the mall files it under, in its words."""
    is_about_claim = models.BooleanField(default=False)
    """The mall ties it to a wish to cancel, return or exchange."""
    answered_at = models.DateTimeField(null=True)
    """When it was answered, by Kaeru or on the mall's screen; null: it waits."""
    answer_text = models.TextField(blank=True)
    """What Kaeru answered; empty when it was answered elsewhere."""

    objects: ClassVar[ScopedManager[Inquiry]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "shop_id", "source_id", name="inquiry_source")]
        indexes = [
            models.Index("shop_id", "asked_at", name="inquiry_open", condition=Q(answered_at=None)),
        ]


class ChangeState(models.TextChoices):
    """Where a change in the shop's system stands."""

    WAITING = "waiting"
    HELD = "held"  #: over a cap: a person lets it go or drops it
    SENDING = "sending"
    PENDING = "pending"  #: the system works on it; looked at again
    DONE = "done"
    DRY_RUN = "dry_run"  #: written down instead of called
    REFUSED = "refused"  #: the system or the gate says no; `answer` says why
    FAILED = "failed"  #: given up after many tries; a person looks
    DROPPED = "dropped"  #: taken back before it was called


class OrderChange(TenantModel):
    """注文への変更: one thing that the shop's system is asked to do, from the wish to the proof. Written before anything is called."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey("orders.Order", models.CASCADE, related_name="+", null=True)
    key = models.CharField(max_length=80)
    """Stable: the same key asked twice is one change; it goes along where the system takes keys."""
    kind = models.CharField(max_length=20)
    payload = models.JSONField()
    """See `connectors.changes`."""
    why = models.CharField(max_length=60)
    """Explicit reason, never empty."""
    money = models.BigIntegerField(default=0)
    """Minor units that it may move: what the caps count."""
    state = models.CharField(max_length=10, choices=ChangeState.choices, default=ChangeState.WAITING)
    due_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    """Lease in real time while it is being called."""
    attempts = models.PositiveSmallIntegerField(default=0)
    before = models.JSONField(null=True)
    """What stood before the call, without personal data."""
    after = models.JSONField(null=True)
    answer = models.CharField(max_length=300, blank=True)
    """Why it is held, was refused or given up; what would have been called in a dry run."""
    made = models.JSONField(default=dict)
    """What came into being in the shop's system: {"url": …} of a draft."""
    is_let_go = models.BooleanField(default=False)
    """A person has let it go over the caps."""
    called_at = models.DateTimeField(null=True)
    """When it went out last, on the shop's clock: what the cap of the day counts. Null: it was certainly not called."""
    waits = models.PositiveSmallIntegerField(default=0)
    """How often the system asked to be left alone."""
    asked_by = models.CharField(max_length=60)
    """The actor: customer, member:12, scenario."""
    source = models.CharField(max_length=20)
    """The room that asked: repair | request | shortage | swap | coupon."""
    source_id = models.BigIntegerField()
    created_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[OrderChange]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "key", name="change_key")]
        indexes = [
            models.Index("due_at", name="change_due", condition=Q(state__in=["waiting", "pending"])),
            models.Index("claimed_until", name="change_lease", condition=Q(state="sending")),
            models.Index("source", "source_id", name="change_source"),
            models.Index("organization_id", "shop_id", "state", name="change_state"),
            models.Index("shop_id", "state", "due_at", name="change_fair"),
            models.Index(
                "shop_id", "called_at", name="change_moved", condition=Q(called_at__isnull=False, money__gt=0)
            ),
        ]
