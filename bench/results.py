"""How long do the results take?

    python -m bench.results [--units 1000000] [--shops 5000] [--each 120] [--only sqlite|postgres]

1. What the results page reads of one shop with 1,000,000 assignments: figures of all parts, four windows beside each other, months, months
   until proof. Wanted: at most 300 ms. Beside it: the same figures by one query and one calculation over all units, which must agree.
2. A night of many shops: the day's windows are added to the figures of each. Wanted: 5,000 shops in at most 5 minutes.
The first roll-up, which counts everything, is told beside.
"""

import argparse
import sys
import time
from typing import Any

from bench.stage import databases, play, result

MOST_MILLISECONDS = 300.0
MOST_SECONDS = 300.0
NIGHT = 1
"""Days of windows that a night adds."""


def page() -> None:
    """The player of one large shop."""
    import django

    django.setup()
    import numpy as np

    from kaeru.core import clock, scope
    from kaeru.recoveries import outcomes, rollup
    from kaeru.recoveries.figures import figure, figures, side_by_side, until_proof
    from kaeru.recoveries.models import Outcome
    from kaeru.recoveries.monthly import months
    from kaeru.tenants.models import Shop
    from kaeru.uplift.analysis import analyse
    from kaeru.uplift.units import Units

    with scope.everyone():
        shop = Shop.objects.get(slug="large")
    while outcomes.mature(1000):  # windows ended while the rows were written
        pass
    with scope.organization(shop.organization_id):
        begun = time.perf_counter()
        counted = rollup.roll_shops([shop.id])
        first = time.perf_counter() - begun
        looks = []
        for _ in range(7):
            begun = time.perf_counter()
            told = figures(shop.id)
            side_by_side(shop.id)
            months(shop, clock.now() - 365 * rollup.REST * 4, clock.now())
            until_proof(shop.id)
            looks.append(time.perf_counter() - begun)
        begun = time.perf_counter()
        rows = Outcome.objects.filter(shop=shop, back_30__isnull=False).order_by("first_at", "assignment_id")
        arm, pi, back = (
            np.array(column) for column in zip(*rows.values_list("is_treated", "pi", "back_30"), strict=True)
        )
        anew = analyse(Units(arm.astype(bool), pi, back.astype(bool)))
        recount = time.perf_counter() - begun
        whole = figure(shop.id)
        assert whole is not None
        assert (whole.answer["treated"]["back"], whole.answer["verdict"]) == (anew.treated.back, anew.verdict)
        assert abs(whole.answer["log_e"] - anew.log_e) < 1e-6
    result(
        page_ms=sorted(looks)[3] * 1000, first_page_ms=looks[0] * 1000, recount_s=recount, first_roll_s=first, counted=counted, parts=len(told)
    )  # fmt: skip


def night() -> None:
    """The player of many shops: everything up to last night is counted, then one more day."""
    import django

    django.setup()
    from datetime import timedelta

    from django.db.models import F

    from kaeru.core import clock, scope
    from kaeru.recoveries import outcomes, rollup
    from kaeru.recoveries.models import FigureRound, Outcome
    from kaeru.tenants.models import Shop

    with scope.everyone():
        shops = list(Shop.objects.exclude(slug="large").order_by("id").values_list("id", flat=True))
        begun = time.perf_counter()
        for start in range(0, len(shops), 50):
            rollup.roll_shops(shops[start : start + 50])
        first = time.perf_counter() - begun
        clock.skip_to(clock.now() + timedelta(days=NIGHT, minutes=1))
        begun = time.perf_counter()
        while outcomes.mature(1000):
            pass
        matured = time.perf_counter() - begun
        waiting = Outcome.objects.exclude(shop__slug="large").filter(matured__gt=F("counted")).count()
        begun = time.perf_counter()
        counted = 0
        while done := rollup.roll(500):
            counted += done
        rolled = time.perf_counter() - begun
        rounds = FigureRound.objects.filter(is_stale=False).count()
    result(first_s=first, mature_s=matured, roll_s=rolled, waiting=waiting, counted=counted, shops=rounds)


def main() -> int:
    """Fill, play, tell, compare with what is wanted."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--units", type=int, default=1_000_000)
    asked.add_argument("--shops", type=int, default=5000)
    asked.add_argument("--each", type=int, default=120)
    asked.add_argument("--only", choices=["sqlite", "postgres"])
    told = asked.parse_args()
    failed = False
    for kind in [told.only] if told.only else ["sqlite", "postgres"]:

        def fill(url: str, home: Any) -> None:
            play("bench.results_fill", str(told.units), str(told.shops), str(told.each), database_url=url, home=home)

        with databases(kind, fill) as stage:
            looked = play("bench.results", "--play", "page", database_url=stage.original, home=stage.folder)
            slept = play("bench.results", "--play", "night", database_url=stage.original, home=stage.folder)
        print(
            f"{kind}: page {looked['page_ms']:.0f} ms (first {looked['first_page_ms']:.0f}; at most {MOST_MILLISECONDS:.0f}) with "
            f"{looked['counted']:,} counted assignments, {looked['parts']} parts; anew from rows {looked['recount_s']:.1f} s, first roll-up "
            f"{looked['first_roll_s']:.0f} s, {looked['memory_mb']:.0f} MB"
        )
        print(
            f"{kind}: night of {slept['shops']:,} shops {slept['mature_s'] + slept['roll_s']:.0f} s (at most {MOST_SECONDS:.0f}): windows "
            f"{slept['mature_s']:.0f} s, figures {slept['roll_s']:.0f} s for {slept['counted']:,} rows; first roll-up {slept['first_s']:.0f} s, "
            f"{slept['memory_mb']:.0f} MB"
        )
        failed |= looked["page_ms"] > MOST_MILLISECONDS or slept["mature_s"] + slept["roll_s"] > MOST_SECONDS
    return int(failed)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--play"]:
        {"page": page, "night": night}[sys.argv[2]]()
    else:
        sys.exit(main())
