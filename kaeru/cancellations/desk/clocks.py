"""The clocks of many cases at once: what each shop has said about its warehouse and its hours, and what malls count."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, time
from typing import Any

from django.db.models import OuterRef, Subquery

from kaeru.cancellations.desk import rules
from kaeru.cancellations.desk.rules import Clock, Terms
from kaeru.cancellations.models import CancellationRequest, CancelPolicy, DeskTerms
from kaeru.core import clock
from kaeru.tenants import queries as tenants

Counted = Callable[[Sequence[CancellationRequest]], Mapping[int, Sequence[Clock]]]
"""Clocks by request id; one call for many requests, a constant number of queries."""

_counted: dict[str, Counted] = {}


def register_clocks(name: str, counted: Counted) -> None:
    """Name what else counts down: a mall's deadline, a promised date. A second call replaces the first."""
    _counted[name] = counted


def forget_clocks(name: str) -> None:
    """Take it away again."""
    _counted.pop(name, None)


def terms_of(shop_ids: Collection[int]) -> dict[int, Terms]:
    """How these shops' desks work; one query."""
    rows = DeskTerms.objects.filter(shop_id__in=set(shop_ids))
    known = {
        row.shop_id: Terms(row.reply_hours, row.tells, row.soon_minutes, row.value_from, row.approves_free)  # type: ignore[arg-type]
        for row in rows
    }
    return {shop_id: known.get(shop_id, Terms()) for shop_id in shop_ids}


def cutoffs(shop_ids: Collection[int]) -> dict[int, time]:
    """The warehouse's cut-off, of the newest policies of these shops that name one; one query."""
    newest = CancelPolicy.objects.filter(shop_id=OuterRef("shop_id")).order_by("-number").values("number")[:1]
    rows = CancelPolicy.objects.filter(shop_id__in=set(shop_ids), number=Subquery(newest))
    found: dict[int, time] = {}
    for shop_id, document in rows.values_list("shop_id", "document"):
        at = cutoff_of(document)
        if at is not None:
            found[shop_id] = at
    return found


def cutoff_of(document: Any) -> time | None:
    """`cutoff` of a policy: "14:00"; None when it names none."""
    told = document.get("cutoff") if isinstance(document, Mapping) else None
    if isinstance(told, Mapping):
        told = told.get("at")
    with suppress(ValueError):
        return time.fromisoformat(told) if isinstance(told, str) and told else None
    return None


def clocks_of(
    shop_ids: Sequence[int], requests: Sequence[CancellationRequest | None], since: Sequence[datetime] | None = None
) -> list[Clock]:
    """The clock of each case that is opened now (or was `since`): its shop, and the wish to cancel that it is about (None: no wish).

    Three queries and those of what else counts, however many cases.
    """
    opened, shops = since or [clock.now()] * len(shop_ids), set(shop_ids)
    calendars, terms, closes = tenants.calendars(shops), terms_of(shops), cutoffs(shops)
    wishes = [request for request in requests if request is not None]
    others: dict[int, list[Clock]] = {}
    for counted in _counted.values():
        for request_id, told in counted(wishes).items():
            others.setdefault(request_id, []).extend(told)
    return [
        rules.clock(
            moment,
            calendars[shop_id],
            terms[shop_id],
            cutoff=closes.get(shop_id),
            others=others.get(request.id, ()) if request is not None else (),
        )
        for shop_id, request, moment in zip(shop_ids, requests, opened, strict=True)
    ]
