"""What comes onto the desk by itself, and what leaves it because the matter settled."""

from collections.abc import Sequence

from kaeru.calls.models import CallTask
from kaeru.calls.registry import About, register_source
from kaeru.cancellations import letters, shortage_ends
from kaeru.cancellations.desk import closing, inquiries, notices, rules, winding  # noqa: F401 these hear, too
from kaeru.cancellations.desk.opening import NewCase, for_request, open_cases
from kaeru.cancellations.letter_texts import ALTERNATIVES
from kaeru.cancellations.letters import Said
from kaeru.cancellations.models import (
    CancellationRequest,
    Case,
    CaseState,
    Decision,
    Repair,
    RequestState,
    Swap,
    Verdict,
)
from kaeru.cancellations.policy import queries as policies
from kaeru.connectors.models import OrderChange
from kaeru.core import clock, wording
from kaeru.core.events import receiver
from kaeru.core.models import Event

EVERY_KIND = ("decide", "cancel", "refuse", "repair", "change", "swap")
WANTS_PERSON = ("held", "failed", "refused")
"""States of a change at the gate that somebody must look into."""
NOBODY_MINDS = ("hold", "release")
"""Kinds of change that a buyer does not notice when they are refused."""


def _subjects(told: list[Event]) -> list[int]:
    return [event.subject_id for event in told]


@receiver("cancellation.asked")
def put_to_the_staff(told: list[Event]) -> None:
    """The policy left it to a person: a case, with the answer that Kaeru would give."""
    rows = CancellationRequest.objects.filter(id__in=_subjects(told), state=RequestState.ASKED)
    requests = list(rows.filter(shortage=None))
    asked = policies.standing({request.shop_id for request in requests})
    names = {shop_id: {rule.id: rule.name for rule in one.policy.rules} for shop_id, one in asked.items()}
    said = {event.subject_id: event.payload for event in told}
    open_cases(
        for_request(
            "decide",
            request,
            proposal=rules.proposal(
                str(said[request.id].get("rule") or ""),
                str(said[request.id].get("ground") or ""),
                names[request.shop_id].get(str(said[request.id].get("rule") or ""), ""),
            ),
        )
        for request in requests
    )


@receiver("cancellation.requested", "cancellation.swapped")
def put_what_nobody_cancels(told: list[Event]) -> None:
    """The order is to be cancelled, and neither the gate nor the shop's own system will: a person does it there."""
    closing.close(closing.of_requests(_subjects(told), ("decide",)), "approved")
    by_gate = {event.subject_id for event in told if event.payload.get("by_gate")}
    rows = CancellationRequest.objects.filter(
        id__in=_subjects(told), state=RequestState.REQUESTED, shop__notify_url="", is_history=False
    )
    open_cases(for_request("cancel", request) for request in rows.exclude(id__in=by_gate))


@receiver("cancellation.kept", "cancellation.recorded", "cancellation.restored")
def take_away_what_settled(told: list[Event]) -> None:
    """The buyer kept the order, or the shop's system has cancelled it, or has taken that back."""
    for name, outcome in (("kept", "kept"), ("recorded", "cancelled"), ("restored", "restored")):
        found = [event.subject_id for event in told if event.name == f"cancellation.{name}"]
        if found:
            closing.close(closing.of_requests(found, ("decide", "cancel")), outcome)


@receiver("cancellation.declined")
def tell_who_is_declined(told: list[Event]) -> None:
    """A wish that waited for a person was declined without one, as the parcel left: the buyer does not look at a page any more."""
    ids = closing.close(closing.of_requests(_subjects(told), ("decide",)), "declined")
    requests = list(
        CancellationRequest.objects.filter(cases__in=ids, customer__isnull=False)
        .select_related("shop", "order", "customer", "reason")
        .distinct()
    )
    if not requests:
        return
    said = {
        decision.request_id: decision
        for decision in Decision.objects.filter(request__in=requests, verdict=Verdict.DECLINE).order_by("id")
    }
    templates = []
    for request in requests:
        language, decision = letters.language_of(request), said[request.id]
        usual = ALTERNATIVES.get(decision.ground, ALTERNATIVES["other"])
        words = Said(ground=wording.pick(decision.words, language), alternative=usual[language])
        templates.append(letters.template_of(request.shop, {language: letters.compose("declined", language, words)}))
    letters.send(requests, templates, due_at=clock.now())


@receiver("order.cancelled")
def take_away_what_is_cancelled(told: list[Event]) -> None:
    """The order is cancelled in the shop's system: nothing of it waits for anybody."""
    closing.close(closing.of_orders(_subjects(told), EVERY_KIND), "cancelled")


@receiver("order.shipped")
def take_away_what_left(told: list[Event]) -> None:
    """A parcel that has left refuses the cancellation by itself."""
    closing.close(closing.of_orders(_subjects(told), ("refuse",)), "settled")


@receiver("repair.asked")
def put_what_is_changed_by_hand(told: list[Event]) -> None:
    """The shop's system cannot make this change: a person does, and the staff are told."""
    found = Repair.objects.filter(id__in=_subjects(told), state="by_hand").select_related("request")
    open_cases(for_request("repair", repair.request, repair.id) for repair in found)
    _tell("repair", [repair.id for repair in found])


@receiver("repair.done", "repair.refused", "repair.withdrawn", "repair.undone")
def take_away_what_was_changed(told: list[Event]) -> None:
    """The change was made, or will not be."""
    closing.close(Case.objects.filter(kind="repair", subject_id__in=_subjects(told)), "settled")


@receiver("order_change.settled")
def put_what_the_gate_holds(told: list[Event]) -> None:
    """A change waits over a cap, was refused or given up; or it was to be cancelled, and the gate only practises."""
    wanted = {event.subject_id: event.payload for event in told}
    changes = {change.id: change for change in OrderChange.objects.filter(id__in=wanted)}
    over = [key for key, said in wanted.items() if said["state"] in ("done", "dropped")]
    closing.close(Case.objects.filter(kind="change", subject_id__in=over), "settled")
    requests = _requests_of(list(changes.values()))
    news: list[NewCase] = []
    for key, said in wanted.items():
        change, request = changes.get(key), requests.get(key)
        if change is None or said["source"] == "swap":
            continue
        if said["source"] == "repair" and said["state"] != "held":
            continue  # the repair itself goes to a person, or its buyer reads why not
        if said["state"] in WANTS_PERSON and not (said["state"] == "refused" and change.kind in NOBODY_MINDS):
            proposal = {"state": said["state"], "why": change.answer, "change": change.kind}
            news.append(
                NewCase(
                    "change", change.organization_id, change.shop_id, change.id, request.id if request else None, change.money,
                    request.currency if request else "JPY", proposal,
                )
            )  # fmt: skip
        elif said["state"] == "dry_run" and change.kind == "cancel" and request is not None:
            news.append(for_request("cancel", request, proposal={"why": "dry_run"}))
    open_cases(news)


@receiver("order_change.settled")
def record_taken_out(told: list[Event]) -> None:
    """What was missing is out of the order."""
    done = [
        event.payload["source_id"]
        for event in told
        if (event.payload["source"], event.payload["state"]) == (shortage_ends.BY, "done")
    ]
    if done:
        shortage_ends.record_taken_out(done)


@receiver("repair.refused")
def end_shortage_of_who_refused(told: list[Event]) -> None:
    """Whoever wants none of the substitutes need not wait for the end."""
    repairs = Repair.objects.filter(id__in=_subjects(told), kind="substitute", request__shortage__isnull=False)
    if found := list(repairs.values_list("request_id", flat=True)):
        shortage_ends.end_refused(found)


def _requests_of(changes: list[OrderChange]) -> dict[int, CancellationRequest]:
    """The wish that each change belongs to, by change."""
    sources: dict[int, int] = {}
    repairs = {change.source_id: change.id for change in changes if change.source == "repair"}
    if repairs:
        for repair_id, request_id in Repair.objects.filter(id__in=repairs).values_list("id", "request_id"):
            sources.update({change.id: request_id for change in changes if change.source_id == repair_id})
    sources |= {change.id: change.source_id for change in changes if change.source in ("request", "shortage")}
    found = CancellationRequest.objects.in_bulk(set(sources.values()))
    return {key: found[request_id] for key, request_id in sources.items() if request_id in found}


@receiver("swap.failed")
def put_what_was_not_swapped(told: list[Event]) -> None:
    """The old order still stands beside the new one."""
    swaps = Swap.objects.filter(id__in=_subjects(told), state="failed").select_related("request")
    open_cases(for_request("swap", swap.request, swap.id) for swap in swaps)
    _tell("swap", [swap.id for swap in swaps])


def _tell(kind: str, subject_ids: list[int]) -> None:
    """The staff hear of cases that others have opened."""
    cases = Case.objects.filter(kind=kind, subject_id__in=subject_ids, state=CaseState.OPEN, told_at=None)
    notices.tell_at_once(list(cases))


def about(tasks: Sequence[CallTask]) -> dict[int, About]:
    """Why the buyer wants to cancel, and whose story it is; one query for any number of calls."""
    rows = Case.objects.filter(id__in={task.source_id for task in tasks}).values_list(
        "id", "request__reason__labels", "request_id"
    )
    known = {case_id: About(labels or {}, request_id) for case_id, labels, request_id in rows}
    return {task.id: known[task.source_id] for task in tasks if task.source_id in known}


register_source(closing.CALLS, about)
