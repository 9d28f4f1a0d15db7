"""Send the clients off together and put together what they saw: for `bench.booking` and `scripts.race`."""

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Race:
    """What came of one race."""

    kind: str
    seconds: float
    attempts: int
    outcomes: Counter[str]
    errors: Counter[str]
    p50: float
    p99: float
    worst: float
    """Milliseconds of one attempt."""
    yes: list[int] = field(default_factory=list)
    early: int = 0
    """Slots of which a client was refused before the call that won had begun."""

    @property
    def per_second(self) -> float:
        """Attempts a second, of all clients together."""
        return self.attempts / self.seconds if self.seconds else 0.0


def environment(url: str, home: Path) -> dict[str, str]:
    """What each player is started with."""
    return {
        **os.environ, "DJANGO_SETTINGS_MODULE": "kaeru.conf.settings", "KAERU_HOME": str(home),
        "KAERU_SECRET_KEY": "bench-only-" + "k" * 40, "KAERU_DATABASE_URL": url, "KAERU_DEMO": "0",
    }  # fmt: skip


def filled(url: str, home: Path, salons: int, days: int, clients: int, openings: int) -> dict[str, Any]:
    """A migrated database with the salons in it; their keys."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.booking_world", *map(str, (salons, days, clients, openings))],
        cwd=ROOT, env=environment(url, home), stdout=subprocess.PIPE, check=True, text=True,
    )  # fmt: skip
    return dict(json.loads(done.stdout.strip().splitlines()[-1]))


def race(url: str, home: Path, kind: str, *, clients: int, processes: int, **told: Any) -> Race:
    """All clients try all slots at once, spread over some processes."""
    shares = [list(range(clients))[number::processes] for number in range(processes)]
    running = [
        subprocess.Popen(
            [sys.executable, "-m", "bench.booking_players", json.dumps({"kind": kind, "clients": share, **told})],
            cwd=ROOT, env=environment(url, home), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for share in shares if share
    ]  # fmt: skip
    for one in running:
        assert one.stdout and one.stdout.readline().strip() == "ready"
    for one in running:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    seen = []
    for one in running:
        said, _ = one.communicate()
        if one.returncode:
            raise RuntimeError(f"a player of {kind} ended with {one.returncode}")
        seen.append(json.loads(said.strip().splitlines()[-1]))
    return _together(kind, seen)


def _together(kind: str, seen: list[dict[str, Any]]) -> Race:
    outcomes: Counter[str] = Counter()
    errors: Counter[str] = Counter()
    for one in seen:
        outcomes.update(one["outcomes"])
        errors.update(one["errors"])
    spent = sorted(sample for one in seen for sample in one["spent"])
    won = {slot: began for one in seen for slot, began in one["won"].items()}
    refused: dict[str, float] = {}
    for one in seen:
        for slot, ended in one["refused"].items():
            refused[slot] = min(ended, refused.get(slot, ended))
    early = sum(1 for slot, ended in refused.items() if slot in won and ended < won[slot])
    return Race(
        kind, max(one["ended"] for one in seen) - min(one["begun"] for one in seen), sum(one["count"] for one in seen), outcomes, errors,
        spent[len(spent) // 2], spent[min(len(spent) - 1, int(len(spent) * 0.99))], max(one["worst"] for one in seen),
        [key for one in seen for key in one["yes"]], early,
    )  # fmt: skip
