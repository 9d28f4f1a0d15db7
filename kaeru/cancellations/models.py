"""Tables: the shop's reasons, and each wish to cancel with what became of it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.orders.models import Order, OrderLine, Refund
from kaeru.tenants.models import Shop, TenantModel


class Side(models.TextChoices):
    """Whose wish or fault it is."""

    CUSTOMER = "customer"
    SHOP = "shop"
    UNKNOWN = "unknown"


class Reason(TenantModel):
    """理由: one answer to "why?", in the shop's words, with the answer the shopper reads at once."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    code = models.SlugField(max_length=40)
    side = models.CharField(max_length=10, choices=Side.choices, default=Side.CUSTOMER)
    labels = models.JSONField()
    """{"ja": …, "en": …}"""
    answers = models.JSONField(default=dict)
    """What the page says after the choice: {"ja": …, "en": …}"""
    guidance = models.JSONField(default=dict)
    """What to mind when ordering again: {"ja": …, "en": …}"""
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    objects: ClassVar[ScopedManager[Reason]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "code", name="reason_code")]


class RequestState(models.TextChoices):
    """Where a wish to cancel stands."""

    CONSIDERING = "considering"  #: a reason was chosen on the page; nothing decided
    ASKED = "asked"  #: the buyer wants to cancel, and the shop decides
    REQUESTED = "requested"  #: it is to be cancelled; the shop's system has not confirmed yet
    CANCELLED = "cancelled"  #: the order is cancelled in the shop's system
    KEPT = "kept"  #: the buyer kept the order, as it was or repaired
    DECLINED = "declined"  #: the shop said no, on grounds
    RESTORED = "restored"  #: was cancelled, and is not any more


class CancellationRequest(TenantModel):
    """キャンセル申請: one wish to cancel an order, whole or in part."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+", null=True)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    refund = models.OneToOneField(Refund, models.CASCADE, related_name="+", null=True)
    """The credit slip that told of it, when it was one."""
    shortage = models.ForeignKey("Shortage", models.SET_NULL, related_name="requests", null=True)
    """The shortage that it comes from: then it is nobody's wish, and the shop's fault."""
    reason = models.ForeignKey(Reason, models.PROTECT, related_name="+", null=True)
    side = models.CharField(max_length=10, choices=Side.choices, default=Side.UNKNOWN)
    origin = models.CharField(max_length=10)
    """page | shop (its system told us) | import | api | desk | swap | mall (a buyer asked the mall)"""
    state = models.CharField(max_length=12, choices=RequestState.choices)
    is_whole = models.BooleanField(default=True)
    value = models.BigIntegerField()
    """What the cancellation takes away, minor units."""
    currency = models.CharField(max_length=3)
    is_history = models.BooleanField(default=False)
    """From a file of the past, or told too late: counted, never acted on."""
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    """When the buyer cancelled or kept."""
    cancelled_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[CancellationRequest]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "order_id", name="request_open_once", condition=Q(state__in=["considering", "asked", "requested"])
            ),
        ]
        indexes = [
            models.Index("organization_id", "shop_id", "requested_at", name="request_time"),
            models.Index("organization_id", "state", name="request_state"),
            models.Index("decided_at", name="request_unconfirmed", condition=Q(state="requested", is_history=False)),
        ]


class CancellationLine(TenantModel):
    """What of the order is cancelled; a whole cancellation lists every line."""

    request = models.ForeignKey(CancellationRequest, models.CASCADE, related_name="lines")
    order_line = models.ForeignKey(OrderLine, models.CASCADE, related_name="+", null=True)
    quantity = models.IntegerField()
    amount = models.BigIntegerField()

    objects: ClassVar[ScopedManager[CancellationLine]] = ScopedManager()


class CancelPolicy(TenantModel):
    """キャンセル規定: who may cancel what and until when. Never changed: saving adds a version, and the newest counts."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    document = models.JSONField()
    """See `cancellations.policy.document`."""
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)

    objects: ClassVar[ScopedManager[CancelPolicy]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("shop_id", "number", name="policy_number")]


class Verdict(models.TextChoices):
    """What was decided about a wish to cancel."""

    APPROVE = "approve"
    DECLINE = "decline"
    KEEP = "keep"
    ASK = "ask"  #: the policy left it to the staff


class Decision(TenantModel):
    """決定: who decided what about a wish to cancel, on which grounds. Only ever added to."""

    request = models.ForeignKey(CancellationRequest, models.CASCADE, related_name="decisions")
    verdict = models.CharField(max_length=10, choices=Verdict.choices)
    by = models.CharField(max_length=60)
    """The actor: policy, customer, member:12, api:…"""
    rule = models.CharField(max_length=60, blank=True)
    """The rule of the policy that fitted."""
    policy = models.PositiveIntegerField(null=True)
    """The number of the policy that was asked."""
    ground = models.CharField(max_length=60, blank=True)
    """The code of the ground: shipped, made_to_order, the shop's own."""
    words = models.JSONField(default=dict, blank=True)
    """The ground as the buyer reads it: {"ja": …, "en": …}"""
    decided_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Decision]] = ScopedManager()


class RepairState(models.TextChoices):
    """Where a repair stands."""

    OFFERED = "offered"  #: the shop offers it; the buyer has not answered
    ASKED = "asked"  #: the buyer wants it; the shop's system is being asked
    BY_HAND = "by_hand"  #: staff carry it out
    DONE = "done"
    REFUSED = "refused"  #: it cannot be done; `outcome` says why
    UNDONE = "undone"
    EXPIRED = "expired"  #: nobody answered in time


class Repair(TenantModel):
    """変更: what is put right instead of cancelling."""

    request = models.ForeignKey(CancellationRequest, models.CASCADE, related_name="repairs")
    kind = models.CharField(max_length=20)
    """address | payment | coupon | free_shipping | sooner | lines | substitute; see `cancellations.repairs`."""
    state = models.CharField(max_length=10, choices=RepairState.choices)
    asked = models.JSONField(default=dict)
    """What the buyer wants. May hold personal data; emptied when it is over and done."""
    outcome = models.JSONField(default=dict, blank=True)
    """What came of it, without personal data: {"code": …, "given_back": yen}."""
    created_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True)
    """Until when an offer stands."""
    done_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[Repair]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "request_id", name="repair_open_once", condition=Q(state__in=["offered", "asked", "by_hand"])
            )
        ]
        indexes = [models.Index("answer_by", name="repair_answer", condition=Q(state="offered"))]


class SwapState(models.TextChoices):
    """Where a safe swap stands."""

    OPEN = "open"  #: the buyer may order anew; the old order stands
    ORDERED = "ordered"  #: the new order stands; the old one goes when the time to undo is over
    DONE = "done"  #: the old order is cancelled
    UNDONE = "undone"  #: the buyer took it back; the old order stands
    EXPIRED = "expired"  #: no new order came; the old order stands
    FAILED = "failed"  #: the old order could not be cancelled; a person looks


class Swap(TenantModel):
    """入れ替え: the new order first, the old one after. The old order is never lost before the new one stands."""

    request = models.OneToOneField(CancellationRequest, models.CASCADE, related_name="swap")
    new_order = models.ForeignKey(Order, models.CASCADE, related_name="+", null=True)
    state = models.CharField(max_length=10, choices=SwapState.choices, default=SwapState.OPEN)
    url = models.CharField(max_length=500, blank=True)
    """Where the new order is paid; empty: the shop's cart."""
    opened_at = models.DateTimeField()
    open_until = models.DateTimeField()
    """Until then the stock is kept, where the shop can, and a new order counts as the swap."""
    undo_until = models.DateTimeField(null=True)
    """Until then the buyer may take it back; then the old order is cancelled."""
    done_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[Swap]] = ScopedManager()

    class Meta:
        indexes = [
            models.Index("open_until", name="swap_open", condition=Q(state="open")),
            models.Index("undo_until", name="swap_undo", condition=Q(state="ordered")),
        ]


class Shortage(TenantModel):
    """欠品: an item that the shop cannot deliver. Its buyers are told first; what they do not keep is cancelled as the shop's fault."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    sku = models.CharField(max_length=100)
    title = models.CharField(max_length=300)
    cause = models.CharField(max_length=20)
    """out_of_stock | price_error | damaged"""
    substitutes = models.JSONField(default=list)
    """[{"variant_id": …, "sku": …, "title": …, "unit_price": yen}, …], the best first."""
    words = models.JSONField(default=dict)
    """What the shop says about it: {"ja": …, "en": …}"""
    answer_by = models.DateTimeField()
    """Offers that are not answered by then are cancelled."""
    state = models.CharField(max_length=10, default="open")
    """open | closed"""
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=60)

    objects: ClassVar[ScopedManager[Shortage]] = ScopedManager()

    class Meta:
        indexes = [models.Index("organization_id", "shop_id", "state", name="shortage_state")]


class CaseState(models.TextChoices):
    """Whether a case still needs somebody."""

    OPEN = "open"
    CLOSED = "closed"


class Case(TenantModel):
    """受付の案件: something that needs a person, with the time by which it does and a proposed answer."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    """decide (a wish to cancel) | cancel (in the shop's own system, by hand) | refuse (on the mall's screen) | repair (by hand) |
    change (held or given up) | swap | inquiry (a buyer's question on a mall)"""
    request = models.ForeignKey(CancellationRequest, models.CASCADE, related_name="cases", null=True)
    subject_id = models.BigIntegerField()
    """The request, repair, order change, swap or inquiry that it is about, by kind."""
    state = models.CharField(max_length=10, choices=CaseState.choices, default=CaseState.OPEN)
    due_at = models.DateTimeField()
    """When waiting begins to cost."""
    due_why = models.CharField(max_length=20)
    """cutoff | promised | opening | mall"""
    value = models.BigIntegerField(default=0)
    """What is at stake, minor units."""
    currency = models.CharField(max_length=3, default="JPY")
    proposal = models.JSONField(default=dict)
    """{"verdict": …, "ground": …, "rule": …}: what Kaeru would do."""
    assigned_to = models.BigIntegerField(null=True)
    """A member's user."""
    snoozed_until = models.DateTimeField(null=True)
    opened_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    """When the staff were told of it."""
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=60, blank=True)
    outcome = models.CharField(max_length=20, blank=True)
    """How it was closed: approved | declined | offered | done | cannot | dropped; by itself: shipped | cancelled | kept | settled"""

    objects: ClassVar[ScopedManager[Case]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("kind", "subject_id", name="case_open_once", condition=Q(state="open"))]
        indexes = [
            models.Index(
                "organization_id", "due_at", F("value").desc(), "id", name="case_in_line", condition=Q(state="open")
            ),
            models.Index("opened_at", name="case_untold", condition=Q(told_at=None, state="open")),
        ]


class CaseNote(TenantModel):
    """What somebody wrote to a case, for the others."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    by = models.CharField(max_length=60)
    text = models.TextField(max_length=2000)
    at = models.DateTimeField()

    objects: ClassVar[ScopedManager[CaseNote]] = ScopedManager()


class DeskTerms(TenantModel):
    """How a shop's desk works. A shop without a row has the defaults of `desk.rules.Terms`."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    reply_hours = models.PositiveSmallIntegerField()
    """An answer is owed within so many opening hours."""
    tells = models.CharField(max_length=10)
    """at_once | morning | none: whether the staff get a mail of new cases."""
    soon_minutes = models.PositiveIntegerField()
    """At once: when the clock of a new case has no more than this left, …"""
    value_from = models.BigIntegerField()
    """… or at least this is at stake, minor units."""
    approves_free = models.BooleanField(default=False)
    """Rightful wishes of a mall's buyers are approved by themselves as long as the mall does not count them."""
    morning_on = models.DateField(null=True)
    """The day of the last summary, in the shop's zone."""

    objects: ClassVar[ScopedManager[DeskTerms]] = ScopedManager()


class RepairTerms(TenantModel):
    """What a shop says about repairs. A shop without a row has the defaults of `repairs.terms.Terms`."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    without = models.JSONField(default=list)
    """Kinds that the shop does not offer."""
    handling_days = models.PositiveSmallIntegerField()
    """Opening days from the order to the dispatch."""
    delivery_days = models.PositiveSmallIntegerField()
    """Days from the dispatch to the door."""
    express_days = models.PositiveSmallIntegerField(null=True)
    """The same by express; null: the shop has none."""
    swap_minutes = models.PositiveIntegerField()
    """For how long a new order counts as the swap, and stock is kept where the shop can."""
    undo_minutes = models.PositiveIntegerField()
    """For how long the buyer may take a swap back."""
    payment_url = models.CharField(max_length=300, blank=True)
    """The shop's own page for paying another way, with {order} for the order's number; empty: none."""

    objects: ClassVar[ScopedManager[RepairTerms]] = ScopedManager()
