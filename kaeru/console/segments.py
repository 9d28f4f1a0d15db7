"""配信先: the segments of a salon — who is in them, in which order they are asked, and how one is composed."""

import json
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from kaeru.appointments.openings import reach, terms, who
from kaeru.appointments.openings.models import Segment
from kaeru.appointments.openings.terms import Refused
from kaeru.audiences import sql as audiences
from kaeru.audiences import wording
from kaeru.audiences.checks import Problem
from kaeru.audiences.rules import NotACondition, parse
from kaeru.console import conditions
from kaeru.console import opening_words as words
from kaeru.console.client_parts import address, of_salon
from kaeru.console.doors import Visit, page, show
from kaeru.console.opening_forms import SegmentForm
from kaeru.core import clock
from kaeru.tenants.models import Shop

HERE = "openings"
PATH = "when"


@page("see")
@of_salon
def listing(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """All segments, whom to ask first at the top, with how many clients are in each now."""
    known = terms.segments_of(shop.id)
    context = {
        "shop": shop,
        "tab": "segments",
        "may_edit": visit.may("edit_shop"),
        "rows": [
            {
                "id": one.id,
                "number": number,
                "href": address("segment", shop, visit, one.id),
                "name": one.name,
                "says": said(one, shop),
                "is_asked": one.is_asked,
                "count": words.people(audiences.find(shop, who.condition_of(one), clock.now(), 1).count) if not _is_aimed(one) else "",
            }
            for number, one in enumerate(known, start=1)
        ],
    }  # fmt: skip
    return show(request, visit, "console/segments.html", HERE, context)


def said(segment: Segment, shop: Shop) -> str:
    """The condition in a sentence."""
    return wording.describe(parse(segment.condition), shop) if segment.condition else _("every client")


def _is_aimed(segment: Segment) -> bool:
    """Whether who is in it hangs on the opening."""
    return '"opening"' in json.dumps(segment.condition)


@page("edit_shop", "POST")
@of_salon
def begin(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """The usual segments, for a salon that has none."""
    terms.begin_with(shop)
    return redirect(address("segments", shop, visit))


@page("edit_shop", "POST")
@of_salon
def earlier(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Ask this one before the one above."""
    chosen = request.POST.get("segment", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) < 20:
        terms.raise_segment(shop, int(chosen), actor=visit.actor)
    return redirect(address("segments", shop, visit))


@page("edit_shop", "GET", "POST")
@of_salon
def new(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """A segment from nothing."""
    return _edit(request, visit, shop, None)


@page("edit_shop", "GET", "POST")
def segment(request: HttpRequest, visit: Visit, segment_id: int) -> HttpResponse:
    """One segment: every button brings the whole form back; only Save keeps it."""
    row = Segment.objects.select_related("shop").filter(id=segment_id).first()
    if row is None:
        raise Http404
    if request.POST.get("do") == "delete":
        terms.remove_segment(row.shop, row.id, actor=visit.actor)
        messages.success(request, _("The segment is deleted. Who was asked stays in the openings."))
        return redirect(address("segments", row.shop, visit))
    return _edit(request, visit, row.shop, row)


def _edit(request: HttpRequest, visit: Visit, shop: Shop, row: Segment | None) -> HttpResponse:
    known = terms.offered()
    if request.method != "POST":
        initial = {"name": row.name if row else "", "is_asked": row.is_asked if row else True}
        return _page(request, visit, shop, row, SegmentForm(initial=initial), row.condition if row else None, [])
    data = {name: str(value) for name, value in request.POST.items()}
    told = conditions.read_condition(data, PATH, known, shop.currency)
    command = conditions.command_of(data)
    told = conditions.edit_condition(told, PATH, command)
    if command not in ("count", "save"):
        form = SegmentForm(initial={"name": data.get("name", ""), "is_asked": "is_asked" in data})
        return _page(request, visit, shop, row, form, told, [])
    form, problems = SegmentForm(request.POST), terms.problems_of(shop, told)
    if command == "count" or problems or not form.is_valid():
        status = 422 if problems or (command == "save" and form.errors) else 200
        return _page(request, visit, shop, row, form, told, problems, status=status)
    try:
        terms.save_segment(
            shop, row.id if row else None, form.cleaned_data["name"], told, is_asked=form.cleaned_data["is_asked"], actor=visit.actor
        )  # fmt: skip
    except Refused as no:
        form.add_error("name" if no.code != "too_many" else None, _refused(no.code))
        return _page(request, visit, shop, row, form, told, problems, status=422)
    messages.success(request, _("Saved."))
    return redirect(address("segments", shop, visit))


def _refused(code: str) -> str:
    told = {
        "same_name": _("There is a segment of this name already."),
        "too_many": _("There are already %(n)s segments. Delete one that you do not need.")
        % {"n": terms.MOST_SEGMENTS},
    }
    return told.get(code, _("Please enter a name."))


def _page(
    request: HttpRequest, visit: Visit, shop: Shop, row: Segment | None, form: SegmentForm, told: Any,
    problems: list[Problem], status: int = 200,
) -> HttpResponse:  # fmt: skip
    context = {
        "form": form,
        "shop": shop,
        "row": row,
        "condition": conditions.draw_condition(told, PATH, problems, shop, terms.offered()),
        "can_edit": True,
        "meant": None if problems else _meant(told, shop),
        "up": address("segments", shop, visit),
    }
    return show(request, visit, "console/segment.html", HERE, context, status=status)


def _meant(told: Any, shop: Shop) -> dict[str, Any] | None:
    """The sentence, how many are meant now, and how many of them can be reached; None while the condition is not whole."""
    if terms.problems_of(shop, told):
        return None
    try:
        condition = parse(told) if told is not None else None
    except NotACondition:
        return None
    found = audiences.find(shop, who.condition_of(Segment(condition=told)), clock.now(), who.MOST_OF_SEGMENT)
    ways = reach.ways(shop.id, found.customer_ids)
    return {
        "says": wording.describe(condition, shop) if condition is not None else _("every client"),
        "people": words.people(found.count),
        "line": sum(way == "line" for way in ways.values()),
        "mail": sum(way == "mail" for way in ways.values()),
        "is_aimed": _is_aimed(Segment(condition=told)),
    }
