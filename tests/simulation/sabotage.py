"""Ways to break the product on purpose: a checker that never finds anything has not been tried."""

from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from datetime import datetime
from typing import Any
from unittest.mock import patch

from django.db import transaction

from kaeru.core import clock, events
from kaeru.core.models import Event
from kaeru.messages import claims, preparing, timing
from kaeru.messages.models import Message, MessageState
from kaeru.offers.rules import Purse
from kaeru.scenarios import engine, facts
from kaeru.scenarios.kinds import split
from kaeru.scenarios.kinds.wait import Wait

Broken = AbstractContextManager[Any]
SABOTAGES: dict[str, Callable[[], Broken]] = {}


def sabotage(function: Callable[[], Broken]) -> Callable[[], Broken]:
    """Register a way."""
    SABOTAGES[function.__name__] = function
    return function


def broken(name: str) -> Broken:
    """The product, broken so inside; whole for the empty name."""
    return SABOTAGES[name]() if name else nullcontext()


def _all(*parts: Broken) -> Broken:
    stack = ExitStack()
    for part in parts:
        stack.enter_context(part)
    return stack


@sabotage
def forgets_consent() -> Broken:
    """Neither consent nor an opt-out is asked when the hand-over is prepared and begun."""
    begin = claims.begin

    def without(message: Any, until: Any, terms: Any) -> Any:
        return begin(message, until, claims.Terms(b"", None, None))

    def blind(said: Any) -> Any:
        return None if said.reason in ("no_consent", "opted_out", "suppressed") else said

    return _all(patch.object(claims, "begin", without), _verdicts(blind))


@sabotage
def looks_only_once() -> Broken:
    """What happens between the wording of a letter and its hand-over is not seen."""

    def begin(message: Any, until: Any, terms: Any) -> Any:
        mark = clock.wall() + claims.SENDING_LEASE
        Message.objects.filter(id=message.id).update(
            state=MessageState.SENDING, claimed_until=mark, handed_at=clock.now(), attempts=message.attempts + 1
        )
        return mark

    return patch.object(claims, "begin", begin)


@sabotage
def wakes_the_neighbours() -> Broken:
    """Quiet hours are not kept."""
    return patch.object(timing, "_stop", lambda *told: "")


@sabotage
def floods() -> Broken:
    """Caps are not kept."""
    from kaeru.messages.limits import Limits

    return patch.object(Limits, "cap", lambda self, shop_id: None)


@sabotage
def is_generous() -> Broken:
    """Every coupon is given."""
    return patch.object(Purse, "give", lambda self, ask, terms: "")


@sabotage
def hears_no_new_orders() -> Broken:
    """Nobody asks whether it is still needed."""
    claimed = facts._claimed
    return _all(
        patch.object(facts, "_claimed", lambda row: claimed(row)._replace(end="")),
        patch.object(preparing, "not_needed", lambda rows: {}),
        patch.object(facts, "ends", lambda keys: {}),
    )


@sabotage
def sends_again_blindly() -> Broken:
    """What a dead worker was sending goes out once more."""

    def expire(limit: int) -> int:
        rows = Message.objects.filter(state__in=["claimed", "sending"], claimed_until__lt=clock.wall())
        return rows.update(state=MessageState.WAITING, claimed_until=None)

    return patch.object(claims, "expire", expire)


@sabotage
def goes_on_while_paused() -> Broken:
    """The kill switches are not looked at when messages go."""

    def blind(said: Any) -> Any:
        return None if said.reason in ("paused", "switched_off") else said

    def begin(message: Any, until: Any, terms: Any) -> Any:
        mark = clock.wall() + claims.SENDING_LEASE
        Message.objects.filter(id=message.id, state=MessageState.CLAIMED).update(
            state=MessageState.SENDING, claimed_until=mark, handed_at=clock.now()
        )
        return mark

    return _all(patch.object(claims, "_GOING", "true"), patch.object(claims, "begin", begin), _verdicts(blind))


@sabotage
def is_impatient() -> Broken:
    """Who is woken early goes on as if the rest were over."""
    claimed = facts._claimed
    return patch.object(facts, "_claimed", lambda row: claimed(row)._replace(rest_until=None))


@sabotage
def counts_days_short() -> Broken:
    """Waits of days end a day early."""
    run = Wait.run

    def short(self: Wait, here: int, told: Any) -> Any:
        return run(Wait(self.seconds, max(0, self.days - 1), self.months), here, told)

    return patch.object(Wait, "run", short)


@sabotage
def writes_in_two_halves() -> Broken:
    """The engine commits where enrolments stand before it writes what they do."""
    write = engine._write

    def halves(moved: Any, moment: datetime) -> None:
        engine._write_enrollments(moved, moment)
        transaction.get_connection().connection.commit()
        if not transaction.get_connection().in_atomic_block:
            return
        transaction.get_connection().cursor().execute("BEGIN")
        with patch.object(engine, "_write_enrollments", lambda moved, moment: None):
            write(moved, moment)

    return patch.object(engine, "_write", halves)


@sabotage
def marks_news_first() -> Broken:
    """News count as delivered before anybody has heard them."""
    hand_out = events._hand_out

    def first(told: list[Any]) -> None:
        Event.objects.filter(id__in=[event.id for event in told]).update(delivered_at=clock.now())
        transaction.get_connection().connection.commit()
        transaction.get_connection().cursor().execute("BEGIN")
        hand_out(told)

    return patch.object(events, "_hand_out", first)


@sabotage
def favours_a() -> Broken:
    """Splits send nearly everybody the first way."""
    share = split.share
    return patch.object(split, "share", lambda seed, key: share(seed, key) ** 3)


@sabotage
def tells_those_held_back() -> Broken:
    """Who is held back for comparison gets the offers as well."""
    return patch.object(facts, "HELD", "nobody")


@sabotage
def mixes_shops() -> Broken:
    """A letter is worded with somebody else's words."""
    words = preparing.words

    def mixed(rows: Any) -> dict[int, Any]:
        found = words(rows)
        turned = [*list(found.values())[1:], *list(found.values())[:1]]
        return dict(zip(found, turned, strict=True))

    return patch.object(preparing, "words", mixed)


@sabotage
def loses_the_put_off() -> Broken:
    """What may not go now is closed without a word."""

    def put_off(message_ids: Any, until: Any, reason: str, due_at: Any = None) -> int:
        return Message.objects.filter(id__in=message_ids).update(
            state=MessageState.CLOSED, reason="", claimed_until=None
        )

    return patch.object(claims, "put_off", put_off)


def _verdicts(change: Callable[[Any], Any]) -> Broken:
    asked = preparing.verdicts

    def changed(*told: Any) -> dict[int, Any]:
        return {key: said for key, said in asked(*told).items() if change(said) is not None}

    return patch.object(preparing, "verdicts", changed)
