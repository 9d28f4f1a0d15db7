"""Contacts and hours saved: what buyers settled by themselves, which would have been a mail or a call to the staff. A count, not an effect."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from kaeru.cancellations.models import CancellationRequest, Case, Repair, RepairState, RequestState
from kaeru.recoveries.costs import Costs, costs_of

SETTLED = (RequestState.REQUESTED, RequestState.CANCELLED, RequestState.KEPT, RequestState.RESTORED)


@dataclass(frozen=True, slots=True)
class Saved:
    """Of one shop and span."""

    cancelled: int
    """Orders cancelled by their buyers on the page, without anybody of the staff."""
    kept: int
    """Orders kept after a look at the page."""
    repaired: int
    """Orders put right by their buyers, carried out by themselves."""
    minutes_per_contact: int
    """As the shop says."""

    @property
    def contacts(self) -> int:
        """Mails or calls that nobody had to answer."""
        return self.cancelled + self.kept + self.repaired

    @property
    def hours(self) -> float:
        """Hours of the staff."""
        return self.contacts * self.minutes_per_contact / 60


def settled(shop_ids: Iterable[int], since: datetime, until: datetime) -> QuerySet[CancellationRequest]:
    """Wishes that were settled on the page in the half-open span and never came to the staff's desk; `is_mended`: a repair was carried out."""
    on_desk = Case.objects.filter(request_id=OuterRef("id"))
    mended = Repair.objects.filter(request_id=OuterRef("id"), state=RepairState.DONE)
    wishes = CancellationRequest.objects.filter(
        shop_id__in=list(shop_ids), origin="page", state__in=SETTLED, requested_at__gte=since, requested_at__lt=until, is_history=False
    )  # fmt: skip
    return wishes.filter(~Exists(on_desk)).annotate(is_mended=Exists(mended))


def saved(shop_id: int, since: datetime, until: datetime, costs: Costs | None = None) -> Saved:
    """What was settled on the page in the half-open span. Whatever came to the staff's desk is not counted. Two queries."""
    kept = Q(state=RequestState.KEPT)
    counted = settled([shop_id], since, until).aggregate(
        cancelled=Count("id", filter=~kept),
        kept=Count("id", filter=kept & Q(is_mended=False)),
        repaired=Count("id", filter=kept & Q(is_mended=True)),
    )
    minutes = (costs or costs_of([shop_id])[shop_id]).minutes_per_contact
    return Saved(counted["cancelled"], counted["kept"], counted["repaired"], minutes)
