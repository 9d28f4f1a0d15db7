"""Reads for screens and for the engine: the calls to make, how many, one call's whole story, who can be called."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, Q, QuerySet

from kaeru.calls import numbers, registry, rules, scripts
from kaeru.calls.models import CallAttempt, CallState, CallTask
from kaeru.calls.numbers import Phone
from kaeru.calls.rules import Answer, Pressure, Waiting
from kaeru.core import clock, money, secrets, wording
from kaeru.customers.models import Customer, Identity, Suppression
from kaeru.tenants.models import Member, Shop, User
from kaeru.tenants.rules import PERMISSIONS

MOST_LISTED = 200
"""More calls than this nobody makes in a day; the list then holds those with the nearest deadlines, and says so."""


@dataclass(frozen=True, slots=True)
class Card:
    """One call as the list and its page show it."""

    task: CallTask
    phone: Phone | None
    """Null when nobody may dial; `blocked` says why."""
    blocked: str
    """no_number | bad_number | opt_out | wrong_number | staff | … (why the number is closed), or empty"""
    reason: Mapping[str, str]
    cancellation_id: int | None
    pressure: Pressure

    @property
    def is_promised(self) -> bool:
        """Whether the customer was told that they are called again."""
        return self.task.detail == Answer.NEEDS_TIME

    def values(self, language: str, staff: str, *, person: str | None = None) -> dict[str, str]:
        """The script's variables for one who calls; `person` replaces the customer's name where it is masked."""
        task = self.task
        named = task.customer.name if task.customer else ""
        return {
            "customer.name": named if person is None else person,
            "order.number": task.order.number if task.order else "",
            "order.total": money.show(task.order.total, task.order.currency, language) if task.order else "",
            "reason.label": wording.pick(self.reason, language),
            "shop.name": task.shop.name,
            "staff.name": staff,
        }

    def script(self, language: str, staff: str, *, person: str | None = None) -> str:
        """What to say in this language; empty when the shop wrote none."""
        return scripts.fill(self.task.script.get(language, ""), self.values(language, staff, person=person))


def waiting(shop_ids: Sequence[int]) -> QuerySet[CallTask]:
    """Calls that somebody is to make."""
    return CallTask.objects.filter(shop_id__in=shop_ids, state=CallState.WAITING)


def listed(shop_ids: Sequence[int], *, assignee_id: int | None = None) -> list[Card]:
    """The calls to make, the one to make next first; of one person, or all. Four queries and the sources' own, however many calls."""
    rows = _whole(waiting(shop_ids)).order_by("deadline_at", "id")
    if assignee_id is not None:
        rows = rows.filter(assignee_id=assignee_id)
    now = clock.now()
    found = cards(list(rows[:MOST_LISTED]))
    return sorted(
        found, key=lambda card: (*rules.place(_waiting(card.task, can_dial=not card.blocked), now), card.task.id)
    )


def closed(shop_ids: Sequence[int]) -> QuerySet[CallTask]:
    """Calls that are over, the last one first."""
    rows = CallTask.objects.filter(shop_id__in=shop_ids, state=CallState.CLOSED)
    return _whole(rows).order_by("-closed_at", "-id")


def one(task_id: int) -> CallTask | None:
    """One call with what its page shows, or None when there is none in scope."""
    return _whole(CallTask.objects.filter(id=task_id)).first()


def _whole(rows: QuerySet[CallTask]) -> QuerySet[CallTask]:
    return rows.select_related("customer", "order", "shop", "assignee", "closed_by")


def cards(tasks: Sequence[CallTask]) -> list[Card]:
    """These calls with their numbers and what they are about, in the same order."""
    now, about, ways = clock.now(), registry.about(tasks), _ways(tasks)
    return [
        Card(
            task=task,
            phone=ways[task.id][0],
            blocked=ways[task.id][1],
            reason=about[task.id].reason,
            cancellation_id=about[task.id].cancellation_id,
            pressure=rules.pressure(_waiting(task, can_dial=not ways[task.id][1]), now),
        )
        for task in tasks
    ]


def _waiting(task: CallTask, *, can_dial: bool) -> Waiting:
    promised = task.detail == Answer.NEEDS_TIME
    return Waiting(task.value, task.deadline_at, task.next_try_at, is_promised=promised, can_dial=can_dial)


def _ways(tasks: Sequence[CallTask]) -> dict[int, tuple[Phone | None, str]]:
    """By task: the number to dial, or why there is none."""
    people = {task.customer_id: task.shop for task in tasks if task.customer_id is not None}
    found = _numbers({customer_id: (shop.id, shop.currency) for customer_id, shop in people.items()})
    return {task.id: found.get(task.customer_id or 0, (None, "no_number")) for task in tasks}


def _numbers(people: Mapping[int, tuple[int, str]]) -> dict[int, tuple[Phone | None, str]]:
    """By customer ({customer: (shop, its currency)}): the number, or why nobody may dial. Two queries."""
    written = Identity.objects.filter(customer_id__in=people, kind="phone").values_list("customer_id", "value")
    read = {customer_id: numbers.read(value, people[customer_id][1]) for customer_id, value in written}
    hashes = {customer_id: secrets.fingerprint(phone.e164) for customer_id, phone in read.items() if phone}
    stops = Suppression.objects.filter(channel="phone", address_hash__in=set(hashes.values())) if hashes else ()
    closed_numbers = {(stop.shop_id, bytes(stop.address_hash)): stop.why for stop in stops}
    found: dict[int, tuple[Phone | None, str]] = {}
    for customer_id, phone in read.items():
        why = closed_numbers.get((people[customer_id][0], hashes.get(customer_id, b"")), "")
        found[customer_id] = (None, "bad_number") if phone is None else (None, why) if why else (phone, "")
    return found


def callable_customers(customer_ids: Collection[int]) -> set[int]:
    """Those who have a phone number that exists and is not closed to calls. Three queries, however many customers."""
    rows = Customer.objects.filter(id__in=customer_ids).values_list("id", "shop_id", "shop__currency")
    people = {customer_id: (shop_id, currency) for customer_id, shop_id, currency in rows}
    return {customer_id for customer_id, (phone, _) in _numbers(people).items() if phone is not None}


def phone_of(task: CallTask) -> Phone | None:
    """The customer's number, closed to calls or not."""
    customer_id: int = task.customer_id or 0
    rows = Identity.objects.filter(customer_id=customer_id, kind="phone").values_list("value", flat=True)
    written = rows.first()
    return numbers.read(written, task.shop.currency) if written else None


def may_be_dialled(task: CallTask) -> bool:
    """Whether there is a number that is open to calls."""
    return task.customer_id is not None and bool(callable_customers([task.customer_id]))


@dataclass(frozen=True, slots=True)
class Tally:
    """The calls of one shop that can be made now."""

    count: int
    deadline_at: datetime


def tallies(shop_ids: Sequence[int]) -> dict[int, Tally]:
    """By shop: how many calls can be made now, and the nearest deadline; shops without any are left out."""
    due = Q(next_try_at=None) | Q(next_try_at__lte=clock.now())
    rows: Iterable[Any] = waiting(shop_ids).filter(due).values_list("shop_id").annotate(Count("id"), Min("deadline_at"))
    return {shop_id: Tally(count, deadline) for shop_id, count, deadline in rows}


def tries_of(task: CallTask) -> list[CallAttempt]:
    """Each try, oldest first."""
    return list(CallAttempt.objects.filter(task=task).select_related("by").order_by("id"))


def of_sources(source: str, source_ids: Sequence[int]) -> list[CallTask]:
    """The calls that one source asked for, oldest first: for its own story."""
    return list(_whole(CallTask.objects.filter(source=source, source_id__in=source_ids)).order_by("id"))


def callers(shop: Shop) -> list[User]:
    """Who may make calls for the shop: members whose role lets them decide."""
    roles = [role for role, permissions in PERMISSIONS.items() if "decide" in permissions]
    rows = Member.objects.filter(organization_id=shop.organization_id, role__in=roles, user__is_active=True)
    return [member.user for member in rows.select_related("user").order_by("id")]
