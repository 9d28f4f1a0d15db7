"""What the desk says of a case: its clock, what it is about, how it ended, who did what. Codes without words are shown as they are."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.cancellations.desk.rules import Pressure, Why, pressure
from kaeru.cancellations.models import Case
from kaeru.console.phrases import Words
from kaeru.core import clock, wording

KIND: Words = {
    "decide": lazy("to decide"),
    "cancel": lazy("to cancel by hand"),
    "refuse": lazy("to refuse on the mall"),
    "repair": lazy("to change by hand"),
    "change": lazy("change has stopped"),
    "swap": lazy("old order still stands"),
    "inquiry": lazy("to reply"),
}
TASK: Words = {
    "decide": lazy("The buyer asks to cancel. Please answer."),
    "cancel": lazy("Please cancel this order in your shop's system."),
    "refuse": lazy("Please refuse on the mall's screen: no mall takes a refusal from outside."),
    "repair": lazy("Please make this change in your shop's system."),
    "change": lazy("Kaeru could not make a change in your shop's system."),
    "swap": lazy("The new order stands, and the old one could not be cancelled. Please look into your shop's system."),
    "inquiry": lazy("A buyer asks you something on the mall."),
}
OUTCOME: Words = {
    "approved": lazy("approved"),
    "declined": lazy("declined"),
    "offered": lazy("substitute offered"),
    "done": lazy("done"),
    "cannot": lazy("not possible"),
    "let_go": lazy("let go"),
    "dropped": lazy("not carried out"),
    "kept": lazy("kept by the buyer"),
    "cancelled": lazy("cancelled in the shop"),
    "restored": lazy("taken back"),
    "settled": lazy("settled by itself"),
    "taken": lazy("taken"),
    "taken_back": lazy("decision taken back"),
    "answered": lazy("answered"),
}
OUTCOME_TONE = {"approved": "", "declined": "clock", "offered": "good", "kept": "good", "done": "good"}
VERB: Words = {
    "case.opened": lazy("It came onto the desk."),
    "case.decided": lazy("It was decided."),
    "case.closed": lazy("It settled by itself."),
    "case.taken": lazy("Somebody took it."),
    "case.given": lazy("It was given to somebody."),
    "case.given_back": lazy("It was given back to anybody."),
    "case.snoozed": lazy("It was put off."),
    "case.woken": lazy("It is back in the queue."),
    "case.taken_back": lazy("The decision was taken back."),
    "case.call_asked": lazy("A call was put on the list."),
}
VERDICT: Words = {
    "approve": lazy("The cancellation was approved."),
    "decline": lazy("The cancellation was declined."),
    "keep": lazy("The buyer kept the order."),
    "ask": lazy("The policy left it to a person."),
}
BY: Words = {
    "policy": lazy("Policy"),
    "customer": lazy("Customer"),
    "shop": lazy("Shop's system"),
    "desk": lazy("Kaeru"),
    "repair": lazy("Kaeru"),
    "scenario": lazy("Scenario"),
    "mall": lazy("Mall"),
    "mall_window": lazy("Kaeru, within the mall's free time"),
}
GROUND: Words = {
    "shipped": lazy("Already shipped"),
    "passed_cutoff": lazy("Being packed"),
    "made_to_order": lazy("Made to order"),
    "too_late": lazy("After the time to cancel"),
    "repair_only": lazy("Can be changed instead"),
    "other": lazy("Another ground"),
}
NOT_NOW: Words = {
    "shipped": lazy("The order has been shipped meanwhile. Nothing was changed."),
    "cancelled": lazy("The order has been cancelled meanwhile. Nothing was changed."),
    "not_here": lazy("That does not fit this case any more. Nothing was changed."),
    "no_reply": lazy("Please write a reply."),
    "answered": lazy("Somebody has answered on the mall meanwhile. Nothing was sent."),
    "no_words": lazy("Please choose a ground: the buyer reads why."),
    "no_substitute": lazy("Please choose at least one item to offer."),
    "has_repair": lazy("Something is being changed in this order already. Nothing was offered."),
}
SNOOZE: Words = {
    "past": lazy("That time is over already. Please choose a later one."),
    "too_far": lazy("A case can be put off for at most 14 days."),
    "unreadable": lazy("The time cannot be read. Please write day and time."),
}
CAUSE: Words = {
    "out_of_stock": lazy("Out of stock"),
    "price_error": lazy("Wrong price"),
    "damaged": lazy("Damaged"),
}
CHANGE: Words = {
    "held": lazy("Kaeru waits for a person before it does this."),
    "failed": lazy("Your shop's system did not answer. Whether it was done is not known."),
    "refused": lazy("Your shop's system refused it."),
}
TONE = {Pressure.SOON: "clock", Pressure.OVER: "bad", Pressure.CALM: ""}


def said_clock(case: Case, language: str) -> str:
    """How the case's clock stands: 14:00の締めまで あと42分."""
    now = clock.now()
    at = time_of(case.due_at, language)
    if case.due_at <= now:
        told = {"at": at, "span": wording.span(now - case.due_at, language)}
        match case.due_why:
            case Why.CUTOFF:
                return _("cut-off at %(at)s, %(span)s ago") % told
            case Why.PROMISED:
                return _("promised for %(at)s, %(span)s ago") % told
            case Why.MALL:
                return _("mall's deadline at %(at)s, %(span)s ago") % told
            case _:
                return _("answer owed since %(at)s, %(span)s ago") % told
    told = {"at": at, "span": wording.span(case.due_at - now, language)}
    match case.due_why:
        case Why.CUTOFF:
            return _("%(span)s until the cut-off at %(at)s") % told
        case Why.PROMISED:
            return _("%(span)s until the promised %(at)s") % told
        case Why.MALL:
            return _("%(span)s until the mall's deadline at %(at)s") % told
        case _:
            return _("%(span)s until an answer is owed, at %(at)s") % told


def left_of(case: Case, language: str) -> str:
    """How much is left: あと42分; "" when nothing is."""
    left = case.due_at - clock.now()
    return _("%(span)s left") % {"span": wording.span(left, language)} if left.total_seconds() > 0 else ""


def time_of(at: datetime, language: str) -> str:
    """The time alone when it is today, else day and time."""
    there, here = timezone.localtime(at), timezone.localtime(clock.now())
    if there.date() == here.date():
        return f"{there.hour}:{there.minute:02d}"
    return wording.moment(there, language, here.year)


def tone_of(case: Case) -> str:
    """The colour of its clock."""
    return TONE[pressure(case.due_at, clock.now())]
