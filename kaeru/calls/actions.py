"""Verbs of a call: tell what came of a try, take it, give it to somebody. Calls that end by themselves: `closing`."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from kaeru.calls import rules
from kaeru.calls.closing import close_not_needed, news
from kaeru.calls.errors import AlreadyClosed, NoSuchMember, SomebodyWasFaster
from kaeru.calls.models import CallAttempt, CallState, CallTask
from kaeru.calls.queries import may_be_dialled, phone_of
from kaeru.calls.rules import Answer, Call, Verdict
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News
from kaeru.customers import actions as customers
from kaeru.tenants import queries as tenants
from kaeru.tenants.models import Member, User
from kaeru.tenants.rules import can

__all__ = ["Recorded", "assign", "close_not_needed", "record", "take"]
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Recorded:
    """What telling a try did."""

    task: CallTask
    is_repeat: bool = False
    """It had been told already: nothing was changed."""
    is_late: bool = False
    """The call had closed by itself meanwhile. The answer is kept in its story; the flow has gone on."""


def _locked(task_id: int) -> CallTask:
    """The task, held until the transaction ends. Raises CallTask.DoesNotExist."""
    rows = CallTask.objects.select_related("assignee", "closed_by", "shop")
    return rows.select_for_update(of=("self",)).get(id=task_id)


@transaction.atomic
def record(
    task_id: int,
    answer: str,
    note: str = "",
    next_try_at: datetime | None = None,
    *,
    actor: str,
    user: User | None,
    do_not_call: bool = False,
    seen: int | None = None,
) -> Recorded:
    """Tell what came of one try; `next_try_at` when the caller chose a time for the next one.

    `seen` is how many tries there were when the caller looked: with it two people at once are told apart, and the same form
    sent twice counts once. `do_not_call` closes the number to calls for good.
    Raises CallTask.DoesNotExist, ValueError for an unknown answer, AlreadyClosed, SomebodyWasFaster, NextTryRefused.
    """
    chosen, task = Answer(answer), _locked(task_id)
    said = note.replace("\x00", "").strip()[:LONGEST_NOTE]
    tries = list(CallAttempt.objects.filter(task=task).select_related("by").order_by("id"))
    last = tries[-1] if tries else None
    is_own = last is not None and (last.actor, last.answer, last.note) == (actor, chosen.value, said)
    is_news_to_them = seen is not None and len(tries) > seen
    is_closed = task.state == CallState.CLOSED
    is_by_itself = is_closed and task.outcome in rules.BY_ITSELF
    if is_own and (is_news_to_them or (is_closed and seen is None)):
        return Recorded(task, is_repeat=True, is_late=is_by_itself)
    if is_closed and not is_by_itself:
        raise AlreadyClosed(task.outcome, _name(task.closed_by), task.closed_at)
    if is_news_to_them and last is not None:
        raise SomebodyWasFaster(_name(last.by), last.at)
    if is_by_itself:
        _keep(task, chosen, said, None, actor, user, do_not_call=do_not_call)
        return Recorded(task, is_late=True)
    hours = tenants.calendars([task.shop_id])[task.shop_id]
    call = Call(task.tries, task.most_tries, task.deadline_at, can_dial=may_be_dialled(task))
    verdict = rules.told(call, chosen, clock.now(), hours, next_try_at)
    _keep(task, chosen, said, verdict.next_try_at, actor, user, do_not_call=do_not_call)
    _write(task, chosen, said, verdict, user)
    audit.record(task.organization_id, actor, "call.told", "call", task.id, answer=chosen.value, outcome=task.outcome)
    return Recorded(task)


def _name(user: User | None) -> str:
    return (user.name or user.email) if user else ""


def _keep(
    task: CallTask,
    answer: Answer,
    note: str,
    again: datetime | None,
    actor: str,
    user: User | None,
    *,
    do_not_call: bool,
) -> None:
    """The try itself, and a number that is closed by it."""
    CallAttempt.objects.create(
        id=ids.new_id(), organization_id=task.organization_id, task=task, at=clock.now(), by=user, actor=actor,
        answer=answer.value, note=note, next_try_at=again,
    )  # fmt: skip
    is_opt_out = do_not_call and answer in rules.SPOKEN
    why = "wrong_number" if answer == Answer.WRONG_NUMBER else "opt_out" if is_opt_out else ""
    phone = phone_of(task) if why else None
    if phone is not None:
        customers.suppress(task.shop_id, "phone", phone.e164, covers="everything", why=why)
        audit.record(task.organization_id, actor, "call.number_closed", "call", task.id, why=why)


def _write(task: CallTask, answer: Answer, note: str, verdict: Verdict, user: User | None) -> None:
    task.detail, task.note, task.tries = answer.value, note or task.note, verdict.tries
    task.next_try_at, task.deadline_at = verdict.next_try_at, verdict.deadline_at
    if verdict.outcome is not None:
        task.state, task.outcome = CallState.CLOSED, verdict.outcome.value
        task.closed_at, task.closed_by = clock.now(), user
        events.emit([news(task.organization_id, task.id, task.outcome, task.detail)])
    elif answer == Answer.NEEDS_TIME:
        task.assignee = task.assignee or user  # who promised to call calls
        until = {"deadline_at": task.deadline_at.isoformat()}
        events.emit([News("call.postponed", task.organization_id, task.id, until)])
    task.save()


@transaction.atomic
def take(task_id: int, *, actor: str, user: User) -> CallTask:
    """This person makes the call; again changes nothing.

    Raises CallTask.DoesNotExist, AlreadyClosed, SomebodyWasFaster when another person has it.
    """
    task = _locked(task_id)
    if task.state == CallState.CLOSED:
        raise AlreadyClosed(task.outcome, _name(task.closed_by), task.closed_at)
    if task.assignee is not None and task.assignee.id != user.id:
        raise SomebodyWasFaster(_name(task.assignee))
    return _give(task, user, "call.taken", actor)


@transaction.atomic
def assign(task_id: int, user_id: int | None, *, actor: str) -> CallTask:
    """Give the call to a member, or to anybody (None), whoever has it now.

    Raises CallTask.DoesNotExist, AlreadyClosed, NoSuchMember for somebody who may not make calls.
    """
    task = _locked(task_id)
    if task.state == CallState.CLOSED:
        raise AlreadyClosed(task.outcome, _name(task.closed_by), task.closed_at)
    if user_id is None:
        return _give(task, None, "call.given_back", actor)
    members = Member.objects.filter(organization_id=task.organization_id, user_id=user_id, user__is_active=True)
    member = members.select_related("user").first()
    if member is None or not can(member.role, "decide"):
        raise NoSuchMember(user_id)
    return _give(task, member.user, "call.given", actor)


def _give(task: CallTask, user: User | None, verb: str, actor: str) -> CallTask:
    if task.assignee_id != (user.id if user else None):
        task.assignee = user
        task.save(update_fields=["assignee"])
        audit.record(task.organization_id, actor, verb, "call", task.id, user=user.id if user else None)
    return task
