"""What states and reasons are called on screen. A code that has no words yet is shown as it is, never hidden."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Words = dict[str, str | Promise]

REQUEST: Words = {
    "considering": _("being considered"),
    "asked": _("you decide"),
    "requested": _("shop to confirm"),
    "cancelled": _("cancelled"),
    "kept": _("kept"),
    "declined": _("declined"),
    "restored": _("taken back"),
}
REQUEST_TONE = {"asked": "clock", "requested": "clock", "kept": "good", "restored": "good"}

MESSAGE: Words = {
    "waiting": _("waiting"),
    "claimed": _("on its way"),
    "sending": _("being sent"),
    "sent": _("sent"),
    "unknown": _("not proven"),
    "failed": _("refused"),
    "held": _("held"),
    "closed": _("not sent"),
}
MESSAGE_TONE = {"sent": "good", "unknown": "clock", "failed": "bad"}

WHY: Words = {
    "finished": _("All steps are done."),
    "exit": _("The scenario ends here."),
    "reordered": _("The customer ordered again, so nothing more is sent."),
    "rebooked": _("The client has booked again, so nothing more is sent."),
    "visit_changed": _("The visit was moved or cancelled, so nothing more is sent."),
    "shipped": _("The order was shipped, so nothing more is sent."),
    "restored": _("The cancellation was taken back, so nothing more is sent."),
    "kept": _("The customer kept the order."),
    "switched_off": _("The scenario is switched off. It goes on when it is switched on again."),
    "paused": _("The shop is paused. It goes on when the shop goes on."),
    "quiet_hours": _("Nothing is sent at this hour. It goes when the quiet hours are over."),
    "weekday": _("Nothing is sent on this day of the week. It goes on the next day that is allowed."),
    "holiday": _("Nothing is sent on public holidays. It goes on the next day that is allowed."),
    "cap": _("The customer has had as many offers as one customer gets. It goes when there is room again."),
    "budget_spent": _("This month's budget for coupons is spent."),
    "had_incentive": _("The customer had a coupon not long ago."),
    "farming": _("Coupons are stopped: more orders are cancelled because of them."),
    "no_consent": _("The customer has not agreed to advertisements."),
    "opted_out": _("The customer does not want advertisements."),
    "suppressed": _("Mail to this address bounced or was complained about."),
    "no_address": _("There is no mail address."),
    "no_identity": _("An advertisement must name the sender. Enter name, address and contact in the settings."),
    "busy": _("The mail server asked to come back later. It is tried again."),
    "unreachable": _("The mail server could not be reached. It is tried again."),
    "no_proof": _("The mail server gave no proof."),
    "refused": _("The mail server refused it for good."),
    "gave_up": _("The mail server could not be reached for a long time. It is not tried any more."),
    "template": _("The text could not be put together."),
    "guard": _("A rule forbids what it says. It was not sent; see below."),
    "error": _("Something went wrong on our side. It is tried again."),
    "opening_over": _("The time is not free any more, so nobody needs to be asked."),
    "client_booked": _("The client has booked a visit meanwhile."),
    "broadcast_stopped": _("The broadcast was stopped."),
    "source_gone": _("What it was about is not there any more."),
    "bounced": _("It came back: the address does not take mail."),
    "order_value": _("By the value of the order."),
    "first_order": _("By whether it was the customer's first order."),
    "cancelled": _("The order was cancelled, so nothing more is sent."),
    "goal": _("The goal was reached."),
    "moved_out": _("Moved to another version, in which nothing was left to do."),
    "exit_condition": _("The condition for leaving came true."),
    "no_coupon": _("There was no coupon to tell of."),
    "held": _("Held back for comparison: no offers here."),
    "no_phone": _("There is no phone number that may be called."),
    "never_open": _("The shop has no opening hours, so there was nothing to wait for."),
    "offer_ended": _("The coupon has ended."),
    "settled_arrived": _("A person found out that it arrived."),
    "settled_lost": _("A person found out that it did not arrive."),
    "settled_seen": _("A person has seen the refusal."),
    "erased": _("The customer's data was erased."),
    "settled": _("It was settled before this was sent."),
    "taken_back": _("The decision was taken back before this was sent."),
    "quota": _("This month's LINE messages are used up. It goes by mail or next month."),
    "blocked": _("The customer has blocked the LINE account."),
    "line_busy": _("LINE asked for a short pause. It is tried again."),
    "not_connected": _("The shop's LINE is not connected."),
    "account": _("LINE does not accept the shop's token. Enter a new one in the settings."),
    "done": "",
}

LINE_OUTCOME: Words = {
    "accepted": _("LINE took it."),
    "refused": _("LINE did not take it."),
    "transient": _("LINE could not take it now. It is tried again, or goes by mail."),
    "unknown": _("LINE gave no proof."),
}
"""Of pushes; whether somebody read it LINE does not tell."""

OUTCOME: Words = {
    "accepted": _("The mail server took it."),
    "delivered": _("It was delivered."),
    "refused": _("The mail server refused it for good."),
    "transient": _("The mail server could not take it. It is tried again."),
    "unknown": _("The mail server gave no proof."),
    "bounced": _("It came back: the address does not take mail."),
    "complained": _("The customer marked it as spam. Nothing more is sent to this address."),
}

ORIGIN: Words = {
    "page": _("On the cancel page"),
    "shop": _("Told by the shop's system"),
    "import": _("From an imported file"),
    "api": _("Told over the API"),
    "mall": _("Asked on the mall"),
}

HOW: Words = {
    "link": _("It came through the re-order link."),
    "coupon": _("It used the coupon of the scenario."),
    "customer": _("The same customer ordered after the cancellation."),
}

ROLE: Words = {
    "owner": _("Owner"),
    "admin": _("Administrator"),
    "editor": _("Editor"),
    "operator": _("Operator"),
    "viewer": _("Viewer"),
}

CALL_OUTCOME: Words = {
    "reached": _("reached"),
    "unreached": _("not reached"),
    "expired": _("deadline passed"),
    "not_needed": _("not needed any more"),
}

CALL_ANSWER: Words = {
    "will_reorder": _("The customer will order again."),
    "wants_message": _("The customer would like a message."),
    "not_interested": _("The customer is not interested."),
    "needs_time": _("The customer would like to be called later."),
    "wrong_number": _("The number was somebody else's."),
    "unreached": _("Nobody answered."),
    "reordered": _("The customer ordered again, so nobody needs to call."),
    "shipped": _("The order was shipped, so nobody needs to call."),
    "restored": _("The cancellation was taken back, so nobody needs to call."),
}

CALL_BLOCKED: Words = {
    "no_number": _("There is no phone number."),
    "bad_number": _("The phone number cannot be dialled."),
    "opt_out": _("The customer asked not to be called."),
    "wrong_number": _("The phone number is somebody else's."),
    "staff": _("Your staff closed this number to calls."),
}

CALL_TIME: Words = {
    "past": _("The time of the next call is over already. Please choose a later one."),
    "too_far": _("The next call can be at most 30 days ahead."),
    "unreadable": _("The time of the next call cannot be read. Please write day and time."),
}

VERB: Words = {
    "scenario.switched_on": _("switched the scenario on"),
    "scenario.switched_off": _("switched the scenario off"),
    "scenario.held_back": _("changed how many are held back for comparison"),
}

ACTOR: Words = {
    "cli": _("a command"),
    "customer": _("the customer"),
    "policy": _("the cancellation policy"),
    "scenario": _("the scenario"),
    "shop": _("the shop's system"),
}
"""Who did something, when it was nobody who signs in."""


def said(words: Mapping[str, str | Promise], code: str) -> str:
    """The words for a code."""
    return str(words.get(code, code))
