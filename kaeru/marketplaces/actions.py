"""Verbs: put a shop under a mall's rules, say how they are read, note what the mall's screens show, leave."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction

from kaeru.core import audit, clock, ids
from kaeru.marketplaces.counting import local_day
from kaeru.marketplaces.models import MallTerms, Tally
from kaeru.marketplaces.programme import load
from kaeru.marketplaces.reading import Reading, read
from kaeru.tenants.models import Shop


@dataclass(frozen=True, slots=True)
class Seen:
    """What the seller reads on the mall's own screens; None: not entered."""

    points: int | None = None
    payout_days: int | None = None
    next_sale_on: date | None = None


@transaction.atomic
def join(shop: Shop, programme: str, *, actor: str, reading: Mapping[str, Any] | None = None) -> MallTerms:
    """Put the shop under these rules, read as said (None: as before, or as the mall does by default).

    Counts are begun anew when they have to be. Raises ProgrammeRefused for an unknown programme and ReadingRefused.
    """
    default = load(programme).default
    known = MallTerms.objects.select_for_update().filter(shop=shop).first()
    was = known.programme if known else None
    said = dict(known.reading) if reading is None and known and was == programme else dict(reading or {})
    now_read = read(said, default)
    if known is None:
        known = MallTerms(id=ids.new_id(), organization_id=shop.organization_id, shop=shop)
    needs_count = was != programme or _services(known, programme) != now_read.services
    known.programme, known.reading = programme, differing(now_read, default)
    if needs_count:
        known.counted_at = None
    if was != programme:
        known.judged_on = None
    known.save()
    audit.record(
        shop.organization_id, actor, "mall.joined" if was != programme else "mall.read_anew", "shop", shop.id,
        programme=programme, reading=known.reading,
    )  # fmt: skip
    return known


def _services(terms: MallTerms, programme: str) -> tuple[str, ...]:
    default = load(programme).default
    return read(terms.reading, default).services if terms.programme == programme else default.services


def differing(reading: Reading, default: Reading) -> dict[str, Any]:
    """What the reading says otherwise than the default: only that is kept, so that a better default reaches the shop."""
    own, usual = reading.as_json(), default.as_json()
    return {name: value for name, value in own.items() if value != usual[name]}


@transaction.atomic
def note(terms: MallTerms, seen: Seen, *, actor: str) -> None:
    """Keep what the seller saw on the mall's screens."""
    zone = load(terms.programme).zone
    points_on = local_day(clock.now(), zone) if seen.points is not None else None
    if seen.points == terms.points:
        points_on = terms.points_on
    MallTerms.objects.filter(id=terms.id).update(
        points=seen.points, points_on=points_on, payout_days=seen.payout_days, next_sale_on=seen.next_sale_on
    )
    audit.record(
        terms.organization_id,
        actor,
        "mall.noted",
        "shop",
        terms.shop_id,
        points=seen.points,
        payout_days=seen.payout_days,
    )


@transaction.atomic
def leave(shop: Shop, *, actor: str) -> None:
    """The shop is on no mall any more: nothing is counted or judged. What was judged stays."""
    MallTerms.objects.filter(shop=shop).delete()
    Tally.objects.filter(shop=shop).delete()
    audit.record(shop.organization_id, actor, "mall.left", "shop", shop.id)
