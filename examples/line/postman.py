"""Carries webhooks to their addresses, as LINE's servers do: a short wait, no questions, what fails may be brought again."""

from datetime import UTC, datetime

import requests

from examples.line.platform import Platform
from examples.line.things import Call

SECONDS = 10


def carry(call: Call) -> int:
    """POST it; the status, 0 when nobody answered."""
    try:
        return requests.post(
            call.url, data=call.body, headers=dict(call.headers), timeout=SECONDS, allow_redirects=False
        ).status_code
    except requests.RequestException:
        return 0


def deliver(platform: Platform, *, again: bool = False) -> list[int]:
    """Carry out everything that waits (or, `again`, what failed before); the statuses, in order."""
    statuses = []
    for call in platform.hooks.calls(again=again):
        statuses.append(carry(call))
        if statuses[-1] == 200:
            platform.hooks.arrived(call)
    return statuses


def stamp(at: float) -> str:
    """A moment as LINE writes it."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
