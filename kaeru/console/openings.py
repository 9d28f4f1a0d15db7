"""空き: times that are free again — the list, one opening with who would be asked and why, its waves, and how it is stopped."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from kaeru.appointments.openings import ending, freeing, planning, rules, terms
from kaeru.appointments.openings.freeing import NotFree
from kaeru.appointments.openings.models import Offer, Opening, OpeningState, Segment
from kaeru.console import opening_words as words
from kaeru.console.client_parts import address, of_salon, service_names
from kaeru.console.doors import Visit, page, show
from kaeru.console.opening_forms import HandForm
from kaeru.console.sheets import sheet
from kaeru.core import clock
from kaeru.core.calendar import at_local
from kaeru.customers.models import Customer
from kaeru.tenants.models import Shop

HERE = "openings"
MOST_SHOWN = 60
"""People shown on one page; all are counted."""
FIRST_SHOWN = 10
"""Of them at once; the others unfold."""
MOST_BUDGET = 5_000


@page("see")
@of_salon
def listing(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Openings that can still be had, the next first; or those that are over, the newest first."""
    is_over = request.GET.get("only") == "over"
    rows = Opening.objects.filter(shop=shop).select_related("staff", "service", "from_booking__service")
    rows = rows.annotate(
        asked=Count("offers", filter=Q(offers__sent_at__isnull=False)), planned=Count("offers", filter=Q(offers__state="planned"))
    )  # fmt: skip
    if is_over:
        rows = rows.exclude(state=OpeningState.OPEN).order_by("-starts_at", "-id")
    else:
        rows = rows.filter(state=OpeningState.OPEN).order_by("starts_at", "id")
    part = sheet(rows, request.GET.get("page"))
    context = {
        "shop": shop,
        "only": "over" if is_over else "open",
        "tabs": [("open", _("Free")), ("over", _("Over"))],
        "sheet": part,
        "rows": [_row(one, shop, visit) for one in part.rows],
        "terms": terms.terms_of(shop),
        "may_edit": visit.may("edit_shop"),
        "may_offer": visit.may("decide"),
        "tab": "openings",
    }
    return show(request, visit, "console/openings.html", HERE, context)


def _row(one: Any, shop: Shop, visit: Visit) -> dict[str, Any]:
    said, tone = words.state_of(one)
    return {
        "href": address("opening", shop, visit, one.id),
        "starts_at": one.starts_at,
        "ends_at": one.ends_at,
        "staff": _named(one.staff, visit),
        "service": _named(one.service, visit) if one.service else "",
        "cause": words.said(words.CAUSE, one.cause),
        "asked": one.asked,
        "planned": one.planned,
        "next_at": one.next_wave_at if one.state == OpeningState.OPEN else None,
        "cost": words.cost(one.pushes, rules.cost(one.pushes, one.yen_per_push), shop.currency, visit.language)
        if one.pushes
        else "",
        "state": said,
        "tone": tone,
    }


def _named(one: Any, visit: Visit) -> str:
    return (one.name_en if visit.language == "en" else "") or one.name


def _one(opening_id: int) -> Opening:
    rows = Opening.objects.select_related(
        "staff", "service", "shop", "from_booking", "winner__customer", "winner__service", "chair"
    )
    found = rows.filter(id=opening_id).first()
    if found is None:
        raise Http404
    return found


@page("see")
def detail(request: HttpRequest, visit: Visit, opening_id: int) -> HttpResponse:
    """One opening: how it stands; whom it would ask and why, in which waves, for how many yen; what became of those who were asked."""
    return _page(request, visit, _one(opening_id))


def _page(request: HttpRequest, visit: Visit, row: Opening, status: int = 200) -> HttpResponse:
    shop = row.shop
    offers = list(
        Offer.objects.filter(opening=row).select_related("customer", "service", "segment").order_by("wave", "place")
    )
    is_open = row.state == OpeningState.OPEN
    said, tone = words.state_of(row)
    context = {
        "row": row, "shop": shop, "is_open": is_open, "state": said, "tone": tone,
        "staff": _named(row.staff, visit), "service": _named(row.service, visit) if row.service else "",
        "cause": words.said(words.CAUSE, row.cause),
        "reason": words.said(words.REASON, row.reason) if row.reason else "",
        "halted": words.said(words.HALTED, row.halted) if row.halted else "",
        "cost": words.cost(row.pushes, rules.cost(row.pushes, row.yen_per_push), shop.currency, visit.language),
        "winner": visit.person(row.winner.customer.name) if row.winner and row.winner.customer else "",
        "waves": _waves(row, offers), "offers": [_offer(one, visit) for one in offers if one.sent_at],
        "up": address("openings", shop, visit), "may_offer": visit.may("decide"),
        "is_running": is_open and row.next_wave_at is not None,
    }  # fmt: skip
    if is_open and visit.may("decide"):
        context |= _preview(request, visit, row, shop)
    return show(request, visit, "console/opening.html", HERE, context, status=status)


def _waves(row: Opening, offers: Sequence[Offer]) -> list[dict[str, Any]]:
    """Each wave with its moment, what it asked and what came of it."""
    sizes = Counter(one.wave for one in offers)
    sent = Counter(one.wave for one in offers if one.sent_at)
    taps = Counter(one.wave for one in offers if one.answer in ("took", "late"))
    return [
        {
            "number": number,
            "at": datetime.fromisoformat(at),
            "people": words.people(sizes[number]),
            "sent": sent[number],
            "taps": taps[number],
            "is_out": number <= row.wave or sent[number] > 0,
            "is_spared": row.state != OpeningState.OPEN and not sent[number],
        }
        for number, at in enumerate(row.schedule, start=1)
        if sizes[number]
    ]


def _offer(one: Offer, visit: Visit) -> dict[str, Any]:
    tones = {"taken": "good", "late": "clock"}
    return {
        "name": visit.person(one.customer.name),
        "why": words.said(words.WHY, one.why),
        "segment": one.segment.name if one.segment else "",
        "service": _named(one.service, visit),
        "way": words.said(words.WAY, one.channel),
        "wave": one.wave,
        "at": one.sent_at,
        "state": words.said(words.OFFER, one.state),
        "tone": tones.get(one.state, ""),
    }


def _preview(request: HttpRequest, visit: Visit, row: Opening, shop: Shop) -> dict[str, Any]:
    """Who would be asked now, by what was chosen in the form; nothing is written."""
    every = terms.segments_of(shop.id)
    chosen = _chosen(request, row, every)
    budget = _budget(request.GET.get("budget", ""), row, shop)
    seen = planning.preview(row, shop, chosen, clock.now(), budget=budget)
    shown = seen.people[:MOST_SHOWN]
    names = dict(Customer.objects.filter(id__in=[one.customer_id for one in shown]).values_list("id", "name"))
    services, by_id = service_names(shop), {one.id: one for one in every}
    ids = {one.id for one in chosen}
    return {
        "seen": seen,
        "segments": [{"id": one.id, "name": one.name, "is_chosen": one.id in ids} for one in every],
        "budget": budget,
        "summary": _("Asks %(people)s, at most %(cost)s.")
        % {"people": words.people(len(seen.people)), "cost": words.cost(seen.pushes, seen.yen, shop.currency, visit.language)},
        "stopped": words.said(words.HALTED, seen.halted) if seen.halted else "",
        "left_out": [(words.people(count), words.said(words.LEFT_OUT, why)) for why, count in seen.asked.left_out.items()],
        "beyond": len(seen.asked.people) - len(seen.people),
        "plan": [{"number": number, "at": wave.at, "people": words.people(wave.people)} for number, wave in enumerate(seen.waves, 1)],
        "room": seen.room,
        "more": len(seen.people) - len(shown),
        "folded": FIRST_SHOWN,
        "candidates": [
            {
                "name": visit.person(names.get(one.customer_id, "")),
                "why": words.said(words.WHY, one.why),
                "segment": by_id[one.segment_id].name if one.segment_id in by_id else "",
                "service": services.get(one.service_id, ""),
                "way": words.said(words.WAY, one.channel),
            }
            for one in shown
        ],
    }  # fmt: skip


def _chosen(request: HttpRequest, row: Opening, every: Sequence[Segment]) -> list[Segment]:
    """The segments of the form; before it was sent, those of the opening, else those that are asked by rule."""
    data = request.POST if request.method == "POST" else request.GET
    if "chosen" in data:
        told = set(data.getlist("segment"))
        return [one for one in every if str(one.id) in told]
    if row.segment_ids:
        return [one for one in every if one.id in row.segment_ids]
    return [one for one in every if one.is_asked]


def _budget(typed: str, row: Opening, shop: Shop) -> int:
    if typed.isascii() and typed.isdigit() and len(typed) < 6:
        return min(int(typed), MOST_BUDGET)
    return row.push_budget if row.started_at else terms.terms_of(shop).pushes_per_opening


@page("decide", "POST")
def start(request: HttpRequest, visit: Visit, opening_id: int) -> HttpResponse:
    """Ask those who were shown, the first wave at once (within the offer hours)."""
    row = _one(opening_id)
    if row.state != OpeningState.OPEN:
        messages.warning(request, _("This time is not free any more. Nobody was asked."))
        return redirect(address("opening", row.shop, visit, row.id))
    chosen = _chosen(request, row, terms.segments_of(row.shop_id))
    budget = _budget(request.POST.get("budget", ""), row, row.shop)
    seen = planning.plan(row, row.shop, chosen, clock.now(), budget=budget, actor=visit.actor)
    if seen.people and seen.waves:
        messages.success(request, _("Asking begins: %(people)s.") % {"people": words.people(len(seen.people))})
    else:
        messages.warning(request, words.said(words.HALTED, seen.halted))
    return redirect(address("opening", row.shop, visit, row.id))


@page("decide", "POST")
def stop(request: HttpRequest, visit: Visit, opening_id: int) -> HttpResponse:
    """Nobody more is asked, and it cannot be taken by an offer any more; the time stays free in the calendar."""
    row = _one(opening_id)
    if ending.end([row], OpeningState.CLOSED, "by_hand", actor=visit.actor):
        messages.success(request, _("Stopped. The time stays free in the calendar."))
    return redirect(address("opening", row.shop, visit, row.id))


@page("decide", "GET", "POST")
@of_salon
def new(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Offer a free time of one's own choice."""
    form = HandForm(shop, request.POST) if request.method == "POST" else HandForm(shop, initial=_asked(request))
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        starts_at = at_local(told["day"], told["at"], shop.timezone)
        terms.begin_with(shop)
        try:
            row = freeing.open_by_hand(shop.id, told["staff"], starts_at, actor=visit.actor)
        except NotFree as no:
            form.add_error(None if no.code == "taken" else "at", _not_free(no.code))
        else:
            return redirect(address("opening", shop, visit, row.id))
    context = {"form": form, "shop": shop, "up": address("openings", shop, visit)}
    return show(request, visit, "console/opening_new.html", HERE, context, status=422 if form.errors else 200)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the calendar told in the address."""
    return {name: request.GET.get(name, "")[:20] for name in ("staff", "day", "at") if name in request.GET}


def _not_free(code: str) -> str:
    told = {
        "taken": _("Nothing can be booked there: it is taken, outside of their hours, or too short for every service."),
        "too_late": _("That is too soon: clients could not come any more."),
        "staff": _("This staff member cannot be booked."),
    }
    return told[code]


def need_words(shop_ids: Sequence[int]) -> int:
    """How many openings wait for the salon: not offered yet, or halted. For Today."""
    rows = Opening.objects.filter(shop_id__in=list(shop_ids), state=OpeningState.OPEN, deadline__gt=clock.now())
    return rows.filter(Q(started_at=None) | ~Q(halted="")).count()
