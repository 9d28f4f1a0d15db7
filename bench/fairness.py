"""How long does a shop's next message wait while another shop has a million due?

    python -m bench.fairness [--count 1000000] [--seconds 60] [--only sqlite|postgres] [--workers 1]

Shop B gets a message due about each half second, handed over by the real thing (`kaeru serve` on SQLite, `kaeru worker` on
PostgreSQL) over SMTP to a catcher; its delay is from due to arrival. First alone, then with A's messages due, then with A's
messages and enrolments due, all in the same run. Wanted: p95 at most 1.10 times the first.
"""

import argparse
import os
import random
import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench import crowd

EVERY_SECONDS = 0.5
FIRST_OF_B = 1 << 40


def _delays(inbox: Any, shop: Any, says: int, seconds: float) -> list[float]:
    """B's messages come due one after the other; from due to arrival, in seconds. What did not arrive counts as infinite."""
    dice, due_of = random.Random(1), dict[str, float]()
    begun = time.time() + 0.5
    for number in range(int(seconds / EVERY_SECONDS)):
        due = begun + (number + dice.random()) * EVERY_SECONDS  # not in step with anybody's clock
        time.sleep(max(0.0, due - time.time() - 0.1))
        [key] = crowd.messages(shop, says, [FIRST_OF_B + number], datetime.fromtimestamp(due, UTC))
        due_of[str(key)] = due
    until = time.time() + 10
    while time.time() < until and not all(key in inbox.at for key in due_of):
        time.sleep(0.05)
    return sorted(inbox.at.get(key, float("inf")) - due for key, due in due_of.items())


def _figures(name: str, delays: list[float]) -> float:
    p95 = delays[int(len(delays) * 0.95)]
    print(f"  {name:34} p50 {statistics.median(delays):6.3f} s  p95 {p95:6.3f} s  max {delays[-1]:6.3f} s", flush=True)
    return p95


def play(kind: str, count: int, seconds: float, workers: int) -> None:
    """One database."""
    import django

    django.setup()
    from django.core.management import call_command

    from kaeru.core import scope
    from kaeru.messages.models import Message
    from kaeru.scenarios.models import Enrollment
    from tests.smtp import catcher

    call_command("migrate", verbosity=0)
    with catcher() as inbox, scope.everyone():
        os.environ["KAERU_MAIL_URL"] = inbox.url
        a, b = crowd.shop("a", range(1, count + 1)), crowd.shop("b", range(FIRST_OF_B, FIRST_OF_B + 1000))
        says_a, says_b = crowd.template(a), crowd.template(b)
        crowd.analyze()
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        with crowd.passes(kind, workers, Path(os.environ["KAERU_HOME"]) / "log"):
            print(
                f"{kind}{f', workers: {workers}' if kind == 'postgres' else ''}; shop A with {count:,} due", flush=True
            )
            alone = _figures("B alone", _delays(inbox, b, says_b, seconds))
            crowd.messages(a, says_a, range(1, count + 1), long_ago)
            crowd.analyze()
            before = len(inbox.at)
            flooded = _figures("A's messages due", _delays(inbox, b, says_b, seconds))
            pace = (len(inbox.at) - before) / seconds
            crowd.enrol(a, [{"kind": "wait", "days": 30}], ((key, long_ago) for key in range(1, count + 1)))
            crowd.analyze()
            both = _figures("A's messages and enrolments due", _delays(inbox, b, says_b, seconds))
        left = Message.objects.filter(shop=a, state="waiting").count()
        moved = count - Enrollment.objects.filter(shop=a, step=0).count()
    assert left, "A's messages were all handed over before B was measured: raise --count"
    print(f"  meanwhile {pace:,.0f} mails/s left; in the last part {moved:,} of A's enrolments were moved")
    print(
        f"  p95 to B alone: {flooded / alone:.2f} with A's messages, {both / alone:.2f} with its enrolments too (wanted <= 1.10)",
        flush=True,
    )


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--seconds", type=float, default=60, help="of each part")
    parser.add_argument("--workers", type=int, default=1, help="on PostgreSQL")
    parser.add_argument("--only", choices=["sqlite", "postgres"])
    parser.add_argument("--play", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.play:
        play(asked.only, asked.count, asked.seconds, asked.workers)
    else:
        crowd.on_each("bench.fairness", asked.only)


if __name__ == "__main__":
    main()
