"""Reads for the desk: the queue over all shops, how many of which kind, one case with everything around it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.expressions import RawSQL

from kaeru.calls.models import CallTask
from kaeru.calls.queries import callable_customers, of_sources
from kaeru.cancellations.desk import inquiries, mall, rules
from kaeru.cancellations.desk.closing import CALLS
from kaeru.cancellations.desk.rules import Matter
from kaeru.cancellations.models import (
    CancellationLine,
    CancellationRequest,
    Case,
    CaseNote,
    CaseState,
    Decision,
    Repair,
    RequestState,
    Swap,
)
from kaeru.connectors.models import Inquiry, OrderChange
from kaeru.core import clock
from kaeru.core.models import AuditEntry
from kaeru.orders.models import Order, OrderLine
from kaeru.tenants.models import Member, Shop, User
from kaeru.tenants.rules import PERMISSIONS

OPEN = RawSQL("'open'", ())
"""Written out, so that SQLite takes the index of open cases, too: to it a parameter could be anything."""
WITH = ("shop", "request__order", "request__customer", "request__reason")


def queue(
    shop_ids: Sequence[int] | None = None, *, kind: str = "", user_id: int | None = None, is_put_off: bool = False
) -> QuerySet[Case]:
    """Open cases, the one whose waiting costs first; of these shops (None: all of the organization), a kind, a person.

    What is put off is left out until its time comes; `is_put_off` gives only those.
    """
    rows = Case.objects.filter(state=OPEN).select_related(*WITH)
    if shop_ids is not None:
        rows = rows.filter(shop_id__in=shop_ids)
    if kind:
        rows = rows.filter(kind=kind)
    if user_id is not None:
        rows = rows.filter(assigned_to=user_id)
    now = clock.now()
    rows = rows.filter(snoozed_until__gt=now) if is_put_off else rows.filter(_awake(now))
    return rows.order_by("due_at", "-value", "id")


def _awake(now: datetime) -> Q:
    return Q(snoozed_until=None) | Q(snoozed_until__lte=now)


def closed(shop_ids: Sequence[int] | None = None) -> QuerySet[Case]:
    """What is over, the last first."""
    rows = Case.objects.filter(state=CaseState.CLOSED).select_related(*WITH)
    return (rows if shop_ids is None else rows.filter(shop_id__in=shop_ids)).order_by("-closed_at", "-id")


@dataclass(frozen=True, slots=True)
class Counts:
    """How much is on the desk."""

    by_kind: Mapping[str, int] = field(default_factory=dict)
    put_off: int = 0
    mine: int = 0
    due_at: datetime | None = None
    """The nearest clock."""

    @property
    def all(self) -> int:
        """All that is not put off."""
        return sum(self.by_kind.values())


def counts(user_id: int | None = None, shop_ids: Sequence[int] | None = None) -> Counts:
    """By kind, and those of one person, in one query."""
    awake = _awake(clock.now())
    rows = Case.objects.filter(state=OPEN)
    if shop_ids is not None:
        rows = rows.filter(shop_id__in=shop_ids)
    found = list(
        rows.order_by()
        .values("kind")
        .annotate(
            n=Count("id", filter=awake),
            all=Count("id"),
            mine=Count("id", filter=awake & Q(assigned_to=user_id or 0)),
            first=Min("due_at", filter=awake),
        )
    )
    dues = [row["first"] for row in found if row["first"] is not None]
    return Counts(
        {row["kind"]: row["n"] for row in found if row["n"]},
        put_off=sum(row["all"] - row["n"] for row in found),
        mine=sum(row["mine"] for row in found),
        due_at=min(dues, default=None),
    )


MOST_COUNTED = 100


def how_many() -> int:
    """How many open cases wait, for the navigation; no more than MOST_COUNTED are counted."""
    return queue().order_by().select_related(None).values("id")[:MOST_COUNTED].count()


def tallies(shop_ids: Sequence[int]) -> dict[int, int]:
    """Open cases by shop."""
    rows = Case.objects.filter(_awake(clock.now()), state=OPEN, shop_id__in=shop_ids).order_by()
    return dict(rows.values_list("shop_id").annotate(n=Count("id")))


def without_case(requests: QuerySet[CancellationRequest]) -> QuerySet[CancellationRequest]:
    """Those of these wishes to cancel that are not on the desk."""
    return requests.exclude(Exists(Case.objects.filter(request_id=OuterRef("pk"), state=CaseState.OPEN)))


def one(case_id: int) -> Case | None:
    """One case with what its page shows, or None when there is none in scope."""
    return Case.objects.select_related(*WITH, "request__shortage").filter(id=case_id).first()


def next_after(user_id: int | None) -> Case | None:
    """The case to open when one is decided: the first that is nobody's or one's own."""
    rows = queue()
    if user_id is not None:
        rows = rows.filter(Q(assigned_to=None) | Q(assigned_to=user_id))
    return rows.first()


def matter_of(case: Case) -> Matter:
    """What may be done with it depends on this."""
    rows = CancellationRequest.objects.select_related("order", "shop").filter(id=case.request_id or 0)
    request = rows.first()
    order = request.order if request else None
    change = ""
    if case.kind == "change":
        change = OrderChange.objects.filter(id=case.subject_id).values_list("state", flat=True).first() or ""
    return Matter(
        kind=case.kind,
        is_open=case.state == CaseState.OPEN,
        request_state=request.state if request else "",
        is_shipped=order is not None and order.shipped_at is not None,
        is_cancelled=order is not None and order.cancelled_at is not None,
        change_state=change,
        has_customer=request is not None
        and request.customer_id is not None
        and bool(callable_customers([request.customer_id])),
        may_write=request is None or mall.may_write(request),
        can_answer=case.kind == "inquiry" and inquiries.can_answer(case.shop),
    )


def why_not(case: Case) -> str:
    """Why a deed does not fit: shipped | cancelled | not_here."""
    matter = matter_of(case)
    return "shipped" if matter.is_shipped else "cancelled" if matter.is_cancelled else "not_here"


@dataclass(frozen=True, slots=True)
class History:
    """What is known of the buyer: no judgement, only what happened."""

    orders: int = 0
    spent: int = 0
    """Of orders that stand, minor units."""
    since: datetime | None = None
    wishes: int = 0
    """Wishes to cancel besides this one; the shop's own shortages are none."""
    cancelled: int = 0
    latest: Sequence[Order] = ()


def history(request: CancellationRequest) -> History:
    """The buyer's orders and wishes; three queries. Nothing of a guest."""
    if request.customer_id is None:
        return History()
    orders = Order.objects.filter(customer_id=request.customer_id)
    whole = orders.aggregate(n=Count("id"), spent=Sum("total", filter=Q(cancelled_at=None)))
    wishes = (
        CancellationRequest.objects.filter(customer_id=request.customer_id)
        .exclude(id=request.id)
        .exclude(side="shop")
        .exclude(state=RequestState.CONSIDERING)
    )
    told = wishes.aggregate(n=Count("id"), gone=Count("id", filter=Q(state__in=["requested", "cancelled"])))
    latest = list(orders.exclude(id=request.order_id or 0).order_by("-placed_at")[:3])
    first = orders.order_by("placed_at").values_list("placed_at", flat=True).first()
    return History(whole["n"], whole["spent"] or 0, first, told["n"], told["gone"], latest)


@dataclass(frozen=True, slots=True)
class Whole:
    """One case with everything around it."""

    case: Case
    lines: Sequence[OrderLine]
    parts: Sequence[CancellationLine]
    """What of the order is to be cancelled, when it is not all of it."""
    history: History
    decisions: Sequence[Decision]
    notes: Sequence[CaseNote]
    repair: Repair | None
    change: OrderChange | None
    swap: Swap | None
    inquiry: Inquiry | None
    calls: Sequence[CallTask]
    entries: Sequence[AuditEntry]
    deeds: frozenset[str]
    names: Mapping[str, str]
    """Actors by name: {"member:12": "Aoi"}."""


def whole(case: Case) -> Whole:
    """Everything that the page of a case shows; a constant number of queries."""
    request = case.request
    decisions = list(Decision.objects.filter(request=request).order_by("decided_at", "id")) if request else []
    notes = list(CaseNote.objects.filter(case=case).order_by("at", "id"))
    entries = list(AuditEntry.objects.filter(subject="case", subject_id=case.id).order_by("at", "id"))
    lines = OrderLine.objects.filter(order_id=request.order_id or 0).order_by("position") if request else []
    actors = {
        case.closed_by,
        *(one.by for one in decisions),
        *(one.by for one in notes),
        *(one.actor for one in entries),
    }
    return Whole(
        case=case,
        lines=list(lines),
        parts=list(CancellationLine.objects.filter(request=request).select_related("order_line"))
        if request and not request.is_whole
        else (),
        history=history(request) if request else History(),
        decisions=decisions,
        notes=notes,
        repair=Repair.objects.filter(id=case.subject_id).first() if case.kind == "repair" else None,
        change=OrderChange.objects.filter(id=case.subject_id).first() if case.kind == "change" else None,
        swap=Swap.objects.filter(id=case.subject_id).select_related("new_order").first()
        if case.kind == "swap"
        else None,
        inquiry=inquiries.of_cases([case]).get(case.id),
        calls=of_sources(CALLS, [case.id]),
        entries=entries,
        deeds=rules.deeds(matter_of(case)),
        names=names(actors),
    )


def names(actors: Collection[str]) -> dict[str, str]:
    """Members' names by actor; one query."""
    keys = {int(actor.partition(":")[2]): actor for actor in actors if actor.startswith("member:")}
    rows = Member.objects.filter(id__in=keys).select_related("user")
    return {keys[row.id]: row.user.name or row.user.email for row in rows}


def name_of(actor: str) -> str:
    """A member's name; "" for whoever is no member."""
    return names([actor]).get(actor, "")


def name_of_user(user_id: int) -> str:
    """A member's name by their user."""
    member = Member.objects.filter(user_id=user_id).select_related("user").first()
    return (member.user.name or member.user.email) if member else ""


def assignees(cases: Sequence[Case]) -> dict[int, str]:
    """Names by user of those who have these cases; one query."""
    wanted = {case.assigned_to for case in cases if case.assigned_to is not None}
    rows = Member.objects.filter(user_id__in=wanted).select_related("user") if wanted else []
    return {row.user_id: row.user.name or row.user.email for row in rows}


def deciders(shop: Shop) -> list[User]:
    """Who may be given a case."""
    roles = [role for role, permissions in PERMISSIONS.items() if "decide" in permissions]
    rows = Member.objects.filter(organization_id=shop.organization_id, role__in=roles, user__is_active=True)
    return [member.user for member in rows.select_related("user").order_by("id")]


def repairs_of(cases: Sequence[Case]) -> dict[int, Repair]:
    """What is to be changed by hand, by case id; one query."""
    subjects = {case.subject_id: case.id for case in cases if case.kind == "repair"}
    rows = Repair.objects.filter(id__in=subjects) if subjects else []
    return {subjects[row.id]: row for row in rows}
