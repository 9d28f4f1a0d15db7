"""One cancellation's story: everything that happened around it, and what is still to come, on one line of time."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from kaeru.calls import queries as calls
from kaeru.calls.models import CallAttempt, CallState, CallTask
from kaeru.calls.rules import BY_ITSELF, SPOKEN
from kaeru.cancellations import queries as cancellations
from kaeru.cancellations.models import CancellationRequest, Decision, RequestState, Verdict
from kaeru.console import phrases, waits, way_story
from kaeru.console.doors import Visit
from kaeru.console.entries import Entry
from kaeru.core import clock, wording
from kaeru.core.money import show
from kaeru.messages import queries as messages
from kaeru.messages.limits import Limits
from kaeru.messages.models import Message
from kaeru.offers import queries as offers
from kaeru.offers.models import Coupon
from kaeru.recoveries import queries as recoveries
from kaeru.recoveries.models import Recovery
from kaeru.scenarios import queries as scenarios
from kaeru.scenarios.kinds.coupon import worth as coupon_worth
from kaeru.scenarios.models import Enrollment
from kaeru.tenants.queries import actor_names


@dataclass(frozen=True, slots=True)
class Story:
    """The entries in order, and the two things the head of the page repeats."""

    past: list[Entry]
    coming: list[Entry]
    recovery: Recovery | None
    enrollment: Enrollment | None


def _language() -> str:
    return wording.language_of(translation.get_language())


def tell(visit: Visit, wish: CancellationRequest) -> Story:
    """Gather the story of one cancellation from the rooms that know a part of it."""
    enrollment = scenarios.of_cancellation(wish.id)
    recovery = recoveries.of_cancellations([wish.id]).get(wish.id)
    entries = [*_order(wish), *_wish(visit, wish)]
    if enrollment is not None:
        entries += of_enrollment(visit, enrollment)
    if recovery is not None:
        entries.append(_recovery(recovery))
    entries.sort(key=lambda entry: entry.at)
    return Story(
        past=[entry for entry in entries if not entry.is_coming],
        coming=[entry for entry in entries if entry.is_coming],
        recovery=recovery,
        enrollment=enrollment,
    )


def of_enrollment(visit: Visit, enrollment: Enrollment) -> Iterator[Entry]:
    """What a scenario did for one customer, and what is still to come."""
    yield from way_story.tell(enrollment)
    for coupon in offers.of_enrollment(enrollment.id):
        yield from _coupon(coupon)
    mails = messages.of_sources("enrollment", [enrollment.id])
    bounds = waits.bounds_of(mails)
    for item in mails:
        yield _message(visit, item, bounds)
    for task in calls.of_sources("enrollment", [enrollment.id]):
        yield from _call(visit, task, calls.tries_of(task))


def _order(wish: CancellationRequest) -> Iterator[Entry]:
    order = wish.order
    if order is None:
        return
    yield Entry(
        at=order.placed_at,
        mark="order",
        what=_("Ordered for %(money)s") % {"money": show(order.total, order.currency, _language())},
        why=[_("Order %(number)s") % {"number": order.number}],
    )
    if order.shipped_at:
        yield Entry(at=order.shipped_at, mark="order", what=_("Shipped"))


def _wish(visit: Visit, wish: CancellationRequest) -> Iterator[Entry]:
    origin = phrases.said(phrases.ORIGIN, wish.origin)
    if wish.reason is not None:
        yield Entry(
            at=wish.requested_at,
            mark="reason",
            what=_("“%(reason)s”") % {"reason": wording.pick(wish.reason.labels, _language())},
            why=[origin],
        )
    decided = cancellations.decisions([wish.id]).get(wish.id, [])
    names = actor_names(one.by for one in decided)
    yield from (_decision(one, names) for one in decided if one.verdict in (Verdict.ASK, Verdict.DECLINE))
    if wish.state in (RequestState.ASKED, RequestState.DECLINED):
        return
    if wish.decided_at and wish.state == RequestState.KEPT:
        yield Entry(at=wish.decided_at, mark="done", what=_("The customer kept the order"), tone="good")
    elif any(one.verdict == Verdict.ASK for one in decided):
        yield from (_decision(one, names) for one in decided if one.verdict == Verdict.APPROVE)
    elif wish.decided_at or (wish.reason is None and not wish.cancelled_at):
        value = show(wish.value, wish.currency, _language())
        yield Entry(
            at=wish.decided_at or wish.requested_at,
            mark="cancel",
            what=_("Cancelled by the customer: %(money)s") % {"money": value},
            why=[] if wish.is_whole else [_("A part of the order.")],
        )
    if wish.cancelled_at:
        yield Entry(
            at=wish.cancelled_at,
            mark="cancel",
            what=_("Cancelled in the shop's system"),
            why=[] if wish.reason else [origin],
        )
    elif wish.state == RequestState.REQUESTED:
        told = (
            _("Your shop's system was told.")
            if wish.shop.notify_url
            else _("Your shop is not connected: please cancel it there by hand.")
        )
        yield Entry(
            at=clock.now(),
            mark="wait",
            what=_("Waits for the shop's system to cancel it"),
            why=[told],
            tone="clock",
            is_coming=True,
        )


def _decision(one: Decision, names: Mapping[str, str]) -> Entry:
    """What the policy or the staff said."""
    by = _("By %(who)s.") % {"who": names.get(one.by) or phrases.said(phrases.ACTOR, one.by)}
    if one.verdict == Verdict.ASK:
        return Entry(
            at=one.decided_at, mark="wait", what=_("The customer wants to cancel; you decide"), why=[by], tone="clock"
        )
    if one.verdict == Verdict.DECLINE:
        words = wording.pick(one.words, _language())
        return Entry(
            at=one.decided_at,
            mark="cancel",
            what=_("The wish to cancel was declined"),
            why=[word for word in (words, by) if word],
        )
    return Entry(at=one.decided_at, mark="cancel", what=_("The wish to cancel was approved"), why=[by])


def _coupon(coupon: Coupon) -> Iterator[Entry]:
    worth = coupon_worth(coupon.kind, coupon.value, coupon.currency)
    last_day = wording.day(timezone.localtime(coupon.expires_at).date(), _language(), clock.now().year)
    yield Entry(
        at=coupon.issued_at,
        mark="coupon",
        what=_("Coupon issued: %(worth)s") % {"worth": worth},
        why=[_("Code %(code)s, valid until %(day)s") % {"code": coupon.code, "day": last_day}],
    )
    if coupon.redeemed_at:
        yield Entry(at=coupon.redeemed_at, mark="coupon", what=_("Coupon used"), tone="good")


def _message(visit: Visit, message: Message, bounds: Limits) -> Entry:
    tries = list(message.deliveries.all())
    texts = message.template.texts
    language = _language()
    subject = next((one.subject for one in reversed(tries) if one.subject), "") or wording.pick(
        {code: text.get("subject", "") for code, text in texts.items()}, language
    )
    is_coming = message.state in messages.PENDING
    why = [subject]
    if message.reason:
        why.append(waits.said(message, bounds))
    elif tries:
        why.append(phrases.said(phrases.OUTCOME, tries[-1].outcome))
    is_advertisement = message.purpose == "advertisement"
    return Entry(
        at=message.due_at if is_coming else (message.ended_at or message.due_at),
        mark="mail",
        what=_("Mail with an offer") if is_advertisement else _("Mail"),
        why=why,
        tone="clock" if is_coming else phrases.MESSAGE_TONE.get(message.state, ""),
        badge=phrases.said(phrases.MESSAGE, message.state),
        href=reverse("console:message", args=[message.id]) if visit.may("see_people") else "",
        action=_("Read the mail"),
        is_coming=is_coming,
    )


def _recovery(recovery: Recovery) -> Entry:
    return Entry(
        at=recovery.recovered_at,
        mark="return",
        what=_("Ordered again"),
        why=[_("Order %(number)s") % {"number": recovery.order.number}, phrases.said(phrases.HOW, recovery.how)],
        big=show(recovery.amount, recovery.currency, _language()),
        tone="good",
    )


def _call(visit: Visit, task: CallTask, tries: list[CallAttempt]) -> Iterator[Entry]:
    """Each try, and the call that is still to be made or has ended by itself."""
    href, action = reverse("console:call", args=[task.id]), _("Open the call")
    for item in tries:
        note = [item.note] if item.note and visit.may("see_people") else []
        by = [item.by.name or item.by.email] if item.by else []
        is_good = item.answer in SPOKEN
        yield Entry(
            at=item.at, mark="call", what=phrases.said(phrases.CALL_ANSWER, item.answer), why=[*note, *by],
            tone="good" if is_good else "", badge=_("call"), href=href, action=action,
        )  # fmt: skip
    if task.state == CallState.WAITING:
        until = wording.moment(timezone.localtime(task.deadline_at), _language(), timezone.localtime(clock.now()).year)
        yield Entry(
            at=max(task.next_try_at or clock.now(), clock.now()), mark="call", what=_("Your staff is to call"),
            why=[_("until %(at)s") % {"at": until}], tone="clock", href=href, action=action, is_coming=True,
        )  # fmt: skip
    elif task.outcome in BY_ITSELF and task.closed_at:
        why = [phrases.said(phrases.CALL_ANSWER, task.detail)] if task.detail else []
        yield Entry(
            at=task.closed_at, mark="call", what=phrases.said(phrases.CALL_OUTCOME, task.outcome), why=why,
            badge=_("call"), href=href, action=action,
        )  # fmt: skip
