"""Tables: a shop's official account, who is its friend, what LINE told, what is answered, and links that are being made."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop, TenantModel


class LineAccount(TenantModel):
    """LINE公式アカウント: how one shop speaks in LINE. Every shop has its own."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    bot_user_id = models.CharField(max_length=40, blank=True)
    """LINE's id of the account: what webhooks name as their destination."""
    channel_id = models.CharField(max_length=20, blank=True)
    sealed_secret = models.BinaryField(null=True)
    """Signs what LINE sends."""
    sealed_token = models.BinaryField(null=True)
    """The channel access token: lets us speak."""
    basic_id = models.CharField(max_length=20, blank=True)
    """@abc1234y: what people search for."""
    name = models.CharField(max_length=60, blank=True)
    """As LINE shows the account."""
    login_channel_id = models.CharField(max_length=20, blank=True)
    """The LINE Login channel (or MINI App) under the same provider, whose ID tokens are believed."""
    liff_id = models.CharField(max_length=40, blank=True)
    greeting = models.CharField(max_length=500, blank=True)
    """Said to new friends, in a free reply; empty: LINE's own greeting is enough."""
    quota_kind = models.CharField(max_length=10, blank=True)
    """none (no limit) | limited | empty (never read)"""
    quota_limit = models.PositiveIntegerField(default=0)
    """Pushes a month."""
    quota_used = models.PositiveIntegerField(default=0)
    """Of this month, as LINE counts, and ours since it was read."""
    quota_read_at = models.DateTimeField(null=True)
    spent_until = models.DateTimeField(null=True)
    """LINE says that the month's pushes are used up: nothing is pushed before then."""
    rests_until = models.DateTimeField(null=True)
    """LINE asked for a pause (429)."""
    broken_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=40, blank=True)
    """What a person must put right: token | secret | plan; empty: nothing."""
    heard_at = models.DateTimeField(null=True)
    """When LINE last told us anything."""
    is_on = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[LineAccount]] = ScopedManager()


class FriendState(models.TextChoices):
    """Whether somebody can be reached."""

    FRIEND = "friend"
    BLOCKED = "blocked"  #: blocked the account, or never added it


class LineFriend(TenantModel):
    """友だち: a person in LINE as one shop's account knows them, with or without a customer's card."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    user_id = models.CharField(max_length=40)
    """LINE's id of the person for this provider. Personal data: never logged, never in an audit entry."""
    customer = models.ForeignKey(Customer, models.SET_NULL, related_name="+", null=True)
    """Whose card; null: not linked yet."""
    state = models.CharField(max_length=10, choices=FriendState.choices, default=FriendState.FRIEND)
    since = models.DateTimeField()
    """Since when the state is so, by LINE's clock: older news do not change it."""
    name = models.CharField(max_length=100, blank=True)
    """As the person calls themselves in LINE."""
    language = models.CharField(max_length=5, default="ja")
    """ja | en"""
    looked_at = models.DateTimeField(null=True)
    """When name and language were asked for; null: not yet."""

    objects: ClassVar[ScopedManager[LineFriend]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "user_id", name="line_friend_once")]
        indexes = [models.Index("id", name="line_friend_new", condition=Q(looked_at=None, state="friend"))]


class LineEvent(TenantModel):
    """The inbox: what LINE told, kept before anybody reads it. LINE may tell the same twice, and not in order."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    event_id = models.CharField(max_length=40)
    """webhookEventId"""
    at = models.DateTimeField()
    """LINE's timestamp: events are handled in this order."""
    payload = models.JSONField()
    """As LINE sent it. Personal data; emptied when it was handled and the time for questions is over."""
    is_redelivered = models.BooleanField(default=False)
    received_at = models.DateTimeField()
    """Real time: the reply token lives a minute from here, whatever the business clock shows."""
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    """answered | silent | ignored | stopped (tried too often)"""
    error = models.CharField(max_length=60, blank=True)

    objects: ClassVar[ScopedManager[LineEvent]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("organization_id", "shop_id", "event_id", name="line_event_once")]
        indexes = [
            models.Index("due_at", name="line_event_due", condition=Q(handled_at=None)),
            models.Index("received_at", name="line_event_received"),
        ]


class ReplyState(models.TextChoices):
    """Where an answer stands."""

    WAITING = "waiting"
    SENDING = "sending"  #: handed over once; never again with the same token
    SENT = "sent"
    PUSHED = "pushed"  #: the reply came too late or was refused, and the answer was important enough for a push
    DROPPED = "dropped"  #: too late, and not worth a push
    FAILED = "failed"


class LineReply(TenantModel):
    """The outbox of answers: they cost nothing, may go once, and only within a minute."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    friend = models.ForeignKey(LineFriend, models.CASCADE, related_name="+")
    event = models.OneToOneField(LineEvent, models.CASCADE, related_name="+")
    token = models.CharField(max_length=100, blank=True)
    messages = models.JSONField()
    """LINE's message objects, 1 to 5."""
    must_arrive = models.BooleanField(default=False)
    key = models.UUIDField(default=uuid.uuid4, unique=True)
    """The retry key, should it become a push."""
    state = models.CharField(max_length=10, choices=ReplyState.choices, default=ReplyState.WAITING)
    outcome = models.CharField(max_length=40, blank=True)
    due_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField()
    tried_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[LineReply]] = ScopedManager()

    class Meta:
        indexes = [models.Index("due_at", name="line_reply_due", condition=Q(state__in=["waiting", "sending"]))]


class LineLink(TenantModel):
    """連携: a link between a person in LINE and a customer's card that is being made. Good once, for ten minutes."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", db_index=False)
    friend = models.ForeignKey(LineFriend, models.CASCADE, related_name="+", null=True)
    """Who asked for it in LINE: nobody else's LINE can be linked by it. Null: whoever the ID token names."""
    nonce_hash = models.BinaryField(max_length=32, unique=True)
    session_hash = models.BinaryField(max_length=32)
    """Of the browser in which it was begun."""
    about_id = models.BigIntegerField(null=True)
    """The visit (`Booking.id`) by whose page the client proved who they are; null: another proof."""
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)
    """linked | failed | late | other_friend; empty: nothing yet"""
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[LineLink]] = ScopedManager()

    class Meta:
        indexes = [models.Index("expires_at", name="line_link_expires")]
