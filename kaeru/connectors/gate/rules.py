"""Whether a change may go out by itself, and what follows an answer. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from typing import Any, Literal

from kaeru.connectors.base import Standing
from kaeru.connectors.changes import (
    AnswerInquiry,
    Cancel,
    Change,
    ChangeAddress,
    ChangeLines,
    GiveBack,
    Hold,
    MakeCode,
    MakeDraft,
    Release,
    SetDispatchDate,
)

PAUSES: tuple[timedelta, ...] = (
    timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(minutes=30),
    timedelta(hours=1), timedelta(hours=3),
)  # fmt: skip
"""Waits after the first, second, … try that came to nothing: nine tries within five hours."""
PROOF_PAUSE = timedelta(minutes=1)
"""At least so long after a lost answer is read back what became of a change that cannot be undone."""
LOOKS = (timedelta(seconds=3),) * 10 + (timedelta(seconds=30),) * 10 + (timedelta(minutes=5),) * 12
"""How soon a change that the system is working on is looked at again: for a little over an hour."""
MOST_WAITS = 50
"""So often a system may ask to be left alone before it counts as a try that came to nothing."""
LONGEST_WAIT_SECONDS = 3600.0

_BEFORE_IT_LEAVES = Hold | Release | ChangeAddress | ChangeLines | Cancel | SetDispatchDate

Verdict = Literal["go", "dry_run", "over_order", "over_day", "no_reason", "cannot", "needs_person"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a shop allows; see `models.GateTerms`."""

    is_live: bool = False
    most_per_order: int = 30_000
    most_per_day: int = 100_000
    cancels_alone: bool = False
    """A cancellation on a mall may go out that no person asked for."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What of a change matters here."""

    money: int
    """Minor units that it may move."""
    why: str
    can_be_done: bool
    """Whether the connected system has the capability."""
    is_released: bool = False
    """A person has let it go over the caps."""
    wants_person: bool = False
    """A cancellation on a mall that no person asked for."""


def judge(wish: Wish, terms: Terms, moved_today: int) -> Verdict:
    """Whether it may be called now. `moved_today`: minor units of the shop's other changes of this day that went or go out."""
    if not wish.why.strip():
        return "no_reason"
    if not wish.can_be_done:
        return "cannot"
    if not terms.is_live:
        return "dry_run"
    if wish.is_released:
        return "go"
    if wish.wants_person and not terms.cancels_alone:
        return "needs_person"
    if wish.money > terms.most_per_order:
        return "over_order"
    if wish.money and moved_today + wish.money > terms.most_per_day:
        return "over_day"
    return "go"


def next_try(attempts: int) -> timedelta | None:
    """How long to wait after try number `attempts` (from 1) that came to nothing; None: give up."""
    return PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def next_look(looks: int) -> timedelta | None:
    """How long to wait after look number `looks` (from 1) at a change that the system is working on; None: give up."""
    return LOOKS[looks - 1] if looks <= len(LOOKS) else None


def forbidden(change: Change, now: Standing) -> str:
    """Why an order that stands so does not take the change: gone | cancelled | shipped | more_than_paid; empty: it does."""
    if not now.is_there:
        return "gone"
    if now.is_cancelled and not isinstance(change, GiveBack | MakeDraft | AnswerInquiry):
        return "cancelled"
    if now.is_shipped and isinstance(change, _BEFORE_IT_LEAVES) and not getattr(change, "are_goods_back", False):
        return "shipped"
    back = (
        change.amount if isinstance(change, GiveBack) else change.given_back if isinstance(change, ChangeLines) else 0
    )
    if back and now.refunded + back > now.paid:
        return "more_than_paid"
    return ""


def may_call_again(change: Change, before: Standing, now: Standing) -> bool:
    """Whether a change whose answer was lost, and which is not to be seen in the order, may be called once more.

    What cannot be undone needs proof that nothing of it has happened: cancelled is it not, and no other money has gone back.
    """
    if not change.is_irreversible:
        return True
    return now.is_there and now.is_cancelled == before.is_cancelled and now.refunded == before.refunded


def must_be_told(change: Change) -> bool:
    """Whether only the answer says what came into being, so that the order alone proves nothing."""
    return isinstance(change, MakeDraft | MakeCode | AnswerInquiry)


def brief(change: Change) -> str:
    """The change as one line without personal data: what a dry run notes down."""
    told: dict[str, Any] = change.to_json()
    if change.kind == "change_address":
        told = {}
    for private in ("note", "text", "words", "asked_at"):
        told.pop(private, None)
    words = [f"{name}={_short(value)}" for name, value in told.items() if value not in (None, "", 0, (), [], {})]
    return " ".join([change.kind, *words])[:300]


def _short(value: Any) -> str:
    if isinstance(value, Mapping):
        return ",".join(f"{name}:{one}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return ",".join(":".join(map(str, one)) for one in value)
    return str(value)


def standing_json(standing: Standing) -> dict[str, Any]:
    """As it is kept beside the change."""
    told = {one.name: getattr(standing, one.name) for one in fields(Standing)}
    return {**told, "lines": dict(standing.lines), "marks": list(standing.marks)}


def read_standing(told: Mapping[str, Any]) -> Standing:
    """The opposite; words that are not known are left out."""
    return Standing(**{one.name: told[one.name] for one in fields(Standing) if one.name in told})
