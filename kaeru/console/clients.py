"""お客様: a salon's clients — the list, one client's card, and what the salon writes down there."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from kaeru.appointments.bookings.models import Booking
from kaeru.appointments.clients import actions, queries
from kaeru.appointments.clients.errors import NotPossible
from kaeru.appointments.clients.models import ClientCard, WaitlistEntry
from kaeru.appointments.visits import reasons
from kaeru.appointments.visits.terms import terms_of
from kaeru.console import client_consent, client_words, phrases, tags
from kaeru.console.client_forms import NewClientForm, NoteForm
from kaeru.console.client_packs import drawn as pack_row
from kaeru.console.client_parts import HERE, address, client, of_salon, service_names
from kaeru.console.doors import Visit, page, show
from kaeru.console.sheets import sheet
from kaeru.core import clock
from kaeru.tenants.models import Shop

ONLY = ("all", "due", "lost", "tickets", "no_shows")
SHOWN_VISITS = 50


@page("see")
@of_salon
def listing(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """The salon's clients: all, about to be lost, lost, with tickets, who did not come; looked for by name, mail and number."""
    now, text = clock.now(), request.GET.get("q", "")[:80] if visit.may("see_people") else ""
    only = request.GET.get("only", "all")
    only = only if only in ONLY else "all"
    part = sheet(queries.listed(shop.id, only, text, now), request.GET.get("page"))
    context = {
        "shop": shop,
        "only": only,
        "text": text,
        "tabs": [
            ("all", _("All")), ("due", _("About to be lost")), ("lost", _("Lost")), ("tickets", _("With tickets")),
            ("no_shows", _("No-shows")),
        ],
        "sheet": part,
        "rows": _rows(visit, shop, part.rows, now),
        "can_decide": visit.may("decide"),
        "can_search": visit.may("see_people"),
    }  # fmt: skip
    return show(request, visit, "console/clients.html", HERE, context)


def _rows(visit: Visit, shop: Shop, cards: list[ClientCard], now: datetime) -> list[dict[str, Any]]:
    people = [card.customer_id for card in cards]
    stand = {one.customer_id: one for one in queries.standings(shop.id, now, people)}
    left = queries.tickets_left(people, timezone.localtime(now).date())
    missed = queries.no_shows_since(people, queries.counts_since(terms_of(shop.id).no_show_months, shop.timezone))
    return [
        {
            "href": address("client", shop, visit, card.customer_id),
            "name": visit.person(card.customer.name),
            "visits": card.visits,
            "last": card.last_visit_at,
            "nominee": client_words.called(card.nominated_staff),
            "tickets": left.get(card.customer_id, 0),
            "no_shows": missed.get(card.customer_id, 0),
            "next_at": stand[card.customer_id].next_at,
            "standing": phrases.said(client_words.STANDING, stand[card.customer_id].name),
            "tone": client_words.STANDING_TONE.get(stand[card.customer_id].name, ""),
        }
        for card in cards
    ]


@page("see", "GET", "POST")
def card(request: HttpRequest, visit: Visit, customer_id: int) -> HttpResponse:
    """One client: how often and when they come, whom they ask for, tickets, what they wait for, every visit."""
    who = client(customer_id)
    if who.shop_id != (visit.shop.id if visit.shop else 0) and request.method != "POST":
        return redirect(f"{reverse('console:client', args=[who.id])}?shop={who.shop.slug}")
    own = queries.card_of(who.id) or ClientCard(organization_id=who.organization_id, shop=who.shop, customer=who)
    form = NoteForm(own, request.POST if request.method == "POST" else None)
    if request.method == "POST":
        if not visit.may("decide"):
            raise PermissionDenied
        if form.is_valid() and _save(request, own, form, visit):
            return redirect(address("client", who.shop, visit, who.id))
    return show(request, visit, "console/client.html", HERE, _drawn(visit, own, form), 422 if form.errors else 200)


def _save(request: HttpRequest, own: ClientCard, form: NoteForm, visit: Visit) -> bool:
    chosen = form.cleaned_data["nominee"]
    try:
        if form.cleaned_data["note"] != own.note:
            actions.write_note(own.customer_id, form.cleaned_data["note"], actor=visit.actor)
        if chosen != form.initial["nominee"]:
            staff = int(chosen) if chosen.isdecimal() else None
            actions.nominate(own.customer_id, staff, is_set=bool(chosen), actor=visit.actor)
    except NotPossible as refused:
        form.add_error("nominee", client_words.refusal(refused.code))
        return False
    messages.success(request, _("Saved."))
    return True


def _drawn(visit: Visit, own: ClientCard, form: NoteForm) -> dict[str, Any]:
    now, shop, key = clock.now(), own.shop, own.customer_id
    today = timezone.localtime(now).date()
    stand = next(
        iter(queries.standings(shop.id, now, [key])), queries.Standing(key, "new", None, 0, is_own=False, next_at=None)
    )
    months = terms_of(shop.id).no_show_months
    packs = queries.packs_of(key)
    sees = visit.may("see_people")
    ways = queries.ways_of(key) if sees else {}
    names = service_names(shop)
    return {
        "shop": shop,
        "card": own,
        "nominee": client_words.called(own.nominated_staff),
        "who": visit.person(own.customer.name),
        "standing": phrases.said(client_words.STANDING, stand.name),
        "tone": client_words.STANDING_TONE.get(stand.name, ""),
        "stand": stand,
        "no_shows": queries.no_shows_since([key], queries.counts_since(months, shop.timezone)).get(key, 0),
        "months": months,
        "ways": [(phrases.said(client_words.WAY, kind), "✓" if kind == "line" else value) for kind, value in ways.items()],
        "packs": [pack_row(pack, names, today) for pack in packs],
        "uses": queries.uses_of([pack.id for pack in packs], 20),
        "waiting": [_wait(one, today.year, sees=sees) for one in queries.waiting_of(key)],
        "visits": [_visit(visit, one) for one in queries.visits_of(key, SHOWN_VISITS)],
        "form": form,
        "tags": tags.drawn(visit, own.customer),
        "consents": client_consent.drawn(key, ways),
        "same": queries.likely_same(own.customer) if visit.may("decide") else [],
        "can_decide": visit.may("decide"),
        "sees": sees,
    }  # fmt: skip


def _wait(one: WaitlistEntry, this_year: int, *, sees: bool) -> dict[str, Any]:
    return {
        "id": one.id,
        "what": client_words.called(one.service),
        "when": client_words.wanted(one, this_year),
        "staff": client_words.called(one.staff),
        "note": one.note if sees else "",
    }


def _visit(visit: Visit, row: Booking) -> dict[str, Any]:
    why = reasons.label(row.reason) if row.reason else ""
    return {
        "href": reverse("console:visit", args=[row.id]) + (f"?shop={visit.shop.slug}" if visit.shop and len(visit.shops) > 1 else ""),
        "at": row.starts_at,
        "what": client_words.called(row.service),
        "staff": client_words.called(row.staff),
        "is_nominated": row.is_nominated,
        "price": row.price,
        "state": phrases.said(client_words.VISIT, row.state),
        "tone": client_words.VISIT_TONE.get(row.state, ""),
        "why": why,
    }  # fmt: skip


@page("decide", "GET", "POST")
@of_salon
def new(request: HttpRequest, visit: Visit, shop: Shop) -> HttpResponse:
    """Somebody new."""
    form = NewClientForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            made = actions.add_client(
                shop, told["name"], mail=told["email"], phone=told["phone"], note=told["note"], actor=visit.actor
            )
        except NotPossible as refused:
            form.add_error("name", client_words.refusal(refused.code))
        else:
            messages.success(request, _("Saved."))
            return redirect(address("client", shop, visit, made.id))
    return show(
        request, visit, "console/client_new.html", HERE, {"form": form, "shop": shop}, 422 if form.errors else 200
    )
