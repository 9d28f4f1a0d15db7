"""The installation's kill switch: while it is paused nothing is handed over and nothing moves; nothing is lost either."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kaeru.core import audit, clock, scope
from kaeru.core.models import Pause

NOBODY = 0
"""The organization of entries that concern the whole installation."""


@dataclass(frozen=True, slots=True)
class Paused:
    """Since when, by whom and why."""

    since: datetime
    actor: str
    reason: str


def state() -> Paused | None:
    """The pause in force, or None."""
    row = Pause.objects.first()
    return None if row is None else Paused(row.since, row.actor, row.reason)


def is_paused() -> bool:
    """Whether the whole installation is paused."""
    return Pause.objects.exists()


@transaction.atomic
def pause(reason: str, *, actor: str) -> bool:
    """Stop everything that goes out. False when it is paused already; the first reason stays."""
    moment = clock.now()
    _, is_new = Pause.objects.get_or_create(id=1, defaults={"reason": reason[:200], "actor": actor, "since": moment})
    if is_new:
        _note(actor, "installation.paused", reason=reason[:200])
    return is_new


@transaction.atomic
def resume(*, actor: str) -> bool:
    """Go on where it stopped. False when nothing is paused."""
    gone, _ = Pause.objects.all().delete()
    if gone:
        _note(actor, "installation.resumed")
    return bool(gone)


def _note(actor: str, verb: str, **detail: str) -> None:
    with scope.everyone():
        audit.record(NOBODY, actor, verb, "installation", 1, **detail)
