"""What each deed does besides closing the case, in the transaction of `actions.decide`, which holds the case."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from kaeru.calls.models import CallTask
from kaeru.cancellations import actions as wishes
from kaeru.cancellations import letters, shortage_ends
from kaeru.cancellations.desk import inquiries, mall, rules
from kaeru.cancellations.desk.choice import Choice
from kaeru.cancellations.desk.closing import CALLS
from kaeru.cancellations.desk.errors import LetterRefused, NotNow
from kaeru.cancellations.errors import AlreadyDecided, NotCancellable
from kaeru.cancellations.models import CancellationRequest, Case, Repair, RepairState, Swap, SwapState
from kaeru.cancellations.repairs import actions as repairs
from kaeru.cancellations.repairs.queries import OPEN
from kaeru.connectors.gate import actions as gate
from kaeru.core import audit, clock, events, ids
from kaeru.core.events import News
from kaeru.messages.errors import TextsRefused
from kaeru.orders.models import OrderLine
from kaeru.tenants import queries as tenants
from kaeru.tenants.models import User

LETTERS = (letters.DECISION, letters.OFFER)
OFFER_HOURS = 8
"""An offer stands for a day of opening time."""
CALL_HOURS = 2
SCRIPT = {
    "ja": "{{ shop.name }}の{{ staff.name }}と申します。{{ customer.name }} 様のお電話でしょうか。\n"
    "ご注文{{ order.number }}について、キャンセルのご希望をいただき、お電話いたしました。\n"
    "よろしければ、ご事情をお聞かせいただけますか。ほかにできることがないか、ご一緒に考えます。",
    "en": "This is {{ staff.name }} of {{ shop.name }}. Am I speaking with {{ customer.name }}?\n"
    "I am calling because you would like to cancel your order {{ order.number }}.\n"
    "May I ask what happened? Perhaps there is something else that we can do.",
}


def _request(case: Case) -> CancellationRequest:
    """The wish that the case is about, with what a letter needs. Raises NotNow without one."""
    rows = CancellationRequest.objects.select_related("shop", "order", "customer", "reason", "shortage")
    found = rows.filter(id=case.request_id or 0).first()
    if found is None:
        raise NotNow("not_here")
    return found


def _write(
    request: CancellationRequest, letter: Mapping[str, str] | None, source: str = letters.DECISION
) -> int | None:
    """The letter into the outbox; it leaves when nobody can take the decision back any more. Raises LetterRefused."""
    if letter is None or request.customer_id is None:
        return None
    language = letters.language_of(request)
    try:
        template = letters.template_of(request.shop, {language: letter})
    except TextsRefused as refused:
        raise LetterRefused([one.message for one in refused.problems]) from None
    return letters.send([request], [template], source=source, due_at=clock.now() + rules.UNDO)[0]


def approve(case: Case, choice: Choice, actor: str) -> int | None:
    """The order is cancelled."""
    request = _request(case)
    if request.shortage_id is not None:
        if not shortage_ends.cancel(request, actor=actor):
            raise NotNow("shipped")
        return _write(request, choice.letter)
    mall.give_reason(request, choice.reason)
    try:
        wishes.approve(request.id, actor=actor)
    except NotCancellable as gone:
        raise NotNow("shipped" if gone.code == "shipped" else "cancelled") from None
    except AlreadyDecided:
        raise NotNow("not_here") from None
    return _write(request, choice.letter) if mall.may_write(request) else None


def decline(case: Case, choice: Choice, actor: str) -> int | None:
    """The order stands, on a ground."""
    request = _request(case)
    if not choice.ground:
        raise NotNow("no_words")
    try:
        wishes.decline(request.id, ground=choice.ground, words=choice.words, actor=actor)
    except AlreadyDecided:
        raise NotNow("not_here") from None
    if not mall.may_write(request):
        mall.refuse_by_hand(request, choice)
        return None
    return _write(request, choice.letter)


def substitute(case: Case, choice: Choice, actor: str) -> int | None:
    """Something else is offered; the wish waits for the buyer's answer."""
    request = _request(case)
    if not choice.items:
        raise NotNow("no_substitute")
    lines = list(OrderLine.objects.filter(order_id=request.order_id or 0, quantity__gt=0).order_by("position"))
    line = next((one for one in lines if not choice.line or one.source_id == choice.line), None)
    if line is None:
        raise NotNow("no_substitute")
    if Repair.objects.filter(request=request, state__in=OPEN).exists():
        raise NotNow("has_repair")
    asked = {
        "options": [option(one) for one in choice.items], "title": f"{line.title} {line.variant}".strip(), "line": line.source_id,
        "quantity": line.quantity,
    }  # fmt: skip
    row = Repair.objects.create(
        id=ids.new_id(), organization_id=request.organization_id, request=request, kind="substitute", state=RepairState.OFFERED,
        asked=asked, created_at=clock.now(), answer_by=choice.answer_by or answer_by(case.shop_id),
    )  # fmt: skip
    audit.record(request.organization_id, actor, "repair.offered", "repair", row.id, kind=row.kind)
    events.emit([News("repair.offered", request.organization_id, row.id, {"kind": row.kind})])
    return _write(request, choice.letter, letters.OFFER)


def option(item: Any) -> dict[str, Any]:
    """One substitute as a Repair keeps it."""
    return {"variant_id": item.variant_id, "sku": item.sku, "title": item.title, "unit_price": item.unit_price}


def answer_by(shop_id: int) -> datetime:
    """Until when an offer stands that names no other time."""
    return rules.answer_owed(clock.now(), tenants.calendars([shop_id])[shop_id], OFFER_HOURS)


def call(case: Case, *, actor: str, user: User | None) -> int:
    """Put a call onto the list, with a script; the case goes into the hands of who asked for it. Raises NotNow."""
    request = _request(case)
    waiting = CallTask.objects.filter(source=CALLS, source_id=case.id, state="waiting").first()
    if waiting is not None:
        return waiting.id
    now = clock.now()
    hours = tenants.calendars([case.shop_id])[case.shop_id]
    deadline = case.due_at if case.due_at - now > timedelta(minutes=10) else rules.answer_owed(now, hours, CALL_HOURS)
    task = CallTask.objects.create(
        id=ids.new_id(), organization_id=case.organization_id, shop_id=case.shop_id, customer_id=request.customer_id,
        order_id=request.order_id, source=CALLS, source_id=case.id, script=SCRIPT, assignee=user, value=case.value, currency=case.currency,
        deadline_at=deadline, created_at=now,
    )  # fmt: skip
    if user is not None and case.assigned_to is None:
        case.assigned_to = user.id
        case.save(update_fields=["assigned_to"])
    audit.record(case.organization_id, actor, "case.call_asked", "case", case.id, call=task.id)
    return task.id


def done(case: Case, choice: Choice, actor: str) -> int | None:
    """Somebody has done it in the shop's own system."""
    if case.kind == "cancel":
        wishes.mark_cancelled(case.subject_id, actor=actor)
    elif case.kind == "repair":
        repairs.done_by_hand(case.subject_id, actor=actor)
    elif case.kind == "swap":
        Swap.objects.filter(id=case.subject_id, state=SwapState.FAILED).update(
            state=SwapState.DONE, done_at=clock.now()
        )
    return None


def cannot(case: Case, choice: Choice, actor: str) -> int | None:
    """The change cannot be made."""
    repairs.refuse_by_hand(case.subject_id, actor=actor)
    return None


def let_go(case: Case, choice: Choice, actor: str) -> int | None:
    """A change that is over a cap goes out."""
    if not gate.let_go(case.subject_id, actor=actor):
        raise NotNow("not_here")
    return None


def drop(case: Case, choice: Choice, actor: str) -> int | None:
    """A change that waits is not made."""
    if case.kind == "change":
        gate.drop([case.subject_id], actor=actor)
    return None


DEEDS: Mapping[str, Callable[[Case, Choice, str], int | None]] = {
    "approve": approve,
    "decline": decline,
    "substitute": substitute,
    "done": done,
    "cannot": cannot,
    "let_go": let_go,
    "drop": drop,
    "answer": inquiries.answer,
}
