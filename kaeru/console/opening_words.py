"""How openings, their offers and what they cost are put into words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext, pgettext_lazy

from kaeru.appointments.openings.models import Opening, OpeningState
from kaeru.core.money import show as money

STATE: Mapping[str, str | Promise] = {
    "open": lazy("free"),
    "claimed": lazy("taken by an offer"),
    "sold": lazy("taken otherwise"),
    "closed": lazy("stopped"),
    "passed": lazy("stayed empty"),
}
TONE: Mapping[str, str] = {"claimed": "good", "open": "clock", "passed": "bad"}
REASON: Mapping[str, str | Promise] = {
    "booked": lazy("Somebody booked this time otherwise."),
    "blocked": lazy("The salon took this time itself."),
    "away": lazy("The staff member does not work then any more."),
    "by_hand": lazy("Stopped by hand."),
    "too_late": lazy("Nobody could come any more."),
}
CAUSE: Mapping[str, str | Promise] = {
    "cancelled": lazy("A visit was cancelled"),
    "moved": lazy("A visit was moved"),
    "no_show": lazy("Nobody came"),
    "hand": lazy("Offered by hand"),
}
HALTED: Mapping[str, str | Promise] = {
    "nobody": lazy("There is nobody to ask: choose other segments, or tell clients in another way."),
    "hours": lazy("No time is left within your offer hours."),
    "budget": lazy("The limit of LINE messages for this opening is reached. Raise it to ask more people."),
    "quota": lazy("This month's LINE messages are used up. People with a mail address can still be asked."),
}
WHY: Mapping[str, str | Promise] = {
    "waits": lazy("on the waitlist for this"),
    "was_late": lazy("was too late last time"),
    "nominates": lazy("asks for this staff member"),
    "tickets": lazy("tickets expire soon"),
    "interval": lazy("beyond the usual interval"),
    "segment": lazy("in the segment"),
}
LEFT_OUT: Mapping[str, str | Promise] = {
    "left": lazy("had this time before"),
    "booked": lazy("have a visit to come"),
    "asked": lazy("were asked not long ago"),
    "unreachable": lazy("cannot be reached by LINE or mail"),
    "no_consent": lazy("have not agreed to advertisements"),
    "no_shows": lazy("book by talking to you, after no-shows"),
}
OFFER: Mapping[str, str | Promise] = {
    "planned": lazy("not yet"),
    "sent": pgettext_lazy("offer", "asked"),
    "taken": lazy("took it"),
    "late": lazy("was too late"),
    "declined": lazy("not this time"),
    "spared": lazy("not needed"),
}
WAY: Mapping[str, str | Promise] = {"line": lazy("LINE"), "mail": lazy("Mail")}
BROADCAST: Mapping[str, str | Promise] = {
    "draft": lazy("draft"),
    "sent": pgettext_lazy("broadcast", "sent"),
    "stopped": lazy("stopped"),
}


def said(words: Mapping[str, str | Promise], key: str) -> str:
    """The word in the reader's language; empty for none."""
    return str(words.get(key, key))


def state_of(opening: Opening) -> tuple[str, str]:
    """In a few words and with its tone: what is happening with it."""
    if opening.state != OpeningState.OPEN:
        return said(STATE, opening.state), TONE.get(opening.state, "")
    if opening.halted:
        return _("waits for you"), "bad"
    if opening.started_at is None:
        return _("not offered yet"), "clock"
    if opening.next_wave_at is not None:
        return _("being offered"), "good"
    return _("everybody asked"), "clock"


def cost(pushes: int, yen: int, currency: str, language: str) -> str:
    """12 LINE messages, 36 yen."""
    told = ngettext("%(n)s LINE message", "%(n)s LINE messages", pushes) % {"n": f"{pushes:,}"}
    return (
        _("%(messages)s, %(money)s") % {"messages": told, "money": money(yen, currency, language)} if pushes else told
    )


def people(number: int) -> str:
    """12 people."""
    return ngettext("%(n)s person", "%(n)s people", number) % {"n": f"{number:,}"}
