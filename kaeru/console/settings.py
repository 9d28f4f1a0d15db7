"""Settings: what the shop says about itself, its reasons."""

from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaeru.cancellations import queries as cancellations
from kaeru.cancellations import reasons
from kaeru.cancellations.models import Reason
from kaeru.console.doors import Visit, page, places_of, show
from kaeru.console.forms import ReasonForm, SalonForm, ShopForm
from kaeru.console.places import kinds
from kaeru.tenants import actions
from kaeru.tenants.models import Shop, ShopKind


def shop_of(visit: Visit) -> Shop:
    """The shop the page is about; 404 when the organization has none yet."""
    if visit.shop is None:
        raise Http404
    return visit.shop


def back_to(name: str, visit: Visit) -> HttpResponse:
    """To a page of the same shop."""
    slug = visit.shop.slug if visit.shop and len(visit.shops) > 1 else ""
    return redirect(reverse(f"console:{name}") + (f"?shop={slug}" if slug else ""))


@page("see")
def index(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The rooms of the settings."""
    slug = f"?shop={visit.shop.slug}" if visit.shop and len(visit.shops) > 1 else ""
    rooms = (
        ("shop", "edit_shop", _("Shop"), _("Name, sender of the mails, cart and system")),
        ("look", "edit_shop", _("Look"), _("Logo and colours of your customers' pages and mails")),
        ("reasons", "see", _("Reasons"), _("What customers can choose, and the answer to each")),
        ("policy", "edit_shop", _("Cancellation policy"), _("Who may cancel what, and until when")),
        ("prevention", "edit_shop", _("Prevention"), _("Notices about parcels, mails to the staff, stock")),
        ("repairs", "edit_shop", _("Repairs"), _("What is offered instead of a cancellation, delivery, swap")),
        ("salon", "edit_shop", _("Salon"), _("Menu, people and their shifts, chairs, what clients can choose")),
        ("visits", "edit_shop", _("Rules for visits"), _("Until when clients change and cancel, reminders, fees")),
        ("hours", "edit_shop", _("Opening hours"), _("The week, public holidays, days off")),
        ("desk_terms", "edit_shop", _("Desk"), _("By when an answer is owed, and who is told")),
        ("refill", "edit_shop", _("Freed times"), _("When they are offered, to how many, what a message costs")),
        ("sending", "edit_shop", _("Sending rules"), _("Quiet hours, days, limits per customer")),
        ("budgets", "see", _("Budgets"), _("What coupons have cost this month, and what is left")),
        ("report_terms", "edit_shop", _("Monthly report"), _("Who gets it by mail when a month is over")),
        ("connections", "manage_keys", _("Connections"), _("API keys and webhook secrets")),
        ("line", "manage_keys", "LINE", _("The official account, messages of the month, friends")),
        ("malls", "manage_keys", _("Malls"), _("Keys, what Kaeru does there, until when keys work")),
        ("standing", "see", _("Standing at the mall"), _("Which mall's rules count, and how they are read")),
        ("gate", "see", _("Changes in the shop's system"), _("What Kaeru makes there by itself, up to which amounts")),
        ("members", "see_people", _("Members"), _("Who works here, and what each may do")),
    )
    own, shown = places_of(request), kinds(visit)
    context = {
        "own": own if len(own) > 1 else [],
        "rooms": [
            {"href": reverse(f"console:{name}") + slug, "title": title, "text": text}
            for name, permission, title, text in rooms
            if visit.may(permission) and shown.fits(name)
        ],
    }
    return show(request, visit, "console/settings.html", "settings", context)


@page("edit_shop", "GET", "POST")
def shop(request: HttpRequest, visit: Visit) -> HttpResponse:
    """What the shop says about itself."""
    mine = shop_of(visit)
    kind = SalonForm if mine.kind == ShopKind.SALON else ShopForm
    form = kind(request.POST) if request.method == "POST" else kind.of(mine)
    if request.method == "POST" and form.is_valid():
        try:
            actions.change_shop(mine, form.cleaned_data, actor=visit.actor)
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("Saved."))
            return back_to("shop", visit)
    return show(request, visit, "console/shop.html", "settings", {"form": form}, status=422 if form.errors else 200)


@page("see")
def reason_list(request: HttpRequest, visit: Visit) -> HttpResponse:
    """The reasons in the order the shopper sees them."""
    mine = shop_of(visit)
    return show(request, visit, "console/reasons.html", "settings", {"reasons": list(cancellations.reasons(mine.id))})


def _reason(reason_id: int) -> Reason:
    found = Reason.objects.select_related("shop").filter(id=reason_id).first()
    if found is None:
        raise Http404
    return found


@page("edit_shop", "GET", "POST")
def reason(request: HttpRequest, visit: Visit, reason_id: int) -> HttpResponse:
    """One reason with its answer, in both languages."""
    found = _reason(reason_id)
    now = {
        f"{part}_{code}": texts.get(code, "")
        for part, texts in (("label", found.labels), ("answer", found.answers), ("guidance", found.guidance))
        for code in ("ja", "en")
    }
    form = ReasonForm(request.POST) if request.method == "POST" else ReasonForm(initial=now)
    if request.method == "POST" and form.is_valid():
        reasons.word_reason(found, form.texts("label"), form.texts("answer"), form.texts("guidance"), actor=visit.actor)
        messages.success(request, _("Saved."))
        return back_to("reasons", visit)
    context = {"form": form, "reason": found}
    return show(request, visit, "console/reason.html", "settings", context, status=422 if form.errors else 200)


@page("edit_shop", "GET", "POST")
def new_reason(request: HttpRequest, visit: Visit) -> HttpResponse:
    """A reason of the shop's own."""
    mine = shop_of(visit)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        reasons.add_reason(mine, form.texts("label"), form.texts("answer"), form.texts("guidance"), actor=visit.actor)
        messages.success(request, _("The reason was added. Its scenario is on the page Scenarios."))
        return back_to("reasons", visit)
    return show(request, visit, "console/reason.html", "settings", {"form": form}, status=422 if form.errors else 200)


_MOVES: dict[str, Callable[[Reason, str], None]] = {
    "up": lambda row, actor: reasons.move_reason(row, -1, actor=actor),
    "down": lambda row, actor: reasons.move_reason(row, 1, actor=actor),
    "retire": lambda row, actor: reasons.switch_reason(row, is_active=False, actor=actor),
    "offer": lambda row, actor: reasons.switch_reason(row, is_active=True, actor=actor),
}


@page("edit_shop", "POST")
def arrange_reason(request: HttpRequest, visit: Visit, reason_id: int) -> HttpResponse:
    """Move a reason up or down, retire it or offer it again."""
    move = _MOVES.get(request.POST.get("do", ""))
    if move is None:
        return HttpResponse(status=400)
    move(_reason(reason_id), visit.actor)
    return back_to("reasons", visit)
