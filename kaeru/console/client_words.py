"""What the pages about a salon's clients call things."""

from collections.abc import Iterable

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from kaeru.appointments.clients.models import TicketPack, WaitlistEntry
from kaeru.appointments.salons.models import Resource, Service
from kaeru.console import phrases
from kaeru.console.phrases import Words
from kaeru.core import wording

STANDING: Words = {
    "new": _("no visit yet"),
    "regular": _("comes as usual"),
    "due": _("due again"),
    "almost_lost": _("about to be lost"),
    "lost": _("has not come for long"),
}
STANDING_TONE = {"regular": "good", "almost_lost": "clock", "lost": "bad"}
VISIT: Words = {
    "booked": _("booked"),
    "done": _("was here"),
    "cancelled": _("cancelled"),
    "no_show": _("did not come"),
}
VISIT_TONE = {"done": "good", "no_show": "bad"}
WAIT: Words = {
    "waiting": _("waits"),
    "booked": _("has a time"),
    "withdrawn": _("does not wait any more"),
    "passed": _("the days are over"),
}
WAY: Words = {"mail": _("Mail"), "phone": _("Phone"), "line": _("LINE")}
NOT_POSSIBLE: Words = {
    "total": _("A pack has 1 to 500 tickets, and no more can be used than it has."),
    "dates": _("The last day is before the first."),
    "service": _("The salon does not offer this any more."),
    "staff": _("This person does not work here any more."),
    "empty": _("Nothing is left of this pack."),
    "not_good": _("This pack was taken back."),
    "ended": _("This client does not wait any more."),
    "times": _("The latest start is before the earliest."),
    "past": _("The last day is over."),
    "name": _("Please enter a name."),
}
_DAYS = {"ja": "月火水木金土日", "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}


def language() -> str:
    """Of the reader."""
    return wording.language_of(get_language())


def weekdays(numbers: Iterable[int]) -> str:
    """月・土 or Mon, Sat."""
    own = language()
    return ("・" if own == "ja" else ", ").join(_DAYS[own][number] for number in numbers)


def days() -> list[tuple[str, str]]:
    """Weekdays for a form."""
    return [(str(number), _DAYS[language()][number]) for number in range(7)]


def wanted(entry: WaitlistEntry, this_year: int) -> str:
    """When somebody on the waitlist wants to come, in one line."""
    own = language()
    first, last = (wording.day(day, own, this_year) for day in (entry.first_day, entry.until))
    said = [first if entry.first_day == entry.until else f"{first} – {last}"]
    if entry.weekdays and len(entry.weekdays) < 7:
        said.append(weekdays(entry.weekdays))
    if entry.not_before or entry.not_after:
        times = [f"{at.hour}:{at.minute:02d}" if at else "" for at in (entry.not_before, entry.not_after)]
        said.append(f"{times[0]} – {times[1]}".strip())
    return ("、" if own == "ja" else ", ").join(said)


def called(one: Resource | Service | None) -> str:
    """What a person, a chair or a service is called in the reader's language; empty for none."""
    if one is None:
        return ""
    return (one.name_en or one.name) if language() == "en" else one.name


def names_of(rows: Iterable[tuple[int, str, str]]) -> dict[int, str]:
    """Of (id, name, English name): how each is called in the reader's language."""
    is_english = language() == "en"
    return {key: (english or name) if is_english else name for key, name, english in rows}


def refusal(code: str) -> str:
    """Why it was not written down."""
    return phrases.said(NOT_POSSIBLE, code)


def pack_state(pack: TicketPack, today: object) -> tuple[str, str]:
    """What can be said of the pack besides what is left, and its tone."""
    if pack.is_withdrawn:
        return gettext("taken back"), ""
    if pack.used >= pack.total:
        return gettext("used up"), ""
    if pack.expires_on and str(pack.expires_on) < str(today):
        return gettext("expired"), "bad"
    return "", ""
