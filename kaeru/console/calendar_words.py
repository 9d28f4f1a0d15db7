"""What a refusal of a visit means, and what to do next, in words."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.appointments.errors import NotAllowed, NotOffered, Taken

NOT_OFFERED: Mapping[str, Promise] = {
    "service": lazy("This service is not on the menu any more, or there is no chair for it."),
    "staff": lazy("Nobody can do this service, or not the person that was chosen."),
    "closed": lazy("Nobody works then."),
    "past": lazy("That time is over."),
    "grid": lazy("Visits begin every five minutes."),
}
NOT_ALLOWED: Mapping[str, Promise] = {
    "ended": lazy("The visit is over already. Nothing was changed."),
    "held": lazy("The client has not booked yet. Nothing was changed."),
    "lapsed": lazy("The client did not book in time. Nothing was changed."),
    "past": lazy("Its time has begun. Nothing was changed."),
    "not_yet": lazy("Its time has not come yet. Nothing was changed."),
    "open": lazy("There is nothing to take back."),
}
UNFIT: Mapping[str, Promise] = {
    "gone": lazy("works here no more"),
    "away": lazy("has a day off then"),
    "shift": lazy("does not work then"),
}
"""Why a visit does not fit, said of the staff member."""
ORIGINS: Mapping[str, Promise] = {
    "line": lazy("on LINE"),
    "web": lazy("on the web"),
    "staff": lazy("by the salon"),
    "walk_in": lazy("walked in"),
    "refill": lazy("took an opening"),
    "import": lazy("from the former system"),
}
DEEDS: Mapping[str, Promise] = {
    "held": lazy("Kept for the client"),
    "booked": lazy("Booked"),
    "confirmed": lazy("The client is coming"),
    "moved": lazy("Moved"),
    "cancelled": lazy("Visit cancelled"),
    "no_show": lazy("Did not come"),
    "done": lazy("Was here"),
    "undone": lazy("Taken back"),
    "lapsed": lazy("The hold ran out"),
}
BY: Mapping[str, Promise] = {
    "customer": lazy("by the client"),
    "salon": lazy("by the salon"),
    "system": lazy("by itself"),
}


def refused(error: Taken | NotOffered | NotAllowed) -> str:
    """Why it was refused, and that everything stands as it was."""
    if isinstance(error, Taken):
        return (
            _("No chair is free at that time. Please choose another.")
            if error.code == "chair"
            else _("That time is taken. Please choose another.")
        )
    known = NOT_OFFERED if isinstance(error, NotOffered) else NOT_ALLOWED
    return str(known.get(error.code) or _("That is not possible. Nothing was changed."))
