"""Outcomes 成果: each assignment has one row that says what became of it; windows are filled in as they end.

Analysed by assignment: whoever was to be treated counts as treated, whether a message went out or not. A row follows from the tables of
the rooms below alone, so that counting all anew (`recount`) gives the same rows.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from kaeru.core import clock, ids, scope, sql
from kaeru.orders.models import Order
from kaeru.recoveries.channels import channel_of
from kaeru.recoveries.gathering import counted, fill, gather
from kaeru.recoveries.models import FigureRound, Outcome
from kaeru.recoveries.windows import WINDOWS, over_at
from kaeru.scenarios.models import Assignment, Enrollment, Revision

FILLED = (
    "returned_at", "order_id", *(f"{name}_{days}" for days in WINDOWS for name in ("back", "value", "coupons", "sends")), "again",
    "matured", "due_at",
)  # fmt: skip
_UPDATE = f"UPDATE recoveries_outcome SET {', '.join(f'{name} = %s' for name in FILLED)} WHERE id = %s"  # noqa: S608 the house's own text
FIRST = ["is_first_in_shop", "is_first_of_reason", "is_first_of_channel"]
REACH = timedelta(days=WINDOWS[-1])


def open_for(assignments: QuerySet[Assignment]) -> list[Outcome]:
    """Rows for those of these assignments that have none yet. A constant number of queries."""
    known = Outcome.objects.filter(assignment_id=OuterRef("id"))
    fresh = list(assignments.filter(~Exists(known)).order_by("at", "id"))
    rows = _rows(fresh)
    Outcome.objects.bulk_create(rows, batch_size=2000, ignore_conflicts=True)
    return rows


def _rows(fresh: Sequence[Assignment]) -> list[Outcome]:
    """New rows, in the order of time zero; nothing is known of their windows yet."""
    if not fresh:
        return []
    ways = _ways(fresh)
    channels = {
        key: channel_of(program)
        for key, program in Revision.objects.filter(id__in={one.revision_id for one in fresh}).values_list(
            "id", "program"
        )
    }
    rows = []
    for key, one in zip(ids.new_ids(len(fresh)), fresh, strict=True):
        reason_id, lost = ways.get((one.scenario_id, one.customer_id), (None, 0))
        rows.append(
            Outcome(
                id=key, organization_id=one.organization_id, assignment_id=one.id, shop_id=one.shop_id, scenario_id=one.scenario_id,
                customer_id=one.customer_id, reason_id=reason_id, channel=channels.get(one.revision_id, ""),
                is_treated=one.arm == "treated", pi=one.pi, first_at=one.at, lost=lost,
                due_at=over_at(one.at, WINDOWS[0]),
            )
        )  # fmt: skip
    customers = sql.keys({one.customer_id for one in fresh})
    before = Outcome.objects.filter(customer_id__in=customers).order_by("first_at", "assignment_id")
    mark_first([*before.only("customer_id", "reason_id", "channel", "first_at", "assignment_id"), *rows])
    return rows


def _ways(fresh: Sequence[Assignment]) -> dict[tuple[int, int], tuple[int | None, int]]:
    """Reason and value of the cancellation that each was assigned for: of the enrolment that was written together with it."""
    made = {(one.scenario_id, one.customer_id): one.id for one in fresh}
    nearest: dict[tuple[int, int], tuple[int, int | None, int]] = {}
    rows = Enrollment.objects.filter(customer_id__in=sql.keys({one.customer_id for one in fresh}))
    columns = ("id", "revision__scenario_id", "customer_id", "cancellation__reason_id", "cancellation__value")
    for way_id, scenario_id, customer_id, reason_id, lost in rows.values_list(*columns):
        key = (scenario_id, int(customer_id or 0))
        if key in made:
            found = (abs(way_id - made[key]), reason_id, lost or 0)
            nearest[key] = min(nearest.get(key, found), found, key=lambda one: one[0])
    return {key: (reason_id, lost) for key, (_, reason_id, lost) in nearest.items()}


def mark_first(rows: Iterable[Outcome]) -> list[Outcome]:
    """Say of each whether it is its customer's first in the shop, of the reason, of the channel; returns those that changed."""
    seen: set[tuple[int, str, object]] = set()
    changed = []
    for row in sorted(rows, key=lambda one: (one.first_at, one.assignment_id)):
        was = (row.is_first_in_shop, row.is_first_of_reason, row.is_first_of_channel)
        keys: list[tuple[int, str, object]] = [
            (row.customer_id, "shop", None),
            (row.customer_id, "reason", row.reason_id),
        ]
        keys.append((row.customer_id, "channel", row.channel))
        now = tuple(key not in seen for key in keys)
        seen.update(keys)
        if now != was:
            row.is_first_in_shop, row.is_first_of_reason, row.is_first_of_channel = now
            changed.append(row)
    return changed


def mature(limit: int) -> int:
    """The pass: fill in the windows that are over; returns how many rows. Constant queries, one write."""
    with scope.everyone(), transaction.atomic():
        due = sql.claim_ids("recoveries_outcome", "due_at <= %s", [sql.moment(clock.now())], "due_at, id", limit)
        if due:
            fill_in(list(Outcome.objects.filter(id__in=sql.keys(due)).order_by("due_at", "id")))
        return len(due)


def fill_in(rows: Sequence[Outcome]) -> None:
    """Work these rows out as things stand; where that changes what is counted already, the shop is counted anew."""
    now, known = clock.now(), gather(rows)
    stale: dict[int, int] = {}
    for row in rows:
        before = counted(row)
        fill(row, known, now)
        if counted(row) != before:
            stale[row.shop_id] = row.organization_id
    sql.execute_many(_UPDATE, [[*(_stored(row, name) for name in FILLED), row.id] for row in rows])
    count_anew(stale)


def _stored(row: Outcome, name: str) -> object:
    value = getattr(row, name)
    return sql.moment(value) if name in ("returned_at", "due_at") else value


def count_anew(shops: dict[int, int]) -> None:
    """The figures of these shops (with their organizations) do not hold any more."""
    FigureRound.objects.bulk_create(
        [
            FigureRound(id=ids.new_id(), organization_id=owner, shop_id=key, is_stale=True)
            for key, owner in shops.items()
        ],
        update_conflicts=True,
        unique_fields=["shop"],
        update_fields=["is_stale"],
    )


def look_again(order_ids: Collection[int]) -> int:
    """These orders came or changed: outcomes that they may touch are worked out anew with the next turn; returns how many."""
    orders = Order.objects.filter(id__in=sql.keys(order_ids), customer_id__isnull=False)
    placed: dict[int, list[object]] = {}
    for customer_id, at in orders.values_list("customer_id", "placed_at"):
        placed.setdefault(int(customer_id or 0), []).append(at)
    if not placed:
        return 0
    rows = Outcome.objects.filter(customer_id__in=sql.keys(placed)).values_list("id", "customer_id", "first_at")
    touched = [
        key for key, customer_id, first_at in rows if any(first_at < at <= first_at + REACH for at in placed[customer_id])  # type: ignore[operator]
    ]  # fmt: skip
    return Outcome.objects.filter(id__in=sql.keys(touched)).update(due_at=clock.now()) if touched else 0


@transaction.atomic
def recount(shop_id: int) -> int:
    """Forget all outcomes of the shop and work them out from its assignments; its figures follow with the next roll-up."""
    Outcome.objects.filter(shop_id=shop_id).delete()
    rows = open_for(Assignment.objects.filter(shop_id=shop_id))
    for start in range(0, len(rows), 5000):
        fill_in(rows[start : start + 5000])
    count_anew({row.shop_id: row.organization_id for row in rows[:1]})
    return len(rows)


def after_merging(customers: Collection[int]) -> None:
    """Say anew which of these customers' outcomes come first, and work them out anew with the next turn."""
    rows = list(Outcome.objects.filter(customer_id__in=sql.keys(customers)))
    changed = mark_first(rows)
    Outcome.objects.bulk_update(changed, FIRST)
    count_anew({row.shop_id: row.organization_id for row in changed if row.counted})
    Outcome.objects.filter(customer_id__in=sql.keys(customers)).update(due_at=clock.now())
