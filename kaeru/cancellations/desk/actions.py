"""Verbs of the desk: decide a case, take it back for a moment, take it, give it to somebody, put it off, write a note.

Each is audited. Of two people at once the first decides; the second is told who it was and what they did.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from kaeru.cancellations.desk import carrying, closing, queries, rules
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.errors import NoSuchMember, NotNow, SnoozeRefused, SomebodyWasFirst, TooLate
from kaeru.cancellations.models import (
    CancellationRequest,
    Case,
    CaseNote,
    CaseState,
    Decision,
    Repair,
    RepairState,
    RequestState,
    Verdict,
)
from kaeru.core import audit, clock, ids
from kaeru.messages.models import Message, MessageState
from kaeru.tenants.models import Member, User
from kaeru.tenants.rules import can

OUTCOMES: Mapping[str, str] = {
    "approve": "approved", "decline": "declined", "substitute": "offered", "done": "done", "cannot": "cannot", "let_go": "let_go",
    "drop": "dropped", "answer": "answered",
}  # fmt: skip
"""How a case is closed by each deed; a call leaves it open."""
UNDOABLE = ("declined", "offered")


@dataclass(frozen=True, slots=True)
class Decided:
    """What deciding did."""

    case: Case
    is_repeat: bool = False
    """It had been decided so by the same person: nothing was changed."""
    message_id: int | None = None
    call_id: int | None = None


def _locked(case_id: int) -> Case:
    """The case, held until the transaction ends. Raises Case.DoesNotExist."""
    return Case.objects.select_for_update(of=("self",)).select_related("shop").get(id=case_id)


def _first(case: Case) -> SomebodyWasFirst:
    return SomebodyWasFirst(queries.name_of(case.closed_by), case.outcome, case.closed_at)


@transaction.atomic
def decide(case_id: int, choice: Choice, *, actor: str, user: User | None = None) -> Decided:
    """Carry out what somebody decided, and close the case; a call puts it into the caller's hands and leaves it open.

    Raises Case.DoesNotExist, KeyError for an unknown deed, SomebodyWasFirst, NotNow when it does not fit (any more), LetterRefused.
    """
    outcome = OUTCOMES.get(choice.deed, "")
    if not outcome and choice.deed != "call":
        raise KeyError(choice.deed)
    case = _locked(case_id)
    if case.state == CaseState.CLOSED:
        if case.closed_by == actor and case.outcome == outcome:
            return Decided(case, is_repeat=True)
        raise _first(case)
    if choice.deed not in rules.deeds(queries.matter_of(case)):
        raise NotNow(queries.why_not(case))
    if choice.deed == "call":
        call_id = carrying.call(case, actor=actor, user=user)
        return Decided(case, call_id=call_id)
    message_id = carrying.DEEDS[choice.deed](case, choice, actor)
    _close(case, outcome, actor, ground=choice.ground)
    return Decided(case, message_id=message_id)


def _close(case: Case, outcome: str, actor: str, **detail: str) -> None:
    case.state, case.outcome, case.closed_at, case.closed_by = CaseState.CLOSED, outcome, clock.now(), actor[:60]
    case.save(update_fields=["state", "outcome", "closed_at", "closed_by"])
    told = {name: value for name, value in detail.items() if value}
    audit.record(case.organization_id, actor, "case.decided", "case", case.id, outcome=outcome, kind=case.kind, **told)


@transaction.atomic
def undo(case_id: int, *, actor: str) -> Case:
    """Take a refusal or an offer back while nobody has been told; the case is on the desk again.

    Raises Case.DoesNotExist, TooLate when the time is over, the letter has left, or the matter has moved on.
    """
    case = _locked(case_id)
    if case.state == CaseState.OPEN:
        return case
    now = clock.now()
    if not can_undo(case, actor) or case.request_id is None:
        raise TooLate
    request = CancellationRequest.objects.select_for_update(of=("self",)).get(id=case.request_id)
    since = (case.closed_at or now) - timedelta(seconds=1)
    letters = Message.objects.filter(source__in=carrying.LETTERS, source_id=request.id, created_at__gte=since)
    if letters.exclude(state=MessageState.WAITING).exists():
        raise TooLate
    if case.outcome == "declined":
        if request.state != RequestState.DECLINED:
            raise TooLate
        _ask_again(request, actor)
    elif not Repair.objects.filter(request=request, state=RepairState.OFFERED).update(
        state=RepairState.UNDONE, done_at=now, asked={}
    ):
        raise TooLate
    letters.update(state=MessageState.CLOSED, reason="taken_back", ended_at=now, claimed_until=None)
    closing.close(closing.of_requests([request.id], ("refuse",)), "taken_back", actor=actor)
    case.state, case.outcome, case.closed_at, case.closed_by = CaseState.OPEN, "", None, ""
    case.save(update_fields=["state", "outcome", "closed_at", "closed_by"])
    audit.record(case.organization_id, actor, "case.taken_back", "case", case.id)
    return case


def can_undo(case: Case, actor: str) -> bool:
    """Whether this actor decided it a moment ago, and it is of the kind that can be taken back."""
    if case.state != CaseState.CLOSED or case.closed_at is None or case.closed_by != actor:
        return False
    return case.outcome in UNDOABLE and clock.now() - case.closed_at <= rules.UNDO


def _ask_again(request: CancellationRequest, actor: str) -> None:
    """The refused wish waits for an answer again."""
    CancellationRequest.objects.filter(id=request.id).update(state=RequestState.ASKED, decided_at=clock.now())
    Decision.objects.create(
        id=ids.new_id(), organization_id=request.organization_id, request=request, verdict=Verdict.ASK, by=actor[:60],
        ground="taken_back", decided_at=clock.now(),
    )  # fmt: skip


def _open(case_id: int) -> Case:
    case = _locked(case_id)
    if case.state == CaseState.CLOSED:
        raise _first(case)
    return case


@transaction.atomic
def take(case_id: int, *, actor: str, user: User) -> Case:
    """This person sees to the case; again changes nothing.

    Raises Case.DoesNotExist, SomebodyWasFirst when it is closed or in another person's hands.
    """
    case = _open(case_id)
    if case.assigned_to is not None and case.assigned_to != user.id:
        raise SomebodyWasFirst(queries.name_of_user(case.assigned_to), "taken")
    return _give(case, user.id, "case.taken", actor)


@transaction.atomic
def assign(case_id: int, user_id: int | None, *, actor: str) -> Case:
    """Give the case to a member, or to anybody (None). Raises Case.DoesNotExist, SomebodyWasFirst (closed), NoSuchMember."""
    case = _open(case_id)
    if user_id is None:
        return _give(case, None, "case.given_back", actor)
    members = Member.objects.filter(organization_id=case.organization_id, user_id=user_id, user__is_active=True)
    member = members.first()
    if member is None or not can(member.role, "decide"):
        raise NoSuchMember(user_id)
    return _give(case, user_id, "case.given", actor)


def _give(case: Case, user_id: int | None, verb: str, actor: str) -> Case:
    if case.assigned_to != user_id:
        case.assigned_to = user_id
        case.save(update_fields=["assigned_to"])
        audit.record(case.organization_id, actor, verb, "case", case.id, user=user_id)
    return case


@transaction.atomic
def snooze(case_id: int, until: datetime | None, *, actor: str) -> Case:
    """Put the case off until then; None takes it back into the queue. Its clock goes on.

    Raises Case.DoesNotExist, SomebodyWasFirst (closed), SnoozeRefused.
    """
    case = _open(case_id)
    code = rules.check_snooze(until, clock.now()) if until is not None else ""
    if code:
        raise SnoozeRefused(code)
    if case.snoozed_until != until:
        case.snoozed_until = until
        case.save(update_fields=["snoozed_until"])
        told = until.isoformat() if until is not None else ""
        audit.record(
            case.organization_id, actor, "case.snoozed" if until else "case.woken", "case", case.id, until=told
        )
    return case


@transaction.atomic
def note(case_id: int, text: str, *, actor: str) -> CaseNote | None:
    """Write something for the others; None for nothing. The text is in no audit entry. Raises Case.DoesNotExist."""
    said = text.replace("\x00", "").strip()[: rules.LONGEST_NOTE]
    if not said:
        return None
    case = Case.objects.get(id=case_id)
    row = CaseNote.objects.create(
        id=ids.new_id(), organization_id=case.organization_id, case=case, by=actor[:60], text=said, at=clock.now()
    )
    audit.record(case.organization_id, actor, "case.noted", "case", case.id)
    return row
