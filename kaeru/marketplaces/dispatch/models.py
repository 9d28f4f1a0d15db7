"""Tables: how a shop prevents cancellations, and which notice about its parcel each buyer has had."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.messages.models import Message
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop, TenantModel


class PreventionTerms(TenantModel):
    """予防の設定. A shop without a row has the defaults of `dispatch.terms.Terms`."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    tells = models.BooleanField(default=True)
    """The staff get a mail in the morning when parcels will be late, and at once when a price or a stock cannot be right."""
    told_on = models.DateField(null=True)
    """The day of the last morning mail, in the shop's zone."""
    notices = models.JSONField(default=list)
    """Kinds of notices that go to the buyers by themselves: date_set, ready, shipped."""
    texts = models.JSONField(default=dict)
    """The shop's own words: {kind: {"ja": {"subject", "body"}, "en": {…}}}; what is missing has the house's words."""
    shares_stock = models.BooleanField(default=True)
    """It sells from the same shelf as the organization's other shops."""

    objects: ClassVar[ScopedManager[PreventionTerms]] = ScopedManager()


class NoticeKind(models.TextChoices):
    """What a buyer is told about a parcel."""

    DATE_SET = "date_set"  #: the day on which it will leave
    READY = "ready"  #: it is packed
    SHIPPED = "shipped"  #: it has left, with its tracking number
    DELAYED = "delayed"  #: it leaves later, and when


class BuyerNotice(TenantModel):
    """発送のお知らせ: one thing that one buyer is told about one order. Written once, whatever dies: the row is what makes it once."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=NoticeKind.choices)
    mark = models.CharField(max_length=10, blank=True)
    """Of a delay the new day: another one may be told again. Else empty."""
    cause = models.CharField(max_length=20, blank=True)
    """Of a delay: `notice_texts.CAUSES`."""
    words = models.JSONField(default=dict)
    """Of a delay, in the shop's own words: {"ja": …, "en": …}. Without personal data."""
    new_on = models.DateField(null=True)
    """Of a delay: the day on which it leaves now."""
    message = models.ForeignKey(Message, models.SET_NULL, related_name="+", null=True)
    """Null: a person pastes the text on the mall's screen."""
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)
    pasted_at = models.DateTimeField(null=True)
    """When a person said that the text is on the mall's screen."""
    pasted_by = models.CharField(max_length=60, blank=True)

    objects: ClassVar[ScopedManager[BuyerNotice]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("order_id", "kind", "mark", name="buyer_notice_once")]
        indexes = [
            models.Index(
                "organization_id", "shop_id", name="buyer_notice_paste", condition=Q(message=None, pasted_at=None)
            )
        ]
