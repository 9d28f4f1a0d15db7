"""How late is a timer when a hundred thousand come due within a minute?

    python -m bench.lateness [--count 100000] [--over 60] [--only sqlite|postgres] [--workers 2]

Enrolments rest; the moments at which they go on are spread over a minute of real time while the real thing turns (`kaeru serve`
on SQLite, `kaeru worker` on PostgreSQL). Late is from `due_at` to the step in the log. The idle floor, measured in the same run,
is one enrolment at a time with nobody else. Each step writes a message, and the hand-over is busy with them beside the timers.
Wanted: p99 at most 5 s.
"""

import argparse
import os
import random
import statistics
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import crowd

STEPS: list[dict[str, Any]] = [
    {"kind": "message", "purpose": "notice", "texts": crowd.TEXTS},
    {"kind": "wait", "days": 30},
]

_due: dict[int, datetime] = {}


def _late(customers: Iterable[int]) -> list[float]:
    """Seconds from due to done of these customers' first step, the shortest first. The step has moved `due_at` on, so the
    moments are those that the filler noted."""
    from kaeru.scenarios.models import Enrollment, StepLog

    key_of = dict(Enrollment.objects.values_list("id", "customer_id"))
    wanted = set(customers)
    rows = StepLog.objects.filter(position=0).values_list("enrollment_id", "at").iterator(chunk_size=20_000)
    return sorted((at - _due[key_of[key]]).total_seconds() for key, at in rows if key_of.get(key) in wanted)


def _figures(name: str, late: Sequence[float]) -> float:
    p99 = late[min(len(late) - 1, int(len(late) * 0.99))]
    print(
        f"  {name:32} p50 {statistics.median(late):6.2f} s  p99 {p99:6.2f} s  max {late[-1]:6.2f} s  of {len(late):,}",
        flush=True,
    )
    return p99


def _wait_until_moved(count: int, seconds: float) -> None:
    from kaeru.scenarios.models import StepLog

    until = time.time() + seconds
    while StepLog.objects.filter(position=0).count() < count and time.time() < until:
        time.sleep(0.5)


def play(kind: str, count: int, over: float, workers: int) -> None:
    """One database."""
    import django

    django.setup()
    from django.core.management import call_command

    from kaeru.core import scope
    from tests.smtp import catcher

    call_command("migrate", verbosity=0)
    dice, idle = random.Random(1), 20
    with catcher() as inbox, scope.everyone():
        os.environ["KAERU_MAIL_URL"] = inbox.url
        lone, crowded = range(1, idle + 1), range(idle + 1, idle + count + 1)
        shop = crowd.shop("a", range(1, idle + count + 1))
        with crowd.passes(kind, workers, Path(os.environ["KAERU_HOME"]) / "log"):
            print(kind if kind == "sqlite" else f"{kind}, {workers} workers", flush=True)
            begin = datetime.now(UTC) + timedelta(seconds=2)
            _due.update({key: begin + timedelta(seconds=n + dice.random()) for n, key in enumerate(lone)})
            crowd.enrol(shop, STEPS, ((key, _due[key]) for key in lone))
            _wait_until_moved(idle, idle + 30)
            floor = _figures("one at a time", _late(lone))
            fill = timedelta(seconds=10 + count / 8000)
            begin = datetime.now(UTC) + fill
            _due.update({key: begin + timedelta(seconds=dice.random() * over) for key in crowded})
            crowd.enrol(shop, STEPS, ((key, _due[key]) for key in crowded))
            crowd.analyze()
            spare = (begin - datetime.now(UTC)).total_seconds()
            assert spare > 0, f"filling took {-spare:.0f} s too long"
            _wait_until_moved(idle + count, spare + over + 120)
        p99 = _figures(f"{count:,} within {over:.0f} s", _late(crowded))
        left = idle + count - len(_late(range(1, idle + count + 1)))
    print(f"  p99 {p99:.2f} s (wanted <= 5), {p99 / floor:.2f} times the idle floor; {left} never moved", flush=True)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--over", type=float, default=60, help="seconds over which they come due")
    parser.add_argument("--workers", type=int, default=2, help="on PostgreSQL")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--play", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.play:
        play(asked.only, asked.count, asked.over, asked.workers)
    else:
        crowd.on_each("bench.lateness", asked.only)


if __name__ == "__main__":
    main()
