"""Carrying out changes in the shops' systems: claim and judge, read, call, read again, write down what came of it.

A change is claimed with a lease and judged in one short transaction. Outside of any it is read how the order stands; that is
written down before the call, so that whoever dies afterwards leaves a row whose next try begins by reading back: what stands is
done and never called again. What came of it, its news and its audit entry are one transaction, which writes nothing when the
lease was lost meanwhile.
"""

import logging
import time
from dataclasses import replace
from datetime import datetime, timedelta

from kaeru.connectors.base import Barred, Busy, Standing, Written
from kaeru.connectors.gate import claims, rules
from kaeru.connectors.gate.claims import Held, Outcome
from kaeru.connectors.models import ChangeState
from kaeru.core import http, pause, scope

log = logging.getLogger(__name__)

AT_ONCE = 20
HOLD_SECONDS = 30.0
"""How long claimed changes are worked on; the rest is given back while the lease still holds."""
SILENT_PAUSE = timedelta(seconds=30)
"""The pause of a shop's other changes after one of them got no answer, so that it does not keep all others waiting."""
_NO_ANSWER, _BROKEN = "no_answer", "broken"
_SILENT = (_NO_ANSWER, "busy")


def carry_out(limit: int) -> int:
    """Carry out up to `limit` changes that are due; returns how many were moved. None while the installation is paused; a paused
    shop's buyers still get what they asked for.
    """
    if pause.is_paused():
        return 0
    moved = 0
    with scope.everyone():
        while moved < limit:
            held, count = claims.claim(min(AT_ONCE, limit - moved))
            _carry_all(held)
            looked = [] if count else claims.claim_pending(min(AT_ONCE, limit - moved))
            for one in looked:
                claims.settle(one, _look_again(one))
            if not count + len(looked):
                break
            moved += count + len(looked)
    return moved


def expire(limit: int) -> int:
    """Take back what dead workers held."""
    with scope.everyone():
        return claims.expire(limit)


def next_due() -> datetime | None:
    """When the next change is due; None while the installation is paused."""
    with scope.everyone():
        return None if pause.is_paused() else claims.next_due()


def _carry_all(held: list[Held]) -> None:
    begun, silent = time.monotonic(), set[int]()
    for one in held:
        if one.row.shop_id in silent or time.monotonic() - begun > HOLD_SECONDS:
            claims.give_back(one, SILENT_PAUSE if one.row.shop_id in silent else timedelta())
        elif _carry(one) in _SILENT:
            silent.add(one.row.shop_id)


def _carry(held: Held) -> str:
    """Carry one out and write down what came of it; returns the answer."""
    seen = _look(held)
    if isinstance(seen, Outcome):
        return _settle(held, seen)
    verdict = _before(held, seen)
    if verdict is not None:
        return _settle(held, verdict)
    # What stood before the first call stays what is compared with: of a change in several calls, some may be in the order already.
    before = seen if held.row.before is None else rules.read_standing(held.row.before)
    begun = claims.begin(held, before)
    if begun is None:
        claims.give_back(held)
        return ""
    return _settle(begun, _after(begun, before, _call(begun, before)))


def _settle(held: Held, outcome: Outcome) -> str:
    if claims.settle(held, outcome) and outcome.state == ChangeState.FAILED:
        row = held.row
        log.warning(
            "change %s (%s) in the system of shop %s given up: %s", row.id, row.kind, row.shop_id, outcome.answer[:40]
        )
    return outcome.answer


def _look(held: Held) -> Standing | Outcome:
    """How the order stands, or what follows from nobody saying so."""
    if held.row.order is None:
        return Standing()
    try:
        return held.way.writer.look(held.way.access, held.row.order.source_id)
    except Busy as wish:
        return _wait(held, wish.seconds, is_untouched=held.row.before is None)
    except http.Unanswered:
        return _again(held, _NO_ANSWER)
    except Barred as door:
        claims.shut(held, door.why)
        return Outcome(ChangeState.FAILED, door.why, is_untouched=held.row.before is None)
    except http.EgressRefused:
        return Outcome(ChangeState.FAILED, "egress", is_untouched=held.row.before is None)
    except Exception:
        log.exception("the order of change %s could not be read", held.row.id)
        return _again(held, _BROKEN)


def _before(held: Held, seen: Standing) -> Outcome | None:
    """What is settled without a call; None: it is to be called."""
    row, change = held.row, held.change
    known = None if row.before is None else rules.read_standing(row.before)
    if _stands(held, known or seen, seen):
        return Outcome(ChangeState.DONE, "stood_already", after=seen, is_untouched=known is None)
    if code := rules.forbidden(change, seen):
        return Outcome(ChangeState.REFUSED, code, after=seen)
    if known is not None and not rules.may_call_again(change, known, seen):
        return Outcome(ChangeState.FAILED, "unproven", after=seen)
    if held.verdict == "dry_run":
        return Outcome(ChangeState.DRY_RUN, rules.brief(change), after=seen)
    return None if held.verdict == "go" else Outcome(ChangeState.REFUSED, held.verdict, after=seen)


def _stands(held: Held, before: Standing, now: Standing) -> bool:
    if rules.must_be_told(held.change):
        return False
    return held.row.key in now.marks or held.way.writer.stands(held.change, before, now)


def _call(held: Held, before: Standing) -> Written:
    """The call itself. Whatever goes wrong in it, nobody knows how far it came."""
    order = held.row.order
    try:
        return held.way.writer.write(
            held.way.access, order.source_id if order else "", held.change, held.row.key, before
        )
    except Busy as wish:
        return Written("busy", retry_after=wish.seconds)
    except Barred as door:
        claims.shut(held, door.why)
        return Written("refused", door.why)
    except http.EgressRefused:
        return Written("refused", "egress")
    except http.Unanswered:
        return Written("unknown", _NO_ANSWER)
    except Exception:
        log.exception("change %s could not be carried out", held.row.id)
        return Written("unknown", _BROKEN)


def _after(held: Held, before: Standing, written: Written) -> Outcome:
    """What follows from the answer, and from how the order stands after it."""
    was_called, told_only = held.row.before is not None, rules.must_be_told(held.change)
    if written.outcome == "busy" or (written.outcome == "pending" and told_only):
        return _wait(held, written.retry_after, is_untouched=not was_called)
    if written.outcome == "unknown":
        held.row.before = rules.standing_json(before)
        return _again(held, written.words or _NO_ANSWER)
    if told_only:
        is_done = written.outcome == "done"
        return Outcome(ChangeState.DONE if is_done else ChangeState.REFUSED, written.words, made=written.made)
    seen = _look(held)
    after = None if isinstance(seen, Outcome) else seen
    if after is not None and _stands(held, before, after):
        return Outcome(ChangeState.DONE, written.words, after=after, made=written.made)
    if written.outcome != "refused":
        return Outcome(ChangeState.PENDING, written.words, after=after, made=written.made, pause=rules.LOOKS[0])
    if was_called and after is None:
        return _again(held, written.words or _NO_ANSWER)
    return Outcome(ChangeState.REFUSED, written.words or "refused", after=after)


def _look_again(held: Held) -> Outcome:
    """At a change that the system works on."""
    before = rules.read_standing(held.row.before or {})
    seen = _look(held)
    if isinstance(seen, Standing) and _stands(held, before, seen):
        return Outcome(ChangeState.DONE, "", after=seen)
    after = seen if isinstance(seen, Standing) else None
    wait = rules.next_look(held.row.attempts)
    if wait is None:
        return Outcome(ChangeState.FAILED, "not_proven", after=after)
    if isinstance(seen, Outcome) and seen.is_wait:
        wait = max(wait, seen.pause)
    return Outcome(ChangeState.PENDING, held.row.answer, after=after, pause=wait)


def _wait(held: Held, seconds: float, *, is_untouched: bool) -> Outcome:
    """The system asks to be left alone: no failure, unless it never ends."""
    if held.row.waits >= rules.MOST_WAITS:
        return replace(_again(held, "busy"), is_untouched=is_untouched)
    wait = timedelta(seconds=min(max(seconds, 1.0), rules.LONGEST_WAIT_SECONDS))
    return Outcome(ChangeState.WAITING, "busy", pause=wait, is_wait=True, is_untouched=is_untouched)


def _again(held: Held, answer: str) -> Outcome:
    """A try that came to nothing, or nobody knows to what."""
    is_untouched = held.row.before is None
    if rules.next_try(held.row.attempts) is None:
        return Outcome(ChangeState.FAILED, answer, is_untouched=is_untouched)
    return Outcome(ChangeState.WAITING, answer, pause=claims.again_after(held.row), is_untouched=is_untouched)
