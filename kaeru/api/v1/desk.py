"""The desk over REST: what needs a person, the case whose waiting costs first on top; decide, give, put off, write a note."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from kaeru.api.answers import Refused, not_found
from kaeru.api.guard import Caller, caller_of, only
from kaeru.api.v1.desk_schemas import (
    AssignIn,
    CaseOut,
    CasesPage,
    CaseStory,
    DecideIn,
    NoteIn,
    NoteOut,
    ProposalOut,
    SnoozeIn,
)
from kaeru.api.v1.schemas import Ref
from kaeru.cancellations.desk import actions, answers, queries
from kaeru.cancellations.desk.choice import Item
from kaeru.cancellations.desk.errors import LetterRefused, NoSuchMember, NotNow, SnoozeRefused, SomebodyWasFirst
from kaeru.cancellations.models import Case
from kaeru.cancellations.repairs import kinds
from kaeru.marketplaces.desk import clocks
from kaeru.tenants.models import Member

router = Router(tags=["desk"])
NOT_NOW = {
    "shipped": "The order has been shipped meanwhile.",
    "cancelled": "The order has been cancelled meanwhile.",
    "not_here": "That does not fit this case, or not any more.",
    "no_words": "A wish is declined on a ground.",
    "no_substitute": "There is nothing to offer, or the order has no such line.",
    "no_reply": "There are no words to reply.",
    "answered": "It was answered on the mall meanwhile.",
    "has_repair": "Something is being changed in this order already.",
}
SNOOZED = {"past": "That time is over already.", "too_far": "A case can be put off for at most 14 days."}


class DeskFilters(Schema):
    """What the list may be narrowed by, and nothing else."""

    state: Literal["open", "closed"] = "open"
    kind: Literal["decide", "cancel", "refuse", "repair", "change", "swap", "inquiry"] | None = None
    cursor: Annotated[str, Field(pattern="^[0-9]{1,19}$")] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


def _fields(case: Case, mails: Mapping[int, str]) -> dict[str, Any]:
    """The case as the API shows it."""
    request = case.request
    order, customer, reason = (request.order, request.customer, request.reason) if request else (None, None, None)
    proposal = case.proposal
    return {
        "id": str(case.id),
        "kind": case.kind,
        "state": case.state,
        "outcome": case.outcome or None,
        "due_at": case.due_at,
        "due_why": case.due_why,
        "value": case.value,
        "currency": case.currency,
        "proposal": ProposalOut(
            verdict=proposal.get("verdict"), ground=proposal.get("ground") or None, rule=proposal.get("rule") or None
        ),
        "cancellation_id": str(case.request_id) if case.request_id else None,
        "order_id": order.source_id if order else None,
        "order_number": order.number if order else "",
        "customer_id": customer.source_id if customer else None,
        "reason": reason.code if reason else None,
        "assignee": mails.get(case.assigned_to or 0),
        "snoozed_until": case.snoozed_until,
        "opened_at": case.opened_at,
        "closed_at": case.closed_at,
    }


def _mails(cases: list[Case]) -> dict[int, str]:
    users = {case.assigned_to for case in cases if case.assigned_to is not None}
    rows = Member.objects.filter(user_id__in=users).values_list("user_id", "user__email") if users else []
    return dict(rows)


@router.get(
    "/desk", response=CasesPage, operation_id="list_cases", summary="What needs a person, the most pressing first"
)
def list_cases(request: HttpRequest, filters: Query[DeskFilters]) -> CasesPage:
    """Sorted by when waiting begins to cost; what is put off is left out until its time. A queue that moves has no second page: ask
    for it again. `state=closed` gives those that are over, newest first.
    """
    only(request, filters)
    shop = caller_of(request).shop
    if filters.state == "open":
        found = list(queries.queue([shop.id], kind=filters.kind or "")[: filters.limit])
        mails = _mails(found)
        return CasesPage(cases=[CaseOut(**_fields(case, mails)) for case in found], cursor=None)
    rows = queries.closed([shop.id]).order_by("-id")
    rows = rows.filter(kind=filters.kind) if filters.kind else rows
    if filters.cursor:
        rows = rows.filter(id__lt=min(int(filters.cursor), 2**63 - 1))
    found = list(rows[: filters.limit + 1])
    page = found[: filters.limit]
    mails = _mails(page)
    return CasesPage(
        cases=[CaseOut(**_fields(case, mails)) for case in page],
        cursor=str(page[-1].id) if len(found) > filters.limit else None,
    )


def _one(caller: Caller, case_id: str) -> Case:
    is_number = case_id.isascii() and case_id.isdigit() and len(case_id) < 19
    case = queries.one(int(case_id)) if is_number else None
    if case is None or case.shop_id != caller.shop.id:
        raise not_found("case")
    return case


def _story(case: Case) -> CaseStory:
    whole = queries.whole(case)
    kind = kinds().get(whole.repair.kind) if whole.repair else None
    return CaseStory(
        **_fields(case, _mails([case])),
        deeds=sorted(whole.deeds),
        wants=kind.says(whole.repair, "en") if kind and whole.repair else "",
        question="\n".join(filter(None, [whole.inquiry.title, whole.inquiry.body])) if whole.inquiry else "",
        counts_from=clocks.counts_from(case),
        notes=[
            NoteOut(by="api" if note.by.startswith("api") else "staff", text=note.text, at=note.at)
            for note in whole.notes
        ],
    )


@router.get("/desk/{case_id}", response=CaseStory, operation_id="get_case", summary="One case")
def get_case(request: HttpRequest, case_id: Path[Ref]) -> CaseStory:
    """With what may be decided now, and the notes."""
    return _story(_one(caller_of(request), case_id))


@router.post("/desk/{case_id}/decide", response=CaseStory, operation_id="post_decision", summary="Decide a case")
def post_decision(request: HttpRequest, case_id: Path[Ref], payload: DecideIn) -> CaseStory:
    """Approve, decline on a ground, offer a substitute; or say that it is done. The buyer gets the letter that the console would send.
    409 `decided` when somebody was first: then nothing was changed.
    """
    caller = caller_of(request)
    case = _one(caller, case_id)
    items = [Item(one.title, one.unit_price, one.variant_id, one.sku) for one in payload.items]
    try:
        choice = answers.choice(
            case, payload.deed, ground=payload.ground, own=payload.own_words, alternative=payload.alternative, items=items,
            line=payload.line_id, sends=payload.send_letter, reason=payload.reason, reply=payload.reply,
        )  # fmt: skip
        actions.decide(case.id, choice, actor=caller.actor)
    except SomebodyWasFirst as first:
        raise Refused(409, "decided", f"This case is closed already: {first.outcome}.") from None
    except LetterRefused as refused:
        raise Refused(422, "letter", " ".join(refused.problems), "own_words") from None
    except NotNow as not_now:
        status = 422 if not_now.code in ("no_words", "no_substitute", "no_reply") else 409
        raise Refused(status, not_now.code, NOT_NOW[not_now.code]) from None
    return _story(_one(caller, case_id))


@router.post(
    "/desk/{case_id}/assign", response=CaseStory, operation_id="post_assignee", summary="Give a case to a member"
)
def post_assignee(request: HttpRequest, case_id: Path[Ref], payload: AssignIn) -> CaseStory:
    """Or to anybody."""
    caller = caller_of(request)
    case = _one(caller, case_id)
    user_id = None
    if payload.member is not None:
        rows = Member.objects.filter(user__email=payload.member.strip().lower())
        user_id = rows.values_list("user_id", flat=True).first() or 0
    try:
        actions.assign(case.id, user_id, actor=caller.actor)
    except NoSuchMember:
        raise Refused(422, "invalid", "There is no such member, or they may not decide.", "member") from None
    except SomebodyWasFirst as first:
        raise Refused(409, "decided", f"This case is closed already: {first.outcome}.") from None
    return _story(_one(caller, case_id))


@router.post("/desk/{case_id}/snooze", response=CaseStory, operation_id="post_snooze", summary="Put a case off")
def post_snooze(request: HttpRequest, case_id: Path[Ref], payload: SnoozeIn) -> CaseStory:
    """Its clock goes on."""
    caller = caller_of(request)
    case = _one(caller, case_id)
    try:
        actions.snooze(case.id, payload.until, actor=caller.actor)
    except SnoozeRefused as refused:
        raise Refused(422, "invalid", SNOOZED[refused.code], "until") from None
    except SomebodyWasFirst as first:
        raise Refused(409, "decided", f"This case is closed already: {first.outcome}.") from None
    return _story(_one(caller, case_id))


@router.post("/desk/{case_id}/notes", response=CaseStory, operation_id="post_case_note", summary="Write a note")
def post_case_note(request: HttpRequest, case_id: Path[Ref], payload: NoteIn) -> CaseStory:
    """For the staff; buyers never see it."""
    caller = caller_of(request)
    case = _one(caller, case_id)
    actions.note(case.id, payload.text, actor=caller.actor)
    return _story(_one(caller, case_id))
