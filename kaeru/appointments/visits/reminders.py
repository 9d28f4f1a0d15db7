"""リマインド: at the salon's hour everybody who comes on the next day is told, with three buttons; later the silent once more.

A salon's terms wait for their next round; a round tells of one whole day. All salons of one minute go together: whatever their
number, a round is a constant number of statements. What the message says is filled in at the hand-over, when it is asked once more
whether the visit still stands as it did.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from kaeru.appointments.salons.models import Salon
from kaeru.appointments.visits import rules
from kaeru.appointments.visits.models import Reminder, VisitTerms
from kaeru.appointments.visits.reminder_texts import ALLOWED, TEXTS
from kaeru.channels.line import friends
from kaeru.core import audit, clock, ids, scope, sql
from kaeru.customers.models import Identity
from kaeru.messages import actions as outbox
from kaeru.messages.actions import NewMessage

SOURCE = "reminder"
"""Of the messages; the reminder's id is their `source_id`."""
FRESH = timedelta(hours=3)
"""Who booked so short ago knows it still; a push is saved."""


@dataclass(frozen=True, slots=True)
class _Coming:
    """A visit to be told of."""

    booking_id: int
    organization_id: int
    shop_id: int
    customer_id: int
    starts_at: datetime
    made_at: datetime


def appoint(limit: int) -> int:
    """Salons that said nothing get their terms, so that they remind as usual; returns how many are new."""
    with scope.everyone(), transaction.atomic():
        known = VisitTerms.objects.filter(next_at__isnull=False).values("shop_id")
        fresh = list(Salon.objects.exclude(shop_id__in=known).select_related("shop")[:limit])
        VisitTerms.objects.bulk_create(
            (VisitTerms(organization_id=one.organization_id, shop_id=one.shop_id) for one in fresh),
            ignore_conflicts=True,
        )
        rows = list(
            VisitTerms.objects.filter(shop_id__in=sql.keys(one.shop_id for one in fresh)).select_related("shop")
        )
        for row in rows:
            row.next_at = rules.next_round(clock.now(), row.shop.timezone, row.remind_at)
        VisitTerms.objects.bulk_update(rows, ["next_at"], batch_size=500)
    return len(rows)


def tell(limit: int) -> int:
    """The rounds of up to `limit` salons that are due; returns how many."""
    now = clock.now()
    with scope.everyone():
        if not VisitTerms.objects.filter(reminds=True, next_at__lte=now).exists():
            return 0
        with transaction.atomic():
            found = sql.claim_ids(
                "appointments_visitterms", "reminds AND next_at <= %s", [sql.moment(now)], "next_at", limit
            )
            rows = list(VisitTerms.objects.filter(id__in=sql.keys(found)).select_related("shop"))
            if rows:
                _round(rows, now)
    return len(rows)


def _round(rows: Sequence[VisitTerms], now: datetime) -> None:
    by_shop = {row.shop_id: row for row in rows}
    days = {row.shop_id: rules.day_reminded(_last_round(row, now), row.shop.timezone, row.days_before) for row in rows}
    coming = [
        one for one in _coming([row.id for row in rows], days, now)
        if days[one.shop_id][0] <= one.starts_at < days[one.shop_id][1]
    ]  # fmt: skip
    ways = _ways({one.customer_id for one in coming})
    told: list[tuple[_Coming, int, datetime, str]] = []
    kept: list[Sequence[Any]] = []
    for key, one in zip(ids.new_ids(len(coming)), coming, strict=True):
        zone, way = by_shop[one.shop_id].shop.timezone, ways.get(one.customer_id, "")
        goes = rules.goes_at(now, one.starts_at, zone)
        if goes is not None and way and now - one.made_at >= FRESH:
            told.append((one, key, goes, way))
        else:
            kept.append(
                _row(key, one, "first", now, "dropped", "late" if goes is None else "fresh" if way else "no_address")
            )
    _publish(rows)
    message_ids = _enqueue((one, key, goes, way, by_shop[one.shop_id].template_first) for one, key, goes, way in told)
    for (one, key, goes, _), message_id in zip(told, message_ids, strict=True):
        kept.append(_row(key, one, "first", goes, "told", "", message_id, now))
    silent = [(one, at) for one, _, goes, _ in told if (at := _nudge(by_shop[one.shop_id], one, goes)) is not None]
    for key, (one, at) in zip(ids.new_ids(len(silent)), silent, strict=True):
        kept.append(_row(key, one, "second", at, "waiting", ""))
    sql.insert_many("appointments_reminder", _COLUMNS, kept)
    for row in rows:
        row.next_at = rules.next_round(now, row.shop.timezone, row.remind_at)
    VisitTerms.objects.bulk_update(rows, ["next_at", "template_first", "template_second"], batch_size=500)
    _note(rows, told)


def _last_round(row: VisitTerms, now: datetime) -> datetime:
    """The newest round that is due: after days of standstill nobody is told of the day before yesterday."""
    at = row.next_at or now
    while (later := rules.next_round(at, row.shop.timezone, row.remind_at)) <= now:
        at = later
    return at


def _nudge(terms: VisitTerms, one: _Coming, first_at: datetime) -> datetime | None:
    if not terms.nudges:
        return None
    return rules.nudge_at(first_at, one.starts_at, terms.shop.timezone, terms.nudge_hours)


def _coming(terms_ids: Sequence[int], days: Mapping[int, tuple[datetime, datetime]], now: datetime) -> list[_Coming]:
    """The visits of these salons on these days that nobody was told of; one statement along the index of days."""
    where, values = sql.among("t.id", terms_ids)
    first = max(now, min(day[0] for day in days.values()))
    last = max(day[1] for day in days.values())
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT b.id, b.organization_id, b.shop_id, b.customer_id, b.starts_at, b.made_at
            FROM appointments_visitterms t JOIN appointments_booking b
              ON b.organization_id = t.organization_id AND b.shop_id = t.shop_id AND b.starts_at >= %s AND b.starts_at < %s
            WHERE {where} AND b.state = 'booked' AND b.customer_id IS NOT NULL AND NOT b.is_history AND NOT EXISTS (
              SELECT 1 FROM appointments_reminder r WHERE r.booking_id = b.id AND r.kind = 'first' AND r.for_at = b.starts_at)""",  # noqa: S608 our own text
            [sql.moment(first), sql.moment(last), *values],
        )
        return [
            _Coming(row[0], row[1], row[2], row[3], sql.read_moment(row[4]), sql.read_moment(row[5]))
            for row in cursor.fetchall()
        ]


def _ways(customer_ids: set[int]) -> dict[int, str]:
    """By which channel each customer is reached: LINE while they are a friend there, else mail. Three statements."""
    found = dict.fromkeys(friends.reachable(customer_ids), "line")
    mailed = Identity.objects.filter(customer_id__in=sql.keys(customer_ids), kind="mail")
    for customer_id in mailed.values_list("customer_id", flat=True):
        found.setdefault(customer_id, "mail")
    return found


def _publish(rows: Sequence[VisitTerms]) -> None:
    """Templates for salons that have none of today's words yet; one statement for each kind."""
    for kind, field in (("first", "template_first"), ("second", "template_second")):
        bare = [row for row in rows if getattr(row, field) is None]
        made = outbox.publish_templates([row.shop for row in bare], "notice", TEXTS[kind], allowed=ALLOWED)
        for row, template_id in zip(bare, made, strict=True):
            setattr(row, field, template_id)


def _enqueue(told: Iterable[tuple[_Coming, int, datetime, str, int | None]]) -> list[int]:
    return outbox.enqueue(
        [
            NewMessage(
                organization_id=one.organization_id, shop_id=one.shop_id, customer_id=one.customer_id,
                template_id=template or 0, purpose="notice", source=SOURCE, source_id=key, due_at=goes, channel=way,
            )
            for one, key, goes, way, template in told
        ]
    )  # fmt: skip


_COLUMNS = (
    "id", "organization_id", "shop_id", "booking_id", "kind", "for_at", "due_at", "state", "reason", "message_id", "told_at",
    "answer", "answered_at",
)  # fmt: skip


@lru_cache(maxsize=4096)
def _moment(at: datetime) -> Any:
    """For the driver; a round has few different moments and many rows."""
    return sql.moment(at)


def _row(
    key: int, one: _Coming, kind: str, due_at: datetime, state: str, reason: str,
    message_id: int | None = None, told_at: datetime | None = None,
) -> Sequence[Any]:  # fmt: skip
    return (
        key, one.organization_id, one.shop_id, one.booking_id, kind, _moment(one.starts_at), _moment(due_at), state,
        reason, message_id, told_at and _moment(told_at), "", None,
    )  # fmt: skip


def _note(rows: Sequence[VisitTerms], told: Sequence[tuple[_Coming, int, datetime, str]]) -> None:
    """One audit entry for each salon."""
    counts = Counter(one.shop_id for one, _, _, _ in told)
    audit.record_many(
        (row.organization_id, "reminders", "reminders.told", "shop", row.shop_id, {"visits": counts[row.shop_id]})
        for row in rows
        if counts[row.shop_id]
    )


def nudge(limit: int) -> int:
    """Ask up to `limit` silent clients once more; who has said anything meanwhile is left in peace. Returns how many rows moved."""
    now = clock.now()
    with scope.everyone():
        if not Reminder.objects.filter(state="waiting", due_at__lte=now).exists():
            return 0
        with transaction.atomic():
            found = sql.claim_ids(
                "appointments_reminder", "state = 'waiting' AND due_at <= %s", [sql.moment(now)], "due_at", limit
            )
            _nudge_these(found, now)
    return len(found)


def _nudge_these(found: Sequence[int], now: datetime) -> None:
    rows = list(Reminder.objects.filter(id__in=sql.keys(found)).select_related("booking"))
    terms = {
        row.shop_id: row
        for row in VisitTerms.objects.filter(shop_id__in=sql.keys({row.shop_id for row in rows})).select_related("shop")
    }
    answered = set(
        Reminder.objects.filter(booking_id__in=sql.keys(row.booking_id for row in rows), kind="first")
        .exclude(answer="").values_list("booking_id", "for_at")
    )  # fmt: skip
    ways = _ways({row.booking.customer_id for row in rows if row.booking.customer_id})
    why_not = {row.id: _unneeded(row, terms[row.shop_id], answered, ways, now) for row in rows}
    asked = [row for row in rows if not why_not[row.id]]
    _publish([terms[shop_id] for shop_id in {row.shop_id for row in asked}])
    made = _enqueue(
        (
            _Coming(row.booking_id, row.organization_id, row.shop_id, row.booking.customer_id or 0, row.for_at, now),
            row.id, now, ways[row.booking.customer_id or 0], terms[row.shop_id].template_second,
        )
        for row in asked
    )  # fmt: skip
    for row, message_id in zip(asked, made, strict=True):
        row.state, row.message_id, row.told_at = "told", message_id, now
    for row in rows:
        if why_not[row.id]:
            row.state, row.reason = "dropped", why_not[row.id]
    Reminder.objects.bulk_update(rows, ["state", "reason", "message_id", "told_at"], batch_size=500)
    VisitTerms.objects.bulk_update(terms.values(), ["template_first", "template_second"], batch_size=500)


def _unneeded(
    row: Reminder, terms: VisitTerms, answered: set[tuple[int, datetime]], ways: Mapping[int, str], now: datetime
) -> str:
    """Why nobody is asked again; empty: they are."""
    booking = row.booking
    if booking.state != "booked" or booking.customer_id is None:
        return "ended"
    if booking.starts_at != row.for_at:
        return "moved"
    if booking.confirmed_at is not None or (row.booking_id, row.for_at) in answered:
        return "answered"
    if not (terms.reminds and terms.nudges):
        return "off"
    if row.for_at - now < rules.LATEST_NOTICE:
        return "late"
    return "" if booking.customer_id in ways else "no_address"


def note_answer(booking_id: int, for_at: datetime, answer: str) -> None:
    """The client answered the reminders of this visit at this start; the last decision counts."""
    rows = Reminder.objects.filter(booking_id=booking_id, for_at=for_at, state="told")
    rows = rows.filter(answer="") if answer == "asked" else rows
    rows.update(answer=answer, answered_at=clock.now())
