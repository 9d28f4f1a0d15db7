"""What a salon says about offering freed times: its terms, and its segments with their ranks."""

from collections.abc import Collection, Sequence
from datetime import time
from typing import Any

from django.db import transaction

from kaeru.appointments.openings.models import RefillTerms, Segment
from kaeru.appointments.openings.rules import Hours
from kaeru.audiences import registry
from kaeru.audiences import sql as audiences
from kaeru.audiences.checks import Problem
from kaeru.audiences.rules import check, parse, questions
from kaeru.core import audit, ids
from kaeru.tenants.models import Shop

MOST_SEGMENTS = 30
LONGEST_NAME = 80
USUAL: tuple[tuple[str, str, Any], ...] = (
    ("指名のお客様", "Clients who ask for them", {"field": "client.nominates", "op": "is", "value": "opening"}),
    (
        "回数券が残っているお客様",
        "Clients with tickets left",
        {"field": "client.tickets_left", "op": "at_least", "value": 1},
    ),
    (
        "来店周期を過ぎたお客様",
        "Clients beyond their usual interval",
        {"field": "client.beyond_interval", "op": "at_least", "value": 0},
    ),
    (
        "前回から1か月前後のお客様",
        "Last visit about a month ago",
        {"field": "client.last_visit_days", "op": "between", "value": [25, 45]},
    ),
)
"""The segments that a salon begins with, in the order in which they are asked: name in Japanese, in English, condition."""


class Refused(ValueError):
    """It cannot be kept; `code`: no_name | same_name | condition | too_many."""

    def __init__(self, code: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(code)
        self.code, self.problems = code, tuple(problems)


def terms_of(shop: Shop) -> RefillTerms:
    """The salon's terms; the usual ones, not kept yet, where it said nothing."""
    found = RefillTerms.objects.filter(shop=shop).first()
    return found or RefillTerms(organization_id=shop.organization_id, shop=shop)


def hours_of(terms: RefillTerms, shop: Shop) -> Hours:
    """When people may be asked."""
    return Hours(terms.offer_from, terms.offer_to, shop.timezone)


@transaction.atomic
def set_terms(
    shop: Shop,
    *,
    is_by_rule: bool,
    offer_from: time,
    offer_to: time,
    pushes_per_opening: int,
    yen_per_push: int,
    once_per_days: int,
    actor: str,
) -> RefillTerms:
    """Keep the terms; openings that are being offered go on by the budget they began with."""
    told = {
        "is_by_rule": is_by_rule,
        "offer_from": offer_from,
        "offer_to": offer_to,
        "pushes_per_opening": pushes_per_opening,
        "yen_per_push": yen_per_push,
        "once_per_days": once_per_days,
    }
    row, _made = RefillTerms.objects.update_or_create(
        shop=shop, defaults=told, create_defaults={**told, "organization_id": shop.organization_id}
    )
    shown = {name: str(value) if isinstance(value, time) else value for name, value in told.items()}
    audit.record(shop.organization_id, actor, "refill.terms", "shop", shop.id, **shown)
    return row


def segments_of(shop_id: int, only: Collection[int] | None = None) -> list[Segment]:
    """The salon's segments, whom to ask first in front; of these only where told."""
    rows = Segment.objects.filter(shop_id=shop_id).order_by("rank", "id")
    return list(rows if only is None else rows.filter(id__in=list(only)))


def asked_by_rule(shop_id: int) -> list[Segment]:
    """The segments that openings are offered to without a choice by hand."""
    return [one for one in segments_of(shop_id) if one.is_asked]


@transaction.atomic
def begin_with(shop: Shop) -> list[Segment]:
    """A salon without any segments gets the usual ones, in the language of its staff. Returns all it has."""
    known = segments_of(shop.id)
    if known:
        return known
    is_japanese = shop.staff_language == "ja"
    Segment.objects.bulk_create(
        Segment(
            id=key, organization_id=shop.organization_id, shop=shop, name=japanese if is_japanese else english, condition=condition,
            rank=rank,
        )
        for rank, (key, (japanese, english, condition)) in enumerate(zip(ids.new_ids(len(USUAL)), USUAL, strict=True))
    )  # fmt: skip
    return segments_of(shop.id)


def offered() -> tuple[registry.Field, ...]:
    """What a segment can ask."""
    return registry.fields(*audiences.OF_PEOPLE)


def problems_of(shop: Shop, told: Any) -> list[Problem]:
    """What keeps this condition from being kept."""
    if told is None:
        return []
    found = check(told, "when", offered())
    if found:
        return found
    names = {question.field for question in questions(parse(told))}
    return check(told, "when", offered(), registry.choices(shop.id, names))


@transaction.atomic
def save_segment(
    shop: Shop, segment_id: int | None, name: str, condition: Any, *, is_asked: bool, actor: str
) -> Segment:
    """Make a segment, or change it. Raises Refused, Segment.DoesNotExist."""
    tidy = name.replace("\x00", "").strip()[:LONGEST_NAME]
    if not tidy:
        raise Refused("no_name")
    problems = problems_of(shop, condition)
    if problems:
        raise Refused("condition", problems)
    if Segment.objects.filter(shop=shop, name=tidy).exclude(id=segment_id or 0).exists():
        raise Refused("same_name")
    if segment_id is None:
        known = segments_of(shop.id)
        if len(known) >= MOST_SEGMENTS:
            raise Refused("too_many")
        row = Segment(organization_id=shop.organization_id, shop=shop, rank=known[-1].rank + 1 if known else 0)
    else:
        row = Segment.objects.get(id=segment_id, shop=shop)
    row.name, row.condition, row.is_asked = tidy, condition, is_asked
    row.save()
    audit.record(shop.organization_id, actor, "segment.saved", "segment", row.id, is_asked=is_asked)
    return row


@transaction.atomic
def raise_segment(shop: Shop, segment_id: int, *, actor: str) -> None:
    """Ask this segment one place earlier; the first stays first."""
    order = segments_of(shop.id)
    place = next((number for number, one in enumerate(order) if one.id == segment_id), 0)
    if place:
        order[place - 1], order[place] = order[place], order[place - 1]
        for rank, one in enumerate(order):
            one.rank = rank
        Segment.objects.bulk_update(order, ["rank"])
        audit.record(shop.organization_id, actor, "segment.raised", "segment", segment_id)


@transaction.atomic
def remove_segment(shop: Shop, segment_id: int, *, actor: str) -> None:
    """The segment is gone; what it was asked stays in the story. Again changes nothing."""
    if Segment.objects.filter(shop=shop, id=segment_id).delete()[0]:
        audit.record(shop.organization_id, actor, "segment.removed", "segment", segment_id)
