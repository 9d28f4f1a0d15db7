"""Tables: scenarios, their frozen revisions, and who is on the way through one."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.cancellations.models import CancellationRequest, Reason
from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from kaeru.tenants.models import Shop, TenantModel


class Scenario(TenantModel):
    """シナリオ: what follows a reason. Switching it off starts nobody new; who is on the way waits until it is on again."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    reason = models.ForeignKey(Reason, models.CASCADE, related_name="+", null=True)
    """Null: for cancellations that came without a reason."""
    name = models.CharField(max_length=120)
    is_on = models.BooleanField(default=False)
    revision = models.ForeignKey("Revision", models.SET_NULL, related_name="+", null=True)
    """The published one; new enrolments go on it."""
    draft = models.JSONField(default=list)
    """The steps being edited, in the form of Revision.steps."""
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Scenario]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("shop_id", "reason_id", name="scenario_reason"),
            models.UniqueConstraint("shop_id", name="scenario_no_reason", condition=Q(reason_id=None)),
        ]


class Revision(TenantModel):
    """A published scenario, frozen: who is enrolled in it finishes it as it was."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    steps = models.JSONField()
    """The tree as the owner wrote it."""
    program = models.JSONField()
    """The same, compiled by scenarios.rules: a list with jumps, message steps naming their templates."""
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=120)

    objects: ClassVar[ScopedManager[Revision]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("scenario_id", "number", name="revision_number")]


class EnrollmentState(models.TextChoices):
    """Where an enrolment stands."""

    WAITING = "waiting"  #: `due_at` says when it goes on
    HELD = "held"  #: its scenario is switched off; goes on where it was when it is on again
    ENDED = "ended"  #: `end_reason` says why: finished, reordered, shipped, restored, kept, exit, …
    PARKED = "parked"  #: failed five times; a person must look


class Enrollment(TenantModel):
    """One cancellation on its way through one revision: the row that waits."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", db_index=False)
    cancellation = models.ForeignKey(CancellationRequest, models.CASCADE, related_name="+", db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    arm = models.CharField(max_length=10, default="treated")
    step = models.PositiveSmallIntegerField(default=0)
    """Position in the program."""
    state = models.CharField(max_length=8, choices=EnrollmentState.choices, default=EnrollmentState.WAITING)
    due_at = models.DateTimeField()
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[ScopedManager[Enrollment]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("cancellation_id", name="enrollment_once")]
        indexes = [
            models.Index("due_at", name="enrollment_due", condition=Q(state="waiting")),
            models.Index("shop_id", "state", "due_at", name="enrollment_of_shop"),
        ]


class StepLog(TenantModel):
    """What an enrolment did at a step, and why."""

    enrollment_id = models.BigIntegerField(db_index=True)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10)
    outcome = models.CharField(max_length=20)
    """done | skipped | then | else | ended"""
    reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[ScopedManager[StepLog]] = ScopedManager()
