"""Writes the planned visits: rows of visits and of what they take, their story, and what became of reminders and of freed times."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from kaeru.appointments.bookings.rules import spans
from kaeru.appointments.models import Booking, BookingChange, Occupancy, Opening, Reminder
from kaeru.cli.demo_seed.salon_house import House
from kaeru.cli.demo_seed.salon_plan import Planned
from kaeru.core import ids

ZONE = ZoneInfo("Asia/Tokyo")
REMINDED_AT = 18


@dataclass(slots=True)
class Rows:
    """All rows, written at the end in one statement for each table."""

    house: House
    keys: Sequence[int]
    """By the number of the client, the customer."""
    draw: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - invented data, nothing secret
    bookings: list[Booking] = field(default_factory=list)
    taken: list[Occupancy] = field(default_factory=list)
    changes: list[BookingChange] = field(default_factory=list)
    reminders: list[Reminder] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)

    def add(self, visits: Sequence[Planned]) -> None:
        """Visits of the weeks that the calendar shows."""
        made: list[Booking] = []
        for key, visit in zip(ids.new_ids(len(visits)), visits, strict=True):
            row = self._booking(key, visit)
            made.append(row)
            if visit.is_taking:
                self._take(row)
            self._story(row, visit)
            if visit.state != "booked":
                self._remind(row, visit)
        after = {visit.after: place for place, visit in enumerate(visits) if visit.after is not None}
        for place, visit in enumerate(visits):
            if visit.state == "cancelled":
                taker = after.get(place)
                self._open(
                    made[place],
                    made[taker] if taker is not None else None,
                    visits[taker].made_at if taker is not None else None,
                )
        self.bookings += made

    def remember(self, visits: Sequence[Planned]) -> None:
        """Visits of the months before: history, from which nothing follows."""
        for key, visit in zip(ids.new_ids(len(visits)), visits, strict=True):
            row = self._booking(key, visit)
            row.is_history, row.origin = True, "import"
            self.bookings.append(row)

    def write(self) -> None:
        """All of it."""
        for model, rows in (
            (Booking, self.bookings), (Occupancy, self.taken), (BookingChange, self.changes), (Reminder, self.reminders), (Opening, self.openings),
        ):  # fmt: skip
            model.objects.bulk_create(rows, batch_size=500)

    def _own(self) -> dict[str, Any]:
        return {"organization_id": self.house.shop.organization_id, "shop": self.house.shop}

    def _booking(self, key: int, visit: Planned) -> Booking:
        service = self.house.services[visit.key]
        staff = next(row for row in self.house.staff.values() if row.id == visit.staff)
        ends = spans(service.stages, 0, visit.at).whole.ends_at
        return Booking(
            **self._own(), id=key, customer_id=None if visit.client is None else self.keys[visit.client], service=service, staff=staff,
            chair_id=visit.place, starts_at=visit.at, ends_at=ends, stages=service.stages, cleanup_minutes=service.cleanup_minutes,
            price=service.price + (staff.nomination_fee if visit.is_nominated else 0), is_nominated=visit.is_nominated, state=visit.state,
            origin=visit.origin, key=str(key), changes=1 if visit.moved_from else 0, made_at=visit.made_at, confirmed_at=visit.confirmed_at,
            ended_at=visit.ended_at, ended_by=_ended_by(visit), reason=visit.reason,
        )  # fmt: skip

    def _take(self, row: Booking) -> None:
        takes = spans(row.stages, row.cleanup_minutes, row.starts_at)
        found = [(row.staff_id, span) for span in takes.staff]
        if row.chair_id is not None:
            found.append((row.chair_id, takes.whole))
        for resource, span in found:
            self.taken.append(
                Occupancy(
                    **self._own(), id=ids.new_id(), resource_id=resource, booking=row, starts_at=span.starts_at, ends_at=span.ends_at
                )
            )  # fmt: skip

    def _story(self, row: Booking, visit: Planned) -> None:
        by = "salon" if visit.origin in {"staff", "walk_in"} else "customer"
        self._change(row, "booked", visit.made_at, by, visit.origin, is_at=visit.moved_from or visit.at)
        if visit.moved_from:
            at = min(visit.at, visit.moved_from) - timedelta(hours=20)
            self._change(
                row, "moved", max(at, visit.made_at), "customer", "line", was_at=visit.moved_from, is_at=visit.at
            )
        if visit.confirmed_at and visit.confirmed_at > visit.made_at:
            self._change(row, "confirmed", visit.confirmed_at, "customer", "line", is_at=visit.at)
        if visit.ended_at:
            by, via = {"done": ("system", "pass"), "no_show": ("salon", "console")}.get(
                visit.state, ("customer", "line")
            )
            self._change(
                row,
                visit.state,
                visit.ended_at,
                by,
                via,
                was_at=visit.at,
                is_at=None if visit.state == "cancelled" else visit.at,
            )

    def _change(self, row: Booking, verb: str, at: datetime, by: str, via: str, **told: Any) -> None:
        self.changes.append(
            BookingChange(**self._own(), id=ids.new_id(), booking=row, at=at, verb=verb, by=by, via="web" if via == "walk_in" else via[:10], **told)
        )  # fmt: skip

    def _remind(self, row: Booking, visit: Planned) -> None:
        """What the evening before brought."""
        local = visit.at.astimezone(ZONE)
        told = (local - timedelta(days=1)).replace(hour=REMINDED_AT, minute=0, second=0, microsecond=0)
        if row.customer_id is None or visit.made_at > told - timedelta(hours=3):
            return
        if visit.state == "cancelled" and visit.ended_at and visit.ended_at < told:
            return
        answer, at = "", None
        if visit.state == "cancelled":
            answer, at = "cancelled", visit.ended_at
        elif visit.confirmed_at:
            answer, at = "coming", told + timedelta(minutes=self.draw.choice([1, 3, 12, 50, 140]))
        self.reminders.append(
            Reminder(
                **self._own(), id=ids.new_id(), booking=row, kind="first", for_at=visit.at, due_at=told, state="told", told_at=told,
                answer=answer, answered_at=at,
            )
        )  # fmt: skip

    def _open(self, lost: Booking, taker: Booking | None, taken_at: datetime | None) -> None:
        """The time that a cancelled visit left: taken by somebody who was asked, or passed."""
        if lost.ended_at is None or lost.starts_at - lost.ended_at < timedelta(hours=1):
            return
        deadline = lost.starts_at - timedelta(hours=1)
        pushes = self.draw.choice([4, 6, 10, 15, 22]) if taker else self.draw.choice([15, 25, 37, 40])
        ended = taken_at if taken_at and taken_at > lost.ended_at else deadline
        self.openings.append(
            Opening(
                **self._own(), id=ids.new_id(), staff_id=lost.staff_id, chair_id=lost.chair_id, starts_at=lost.starts_at, ends_at=lost.ends_at,
                from_booking=lost, service_id=lost.service_id, cause="cancelled", state="claimed" if taker else "passed",
                reason="" if taker else "too_late", deadline=deadline, started_at=lost.ended_at, wave=1 + pushes // 10, push_budget=40,
                pushes=pushes, yen_per_push=3, winner=taker, created_at=lost.ended_at, ended_at=ended,
            )
        )  # fmt: skip


def _ended_by(visit: Planned) -> str:
    return {"cancelled": "customer", "no_show": "salon", "done": "time"}.get(visit.state, "")
