"""Reads what a rehearsal lives through: the shop's cancellations of a span and everything that decided about them.

A constant number of queries, however many cancellations there are. Where the past is not kept, the present stands in: consents,
closed addresses, phone numbers, customers' languages and tags are as they are now; counts (orders, cancellations in N days) are as
they were when the cancellation came; the time of day is the time at which a step asks.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from django.db.models import F
from django.db.models.functions import Coalesce

from kaeru.audiences import registry as audiences
from kaeru.audiences.rules import Subject, unpack
from kaeru.calls.queries import callable_customers
from kaeru.cancellations.models import CancellationRequest, RequestState
from kaeru.channels import registry as channels
from kaeru.core import sql
from kaeru.core.models import Event
from kaeru.core.secrets import fingerprint
from kaeru.customers.models import Consent, Customer, Identity, Suppression
from kaeru.messages.limits import COUNTED, Limits, limits_of
from kaeru.messages.models import Message, Purpose
from kaeru.messages.preparing import has_identity
from kaeru.offers.grants import terms_of
from kaeru.offers.models import Coupon
from kaeru.orders.models import Order
from kaeru.scenarios import programs
from kaeru.scenarios.models import Enrollment, Scenario
from kaeru.scenarios.rehearsal.stage import NOTHING, Case, Ground, Person
from kaeru.tenants.models import Shop

STARTS = {"cancellation.requested": "entered", "order.cancelled": "cancelled_at"}
"""Starts that the past knows, and the moment at which they were."""
WENT_AWAY = (RequestState.REQUESTED, RequestState.CANCELLED, RequestState.RESTORED)
MOST_AT_ONCE = 20_000
"""Statements that take plain lists of keys are asked in portions of this size."""
_COLUMNS = (
    "id", "organization_id", "shop_id", "customer_id", "order_id", "reason_id", "state", "entered", "order__number", "order__placed_at",
    "order__total", "order__shipping_fee", "order__currency", "order__shipped_at", "order__cancelled_at", "order__source_updated_at",
)  # fmt: skip
T = TypeVar("T")
Later = Mapping[int, Sequence[tuple[datetime, int]]]
"""By customer: (placed, order id) of orders that were not cancelled at once, in order."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the past is wanted."""

    trigger: str
    start: datetime
    until: datetime
    needs: frozenset[str]
    """Values of conditions."""
    wants_phone: bool
    reason_id: int | None = None


def portions(values: Iterable[T], size: int = MOST_AT_ONCE) -> Iterator[list[T]]:
    """Lists of up to `size`."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def cases(shop: Shop, asked: Asked) -> list[Case]:
    """The cancellations of the span in time's order, with what came after."""
    moment = "order__cancelled_at" if asked.trigger == "order.cancelled" else Coalesce("decided_at", "requested_at")
    rows = CancellationRequest.objects.filter(
        shop_id=shop.id, is_whole=True, order__isnull=False, state__in=WENT_AWAY
    ).annotate(entered=F(moment) if isinstance(moment, str) else moment)  # fmt: skip
    rows = rows.filter(entered__gte=asked.start, entered__lt=asked.until)
    if asked.reason_id is not None:
        rows = rows.filter(reason_id=asked.reason_id)
    found = list(rows.order_by("entered", "id").values_list(*_COLUMNS))
    people = _people({row[3] for row in found if row[3] is not None}, shop, wants_phone=asked.wants_phone)
    later = _later(people, shop, asked)
    restored = _restored([row[0] for row in found if row[6] == RequestState.RESTORED])
    made = [_case(row, people, later, restored) for row in found]
    _fill_values(made, asked.needs)
    return made


def _case(row: tuple[Any, ...], people: Mapping[int, Person], later: Later, restored: Mapping[int, datetime]) -> Case:
    (key, organization_id, shop_id, customer_id, order_id, reason_id, state, entered, number, placed, total, fee,
     currency, shipped, cancelled, told) = row  # fmt: skip
    case = Case(key, organization_id, shop_id, customer_id, order_id, reason_id, number, entered, total, fee, currency)
    if customer_id is not None:
        case.person = people[customer_id]
    news: list[tuple[datetime, str]] = []
    ends: list[tuple[datetime, int, str]] = []
    if shipped is not None and (cancelled is None or max(entered, shipped) < cancelled):
        ends.append((shipped, 0, "shipped"))
    if state == RequestState.RESTORED:
        ends.append((restored.get(key) or max(told, placed, entered), 1, "restored"))
    again = next(
        ((at, other) for at, other in later.get(customer_id or 0, ()) if at > entered and other != order_id), None
    )
    if again is not None:
        ends.append((again[0], 2, "reordered"))
        news.append((again[0], "order.placed"))
    if shipped is not None and shipped > entered:
        news.append((shipped, "order.shipped"))
    if cancelled is not None and cancelled > entered:
        news.append((cancelled, "order.cancelled"))
    if ends:
        case.end_at, _, case.end = min(ends)
    case.news = tuple(sorted(news))
    return case


def _later(people: Collection[int], shop: Shop, asked: Asked) -> Later:
    found: dict[int, list[tuple[datetime, int]]] = defaultdict(list)
    rows = Order.objects.filter(
        shop_id=shop.id, customer_id__in=sql.keys(people), placed_at__gt=asked.start, placed_at__lt=asked.until
    )
    for customer_id, at, key, cancelled in rows.order_by("placed_at").values_list(
        "customer_id", "placed_at", "id", "cancelled_at"
    ):
        if cancelled is None or cancelled > at:
            found[customer_id].append((at, key))
    return found


def _restored(cancellations: Sequence[int]) -> dict[int, datetime]:
    if not cancellations:
        return {}
    rows = Event.objects.filter(name="cancellation.restored", subject_id__in=sql.keys(cancellations)).order_by("-id")
    return dict(rows.values_list("subject_id", "occurred_at"))


def _people(customers: set[int], shop: Shop, *, wants_phone: bool) -> dict[int, Person]:
    """Who they are, how they are reached, what they agreed to: as of now."""
    keys = sql.keys(customers)
    people = {key: Person(key, name) for key, name in Customer.objects.filter(id__in=keys).values_list("id", "name")}
    names = channels.names()
    stops = {
        (channel, bytes(address_hash)): covers
        for channel, address_hash, covers in Suppression.objects.filter(shop_id=shop.id).values_list(
            "channel", "address_hash", "covers"
        )
    }
    had: dict[int, set[str]] = defaultdict(set)
    for customer_id, kind, value in Identity.objects.filter(customer_id__in=keys).values_list(
        "customer_id", "kind", "value"
    ):
        had[customer_id].add(kind)
        if stops:
            _close(people[customer_id], kind, fingerprint(value), names, stops)
    agreed: dict[int, set[str]] = defaultdict(set)
    for customer_id, channel, withdrawn in Consent.objects.filter(customer_id__in=keys).values_list(
        "customer_id", "channel", "withdrawn_at"
    ):
        if withdrawn is None:
            agreed[customer_id].add(channel)
        else:
            people[customer_id].withdrawn |= {channel}
    same: dict[frozenset[str], frozenset[str]] = {}
    for key, person in people.items():
        ways = frozenset(name for name in names if channels.writes_to(name) in had.get(key, ()))
        yes = frozenset(agreed.get(key, ()))
        open_ways = frozenset(name for name in ways & yes if name not in person.stops)
        person.ways, person.agreed, person.ad_ways = (same.setdefault(one, one) for one in (ways, yes, open_ways))
    if wants_phone:
        for some in portions(customers):
            for key in callable_customers(some):
                people[key].can_call = True
    return people


def _close(
    person: Person, kind: str, address: bytes, names: Iterable[str], stops: Mapping[tuple[str, bytes], str]
) -> None:
    closed = {
        name: stops[name, address] for name in names if channels.writes_to(name) == kind and (name, address) in stops
    }
    if closed:
        person.stops = {**person.stops, **closed}


def is_of_the_moment(need: str) -> bool:
    """Whether the value depends on the time at which it is asked, and on nothing else."""
    field = audiences.field(unpack(need)[0])
    return field is not None and field.kind == "moment" and isinstance(field.load, audiences.Column)


def _fill_values(made: Sequence[Case], needs: frozenset[str]) -> None:
    lasting = frozenset(need for need in needs if not is_of_the_moment(need))
    if not lasting:
        return
    same: dict[tuple[tuple[str, Any], ...], tuple[tuple[str, Any], ...]] = {}
    for some in portions(made):
        subjects = [
            Subject(case.organization_id, case.shop_id, case.customer_id, case.order_id, case.id, case.entered_at)
            for case in some
        ]
        for case, values in zip(some, audiences.values(subjects, lasting), strict=True):
            told = tuple(sorted(values.items()))
            case.values = same.setdefault(told, told)


def ground(shop: Shop, asked: Asked, scenario: Scenario | None) -> Ground:
    """The shop's rules as they are now, and what its other scenarios gave in the span."""
    limits = limits_of([shop.id])
    return Ground(
        calendar=limits.calendar(shop),
        rules={name: limits.rule(shop.id, name) for name in channels.names()},
        cap=limits.cap(shop.id),
        terms=terms_of([shop.id])[shop.id],
        has_identity=has_identity(shop),
        moments={need: _reader(need) for need in asked.needs if is_of_the_moment(need)},
        advertised=_advertised(shop, asked, scenario, limits),
        incentives=_incentives(shop, asked, scenario),
    )


def _reader(need: str) -> Any:
    field = audiences.field(unpack(need)[0])
    assert field is not None and isinstance(field.load, audiences.Column)
    return field.load.read


def _own(scenario: Scenario | None, shop: Shop) -> set[int] | None:
    """Enrolments whose effects this rehearsal replaces: the scenario's own; of a file, nobody's."""
    if scenario is None:
        return set()
    rows = Enrollment.objects.filter(shop_id=shop.id, revision__scenario_id=scenario.id)
    return set(rows.values_list("id", flat=True))


def _advertised(shop: Shop, asked: Asked, scenario: Scenario | None, limits: Limits) -> list[tuple[datetime, int]]:
    """What other scenarios sent: it counts for the customers' caps."""
    if limits.cap(shop.id) is None:
        return []
    own = _own(scenario, shop) or set()
    rows = Message.objects.filter(
        shop_id=shop.id, purpose=Purpose.ADVERTISEMENT, state__in=COUNTED, handed_at__lt=asked.until, customer__isnull=False
    ).values_list("handed_at", "customer_id", "source", "source_id")  # fmt: skip
    return [
        (at, customer_id)
        for at, customer_id, source, source_id in rows
        if at is not None and not (source == "enrollment" and source_id in own)
    ]


def _incentives(shop: Shop, asked: Asked, scenario: Scenario | None) -> list[tuple[datetime, int]]:
    own = _own(scenario, shop) or set()
    rows = Coupon.objects.filter(shop_id=shop.id, issued_at__lt=asked.until, customer__isnull=False)
    return [
        (at, customer_id)
        for at, customer_id, enrollment_id in rows.values_list("issued_at", "customer_id", "enrollment_id")
        if enrollment_id not in own
    ]


def before(shop: Shop, trigger: str, scenario: Scenario | None) -> list[tuple[int | None, Any]]:
    """(reason, condition) of the scenarios of the same start that are on and come first; of a file nobody does."""
    if scenario is None:
        return []
    rows = Scenario.objects.filter(shop_id=shop.id, is_on=True, revision__trigger=trigger).exclude(id=scenario.id)
    first = [
        one
        for one in rows.order_by("position", "id")
        if (one.position, one.id) < (scenario.position, scenario.id) and one.revision_id is not None
    ]
    known = programs.load({one.revision_id for one in first if one.revision_id is not None})
    return [(one.reason_id, known[one.revision_id].when) for one in first if one.revision_id is not None]


__all__ = ["NOTHING", "STARTS", "Asked", "before", "cases", "ground", "portions"]
