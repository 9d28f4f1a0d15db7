"""A time is free again: it becomes an opening, as far as it really is free and somebody could still come."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from kaeru.appointments.bookings import rules as bookings
from kaeru.appointments.bookings.models import Booking, Occupancy
from kaeru.appointments.openings import planning, rules, who
from kaeru.appointments.openings.models import Opening, OpeningState, RefillTerms
from kaeru.appointments.openings.terms import asked_by_rule, begin_with
from kaeru.appointments.salons.models import Resource, ResourceKind, Salon, Shift
from kaeru.core import audit, clock, ids, sql


class NotFree(Exception):
    """Nothing can be offered there. `code`: taken (or outside of shifts, or too short for any service) · too_late · staff."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Freed:
    """A time that somebody left."""

    shop_id: int
    staff_id: int
    starts_at: datetime
    ends_at: datetime
    """When the staff member would have been done, the clean-up included."""
    cause: str
    """cancelled | moved | no_show | hand"""
    booking: Booking | None = None


def freed_by(booking: Booking, cause: str, *, was_at: datetime | None, was_with: int | None) -> Freed:
    """What a visit left: all of it when it was cancelled, what comes from now on when nobody came, the old time when it was moved."""
    starts_at = was_at or booking.starts_at
    whole = bookings.spans(booking.stages, booking.cleanup_minutes, starts_at).reach
    return Freed(booking.shop_id, was_with or booking.staff_id, whole.starts_at, whole.ends_at, cause, booking)


@transaction.atomic
def open_for(freed: Iterable[Freed], *, actor: str) -> list[Opening]:
    """Openings for what is really free of these times; where the salon's rule says so, asking about what was left begins at once.

    Times that are too late, taken meanwhile or too short are passed over. A time that is an opening already stays one.
    """
    told = list(freed)
    salons = {one.shop_id: one for one in _salons({one.shop_id for one in told})}
    rows = [row for one in told if one.shop_id in salons and (row := _row(one, salons[one.shop_id])) is not None]
    Opening.objects.bulk_create(rows, ignore_conflicts=True)
    kept = set(Opening.objects.filter(id__in=sql.keys(row.id for row in rows)).values_list("id", flat=True))
    made = [row for row in rows if row.id in kept]
    audit.record_many(
        (row.organization_id, actor, "opening.opened", "opening", row.id, {"cause": row.cause, "booking": row.from_booking_id})
        for row in made
    )  # fmt: skip
    by_rule = set(
        RefillTerms.objects.filter(shop_id__in=list(salons), is_by_rule=True).values_list("shop_id", flat=True)
    )
    for row in made:
        if row.shop_id in by_rule and row.cause != "hand":  # who offers a time by hand looks first who would be asked
            shop = salons[row.shop_id].shop
            begin_with(shop)
            planning.plan(row, shop, asked_by_rule(row.shop_id), clock.now(), actor="rule")
    return made


def open_by_hand(shop_id: int, staff_id: int, starts_at: datetime, *, actor: str) -> Opening:
    """The salon offers a free time of its own choice; one that is an opening already is that one. Raises NotFree."""
    known = Opening.objects.filter(
        shop_id=shop_id, staff_id=staff_id, starts_at=starts_at, state=OpeningState.OPEN
    ).first()
    if known is not None:
        return known
    if not Resource.objects.filter(id=staff_id, shop_id=shop_id, kind=ResourceKind.STAFF, is_active=True).exists():
        raise NotFree("staff")
    salon = next(iter(_salons({shop_id})), None)
    if salon is None or deadline_of(starts_at, salon) <= clock.now():
        raise NotFree("too_late")
    shift = Shift.objects.filter(resource_id=staff_id, starts_at__lte=starts_at, ends_at__gt=starts_at)
    over = shift.values_list("ends_at", flat=True).first()
    last = free_until(staff_id, starts_at, min(over, starts_at + timedelta(hours=4))) if over else None
    if last is None:
        raise NotFree("taken")
    made = open_for([Freed(shop_id, staff_id, starts_at, last, "hand")], actor=actor)
    if not made:
        raise NotFree("taken")
    return made[0]


def _salons(shop_ids: Collection[int]) -> Sequence[Salon]:
    return list(Salon.objects.filter(shop_id__in=sql.keys(shop_ids)).select_related("shop"))


def deadline_of(starts_at: datetime, salon: Salon) -> datetime:
    """Until when somebody can take it."""
    return starts_at - timedelta(minutes=salon.notice_minutes)


def _row(freed: Freed, salon: Salon) -> Opening | None:
    """The opening, not kept yet; None when there is nothing to offer."""
    now = clock.now()
    if deadline_of(freed.starts_at, salon) <= now:
        return None
    ends_at = free_until(freed.staff_id, freed.starts_at, freed.ends_at)
    if ends_at is None or ends_at - freed.starts_at < rules.SHORTEST:
        return None
    booking = freed.booking
    row = Opening(
        id=ids.new_id(), organization_id=salon.organization_id, shop_id=freed.shop_id, staff_id=freed.staff_id,
        chair_id=booking.chair_id if booking else None, starts_at=freed.starts_at, ends_at=ends_at,
        from_booking=booking, service_id=booking.service_id if booking else None, cause=freed.cause,
        deadline=deadline_of(freed.starts_at, salon), seen_version=salon.version, created_at=now,
    )  # fmt: skip
    return row if who.fitting(row) else None


def free_until(staff_id: int, starts_at: datetime, latest: datetime) -> datetime | None:
    """How long from `starts_at` on nothing is taken of the staff member, `latest` at most; None when it is taken at once.

    Holds whose time is over do not count. Shifts are looked at elsewhere (`who.fitting`).
    """
    rows = Occupancy.objects.filter(resource_id=staff_id, ends_at__gt=starts_at, starts_at__lt=latest)
    first = rows.exclude(hold_until__lte=clock.now()).order_by("starts_at").values_list("starts_at", flat=True).first()
    if first is None:
        return latest
    return None if first <= starts_at else first
