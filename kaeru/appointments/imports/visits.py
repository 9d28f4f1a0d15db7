"""A list of visits: what was is history, from which nothing follows; what is still to come is booked, and takes its time like any other.

The same list again changes nothing. A later list of the same system brings on what became of visits that it had told before: cancelled,
moved, done. What was changed here since is left alone.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.models import Booking, BookingState
from kaeru.appointments.clients import keeping
from kaeru.appointments.errors import NotAllowed, NotOffered, Taken
from kaeru.appointments.imports import carrying, people
from kaeru.appointments.imports.columns import Map, same
from kaeru.appointments.imports.menu import Menu
from kaeru.appointments.imports.reading import Row, open_list
from kaeru.appointments.imports.report import Report
from kaeru.connectors.files import cells
from kaeru.connectors.files.errors import BadCell, FileRefused, Rejection
from kaeru.connectors.files.survey import Progress
from kaeru.core import clock, ids
from kaeru.customers.rules import CustomerRecord
from kaeru.tenants.models import Shop

LONGEST = 24 * 60
_NOT_NOMINATED = frozenset({"", "なし", "無", "フリー", "指名なし", "no", "false", "0", "-"})
_REFUSED = {
    "closed": "nobody works then, or there is no chair", "service": "the salon does not offer this service", "staff": "nobody who can does it then",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """One visit as the list tells it."""

    line: int
    key: str
    at: datetime
    state: str
    """booked | done | cancelled | called_off | no_show; empty: the list has no word for it"""
    record: CustomerRecord
    service: str
    staff: str
    minutes: int | None
    price: int | None
    is_nominated: bool
    made_at: datetime | None
    cancelled_at: datetime | None
    note: str


def import_appointments(
    shop: Shop, path: Path, chosen: Map, *, actor: str, encoding: str = "", dry_run: bool = False, progress: Progress | None = None
) -> Report:  # fmt: skip
    """Take over the list; with `dry_run` everything is read, compared and tried, and nothing is written. Raises FileRefused."""
    listed = open_list(path, chosen, encoding)
    needed = {"starts_at", "starts_on", "service", "staff"}
    have = {name.removeprefix("appointment.") for name in listed.has}
    if not have & {"starts_at", "starts_on"} or not {"service", "staff"} <= have:
        missing = sorted(needed - have - ({"starts_on"} if "starts_at" in have else {"starts_at"}))
        raise FileRefused("columns_missing", f"no column for appointment.{', appointment.'.join(missing)}", 1)
    done = Report("appointments", dry_run, listed.codec)
    seen: set[str] = set()

    def tell(row: Row) -> Told:
        told = _told(row, shop)
        if told.key in seen:
            raise BadCell("twice", "the list tells this visit twice")
        seen.add(told.key)
        return told

    rows = carrying.read(listed.rows(), tell, done)
    return carrying.carry(
        shop, path, rows, lambda: _Import(shop, chosen, done, actor).take, done, actor=actor, progress=progress
    )


def _told(row: Row, shop: Shop) -> Told:
    at = row.moment("appointment.starts_at")
    if at is None:
        day, time = row.text("appointment.starts_on"), row.text("appointment.start_time")
        if not day or not time:
            raise BadCell("moment", "the visit has no day or no time")
        at = cells.moment(f"{day.split()[0]} {time}", row.zone)
    word = row.text("appointment.state")
    minutes, price = row.whole("appointment.minutes"), row.text("appointment.price")
    if minutes is not None and not 0 < minutes <= LONGEST:
        raise BadCell("minutes", f"a visit takes 1 to {LONGEST} minutes")
    amount = cells.money(price, shop.currency) if price else None
    if amount is not None and amount < 0:
        raise BadCell("money", "the price is below zero")
    record = people.record(row)
    service, staff = row.text("appointment.service"), row.text("appointment.staff")
    key = cells.plain(row.text("appointment.key"))
    parts = (at.isoformat(), record.source_id or record.email or record.phone or record.name, service, staff)
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]
    return Told(
        row.line, f"import:{key or digest}"[:64], at, word, record, service, staff, minutes, amount,
        same(row.text("appointment.nominated")) not in _NOT_NOMINATED,
        row.moment("appointment.made_at"), row.moment("appointment.cancelled_at"), row.text("appointment.note")[:500],
    )  # fmt: skip


class _Import:
    """One list on its way in."""

    def __init__(self, shop: Shop, chosen: Map, done: Report, actor: str) -> None:
        self.shop, self.done, self.actor, self.words = shop, done, actor, chosen.states
        self.menu = Menu(shop, chosen)
        self.people = people.People(shop, done)
        self.now = clock.now()

    def take(self, few: Sequence[Told]) -> None:
        """These rows: history in sets, what is to come one by one, in the order of the list."""
        known = {row.key: row for row in Booking.objects.filter(shop=self.shop, key__in=[one.key for one in few])}
        sound = [(one, state) for one in few if (state := self._state(one, known))]
        named = self.people.find([one.record for one, _ in sound])
        fresh: list[Booking] = []
        changed: list[Booking] = []
        for (one, state), customer in zip(sound, named, strict=True):
            row = known.get(one.key)
            if row is None and state == "booked":
                self._book(one, customer)
            elif row is None:
                fresh.append(self._history(one, state, customer))
            elif row.is_history:
                self._compare(row, self._history(one, state, customer), changed)
            else:
                self._bring_on(row, one, state)
        Booking.objects.bulk_create(fresh)
        self.done.appointments.update(created=len(fresh), history=len(fresh))
        self.done.appointments["cancelled"] += sum(row.state == BookingState.CANCELLED for row in fresh)
        Booking.objects.bulk_update(
            changed, ["customer", "service", "staff", "starts_at", "ends_at", *_COMPARED], batch_size=500
        )
        keeping.recount(key for key in named if key is not None)

    def _state(self, one: Told, known: dict[str, Booking]) -> str:
        """Booked | done | cancelled | called_off | no_show; empty when the row was rejected."""
        state = self.words.get(same(one.state), "") if one.state else "booked"
        if not state:
            self._reject(one, "state", f"unknown state {one.state[:40]!r}: say in a map, under [state], what it means")
        elif (
            state == "booked" and one.at <= self.now and (row := known.get(one.key)) is not None and not row.is_history
        ):
            return state
        elif state == "booked" and one.at <= self.now:
            self.done.warnings["booked, and its time is over: taken as done"] += 1
            return "done"
        elif state in ("done", "no_show") and one.at > self.now + timedelta(hours=1):
            self._reject(one, "state", "it is over before it has begun")
            return ""
        return state

    def _reject(self, one: Told, code: str, message: str) -> None:
        self.done.reject(Rejection(one.line, code, message))

    def _history(self, one: Told, state: str, customer: int | None) -> Booking:
        service = self.menu.service(one.service, one.minutes)
        minutes = one.minutes or sum(int(stage["minutes"]) for stage in service.stages)
        is_over = state in ("cancelled", "called_off")
        return Booking(
            id=ids.new_id(), organization_id=self.shop.organization_id, shop=self.shop, customer_id=customer, service=service,
            staff=self.menu.person(one.staff), starts_at=one.at, ends_at=one.at + timedelta(minutes=minutes),
            stages=[{"minutes": minutes, "busy": True, "name": service.name}], price=service.price if one.price is None else one.price,
            is_nominated=one.is_nominated, state="cancelled" if is_over else state, origin="import", key=one.key,
            made_at=one.made_at or one.at, ended_at=(one.cancelled_at or one.at) if is_over else one.at,
            ended_by="salon" if state == "called_off" else "customer" if state == "cancelled" else "time", note=one.note, is_history=True,
        )  # fmt: skip

    def _compare(self, row: Booking, told: Booking, changed: list[Booking]) -> None:
        names = ("customer_id", "service_id", "staff_id", "starts_at", "ends_at", *_COMPARED)
        if all(getattr(row, name) == getattr(told, name) for name in names):
            self.done.appointments["unchanged"] += 1
            return
        for name in names:
            setattr(row, name, getattr(told, name))
        changed.append(row)
        self.done.appointments["updated"] += 1

    def _book(self, one: Told, customer: int | None) -> None:
        """A visit that is still to come takes its time; nobody is told of it as of something new."""
        service, person = self.menu.offered(one.service), self.menu.works(one.staff)
        if service is None or person is None:
            code, word = ("unknown_service", one.service) if service is None else ("unknown_staff", one.staff)
            table = "service" if service is None else "staff"
            self._reject(
                one,
                code,
                f"{word[:40]!r} is not known here: add it, or say in a map, under [{table}], who or what it is",
            )
            return
        wish = bookings.Wish(
            self.shop.id, service.id, one.at, customer, person.id, origin="import", key=one.key, is_nominated=one.is_nominated, note=one.note
        )  # fmt: skip
        try:
            with transaction.atomic():
                row = bookings.book(wish, by="salon", via="import", actor=self.actor, is_bound=False)
        except Taken:
            self._reject(one, "taken", "the time of this person or of every chair is taken by another visit")
            return
        except NotOffered as refused:
            self._reject(one, refused.code, _REFUSED.get(refused.code, "it cannot be booked then"))
            return
        if one.minutes is not None and one.minutes != sum(int(stage["minutes"]) for stage in row.stages):
            self.done.warnings["the service takes another time here than in the list: booked as it is here"] += 1
        fields = {"price": one.price, "made_at": one.made_at}
        Booking.objects.filter(id=row.id).update(**{name: value for name, value in fields.items() if value is not None})
        self.done.appointments.update(created=1, live=1)

    def _bring_on(self, row: Booking, one: Told, state: str) -> None:
        """The former system tells what became of a visit that it told before."""
        if row.state != BookingState.BOOKED or row.changes:
            self._left_alone(row, state)
            return
        told = {"via": "import", "actor": self.actor}
        try:
            with transaction.atomic():
                if state in ("cancelled", "called_off"):
                    bookings.cancel(
                        row.id, by="salon" if state == "called_off" or one.at <= self.now else "customer", **told
                    )
                    self.done.appointments["cancelled"] += 1
                elif state == "done":
                    bookings.done(row.id, **told)
                elif state == "no_show":
                    bookings.no_show(row.id, **told)
                elif row.starts_at != one.at:
                    bookings.move(row.id, one.at, by="salon", via="import", actor=self.actor, is_bound=False)
                else:
                    self.done.appointments["unchanged"] += 1
                    return
        except (Taken, NotOffered, NotAllowed) as refused:
            self._reject(one, getattr(refused, "code", "taken"), "what became of the visit cannot be written down here")
            return
        self.done.appointments["updated"] += 1

    def _left_alone(self, row: Booking, state: str) -> None:
        if row.state != {"called_off": "cancelled"}.get(state, state):
            self.done.warnings["changed here since: left as it is"] += 1
        self.done.appointments["unchanged"] += 1


_COMPARED = ("price", "is_nominated", "state", "ended_at", "ended_by", "note")
