"""Tables: what a salon offers, who works there, and when."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from kaeru.core.scope import ScopedManager
from kaeru.tenants.models import Shop, TenantModel


class Salon(TenantModel):
    """サロン: the calendar of one shop of the kind salon."""

    shop = models.OneToOneField(Shop, models.CASCADE, related_name="+")
    version = models.BigIntegerField(default=0)
    """Grows with every change of shifts or of what is taken: what was worked out and kept is good while this stands."""
    grid_minutes = models.PositiveSmallIntegerField(default=15)
    """Clients choose among starts this far apart, on the local clock."""
    days_ahead = models.PositiveSmallIntegerField(default=60)
    """So many days ahead clients can book, today included."""
    notice_minutes = models.PositiveIntegerField(default=60)
    """Clients can book no later than so long before the start."""
    laid_out_until = models.DateField(null=True)
    """Shifts are laid out up to this day, it included; null: they are to be laid out."""
    zone_edition = models.CharField(max_length=20, blank=True)
    """By which edition of the time zones shifts were laid out."""

    objects: ClassVar[ScopedManager[Salon]] = ScopedManager()


class ResourceKind(models.TextChoices):
    """What can be taken for a time."""

    STAFF = "staff"
    CHAIR = "chair"
    ROOM = "room"


class Resource(TenantModel):
    """スタッフ・席・個室: who or what a visit takes, each for itself."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    kind = models.CharField(max_length=5, choices=ResourceKind.choices)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    color = models.CharField(max_length=7, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    """False: nothing new is booked; what stands remains."""
    nomination_fee = models.PositiveIntegerField(default=0)
    """指名料 in the shop's minor units."""

    objects: ClassVar[ScopedManager[Resource]] = ScopedManager()

    class Meta:
        indexes = [models.Index("organization_id", "shop_id", "kind", "position", name="resource_shop")]


class Service(TenantModel):
    """メニュー: what a client comes for, in stages."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=80)
    name_en = models.CharField(max_length=80, blank=True)
    category = models.CharField(max_length=40, blank=True)
    price = models.PositiveIntegerField(default=0)
    """In the shop's minor units; a visit keeps the price it was booked at."""
    stages = models.JSONField()
    """[{"minutes": 45, "busy": true, "name": "塗布"}, {"minutes": 30, "busy": false, "name": "放置"}, …] in order: while a stage
    is not busy the staff member is free for somebody else; the chair is taken throughout."""
    cleanup_minutes = models.PositiveSmallIntegerField(default=0)
    """After the last stage the staff member is busy for so long; the client has left, the chair is free."""
    needs = models.CharField(max_length=5, blank=True, choices=[("", "–"), ("chair", "chair"), ("room", "room")])
    position = models.PositiveSmallIntegerField(default=0)
    is_online = models.BooleanField(default=True)
    """Clients can book it themselves."""
    is_active = models.BooleanField(default=True)

    objects: ClassVar[ScopedManager[Service]] = ScopedManager()

    class Meta:
        indexes = [models.Index("organization_id", "shop_id", "position", name="service_shop")]


class Skill(TenantModel):
    """Who can do which service, and how long it takes them where that differs."""

    staff = models.ForeignKey(Resource, models.CASCADE, related_name="+", db_index=False)
    service = models.ForeignKey(Service, models.CASCADE, related_name="+")
    stages = models.JSONField(null=True)
    """As `Service.stages`; null: as the service says."""

    objects: ClassVar[ScopedManager[Skill]] = ScopedManager()

    class Meta:
        constraints = [models.UniqueConstraint("staff_id", "service_id", name="skill_once")]


class ShiftRule(TenantModel):
    """シフトの決まり: on which weekday somebody works (or pauses) from when to when, on the wall clock of the shop."""

    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+")
    weekday = models.PositiveSmallIntegerField()
    """0 is Monday."""
    nth = models.PositiveSmallIntegerField(null=True)
    """Only the first, second, … of its kind in the month; null: every week."""
    starts = models.TimeField()
    ends = models.TimeField()
    """Not later than `starts`: on the next day."""
    is_break = models.BooleanField(default=False)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    """The last day; null: for good."""

    objects: ClassVar[ScopedManager[ShiftRule]] = ScopedManager()


class DayException(TenantModel):
    """休み・臨時: one day that is otherwise. It goes before the rules."""

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+", null=True)
    """Null: the whole salon."""
    day = models.DateField()
    kind = models.CharField(max_length=6)
    """closed (the salon) | leave (somebody, all day or from–to) | extra (works from–to besides) | break (pauses from–to)"""
    starts = models.TimeField(null=True)
    ends = models.TimeField(null=True)
    """Both null: all day."""
    note = models.CharField(max_length=200, blank=True)

    objects: ClassVar[ScopedManager[DayException]] = ScopedManager()

    class Meta:
        indexes = [models.Index("organization_id", "shop_id", "day", name="day_exception_day")]


class Shift(TenantModel):
    """シフト: one span in which somebody (or a chair) can be booked. Laid out from rules and exceptions, breaks taken out.

    Here, and nowhere else, the wall clock becomes a moment.
    """

    shop = models.ForeignKey(Shop, models.CASCADE, related_name="+", db_index=False)
    resource = models.ForeignKey(Resource, models.CASCADE, related_name="+", db_index=False)
    day = models.DateField()
    """The day in the shop's zone on which the rule began; a shift over midnight ends on the next."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()

    objects: ClassVar[ScopedManager[Shift]] = ScopedManager()

    class Meta:
        constraints = [
            models.UniqueConstraint("resource_id", "starts_at", name="shift_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="shift_forward"),
        ]
        indexes = [models.Index("shop_id", "ends_at", "starts_at", "resource_id", name="shift_time")]
