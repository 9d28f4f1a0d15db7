"""Figures are carried forward: windows that ended are added to the shop's states, never counted twice; many shops in one turn."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from kaeru.cancellations.models import Reason
from kaeru.core import clock, ids, scope, sql
from kaeru.recoveries import farming, monthly, outcomes, sharing
from kaeru.recoveries.answers import answer
from kaeru.recoveries.costs import costs_of
from kaeru.recoveries.models import Figure, FigureRound, Outcome
from kaeru.recoveries.tally import Column, Tally, grow
from kaeru.recoveries.windows import DECIDES, WINDOWS
from kaeru.tenants.models import Shop
from kaeru.uplift.eproc import Difference
from kaeru.uplift.units import Flags, Floats

REST = timedelta(hours=6)
"""A shop's figures are carried forward at most so often."""
ALL = "all"
JUST_OVER = 1000
"""So many windows that ended since the last turn of outcomes are filled in before figures are carried."""
PORTION = 100_000
"""So many rows are read at once, so that a shop of any size fits into memory."""
_ROW = (
    "id", "shop_id", "scenario_id", "reason_id", "channel", "is_first_in_shop", "is_first_of_reason", "is_first_of_channel",
    "is_treated", "pi", "first_at", "lost", "again", "matured", "counted",
    *(f"{name}_{days}" for days in WINDOWS for name in ("back", "value", "coupons", "sends")),
)  # fmt: skip
_AT = {name: place for place, name in enumerate(_ROW)}
Row = tuple[Any, ...]
Key = tuple[int, str, int]
"""Shop, which part of it (see Figure.key), window."""


def roll(limit: int) -> int:
    """The pass: carry up to `limit` shops forward that have news; returns how many rows were counted."""
    outcomes.mature(JUST_OVER)  # in a large shop a window ends every few seconds: it would be behind at each turn
    with scope.everyone():
        return sum(roll_shops(part) for part in _parts(_due(limit)))


def _due(limit: int) -> list[int]:
    """Shops with windows that are over and not in their figures, or whose figures do not hold; each after its rest."""
    now = clock.now()
    rested = FigureRound.objects.filter(shop_id=OuterRef("shop_id"), rolled_at__gt=now - REST, is_stale=False)
    waiting = Outcome.objects.filter(matured__gt=F("counted")).filter(~Exists(rested)).order_by()
    stale = FigureRound.objects.filter(is_stale=True).order_by("shop_id").values_list("shop_id", flat=True)
    found = list(stale[:limit])
    return [
        *found,
        *waiting.exclude(shop_id__in=found).values_list("shop_id", flat=True).distinct()[: limit - len(found)],
    ]


def _parts(shops: Sequence[int], size: int = 50) -> Iterator[Sequence[int]]:
    yield from (shops[start : start + size] for start in range(0, len(shops), size))


@transaction.atomic
def roll_shops(shop_ids: Sequence[int]) -> int:
    """Carry these shops forward in one transaction; returns how many rows were counted. A constant number of queries for each portion."""
    rounds = _locked(shop_ids)
    # Windows that are over but not filled in yet come first: units enter in the order in which their windows ended.
    behind = set(
        Outcome.objects.filter(shop_id__in=shop_ids, due_at__lte=clock.now()).values_list("shop_id", flat=True)
    )
    shops = {key: row for key, row in rounds.items() if key not in behind}
    anew = [key for key, row in shops.items() if row.is_stale]
    if anew:
        _forget(anew)
    counted = 0
    while rows := _news(shops):
        out_of_order = _too_late(shops, rows) - set(anew)
        if out_of_order:
            anew += out_of_order
            _forget(sorted(out_of_order))
            continue
        _carry(rows)
        counted += len(rows)
        if len(rows) < PORTION:
            break
    now = clock.now()
    FigureRound.objects.filter(shop_id__in=list(shops)).update(is_stale=False, rolled_at=now)
    farming.watch(list(shops))
    monthly.carry(list(shops), anew)
    return counted


def _locked(shop_ids: Sequence[int]) -> dict[int, FigureRound]:
    owners = dict(Shop.objects.filter(id__in=shop_ids).values_list("id", "organization_id"))
    FigureRound.objects.bulk_create(
        [
            FigureRound(id=key, organization_id=owners[shop_id], shop_id=shop_id)
            for key, shop_id in zip(ids.new_ids(len(owners)), sorted(owners), strict=True)
        ],
        ignore_conflicts=True,
    )
    rows = FigureRound.objects.select_for_update().filter(shop_id__in=shop_ids).order_by("shop_id")
    return {row.shop_id: row for row in rows}


def _forget(shop_ids: Sequence[int]) -> None:
    """Begin again from nothing."""
    Figure.objects.filter(shop_id__in=shop_ids).delete()
    Outcome.objects.filter(shop_id__in=shop_ids, counted__gt=0).update(counted=0)


def _news(shops: Iterable[int]) -> list[Row]:
    rows = Outcome.objects.filter(shop_id__in=sql.keys(shops), matured__gt=F("counted"))
    return list(rows.order_by("first_at", "assignment_id").values_list(*_ROW)[:PORTION])


def _too_late(shops: Iterable[int], rows: Sequence[Row]) -> set[int]:
    """Shops with a unit that comes before others that are counted already: only counting anew keeps the order."""
    last: dict[tuple[int, int], datetime] = {}
    every = Figure.objects.filter(shop_id__in=sql.keys(shops), counted_until__isnull=False)
    for shop_id, window, until in every.values_list("shop_id", "window", "counted_until"):
        if until is not None:
            last[shop_id, window] = max(until, last.get((shop_id, window), until))
    return {
        row[_AT["shop_id"]]
        for row in rows
        for days in WINDOWS[row[_AT["counted"]] : row[_AT["matured"]]]
        if (until := last.get((row[_AT["shop_id"]], days))) is not None and row[_AT["first_at"]] < until
    }


def _carry(rows: Sequence[Row]) -> None:
    """Add these rows' new windows to all figures that they belong to."""
    parts: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        for days in WINDOWS[row[_AT["counted"]] : row[_AT["matured"]]]:
            for part in parts_of(row):
                parts[row[_AT["shop_id"]], part, days].append(row)
    known = _known(parts)
    shops = {shop_id for shop_id, _, _ in parts}
    terms = costs_of(shops)
    told = Shop.objects.filter(id__in=shops).values_list("id", "organization_id", "currency")
    owners = {shop_id: (owner, currency) for shop_id, owner, currency in told}
    expected = sharing.priors(shops)
    codes = dict(Reason.objects.filter(shop_id__in=expected).values_list("id", "code")) if expected else {}
    asked = [
        (
            Tally.from_json(known[key].state) if key in known else _begun(key, expected.get(key[0], {}), codes),
            column(members, key[2]),
            terms[key[0]].margin_percent,
        )
        for key, members in parts.items()
    ]
    now = clock.now()
    fresh: list[Figure] = []
    changed: list[Figure] = []
    for (key, members), tally in zip(parts.items(), grow(asked), strict=True):
        shop_id, part, days = key
        owner, currency = owners[shop_id]
        figure = known.get(key) or _figure(owner, shop_id, part, days)
        figure.state, figure.units = tally.to_json(), tally.evidence.counts.n
        figure.answer = answer(tally, days, currency, terms[shop_id].margin_percent)
        figure.counted_until, figure.computed_at = members[-1][_AT["first_at"]], now
        (changed if key in known else fresh).append(figure)
    Figure.objects.bulk_create(fresh, batch_size=500)
    Figure.objects.bulk_update(changed, ["state", "units", "answer", "counted_until", "computed_at"], batch_size=200)
    for count in {row[_AT["matured"]] for row in rows}:  # as read: a window that ended meanwhile is for the next time
        these = sql.keys(row[0] for row in rows if row[_AT["matured"]] == count)
        Outcome.objects.filter(id__in=these).update(counted=count)


def _begun(key: Key, beliefs: Mapping[str, Mapping[str, float]], codes: Mapping[int, str]) -> Tally:
    """A new figure; where the shop shares, it begins with what is usual elsewhere (the proof holds whatever is expected)."""
    _, part, days = key
    tally = Tally.from_json({}, watches=part == ALL and days == DECIDES)
    kind, _, name = part.partition(":")
    usual = beliefs.get(f"{sharing.part_of(part, codes.get(int(name), '') if kind == 'reason' else '')}/{days}")
    return replace(tally, evidence=Difference(prior=(usual["treated"], usual["held"]))) if usual else tally


def parts_of(row: Row) -> list[str]:
    """The parts of the shop that the row counts in: its scenario; and where it is its customer's first, the shop, its reason, its channel."""
    found = [f"scenario:{row[_AT['scenario_id']]}"]
    if row[_AT["is_first_in_shop"]]:
        found.append(ALL)
    if row[_AT["reason_id"]] is not None and row[_AT["is_first_of_reason"]]:
        found.append(f"reason:{row[_AT['reason_id']]}")
    if row[_AT["channel"]] and row[_AT["is_first_of_channel"]]:
        found.append(f"channel:{row[_AT['channel']]}")
    return found


def column(rows: Sequence[Row], days: int) -> Column:
    """Rows as the tally takes them."""

    def floats(name: str) -> Floats:
        return np.array([row[_AT[name]] or 0 for row in rows], dtype=np.float64)

    def flags(name: str) -> Flags:
        return np.array([bool(row[_AT[name]]) for row in rows], dtype=np.bool_)

    return Column(
        flags("is_treated"), floats("pi"), flags(f"back_{days}"), floats(f"value_{days}"), floats(f"coupons_{days}"),
        floats(f"sends_{days}"), floats("lost"), floats("again"), flags(f"back_{WINDOWS[0]}"),
    )  # fmt: skip


def _known(parts: Mapping[Key, object]) -> dict[Key, Figure]:
    wanted = Q(shop_id__in=sql.keys({shop_id for shop_id, _, _ in parts}))
    rows = Figure.objects.filter(wanted, window__in={days for _, _, days in parts}).defer("answer")
    return {key: row for row in rows.iterator(2000) if (key := (row.shop_id, row.key, row.window)) in parts}


def _figure(owner: int, shop_id: int, part: str, days: int) -> Figure:
    kind, _, name = part.partition(":")
    return Figure(
        id=ids.new_id(), organization_id=owner, shop_id=shop_id, key=part, window=days,
        scenario_id=int(name) if kind == "scenario" else None, reason_id=int(name) if kind == "reason" else None,
        channel=name if kind == "channel" else "",
    )  # fmt: skip
