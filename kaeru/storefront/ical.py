"""/ical/TOKEN.ics: one staff member's visits for the calendar on their telephone. The address is the key, and can be taken back."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from kaeru.appointments.bookings.models import Booking, BookingState
from kaeru.appointments.calendar import actions, ical, queries
from kaeru.appointments.calendar.ical import Entry
from kaeru.appointments.calendar.models import CalendarFeed
from kaeru.core import clock, links, scope

BACK = 31
DAYS = 200
"""From a month ago on, so many days."""


@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The file; 304 while nothing has changed. A wrong, closed and expired address all look the same (404)."""
    link = links.resolve(actions.PURPOSE, token)
    if link is None:
        raise Http404
    with scope.organization(link.organization_id):
        row = CalendarFeed.objects.select_related("shop", "staff").filter(id=link.subject_id, revoked_at=None).first()
        if row is None:
            raise Http404
        salon = queries.salon_of(row.shop_id)
        today = clock.now().astimezone(ZoneInfo(row.shop.timezone)).date()
        tag = f'"{row.id}-{salon.version if salon else 0}-{today:%j}"'
        if request.headers.get("If-None-Match") == tag:
            answer = HttpResponse(status=304)
        else:
            with translation.override(row.shop.staff_language):
                answer = HttpResponse(_file(row), content_type=ical.MEDIA)
            answer.headers["Content-Disposition"] = 'inline; filename="kaeru.ics"'
    answer.headers["ETag"] = tag
    answer.headers["Cache-Control"] = "private, max-age=60"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer


def _file(row: CalendarFeed) -> bytes:
    today = clock.now().astimezone(ZoneInfo(row.shop.timezone)).date()
    found = queries.of_staff(row.shop, row.staff, today - timedelta(days=BACK), DAYS)
    entries = [_visit(row, one, found.changes.get(one.id, 0)) for one in found.bookings]
    entries += [
        Entry(
            uid=f"block-{one.id}@kaeru", starts=one.starts_at, ends=one.ends_at,
            summary=one.note or _("Blocked"), changed_at=row.created_at,
        )
        for one in found.blocks
    ]  # fmt: skip
    for one in found.away:
        is_whole = one.starts is None
        reach = queries.away_span(one, row.shop.timezone)
        entries.append(
            Entry(
                uid=f"away-{one.id}@kaeru",
                starts=one.day if is_whole else reach.starts_at,
                ends=ical.day_after(one.day) if is_whole else reach.ends_at,
                summary=one.note or (_("Closed") if one.resource_id is None else _("Day off")),
                changed_at=row.created_at,
                is_free=is_whole,
            )
        )
    return ical.write(f"{row.staff.name} – {row.shop.name}", entries)


def _visit(row: CalendarFeed, one: Booking, sequence: int) -> Entry:
    name = one.customer.name if row.shows_names and one.customer else ""
    details = [f"{stage.get('name', '')} {stage['minutes']}".strip() for stage in one.stages]
    if one.is_nominated:
        details.append(_("Nominated"))
    return Entry(
        uid=f"booking-{one.id}@kaeru",
        starts=one.starts_at,
        ends=one.ends_at,
        summary=f"{one.service.name} {name}".strip(),
        changed_at=_changed(one),
        sequence=sequence,
        details=" / ".join(details),
        is_tentative=one.state == BookingState.HELD,
    )


def _changed(one: Booking) -> datetime:
    return max(at for at in (one.made_at, one.confirmed_at, one.ended_at) if at).astimezone(UTC)
