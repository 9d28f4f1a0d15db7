"""Tables: scenarios, their frozen revisions, and who is on the way through one."""

from __future__ import annotations

import secrets
from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.cancellations.models import CancellationRequest, Reason
from kaeru.core.scope import ScopedManager
from kaeru.customers.models import Customer
from kaeru.orders.models import Order
from kaeru.scenarios.holdout import usual_setting
from kaeru.tenants.models import Shop, TenantModel


def new_salt() -> str:
    """What makes a scenario's chance its own."""
    return secrets.token_hex(8)


class Scenario(TenantModel):
    """シナリオ: what follows a cancellation. Switching it off starts nobody new; who is on the way waits until it is on again."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+")
    reason = models.ForeignKey(Reason, models.CASCADE, related_name="+", null=True)
    """Only for cancellations with this reason; null: whatever the reason."""
    name = models.CharField(max_length=120)
    position = models.PositiveSmallIntegerField(default=100)
    """Of several that fit, the first one starts."""
    is_on = models.BooleanField(default=False)
    revision = models.ForeignKey("Revision", models.SET_NULL, related_name="+", null=True)
    """The published one; new enrolments go on it."""
    draft = models.JSONField(default=dict)
    """The document being edited, see `flow`."""
    draft_version = models.PositiveIntegerField(default=0)
    """Counts the saves: two people who edit at once are told, nothing is overwritten in silence."""
    holdout = models.CharField(max_length=8, default=usual_setting, blank=True)
    """Who is held back for comparison: empty: by itself 50 → 20 → 10 % · off · basis points, see `holdout`."""
    salt = models.CharField(max_length=32, default=new_salt)
    """Part of the hash that decides it; never changed."""
    created_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Scenario]] = ScopedManager()

    class Meta:
        indexes = [models.Index("shop_id", "position", "id", name="scenario_order")]


class DraftState(TenantModel):
    """The draft after one edit: the way back, and forth again. Of each scenario the last ones are kept."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="+")
    flow = models.JSONField()
    what = models.CharField(max_length=80, blank=True)
    """What was edited: add, remove, …, or field:NAME while typing."""
    tab = models.CharField(max_length=20, blank=True)
    """The page it was edited on; a page does not stand in its own way."""
    saved_by = models.CharField(max_length=120, blank=True)
    """Empty: how the draft was before the first edit."""
    saved_at = models.DateTimeField()
    is_undone = models.BooleanField(default=False)

    objects: ClassVar[ScopedManager[DraftState]] = ScopedManager()


class Revision(TenantModel):
    """A published scenario, frozen: who is enrolled in it finishes it as it was."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    trigger = models.CharField(max_length=60, default="cancellation.requested")
    goal = models.CharField(max_length=60, blank=True)
    """The event that ends an enrolment as a success; empty: none besides the re-order."""
    flow = models.JSONField()
    """The document as the owner wrote it."""
    program = models.JSONField()
    """Its steps compiled: a list with jumps, message steps naming their templates."""
    places = models.JSONField(default=list)
    """For each operation of the program the id of the step it came from."""
    published_at = models.DateTimeField()
    published_by = models.CharField(max_length=120)
    note = models.CharField(max_length=200, blank=True)
    """What was changed, in the publisher's words."""

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
    """One cancellation (or order, or customer) on its way through one revision: the row that waits."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", db_index=False)
    trigger = models.CharField(max_length=60, default="cancellation.requested")
    subject_id = models.BigIntegerField()
    """What started it: the cancellation, the order, or the own event. Each starts at most one scenario of a trigger."""
    about = models.CharField(max_length=15, default="cancellation")
    """cancellation | order | customer: what ends it by itself."""
    cancellation = models.ForeignKey(CancellationRequest, models.CASCADE, related_name="+", null=True, db_index=False)
    order = models.ForeignKey(Order, models.CASCADE, related_name="+", null=True, db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    arm = models.CharField(max_length=10, default="treated")
    """treated | held: for comparison, gets only what everybody is owed."""
    step = models.PositiveSmallIntegerField(default=0)
    """Position in the program."""
    state = models.CharField(max_length=8, choices=EnrollmentState.choices, default=EnrollmentState.WAITING)
    awaiting = models.CharField(max_length=60, blank=True)
    """The event that ends its rest early."""
    heard = models.CharField(max_length=60, blank=True)
    """The event that did."""
    due_at = models.DateTimeField()
    """When the engine looks at it next."""
    rest_until = models.DateTimeField(null=True)
    """When its rest is over; woken before that, it only looks whether anything more is needed."""
    entered_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_reason = models.CharField(max_length=20, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    objects: ClassVar[ScopedManager[Enrollment]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("subject_id", "trigger", name="enrollment_once")]
        indexes = [
            models.Index("due_at", name="enrollment_due", condition=Q(state="waiting")),
            models.Index("shop_id", "state", "due_at", name="enrollment_of_shop"),
        ]


class Assignment(TenantModel):
    """割付: on which side a customer is in a scenario, decided once and with which probability. What effects are computed from."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    arm = models.CharField(max_length=8)
    """treated | held"""
    pi = models.FloatField()
    """Probability of being treated when it was decided; never computed again."""
    bucket = models.PositiveSmallIntegerField()
    """0 to 9999, of the hash: held when smaller than the part of 10,000 that was held back then."""
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+", db_index=False)
    """The scenario as it was then."""
    at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Assignment]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("scenario_id", "customer_id", name="assignment_once")]


class SplitLesson(TenantModel):
    """学び: what a learning split knows of its ways, and by which shares the next customers are divided."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="+")
    key = models.CharField(max_length=60, unique=True)
    """The split's own name: scenario and step."""
    weights = models.JSONField()
    """Shares of the ways, parts of one."""
    told = models.JSONField(default=list)
    """For each way {"way", "units", "back", "net"}: customers, those who came back, net minor units for each."""
    learned_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[SplitLesson]] = ScopedManager()


class SplitChoice(TenantModel):
    """選択: which way somebody was sent by a learning split, and with which probabilities. Never of those held back."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+", null=True)
    enrollment_id = models.BigIntegerField(db_index=True)
    key = models.CharField(max_length=60)
    way = models.CharField(max_length=1)
    shares = models.JSONField()
    """Probability of each way when it was chosen; never computed again."""
    at = models.DateTimeField()

    objects: ClassVar[ScopedManager[SplitChoice]] = ScopedManager()

    class Meta:
        indexes = [models.Index("key", "customer_id", "at", name="choice_of_split")]


class StepLog(TenantModel):
    """What an enrolment did at a step, and why."""

    enrollment_id = models.BigIntegerField(db_index=True)
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=20)
    """The operation's name."""
    outcome = models.CharField(max_length=20)
    """done | skipped | then | else | a way's letter | what came of a call | ended | moved"""
    reason = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()

    objects: ClassVar[ScopedManager[StepLog]] = ScopedManager()


class RunState(models.TextChoices):
    """Where a rehearsal stands."""

    WAITING = "waiting"  #: a pass takes it
    RUNNING = "running"
    DONE = "done"  #: `answer` says what came of it
    FAILED = "failed"  #: `error` says why


class RehearsalRun(TenantModel):
    """予行: one rehearsal that somebody asked for, and its answer. Names are not kept in it, only ids."""

    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="+")
    asked = models.JSONField()
    """{"what": "draft" | number, "against": "" | "draft" | number, "days", "calls", "flow", "against_flow"}"""
    state = models.CharField(max_length=8, choices=RunState.choices, default=RunState.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    """Per cent."""
    answer = models.JSONField(null=True)
    error = models.CharField(max_length=300, blank=True)
    asked_by = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)
    """Lease in real time: a run whose worker died is taken again once."""
    attempts = models.PositiveSmallIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    objects: ClassVar[ScopedManager[RehearsalRun]] = ScopedManager()

    class Meta:
        indexes = [models.Index("created_at", name="rehearsal_waiting", condition=Q(state__in=["waiting", "running"]))]
