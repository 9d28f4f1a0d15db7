"""The salon's settings: what it offers, who works there and when, what clients can choose among."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.salons import actions, queries
from kaeru.appointments.salons.checks import SalonRefused
from kaeru.appointments.salons.models import Resource, Salon, Service, Skill
from kaeru.console.client_parts import address, of_salon
from kaeru.console.doors import Visit, page, show
from kaeru.console.phrases import said
from kaeru.console.salon_forms import REFUSED, DayForm, LimitsForm, PlaceForm, ServiceForm, StaffForm, WeekForm
from kaeru.core import clock
from kaeru.tenants.models import Shop

HERE = "settings"


def _salon(shop: Shop, visit: Visit) -> Salon:
    """The salon's own row; the first look opens it."""
    return queries.salon(shop.id) or actions.open_salon(shop, actor=visit.actor)


def _today() -> date:
    return timezone.localtime(clock.now()).date()


def _draw(request: HttpRequest, visit: Visit, template: str, context: dict[str, Any], *forms: Any) -> HttpResponse:
    wrong = any(form.errors for form in forms)
    return show(request, visit, f"console/{template}.html", HERE, context, status=422 if wrong else 200)


def _back(request: HttpRequest, name: str, shop: Shop, visit: Visit, *parts: object) -> HttpResponse:
    messages.success(request, _("Saved."))
    return redirect(address(name, shop, visit, *parts))


@page("edit_shop", "GET", "POST")
@of_salon
def salon(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Everything of the salon in lists, with the limits for clients."""
    row = _salon(shop, visit)
    form = LimitsForm(request.POST) if request.method == "POST" else LimitsForm.of(row)
    if request.method == "POST" and form.is_valid():
        actions.set_terms(shop, **form.cleaned_data, actor=visit.actor)
        return _back(request, "salon", shop, visit)
    every = list(Resource.objects.filter(shop=shop).order_by("-is_active", "position", "id"))
    able = {key for (key,) in Skill.objects.filter(staff__shop=shop).values_list("service_id").distinct()}
    context = {
        "shop": shop,
        "form": form,
        "services": [
            {"row": one, "minutes": sum(stage["minutes"] for stage in one.stages), "is_done": one.id in able}
            for one in Service.objects.filter(shop=shop).order_by("-is_active", "position", "id")
        ],
        "people": [one for one in every if one.kind == "staff"],
        "chairs": [one for one in every if one.kind != "staff"],
        "days": queries.exceptions(shop.id, _today())[:100],
        "slug": f"?shop={shop.slug}" if len(visit.shops) > 1 else "",
    }
    return _draw(request, visit, "salon", context, form)


@page("edit_shop", "GET", "POST")
@of_salon
def service(request: HttpRequest, visit: Visit, shop: Shop, service_id: int | None = None) -> HttpResponse:
    """One service with its stages, or a new one."""
    row = Service.objects.filter(id=service_id, shop=shop).first() if service_id else None
    if service_id and row is None:
        raise Http404
    form = ServiceForm(request.POST) if request.method == "POST" else ServiceForm.of(row)
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_service(shop, form.said(), actor=visit.actor, service_id=service_id)
        except SalonRefused as refused:
            form.add_error(None, said(REFUSED, refused.code))
        else:
            return _back(request, "salon", shop, visit)
    context = {"shop": shop, "form": form, "row": row, "up": address("salon", shop, visit)}
    return _draw(request, visit, "salon_service", context, form)


@page("edit_shop", "GET", "POST")
@of_salon
def place(request: HttpRequest, visit: Visit, shop: Shop, chair_id: int | None = None) -> HttpResponse:
    """One chair or room, or a new one."""
    row = Resource.objects.filter(id=chair_id, shop=shop).exclude(kind="staff").first() if chair_id else None
    if chair_id and row is None:
        raise Http404
    form = PlaceForm(request.POST) if request.method == "POST" else PlaceForm.of(row)
    if request.method == "POST" and form.is_valid():
        actions.set_resource(shop, form.said(), actor=visit.actor, resource_id=chair_id)
        return _back(request, "salon", shop, visit)
    context = {"shop": shop, "form": form, "row": row, "up": address("salon", shop, visit)}
    return _draw(request, visit, "salon_place", context, form)


@page("edit_shop", "GET", "POST")
@of_salon
def person(request: HttpRequest, visit: Visit, shop: Shop, resource_id: int | None = None) -> HttpResponse:
    """One staff member, or a new one: what they do, and their week."""
    row = Resource.objects.filter(id=resource_id, shop=shop, kind="staff").first() if resource_id else None
    if resource_id and row is None:
        raise Http404
    services = list(queries.services(shop.id))
    lines = queries.rules(row.id, _today()) if row else []
    known = dict(Skill.objects.filter(staff=row).values_list("service_id", "stages")) if row else {}
    asked = request.POST.get("do", "")
    form = StaffForm(services, request.POST) if asked == "person" else StaffForm.of(row, services, known)
    week = WeekForm(request.POST) if asked == "week" else WeekForm.of(lines, _today())
    if asked == "person" and form.is_valid():
        saved = actions.set_resource(shop, form.said(), actor=visit.actor, resource_id=resource_id)
        chosen = {int(key): known.get(int(key)) for key in form.cleaned_data["skills"]}
        retired = {key: stages for key, stages in known.items() if key not in {one.id for one in services}}
        actions.set_skills(saved, {**retired, **chosen}, actor=visit.actor)
        return _back(request, "salon_person", shop, visit, saved.id)
    if asked == "week" and row is not None and week.is_valid():
        try:
            actions.set_rules(row, week.week(), actor=visit.actor, since=week.cleaned_data["since"])
        except SalonRefused as refused:
            week.add_error(None, said(REFUSED, refused.code))
        else:
            return _back(request, "salon", shop, visit)
    context = {
        "shop": shop, "form": form, "week": week, "row": row, "up": address("salon", shop, visit), "has_services": bool(services),
        "is_plain": _is_plain(lines),
    }  # fmt: skip
    return _draw(request, visit, "salon_person", context, form, week)


def _is_plain(lines: list[Any]) -> bool:
    """Whether the page can show the week: one line of work and one break a day, every week."""
    latest = max((line.valid_from for line in lines), default=None)
    shown = [(line.weekday, line.is_break) for line in lines if line.valid_from == latest]
    return len(shown) == len(set(shown)) and not any(line.nth for line in lines)


@page("edit_shop", "GET", "POST")
@of_salon
def day(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Let a day be otherwise: leave, a closed day, extra work, a break."""
    resources = list(queries.resources(shop.id))
    form = DayForm(resources, request.POST) if request.method == "POST" else DayForm(resources)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        who, first, kind = (told.pop(name) for name in ("who", "day", "kind"))
        chosen = next((row for row in resources if str(row.id) == who), None)
        try:
            actions.add_exception(shop, first, kind, resource=chosen, actor=visit.actor, **told)
        except SalonRefused as refused:
            form.add_error(None, said(REFUSED, refused.code))
        else:
            return _back(request, "salon", shop, visit)
    context = {"shop": shop, "form": form, "up": address("salon", shop, visit)}
    return _draw(request, visit, "salon_day", context, form)


@page("edit_shop", "POST")
@of_salon
def usual_day(request: HttpRequest, visit: Visit, shop: Shop, exception_id: int) -> HttpResponse:
    """Let a day be as usual again."""
    if not actions.remove_exceptions(shop, [exception_id], actor=visit.actor):
        raise Http404
    return _back(request, "salon", shop, visit)


@page("edit_shop", "POST")
@of_salon
def arrange(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Move a service, a person or a chair up in the salon's order."""
    kind, _sep, key = request.POST.get("up", "").partition(":")
    rows: Any = {"service": Service, "resource": Resource}.get(kind)
    if rows is None or not key.isdecimal():
        return HttpResponse(status=400)
    of_kind = rows.objects.filter(shop=shop).order_by("-is_active", "position", "id")
    order = [row.id for row in of_kind]
    if int(key) in order and order.index(int(key)):
        place_of = order.index(int(key))
        order[place_of - 1 : place_of + 1] = order[place_of], order[place_of - 1]
        actions.arrange(shop, rows, order, actor=visit.actor)
    return redirect(address("salon", shop, visit))
