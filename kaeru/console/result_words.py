"""What each of a salon's numbers is called, and what exactly it counts: a rate without its definition misleads."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from kaeru.appointments.figures.queries import Results
from kaeru.appointments.figures.rules import OUTSIDE_RATIO
from kaeru.console.phrases import Words
from kaeru.console.standing import Figure
from kaeru.core import wording
from kaeru.core.money import show
from kaeru.tenants.models import Shop

ANSWER: Words = {
    "coming": lazy("said that they are coming"),
    "moved": lazy("moved the visit"),
    "cancelled": lazy("cancelled it"),
    "silent": lazy("said nothing"),
}


@dataclass(frozen=True, slots=True)
class Group:
    """Figures that belong together."""

    title: str
    figures: tuple[Figure, ...]


def groups(found: Results, shop: Shop) -> tuple[Group, ...]:
    """All figures in words."""
    return (
        Group(_("Visits and cancellations"), _visits(found)),
        Group(_("Openings"), _openings(found, shop)),
        Group(_("Clients"), _clients(found)),
    )


def _visits(found: Results) -> tuple[Figure, ...]:
    visits, notice = found.visits, found.notice
    parts = {"day": notice.counts[0], "hours": notice.counts[1], "short": notice.counts[2], "after": notice.counts[3]}
    return (
        Figure(
            _("Cancelled by clients"), wording.share(visits.cancel_rate), _part(visits.cancelled, visits.due, _("%(part)s of %(whole)s visits")),
            _("Visits whose time lay in these days and that the client cancelled. A visit that was moved counts on its last day."),
            details=_(
                "The whole is all visits whose time lay in these days: done, cancelled by the client, missed, and those that nobody has"
                " marked yet (%(unmarked)s). Visits that the salon called off (%(off)s) and times that were only held are left out."
            ) % {"unmarked": visits.unmarked, "off": visits.called_off},
        ),
        Figure(
            _("No-shows"), wording.share(visits.no_show_rate), _part(visits.no_show, visits.due, _("%(part)s of %(whole)s visits")),
            _("Visits whose time lay in these days and to which nobody came, without a word. Of the same visits as above."),
        ),
        Figure(
            _("Notice given"), _span(notice.middle), _("half of the clients who cancelled did so earlier"),
            _(
                "From the cancellation to the start of the visit: a day and more %(day)s, three hours and more %(hours)s, less %(short)s,"
                " after the start %(after)s."
            ) % parts,
        ),
        Figure(
            _("Moved instead"), f"{found.moved:,}", _("visits that clients moved in these days"),
            _("Each visit counts once, however often it was moved. The day of the moving counts."),
        ),
    )  # fmt: skip


def _openings(found: Results, shop: Shop) -> tuple[Figure, ...]:
    refill, language = found.refill, wording.language_of(translation.get_language())
    per_filled = "–" if refill.yen_per_filled is None else show(round(refill.yen_per_filled), shop.currency, language)
    pushes = "–" if refill.pushes_per_filled is None else f"{refill.pushes_per_filled:.1f}"
    return (
        Figure(
            _("Refilled"), wording.share(refill.rate), _part(refill.claimed, refill.asked, _("%(part)s of %(whole)s openings")),
            _("Openings of these days that are over and about which clients were asked: how many one of them took."),
            details=_(
                "%(all)s openings arose and are over. %(sold)s of them were booked otherwise before anybody who was asked took them; they are"
                " not counted as refilled. Some of those that were taken would have been booked anyway."
            ) % {"all": refill.openings, "sold": refill.sold},
            tone="good" if refill.claimed else "",
        ),
        Figure(
            _("Time until refilled"), _span(refill.middle), _("half of them were taken sooner"),
            _("From the moment at which the time became free to the tap that took it. Only openings that a client who was asked took."),
        ),
        Figure(
            _("Cost of a refilled opening"), per_filled, _("%(pushes)s LINE messages each") % {"pushes": pushes},
            _("All LINE messages for openings of these days, at the price per message in your settings, divided by the openings taken."),
            details=_(
                "Messages for openings that stayed empty are part of it (%(pushes)s messages, %(yen)s in all). Within the messages that your"
                " LINE plan includes you pay nothing more for them. Replies cost nothing and are not counted."
            ) % {"pushes": f"{refill.pushes:,}", "yen": show(refill.yen, shop.currency, language)},
        ),
    )  # fmt: skip


def _clients(found: Results) -> tuple[Figure, ...]:
    clients, window = found.clients.counts, {"days": found.window_days}
    leaving = clients.get("almost_lost", 0)
    return (
        Figure(
            _("Came again"), wording.share(found.again.rate), _part(found.again.counted, found.again.units, _("%(part)s of %(whole)s clients")),
            _("Clients who were here in the same number of days, %(days)s days earlier: how many came again within %(days)s days.") % window,
            details=_(
                "Each client counts once, with their first visit of those days, and is watched for the whole %(days)s days. A second service"
                " on the same day is not coming again. Visits before Kaeru count as far as they were imported."
            ) % window,
        ),
        Figure(
            _("Came again after the first visit"), wording.share(found.again_new.rate),
            _part(found.again_new.counted, found.again_new.units, _("%(part)s of %(whole)s clients")),
            _("The same, of clients for whom it was the first visit that the salon knows of."),
        ),
        Figure(
            _("About to be lost"), f"{leaving:,}", _part(leaving, found.clients.all, _("%(part)s of %(whole)s clients")),
            _("Clients with nothing booked whose last visit is longer ago than one and a half times their usual interval, and not yet three times."),
            details=_(
                "The usual interval is the median of the last six gaps between visits. Where fewer than two gaps are known, the median of your"
                " salon's clients stands for it. Beyond three times the interval a client counts as lost (%(lost)s)."
            ) % {"lost": clients.get("lost", 0)},
            tone="clock" if leaving else "",
        ),
    )  # fmt: skip


def needed(found: Results) -> str:
    """Why no effect of reminders is claimed, with this salon's own numbers."""
    if found.reminders.per_group is None:
        return _(
            "Whether reminders make fewer people miss their visit cannot be seen from these rows: nobody missed a visit in these days."
        )
    told = {
        "rate": wording.share(found.visits.no_show_rate),
        "fewer": wording.share(1 - OUTSIDE_RATIO),
        "visits": f"{found.reminders.per_group:,}",
    }
    return _(
        "In 12 trials in hospitals %(fewer)s fewer people missed their appointment when they were reminded. To see that at your rate of %(rate)s,"
        " about %(visits)s visits with and as many without a reminder would be needed, chosen by lot."
    ) % told  # fmt: skip


def _part(part: int, whole: int, words: str) -> str:
    return words % {"part": f"{part:,}", "whole": f"{whole:,}"}


def _span(length: timedelta | None) -> str:
    if length is None:
        return "–"
    return wording.span(length, wording.language_of(translation.get_language()))
