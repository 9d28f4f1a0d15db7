"""A new visit, entered by the salon: on the telephone, or for who stands in the door."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.bookings import actions as bookings
from kaeru.appointments.bookings.actions import Wish
from kaeru.appointments.calendar import actions, queries
from kaeru.appointments.clients import actions as clients
from kaeru.appointments.errors import NotOffered, Taken
from kaeru.appointments.salons.models import Resource, Service
from kaeru.appointments.slots import queries as slots
from kaeru.console import calendar_board as board
from kaeru.console import calendar_words as words
from kaeru.console.calendar_pages import HERE, day_of, key_of, moment_of, salon_page
from kaeru.console.client_parts import of_salon
from kaeru.console.doors import Visit, page, show
from kaeru.core import clock, ids
from kaeru.core.money import show as money
from kaeru.customers.rules import tidy_email
from kaeru.tenants.models import Shop

MOST_CLIENTS = 8
MOST_STARTS = 60
STEP = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Draft:
    """What is filled in so far."""

    service: Service | None
    staff: Resource | None
    day: date
    at: str
    client: int
    name: str
    phone: str
    mail: str
    search: str
    note: str
    key: str
    is_walk_in: bool
    is_nominated: bool
    errors: dict[str, str] = field(default_factory=dict)


def _draft(told: QueryDict, shop: Shop, today: date) -> Draft:
    is_walk_in = bool(told.get("walk_in"))
    services, people = queries.services_of(shop), queries.staff_of(shop)
    asked = key_of(told.get("service"))
    service = next((one for one in services if one.id == asked), None)
    return Draft(
        service=service or (services[0] if services else None),
        staff=next((one for one in people if one.id == key_of(told.get("staff"))), None),
        day=today if is_walk_in else day_of(told.get("day", ""), today),
        at=told.get("other") or told.get("at", ""),
        client=key_of(told.get("client")),
        name=told.get("name", "").strip()[:200],
        phone=told.get("phone", "").strip()[:40],
        mail=told.get("mail", "").strip()[:254],
        search=told.get("q", "").strip()[:80],
        note=told.get("note", "").strip()[:500],
        key=told.get("key", "")[:64] or f"console-{ids.new_id()}",
        is_walk_in=is_walk_in,
        is_nominated=bool(told.get("is_nominated")),
    )


@page("decide", "GET", "POST")
@of_salon
def new(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """The form; pressed, the visit is booked. `do=look` shows what is free for what is chosen so far."""
    today = timezone.localtime(clock.now())
    draft = _draft(request.POST if request.method == "POST" else request.GET, shop, today.date())
    if request.method != "POST" or request.POST.get("do") == "look":
        return _form(request, visit, shop, draft)
    _check(draft, shop, today)
    if draft.errors or draft.service is None:
        return _form(request, visit, shop, draft, status=422)
    return _book(request, visit, shop, draft, _starts(draft, shop, today))


def _starts(draft: Draft, shop: Shop, today: datetime) -> datetime:
    if draft.is_walk_in and not draft.at:
        return today.replace(minute=today.minute - today.minute % 5, second=0, microsecond=0)
    at = moment_of(draft.day.isoformat(), draft.at, shop.timezone, today)
    assert at is not None  # checked before
    return at


def _check(draft: Draft, shop: Shop, today: datetime) -> None:
    if draft.service is None:
        draft.errors["service"] = _("Please choose a service.")
    if (
        not (draft.is_walk_in and not draft.at)
        and moment_of(draft.day.isoformat(), draft.at, shop.timezone, today) is None
    ):
        draft.errors["at"] = _("Please choose a time.")
    if not draft.client and not draft.name and (draft.phone or draft.mail):
        draft.errors["name"] = _("Please enter the client's name.")
    if draft.mail and not tidy_email(draft.mail):
        draft.errors["mail"] = _("This does not look like a mail address.")


def _book(request: HttpRequest, visit: Visit, shop: Shop, draft: Draft, at: datetime) -> HttpResponse:
    assert draft.service is not None
    known = {row.id for row in queries.clients_of(shop, [draft.client])} if draft.client else set()
    customer_id = draft.client if draft.client in known else None
    if customer_id is None and not draft.client and draft.name:
        customer_id = clients.add_client(
            shop, draft.name, phone=draft.phone, mail=tidy_email(draft.mail), actor=visit.actor
        ).id
    wish = Wish(
        shop.id, draft.service.id, at, customer_id=customer_id, staff_id=draft.staff.id if draft.staff else None,
        origin="walk_in" if draft.is_walk_in else "staff", key=draft.key,
        is_nominated=draft.is_nominated and draft.staff is not None, note=draft.note,
    )  # fmt: skip
    try:
        row = bookings.book(wish, by="salon", via="console", actor=visit.actor, is_bound=False)
    except (Taken, NotOffered) as error:
        draft.errors["at"] = words.refused(error)
        return _form(request, visit, shop, draft, status=422)
    if any(one.booking.id == row.id for one in queries.clashes(shop)):
        actions.leave_as_is(row, actor=visit.actor)  # whoever enters it outside of a shift means it
    messages.success(request, _("Booked."))
    day = timezone.localtime(row.starts_at).date()
    return HttpResponseRedirect(salon_page("calendar", visit, day=day) + f"#v-{row.id}", status=303)


def _form(request: HttpRequest, visit: Visit, shop: Shop, draft: Draft, status: int = 200) -> HttpResponse:
    language = visit.language
    found = queries.find_clients(shop, draft.search, MOST_CLIENTS) if draft.search and visit.may("see_people") else []
    if draft.client and not any(one.id == draft.client for one in found):
        found = [*queries.clients_of(shop, [draft.client]), *found]
    starts = _free(draft, shop, visit)
    context: dict[str, Any] = {
        "draft": draft,
        "other": draft.at if all(draft.at != one["value"] for one in starts) else "",
        "services": [
            (one, one.name_en if language == "en" and one.name_en else one.name, _minutes(one), money(one.price, shop.currency, language))
            for one in queries.services_of(shop)
        ],
        "people": [(one, board.name_of(one, language)) for one in queries.staff_of(shop)],
        "starts": starts,
        "clients": [(one, visit.person(one.name)) for one in found],
        "may_search": visit.may("see_people"),
        "up": salon_page("calendar", visit, day=draft.day),
        "action": salon_page("calendar_new", visit),
        "offer_action": salon_page("calendar_offer", visit),
        "now": timezone.localtime(clock.now()),
    }  # fmt: skip
    return show(request, visit, "console/visit_new.html", HERE, context, status=status)


def _minutes(service: Service) -> int:
    return sum(int(stage["minutes"]) for stage in service.stages)


def _free(draft: Draft, shop: Shop, visit: Visit) -> list[dict[str, Any]]:
    """The free starts of the chosen day, with who would do it."""
    if draft.service is None:
        return []
    names = {one.id: board.name_of(one, visit.language) for one in queries.staff_of(shop)}
    try:
        found = slots.free(
            shop.id, draft.service.id, draft.day, 1, staff_id=draft.staff.id if draft.staff else None, is_online=False
        )
    except slots.NotThere:
        return []
    return [
        {
            "value": f"{timezone.localtime(start.at):%H:%M}",
            "label": f"{timezone.localtime(start.at).hour}:{timezone.localtime(start.at).minute:02d}",
            "with": "" if draft.staff else "、".join(names.get(who, "") for who in start.staff[:3]),
        }
        for start in found.starts[:MOST_STARTS]
        if timezone.localtime(start.at).date() == draft.day
    ]
