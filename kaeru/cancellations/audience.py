"""What conditions can ask about a cancellation, and about the cancellations of a customer."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext as now
from django.utils.translation import gettext_lazy as _

from kaeru.audiences import compiling
from kaeru.audiences.counting import counted
from kaeru.audiences.registry import Column, Field, register_field
from kaeru.audiences.rules import Subject
from kaeru.cancellations.models import CancellationRequest, Reason, Side
from kaeru.cancellations.policy import cutoffs
from kaeru.cancellations.policy import queries as policies
from kaeru.cancellations.policy.rules import PASSED_CUTOFF
from kaeru.cancellations.queries import GONE
from kaeru.core import sql, wording

NO_REASON = "none"


class Row(NamedTuple):
    """What of a cancellation can be asked; one query for all of it."""

    id: int
    reason: str | None
    side: str
    value: int
    currency: str
    shops_currency: str
    requested_at: datetime
    placed_at: datetime | None


def _rows(subjects: Sequence[Subject]) -> dict[Subject, Row]:
    keys = sql.keys({subject.cancellation_id for subject in subjects if subject.cancellation_id is not None})
    rows = CancellationRequest.objects.filter(id__in=keys).values_list(
        "id", "reason__code", "side", "value", "currency", "shop__currency", "requested_at", "order__placed_at"
    )
    found = {row[0]: Row._make(row) for row in rows}
    return {subject: found[subject.cancellation_id] for subject in subjects if subject.cancellation_id in found}


def _minutes(row: Row) -> int | None:
    return None if row.placed_at is None else max(0, int((row.requested_at - row.placed_at).total_seconds()) // 60)


def _reasons(shop_id: int) -> list[tuple[str, str]]:
    language = wording.language_of(get_language())
    rows = Reason.objects.filter(shop_id=shop_id).order_by("-is_active", "position", "id").values_list("code", "labels")
    return [
        *((code, wording.pick(labels, language) or code) for code, labels in rows),
        (NO_REASON, now("no reason given")),
    ]


def _sides(shop_id: int) -> list[tuple[str, str]]:
    return [
        (Side.CUSTOMER.value, now("the customer")),
        (Side.SHOP.value, now("the shop")),
        (Side.UNKNOWN.value, now("not known whose")),
    ]


def _cancellations(subjects: Sequence[Subject], days: int | None) -> dict[Subject, int]:
    return counted(CancellationRequest.objects.filter(state__in=GONE), "requested_at", subjects, days)


def _passed_cutoff(subjects: Sequence[Subject], days: int | None) -> dict[Subject, bool]:
    asked = policies.standing({subject.shop_id for subject in subjects})
    return cutoffs.passed(subjects, {shop_id: found.policy.cutoff for shop_id, found in asked.items()})


FIELDS = (
    Field(
        PASSED_CUTOFF, _("after the warehouse's cut-off"), "yes", _passed_cutoff,
        _("The first cut-off after the order, on a day on which the shop is open, is over: the warehouse has the order. The clock is that of"
          " the cancellation policy; without one it is not known."),
        denied=_("before the warehouse's cut-off"),
    ),
    Field(
        "cancellation.reason", _("reason"), "choice", Column(_rows, lambda row: row.reason or NO_REASON),
        _("The reason that the customer chose, or that the shop gave."), _reasons,
    ),
    Field(
        "cancellation.side", _("whose wish"), "choice", Column(_rows, lambda row: row.side or None),
        _("Whose wish or fault the cancellation is."), _sides,
    ),
    Field(
        "cancellation.value", _("cancelled value"), "money",
        Column(_rows, lambda row: row.value if row.currency == row.shops_currency else None),
        _("What the cancellation takes away. Not known in another currency than the shop's."),
    ),
    Field(
        "cancellation.minutes_since_order", _("time from order to cancellation"), "number", Column(_rows, _minutes),
        _("Whole minutes from the order to the wish to cancel. Not known without an order."), unit=pgettext_lazy("unit", "minutes"),
    ),
    Field(
        "customer.cancellations", _("number of cancellations"), "count", _cancellations,
        _("Cancellations of the customer in this shop, the present one included; orders that were kept or restored do not count."),
        has_days=True,
        sql=compiling.count("cancellations_cancellationrequest", "requested_at", "n.state IN ('requested', 'cancelled')"),
    ),
)  # fmt: skip

for _field in FIELDS:
    register_field(_field)
