"""Why not, in words: the same on pages and in LINE. Never blame, always what can be done instead."""

from django.utils.translation import gettext as _

from kaeru.appointments.errors import NotAllowed, NotOffered, Taken


def said(no: Exception) -> str:
    """The sentence for a refusal, in the active language."""
    if isinstance(no, Taken):
        return _("Somebody has just taken this time. Your visit stands as it was.")
    if isinstance(no, NotOffered):
        return _OFFERED.get(no.code, _not_offered)()
    code = no.code if isinstance(no, NotAllowed) else ""
    return _ALLOWED.get(code, _not_now)()


def is_for_a_person(no: Exception) -> bool:
    """Whether only the salon can help."""
    return isinstance(no, NotAllowed) and no.code in {"too_late", "too_often", "no_shows"}


def _not_offered() -> str:
    return _("This time cannot be booked any more. Please choose another one.")


def _not_now() -> str:
    return _("This cannot be done any more. Here is how it stands.")


_OFFERED = {
    "notice": lambda: _("This time is too soon to be booked here. Please choose a later one."),
    "past": lambda: _("This time is over. Please choose another one."),
    "online": lambda: _("This service is booked by talking to the salon."),
    "service": lambda: _("The salon does not offer this service any more. Please talk to the salon."),
}
_ALLOWED = {
    "ended": lambda: _("This visit is not booked any more."),
    "past": lambda: _("This visit has begun or is over."),
    "lapsed": lambda: _("The time that was kept for you is over. Please choose again."),
    "held": lambda: _("This visit is not booked yet."),
    "too_late": lambda: _("It is too late to change this here. The salon will gladly help you."),
    "too_often": lambda: _("This visit has been moved several times. The salon will gladly help you."),
    "no_shows": lambda: _("Please talk to the salon to book your next visit."),
    "open": lambda: _("There is nothing to take back any more."),
}
